import type { Frame } from '@smile/camera';
import type { LightName, RoomLight } from '../render/lights.ts';
import type { Rgb, Subject } from '../scene-types.ts';
import { Automatics } from '../sensor/automatics.ts';
import type { Exposure } from '../sensor/colour-camera.ts';
import type { DepthSensor } from '../sensor/depth-camera.ts';
import { idleMotion, type MotionOptions } from './motion.ts';
import { RESTING_SCREEN, type Shot, Studio } from './shot.ts';
import { DEFAULT_SHUTTER, rowColours, type ShutterTiming, shutterFault } from './shutter.ts';

export type CaptureOptions = {
  /** Null leaves the scene empty. */
  readonly subject: Subject | null;
  readonly seed: number;
  readonly frames: number;
  readonly framesPerSecond?: number;
  readonly distanceMm?: number;
  readonly smiling?: boolean;
  readonly light?: LightName | RoomLight;
  readonly yawDeg?: number;
  readonly pitchDeg?: number;
  readonly rollDeg?: number;
  readonly offCentreMm?: number;
  /** Asked before each frame: how far to turn on top of everything else, as a guest does who follows hints. */
  readonly turnedToDeg?: () => number;
  readonly motion?: MotionOptions['amount'];
  readonly tremor?: MotionOptions['tremor'];
  readonly bystander?: Subject | null;
  readonly sensor?: Partial<DepthSensor>;
  /**
   * Linear colour that the kiosk screen is told to show, 0..1 of white, by the time since the first frame's exposure
   * began; also asked for times a little before. At rest without it.
   */
  readonly screenColour?: (elapsedMs: number) => Rgb;
  /** How late and how blurred in time the screen's colours arrive in the pictures. */
  readonly shutter?: Partial<ShutterTiming>;
  /** Poses are rendered anew this often; frames between show the last one with fresh noise. Default: every frame. */
  readonly posesPerSecond?: number;
  /** `free` lets exposure and white balance follow what the screen casts on the scene; `held` (the default) does not. */
  readonly automatics?: 'held' | 'free';
  /** Fixed by the first frame unless given: luminance in cd/m2 of full white, inverted. */
  readonly exposure?: Exposure;
  /** Device time at which the first frame's exposure begins; the stamps of frames say when each exposure began. */
  readonly startMs?: number;
};

const MAX_FRAMES = 600;

/**
 * A capture made at once, for tests and evaluations: the same options give the same frames, bit by bit. Exposure is
 * set on the first frame and stays. Throws a RangeError for arguments without sense. About 150 ms a rendered pose.
 */
export function captureFrames(options: CaptureOptions): Frame[] {
  return [...captureInTurn(options)];
}

/** The same, each frame rendered when it is asked for: whoever has seen enough pays for no more. */
export function* captureInTurn(options: CaptureOptions): Generator<Frame, void, void> {
  const { subject, seed, frames: count, framesPerSecond = 15, startMs = 1_000 } = options;
  if (!Number.isInteger(count) || count < 1 || count > MAX_FRAMES)
    throw new RangeError(`${count} is no number of frames`);
  if (!(framesPerSecond >= 1 && framesPerSecond <= 60))
    throw new RangeError(`${framesPerSecond} frames/s cannot be had`);
  if (!Number.isInteger(seed)) throw new RangeError(`${seed} is no seed`);
  const { posesPerSecond = framesPerSecond } = options;
  if (!(posesPerSecond > 0)) throw new RangeError(`${posesPerSecond} poses/s cannot be had`);
  const shutter = { ...DEFAULT_SHUTTER, ...options.shutter };
  const fault = shutterFault(shutter);
  if (fault) throw new RangeError(fault);
  const studio = new Studio(options);
  const motion = idleMotion({
    seed,
    smiling: options.smiling ?? false,
    yawDeg: options.yawDeg,
    pitchDeg: options.pitchDeg,
    rollDeg: options.rollDeg,
    amount: options.motion,
    tremor: options.tremor,
    offsetMm: { x: options.offCentreMm ?? 0, y: 0, z: 0 },
  });
  const { heightPx } = studio.view.intrinsics;
  const { screenColour } = options;
  let exposure = options.exposure ?? null;
  let automatics: Automatics | null = null;
  let shot: Shot | null = null;
  let poseNumber = -1;
  let turnedDeg = 0;
  for (let sequence = 0; sequence < count; sequence += 1) {
    const elapsedMs = (sequence * 1_000) / framesPerSecond;
    // A thousandth more, so that equal rates do not fall out of step by rounding.
    const number = Math.floor((elapsedMs * posesPerSecond) / 1_000 + 1e-3);
    const turnDeg = options.turnedToDeg?.() ?? 0;
    if (!shot || number > poseNumber || turnDeg !== turnedDeg) {
      const pose = motion(elapsedMs);
      shot = studio.render(subject, { ...pose, yawDeg: pose.yawDeg + turnDeg });
    }
    poseNumber = number;
    turnedDeg = turnDeg;
    exposure ??= shot.exposure;
    const litBy = screenColour && rowColours(screenColour, elapsedMs, heightPx, shutter);
    if (options.automatics === 'free') {
      automatics ??= new Automatics(shot.meter, RESTING_SCREEN);
      if (sequence > 0) automatics.follow(1_000 / framesPerSecond, litBy?.(heightPx >> 1) ?? RESTING_SCREEN);
    }
    yield studio.take(shot, {
      sequence,
      deviceTimeMs: startMs + elapsedMs,
      exposure: automatics?.exposure ?? exposure,
      balance: automatics?.balance,
      screenColour: litBy,
      noiseSeed: seed * 1_009 + sequence,
    });
  }
}
