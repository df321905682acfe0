import type { FaceDetection } from './detector.ts';
import { fitSimilarity, invertSimilarity, type Point, type Similarity } from './geometry.ts';

/**
 * Where the eyes, the nose tip and the mouth's centre stand in a 112 px crop: the template of ArcFace (Deng et al.
 * 2019, InsightFace), with its two mouth corners replaced by their middle, which is what the detector gives.
 */
const TEMPLATE_SIDE_PX = 112;
const TEMPLATE: readonly Point[] = [
  { xPx: 38.29, yPx: 51.69 },
  { xPx: 73.53, yPx: 51.5 },
  { xPx: 56.03, yPx: 71.74 },
  { xPx: 56.1, yPx: 92.28 },
];

/** From the pixels of an aligned crop of `sidePx` to those of the image; `zoom` below 1 shows more around the face. */
export type Alignment = { readonly toImage: Similarity; readonly sidePx: number };

/** Null when the keypoints coincide or are not numbers. */
export function alignFace(detection: FaceDetection, sidePx: number, zoom: number): Alignment | null {
  const { leftEye, rightEye, noseTip, mouthCentre } = detection.keypoints;
  return alignPoints([leftEye, rightEye, noseTip, mouthCentre], sidePx, zoom);
}

export function alignPoints(points: readonly Point[], sidePx: number, zoom: number): Alignment | null {
  const toCrop = fitSimilarity(points, templatePoints(sidePx, zoom));
  return toCrop && { toImage: invertSimilarity(toCrop), sidePx };
}

/** The template scaled to the crop and zoomed about its centre. */
export function templatePoints(sidePx: number, zoom: number): Point[] {
  const centre = sidePx / 2;
  const place = (value: number) => ((value * sidePx) / TEMPLATE_SIDE_PX - centre) * zoom + centre;
  return TEMPLATE.map(({ xPx, yPx }) => ({ xPx: place(xPx), yPx: place(yPx) }));
}
