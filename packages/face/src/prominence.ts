import type { FaceDetection } from './detector.ts';

/** The sizes of an image, without its pixels. */
export type ImageSize = { readonly widthPx: number; readonly heightPx: number };

/** How much a face loses that stands at the image's corner rather than in its centre. */
const OFF_CENTRE_LOSS = 0.5;

/**
 * The faces with the most prominent first: the nearest (largest), most central and surest. The first one is whom a
 * scan is about; the others are bystanders.
 */
export function byProminence(detections: readonly FaceDetection[], image: ImageSize): FaceDetection[] {
  return detections
    .map((detection) => ({ detection, weight: prominence(detection, image) }))
    .sort((one, other) => other.weight - one.weight)
    .map(({ detection }) => detection);
}

function prominence({ box, score }: FaceDetection, { widthPx, heightPx }: ImageSize): number {
  const fromCentre =
    Math.hypot(box.xPx + box.widthPx / 2 - widthPx / 2, box.yPx + box.heightPx / 2 - heightPx / 2) /
    Math.hypot(widthPx / 2, heightPx / 2);
  return Math.sqrt(box.widthPx * box.heightPx) * score * (1 - OFF_CENTRE_LOSS * Math.min(1, fromCentre));
}
