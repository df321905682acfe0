import type { Intrinsics } from '@smile/camera';

/** 640x480 with a horizontal field of view of 58 degrees, as the common structured-light cameras have. */
export const DEFAULT_INTRINSICS: Intrinsics = {
  widthPx: 640,
  heightPx: 480,
  fxPx: 575,
  fyPx: 575,
  cxPx: 319.5,
  cyPx: 239.5,
};

/** From the origin of a head to the front of its face (cheeks and eyes; the nose stands out further). */
export const FACE_AHEAD_MM = 90;

/** What is nearer than this to the camera is not drawn: a triangle is left out as a whole. */
export const NEAR_MM = 60;

/** A pinhole camera on the scene's z axis at `cameraZMm`, looking towards -z. Pixel centres have whole coordinates. */
export type View = {
  readonly intrinsics: Intrinsics;
  readonly cameraZMm: number;
};

/** The view of a face that stands `distanceMm` before the camera, at the scene's origin. */
export function viewOfFace(distanceMm: number, intrinsics: Intrinsics = DEFAULT_INTRINSICS): View {
  if (!(distanceMm >= 100 && distanceMm <= 5_000)) throw new RangeError(`a face at ${distanceMm} mm cannot be seen`);
  return { intrinsics, cameraZMm: distanceMm + FACE_AHEAD_MM };
}

/** A rectangle of whole pixels; `rightPx` and `bottomPx` lie just outside. */
export type Region = {
  readonly leftPx: number;
  readonly topPx: number;
  readonly rightPx: number;
  readonly bottomPx: number;
};

export function regionSize({ leftPx, topPx, rightPx, bottomPx }: Region): { widthPx: number; heightPx: number } {
  return { widthPx: rightPx - leftPx, heightPx: bottomPx - topPx };
}
