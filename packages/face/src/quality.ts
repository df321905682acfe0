import type { ColourImage } from '@smile/camera';
import type { FaceDetection } from './detector.ts';
import { type FaceMesh, MESH_POINTS } from './mesher.ts';

/**
 * How fit a picture of a face is for comparing, in the spirit of ISO/IEC 29794-5: one measure a question, each from 0
 * (useless) to 100 (nothing better to be had). They are our own formulas after the standard's ideas, not its
 * conformant components.
 */
export type QualityComponents = {
  /**
   * 100 times the share of the detail between neighbouring pixels that a blur over 9 of them takes away (Crete et al.
   * 2007), on a face of 96 points across. A blurred picture has little to lose. Grain counts as detail.
   */
  readonly sharpness: number;
  /** Share of the face, in percent, that is neither nearly black (luma below 26) nor washed out (above 247). */
  readonly exposure: number;
  /** What the brightness histograms of the two halves of the face have in common, in percent. */
  readonly lightBalance: number;
  /** 100 cos^2 of the larger of yaw and pitch; a turn within the picture is undone by the alignment. */
  readonly pose: number;
  /**
   * How open the eyes are, 100 from what open eyes measure. From `eyeOpenRatio` where it is given (FaceEngine.eyes); else from the
   * mesh's lids, which hardly follow eyes that close.
   */
  readonly eyesOpen: number;
  /** Pixels between the eye centres, as if the face looked straight ahead; 100 from 60 px on, where the embedder's crop has its full detail. */
  readonly eyeDistance: number;
  /**
   * How sure the mesh network is of seeing a face, times the share of the mesh inside the picture. A hand or the
   * picture's edge lowers it; hair, glasses or a mask often do not, since no network here looks for those.
   */
  readonly unobstructed: number;
  /** 100 minus the size of the next face relative to this one, in percent. */
  readonly onePerson: number;
};

export type QualityComponent = keyof QualityComponents;

/** What a person can do about it. The first ones are hints of a scan too (SCAN_HINTS of the contract). */
export type QualityHint =
  | 'look_here'
  | 'come_closer'
  | 'one_person_please'
  | 'hold_still'
  | 'more_light'
  | 'less_light'
  | 'even_light'
  | 'open_your_eyes'
  | 'uncover_your_face';

export type FaceQuality = {
  readonly components: QualityComponents;
  /** Geometric mean of the components, 0..100: one bad component spoils it. For ranking and weighing pictures. */
  readonly overall: number;
  /** Mean luma of the face, 0..255. */
  readonly luma: number;
  /** Whether the dark part of the face is larger than the washed out one. */
  readonly tooDark: boolean;
};

export type QualityGate = Readonly<QualityComponents>;

/**
 * The least of each component. They are choices made on drawn and made-up faces, not fitted to error rates: verification
 * refuses only what cannot be compared, enrolment wants a picture that years of payments are compared with.
 */
export const QUALITY_GATES: Readonly<Record<'verification' | 'enrolment', QualityGate>> = {
  verification: {
    sharpness: 25,
    exposure: 50,
    lightBalance: 15,
    pose: 60,
    eyesOpen: 0,
    eyeDistance: 40,
    unobstructed: 50,
    onePerson: 30,
  },
  enrolment: {
    sharpness: 40,
    exposure: 75,
    lightBalance: 20,
    pose: 80,
    eyesOpen: 50,
    eyeDistance: 60,
    unobstructed: 80,
    onePerson: 50,
  },
};

export type QualityFault = {
  readonly component: QualityComponent;
  readonly value: number;
  readonly least: number;
  readonly hint: QualityHint;
};

/**
 * What falls short of the gate, in the order in which it is best mended; nothing is a pass. `besides` are left to whoever
 * asks about them in another way.
 */
export function qualityFaults(
  quality: FaceQuality,
  gate: QualityGate,
  besides: readonly QualityComponent[] = [],
): QualityFault[] {
  return QUALITY_COMPONENTS.flatMap((component) => {
    if (besides.includes(component)) return [];
    const value = quality.components[component];
    const least = gate[component];
    return value >= least ? [] : [{ component, value, least, hint: hintFor(component, quality) }];
  });
}

/** In the order in which they are best mended. */
export const QUALITY_COMPONENTS: readonly QualityComponent[] = [
  'onePerson',
  'eyeDistance',
  'unobstructed',
  'exposure',
  'pose',
  'lightBalance',
  'sharpness',
  'eyesOpen',
];

function hintFor(component: QualityComponent, { tooDark }: FaceQuality): QualityHint {
  switch (component) {
    case 'onePerson':
      return 'one_person_please';
    case 'eyeDistance':
      return 'come_closer';
    case 'unobstructed':
      return 'uncover_your_face';
    case 'exposure':
      return tooDark ? 'more_light' : 'less_light';
    case 'pose':
      return 'look_here';
    case 'lightBalance':
      return 'even_light';
    case 'sharpness':
      return 'hold_still';
    case 'eyesOpen':
      return 'open_your_eyes';
  }
}

