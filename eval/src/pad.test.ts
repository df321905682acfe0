import { describe, expect, it } from 'vitest';
import { runPad, upperBound } from './pad.ts';

describe('the upper bound', () => {
  it('is about three over n when no error was seen', () => {
    expect(upperBound(0, 300)).toBeCloseTo(0.00994, 4);
    expect(upperBound(0, 30)).toBeCloseTo(0.095, 3);
  });
  it('is one when everything failed', () => expect(upperBound(5, 5)).toBe(1));
});

describe('attack evaluation on simulated people', () => {
  it('reports every species, labelled simulated, and accepts no sheet', async () => {
    const report = await runPad({ trials: 2, seed: 7, species: [1, 4, 12] });
    expect(report.simulated).toBe(true);
    expect(report.species.map((species) => species.id).sort((a, b) => a - b)).toEqual([1, 4, 12]);
    for (const species of report.species) expect(species.apcer).toBe(0);
    expect(report.bpcer).toBe(0);
  }, 120_000);
});
