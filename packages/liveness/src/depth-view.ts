import type { DepthImage, Intrinsics } from '@smile/camera';
import type { PointPx } from './landmarks.ts';
import { median, NormalEquations } from './least-squares.ts';
import { type Patch, surfacePatch } from './patch.ts';

export type PointMm = { readonly x: number; readonly y: number; readonly z: number };

/** At most so many pixels a side are looked at for one median. */
const AROUND_SAMPLES_PER_SIDE = 6;

/** Depth of a frame in millimetres with the little lookups that cues share. Holes are 0. */
export class DepthView {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly intrinsics: Intrinsics;
  readonly #values: Uint16Array;
  readonly #unitMm: number;
  readonly #samples = new Float64Array((AROUND_SAMPLES_PER_SIDE + 1) ** 2);

  constructor(depth: DepthImage, intrinsics: Intrinsics) {
    this.widthPx = depth.widthPx;
    this.heightPx = depth.heightPx;
    this.intrinsics = intrinsics;
    this.#values = depth.values;
    this.#unitMm = depth.unitMm;
  }

  /** Depth at a whole pixel, mm; 0 outside the picture and where there is no reading. */
  at(x: number, y: number): number {
    if (x < 0 || y < 0 || x >= this.widthPx || y >= this.heightPx) return 0;
    return this.#values[y * this.widthPx + x] * this.#unitMm;
  }

  /**
   * Median depth in a square of `2 * reachPx + 1` about a point, sampled on a few dozen pixels; NaN when less than
   * `minShare` of them have a reading.
   */
  around(point: PointPx, reachPx: number, minShare = 0.3): number {
    const step = Math.max(1, Math.ceil((2 * reachPx + 1) / AROUND_SAMPLES_PER_SIDE));
    const samples = this.#samples;
    let found = 0;
    let looked = 0;
    const x0 = Math.round(point.x);
    const y0 = Math.round(point.y);
    const reach = Math.floor(reachPx);
    for (let y = y0 - reach; y <= y0 + reach; y += step) {
      for (let x = x0 - reach; x <= x0 + reach; x += step) {
        looked += 1;
        const z = this.at(x, y);
        if (z > 0) insertSorted(samples, found++, z);
      }
    }
    return found > 0 && found >= minShare * looked ? middleOfSorted(samples, found) : Number.NaN;
  }

  /** The point of camera space seen at a pixel, at a depth. */
  lift(point: PointPx, zMm: number): PointMm {
    const { fxPx, fyPx, cxPx, cyPx } = this.intrinsics;
    return { x: ((point.x - cxPx) * zMm) / fxPx, y: ((point.y - cyPx) * zMm) / fyPx, z: zMm };
  }

  /** How many pixels a length takes at a depth. */
  pixelsOf(lengthMm: number, zMm: number): number {
    return (lengthMm * this.intrinsics.fxPx) / zMm;
  }
}

export const PATCH_COLUMNS = 40;
export const PATCH_ROWS = 40;
/** The patch spans 160 x 184 mm: the steps of the recorded crops that the shape model was fitted on. */
export const COLUMN_PITCH_MM = 4;
export const ROW_PITCH_MM = 4.6;
/** What lies further than this before or behind the face's typical depth is not face. */
const RANGE_MM = 60;
const MAX_SAMPLES_PER_SIDE = 4;
const MIN_SAMPLE_SHARE = 0.4;

