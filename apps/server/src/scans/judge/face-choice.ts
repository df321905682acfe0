import type { DepthImage, Frame } from '@smile/camera';
import type { Box, FaceDetection } from '@smile/face';

export type FaceInView = {
  readonly detection: FaceDetection;
  /** Median depth of the middle of the face; null without enough readings. */
  readonly distanceMm: number | null;
  /** How far its centre is from the picture's, 0 at the centre, 1 at an edge. */
  readonly offCentre: number;
};

export type FaceChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly face: FaceInView }
  /** Two people stand where the guest should stand: nobody is measured until one is left. */
  | { readonly kind: 'ambiguous'; readonly face: FaceInView };

/** A face this much smaller than the nearest is somebody in the background. */
const NEAR_WIDTH_SHARE = 0.65;
/** Somebody this much further away than the nearest is not at the counter. */
const NEAR_DEPTH_MM = 300;
/** A face this central is the guest's, when the other stands beside at `BESIDE` or more. */
const CENTRAL = 0.35;
const BESIDE = 0.6;

/**
 * Who is scanned: the nearest, centred face. Somebody behind or at the edge of the picture does not matter; a second
 * face that is as near and as central makes the choice ambiguous, because a scan must not choose between two guests.
 */
export function chooseFace(frame: Frame, detections: readonly FaceDetection[]): FaceChoice {
  const faces = detections.map((detection) => faceInView(frame, detection)).sort((a, b) => rank(b) - rank(a));
  const face = faces[0];
  if (!face) return { kind: 'none' };
  const rival = faces.slice(1).some((other) => isRival(face, other));
  return { kind: rival ? 'ambiguous' : 'one', face };
}

/** Large is near; a face at the edge has to be three times as large as one in the middle. */
function rank(face: FaceInView): number {
  return face.detection.box.widthPx * (1 - (2 / 3) * Math.min(1, face.offCentre));
}

function isRival(face: FaceInView, other: FaceInView): boolean {
  if (other.detection.box.widthPx < NEAR_WIDTH_SHARE * face.detection.box.widthPx) return false;
  if (face.distanceMm !== null && other.distanceMm !== null && other.distanceMm > face.distanceMm + NEAR_DEPTH_MM) {
    return false;
  }
  return !(face.offCentre <= CENTRAL && other.offCentre >= BESIDE);
}

export function faceInView(frame: Frame, detection: FaceDetection): FaceInView {
  const { widthPx, heightPx } = frame.colour;
  const { box } = detection;
  const x = (box.xPx + box.widthPx / 2) / widthPx;
  const y = (box.yPx + box.heightPx / 2) / heightPx;
  return {
    detection,
    distanceMm: frame.depth && medianDepthMm(frame.depth, box),
    offCentre: Math.max(Math.abs(2 * x - 1), Math.abs(2 * y - 1)),
  };
}

const SAMPLES_A_SIDE = 11;
const MIN_READINGS_SHARE = 0.3;

/** Median over a grid in the middle half of the box, where there is face whatever the hair. */
function medianDepthMm(depth: DepthImage, box: Box): number | null {
  const readings = new Uint16Array(SAMPLES_A_SIDE ** 2);
  let found = 0;
  for (let row = 0; row < SAMPLES_A_SIDE; row += 1) {
    const y = Math.round(box.yPx + box.heightPx * (0.25 + (0.5 * row) / (SAMPLES_A_SIDE - 1)));
    for (let column = 0; column < SAMPLES_A_SIDE; column += 1) {
      const x = Math.round(box.xPx + box.widthPx * (0.25 + (0.5 * column) / (SAMPLES_A_SIDE - 1)));
      if (x < 0 || y < 0 || x >= depth.widthPx || y >= depth.heightPx) continue;
      const value = depth.values[y * depth.widthPx + x];
      if (value > 0) readings[found++] = value;
    }
  }
  if (found < MIN_READINGS_SHARE * SAMPLES_A_SIDE ** 2) return null;
  return readings.subarray(0, found).sort()[found >> 1] * depth.unitMm;
}
