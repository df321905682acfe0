/**
 * What the cues need of the 468-point face mesh (the public MediaPipe topology). "Left" and "right" are the image's.
 * Points are x, y in pixels of the frame (z, the network's own guess at relative depth, is not used: it is the same
 * for a photo).
 */
export const MESH_POINT_COUNT = 468;

export type FaceObservation = {
  readonly boxPx: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** 468 x, y, z; null when only a box is known. */
  readonly meshPoints: Float32Array | null;
  /** Lids' distance over the eye's width, of the more open eye, where a closer look was taken; the mesh does not tell it. */
  readonly eyeOpenRatio?: number | null;
  /** The irises' middles, left and right in the image, where a closer look was taken. */
  readonly irisesPx?: readonly [PointPx, PointPx] | null;
};

export type PointPx = { readonly x: number; readonly y: number };

/** The point that stands out most; point 1, often called the nose tip, lies 8 mm below it. */
export const NOSE_TIP = 4;
export const FOREHEAD_TOP = 10;
export const CHIN = 152;
export const LEFT_EYE_CORNERS = [33, 133] as const;
export const RIGHT_EYE_CORNERS = [362, 263] as const;
export const LEFT_LIDS = [159, 145] as const;
export const RIGHT_LIDS = [386, 374] as const;
export const MOUTH_CORNERS = [61, 291] as const;
export const FACE_SIDES = [234, 454] as const;
/** Skin around the nose that lies near one plane: forehead, cheeks beside the nose, upper lip sides, chin. */
export const FACE_PLANE_POINTS = [151, 108, 337, 50, 280, 117, 346, 205, 425, 187, 411, 199, 175] as const;
export const CHEEK_POINTS = [50, 280, 205, 425, 101, 330, 36, 266] as const;
/** The jaw and cheek outline below the ears, from the image's left round the chin to the right. */
export const JAW_OUTLINE = [234, 93, 132, 58, 172, 136, 365, 397, 288, 361, 323, 454] as const;

export function meshPoint(mesh: Float32Array, index: number): PointPx {
  return { x: mesh[index * 3], y: mesh[index * 3 + 1] };
}

export function middleOf(a: PointPx, b: PointPx): PointPx {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

export function distancePx(a: PointPx, b: PointPx): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function eyeCentres(mesh: Float32Array): { left: PointPx; right: PointPx } {
  return {
    left: middleOf(meshPoint(mesh, LEFT_EYE_CORNERS[0]), meshPoint(mesh, LEFT_EYE_CORNERS[1])),
    right: middleOf(meshPoint(mesh, RIGHT_EYE_CORNERS[0]), meshPoint(mesh, RIGHT_EYE_CORNERS[1])),
  };
}

/** The face as an upright-in-itself oval: axes along and across the line from chin to forehead. */
export type FaceOval = {
  readonly centre: PointPx;
  /** Unit vector from the image's left side of the face to the right. */
  readonly across: PointPx;
  readonly halfWidthPx: number;
  readonly halfHeightPx: number;
};

export function faceOval(face: FaceObservation): FaceOval {
  const { boxPx, meshPoints } = face;
  if (!meshPoints) {
    return {
      centre: { x: boxPx.x + boxPx.width / 2, y: boxPx.y + boxPx.height / 2 },
      across: { x: 1, y: 0 },
      halfWidthPx: boxPx.width / 2,
      halfHeightPx: boxPx.height / 2,
    };
  }
  const left = meshPoint(meshPoints, FACE_SIDES[0]);
  const right = meshPoint(meshPoints, FACE_SIDES[1]);
  const top = meshPoint(meshPoints, FOREHEAD_TOP);
  const bottom = meshPoint(meshPoints, CHIN);
  const widthPx = distancePx(left, right);
  const heightPx = distancePx(top, bottom);
  return {
    centre: middleOf(middleOf(left, right), middleOf(top, bottom)),
    across: widthPx > 0 ? { x: (right.x - left.x) / widthPx, y: (right.y - left.y) / widthPx } : { x: 1, y: 0 },
    halfWidthPx: widthPx / 2,
    halfHeightPx: heightPx / 2,
  };
}

/** Coordinates of a pixel in the oval: (0, 0) its centre, the unit circle its outline, v down the face. */
export function inOval(oval: FaceOval, point: PointPx): { readonly u: number; readonly v: number } {
  const dx = point.x - oval.centre.x;
  const dy = point.y - oval.centre.y;
  return {
    u: (dx * oval.across.x + dy * oval.across.y) / oval.halfWidthPx,
    v: (-dx * oval.across.y + dy * oval.across.x) / oval.halfHeightPx,
  };
}
