import type { FaceDetection, FaceKeypoints } from './detector.ts';
import { fitSimilarity, type Point, similarityScale, transformPoint } from './geometry.ts';
import type { FaceMesh } from './mesher.ts';

/** Spread over the face, most of them where it does not move by itself: sides, forehead, chin, eye corners, nose. */
const CARRIED_BY = [234, 454, 127, 356, 10, 67, 297, 152, 33, 133, 362, 263, 168, 6, 197, 1];

/** A detection in a later picture, and how the face has moved since the one it was carried from. */
export type CarriedDetection = {
  readonly detection: FaceDetection;
  /** Of the face's centre, in widths of its box. */
  readonly shiftWidths: number;
  /** Of its size: 1 is none. */
  readonly scale: number;
  /** Within the picture, clockwise as seen. */
  readonly turnRad: number;
};

/**
 * Where the detector would find a face now, from where it found it before and how the mesh has moved in between. `now` is
 * the mesh that was laid by the old detection: it is good while the face has moved little (on portraits, with a crop that
 * is off by 6 % of the box, the points move by 0.8 % of the eyes' outer distance; with 20 % downwards they are worthless,
 * and the mesh's score does not say so). Whoever carries a detection along has to look at the movement, and to detect
 * anew every so often, because newcomers are not seen here. Null when no movement can be told.
 */
export function carryDetection(detection: FaceDetection, before: FaceMesh, now: FaceMesh): CarriedDetection | null {
  const motion = fitSimilarity(placesOf(before), placesOf(now));
  if (!motion) return null;
  const { box, keypoints } = detection;
  const scale = similarityScale(motion);
  const oldCentre = { xPx: box.xPx + box.widthPx / 2, yPx: box.yPx + box.heightPx / 2 };
  const centre = transformPoint(motion, oldCentre);
  const [widthPx, heightPx] = [box.widthPx * scale, box.heightPx * scale];
  const point = (name: keyof FaceKeypoints) => transformPoint(motion, keypoints[name]);
  return {
    detection: {
      box: { xPx: centre.xPx - widthPx / 2, yPx: centre.yPx - heightPx / 2, widthPx, heightPx },
      score: detection.score,
      keypoints: {
        leftEye: point('leftEye'),
        rightEye: point('rightEye'),
        noseTip: point('noseTip'),
        mouthCentre: point('mouthCentre'),
        leftEar: point('leftEar'),
        rightEar: point('rightEar'),
      },
    },
    shiftWidths: Math.hypot(centre.xPx - oldCentre.xPx, centre.yPx - oldCentre.yPx) / box.widthPx,
    scale,
    turnRad: Math.atan2(motion.b, motion.a),
  };
}

function placesOf({ points }: FaceMesh): Point[] {
  return CARRIED_BY.map((index) => ({ xPx: points[index * 3], yPx: points[index * 3 + 1] }));
}
