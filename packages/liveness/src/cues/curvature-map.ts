import { NormalEquations, quantile, SurfacePoints } from '../least-squares.ts';
import type { Patch } from '../patch.ts';
import { principalCurvatures } from './quadric.ts';

/**
 * How far the surface is from developable, place by place.
 *
 * Measures: quadrics fitted in windows of 20 mm radius over the patch; of each the principal curvature nearer to zero
 * ("lesser", 1/m, unsigned) and the signs. A face has peaks (nose, chin, brows), saddles (bridge, sides of the nose)
 * and hollows (eyes); paper, however bent, has one curvature of zero everywhere.
 * Source: Gauss's theorema egregium: bending does not change the product of the principal curvatures.
 * Fooled by: relief prints and masks; crumpled paper imitates it with noise-like folds.
 */
export type CurvatureMapCue = {
  /** Median and 90 % quantile over the patch of the lesser curvature, 1/m. */
  readonly lesserMedianPerM: number;
  readonly lesserHighPerM: number;
  /** Largest smaller-signed curvature: how sharp the sharpest peak is, 1/m (95 % quantile). */
  readonly peakPerM: number;
  /** Shares 0..1 of windows that are clearly domes and clearly saddles. */
  readonly domeShare: number;
  readonly saddleShare: number;
  /** Mean product of the principal curvatures, root with sign, 1/m. */
  readonly gaussRootPerM: number;
};

const WINDOW_RADIUS_MM = 20;
/** Fit windows at every second node: neighbours share most of their points anyway. */
const NODE_STEP = 2;
/** Share of the full window's points that must be there, else the fit leans on one side. */
const MIN_WINDOW_SHARE = 0.6;
const MIN_WINDOW_POINTS = 24;
const MIN_WINDOWS = 20;
/** Clearly curved: above what sensor noise of 1-2 mm makes of a flat window. */
const CLEAR_PER_M = 5;

/** Principal curvatures of the windows that could be fitted, by grid node. */
export type CurvatureField = {
  readonly nodes: readonly number[];
  readonly kminPerM: readonly number[];
  readonly kmaxPerM: readonly number[];
  /** How fast the depth grows to the right and downwards, mm per mm: the surface's normal is (slopeX, slopeY, -1). */
  readonly slopeX: readonly number[];
  readonly slopeY: readonly number[];
};

/** Null when the grid is too sparse to have a step. */
export function curvatureField(patch: Patch): CurvatureField | null {
  const reach = windowReach(patch);
  if (!reach) return null;
  const { columnReach, rowReach, fullCount } = reach;
  const minPoints = Math.max(MIN_WINDOW_POINTS, MIN_WINDOW_SHARE * fullCount);
  const equations = new NormalEquations(6);
  const points = new SurfacePoints((2 * columnReach + 1) * (2 * rowReach + 1));
  const field = {
    nodes: [] as number[],
    kminPerM: [] as number[],
    kmaxPerM: [] as number[],
    slopeX: [] as number[],
    slopeY: [] as number[],
  };
  const { columns, rows } = patch;
  for (let r0 = 0; r0 < rows; r0 += NODE_STEP) {
    for (let c0 = 0; c0 < columns; c0 += NODE_STEP) {
      const centre = r0 * columns + c0;
      if (!(patch.zMm[centre] > 0)) continue;
      points.count = 0;
      const centreX = patch.xMm[centre];
      const centreY = patch.yMm[centre];
      const centreZ = patch.zMm[centre];
      for (let r = Math.max(0, r0 - rowReach); r <= Math.min(rows - 1, r0 + rowReach); r += 1) {
        for (let c = Math.max(0, c0 - columnReach); c <= Math.min(columns - 1, c0 + columnReach); c += 1) {
          const at = r * columns + c;
          const z = patch.zMm[at];
          if (!(z > 0)) continue;
          const x = (patch.xMm[at] - centreX) / WINDOW_RADIUS_MM;
          const y = (patch.yMm[at] - centreY) / WINDOW_RADIUS_MM;
          if (x * x + y * y <= 1) points.add(x, y, z - centreZ);
        }
      }
      if (points.count < minPoints) continue;
      equations.clear();
      equations.addSurface(points);
      const terms = equations.solve();
      if (!terms) continue;
      const { kminPerM, kmaxPerM } = principalCurvatures(terms, WINDOW_RADIUS_MM);
      field.nodes.push(centre);
      field.kminPerM.push(kminPerM);
      field.kmaxPerM.push(kmaxPerM);
      field.slopeX.push(terms[1] / WINDOW_RADIUS_MM);
      field.slopeY.push(terms[2] / WINDOW_RADIUS_MM);
    }
  }
  return field;
}

