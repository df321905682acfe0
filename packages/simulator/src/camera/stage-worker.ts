import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { type AttackTarget, attackWith } from '../attacks/attacks.ts';
import { portraitOfPhoto } from '../attacks/portrait.ts';
import { proceduralPerson } from '../people/index.ts';
import { photoPerson } from '../photo/photo-person.ts';
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
const MAX_SUBJECTS = 12;
const subjects = new Map<string, Subject>();

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
  const key = JSON.stringify([
    keyOf(scene.subject),
    scene.bystander && keyOf(scene.bystander),
    scene.distanceMm,
    scene.light,
  ]);
  if (lastStudio?.key === key) return lastStudio;
  const studio = new Studio({ seed: 1, distanceMm: scene.distanceMm, light: scene.light, bystander });
  const exposure = studio.exposureFor(studio.render(subject, NEUTRAL_POSE));
  lastStudio = { key, studio, exposure };
  return lastStudio;
}

/** People and instruments are kept: building a person takes half a second. Photos are told apart by their mesh. */
function subjectOf(description: StageSubject): Subject | null {
  if (description.kind === 'empty') return null;
  const key = keyOf(description);
  const known = subjects.get(key);
  if (known) return known;
  const made = makeSubject(description);
  if (!made) return null;
  if (subjects.size >= MAX_SUBJECTS) subjects.delete(subjects.keys().next().value as string);
  subjects.set(key, made);
  return made;
}

function makeSubject(description: StageSubject): Subject | null {
  switch (description.kind) {
    case 'empty':
      return null;
    case 'procedural':
      return proceduralPerson(description.seed);
    case 'photo':
      return photoPerson(description);
    case 'print':
    case 'bent-print':
    case 'tablet': {
      const target = targetOf(description.of);
      return target && attackWith(description.kind, target, { seed: 1 });
    }
  }
}

/** A photo is printed as it is; of anybody else a photo is taken first. */
function targetOf(description: StageSubject): AttackTarget | null {
  if (description.kind !== 'photo') return subjectOf(description);
  const portrait = portraitOfPhoto(description.image, description.meshPoints);
  return { portrait, id: keyOf(description), label: 'a photo' };
}

function digest({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

function keyOf(description: StageSubject): string {
  return JSON.stringify(description, (_, value: unknown) => (ArrayBuffer.isView(value) ? digest(value) : value));
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
