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
/** One bilinear sample already averages over about a pixel of the image, so a little shrinking needs no second one. */
const FREE_SHRINK = 0.3;

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
  const area = sidePx * sidePx;
  const samples = Math.min(MAX_SAMPLES_PER_SIDE, Math.max(1, Math.ceil(similarityScale(toImage) - FREE_SHRINK)));
  const sampleRow = isInside(image, toImage, sidePx) ? sampleRowInside : sampleRowAtEdge;
  const sums = new Float64Array(3 * sidePx);
  const gain = format.scale / (samples * samples);
  const redPlane = format.channelOrder === 'rgb' ? 0 : 2 * area;
  const bluePlane = format.channelOrder === 'rgb' ? 2 * area : 0;
  const [redOffset, greenOffset, blueOffset] = format.meanRgb.map((mean) => -mean * format.scale);
  for (let row = 0; row < sidePx; row++) {
    sums.fill(0);
    for (let sample = 0; sample < samples; sample++) {
      sampleRow(image, toImage, row + (sample + 0.5) / samples, samples, sums);
    }
    let at = row * sidePx;
    for (let from = 0; from < sums.length; from += 3, at++) {
      planes[redPlane + at] = sums[from] * gain + redOffset;
      planes[area + at] = sums[from + 1] * gain + greenOffset;
      planes[bluePlane + at] = sums[from + 2] * gain + blueOffset;
    }
  }
  if (!mirrored) return;
  mirrored.set(planes);
  mirrorPlanes(mirrored, sidePx);
}

/**
 * Adds `samples` bilinear samples for every pixel of one line of the crop (at height `v`) to the sums: red, green, blue
 * of the first pixel, and so on. All samples must have all four neighbours in the image.
 */
function sampleRowInside(
  { widthPx, rgb }: ColourImage,
  { a, b, tx, ty }: Similarity,
  v: number,
  samples: number,
  sums: Float64Array,
): void {
  const stepX = a / samples;
  const stepY = b / samples;
  const stride = widthPx * 3;
  let x = 0.5 * stepX - b * v + tx - 0.5;
  let y = 0.5 * stepY + a * v + ty - 0.5;
  for (let at = 0; at < sums.length; at += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let sample = 0; sample < samples; sample++) {
      const left = x | 0;
      const top = y | 0;
      const fx = x - left;
      const fy = y - top;
      const upper = top * stride + left * 3;
      const lower = upper + stride;
      const w11 = fx * fy;
      const w10 = fy - w11;
      const w01 = fx - w11;
      const w00 = 1 - fx - w10;
      red += rgb[upper] * w00 + rgb[upper + 3] * w01 + rgb[lower] * w10 + rgb[lower + 3] * w11;
      green += rgb[upper + 1] * w00 + rgb[upper + 4] * w01 + rgb[lower + 1] * w10 + rgb[lower + 4] * w11;
      blue += rgb[upper + 2] * w00 + rgb[upper + 5] * w01 + rgb[lower + 2] * w10 + rgb[lower + 5] * w11;
      x += stepX;
      y += stepY;
    }
    sums[at] += red;
    sums[at + 1] += green;
    sums[at + 2] += blue;
  }
}

/** As `sampleRowInside`, for crops that reach over the image's edge: samples beyond it take the nearest border pixels. */
function sampleRowAtEdge(
  { widthPx, heightPx, rgb }: ColourImage,
  { a, b, tx, ty }: Similarity,
  v: number,
  samples: number,
  sums: Float64Array,
): void {
  const stepX = a / samples;
  const stepY = b / samples;
  const stride = widthPx * 3;
  const lastX = widthPx - 1;
  const lastY = heightPx - 1;
  let nextX = 0.5 * stepX - b * v + tx - 0.5;
  let nextY = 0.5 * stepY + a * v + ty - 0.5;
  for (let at = 0; at < sums.length; at += 3) {
    for (let sample = 0; sample < samples; sample++) {
      const x = Math.min(lastX, Math.max(0, nextX));
      const y = Math.min(lastY, Math.max(0, nextY));
      const left = x | 0;
      const top = y | 0;
      const fx = x - left;
      const fy = y - top;
      const right = left < lastX ? 3 : 0;
      const upper = top * stride + left * 3;
      const lower = top < lastY ? upper + stride : upper;
      const w11 = fx * fy;
      const w10 = fy - w11;
      const w01 = fx - w11;
      const w00 = 1 - fx - w10;
      for (let channel = 0; channel < 3; channel++) {
        sums[at + channel] +=
          rgb[upper + channel] * w00 +
          rgb[upper + right + channel] * w01 +
          rgb[lower + channel] * w10 +
          rgb[lower + right + channel] * w11;
      }
      nextX += stepX;
      nextY += stepY;
    }
  }
}

/** Whether every sample of the crop has its four neighbours in the image: true when its corners lie inside. */
function isInside({ widthPx, heightPx }: ColourImage, { a, b, tx, ty }: Similarity, sidePx: number): boolean {
  for (const u of [0, sidePx]) {
    for (const v of [0, sidePx]) {
      const x = a * u - b * v + tx;
      const y = b * u + a * v + ty;
      if (!(x >= 1 && y >= 1 && x <= widthPx - 1 && y <= heightPx - 1)) return false;
    }
  }
  return true;
}

/** Left to right, in place. */
export function mirrorPlanes(planes: Float32Array, sidePx: number): void {
  for (let from = 0; from < planes.length; from += sidePx) planes.subarray(from, from + sidePx).reverse();
}

/** Where a letterboxed image lies in its square: image = (square - offset) / scale. */
export type Letterbox = { readonly scale: number; readonly offsetXPx: number; readonly offsetYPx: number };

/**
 * Fills three planes of `canvas` size with the whole image, centred and as large as `fill` (0..1] of the canvas allows;
 * the rest is black. Shrinking averages over areas, growing is bilinear. Separable: it reads every pixel
 * of the image once, which for a camera frame is several times faster than sampling.
 */
export class LetterboxResizer {
  #rows = new Float32Array(0);
  #key = '';
  #horizontal: AxisWeights = { first: new Int32Array(0), weights: new Float32Array(0), taps: 0 };
  #vertical: AxisWeights = this.#horizontal;

  resize(
    image: ColourImage,
    canvas: { readonly widthPx: number; readonly heightPx: number },
    fill: number,
    format: PixelFormat,
    planes: Float32Array,
  ): Letterbox {
    const { widthPx, heightPx, rgb } = image;
    const fit = fill * Math.min(canvas.widthPx / widthPx, canvas.heightPx / heightPx);
    const targetWidth = Math.max(1, Math.round(widthPx * fit));
    const targetHeight = Math.max(1, Math.round(heightPx * fit));
    const key = `${widthPx}x${heightPx}:${targetWidth}x${targetHeight}`;
    if (key !== this.#key) {
      this.#key = key;
      this.#horizontal = axisWeights(widthPx, targetWidth);
      this.#vertical = axisWeights(heightPx, targetHeight);
    }
    const offsetX = (canvas.widthPx - targetWidth) >> 1;
    const offsetY = (canvas.heightPx - targetHeight) >> 1;
    const { scale } = format;
    const area = canvas.widthPx * canvas.heightPx;
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
      let at = (row + offsetY) * canvas.widthPx + offsetX;
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
