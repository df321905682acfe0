import { describe, expect, it } from 'vitest';
import { createFaceIndex } from './face-index.ts';
import { gaussians, madeUpFace, sameFaceAgain } from './testing/vectors.ts';

const DIMENSION = 64;
const next = gaussians(5);

describe('the index of faces', () => {
  it('finds who resembles a probe, nearest first, however many it holds', () => {
    const index = createFaceIndex(DIMENSION);
    const faces = Array.from({ length: 600 }, () => madeUpFace(next, DIMENSION));
    for (const [i, face] of faces.entries()) index.put(`p${i}`, face);
    index.put('near', sameFaceAgain(faces[7], 0.9, next));
    expect(index.size).toBe(601);
    expect(index.search(faces[7], 0.8, 5).map(({ personId }) => personId)).toEqual(['p7', 'near']);
    expect(index.search(faces[7], 0.8, 1)).toHaveLength(1);
    expect(index.search(faces[7], 0.8, 5)[0].similarity).toBeCloseTo(1, 5);
  });

  it('forgets, replaces, and keeps the others where they are', () => {
    const index = createFaceIndex(DIMENSION);
    const [a, b, c, d] = Array.from({ length: 4 }, () => madeUpFace(next, DIMENSION));
    for (const [id, face] of Object.entries({ a, b, c })) index.put(id, face);
    index.remove('a');
    index.remove('a');
    index.remove('nobody');
    expect([index.size, index.has('a'), index.has('c')]).toEqual([2, false, true]);
    expect(index.search(a, 0.8, 5)).toEqual([]);
    expect(index.search(c, 0.8, 5)).toMatchObject([{ personId: 'c' }]);
    index.put('b', d);
    expect(index.size).toBe(2);
    expect(index.search(b, 0.8, 5)).toEqual([]);
    expect(index.search(d, 0.8, 5)).toMatchObject([{ personId: 'b' }]);
    index.clear();
    expect(index.search(d, -1, 5)).toEqual([]);
  });

  it('refuses what does not fit', () => {
    const index = createFaceIndex(DIMENSION);
    expect(() => index.put('x', new Float32Array(3))).toThrow('3 numbers');
    expect(() => index.search(new Float32Array(3), 0, 1)).toThrow('3 numbers');
  });
});
