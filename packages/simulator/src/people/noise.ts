/** Seeded randomness: the same seed gives the same person on every machine. */
export type Random = {
  /** Uniform in [0, 1). */
  next(): number;
  range(low: number, high: number): number;
  /** Standard normal, redrawn beyond `limit` so that no feature leaves the human range. */
  normal(limit?: number): number;
  pick<T>(choices: readonly T[]): T;
  pickWeighted<T>(choices: readonly (readonly [value: T, weight: number])[]): T;
};

/** A 32-bit counter run through an avalanche mix (Mulberry-style); plenty for looks, not for secrets. */
export function createRandom(seed: number): Random {
  // Neighbouring seeds are mixed thoroughly first, or neighbours would dress alike.
  let state = avalanche(avalanche(seed | 0) ^ 0x5bd1e995);
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (limit = 2.2): number => {
    for (;;) {
      const value = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      if (Math.abs(value) <= limit) return value;
    }
  };
  const pickWeighted = <T>(choices: readonly (readonly [T, number])[]): T => {
    let left = next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    return choices[choices.length - 1][0];
  };
  return {
    next,
    range: (low, high) => low + (high - low) * next(),
    normal,
    pick: (choices) => choices[Math.floor(next() * choices.length)],
    pickWeighted,
  };
}

function avalanche(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function latticeValue(ix: number, iy: number, seed: number): number {
  let h = Math.imul(ix, 0x165667b1) ^ Math.imul(iy, 0x27d4eb2f) ^ Math.imul(seed, 0x3c6ef372);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 31 - 1;
}

/** Smooth value noise in [-1, 1] with features one unit wide. */
export function valueNoise(x: number, y: number, seed: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  let fx = x - ix;
  let fy = y - iy;
  fx = fx * fx * (3 - 2 * fx);
  fy = fy * fy * (3 - 2 * fy);
  const a = latticeValue(ix, iy, seed);
  const b = latticeValue(ix + 1, iy, seed);
  const c = latticeValue(ix, iy + 1, seed);
  const d = latticeValue(ix + 1, iy + 1, seed);
  return a + (b - a) * fx + (c - a + (a - b - c + d) * fx) * fy;
}

/** Octaves of value noise, each half as wide and half as strong as the one before, in [-1, 1]. */
export function fractalNoise(x: number, y: number, seed: number, octaves: number): number {
  let sum = 0;
  let total = 0;
  let gain = 1;
  for (let octave = 0; octave < octaves; octave++) {
    sum += gain * valueNoise(x, y, seed + octave * 17);
    total += gain;
    gain *= 0.5;
    x = x * 2.03 + 11.3;
    y = y * 2.03 - 7.1;
  }
  return sum / total;
}
