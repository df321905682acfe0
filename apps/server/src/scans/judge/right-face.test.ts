import type { Frame } from '@smile/camera';
import { type FaceDetection, FaceEngine, loadFaceModel, similarity } from '@smile/face';
import { captureFrames, proceduralPerson, type Subject } from '@smile/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchPolicyOf } from '../match-policy.ts';
import { ScanJudge } from './scan-judge.ts';
import type { FaceReader, ScanVerdict } from './types.ts';

/** Two and three people on the simulator's stage, seen by the real models. Simulated people, said as such. */
const GUEST = 5;
const FRIEND = 40;
const PASSER_BY = 23;
const FRAMES = 14;

const MATCH_POLICY = matchPolicyOf(await loadFaceModel());

let engine: FaceEngine;
const people = new Map<number, Subject>();
beforeAll(async () => {
  engine = await FaceEngine.create();
  for (const seed of [GUEST, FRIEND, PASSER_BY]) people.set(seed, proceduralPerson(seed));
}, 60_000);
afterAll(() => engine?.close());

const personOf = (seed: number): Subject => {
  const person = people.get(seed);
  if (!person) throw new Error('nobody by that seed');
  return person;
};

/** Two bystanders as one: the second stands on the other side and further back. */
function together(one: Subject, other: Subject): Subject {
  return {
    ...one,
    meshes: (pose) => {
      const { x, y, z } = pose.offsetMm;
      return [...one.meshes(pose), ...other.meshes({ ...pose, offsetMm: { x: -x - 30, y: y + 20, z: z - 90 } })];
    },
  };
}

function capture(bystander: Subject | null, seed: number): Frame[] {
  const options = {
    subject: personOf(GUEST),
    bystander,
    seed,
    frames: FRAMES,
    framesPerSecond: 15,
    posesPerSecond: 7.5,
  };
  return captureFrames({ ...options, smiling: true, distanceMm: 550 });
}

/** A scan of these frames; remembers every face that was seen, and those that were embedded. */
async function scan(frames: readonly Frame[]) {
  const seen: number[] = [];
  const embedded: FaceDetection[] = [];
  const reader: FaceReader = {
    async detect(image, options) {
      const found = await engine.detect(image, options);
      seen.push(found.length);
      return found;
    },
    mesh: (image, detection) => engine.mesh(image, detection),
    quality: (image, detection, mesh, context) => engine.quality(image, detection, mesh, context),
    eyes: (image, mesh) => engine.eyes(image, mesh),
    embedRaw(image, detection) {
      embedded.push(detection);
      return engine.embedRaw(image, detection);
    },
    finishEmbedding: (raw) => engine.finishEmbedding(raw),
  };
  const judge = new ScanJudge(reader, { purpose: 'payment', samePersonFrom: MATCH_POLICY.threshold });
  let verdict: ScanVerdict | null = null;
  for (const frame of frames) {
    verdict = (await judge.judge(frame)).verdict;
    if (verdict) break;
  }
  return { verdict: verdict ?? (await judge.end()), mostSeen: Math.max(...seen), embedded };
}

/** The face of this person alone before the camera. */
async function faceOf(seed: number): Promise<Float32Array> {
  const [frame] = captureFrames({ subject: personOf(seed), seed: 9, frames: 1, distanceMm: 550 });
  const [detection] = await engine.detect(frame.colour);
  return engine.embed(frame.colour, detection);
}

describe.each([
  ['two', () => personOf(FRIEND), 2],
  ['three', () => together(personOf(FRIEND), personOf(PASSER_BY)), 3],
] as const)('with %s people before the camera', (_number, bystanders, count) => {
  it('scans the nearest in the middle, and embeds nobody else', async () => {
    const { verdict, mostSeen, embedded } = await scan(capture(bystanders(), 3));
    // Everybody is in the picture: the others are seen, and left alone.
    expect(mostSeen).toBe(count);
    expect(verdict.outcome).toBe('live');
    expect(embedded.length).toBeGreaterThan(0);
    for (const { box } of embedded) {
      expect(Math.abs(box.xPx + box.widthPx / 2 - 320)).toBeLessThan(60);
    }
    const template = verdict.template?.mean ?? new Float32Array(MATCH_POLICY.dimension);
    const guest = similarity(template, await faceOf(GUEST));
    expect(guest).toBeGreaterThan(MATCH_POLICY.threshold);
    for (const other of [FRIEND, PASSER_BY].slice(0, count - 1)) {
      expect(similarity(template, await faceOf(other))).toBeLessThan(guest - MATCH_POLICY.margin);
    }
  }, 60_000);
});
