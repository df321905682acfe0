import type { ColourImage } from '@smile/camera';
import { type Similarity, similarityScale } from './geometry.ts';

/** How a network wants its pixels: value = (byte - mean) * scale, planes in this order. Means are in RGB order. */
export type PixelFormat = {
  readonly channelOrder: 'rgb' | 'bgr';
  readonly meanRgb: readonly [number, number, number];
  readonly scale: number;
};

/** More than this many samples a side for one output pixel changes nothing that can be seen. */
const MAX_SAMPLES_PER_SIDE = 6;

/**
 * Fills three planes of `sidePx` x `sidePx` values with the image as seen through `toImage`, which takes crop
 * coordinates to image coordinates. Pixels are interpolated bilinearly; where the crop shrinks the image they are
 * averaged over their area. Beyond the image's edge its border pixels continue.
 *
 * `planes.length` is `3 * sidePx * sidePx`. With `mirrored`, the same crop is also written there, left to right.
 */
export function warpToPlanes(
  image: ColourImage,
  toImage: Similarity,
  sidePx: number,
  format: PixelFormat,
  planes: Float32Array,
  mirrored?: Float32Array,
): void {
  const { widthPx, heightPx, rgb } = image;
  const area = sidePx * sidePx;
  const samples = Math.min(MAX_SAMPLES_PER_SIDE, Math.max(1, Math.ceil(similarityScale(toImage) - 0.05)));
  const { a, b, tx, ty } = toImage;
  const gain = format.scale / (samples * samples);
  const [meanRed, meanGreen, meanBlue] = format.meanRgb;
  const redOffset = -meanRed * format.scale;
  const greenOffset = -meanGreen * format.scale;
  const blueOffset = -meanBlue * format.scale;
  const redPlane = format.channelOrder === 'rgb' ? 0 : 2 * area;
  const bluePlane = format.channelOrder === 'rgb' ? 2 * area : 0;
  const lastX = widthPx - 1;
  const lastY = heightPx - 1;
  const step = 1 / samples;
  for (let row = 0; row < sidePx; row++) {
    for (let column = 0; column < sidePx; column++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = 0; j < samples; j++) {
        const v = row + (j + 0.5) * step;
        for (let i = 0; i < samples; i++) {
          const u = column + (i + 0.5) * step;
          let x = a * u - b * v + tx - 0.5;
          let y = b * u + a * v + ty - 0.5;
          if (x < 0) x = 0;
          else if (x > lastX) x = lastX;
          if (y < 0) y = 0;
          else if (y > lastY) y = lastY;
          const left = x | 0;
          const top = y | 0;
          const fx = x - left;
          const fy = y - top;
          const p00 = (top * widthPx + left) * 3;
          const p01 = left < lastX ? p00 + 3 : p00;
          const down = top < lastY ? widthPx * 3 : 0;
          const p10 = p00 + down;
          const p11 = p01 + down;
          const w11 = fx * fy;
          const w10 = fy - w11;
          const w01 = fx - w11;
          const w00 = 1 - fx - w10;
          red += rgb[p00] * w00 + rgb[p01] * w01 + rgb[p10] * w10 + rgb[p11] * w11;
          green += rgb[p00 + 1] * w00 + rgb[p01 + 1] * w01 + rgb[p10 + 1] * w10 + rgb[p11 + 1] * w11;
          blue += rgb[p00 + 2] * w00 + rgb[p01 + 2] * w01 + rgb[p10 + 2] * w10 + rgb[p11 + 2] * w11;
        }
      }
      const at = row * sidePx + column;
      red = red * gain + redOffset;
      green = green * gain + greenOffset;
      blue = blue * gain + blueOffset;
      planes[redPlane + at] = red;
      planes[area + at] = green;
      planes[bluePlane + at] = blue;
      if (mirrored) {
        const mirroredAt = row * sidePx + (sidePx - 1 - column);
        mirrored[redPlane + mirroredAt] = red;
        mirrored[area + mirroredAt] = green;
        mirrored[bluePlane + mirroredAt] = blue;
      }
    }
  }
}

/** Where a letterboxed image lies in its square: image = (square - offset) / scale. */
export type Letterbox = { readonly scale: number; readonly offsetXPx: number; readonly offsetYPx: number };

/**
 * Fills three planes of `sidePx` x `sidePx` values with the whole image, centred and as large as `fill` (0..1] of the
 * side allows; the rest is black. Shrinking averages over areas, growing is bilinear. Separable: it reads every pixel
 * of the image once, which for a camera frame is several times faster than sampling.
 */
