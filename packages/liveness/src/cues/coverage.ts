import type { DepthView } from '../depth-view.ts';
import { distancePx, eyeCentres, type FaceObservation, type FaceOval, inOval } from '../landmarks.ts';

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
  const depths: number[] = [];
  let looked = 0;
  for (let dy = -reachPx; dy <= reachPx; dy += stepPx) {
    for (let dx = -reachPx; dx <= reachPx; dx += stepPx) {
      const point = { x: oval.centre.x + dx, y: oval.centre.y + dy };
      const { u, v } = inOval(oval, point);
      if (u * u + v * v > INNER * INNER || v < HAIRLINE_V) continue;
      if (eyes.some((eye) => distancePx(eye, point) < eyeRadiusPx)) continue;
      looked += 1;
      const z = view.at(Math.round(point.x), Math.round(point.y));
      if (z > 0) depths.push(z);
    }
  }
  if (depths.length === 0) return null;
  depths.sort((a, b) => a - b);
  return { coverageShare: depths.length / looked, distanceMm: depths[depths.length >> 1] };
}
