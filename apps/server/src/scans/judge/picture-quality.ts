import type { ColourImage } from '@smile/camera';
import type { Box } from '@smile/face';

export type PictureQuality = {
  /** Mean luma of the face, 0..255. */
  readonly luma: number;
  /** Mean absolute Laplacian of luma over mean luma: grows with sharpness, compares frames of one scan only. */
  readonly sharpness: number;
};

/** Luma is read at this many points a side at most, so that a near face costs no more than a far one. */
const MAX_SIDE = 72;

/** Over the middle of the face, without hair and background. */
export function pictureQuality(image: ColourImage, box: Box): PictureQuality {
  const left = clamp(Math.round(box.xPx + box.widthPx * 0.2), 1, image.widthPx - 2);
  const right = clamp(Math.round(box.xPx + box.widthPx * 0.8), 1, image.widthPx - 2);
  const top = clamp(Math.round(box.yPx + box.heightPx * 0.1), 1, image.heightPx - 2);
  const bottom = clamp(Math.round(box.yPx + box.heightPx * 0.9), 1, image.heightPx - 2);
  const step = Math.max(1, Math.floor((right - left) / MAX_SIDE));
  let count = 0;
  let sum = 0;
  let detail = 0;
  for (let y = top; y <= bottom; y += step) {
    for (let x = left; x <= right; x += step) {
      const here = lumaAt(image, x, y);
      const around =
        lumaAt(image, x - 1, y) + lumaAt(image, x + 1, y) + lumaAt(image, x, y - 1) + lumaAt(image, x, y + 1);
      sum += here;
      detail += Math.abs(4 * here - around);
      count += 1;
    }
  }
  if (count === 0 || sum === 0) return { luma: 0, sharpness: 0 };
  return { luma: sum / count, sharpness: detail / sum };
}

/** ITU-R BT.601 weights on the encoded values: good enough to rank pictures. */
function lumaAt({ rgb, widthPx }: ColourImage, x: number, y: number): number {
  const at = (y * widthPx + x) * 3;
  return 0.299 * rgb[at] + 0.587 * rgb[at + 1] + 0.114 * rgb[at + 2];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
