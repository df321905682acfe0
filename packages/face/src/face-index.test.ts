import { describe, expect, it } from 'vitest';
import { createFaceIndex, INDEX_TOLERANCE } from './face-index.ts';
import { similarity } from './similarity.ts';
import { madeUpEmbedding, randomNumbers, sameFaceAgain } from './testing.ts';

describe('the index of faces', () => {
  it('finds whom an exhaustive search finds, at the thresholds in use', () => {
    const next = randomNumbers(11);
    const index = createFaceIndex(1024);
    const probe = madeUpEmbedding(next, 1024);
    // People at every likeness from 0 to 1, most of them near the thresholds searched with.
    const people = Array.from({ length: 2000 }, (_, i) => sameFaceAgain(probe, (i % 500) / 500, next));
    for (const [i, person] of people.entries()) index.put(`p${i}`, person);
    for (const from of [0.3, 0.4, 0.5, 0.7, 0.9]) {
      const expected = people.flatMap((person, i) => (similarity(person, probe) >= from ? [`p${i}`] : []));
      const hits = index.search(probe, from, people.length);
      const found = new Set(hits.map(({ personId }) => personId));
      const missed = expected.filter((personId) => !found.has(personId));
      expect(missed.length / expected.length).toBeLessThan(0.002);
      for (const hit of hits) {
        const exact = similarity(people[Number(hit.personId.slice(1))], probe);
        expect(Math.abs(hit.similarity - exact)).toBeLessThan(INDEX_TOLERANCE);
        expect(exact).toBeGreaterThan(from - 2 * INDEX_TOLERANCE);
      }
      expect(hits.map((hit) => hit.similarity)).toEqual(hits.map((hit) => hit.similarity).sort((a, b) => b - a));
    }
  });

  it.each([16, 64, 100, 512])('takes faces of %i numbers', (dimension) => {
    const next = randomNumbers(dimension);
    const index = createFaceIndex(dimension);
    const faces = Array.from({ length: 300 }, () => madeUpEmbedding(next, dimension));
    for (const [i, face] of faces.entries()) index.put(`p${i}`, face);
    expect(index.size).toBe(300);
    for (const i of [0, 255, 256, 299]) {
      const [nearest] = index.search(faces[i], 0.9, 1);
      expect(nearest.personId).toBe(`p${i}`);
      // Few numbers are rounded more coarsely.
      expect(nearest.similarity).toBeCloseTo(1, 1);
    }
  });

  it('forgets, replaces, and keeps the others where they are', () => {
    const next = randomNumbers(3);
    const index = createFaceIndex(128);
    const [a, b, c, d] = Array.from({ length: 4 }, () => madeUpEmbedding(next, 128));
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
    const index = createFaceIndex(64);
    expect(() => index.put('x', new Float32Array(3))).toThrow('3 numbers');
    expect(() => index.put('x', new Float32Array(64).fill(Number.NaN))).toThrow('not numbers');
    expect(() => index.search(new Float32Array(3), 0, 1)).toThrow('3 numbers');
    expect(() => createFaceIndex(0)).toThrow(RangeError);
  });
});
