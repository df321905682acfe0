import { parentPort, workerData } from 'node:worker_threads';
import { sheetAttack } from '../attacks/sheet.ts';
import { proceduralPerson } from '../people/index.ts';
import { NEUTRAL_POSE, type Subject } from '../scene-types.ts';
import type { Exposure } from '../sensor/colour-camera.ts';
import { idleMotion, MOTION_PERIOD_MS } from './motion.ts';
import { type Shot, Studio } from './shot.ts';
import type { StageAnswer, StageRequest, StageScene, StageSubject } from './stage-camera.ts';

/** The thread behind StageCamera: keeps a loop of rendered poses and takes noisy frames of them. */
const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');
const { framesPerSecond } = workerData as { framesPerSecond: number };
const POSES = 20;
/** Poses that are there before a scene counts as ready; the rest come between the frames. */
const FIRST_POSES = 1;

/** The device's clock: it stands still while the thread renders a new scene, as nothing is seen meanwhile. */
const MAX_CLOCK_STEP_MS = 250;
let deviceTimeMs = 1_000;
let lastBeatMs = performance.now();

type Loop = {
  readonly shots: (Shot | null)[];
  readonly studio: Studio;
  readonly exposure: Exposure;
  render(index: number): void;
};

let loop: Loop | null = null;
let playing = false;
let frameCount = 0;
const people = new Map<string, Subject>();

port.on('message', (request: StageRequest) => {
  if ('frames' in request) {
    playing = request.frames;
    return;
  }
  try {
    loop = makeLoop(request.scene);
    say({ ready: request.version });
  } catch (error) {
    say({ failed: error instanceof Error ? error.message : String(error), version: request.version });
  }
});

function say(answer: StageAnswer, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(answer, transfer);
}

function makeLoop(scene: StageScene): Loop {
  const subject = subjectOf(scene.subject);
  const bystander = scene.bystander ? subjectOf(scene.bystander) : null;
  const { studio, exposure } = studioFor(scene, subject, bystander);
  const motion = idleMotion({
    seed: 1,
    smiling: scene.smiling,
    yawDeg: scene.yawDeg ?? 0,
    offsetMm: { x: scene.offCentreMm, y: 0, z: 0 },
  });
  const shots: (Shot | null)[] = new Array(POSES).fill(null);
  const render = (index: number) => {
    shots[index] = studio.render(subject, motion((index * MOTION_PERIOD_MS) / POSES));
  };
  for (let index = 0; index < FIRST_POSES; index += 1) render(index);
  return { shots, studio, render, exposure };
}

let lastStudio: { readonly key: string; readonly studio: Studio; readonly exposure: Exposure } | null = null;

/** A guest who only turns stays in the same room, in the same light. */
function studioFor(scene: StageScene, subject: Subject | null, bystander: Subject | null) {
  const key = JSON.stringify({ ...scene, yawDeg: 0 });
  if (lastStudio?.key === key) return lastStudio;
  const studio = new Studio({ seed: 1, distanceMm: scene.distanceMm, light: scene.light, bystander });
  const exposure = studio.exposureFor(studio.render(subject, NEUTRAL_POSE));
  lastStudio = { key, studio, exposure };
  return lastStudio;
}

function subjectOf(description: StageSubject): Subject | null {
  if (description.kind === 'empty') return null;
  if (description.kind === 'photo') throw new Error('people made from photos are not built yet');
  const key = JSON.stringify(description);
  const known = people.get(key);
  if (known) return known;
  const made = description.kind === 'procedural' ? proceduralPerson(description.seed) : instrument(description);
  if (!made) return null;
  // A handful of people are kept: building one takes a second.
  if (people.size >= 12) people.delete(people.keys().next().value as string);
  people.set(key, made);
  return made;
}

function instrument(description: Extract<StageSubject, { of: StageSubject }>): Subject | null {
  const target = subjectOf(description.of);
  return target ? sheetAttack(description.kind, target, { seed: 1 }) : null;
}

/** One beat: a frame when somebody looks, and one more pose while the loop is not full. */
function beat(): void {
  const nowMs = performance.now();
  // Beats that piled up behind a long rendering are dropped: a camera has no burst of frames.
  if (!loop || nowMs - lastBeatMs < 500 / framesPerSecond) return;
  deviceTimeMs += Math.min(nowMs - lastBeatMs, MAX_CLOCK_STEP_MS);
  lastBeatMs = nowMs;
  const missing = loop.shots.indexOf(null);
  if (playing) sendFrame(loop, missing === -1 ? POSES : missing);
  if (missing !== -1) loop.render(missing);
}

function sendFrame({ shots, studio, exposure }: Loop, available: number): void {
  // To and fro over the poses that are there, so that a growing loop never jumps.
  const span = Math.max(1, 2 * available - 2);
  const step = Math.floor((frameCount * POSES * 1000) / (framesPerSecond * MOTION_PERIOD_MS)) % span;
  const shot = shots[step < available ? step : span - step] as Shot;
  const frame = studio.take(shot, {
    sequence: frameCount,
    deviceTimeMs,
    exposure,
    noiseSeed: frameCount + 1,
  });
  frameCount += 1;
  const buffers = [frame.colour.rgb.buffer, frame.depth?.values.buffer].filter(
    (buffer) => buffer instanceof ArrayBuffer,
  );
  say({ frame }, buffers);
}

setInterval(beat, 1000 / framesPerSecond);
