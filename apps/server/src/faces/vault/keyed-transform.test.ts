import { createHash } from 'node:crypto';
import { similarity } from '@smile/face';
import { randomNumbers } from '@smile/face/testing';
import { describe, expect, it } from 'vitest';
import { KeyedTransform } from './keyed-transform.ts';

const seed = (name: string) => createHash('sha256').update(name).digest();
const next = randomNumbers(1);
const face = (dimension: number) => Float32Array.from({ length: dimension }, next);

describe.each([2, 3, 16, 100, 512, 1_000, 1_024])('in %i dimensions', (dimension) => {
  const transform = new KeyedTransform(seed('ann'), dimension);

  it('keeps lengths and angles', () => {
    const [one, other] = [face(dimension), face(dimension)];
    const [a, b] = [transform.apply(one), transform.apply(other)];
    expect(Math.hypot(...a)).toBeCloseTo(Math.hypot(...one), 3);
    expect(similarity(a, b)).toBeCloseTo(similarity(one, other), 5);
  });

  it('goes back where it came from', () => {
    const vector = face(dimension);
    const back = transform.invert(transform.apply(vector));
    for (let i = 0; i < dimension; i += 1) expect(back[i]).toBeCloseTo(vector[i], 4);
  });

  it('is the same for the same seed, and another for another', () => {
    const vector = face(dimension);
    expect(new KeyedTransform(seed('ann'), dimension).apply(vector)).toEqual(transform.apply(vector));
    if (dimension > 3) {
      expect(new KeyedTransform(seed('bob'), dimension).apply(vector)).not.toEqual(transform.apply(vector));
    }
  });
});

it('leaves no number where it was, even of a vector with a single one', () => {
  const spike = new Float32Array(1_024);
  spike[17] = 1;
  const turned = new KeyedTransform(seed('ann'), 1_024).apply(spike);
  expect(Math.max(...turned.map(Math.abs))).toBeLessThan(0.2);
});

it('refuses what it was not made for', () => {
  expect(() => new KeyedTransform(Buffer.alloc(16), 8)).toThrow('32 bytes');
  expect(() => new KeyedTransform(seed('x'), 1)).toThrow('no transform of 1');
  expect(() => new KeyedTransform(seed('x'), 8).apply(new Float32Array(7))).toThrow('7 numbers');
});

it('tells nothing once it is wiped', () => {
  const transform = new KeyedTransform(seed('ann'), 8);
  transform.wipe();
  expect(transform.apply(face(8))).toEqual(new Float32Array(8));
});

it('costs little', () => {
  const vector = face(1_024);
  const startedMs = performance.now();
  for (let i = 0; i < 50; i += 1) new KeyedTransform(seed(`person ${i}`), 1_024).apply(vector);
  // Some 0.3 ms each on a slow core; the bound only catches an accident.
  expect((performance.now() - startedMs) / 50).toBeLessThan(10);
});
