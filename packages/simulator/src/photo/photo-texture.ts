import type { ColourImage } from '@smile/camera';
import type { LinearTexture } from '../scene-types.ts';
import { linearOf } from '../sensor/colour-camera.ts';

/** Small photos are enlarged until their longer side has about this many pixels, so that no pixel grid shows. */
const ENLARGE_TO_PX = 420;
const MAX_ENLARGEMENT = 4;

/** A photo as linear light, with a margin around it that goes on in the photo's own colours. */
export type PhotoTexture = {
  readonly texture: LinearTexture;
  /** Texture coordinates 0..1 of a place in the photo, in the photo's pixels (centres at whole numbers). */
  toUv(xPx: number, yPx: number): readonly [u: number, v: number];
  /** Linear light at a place of the photo, between pixels. */
  at(xPx: number, yPx: number): readonly [red: number, green: number, blue: number];
  /** Whether a place lies within the photo itself. */
  covers(xPx: number, yPx: number): boolean;
};

/** `marginShare` of the photo's larger side is added on each side. */
export function photoTexture(image: ColourImage, marginShare: number): PhotoTexture {
  const longer = Math.max(image.widthPx, image.heightPx);
  const factor = Math.min(MAX_ENLARGEMENT, Math.max(1, Math.round(ENLARGE_TO_PX / longer)));
  const linear = Float32Array.from(image.rgb, linearOf);
  const large = enlarge({ widthPx: image.widthPx, heightPx: image.heightPx, rgb: linear }, factor);
  const margin = Math.round(marginShare * Math.max(large.widthPx, large.heightPx));
  const texture = withMargin(large, margin);
  const toTexture = (px: number) => (px + 0.5) * factor + margin;
  return {
    texture,
    toUv: (x, y) => [toTexture(x) / texture.widthPx, toTexture(y) / texture.heightPx],
    at: (x, y) => sample(texture, toTexture(x) - 0.5, toTexture(y) - 0.5),
    covers: (x, y) => x >= 0 && y >= 0 && x <= image.widthPx - 1 && y <= image.heightPx - 1,
  };
}

/** Cubic interpolation (Catmull and Rom's) by a whole factor. */
export function enlarge(image: LinearTexture, factor: number): LinearTexture {
  if (factor === 1) return image;
  const wide = enlargeRows(image, factor);
  return transpose(enlargeRows(transpose(wide), factor));
}

function enlargeRows({ widthPx, heightPx, rgb }: LinearTexture, factor: number): LinearTexture {
  const width = widthPx * factor;
  const out = new Float32Array(width * heightPx * 3);
  for (let x = 0; x < width; x += 1) {
    const from = (x + 0.5) / factor - 0.5;
    const base = Math.floor(from);
    const t = from - base;
    const weights = [
      ((-0.5 * t + 1) * t - 0.5) * t,
      (1.5 * t - 2.5) * t * t + 1,
      ((-1.5 * t + 2) * t + 0.5) * t,
      (0.5 * t - 0.5) * t * t,
    ];
    for (let k = 0; k < 4; k += 1) {
      const column = Math.min(widthPx - 1, Math.max(0, base + k - 1));
      for (let y = 0; y < heightPx; y += 1) {
        const to = (y * width + x) * 3;
        const at = (y * widthPx + column) * 3;
        for (let c = 0; c < 3; c += 1) out[to + c] += weights[k] * rgb[at + c];
      }
    }
  }
  for (let i = 0; i < out.length; i += 1) out[i] = Math.min(1, Math.max(0, out[i]));
  return { widthPx: width, heightPx, rgb: out };
}

function transpose({ widthPx, heightPx, rgb }: LinearTexture): LinearTexture {
  const out = new Float32Array(rgb.length);
  for (let y = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1) {
      const from = (y * widthPx + x) * 3;
      out.set(rgb.subarray(from, from + 3), (x * heightPx + y) * 3);
    }
  }
  return { widthPx: heightPx, heightPx: widthPx, rgb: out };
}

/** Fills the margin from ever coarser averages of the photo, so that its edge goes over into a plain colour. */
function withMargin(image: LinearTexture, margin: number): LinearTexture {
  if (margin === 0) return image;
  const widthPx = image.widthPx + 2 * margin;
  const heightPx = image.heightPx + 2 * margin;
  const rgb = new Float32Array(widthPx * heightPx * 3);
  const weight = new Float32Array(widthPx * heightPx);
  for (let y = 0; y < image.heightPx; y += 1) {
    const to = (y + margin) * widthPx + margin;
    rgb.set(image.rgb.subarray(y * image.widthPx * 3, (y + 1) * image.widthPx * 3), to * 3);
    weight.fill(1, to, to + image.widthPx);
  }
  fillHoles(rgb, weight, widthPx, heightPx);
  return { widthPx, heightPx, rgb };
}

/** Where `weight` is 0, takes the average of the surroundings: halves the picture, fills that, and enlarges again. */
function fillHoles(rgb: Float32Array, weight: Float32Array, width: number, height: number): void {
  if (width <= 1 && height <= 1) return;
  const halfWidth = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  const half = new Float32Array(halfWidth * halfHeight * 3);
  const halfWeight = new Float32Array(halfWidth * halfHeight);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const to = (y >> 1) * halfWidth + (x >> 1);
      halfWeight[to] += weight[at];
      for (let c = 0; c < 3; c += 1) half[to * 3 + c] += weight[at] * rgb[at * 3 + c];
    }
  }
  for (let i = 0; i < halfWeight.length; i += 1) {
    if (halfWeight[i] === 0) continue;
    for (let c = 0; c < 3; c += 1) half[i * 3 + c] /= halfWeight[i];
    halfWeight[i] = 1;
  }
  fillHoles(half, halfWeight, halfWidth, halfHeight);
  const coarse = { widthPx: halfWidth, heightPx: halfHeight, rgb: half };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      if (weight[at] > 0) continue;
      rgb.set(sample(coarse, (x - 0.5) / 2, (y - 0.5) / 2), at * 3);
    }
  }
}

/** Bilinear; places outside take the nearest edge. */
export function sample({ widthPx, heightPx, rgb }: LinearTexture, x: number, y: number): [number, number, number] {
  const cx = Math.min(widthPx - 1, Math.max(0, x));
  const cy = Math.min(heightPx - 1, Math.max(0, y));
  const x0 = Math.min(widthPx - 1, Math.floor(cx));
  const y0 = Math.min(heightPx - 1, Math.floor(cy));
  const x1 = Math.min(widthPx - 1, x0 + 1);
  const y1 = Math.min(heightPx - 1, y0 + 1);
  const fx = cx - x0;
  const fy = cy - y0;
  const value = (c: number) => {
    const top = rgb[(y0 * widthPx + x0) * 3 + c] * (1 - fx) + rgb[(y0 * widthPx + x1) * 3 + c] * fx;
    const bottom = rgb[(y1 * widthPx + x0) * 3 + c] * (1 - fx) + rgb[(y1 * widthPx + x1) * 3 + c] * fx;
    return top * (1 - fy) + bottom * fy;
  };
  return [value(0), value(1), value(2)];
}
