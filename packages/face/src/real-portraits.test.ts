import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { FaceEngine } from './face-engine.ts';
import { similarity } from './similarity.ts';

/** Development data beside the repository; it is not part of it. */
const portraits = join(import.meta.dirname, '../../../../shared/data/faces/portraits');
const PEOPLE = 6;
const PICTURES = 5;

it.skipIf(!existsSync(portraits))('tells real people apart', async () => {
  const engine = await FaceEngine.create();
  const samples: { person: string; embedding: Float32Array }[] = [];
  for (const person of readdirSync(portraits).sort().slice(0, PEOPLE)) {
    for (const file of readdirSync(join(portraits, person)).sort().slice(0, PICTURES)) {
      const decoded = await decodeImage(readFileSync(join(portraits, person, file)));
      if (!decoded.ok) throw new Error(decoded.message);
      const faces = await engine.detect(decoded.image);
      expect(faces).toHaveLength(1);
      expect((await engine.mesh(decoded.image, faces[0])).score).toBeGreaterThan(0.9);
      samples.push({ person, embedding: await engine.embed(decoded.image, faces[0]) });
    }
  }
  await engine.close();
  const scores = samples.flatMap((one, index) =>
    samples.slice(0, index).map((other) => ({
      isGenuine: one.person === other.person,
      score: similarity(one.embedding, other.embedding),
    })),
  );
  const lowestGenuine = Math.min(...scores.filter(({ isGenuine }) => isGenuine).map(({ score }) => score));
  const highestImpostor = Math.max(...scores.filter(({ isGenuine }) => !isGenuine).map(({ score }) => score));
  expect(lowestGenuine).toBeGreaterThan(highestImpostor);
});
