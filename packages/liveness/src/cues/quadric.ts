import { NormalEquations, quantileInPlace, SurfacePoints } from '../least-squares.ts';
import type { Patch } from '../patch.ts';

/**
 * Plane and quadric through a whole patch.
 *
 * Measures: the principal curvatures of the best robust quadric, 1/m (positive: bulging towards the camera), and how
 * far the points lie from the best plane and quadric, mm RMS.
 * Source: a sheet of paper is developable however it is bent, so the smaller principal curvature is about zero; a
 * head bulges in both directions. Huber, "Robust estimation of a location parameter" (1964), for the weights.
 * Fooled by: balloons, dolls, masks, wet-moulded paper: anything that bulges like a head.
 */
export type QuadricCue = {
  readonly kminPerM: number;
  readonly kmaxPerM: number;
  readonly planeRmsMm: number;
  readonly quadricRmsMm: number;
};

/** Coefficients of z = f + d x + e y + a x^2 + b x y + c y^2 about a centre, in millimetres. */
export type Quadric = {
  readonly centre: { readonly xMm: number; readonly yMm: number; readonly zMm: number };
  /** f, d, e, a, b, c with x and y in units of SCALE_MM. */
  readonly terms: Float64Array;
};

/** x and y are divided by this, so that the normal equations are well conditioned. */
const SCALE_MM = 50;
const HUBER_ROUNDS = 5;
/** The noise level is read from every third residual: hundreds are plenty, and sorting them all is what takes time. */
const SCALE_SAMPLE_STEP = 3;
/** Huber's constant: 95 % efficiency for normal errors. */
const HUBER_K = 1.345;
/** Noise is never taken to be smaller than this, else perfect synthetic data would divide by zero. */
const MIN_SCALE_MM = 0.2;

/** Null when the patch has too few points, or they lie on a line. */
export function quadricCue(patch: Patch): QuadricCue | null {
  const plane = robustFit(patch, 3);
  const quadric = robustFit(patch, 6);
  if (!plane || !quadric) return null;
  const { kminPerM, kmaxPerM } = principalCurvatures(quadric.terms, SCALE_MM);
  return {
    kminPerM,
    kmaxPerM,
    planeRmsMm: rmsAbout(patch, plane),
    quadricRmsMm: rmsAbout(patch, quadric),
  };
}

/** The smaller principal curvature of the best quadric alone, 1/m; null as above. */
export function smallerCurvature(patch: Patch): number | null {
  const quadric = robustFit(patch, 6);
  return quadric && principalCurvatures(quadric.terms, SCALE_MM).kminPerM;
}

export function robustFit(patch: Patch, termCount: 3 | 6): Quadric | null {
  const centre = centreOf(patch);
  if (!centre || patch.pointCount < 4 * termCount) return null;
  const points = new SurfacePoints(patch.pointCount);
  for (let i = 0; i < patch.zMm.length; i += 1) {
    const zMm = patch.zMm[i];
    if (!(zMm > 0)) continue;
    points.add((patch.xMm[i] - centre.xMm) / SCALE_MM, (patch.yMm[i] - centre.yMm) / SCALE_MM, zMm - centre.zMm);
  }
  const equations = new NormalEquations(termCount);
  const offMm = new Float64Array(points.count);
  const sample = new Float64Array(Math.ceil(points.count / SCALE_SAMPLE_STEP));
  for (let round = 1; ; round += 1) {
    equations.clear();
    equations.addSurface(points);
    const terms = equations.solve();
    if (!terms || round === HUBER_ROUNDS) return terms && { centre, terms };
    const [f, d, e, a = 0, b = 0, c = 0] = terms;
    for (let i = 0; i < points.count; i += 1) {
      const x = points.x[i];
      const y = points.y[i];
      offMm[i] = Math.abs(points.z[i] - (f + d * x + e * y + a * x * x + b * x * y + c * y * y));
    }
    for (let i = 0; i < sample.length; i += 1) sample[i] = offMm[i * SCALE_SAMPLE_STEP];
    // 1.4826 makes the median absolute deviation estimate a normal sigma.
    const limitMm = HUBER_K * Math.max(MIN_SCALE_MM, 1.4826 * quantileInPlace(sample, 0.5));
    for (let i = 0; i < points.count; i += 1) points.weights[i] = offMm[i] > limitMm ? limitMm / offMm[i] : 1;
  }
}

/** Principal curvatures, 1/m, of z = f + d x + e y + a x^2 + b x y + c y^2 at the origin (x, y in units of `scaleMm`). */
export function principalCurvatures(
  terms: ArrayLike<number>,
  scaleMm: number,
): { readonly kminPerM: number; readonly kmaxPerM: number } {
  const p = terms[1] / scaleMm;
  const q = terms[2] / scaleMm;
  const square = scaleMm * scaleMm;
  const slope = Math.sqrt(1 + p * p + q * q);
  const l = (2 * terms[3]) / square / slope;
  const m = terms[4] / square / slope;
  const n = (2 * terms[5]) / square / slope;
  const e = 1 + p * p;
  const f = p * q;
  const g = 1 + q * q;
  const determinant = e * g - f * f;
  const mean = (e * n - 2 * f * m + g * l) / (2 * determinant);
  const gauss = (l * n - m * m) / determinant;
  const spread = Math.sqrt(Math.max(0, mean * mean - gauss));
  return { kminPerM: 1000 * (mean - spread), kmaxPerM: 1000 * (mean + spread) };
}

function centreOf(patch: Patch): Quadric['centre'] | null {
  if (patch.pointCount === 0) return null;
  let xMm = 0;
  let yMm = 0;
  let zMm = 0;
  for (let i = 0; i < patch.zMm.length; i += 1) {
    if (!(patch.zMm[i] > 0)) continue;
    xMm += patch.xMm[i];
    yMm += patch.yMm[i];
    zMm += patch.zMm[i];
  }
  const n = patch.pointCount;
  return { xMm: xMm / n, yMm: yMm / n, zMm: zMm / n };
}

function fillRow(row: Float64Array, xMm: number, yMm: number): void {
  const x = xMm / SCALE_MM;
  const y = yMm / SCALE_MM;
  row[0] = 1;
  row[1] = x;
  row[2] = y;
  row[3] = x * x;
  row[4] = x * y;
  row[5] = y * y;
}

/** Signed distance along z: positive where the point lies behind the surface. */
export function residualAt(
  patch: Patch,
  at: number,
  centre: Quadric['centre'],
  terms: Float64Array,
  row: Float64Array = new Float64Array(6),
): number {
  fillRow(row, patch.xMm[at] - centre.xMm, patch.yMm[at] - centre.yMm);
  let predicted = centre.zMm;
  for (let k = 0; k < terms.length; k += 1) predicted += terms[k] * row[k];
  return patch.zMm[at] - predicted;
}

function rmsAbout(patch: Patch, fit: Quadric): number {
  const row = new Float64Array(6);
  let sum = 0;
  for (let i = 0; i < patch.zMm.length; i += 1) {
    if (patch.zMm[i] > 0) sum += residualAt(patch, i, fit.centre, fit.terms, row) ** 2;
  }
  return Math.sqrt(sum / patch.pointCount);
}
