import { createCipheriv } from 'node:crypto';

const SEED_BYTES = 32;
/** Three rounds of signs and Hadamard already behave like a random rotation (Yu et al. 2016); one more is the margin. */
const ROUNDS = 4;
/** A template of one number has nowhere to be turned to. */
const MIN_DIMENSION = 2;
const MAX_DIMENSION = 4_096;

type Round = {
  /** Value `order[i]` comes to place `i`. */
  readonly order: Uint16Array;
  /** +1 or -1 for each place. */
  readonly signs: Float32Array;
};

/**
 * A rotation of the space of embeddings that only who has the seed can name (a keyed, renewable template protection in
 * the sense of ISO/IEC 24745). It is orthogonal: lengths and cosines stay what they are, so that a probe turned by the
 * same key is compared in the turned space. Turned by two different keys, one face is to itself as to a stranger.
 *
 * A product of structured rotations instead of a random matrix: each of four rounds shuffles, flips signs and spreads
 * every value over all others by a Walsh-Hadamard transform, which costs some 20 µs a round for 1,024 numbers, where a
 * matrix would take 4 MB and 1 ms. Where the dimension is no power of two, two overlapping transforms cover it: the
 * largest power of two from the front, then the same from the back. Signs and shuffles are drawn from AES-256-CTR.
 */
export class KeyedTransform {
  readonly dimension: number;
  readonly #rounds: readonly Round[];
  readonly #block: number;

  /** @param seed 32 secret bytes; not kept. Throws RangeError for another length, or a dimension outside 2..4096. */
  constructor(seed: Uint8Array, dimension: number) {
    if (seed.length !== SEED_BYTES) throw new RangeError(`the seed of a transform has ${SEED_BYTES} bytes`);
    if (!Number.isInteger(dimension) || dimension < MIN_DIMENSION || dimension > MAX_DIMENSION) {
      throw new RangeError(`no transform of ${dimension} dimensions`);
    }
    this.dimension = dimension;
    this.#block = 2 ** Math.floor(Math.log2(dimension));
    this.#rounds = drawRounds(seed, dimension);
  }

  /** The vector as seen through this key; the given one stays as it is. */
  apply(vector: Float32Array): Float32Array {
    this.#requireDimension(vector);
    let values = Float64Array.from(vector);
    for (const { order, signs } of this.#rounds) {
      const next = new Float64Array(values.length);
      for (let i = 0; i < next.length; i += 1) next[i] = values[order[i]] * signs[i];
      values.fill(0);
      this.#spread(next, false);
      values = next;
    }
    const turned = Float32Array.from(values);
    values.fill(0);
    return turned;
  }

  /** The way back. */
  invert(turned: Float32Array): Float32Array {
    this.#requireDimension(turned);
    let values = Float64Array.from(turned);
    for (const { order, signs } of this.#rounds.toReversed()) {
      this.#spread(values, true);
      const previous = new Float64Array(values.length);
      for (let i = 0; i < previous.length; i += 1) previous[order[i]] = values[i] * signs[i];
      values.fill(0);
      values = previous;
    }
    const vector = Float32Array.from(values);
    values.fill(0);
    return vector;
  }

  /** Overwrites what was drawn from the seed. The transform is of no use afterwards. */
  wipe(): void {
    for (const { order, signs } of this.#rounds) {
      order.fill(0);
      signs.fill(0);
    }
  }

  /** Its own inverse, up to the order of the two halves where the dimension is no power of two. */
  #spread(values: Float64Array, backwards: boolean): void {
    const front = values.subarray(0, this.#block);
    if (this.#block === values.length) {
      hadamard(front);
      return;
    }
    const back = values.subarray(values.length - this.#block);
    hadamard(backwards ? back : front);
    hadamard(backwards ? front : back);
  }

  #requireDimension(vector: Float32Array): void {
    if (vector.length !== this.dimension) {
      throw new RangeError(`a vector of ${vector.length} numbers, the transform has ${this.dimension}`);
    }
  }
}

/** Orthonormal Walsh-Hadamard transform in place (fast, n log n); its own inverse. Length is a power of two. */
function hadamard(values: Float64Array): void {
  const { length } = values;
  for (let half = 1; half < length; half *= 2) {
    for (let from = 0; from < length; from += 2 * half) {
      for (let i = from; i < from + half; i += 1) {
        const [one, other] = [values[i], values[i + half]];
        values[i] = one + other;
        values[i + half] = one - other;
      }
    }
  }
  const scale = 1 / Math.sqrt(length);
  for (let i = 0; i < length; i += 1) values[i] *= scale;
}

function drawRounds(seed: Uint8Array, dimension: number): Round[] {
  const signBytes = Math.ceil(dimension / 8);
  const bytesARound = 4 * dimension + signBytes;
  const cipher = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16));
  const stream = cipher.update(Buffer.alloc(ROUNDS * bytesARound));
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const at = round * bytesARound;
    const order = Uint16Array.from({ length: dimension }, (__, i) => i);
    // Fisher-Yates. The product with a 32-bit number favours no place by more than one in 2^20.
    for (let i = dimension - 1; i > 0; i -= 1) {
      const j = Math.floor((stream.readUInt32LE(at + 4 * i) / 2 ** 32) * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    const signs = Float32Array.from({ length: dimension }, (__, i) =>
      (stream[at + 4 * dimension + (i >> 3)] >> (i & 7)) & 1 ? 1 : -1,
    );
    return { order, signs };
  });
  stream.fill(0);
  return rounds;
}
