import { createRandom } from '../people/noise.ts';
import { NEUTRAL_POSE, type Pose } from '../scene-types.ts';

export type MotionOptions = {
  readonly seed: number;
  readonly smiling: boolean;
  /** Where the face points on the whole; small movements are added. */
  readonly yawDeg?: number;
  readonly pitchDeg?: number;
  readonly rollDeg?: number;
  readonly offsetMm?: { readonly x: number; readonly y: number; readonly z: number };
  /** 1 is a person who stands still as people do; 0 a statue. */
  readonly amount?: number;
  /** Shaking of head and hands at 4 to 8 Hz, as a share of a strong tremor (3 mm, 1.2 degrees). */
  readonly tremor?: number;
};

/** After this long the movement begins anew without a jump. */
export const MOTION_PERIOD_MS = 4_000;
const BLINK_MS = 260;

/** Standing still as people do: a little sway, breath, turning, a smile that lives, a blink now and then. */
export function idleMotion(options: MotionOptions): (timeMs: number) => Pose {
  const { seed, smiling, yawDeg = 0, pitchDeg = 0, rollDeg = 0, amount = 1 } = options;
  const { x, y, z } = options.offsetMm ?? NEUTRAL_POSE.offsetMm;
  const random = createRandom(seed * 13 + 5);
  // Whole numbers of waves in a period, so that its end meets its beginning.
  const wave = (size: number) => {
    const parts = [1, 2, 3].map((count) => ({
      count,
      phase: random.range(0, 2 * Math.PI),
      size: (size * amount * random.range(0.5, 1)) / count,
    }));
    return (turn: number) => parts.reduce((sum, part) => sum + part.size * Math.sin(part.count * turn + part.phase), 0);
  };
  const tremor = options.tremor ?? 0;
  // Whole waves in a period here too; the head shakes a little slower than it nods.
  const shake = (size: number, hz: number) => {
    const count = Math.round((hz * MOTION_PERIOD_MS) / 1_000);
    const phase = random.range(0, 2 * Math.PI);
    return (turn: number) => tremor * size * Math.sin(count * turn + phase);
  };
  const [swayX, swayY, swayZ] = [wave(5), wave(2.5), wave(4)];
  const [yaw, pitch, roll] = [wave(2.2), wave(1.6), wave(1)];
  const [smile, brow, gazeX, gazeY] = [wave(0.1), wave(0.1), wave(1.5), wave(1)];
  const [shakeX, shakeY, shakeYaw, shakePitch] = [shake(3, 5), shake(2, 6.5), shake(1.2, 4.5), shake(1, 6)];
  const blinkAtMs = random.range(0.2, 0.85) * MOTION_PERIOD_MS;
  return (timeMs) => {
    const inPeriodMs = ((timeMs % MOTION_PERIOD_MS) + MOTION_PERIOD_MS) % MOTION_PERIOD_MS;
    const turn = (2 * Math.PI * inPeriodMs) / MOTION_PERIOD_MS;
    const smileNow = (smiling ? 0.72 : 0.06) + (smiling ? 1 : 0.4) * smile(turn);
    return {
      yawDeg: yawDeg + yaw(turn) + shakeYaw(turn),
      pitchDeg: pitchDeg + pitch(turn) + shakePitch(turn),
      rollDeg: rollDeg + roll(turn),
      smile: Math.min(1, Math.max(0, smileNow)),
      blink: amount === 0 ? 0 : blinkShare(inPeriodMs - blinkAtMs),
      mouthOpen: 0,
      browRaise: Math.max(0, brow(turn)),
      gazeXDeg: gazeX(turn),
      gazeYDeg: gazeY(turn),
      offsetMm: { x: x + swayX(turn) + shakeX(turn), y: y + swayY(turn) + shakeY(turn), z: z + swayZ(turn) },
    };
  };
}

/** Lids fall fast and rise slower. */
function blinkShare(sinceMs: number): number {
  if (sinceMs <= 0 || sinceMs >= BLINK_MS) return 0;
  return sinceMs < 90 ? sinceMs / 90 : sinceMs < 130 ? 1 : 1 - (sinceMs - 130) / (BLINK_MS - 130);
}
