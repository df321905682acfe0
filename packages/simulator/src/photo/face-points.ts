/** The 468 points of a face mesh (the public MediaPipe order) in millimetres, in the scene's axes. Left is the image's. */
export const MESH_POINTS = 468;
/** What a photo cannot tell is its scale: eyes are taken to be this far apart, the mean of adults. */
export const PHOTO_IPD_MM = 63;
/** How far before the middle of the head the corners of the eyes lie. */
export const EYE_CORNER_Z_MM = 75;
/** The network draws faces deeper than they are: noses of 34 mm instead of the 18 to 27 mm of people. */
const DEPTH_SHARE = 0.72;

export const OVAL = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
  172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
] as const;
export const CHEEKS = [50, 280, 205, 425, 101, 330] as const;
export const MOUTH_CORNERS = [61, 291] as const;
export const LIPS_MIDDLE = [13, 14] as const;

/** Corner, upper margin, corner and back along the lower margin, from the image's left to its right. */
export const EYES = [
  { upper: [33, 246, 161, 160, 159, 158, 157, 173, 133], lower: [33, 7, 163, 144, 145, 153, 154, 155, 133] },
  { upper: [362, 398, 384, 385, 386, 387, 388, 466, 263], lower: [362, 382, 381, 380, 374, 373, 390, 249, 263] },
] as const;

export type FacePoints = {
  /** x, y, z of each point in mm: the origin between the eyes and in mid-head, seen as the photo saw them. */
  readonly mm: Float32Array;
  /** Where a point of the photo's plane lies in the photo, in pixels. */
  toPhoto(xMm: number, yMm: number): readonly [xPx: number, yPx: number];
  readonly mmPerPx: number;
  /** How the head was turned towards the photographer; positive as in Pose. Roll is already taken out. */
  readonly yawDeg: number;
  readonly pitchDeg: number;
};

/** The network puts the chin of a level face this much behind the top of the forehead, per length between them. */
const LEVEL_SLOPE = 0.14;

/** Brings mesh points (x, y in pixels, z in pixels away from the camera) to size and upright. Throws on nonsense. */
export function facePoints(meshPoints: Float32Array): FacePoints {
  if (meshPoints.length < MESH_POINTS * 3) throw new RangeError('a face mesh has 468 points');
  for (let i = 0; i < MESH_POINTS * 3; i += 1) {
    if (!Number.isFinite(meshPoints[i])) throw new RangeError('a face mesh is made of numbers');
  }
  const eye = ({ upper }: (typeof EYES)[number]) => middle(meshPoints, upper[0], upper[upper.length - 1]);
  const [left, right] = [eye(EYES[0]), eye(EYES[1])];
  const ipdPx = Math.hypot(right[0] - left[0], right[1] - left[1], right[2] - left[2]);
  if (!(ipdPx > 4)) throw new RangeError('the eyes of this mesh coincide');
  const mmPerPx = PHOTO_IPD_MM / ipdPx;
  const centre = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2, (left[2] + right[2]) / 2];
  const roll = Math.atan2(right[1] - left[1], right[0] - left[0]);
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const mm = new Float32Array(MESH_POINTS * 3);
  for (let i = 0; i < mm.length; i += 3) {
    const dx = meshPoints[i] - centre[0];
    const dy = meshPoints[i + 1] - centre[1];
    mm[i] = (cos * dx + sin * dy) * mmPerPx;
    mm[i + 1] = -(-sin * dx + cos * dy) * mmPerPx;
    mm[i + 2] = -(meshPoints[i + 2] - centre[2]) * mmPerPx * DEPTH_SHARE + EYE_CORNER_Z_MM;
  }
  const yaw = Math.atan2((right[2] - left[2]) * mmPerPx, Math.hypot(right[0] - left[0], right[1] - left[1]) * mmPerPx);
  const lengthY = mm[10 * 3 + 1] - mm[152 * 3 + 1];
  const slope = (mm[10 * 3 + 2] - mm[152 * 3 + 2]) / DEPTH_SHARE / Math.max(1, lengthY);
  return {
    mm,
    mmPerPx,
    yawDeg: (yaw * 180) / Math.PI,
    pitchDeg: (Math.atan(LEVEL_SLOPE - slope) * 180) / Math.PI,
    toPhoto: (x, y) => {
      const [u, v] = [x / mmPerPx, -y / mmPerPx];
      return [centre[0] + cos * u - sin * v, centre[1] + sin * u + cos * v];
    },
  };
}

function middle(points: Float32Array, a: number, b: number): [number, number, number] {
  return [0, 1, 2].map((c) => (points[a * 3 + c] + points[b * 3 + c]) / 2) as [number, number, number];
}
