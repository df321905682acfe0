import type { FaceKeypoints } from './detector.ts';
import { fitSimilarity, invertSimilarity, type Point, type Similarity } from './geometry.ts';

/** Where an embedder wants the points of a face, in the pixels of a crop of `sidePx`. Left is the image's left. */
export type AlignmentTemplate = {
  readonly sidePx: number;
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly noseTip: Point;
  readonly mouthCentre: Point;
};

/**
 * The template of ArcFace (Deng et al. 2019, InsightFace) in a 112 px crop, with its two mouth corners replaced by their
 * middle, which is what the detector gives.
 */
export const ARCFACE_TEMPLATE: AlignmentTemplate = {
  sidePx: 112,
  leftEye: { xPx: 38.29, yPx: 51.69 },
  rightEye: { xPx: 73.53, yPx: 51.5 },
  noseTip: { xPx: 56.03, yPx: 71.74 },
  mouthCentre: { xPx: 56.1, yPx: 92.28 },
};

/** From the pixels of an aligned crop of `sidePx` to those of the image. */
export type Alignment = { readonly toImage: Similarity; readonly sidePx: number };

/** `zoom` below 1 shows more around the face than the template does. Null when the keypoints coincide or are not numbers. */
export function alignFace(
  keypoints: FaceKeypoints,
  sidePx: number,
  zoom: number,
  template = ARCFACE_TEMPLATE,
): Alignment | null {
  return alignPoints(fourPoints(keypoints), fourPoints(scaledTemplate(template, sidePx, zoom)), sidePx);
}

/** The similarity that lays the points nearest to where they are wanted in the crop. */
export function alignPoints(points: readonly Point[], wanted: readonly Point[], sidePx: number): Alignment | null {
  const toCrop = fitSimilarity(points, wanted);
  return toCrop && { toImage: invertSimilarity(toCrop), sidePx };
}

/** The template scaled to the crop and zoomed about its centre. */
export function scaledTemplate(template: AlignmentTemplate, sidePx: number, zoom: number): AlignmentTemplate {
  const centre = sidePx / 2;
  const place = (value: number) => ((value * sidePx) / template.sidePx - centre) * zoom + centre;
  const move = ({ xPx, yPx }: Point) => ({ xPx: place(xPx), yPx: place(yPx) });
  const { leftEye, rightEye, noseTip, mouthCentre } = template;
  return {
    sidePx,
    leftEye: move(leftEye),
    rightEye: move(rightEye),
    noseTip: move(noseTip),
    mouthCentre: move(mouthCentre),
  };
}

type FourPoints = Pick<FaceKeypoints, 'leftEye' | 'rightEye' | 'noseTip' | 'mouthCentre'>;

export function fourPoints({ leftEye, rightEye, noseTip, mouthCentre }: FourPoints): Point[] {
  return [leftEye, rightEye, noseTip, mouthCentre];
}
