import type { ColourImage } from '@smile/camera';

export type FaceErrorCode =
  | 'image_empty'
  | 'image_wrong_size'
  | 'image_too_large'
  | 'detection_invalid'
  | 'embedding_invalid'
  | 'engine_closed'
  | 'pool_closed'
  | 'pool_busy'
  | 'pool_timeout'
  | 'pool_worker_failed';

/** A request that cannot be served. `code` is for machines, `message` for people; neither holds personal data. */
export class FaceError extends Error {
  override readonly name = 'FaceError';
  readonly code: FaceErrorCode;

  constructor(code: FaceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The largest image that is searched for faces: 16 megapixels. */
export const MAX_IMAGE_PIXELS = 16_000_000;
/** The smallest side that can hold a face worth looking at. */
export const MIN_IMAGE_SIDE_PX = 16;

/** Why an image cannot be used, or null when it can. */
export function imageFault(image: ColourImage): FaceError | null {
  const { widthPx, heightPx, rgb } = image;
  if (!isCount(widthPx) || !isCount(heightPx)) {
    return new FaceError('image_wrong_size', `an image of ${widthPx}x${heightPx} px cannot be`);
  }
  if (widthPx < MIN_IMAGE_SIDE_PX || heightPx < MIN_IMAGE_SIDE_PX) {
    return new FaceError('image_empty', `an image of ${widthPx}x${heightPx} px is too small to hold a face`);
  }
  if (widthPx * heightPx > MAX_IMAGE_PIXELS) {
    return new FaceError(
      'image_too_large',
      `an image of ${widthPx}x${heightPx} px is more than ${MAX_IMAGE_PIXELS} px`,
    );
  }
  if (rgb.length !== widthPx * heightPx * 3) {
    return new FaceError('image_wrong_size', `an image of ${widthPx}x${heightPx} px cannot have ${rgb.length} bytes`);
  }
  return null;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
