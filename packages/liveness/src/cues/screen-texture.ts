import type { ColourImage } from '@smile/camera';
import type { FaceOval } from '../landmarks.ts';

/**
 * Is there a grid in the picture that no skin has?
 *
 * Measures: the strongest peak of the spatial spectrum of the face's middle (64 x 64 pixels, each taken, none skipped)
 * over the typical power at its distance from the centre of the spectrum, in nepers (natural logarithm). Pixels of a
 * panel beat with those of the camera (moire), and printing screens do: narrow peaks; skin, hair and noise have a
 * spectrum that falls off smoothly.
 * Source: Fourier analysis of recaptured pictures, e.g. Patel, Han and Jain, "Secure face unlock" (2016).
 * Fooled by: panels finer than the camera resolves, defocus, slight motion; striped clothes and blinds do not reach the
 * face. A low value says nothing.
 */
export type ScreenTextureCue = {
  readonly peakNepers: number;
};

const SIDE = 64;
/** Below this frequency (cycles per 64 pixels) lie the features of the face itself. */
const LOWEST = 8;
const HIGHEST = 31;
const RING = 2;

/** Worked in anew for each picture. */
const REAL = new Float64Array(SIDE * SIDE);
const IMAGINARY = new Float64Array(SIDE * SIDE);
const WINDOW = Float64Array.from({ length: SIDE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (SIDE - 1)));

/** Null when the face is too small. */
export function screenTextureCue(colour: ColourImage, oval: FaceOval): ScreenTextureCue | null {
  if (2 * oval.halfWidthPx < SIDE) return null;
  const left = Math.round(oval.centre.x - SIDE / 2);
  const top = Math.round(oval.centre.y - SIDE / 2);
  const { widthPx, heightPx, rgb } = colour;
  if (left < 0 || top < 0 || left + SIDE > widthPx || top + SIDE > heightPx) return null;
  const real = REAL;
  let mean = 0;
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const at = ((top + y) * widthPx + left + x) * 3;
      const value = rgb[at] + 2 * rgb[at + 1] + rgb[at + 2];
      real[y * SIDE + x] = value;
      mean += value / (SIDE * SIDE);
    }
  }
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) real[y * SIDE + x] = (real[y * SIDE + x] - mean) * WINDOW[x] * WINDOW[y];
  }
  const imaginary = IMAGINARY;
  imaginary.fill(0);
  transform(real, imaginary);
  const rings: number[][] = [];
  for (let fy = -SIDE / 2; fy < SIDE / 2; fy += 1) {
    for (let fx = 0; fx < SIDE / 2; fx += 1) {
      const radius = Math.hypot(fx, fy);
      if (radius < LOWEST || radius > HIGHEST) continue;
      const at = ((fy + SIDE) % SIDE) * SIDE + fx;
      const power = real[at] * real[at] + imaginary[at] * imaginary[at];
      const ring = Math.floor(radius / RING);
      rings[ring] ??= [];
      rings[ring].push(power);
    }
  }
  let peakNepers = 0;
  for (const ring of rings) {
    if (!ring || ring.length < 12) continue;
    ring.sort((a, b) => a - b);
    const typical = ring[ring.length >> 1];
    if (typical > 0) peakNepers = Math.max(peakNepers, 0.5 * Math.log(ring[ring.length - 1] / typical));
  }
  return { peakNepers };
}

/** Two-dimensional Fourier transform in place: rows, then columns. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  for (let i = 0; i < SIDE; i += 1) fft(real, imaginary, i * SIDE, 1);
  for (let i = 0; i < SIDE; i += 1) fft(real, imaginary, i, SIDE);
}

const COSINES = Float64Array.from({ length: SIDE / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / SIDE));
const SINES = Float64Array.from({ length: SIDE / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / SIDE));
const BITS = Math.log2(SIDE);

/** Cooley and Tukey's radix-2 transform of SIDE values. */
function fft(real: Float64Array, imaginary: Float64Array, start: number, stride: number): void {
  for (let i = 0; i < SIDE; i += 1) {
    let j = 0;
    for (let bit = 0; bit < BITS; bit += 1) j = (j << 1) | ((i >> bit) & 1);
    if (j <= i) continue;
    const a = start + i * stride;
    const b = start + j * stride;
    [real[a], real[b]] = [real[b], real[a]];
    [imaginary[a], imaginary[b]] = [imaginary[b], imaginary[a]];
  }
  for (let half = 1; half < SIDE; half *= 2) {
    const step = SIDE / (2 * half);
    for (let block = 0; block < SIDE; block += 2 * half) {
      for (let k = 0; k < half; k += 1) {
        const a = start + (block + k) * stride;
        const b = start + (block + k + half) * stride;
        const c = COSINES[k * step];
        const s = SINES[k * step];
        const re = real[b] * c - imaginary[b] * s;
        const im = real[b] * s + imaginary[b] * c;
        real[b] = real[a] - re;
        imaginary[b] = imaginary[a] - im;
        real[a] += re;
        imaginary[a] += im;
      }
    }
  }
}
