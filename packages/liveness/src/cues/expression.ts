import {
  distancePx,
  eyeCentres,
  LEFT_EYE_CORNERS,
  LEFT_LIDS,
  MOUTH_CORNERS,
  meshPoint,
  RIGHT_EYE_CORNERS,
  RIGHT_LIDS,
} from '../landmarks.ts';

/**
 * What the face does, from landmarks alone.
 *
 * Measures: mouth width over eye distance (a smile adds 8-10 %) and how open the eyes are (height over width; a blink
 * takes it below 0.2 in a mesh that follows; the network's hardly does, so who sleeps is told by a closer look). Both are ratios without a unit; what counts is how they change over the frames of a scan.
 * Source: Soukupova and Cech 2016 for the eye ratio.
 * Fooled by: any video. Never demanded: not everybody can smile. Reported, not yet weighed.
 */
export type ExpressionCue = {
  readonly mouthWidthRatio: number;
  readonly eyeOpenRatio: number;
};

export function expressionCue(mesh: Float32Array): ExpressionCue | null {
  const eyes = eyeCentres(mesh);
  const eyeDistancePx = distancePx(eyes.left, eyes.right);
  if (!(eyeDistancePx > 0)) return null;
  const between = (pair: readonly [number, number]) => distancePx(meshPoint(mesh, pair[0]), meshPoint(mesh, pair[1]));
  const left = between(LEFT_LIDS) / between(LEFT_EYE_CORNERS);
  const right = between(RIGHT_LIDS) / between(RIGHT_EYE_CORNERS);
  const eyeOpenRatio = (left + right) / 2;
  return Number.isFinite(eyeOpenRatio)
    ? { mouthWidthRatio: between(MOUTH_CORNERS) / eyeDistancePx, eyeOpenRatio }
    : null;
}