/** The surface round a face at the grid steps of the calibration: each node is the median of its pixels. */
export function facePatch(view: DepthView, centre: PointPx, typicalMm: number): Patch {
  const { fxPx, fyPx, cxPx, cyPx } = view.intrinsics;
  const columnStepPx = (COLUMN_PITCH_MM * fxPx) / typicalMm;
  const rowStepPx = (ROW_PITCH_MM * fyPx) / typicalMm;
  const middleColumn = (PATCH_COLUMNS - 1) / 2;
  const middleRow = (PATCH_ROWS - 1) / 2;
  const zMm = new Float32Array(PATCH_COLUMNS * PATCH_ROWS);
  const samples = new Float64Array(MAX_SAMPLES_PER_SIDE * MAX_SAMPLES_PER_SIDE);
  const xs = samplePlaces(centre.x, PATCH_COLUMNS, columnStepPx);
  const ys = samplePlaces(centre.y, PATCH_ROWS, rowStepPx);
  const perColumn = xs.length / PATCH_COLUMNS;
  const perRow = ys.length / PATCH_ROWS;
  for (let row = 0; row < PATCH_ROWS; row += 1) {
    for (let column = 0; column < PATCH_COLUMNS; column += 1) {
      let count = 0;
      for (let j = row * perRow; j < (row + 1) * perRow; j += 1) {
        for (let i = column * perColumn; i < (column + 1) * perColumn; i += 1) {
          const z = view.at(xs[i], ys[j]);
          if (Math.abs(z - typicalMm) <= RANGE_MM) insertSorted(samples, count++, z);
        }
      }
      if (count >= MIN_SAMPLE_SHARE * perColumn * perRow) {
        zMm[row * PATCH_COLUMNS + column] = middleOfSorted(samples, count);
      }
    }
  }
  return surfacePatch(PATCH_COLUMNS, PATCH_ROWS, zMm, {
    fxPx: fxPx / columnStepPx,
    fyPx: fyPx / rowStepPx,
    cxPx: middleColumn - (centre.x - cxPx) / columnStepPx,
    cyPx: middleRow - (centre.y - cyPx) / rowStepPx,
  });
}

/** Whole pixels along one axis that sample each of `steps` grid steps about a centre evenly, one step after the other. */
function samplePlaces(centre: number, steps: number, stepPx: number): Int32Array {
  const perStep = Math.max(1, Math.min(MAX_SAMPLES_PER_SIDE, Math.round(stepPx)));
  const places = new Int32Array(steps * perStep);
  for (let i = 0; i < places.length; i += 1) {
    const step = Math.floor(i / perStep) - (steps - 1) / 2;
    const within = ((i % perStep) + 0.5) / perStep - 0.5;
    places[i] = Math.round(centre + step * stepPx + within * stepPx);
  }
  return places;
}

function middleOfSorted(values: Float64Array, count: number): number {
  const half = count >> 1;
  return count % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

function insertSorted(values: Float64Array, count: number, value: number): void {
  let at = count;
  while (at > 0 && values[at - 1] > value) {
    values[at] = values[at - 1];
    at -= 1;
  }
  values[at] = value;
}

/** z = offset + slopeX x + slopeY y. */
export type Plane = { readonly offset: number; readonly slopeX: number; readonly slopeY: number };

/** Least-squares plane with one round that leaves out points far off; null for fewer than six points. */
export function planeThrough(points: readonly PointMm[]): Plane | null {
  const first = fitPlane(points);
  if (!first) return null;
  const residuals = points.map((point) => Math.abs(point.z - planeAt(first, point)));
  const limitMm = Math.max(6, 2.5 * median(residuals));
  return fitPlane(points.filter((_, i) => residuals[i] <= limitMm)) ?? first;
}

export function planeAt(plane: Plane, point: { readonly x: number; readonly y: number }): number {
  return plane.offset + plane.slopeX * point.x + plane.slopeY * point.y;
}

function fitPlane(points: readonly PointMm[]): Plane | null {
  if (points.length < 6) return null;
  // Scaled to about one, for the sake of the normal equations.
  const scaleMm = 50;
  const equations = new NormalEquations(3);
  for (const { x, y, z } of points) equations.add(Float64Array.of(1, x / scaleMm, y / scaleMm), z, 1);
  const terms = equations.solve();
  return terms && { offset: terms[0], slopeX: terms[1] / scaleMm, slopeY: terms[2] / scaleMm };
}
