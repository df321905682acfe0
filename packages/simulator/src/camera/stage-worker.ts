import { parentPort, workerData } from 'node:worker_threads';
import { DEFAULT_INTRINSICS } from '../render/view.ts';
import { NEUTRAL_POSE, type Rgb } from '../scene-types.ts';
import { Automatics } from '../sensor/automatics.ts';
import { PoseLoop } from './pose-loop.ts';
import { RESTING_SCREEN, Studio } from './shot.ts';
import { DEFAULT_SHUTTER, rowColours } from './shutter.ts';
import type { StageAnswer, StageRequest, StageScene } from './stage-camera.ts';
import { SubjectCache, subjectKey } from './stage-subjects.ts';

/** The thread behind StageCamera: keeps a loop of rendered poses and takes noisy frames of them. */
const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');
const { framesPerSecond } = workerData as { framesPerSecond: number };
const beatMs = 1_000 / framesPerSecond;
/** The device's clock stands still while the thread renders a new scene for long: the frame chain allows no such gap. */
const MAX_CLOCK_STEP_MS = 1_000;
/**
 * From an exposure to the delivery of its frame: reading out, making depth of it, the way over the bus. Structured-light
 * cameras take about this long, and meanwhile the page can say what it has painted.
 */
const DELIVERY_MS = 90;
const MAX_COLOURS = 32;
/** Rendering stops this long before a frame is due. */
const SPARE_MS = 8;
/** Somebody who turned and comes back is still there. */
const MAX_LOOPS = 2;

const subjects = new SubjectCache();
const loops = new Map<string, PoseLoop>();
let loop: PoseLoop | null = null;
let room: { readonly key: string; readonly studio: Studio; readonly automatics: Automatics } | null = null;
let colourIsHeld = false;
let lastFrameMs = 0;
/** What the screen was told to show since when, ascending. */
let colours: { readonly colour: Rgb; readonly sinceUnixMs: number }[] = [];
let playing = false;
let frameCount = 0;
let deviceTimeMs = 1_000;
let lastBeatMs = performance.now();
let nextBeatMs = lastBeatMs;

port.on('message', (request: StageRequest) => {
  switch (request.kind) {
    case 'play':
      playing = request.playing;
      return;
    case 'screen':
      colours = [...colours.filter(({ sinceUnixMs }) => sinceUnixMs < request.sinceUnixMs), request].slice(
        -MAX_COLOURS,
      );
      return;
    case 'hold':
      colourIsHeld = request.held;
      room?.automatics.hold(request.held);
      return;
    case 'scene':
      try {
        loop = loopOf(request.scene);
        say({ kind: 'ready', version: request.version });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        say({ kind: 'failed', message, version: request.version });
      }
  }
});

function say(answer: StageAnswer, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(answer, transfer);
}

function loopOf(scene: StageScene): PoseLoop {
  const roomKey = JSON.stringify([
    subjectKey(scene.subject),
    scene.bystander && subjectKey(scene.bystander),
    scene.distanceMm,
    scene.light,
  ]);
  const subject = subjects.get(scene.subject);
  if (room?.key !== roomKey) {
    const bystander = scene.bystander ? subjects.get(scene.bystander) : null;
    const studio = new Studio({ seed: 1, distanceMm: scene.distanceMm, light: scene.light, bystander });
    loops.clear();
    // Metered once for as long as somebody is there, however they turn.
    const { meter } = studio.render(subject, NEUTRAL_POSE, { samples: 1 });
    room = { key: roomKey, studio, automatics: new Automatics(meter, RESTING_SCREEN, colourIsHeld) };
  }
  const { smiling, offCentreMm, yawDeg = 0 } = scene;
  const key = JSON.stringify([smiling, offCentreMm, yawDeg]);
  const known = loops.get(key);
  const made =
    known ??
    new PoseLoop({
      studio: room.studio,
      exposure: room.automatics.exposure,
      subject,
      seed: 1,
      smiling,
      yawDeg,
      offsetMm: { x: offCentreMm, y: 0, z: 0 },
    });
  loops.delete(key);
  loops.set(key, made);
  if (loops.size > MAX_LOOPS) loops.delete(loops.keys().next().value as string);
  return made;
}

/** A frame when one is due and somebody looks; rendering of further poses in the time between. */
function beat(): void {
  const nowMs = performance.now();
  if (loop && nowMs >= nextBeatMs) {
    deviceTimeMs += Math.min(nowMs - lastBeatMs, MAX_CLOCK_STEP_MS);
    lastBeatMs = nowMs;
    // Beats missed behind a long rendering are dropped: a camera has no burst of frames.
    nextBeatMs = Math.max(nextBeatMs + beatMs, nowMs + beatMs / 2);
    if (playing) sendFrame(loop);
  }
  loop?.work(Math.max(0, nextBeatMs - performance.now() - SPARE_MS));
  const idle = !loop || loop.complete;
  setTimeout(beat, idle ? Math.max(1, Math.min(beatMs, nextBeatMs - performance.now())) : 0);
}

function commandedAt(unixMs: number): Rgb {
  return colours.findLast(({ sinceUnixMs }) => sinceUnixMs <= unixMs)?.colour ?? RESTING_SCREEN;
}

/** As the camera's automatics have followed until this frame; they see what it sees. */
function automaticsNow(screenColour: Rgb): { readonly exposure?: number; readonly balance?: Rgb } {
  const elapsedMs = deviceTimeMs - lastFrameMs;
  lastFrameMs = deviceTimeMs;
  if (!room) return {};
  room.automatics.follow(elapsedMs, screenColour);
  const { exposure, balance } = room.automatics;
  return { exposure, balance };
}

function sendFrame(from: PoseLoop): void {
  const exposedAtUnixMs = Date.now() - DELIVERY_MS;
  const screenColour = rowColours(commandedAt, exposedAtUnixMs, DEFAULT_INTRINSICS.heightPx, DEFAULT_SHUTTER);
  const { exposure, balance } = automaticsNow(screenColour(DEFAULT_INTRINSICS.heightPx >> 1));
  const noiseSeed = frameCount + 1;
  const frame = from.take({ sequence: frameCount, deviceTimeMs, screenColour, exposure, balance, noiseSeed });
  frameCount += 1;
  const buffers = [frame.colour.rgb.buffer, frame.depth?.values.buffer].filter(
    (buffer) => buffer instanceof ArrayBuffer,
  );
  say({ kind: 'frame', frame }, buffers);
}

beat();