const GRID = 96;
const BLUR_REACH = 4;
const DARK_LUMA = 26;
const BRIGHT_LUMA = 247;
const HISTOGRAM_BINS = 32;
const OPEN_EYE = 0.2;
/** Of the iris network: shut eyes measure up to 0.31, open ones 0.35 and more. */
const SHUT_EYE_RATIO = 0.27;
const OPEN_EYE_RATIO = 0.35;
const FULL_EYE_DISTANCE_PX = 60;
const DEGREES_90 = Math.PI / 2;
/** Points of the mesh: sides of the face, forehead and chin, eye corners and lids. Left is the image's left. */
const SIDES = [234, 454] as const;
const UPRIGHT = [10, 152] as const;
const EYES = [
  { outer: 33, inner: 133, upper: 159, lower: 145 },
  { outer: 263, inner: 362, upper: 386, lower: 374 },
] as const;

export type QualityContext = {
  /** All detections of the picture, this one among them or not. */
  readonly others?: readonly FaceDetection[];
  /** As FaceEngine.eyes measures it. */
  readonly eyeOpenRatio?: number | null;
};

/** Measures a face. Image, detection and mesh must belong together. */
export function faceQuality(
  image: ColourImage,
  detection: FaceDetection,
  mesh: FaceMesh,
  { others = [], eyeOpenRatio = null }: QualityContext = {},
): FaceQuality {
  const grid = sampleFace(image, mesh.points);
  const { dark, bright, luma } = exposureShares(grid);
  const components: QualityComponents = {
    sharpness: percent(lostByBlur(grid)),
    exposure: percent(1 - dark - bright),
    lightBalance: percent(sharedLight(grid)),
    pose: percent(straightness(mesh.points)),
    eyesOpen: percent(
      eyeOpenRatio === null
        ? Math.min(...EYES.map((eye) => eyeOpenness(mesh.points, eye))) / OPEN_EYE
        : (eyeOpenRatio - SHUT_EYE_RATIO) / (OPEN_EYE_RATIO - SHUT_EYE_RATIO),
    ),
    eyeDistance: percent(eyeDistancePx(mesh.points) / FULL_EYE_DISTANCE_PX),
    unobstructed: percent(mesh.score * shareInside(image, mesh.points)),
    onePerson: percent(1 - nextFace(detection, others)),
  };
  const values = Object.values(components);
  const overall = Math.exp(values.reduce((sum, value) => sum + Math.log(Math.max(value, 1)), 0) / values.length);
  return { components, overall: values.includes(0) ? 0 : overall, luma, tooDark: dark > bright };
}

function percent(share: number): number {
  return Number.isFinite(share) ? 100 * Math.min(1, Math.max(0, share)) : 0;
}

type Point3 = { readonly x: number; readonly y: number; readonly z: number };

function at(points: Float32Array, index: number): Point3 {
  return { x: points[index * 3], y: points[index * 3 + 1], z: points[index * 3 + 2] };
}

/** Luma of the face upright on a square grid, NaN outside the picture: from side to side and from forehead to chin. */
function sampleFace(image: ColourImage, points: Float32Array): Float32Array {
  const [left, right] = SIDES.map((index) => at(points, index));
  const [top, bottom] = UPRIGHT.map((index) => at(points, index));
  const centreX = (left.x + right.x + top.x + bottom.x) / 4;
  const centreY = (left.y + right.y + top.y + bottom.y) / 4;
  // Within the outline, so that hair and background stay out of it.
  const inset = 0.8;
  const grid = new Float32Array(GRID * GRID);
  for (let row = 0; row < GRID; row++) {
    const v = ((row + 0.5) / GRID - 0.5) * inset;
    for (let column = 0; column < GRID; column++) {
      const u = ((column + 0.5) / GRID - 0.5) * inset;
      const x = centreX + u * (right.x - left.x) + v * (bottom.x - top.x);
      const y = centreY + u * (right.y - left.y) + v * (bottom.y - top.y);
      grid[row * GRID + column] = lumaBetween(image, x - 0.5, y - 0.5);
    }
  }
  return grid;
}

/** ITU-R BT.601 luma, bilinear between pixel centres; NaN outside. */
function lumaBetween({ rgb, widthPx, heightPx }: ColourImage, x: number, y: number): number {
  if (!(x >= 0 && y >= 0 && x <= widthPx - 1 && y <= heightPx - 1)) return Number.NaN;
  const x0 = Math.min(Math.floor(x), widthPx - 2);
  const y0 = Math.min(Math.floor(y), heightPx - 2);
  const luma = (column: number, row: number) => {
    const i = (row * widthPx + column) * 3;
    return 0.299 * rgb[i] + 0.587 * rgb[i + 1] + 0.114 * rgb[i + 2];
  };
  const [right, down] = [x - x0, y - y0];
  const upper = luma(x0, y0) * (1 - right) + luma(x0 + 1, y0) * right;
  return upper * (1 - down) + (luma(x0, y0 + 1) * (1 - right) + luma(x0 + 1, y0 + 1) * right) * down;
}

