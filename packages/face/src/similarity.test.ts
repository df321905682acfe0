import { describe, expect, it } from 'vitest';
import { centre, normalise, similarity } from './similarity.ts';

describe('similarity', () => {
  it('is the cosine, whatever the lengths of the vectors', () => {
    expect(similarity(Float32Array.of(3, 4), Float32Array.of(6, 8))).toBeCloseTo(1, 7);
    expect(similarity(Float32Array.of(1, 0), Float32Array.of(0, 2))).toBe(0);
    expect(similarity(Float32Array.of(1, 1), Float32Array.of(-1, -1))).toBeCloseTo(-1, 7);
  });

  it.each([
    ['other lengths', [1, 2], [1, 2, 3]],
    ['no values', [], []],
    ['zeros', [0, 0], [1, 2]],
    ['not a number', [1, Number.NaN], [1, 2]],
    ['infinity', [1, Number.POSITIVE_INFINITY], [1, 2]],
  ])('refuses %s', (_, one, other) => {
    expect(() => similarity(Float32Array.from(one), Float32Array.from(other))).toThrow(
      expect.objectContaining({ code: 'embedding_invalid' }),
    );
  });
});

describe('centring', () => {
  it('takes the mean away from the direction, not from the raw values', () => {
    const raw = Float32Array.of(30, 40);
    const centred = centre(raw, Float32Array.of(0.6, 0));
    expect([...centred]).toEqual([0, 1]);
    expect([...raw]).toEqual([30, 40]);
  });

  it('refuses a vector without direction and a mean of another length', () => {
    expect(() => normalise(new Float32Array(4))).toThrow(expect.objectContaining({ code: 'embedding_invalid' }));
    expect(() => centre(Float32Array.of(1, 2), Float32Array.of(1))).toThrow(
      expect.objectContaining({ code: 'embedding_invalid' }),
    );
  });
});
