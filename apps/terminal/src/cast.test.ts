import { FaceEngine, operatingPoint, similarity } from '@smile/face';
import { captureFrames, proceduralPerson } from '@smile/simulator';
import { expect, test } from 'vitest';
import { CAST } from './cast.ts';

test('the face model tells the smiling cast apart, and knows each of them again', { timeout: 90_000 }, async () => {
  const engine = await FaceEngine.create();
  /** How the person looks on one day, as the stage shows them at first: noise, movement and distance vary. */
  const look = async (seed: number, day: number): Promise<Float32Array> => {
    const [{ colour }] = captureFrames({
      subject: proceduralPerson(seed),
      seed: day * 1_000 + seed,
      frames: 1,
      distanceMm: 500 + day * 50,
      smiling: true,
    });
    const [face] = await engine.detect(colour);
    expect(face, `seed ${seed} has a face`).toBeDefined();
    return engine.embed(colour, face);
  };
  const { threshold } = operatingPoint(1e-4);
  const enrolled: Float32Array[] = [];
  const returned: Float32Array[] = [];
  for (const { seed } of CAST) {
    enrolled.push(await look(seed, 1));
    returned.push(await look(seed, 2));
  }
  for (const [i, { name }] of CAST.entries()) {
    expect(similarity(enrolled[i], returned[i]), `${name} again`).toBeGreaterThan(threshold);
    for (const [j, other] of CAST.entries()) {
      if (i === j) continue;
      expect(similarity(enrolled[i], returned[j]), `${name} and ${other.name}`).toBeLessThan(threshold);
    }
  }
  await engine.close();
});
