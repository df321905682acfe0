import { type DepthView, type Plane, planeAt, planeThrough } from '../depth-view.ts';
import { distancePx, eyeCentres, MOUTH_CORNERS, meshPoint } from '../landmarks.ts';
import { median, NormalEquations } from '../least-squares.ts';

/**
 * Does the shape move when the face smiles?
 *
 * Measures, per frame: how wide the mouth is over the distance between the eyes (from the picture), and how far the
 * mouth's corners and the cheeks stand before a plane through parts of the face that do not move (forehead, temples,
 * bridge of the nose), mm: a rigid motion of the whole changes neither. Over a scan: how many millimetres the depth
 * moves per tenth of mouth width.
 * Source: a smile widens the mouth by 8-10 %, draws its corners back and lifts the cheeks; see liveness.md.
 * Fooled by: elastic masks; a smile projected on something round, where the corners of the mouth slide to where the
 * shape falls off. A video on a screen smiles in the picture only; rigid masks and prints do not at all.
 * Null ("no evidence") without a smile: never demanded of anybody.
 */
export type ExpressionDepthSample = {
  readonly mouthWidthRatio: number;
  readonly cornersMm: number;
  readonly cheeksMm: number;
};

export type ExpressionDepthCue = {
  /** Largest less smallest mouth width over the frames, as a share of its median. */
  readonly mouthSpan: number;
  /** How far corners and cheeks move against each other per tenth of mouth width, mm: cheeks forward, corners back. */
  readonly reliefPerTenthMm: number;
  readonly reliefErrorMm: number;
};

/** Points of the mesh that expressions hardly move. */
const STEADY_POINTS = [151, 108, 337, 69, 299, 168, 127, 356, 234, 454, 6] as const;
const CHEEK_APPLES = [50, 280, 205, 425] as const;
const SAMPLE_MM = 6;
const FACE_DEPTH_MM = 80;
const MIN_STEADY = 7;
const MIN_FRAMES = 6;
const MIN_MOUTH_SPAN = 0.05;

export function expressionDepthSample(
  view: DepthView,
  mesh: Float32Array,
  distanceMm: number,
): ExpressionDepthSample | null {
  const eyes = eyeCentres(mesh);
  const eyeDistancePx = distancePx(eyes.left, eyes.right);
  if (!(eyeDistancePx > 0)) return null;
  const reachPx = Math.max(1, view.pixelsOf(SAMPLE_MM, distanceMm));
  const steady = STEADY_POINTS.flatMap((index) => {
    const point = meshPoint(mesh, index);
    const zMm = view.around(point, reachPx);
    return Math.abs(zMm - distanceMm) <= FACE_DEPTH_MM ? [view.lift(point, zMm)] : [];
  });
  if (steady.length < MIN_STEADY) return null;
  const plane = planeThrough(steady);
  if (!plane) return null;
  const before = (indices: readonly number[]) => {
    const heights = indices.map((index) => heightBefore(view, plane, mesh, index, reachPx));
    return heights.reduce((sum, height) => sum + height, 0) / heights.length;
  };
  const cornersMm = before(MOUTH_CORNERS);
  const cheeksMm = before(CHEEK_APPLES);
  if (!(Math.abs(cornersMm) <= FACE_DEPTH_MM && Math.abs(cheeksMm) <= FACE_DEPTH_MM)) return null;
  const mouthPx = distancePx(meshPoint(mesh, MOUTH_CORNERS[0]), meshPoint(mesh, MOUTH_CORNERS[1]));
  return { mouthWidthRatio: mouthPx / eyeDistancePx, cornersMm, cheeksMm };
}

export function expressionDepthCue(samples: readonly ExpressionDepthSample[]): ExpressionDepthCue | null {
  if (samples.length < MIN_FRAMES) return null;
  const widths = samples.map((sample) => sample.mouthWidthRatio);
  const typical = median(widths);
  const mouthSpan = (Math.max(...widths) - Math.min(...widths)) / typical;
  if (!(mouthSpan >= MIN_MOUTH_SPAN)) return null;
  const equations = new NormalEquations(2);
  for (const { mouthWidthRatio, cheeksMm, cornersMm } of samples) {
    equations.add(Float64Array.of(1, mouthWidthRatio / typical - 1), cheeksMm - cornersMm, 1);
  }
  const line = equations.solve();
  if (!line) return null;
  let squares = 0;
  let spread = 0;
  for (const { mouthWidthRatio, cheeksMm, cornersMm } of samples) {
    const x = mouthWidthRatio / typical - 1;
    squares += (cheeksMm - cornersMm - line[0] - line[1] * x) ** 2;
    spread += x * x;
  }
  const error = Math.sqrt(squares / Math.max(1, samples.length - 2) / Math.max(1e-9, spread));
  return { mouthSpan, reliefPerTenthMm: line[1] / 10, reliefErrorMm: error / 10 };
}

function heightBefore(view: DepthView, plane: Plane, mesh: Float32Array, index: number, reachPx: number): number {
  const point = meshPoint(mesh, index);
  const zMm = view.around(point, reachPx);
  return planeAt(plane, view.lift(point, zMm)) - zMm;
}
