import { describe, expect, it } from 'vitest';
import { lowerBound, quantile, trialsNeeded, upperBound } from './index.ts';

describe('bounds of a rate', () => {
  it('are about three over n where no error was seen', () => {
    expect(upperBound(0, 300)).toBeCloseTo(3 / 300, 3);
    expect(upperBound(0, 30)).toBeCloseTo(0.095, 3);
    expect(upperBound(5, 100)).toBeCloseTo(0.1023, 3);
  });

  it('say nothing where nothing was tried, and cannot leave 0 to 1', () => {
    expect([upperBound(0, 0), lowerBound(0, 0)]).toEqual([1, 0]);
    expect([upperBound(7, 7), lowerBound(0, 7)]).toEqual([1, 0]);
  });

  it('are each other’s mirror image', () => {
    for (const [errors, trials] of [
      [1, 5],
      [3, 40],
      [39, 40],
      [250, 1_000],
    ]) {
      expect(lowerBound(errors, trials)).toBeCloseTo(1 - upperBound(trials - errors, trials), 9);
    }
  });

  it('hold in 95 of 100 tests, or more', () => {
    // Every outcome of 25 trials at a rate of 0.12, with its exact chance.
    const [trials, rate] = [25, 0.12];
    let chance = (1 - rate) ** trials;
    let held = 0;
    for (let errors = 0; errors <= trials; errors += 1) {
      if (upperBound(errors, trials) >= rate) held += chance;
      chance *= ((trials - errors) / (errors + 1)) * (rate / (1 - rate));
    }
    expect(held).toBeGreaterThanOrEqual(0.95);
    expect(held).toBeLessThan(1);
  });

  it('refuse what cannot be counted', () => {
    expect(() => upperBound(3, 2)).toThrow(RangeError);
    expect(() => lowerBound(0.5, 2)).toThrow(RangeError);
  });
});

describe('the number of trials', () => {
  it('needed to say "below 1 %" is 299 without an error, and the first that suffices', () => {
    expect(trialsNeeded(0.01)).toBe(299);
    expect(trialsNeeded(0.05)).toBe(59);
    for (const errors of [0, 1, 4]) {
      const needed = trialsNeeded(0.02, errors);
      expect(upperBound(errors, needed)).toBeLessThan(0.02);
      expect(upperBound(errors, needed - 1)).toBeGreaterThanOrEqual(0.02);
    }
    expect(() => trialsNeeded(0)).toThrow(RangeError);
  });
});

it('takes quantiles by nearest rank', () => {
  expect(quantile([5, 1, 3], 0.5)).toBe(3);
  expect(quantile([1, 2, 3, 4], 0.95)).toBe(4);
  expect(quantile([], 0.5)).toBeNull();
});
