import type { DepthView, PointMm } from '../depth-view.ts';
import { FACE_SIDES, LEFT_EYE_CORNERS, meshPoint, middleOf, type PointPx, RIGHT_EYE_CORNERS } from '../landmarks.ts';

/**
 * The size of the face in millimetres.
 *
 * Measures: the distance between the eyes' centres and the width of the face at the cheekbones, from landmarks and
 * the depth beside them.
 * Source: adult inter-pupil distances are 54-74 mm (Dodgson 2004), children's down to 45 mm.
 * Fooled by: life-size prints and tablet replays; turned heads make the width uncertain.
 */
export type MetricSizeCue = {
  readonly ipdMm: number;
  readonly faceWidthMm: number;
};

/** Lids and the skin beside them have depth where the eyeball has none. */
const EYE_SAMPLE_MM = 9;
/** An eye lies within this of the face's middle depth; else the landmark looked past the head. */
const EYE_DEPTH_MM = 70;
const SIDE_SAMPLE_MM = 5;
/** The outermost landmarks lie on the grazing rim; depth is read this share further in. */
const INWARD = 0.12;

export function metricSizeCue(view: DepthView, mesh: Float32Array, typicalMm: number): MetricSizeCue | null {
  const eyeReachPx = Math.max(1, view.pixelsOf(EYE_SAMPLE_MM, typicalMm));
  const left = eyePoint(view, mesh, LEFT_EYE_CORNERS, eyeReachPx, typicalMm);
  const right = eyePoint(view, mesh, RIGHT_EYE_CORNERS, eyeReachPx, typicalMm);
  if (!left || !right) return null;
  const sides = FACE_SIDES.map((index) => meshPoint(mesh, index));
  const middle = middleOf(sides[0], sides[1]);
  const sideReachPx = Math.max(1, view.pixelsOf(SIDE_SAMPLE_MM, typicalMm));
  const [a, b] = sides.map((side) => {
    const inside = { x: side.x + (middle.x - side.x) * INWARD, y: side.y + (middle.y - side.y) * INWARD };
    const zMm = view.around(inside, sideReachPx);
    return Number.isFinite(zMm) ? view.lift(side, zMm) : null;
  });
  return { ipdMm: distanceMm(left, right), faceWidthMm: a && b ? distanceMm(a, b) : Number.NaN };
}

function eyePoint(
  view: DepthView,
  mesh: Float32Array,
  corners: readonly [number, number],
  reachPx: number,
  typicalMm: number,
): PointMm | null {
  const centre: PointPx = middleOf(meshPoint(mesh, corners[0]), meshPoint(mesh, corners[1]));
  const zMm = view.around(centre, reachPx, 0.2);
  return Math.abs(zMm - typicalMm) <= EYE_DEPTH_MM ? view.lift(centre, zMm) : null;
}

function distanceMm(a: PointMm, b: PointMm): number {
  return Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
}
