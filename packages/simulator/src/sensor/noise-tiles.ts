import { createRandom } from '../people/noise.ts';

/**
 * Tiles of random numbers made once and read from another place for each frame and row: drawing them anew would cost
 * more than everything else a frame needs.
 */
export const TILE_SIDE = 512;
export const TILE_MASK = TILE_SIDE * TILE_SIDE - 1;

export type NoiseTiles = {
  /** Independent standard normal values. */
  readonly white: Float32Array;
  /** Standard normal, smooth over about three pixels; wraps around at its edges. */
  readonly smooth: Float32Array;
  /** Uniform bytes in blobs of a few pixels: a chance is met where the byte lies below it. */
  readonly blobs: Uint8Array;
};

let tiles: NoiseTiles | undefined;

export function noiseTiles(): NoiseTiles {
  tiles ??= makeTiles();
  return tiles;
}

function makeTiles(): NoiseTiles {
  const random = createRandom(20_261_123);
  const white = Float32Array.from({ length: TILE_SIDE * TILE_SIDE }, () => random.normal(4.5));
  const other = Float32Array.from({ length: TILE_SIDE * TILE_SIDE }, () => random.normal(4.5));
  const smooth = smoothed(other, 1);
  const coarse = smoothed(smoothed(white, 1), 2);
  const blobs = Uint8Array.from(coarse, (value) => Math.min(255, Math.floor(256 * normalShare(value))));
  return { white, smooth, blobs };
}

/** A binomial filter with taps `step` apart, scaled back to unit variance. */
function smoothed(values: Float32Array, step: number): Float32Array {
  const taps = [1, 4, 6, 4, 1];
  const along = (from: Float32Array, stride: number) => {
    const to = new Float32Array(from.length);
    for (let i = 0; i < from.length; i += 1) {
      let sum = 0;
      for (let k = 0; k < taps.length; k += 1)
        sum += taps[k] * from[(i + (k - 2) * step * stride + from.length) & TILE_MASK];
      to[i] = sum;
    }
    return to;
  };
  const result = along(along(values, 1), TILE_SIDE);
  let squares = 0;
  for (const value of result) squares += value * value;
  const scale = 1 / Math.sqrt(squares / result.length);
  return result.map((value) => value * scale);
}

/** A stream of 32-bit numbers for places in the tiles. */
export function placeStream(seed: number): () => number {
  const random = createRandom(seed);
  return () => Math.floor(random.next() * 2 ** 31);
}

/** Share of a standard normal variable below `x`: Abramowitz and Stegun 26.2.17, good to 1e-7. */
function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x > 0 ? 1 - upper : upper;
}
