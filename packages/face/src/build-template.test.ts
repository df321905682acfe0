import { describe, expect, it } from 'vitest';
import { buildTemplate, weightedMean } from './build-template.ts';
import { normalise, similarity } from './similarity.ts';
import { madeUpEmbedding, randomNumbers, sameFaceAgain } from './testing.ts';

const DIMENSION = 128;
const options = { finish: (raw: Float32Array) => normalise(raw.slice()), samePersonFrom: 0.3 };

describe('a template of several frames', () => {
  it('is nearer to the person than the frames are, whatever the frames', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const next = randomNumbers(seed);
      const person = madeUpEmbedding(next, DIMENSION);
      const frames = Array.from({ length: 6 }, () => ({ raw: sameFaceAgain(person, 0.8, next), quality: 50 }));
      const built = buildTemplate(frames, options);
      if (!built.ok) throw new Error(built.code);
      const singles = frames.map(({ raw }) => similarity(raw, person));
      expect(similarity(built.mean, person)).toBeGreaterThan(Math.max(...singles));
      expect(similarity(built.mean, built.mean)).toBeCloseTo(1, 5);
      expect(built.subTemplates.length).toBeLessThanOrEqual(3);
    }
  });

  it('does not depend on the order of the frames', () => {
    const next = randomNumbers(4);
    const person = madeUpEmbedding(next, DIMENSION);
    const frames = [90, 70, 50, 30].map((quality) => ({ raw: sameFaceAgain(person, 0.75, next), quality }));
    const one = buildTemplate(frames, options);
    const other = buildTemplate(frames.toReversed(), options);
    if (!one.ok || !other.ok) throw new Error('refused');
    expect(similarity(one.mean, other.mean)).toBeCloseTo(1, 5);
    expect(one.subTemplates).toEqual(other.subTemplates);
  });

  it('weighs the frames by quality and leaves sure answers their length', () => {
    const frames = [
      { raw: Float32Array.of(1, 0), quality: 90 },
      { raw: Float32Array.of(0, 4), quality: 30 },
    ];
    expect([...weightedMean(frames)]).toEqual([0.75, 1]);
  });

  it('keeps a sub-template for each pose', () => {
    const next = randomNumbers(9);
    const person = madeUpEmbedding(next, DIMENSION);
    const poses = Array.from({ length: 3 }, () => sameFaceAgain(person, 0.75, next));
    const frames = poses.flatMap((pose) =>
      Array.from({ length: 3 }, () => ({ raw: sameFaceAgain(pose, 0.98, next), quality: 60 })),
    );
    const built = buildTemplate(frames, options);
    if (!built.ok) throw new Error(built.code);
    expect(built.subTemplates).toHaveLength(3);
    for (const pose of poses) {
      expect(Math.max(...built.subTemplates.map((sub) => similarity(sub, pose)))).toBeGreaterThan(0.97);
    }
    const still = buildTemplate(frames.slice(0, 3), options);
    expect(still.ok && still.subTemplates.length).toBe(1);
  });

  it('refuses two people in one template, no frames, and frames without weight', () => {
    const next = randomNumbers(2);
    const [raw, other] = [madeUpEmbedding(next, DIMENSION), madeUpEmbedding(next, DIMENSION)];
    const pair = [raw, other].map((one) => ({ raw: one, quality: 80 }));
    expect(buildTemplate(pair, options)).toEqual({ ok: false, code: 'not_one_person' });
    expect(buildTemplate([], options)).toEqual({ ok: false, code: 'no_frames' });
    for (const quality of [0, -1, Number.NaN])
      expect(() => buildTemplate([{ raw, quality }], options)).toThrow('quality');
  });
});