export class LetterboxResizer {
  readonly #sidePx: number;
  #rows = new Float32Array(0);
  #key = '';
  #horizontal: AxisWeights = { first: new Int32Array(0), weights: new Float32Array(0), taps: 0 };
  #vertical: AxisWeights = this.#horizontal;

  constructor(sidePx: number) {
    this.#sidePx = sidePx;
  }

  resize(image: ColourImage, fill: number, format: PixelFormat, planes: Float32Array): Letterbox {
    const { widthPx, heightPx, rgb } = image;
    const side = this.#sidePx;
    const fit = (side * fill) / Math.max(widthPx, heightPx);
    const targetWidth = Math.max(1, Math.round(widthPx * fit));
    const targetHeight = Math.max(1, Math.round(heightPx * fit));
    const key = `${widthPx}x${heightPx}:${targetWidth}x${targetHeight}`;
    if (key !== this.#key) {
      this.#key = key;
      this.#horizontal = axisWeights(widthPx, targetWidth);
      this.#vertical = axisWeights(heightPx, targetHeight);
    }
    const offsetX = (side - targetWidth) >> 1;
    const offsetY = (side - targetHeight) >> 1;
    const { scale } = format;
    const area = side * side;
    const [meanRed, meanGreen, meanBlue] = format.meanRgb;
    const redPlane = format.channelOrder === 'rgb' ? 0 : 2 * area;
    const bluePlane = format.channelOrder === 'rgb' ? 2 * area : 0;
    planes.fill(-meanRed * scale, redPlane, redPlane + area);
    planes.fill(-meanGreen * scale, area, 2 * area);
    planes.fill(-meanBlue * scale, bluePlane, bluePlane + area);

    const stride = widthPx * 3;
    if (this.#rows.length < stride) this.#rows = new Float32Array(stride);
    const line = this.#rows;
    const horizontal = this.#horizontal;
    const vertical = this.#vertical;
    for (let row = 0; row < targetHeight; row++) {
      blendRows(rgb, stride, vertical, row, line);
      let at = (row + offsetY) * side + offsetX;
      for (let column = 0; column < targetWidth; column++, at++) {
        let red = 0;
        let green = 0;
        let blue = 0;
        let from = horizontal.first[column] * 3;
        const weightsFrom = column * horizontal.taps;
        for (let tap = 0; tap < horizontal.taps; tap++, from += 3) {
          const weight = horizontal.weights[weightsFrom + tap];
          red += line[from] * weight;
          green += line[from + 1] * weight;
          blue += line[from + 2] * weight;
        }
        planes[redPlane + at] = (red - meanRed) * scale;
        planes[area + at] = (green - meanGreen) * scale;
        planes[bluePlane + at] = (blue - meanBlue) * scale;
      }
    }
    return { scale: (targetWidth / widthPx + targetHeight / heightPx) / 2, offsetXPx: offsetX, offsetYPx: offsetY };
  }
}

/** For every target pixel: the first source pixel and `taps` weights that sum to 1. */
type AxisWeights = { readonly first: Int32Array; readonly weights: Float32Array; readonly taps: number };

function blendRows(rgb: Uint8Array, stride: number, vertical: AxisWeights, row: number, line: Float32Array): void {
  const first = vertical.first[row];
  for (let tap = 0; tap < vertical.taps; tap++) {
    const weight = vertical.weights[row * vertical.taps + tap];
    const from = (first + tap) * stride;
    if (tap === 0) for (let index = 0; index < stride; index++) line[index] = rgb[from + index] * weight;
    else if (weight !== 0) for (let index = 0; index < stride; index++) line[index] += rgb[from + index] * weight;
  }
}

function axisWeights(sourceLength: number, targetLength: number): AxisWeights {
  const ratio = sourceLength / targetLength;
  const taps = Math.min(sourceLength, ratio > 1 ? Math.ceil(ratio) + 1 : 2);
  const first = new Int32Array(targetLength);
  const weights = new Float32Array(targetLength * taps);
  for (let target = 0; target < targetLength; target++) {
    const low = ratio > 1 ? target * ratio : (target + 0.5) * ratio - 0.5;
    first[target] = Math.min(sourceLength - taps, Math.max(0, Math.floor(low)));
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const source = first[target] + tap;
      const weight =
        ratio > 1
          ? Math.min(source + 1, low + ratio) - Math.max(source, low)
          : 1 - Math.abs(source - Math.min(sourceLength - 1, Math.max(0, low)));
      weights[target * taps + tap] = Math.max(0, weight);
      sum += Math.max(0, weight);
    }
    for (let tap = 0; tap < taps; tap++) weights[target * taps + tap] /= sum;
  }
  return { first, weights, taps };
}
