import type { DepthView, PointMm } from '../depth-view.ts';
import { eyeCentres, FACE_SIDES, meshPoint, middleOf, type PointPx } from '../landmarks.ts';

/**
 * The size of the face in millimetres.
 *
 * Measures: the distance between the irises' middles and the width of the face at the cheekbones, from landmarks and
 * the depth beside them. Where nobody looked for the irises, the middles between the mesh's eye corners stand in for
 * them; the mesh pulls every face towards the usual proportions, so that is 4 mm less (simulated people; 0 to 8).
 * Source: adult inter-pupil distances are 54-74 mm (Dodgson 2004), children's down to 45 mm.
 * Fooled by: life-size prints and tablet replays; turned heads make the width uncertain.
 */
export type MetricSizeCue = {
  readonly ipdMm: number;
  /** Whether it is the irises' own distance. */
  readonly ofIrises: boolean;
  readonly faceWidthMm: number;
};

/** Lids and the skin beside them have depth where the eyeball has none. */
const EYE_SAMPLE_MM = 9;
/** An eye lies within this of the face's middle depth; else the landmark looked past the head. */
const EYE_DEPTH_MM = 70;
const SIDE_SAMPLE_MM = 5;
/** The outermost landmarks lie on the grazing rim; depth is read this share further in. */
const INWARD = 0.12;

/** @param irises their middles, pixels; null where nobody looked */
export function metricSizeCue(
  view: DepthView,
  mesh: Float32Array,
  typicalMm: number,
  irises: readonly [PointPx, PointPx] | null = null,
): MetricSizeCue | null {
  const eyeReachPx = Math.max(1, view.pixelsOf(EYE_SAMPLE_MM, typicalMm));
  const centres = eyeCentres(mesh);
  const [leftPx, rightPx] = irises ?? [centres.left, centres.right];
  const left = eyePoint(view, leftPx, eyeReachPx, typicalMm);
  const right = eyePoint(view, rightPx, eyeReachPx, typicalMm);
  if (!left || !right) return null;
  const sides = FACE_SIDES.map((index) => meshPoint(mesh, index));
  const middle = middleOf(sides[0], sides[1]);
  const sideReachPx = Math.max(1, view.pixelsOf(SIDE_SAMPLE_MM, typicalMm));
  const [a, b] = sides.map((side) => {
    const inside = { x: side.x + (middle.x - side.x) * INWARD, y: side.y + (middle.y - side.y) * INWARD };
    const zMm = view.around(inside, sideReachPx);
    return Number.isFinite(zMm) ? view.lift(side, zMm) : null;
  });
  return {
    ipdMm: distanceMm(left, right),
    ofIrises: irises !== null,
    faceWidthMm: a && b ? distanceMm(a, b) : Number.NaN,
  };
}

function eyePoint(view: DepthView, centre: PointPx, reachPx: number, typicalMm: number): PointMm | null {
  const zMm = view.around(centre, reachPx, 0.2);
  return Math.abs(zMm - typicalMm) <= EYE_DEPTH_MM ? view.lift(centre, zMm) : null;
}

function distanceMm(a: PointMm, b: PointMm): number {
  return Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
}
