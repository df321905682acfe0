import type { Patch } from '../patch.ts';
import { gridPitch } from './curvature-map.ts';

/**
 * The nose, found by its shape alone.
 *
 * Measures: at every place of the patch's middle, how far a spot of 6 mm radius stands out over the mean of the two
 * spots 26 mm away on opposite sides, in eight directions (four through the front, counted on both ends), mm. The
 * mean over directions finds the nose; the smallest direction tells it from a fold: a fold, ridge or cylinder has one
 * direction along which nothing stands out.
 * Source: faces; nothing but a nose stands out of a face in every direction by so much.
 * Fooled by: a nose put through a hole in the paper, relief prints, masks; a hole where the nose is hides it.
 */
export type NoseBumpCue = {
  /** Relief at the place with the largest smallest-direction relief, mm. */
  readonly smallestMm: number;
  /** Mean over directions at that place, mm. */
  readonly meanMm: number;
  /** Where: distance from the patch's centroid, as a share of the patch's half size. */
  readonly offCentre: number;
};

const ARM_MM = 26;
const SPOT_RADIUS_MM = 6;
const DIRECTIONS = 4;
const MIN_DIRECTIONS = 3;
/** The nose is looked for in this share of the patch's width and height, about its middle. */
const MIDDLE_SHARE = 0.7;

export function noseBumpCue(patch: Patch): NoseBumpCue | null {
  const pitch = gridPitch(patch);
  if (!pitch) return null;
  const smooth = spotMeans(patch, pitch);
  const { columns, rows } = patch;
  const box = extent(patch);
  const halfWidth = (box.right - box.left) / 2;
  const halfHeight = (box.bottom - box.top) / 2;
  const middleColumn = (box.left + box.right) / 2;
  const middleRow = (box.top + box.bottom) / 2;
  const arms = Array.from({ length: DIRECTIONS }, (_, direction) => {
    const angle = (Math.PI * direction) / DIRECTIONS;
    return {
      dc: Math.round((ARM_MM * Math.cos(angle)) / pitch.columnMm),
      dr: Math.round((ARM_MM * Math.sin(angle)) / pitch.rowMm),
    };
  });
  let best: NoseBumpCue | null = null;
  for (let r = 0; r < rows; r += 1) {
    if (Math.abs(r - middleRow) > MIDDLE_SHARE * halfHeight) continue;
    for (let c = 0; c < columns; c += 1) {
      if (Math.abs(c - middleColumn) > MIDDLE_SHARE * halfWidth) continue;
      const here = smooth[r * columns + c];
      if (Number.isNaN(here)) continue;
      let smallestMm = Number.POSITIVE_INFINITY;
      let sum = 0;
      let found = 0;
      for (const { dc, dr } of arms) {
        const reliefMm = (at(smooth, patch, c + dc, r + dr) + at(smooth, patch, c - dc, r - dr)) / 2 - here;
        if (Number.isNaN(reliefMm)) continue;
        found += 1;
        sum += reliefMm;
        smallestMm = Math.min(smallestMm, reliefMm);
      }
      if (found < MIN_DIRECTIONS || (best && smallestMm <= best.smallestMm)) continue;
      best = {
        smallestMm,
        meanMm: sum / found,
        offCentre: Math.hypot((c - middleColumn) / halfWidth, (r - middleRow) / halfHeight),
      };
    }
  }
  return best;
}

function at(values: Float32Array, patch: Patch, column: number, row: number): number {
  if (column < 0 || row < 0 || column >= patch.columns || row >= patch.rows) return Number.NaN;
  return values[row * patch.columns + column];
}

/** Mean depth in a spot round each node; NaN where fewer than half of the spot is there. */
function spotMeans(patch: Patch, pitch: { columnMm: number; rowMm: number }): Float32Array {
  const { columns, rows } = patch;
  const columnReach = Math.max(1, Math.round(SPOT_RADIUS_MM / pitch.columnMm));
  const rowReach = Math.max(1, Math.round(SPOT_RADIUS_MM / pitch.rowMm));
  const means = new Float32Array(columns * rows).fill(Number.NaN);
  const enough = ((2 * columnReach + 1) * (2 * rowReach + 1)) / 2;
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      let sum = 0;
      let count = 0;
      for (let y = Math.max(0, r - rowReach); y <= Math.min(rows - 1, r + rowReach); y += 1) {
        for (let x = Math.max(0, c - columnReach); x <= Math.min(columns - 1, c + columnReach); x += 1) {
          const z = patch.zMm[y * columns + x];
          if (!(z > 0)) continue;
          sum += z;
          count += 1;
        }
      }
      if (count >= enough) means[r * columns + c] = sum / count;
    }
  }
  return means;
}

/** The grid box round the patch's points. */
export function extent(patch: Patch): { left: number; right: number; top: number; bottom: number } {
  let left = patch.columns;
  let right = 0;
  let top = patch.rows;
  let bottom = 0;
  for (let r = 0; r < patch.rows; r += 1) {
    for (let c = 0; c < patch.columns; c += 1) {
      if (!(patch.zMm[r * patch.columns + c] > 0)) continue;
      left = Math.min(left, c);
      right = Math.max(right, c);
      top = Math.min(top, r);
      bottom = Math.max(bottom, r);
    }
  }
  return { left, right, top, bottom };
}
