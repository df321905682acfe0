import type { ColourImage } from '@smile/camera';
import { COLUMN_PITCH_MM, PATCH_COLUMNS, PATCH_ROWS, ROW_PITCH_MM } from '../depth-view.ts';
import { meshPoint, middleOf, type PointPx } from '../landmarks.ts';
import { LINEAR_OF_SRGB8 } from '../light/linear.ts';
import type { Pinhole } from '../patch.ts';

/**
 * How bright the face's skin is, place by place: what the light cues are made of.
 *
 * Measures: mean linear RGB (0..1 of the camera's white) of forehead, cheeks, nose and chin, and of a coarse grid over
 * the face (8 x 9.2 mm a cell: a few hundred numbers a frame, too coarse to know anybody by). Says nothing by itself;
 * `light-code.ts` and `light-shape.ts` compare it over time with the light that the screen gave.
 */
export type SkinLight = {
  /** SKIN_REGIONS x RGB; NaN where the region cannot be read. */
  readonly regions: Float64Array;
  /** SKIN_CELL_COLUMNS x SKIN_CELL_ROWS x RGB; NaN outside the face. */
  readonly cells: Float32Array;
};

/** Landmarks whose middles are the regions' centres; radius as a share of the distance between the eyes. */
const REGIONS: readonly {
  readonly name: string;
  readonly around: readonly [number, number];
  readonly radius: number;
}[] = [
  { name: 'forehead', around: [151, 9], radius: 0.22 },
  { name: 'left cheek', around: [50, 205], radius: 0.17 },
  { name: 'right cheek', around: [280, 425], radius: 0.17 },
  { name: 'nose', around: [5, 195], radius: 0.1 },
  { name: 'chin', around: [199, 175], radius: 0.13 },
];
export const SKIN_REGIONS: readonly string[] = REGIONS.map(({ name }) => name);

/** Cells are every second node of the patch: the nodes that also have a curvature and a slope. */
export const CELL_NODE_STEP = 2;
export const SKIN_CELL_COLUMNS = PATCH_COLUMNS / CELL_NODE_STEP;
export const SKIN_CELL_ROWS = PATCH_ROWS / CELL_NODE_STEP;

/** Clipped channels no longer follow the light; nor do those lost in the dark. */
const HIGHEST = 250;
const LOWEST = 4;
const MIN_GOOD_SHARE = 0.6;
/** At most so many pixels a side are looked at for one mean: noise averages out over hundreds. */
const REGION_SAMPLES = 16;
const CELL_SAMPLES = 8;

/** @param inFace 1 for the patch nodes within the face oval */
export function skinLight(
  colour: ColourImage,
  mesh: Float32Array,
  eyeDistancePx: number,
  grid: {
    readonly centre: PointPx;
    readonly distanceMm: number;
    readonly pinhole: Pinhole;
    readonly inFace: Uint8Array;
  },
): SkinLight {
  const regions = new Float64Array(REGIONS.length * 3);
  const mean = new Float64Array(3);
  for (const [i, { around, radius }] of REGIONS.entries()) {
    const centre = middleOf(meshPoint(mesh, around[0]), meshPoint(mesh, around[1]));
    meanLinear(colour, centre, radius * eyeDistancePx, radius * eyeDistancePx, REGION_SAMPLES, mean);
    regions.set(mean, i * 3);
  }
  const cells = new Float32Array(SKIN_CELL_COLUMNS * SKIN_CELL_ROWS * 3).fill(Number.NaN);
  const columnStepPx = (COLUMN_PITCH_MM * grid.pinhole.fxPx) / grid.distanceMm;
  const rowStepPx = (ROW_PITCH_MM * grid.pinhole.fyPx) / grid.distanceMm;
  for (let row = 0; row < SKIN_CELL_ROWS; row += 1) {
    for (let column = 0; column < SKIN_CELL_COLUMNS; column += 1) {
      const node = row * CELL_NODE_STEP * PATCH_COLUMNS + column * CELL_NODE_STEP;
      if (!grid.inFace[node]) continue;
      const place = {
        x: grid.centre.x + (column * CELL_NODE_STEP - (PATCH_COLUMNS - 1) / 2) * columnStepPx,
        y: grid.centre.y + (row * CELL_NODE_STEP - (PATCH_ROWS - 1) / 2) * rowStepPx,
      };
      meanLinear(colour, place, columnStepPx, rowStepPx, CELL_SAMPLES, mean);
      cells.set(mean, (row * SKIN_CELL_COLUMNS + column) * 3);
    }
  }
  return { regions, cells };
}

/** Mean linear RGB of a box about a point, into `out`; NaN when too much of it is clipped, dark or outside. */
function meanLinear(
  { widthPx, heightPx, rgb }: ColourImage,
  centre: PointPx,
  halfWidthPx: number,
  halfHeightPx: number,
  samples: number,
  out: Float64Array,
): void {
  const left = Math.round(centre.x - halfWidthPx);
  const right = Math.round(centre.x + halfWidthPx);
  const top = Math.round(centre.y - halfHeightPx);
  const bottom = Math.round(centre.y + halfHeightPx);
  const stepX = Math.max(1, Math.floor((right - left + 1) / samples));
  const stepY = Math.max(1, Math.floor((bottom - top + 1) / samples));
  let red = 0;
  let green = 0;
  let blue = 0;
  let looked = 0;
  let good = 0;
  for (let y = top; y <= bottom; y += stepY) {
    for (let x = left; x <= right; x += stepX) {
      looked += 1;
      if (x < 0 || y < 0 || x >= widthPx || y >= heightPx) continue;
      const at = (y * widthPx + x) * 3;
      const r = rgb[at];
      const g = rgb[at + 1];
      const b = rgb[at + 2];
      if (r > HIGHEST || g > HIGHEST || b > HIGHEST || r < LOWEST || g < LOWEST || b < LOWEST) continue;
      good += 1;
      red += LINEAR_OF_SRGB8[r];
      green += LINEAR_OF_SRGB8[g];
      blue += LINEAR_OF_SRGB8[b];
    }
  }
  if (good === 0 || good < MIN_GOOD_SHARE * looked) {
    out.fill(Number.NaN);
    return;
  }
  out[0] = red / good;
  out[1] = green / good;
  out[2] = blue / good;
}