/** Sums a field up, over the nodes that `keep` lets through; null when those are too few to speak for a surface. */
export function curvatureMapCue(
  field: CurvatureField,
  keep: (node: number) => boolean = () => true,
): CurvatureMapCue | null {
  const lesser: number[] = [];
  const smaller: number[] = [];
  let domes = 0;
  let saddles = 0;
  let gaussSum = 0;
  field.nodes.forEach((node, i) => {
    if (!keep(node)) return;
    const kminPerM = field.kminPerM[i];
    const kmaxPerM = field.kmaxPerM[i];
    lesser.push(Math.min(Math.abs(kminPerM), Math.abs(kmaxPerM)));
    smaller.push(kminPerM);
    gaussSum += kminPerM * kmaxPerM;
    if (kminPerM > CLEAR_PER_M) domes += 1;
    if (kminPerM < -CLEAR_PER_M && kmaxPerM > CLEAR_PER_M) saddles += 1;
  });
  if (lesser.length < MIN_WINDOWS) return null;
  const gauss = gaussSum / lesser.length;
  return {
    lesserMedianPerM: quantile(lesser, 0.5),
    lesserHighPerM: quantile(lesser, 0.9),
    peakPerM: quantile(smaller, 0.95),
    domeShare: domes / lesser.length,
    saddleShare: saddles / lesser.length,
    gaussRootPerM: Math.sign(gauss) * Math.sqrt(Math.abs(gauss)),
  };
}

/** How many grid steps the window reaches, from the median distance between neighbours on the patch. */
export function windowReach(
  patch: Patch,
  radiusMm: number = WINDOW_RADIUS_MM,
): { columnReach: number; rowReach: number; fullCount: number } | null {
  const pitch = gridPitch(patch);
  if (!pitch) return null;
  return {
    columnReach: Math.ceil(radiusMm / pitch.columnMm),
    rowReach: Math.ceil(radiusMm / pitch.rowMm),
    fullCount: (Math.PI * radiusMm * radiusMm) / (pitch.columnMm * pitch.rowMm),
  };
}

/** Typical distance between neighbouring columns and rows, mm; null when the patch is too sparse to tell. */
export function gridPitch(patch: Patch): { columnMm: number; rowMm: number } | null {
  const { columns, rows } = patch;
  let columnSum = 0;
  let columnCount = 0;
  let rowSum = 0;
  let rowCount = 0;
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      const at = r * columns + c;
      if (!(patch.zMm[at] > 0)) continue;
      if (c + 1 < columns && patch.zMm[at + 1] > 0) {
        columnSum += patch.xMm[at + 1] - patch.xMm[at];
        columnCount += 1;
      }
      if (r + 1 < rows && patch.zMm[at + columns] > 0) {
        rowSum += patch.yMm[at + columns] - patch.yMm[at];
        rowCount += 1;
      }
    }
  }
  const columnMm = columnSum / columnCount;
  const rowMm = rowSum / rowCount;
  return columnMm > 0.5 && rowMm > 0.5 ? { columnMm, rowMm } : null;
}
