import type { Frame } from '@smile/camera';
import type { LightName, RoomLight } from '../render/lights.ts';
import type { Rgb, Subject } from '../scene-types.ts';
import type { DepthSensor } from '../sensor/depth-camera.ts';
import { idleMotion, type MotionOptions } from './motion.ts';
import { Studio } from './shot.ts';

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
  readonly motion?: MotionOptions['amount'];
  readonly bystander?: Subject | null;
  readonly sensor?: Partial<DepthSensor>;
  /** Linear colour of the kiosk screen at a time, 0..1 of white. */
  readonly screenColour?: (deviceTimeMs: number) => Rgb;
  /** Device time of the first frame. */
  readonly startMs?: number;
};

const MAX_FRAMES = 600;

/**
 * A capture made at once, for tests and evaluations: the same options give the same frames, bit by bit. Exposure is
 * set on the first frame and stays. Throws a RangeError for arguments without sense. About 150 ms a frame.
 */
export function captureFrames(options: CaptureOptions): Frame[] {
  const { subject, seed, frames: count, framesPerSecond = 15, startMs = 1_000 } = options;
  if (!Number.isInteger(count) || count < 1 || count > MAX_FRAMES)
    throw new RangeError(`${count} is no number of frames`);
  if (!(framesPerSecond >= 1 && framesPerSecond <= 60))
    throw new RangeError(`${framesPerSecond} frames/s cannot be had`);
  if (!Number.isInteger(seed)) throw new RangeError(`${seed} is no seed`);
  const studio = new Studio(options);
  const motion = idleMotion({
    seed,
    smiling: options.smiling ?? false,
    yawDeg: options.yawDeg,
    pitchDeg: options.pitchDeg,
    rollDeg: options.rollDeg,
    amount: options.motion,
    offsetMm: { x: options.offCentreMm ?? 0, y: 0, z: 0 },
  });
  const frames: Frame[] = [];
  let exposure: number | null = null;
  for (let sequence = 0; sequence < count; sequence += 1) {
    const elapsedMs = (sequence * 1_000) / framesPerSecond;
    const shot = studio.render(subject, motion(elapsedMs));
    exposure ??= shot.exposure;
    const deviceTimeMs = startMs + elapsedMs;
    frames.push(
      studio.take(shot, {
        sequence,
        deviceTimeMs,
        exposure,
        screenColour: options.screenColour?.(deviceTimeMs),
        noiseSeed: seed * 1_009 + sequence,
      }),
    );
  }
  return frames;
}
