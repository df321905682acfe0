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
  count: 2750,
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
  count: 2120,
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
  count: 1760,
  segments: 6,
  widthMm: 4.2,
  grow: (traits, { at, top, tuft }) => ({
    ...STILL,
    direction: [tuft[0] + at[0] / 150, tuft[1] - 0.25, tuft[2]],
    lengthMm: lerp(24, 34, top),
    heightMm: lerp(9, 19 * traits.hairVolume, top) * (1 + 0.25 * tuft[1]),
    curlMm: 4.2,
    turns: 1.6,
  }),
};

const pixie: StyleRule = {
  count: 2700,
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

/** Hair that falls to about `endY`, over the ears and beside the face. */
function fallingHair(endY: number, raggedMm: number, curlMm: number): StyleRule['grow'] {
  return (traits, { at, top, front, tuft, partSide }) => {
    // The back of the head falls straight down, the rest goes to its side of the parting.
    const behind = smoothstep(-75, 5, at[2]);
    const isFringe = traits.fringe && front > 0.4 && Math.abs(at[0]) < 42;
    if (isFringe) {
      return {
        ...STILL,
        direction: [at[0] / 120, -0.6, 1],
        lengthMm: 34 + 95 * (1 - front),
        heightMm: 8 + 2 * tuft[1],
        gravity: 0.2,
      };
    }
    return {
      direction: [
        partSide * lerp(0.2, 0.95, behind),
        lerp(-1, lerp(-0.6, -0.05, behind), top),
        lerp(-0.3, 0.35, front),
      ],
      lengthMm: wayDown(at[1], endY) + raggedMm * tuft[0],
      heightMm: (8 + 9 * traits.hairVolume * lerp(0.7, 1, top)) * (1 + 0.2 * tuft[1]),
      gravity: 0.3,
      curlMm,
      turns: curlMm > 0 ? 3.2 : 0,
      falls: true,
    };
  };
}

/** Length of a lock from its root over the curve of the head and down to a height. */
function wayDown(rootY: number, endY: number): number {
  const earY = 22;
  if (rootY <= earY) return rootY - endY;
  return 118 * Math.min(1.1, (rootY - earY) / 84) ** 1.25 + earY - endY;
}

const bun: StyleRule = {
  count: 1350,
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
export const BUN_CENTER: Vec3 = [0, 120, -52];
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
  bob: { count: 1280, segments: 8, widthMm: 5, grow: fallingHair(-88, 10, 0) },
  long: { count: 1010, segments: 10, widthMm: 5.6, grow: fallingHair(-205, 26, 0) },
  wavy: { count: 830, segments: 12, widthMm: 5.6, grow: fallingHair(-180, 24, 5) },
  bun,
};
