import { lerp, smoothstep, type Vec3 } from './math.ts';
import type { HairStyle, PersonTraits } from './traits.ts';

/** Where a lock starts: its root, and how far up and how far forward on the head that is (0..1). */
export type Root = {
  readonly at: Vec3;
  readonly top: number;
  readonly front: number;
  /** Three slow noises shared by neighbours, which gather locks into tufts. */
  readonly tuft: Vec3;
  /** -1 or 1: the side of the parting. */
  readonly partSide: -1 | 1;
};

/** How one lock grows. `heightMm` is how far over the scalp it comes to lie. */
export type Growth = {
  readonly direction: Vec3;
  readonly lengthMm: number;
  readonly heightMm: number;
  /** Pull downwards at each step. */
  readonly gravity: number;
  /** Radius and turns of a curl along the lock. */
  readonly curlMm: number;
  readonly turns: number;
  /** Falls free below the ears rather than ending on the head. */
  readonly falls: boolean;
};

export type StyleRule = {
  readonly count: number;
  readonly segments: number;
  readonly widthMm: number;
  grow(traits: PersonTraits, root: Root): Growth;
};

const STILL = { curlMm: 0, turns: 0, falls: false, gravity: 0 };

/** Sideways from the parting, forwards or backwards, as a crop is brushed. */
const short: StyleRule = {
  count: 2700,
  segments: 4,
  widthMm: 2.6,
  grow: (traits, { at, top, front, tuft }) => ({
    ...STILL,
    direction: [
      -traits.hairParting * 0.5 * top + at[0] / 110 + 0.3 * tuft[0],
      lerp(-1, -0.15, top),
      lerp(-0.35, 0.9, top * smoothstep(-70, 0, at[2])) + 0.2 * tuft[2],
    ],
    lengthMm: lerp(13, 30 * (0.8 + 0.25 * traits.hairVolume), top),
    heightMm: lerp(3.5, 6 + 9 * traits.hairVolume * lerp(0.7, 1, front), top) * (1 + 0.3 * tuft[1]),
    gravity: 0.1,
  }),
};

/** Longer on top, laid away from the parting and back from the forehead. */
const swept: StyleRule = {
  count: 2300,
  segments: 5,
  widthMm: 2.9,
  grow: (traits, { at, top, front, tuft, partSide }) => ({
    ...STILL,
    direction: [
      traits.hairParting === 0 ? at[0] / 80 : partSide * 0.9 * top,
      lerp(-1, 0.25, top),
      lerp(-0.6, -0.5, top) + 0.15 * tuft[2],
    ],
    lengthMm: lerp(15, 48, top),
    heightMm: lerp(4, 7 + 13 * traits.hairVolume * lerp(0.6, 1, front), top) * (1 + 0.25 * tuft[1]),
    gravity: 0.08,
  }),
};

const curly: StyleRule = {
  count: 1750,
  segments: 6,
  widthMm: 3,
  grow: (traits, { at, top, tuft }) => ({
    ...STILL,
    direction: [tuft[0] + at[0] / 150, tuft[1] - 0.25, tuft[2]],
    lengthMm: lerp(26, 40, top),
    heightMm: lerp(9, 22 * traits.hairVolume, top) * (1 + 0.3 * tuft[1]),
    curlMm: 4.2,
    turns: 1.6,
  }),
};

const pixie: StyleRule = {
  count: 2600,
  segments: 4,
  widthMm: 2.7,
  grow: (traits, { at, top, front, tuft, partSide }) => ({
    ...STILL,
    direction: [partSide * 0.8 * top + at[0] / 140, lerp(-1, -0.25, top), lerp(0.1, 0.55 * front, top) + 0.2 * tuft[2]],
    lengthMm: lerp(24, 40, top),
    heightMm: lerp(4.5, 6 + 7 * traits.hairVolume, top) * (1 + 0.2 * tuft[1]),
    gravity: 0.12,
  }),
};

function fallingHair(lengthLow: number, lengthHigh: number, curlMm: number): StyleRule['grow'] {
  return (traits, { at, top, front, tuft, partSide }) => {
    const isFringe = traits.fringe && front > 0.72 && Math.abs(at[0]) < 44;
    if (isFringe) {
      return { ...STILL, direction: [at[0] / 120, -0.6, 1], lengthMm: 46, heightMm: 5 + 2 * tuft[1], gravity: 0.3 };
    }
    return {
      direction: [partSide * 0.95, lerp(-1, -0.05, top), lerp(-0.2, -0.3, front)],
      lengthMm: lerp(lengthLow, lengthHigh, 0.5 + 0.5 * tuft[0]),
      heightMm: (5 + 6 * traits.hairVolume * top) * (1 + 0.3 * tuft[1]),
      gravity: 0.3,
      curlMm,
      turns: curlMm > 0 ? 3.2 : 0,
      falls: true,
    };
  };
}

const bun: StyleRule = {
  count: 1800,
  segments: 6,
  widthMm: 3,
  grow: (_traits, { at, tuft }) => {
    const towards: Vec3 = [-at[0], BUN_CENTER[1] - 14 - at[1], BUN_CENTER[2] - at[2]];
    return {
      ...STILL,
      direction: towards,
      lengthMm: Math.min(150, 1.05 * Math.hypot(...towards)),
      heightMm: 3.2 + tuft[1],
    };
  },
};

/** A knot high on the back of the head, seen over the crown. */
export const BUN_CENTER: Vec3 = [0, 108, -62];
export const BUN_RADIUS_MM = 27;

export const STYLE_RULES: Readonly<Record<Exclude<HairStyle, 'bald'>, StyleRule>> = {
  buzz: {
    count: 5200,
    segments: 1,
    widthMm: 1.1,
    grow: (_traits, { tuft }) => ({ ...STILL, direction: [0.2 * tuft[0], -0.4, 0.4], lengthMm: 3.6, heightMm: 1.6 }),
  },
  short,
  receding: { ...short, count: 2300 },
  swept,
  curly,
  pixie,
  bob: { count: 1300, segments: 8, widthMm: 4.2, grow: fallingHair(148, 168, 0) },
  long: { count: 1120, segments: 10, widthMm: 4.6, grow: fallingHair(265, 320, 0) },
  wavy: { count: 1000, segments: 12, widthMm: 4.8, grow: fallingHair(235, 290, 6.5) },
  bun,
};