/** Crete, Dolmiere, Ladret, Nicolas (2007): the smaller of the shares lost along rows and along columns. */
function lostByBlur(grid: Float32Array): number {
  return Math.min(lostAlong(grid, 1, GRID), lostAlong(grid, GRID, 1));
}

function lostAlong(grid: Float32Array, step: number, across: number): number {
  let detail = 0;
  let lost = 0;
  for (let line = 0; line < GRID; line++) {
    let before = Number.NaN;
    for (let place = BLUR_REACH; place < GRID - BLUR_REACH; place++) {
      const here = line * across + place * step;
      let blurred = 0;
      for (let reach = -BLUR_REACH; reach <= BLUR_REACH; reach++) blurred += grid[here + reach * step];
      blurred /= 2 * BLUR_REACH + 1;
      const sharpChange = Math.abs(grid[here] - grid[here - step]);
      const softChange = Math.abs(blurred - before);
      before = blurred;
      if (!Number.isFinite(sharpChange + softChange)) continue;
      detail += sharpChange;
      lost += Math.max(0, sharpChange - softChange);
    }
  }
  return detail > 0 ? lost / detail : 0;
}

function exposureShares(grid: Float32Array): { dark: number; bright: number; luma: number } {
  let [dark, bright, count, sum] = [0, 0, 0, 0];
  for (const luma of grid) {
    if (Number.isNaN(luma)) continue;
    count++;
    sum += luma;
    if (luma < DARK_LUMA) dark++;
    else if (luma > BRIGHT_LUMA) bright++;
  }
  return count === 0
    ? { dark: 1, bright: 0, luma: 0 }
    : { dark: dark / count, bright: bright / count, luma: sum / count };
}

function sharedLight(grid: Float32Array): number {
  const halves = [new Float64Array(HISTOGRAM_BINS), new Float64Array(HISTOGRAM_BINS)];
  const counts = [0, 0];
  for (const [index, luma] of grid.entries()) {
    if (Number.isNaN(luma)) continue;
    const half = index % GRID < GRID / 2 ? 0 : 1;
    halves[half][Math.min(HISTOGRAM_BINS - 1, Math.floor((luma * HISTOGRAM_BINS) / 256))]++;
    counts[half]++;
  }
  if (counts.includes(0)) return 0;
  return halves[0].reduce((sum, count, bin) => sum + Math.min(count / counts[0], halves[1][bin] / counts[1]), 0);
}

function straightness(points: Float32Array): number {
  const { yawRad, pitchRad } = turn(points);
  return Math.cos(Math.min(DEGREES_90, Math.max(Math.abs(yawRad), Math.abs(pitchRad)))) ** 2;
}

function turn(points: Float32Array): { yawRad: number; pitchRad: number } {
  const slope = ([from, to]: readonly [number, number]) => {
    const [one, other] = [at(points, from), at(points, to)];
    return Math.atan2(other.z - one.z, Math.hypot(other.x - one.x, other.y - one.y));
  };
  return { yawRad: slope(SIDES), pitchRad: -slope(UPRIGHT) };
}

function eyeOpenness(points: Float32Array, eye: (typeof EYES)[number]): number {
  const gap = (one: Point3, other: Point3) => Math.hypot(one.x - other.x, one.y - other.y, one.z - other.z);
  return gap(at(points, eye.upper), at(points, eye.lower)) / gap(at(points, eye.outer), at(points, eye.inner));
}

function eyeDistancePx(points: Float32Array): number {
  const [left, right] = EYES.map(({ outer, inner }) => {
    const [one, other] = [at(points, outer), at(points, inner)];
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
  });
  const across = Math.hypot(right.x - left.x, right.y - left.y);
  // What a turn of the head takes away is given back, within what a turned face still shows.
  return across / Math.max(0.5, Math.cos(turn(points).yawRad));
}

function shareInside({ widthPx, heightPx }: ColourImage, points: Float32Array): number {
  let inside = 0;
  for (let index = 0; index < MESH_POINTS; index++) {
    const { x, y } = at(points, index);
    if (x >= 0 && y >= 0 && x <= widthPx && y <= heightPx) inside++;
  }
  return inside / MESH_POINTS;
}

/** Side of the largest other face over this one's. */
function nextFace({ box }: FaceDetection, others: readonly FaceDetection[]): number {
  const side = (face: FaceDetection['box']) => Math.sqrt(face.widthPx * face.heightPx);
  const isThis = (other: FaceDetection['box']) => other.xPx === box.xPx && other.yPx === box.yPx;
  const rest = others.filter((other) => !isThis(other.box)).map((other) => side(other.box));
  return Math.max(0, ...rest) / side(box);
}
