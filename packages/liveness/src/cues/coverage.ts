import type { DepthView } from '../depth-view.ts';
import { distancePx, eyeCentres, type FaceObservation, type FaceOval, inOval, type PointPx } from '../landmarks.ts';
import { select } from '../least-squares.ts';

/**
 * How much of the face has depth, and how far it is.
 *
 * Measures: the share of pixels with a reading within the inner face oval, without the eyes and without the upper part
 * where hair may hang; and the median of those readings, mm.
 * Source: skin reflects a structured-light pattern well; screens, gloss and black print swallow or mirror it.
 * Fooled by: matte prints (they have full coverage); thick beards and black veils lower it in the living.
 */
export type CoverageCue = {
  readonly coverageShare: number;
  readonly distanceMm: number;
};

/** Within the oval: this share of its size, so that the grazing rim stays out. */
const INNER = 0.8;
/** Above this height (-1 forehead top, 1 chin) hair may hang. */
const HAIRLINE_V = -0.5;
const EYE_RADIUS_SHARE = 0.28;
const SAMPLES_ACROSS = 36;

/** Null when the oval has no reading at all or lies outside the picture. */
export function coverageCue(view: DepthView, face: FaceObservation, oval: FaceOval): CoverageCue | null {
  const eyes = face.meshPoints ? Object.values(eyeCentres(face.meshPoints)) : [];
  const eyeRadiusPx = eyes.length === 2 ? EYE_RADIUS_SHARE * distancePx(eyes[0], eyes[1]) : 0;
  const stepPx = Math.max(1, (2 * oval.halfWidthPx) / SAMPLES_ACROSS);
  const reachPx = Math.max(oval.halfWidthPx, oval.halfHeightPx);
  const across = Math.ceil((2 * reachPx) / stepPx) + 1;
  const depths = new Float64Array(across * across);
  let looked = 0;
  let found = 0;
  for (let dy = -reachPx; dy <= reachPx; dy += stepPx) {
    for (let dx = -reachPx; dx <= reachPx; dx += stepPx) {
      const x = oval.centre.x + dx;
      const y = oval.centre.y + dy;
      const { u, v } = inOval(oval, { x, y });
      if (u * u + v * v > INNER * INNER || v < HAIRLINE_V || isInEye(eyes, eyeRadiusPx, x, y)) continue;
      looked += 1;
      const z = view.at(Math.round(x), Math.round(y));
      if (z > 0) depths[found++] = z;
    }
  }
  if (found === 0) return null;
  return { coverageShare: found / looked, distanceMm: select(depths.subarray(0, found), found >> 1) };
}

function isInEye(eyes: readonly PointPx[], radiusPx: number, x: number, y: number): boolean {
  for (const eye of eyes) if (Math.hypot(eye.x - x, eye.y - y) < radiusPx) return true;
  return false;
}
