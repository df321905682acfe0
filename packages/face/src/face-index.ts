/** Somebody whose face resembles the one searched for. */
export type FaceHit = { readonly personId: string; readonly similarity: number };

/** Everybody's template in memory, for a search over all of them. Vectors are of length 1. */
export type FaceIndex = {
  readonly size: number;
  /** Bytes of the arrays that hold the vectors and their signatures, room to grow included. */
  readonly bytes: number;
  /** Stores or replaces. Throws RangeError for another dimension or a value that is not a number. */
  put(personId: string, vector: Float32Array): void;
  remove(personId: string): void;
  has(personId: string): boolean;
  /**
   * Those at `from` or more, nearest first, at most `limit`. Similarities are right to within INDEX_TOLERANCE, and
   * somebody that much below `from` may be among them: compare with the template itself before it counts.
   */
  search(probe: Float32Array, from: number, limit: number): FaceHit[];
  /** Overwrites everything. */
  clear(): void;
};

/** Six standard deviations of the rounding to 8 bits at 512 numbers, more at 1,024. */
export const INDEX_TOLERANCE = 0.005;

/**
 * A signature is let through up to this many standard deviations above the Hamming distance that the angle makes one
 * expect: one in thirty thousand of those exactly at `from` is missed, and hardly any of those above it.
 */
const SIGNATURE_SLACK = 4;
const FIRST_CAPACITY = 256;
const MAX_DIMENSION = 4096;
const BITS_PER_WORD = 32;

/**
 * A signature of one bit a number sorts out most people, a vector of 8 bits a number ranks the rest. Both are made of
 * the vector turned by a pseudo-random rotation (random signs and Hadamard transforms, twice), which spreads it evenly:
 * then the share of bits that differ is the angle over pi (Charikar 2002), and one step of rounding suits all numbers.
 *
 * Memory: 1.1 bytes a number, which is 1,156 bytes a person at 1,024 numbers. The rotation is no protection: who reads
 * this memory has everybody's face template, as has anything that compares them.
 */
export function createFaceIndex(dimension: number, seed = 1): FaceIndex {
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > MAX_DIMENSION) {
    throw new RangeError(`an index of ${dimension} numbers a face`);
  }
  const width = 2 ** Math.ceil(Math.log2(Math.max(dimension, BITS_PER_WORD)));
  const words = width / BITS_PER_WORD;
  const rotate = rotation(width, seed);
  let signatures = new Int32Array(FIRST_CAPACITY * words);
  let values = new Int8Array(FIRST_CAPACITY * width);
  let steps = new Float32Array(FIRST_CAPACITY);
  const people: string[] = [];
  const places = new Map<string, number>();
  const turned = new Float32Array(width);
  const turnedBits = new Int32Array(words);

  /** Leaves the vector turned in `turned` and its signature in `turnedBits`. */
  function turn(vector: Float32Array, what: string): void {
    if (vector.length !== dimension) throw new RangeError(`a ${what} of ${vector.length} numbers, not ${dimension}`);
    if (!vector.every(Number.isFinite)) throw new RangeError(`a ${what} with values that are not numbers`);
    turned.fill(0);
    turned.set(vector);
    rotate(turned);
    turnedBits.fill(0);
    for (let i = 0; i < width; i++) if (turned[i] >= 0) turnedBits[i >>> 5] |= 1 << (i & 31);
  }

  function grow(): void {
    const [oldSignatures, oldValues, oldSteps] = [signatures, values, steps];
    signatures = new Int32Array(oldSignatures.length * 2);
    values = new Int8Array(oldValues.length * 2);
    steps = new Float32Array(oldSteps.length * 2);
    signatures.set(oldSignatures);
    values.set(oldValues);
    steps.set(oldSteps);
    for (const old of [oldSignatures, oldValues, oldSteps]) old.fill(0);
  }

  return {
    get size() {
      return people.length;
    },
    get bytes() {
      return signatures.byteLength + values.byteLength + steps.byteLength;
    },
    put(personId, vector) {
      turn(vector, 'vector');
      let place = places.get(personId);
      if (place === undefined) {
        place = people.length;
        if (place === steps.length) grow();
        people.push(personId);
        places.set(personId, place);
      }
      signatures.set(turnedBits, place * words);
      const largest = turned.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const step = largest / 127 || 1;
      steps[place] = step;
      for (let i = 0; i < width; i++) values[place * width + i] = Math.round(turned[i] / step);
      turned.fill(0);
    },
    remove(personId) {
      const place = places.get(personId);
      if (place === undefined) return;
      const last = people.length - 1;
      const lastPerson = people[last];
      places.delete(personId);
      people.pop();
      if (place !== last) {
        signatures.copyWithin(place * words, last * words, (last + 1) * words);
        values.copyWithin(place * width, last * width, (last + 1) * width);
        steps[place] = steps[last];
        people[place] = lastPerson;
        places.set(lastPerson, place);
      }
      signatures.fill(0, last * words, (last + 1) * words);
      values.fill(0, last * width, (last + 1) * width);
      steps[last] = 0;
    },
    has: (personId) => places.has(personId),
    search(probe, from, limit) {
      turn(probe, 'probe');
      const most = mostDifferentBits(from, width);
      const hits: FaceHit[] = [];
      for (let place = 0; place < people.length; place++) {
        if (differentBits(signatures, place * words, turnedBits) > most) continue;
        let product = 0;
        const at = place * width;
        for (let i = 0; i < width; i++) product += turned[i] * values[at + i];
        const similarity = product * steps[place];
        if (similarity >= from - INDEX_TOLERANCE) hits.push({ personId: people[place], similarity });
      }
      turned.fill(0);
      return hits.sort((one, other) => other.similarity - one.similarity).slice(0, limit);
    },
    clear() {
      signatures.fill(0);
      values.fill(0);
      steps.fill(0);
      people.length = 0;
      places.clear();
    },
  };
}

/** Bits that may differ between the signatures of two vectors whose cosine is `from` or more. */
function mostDifferentBits(from: number, bits: number): number {
  const share = Math.acos(Math.min(1, Math.max(-1, from - INDEX_TOLERANCE))) / Math.PI;
  return bits * share + SIGNATURE_SLACK * Math.sqrt(bits * share * (1 - share));
}

/** Counts bits in parallel within words (Warren, Hacker's Delight, 5-1), two words at a time. */
function differentBits(signatures: Int32Array, at: number, probe: Int32Array): number {
  let count = 0;
  for (let word = 0; word < probe.length; word += 2) {
    let one = signatures[at + word] ^ probe[word];
    let other = word + 1 < probe.length ? signatures[at + word + 1] ^ probe[word + 1] : 0;
    one -= (one >>> 1) & 0x55555555;
    other -= (other >>> 1) & 0x55555555;
    one = (one & 0x33333333) + ((one >>> 2) & 0x33333333);
    other = (other & 0x33333333) + ((other >>> 2) & 0x33333333);
    const nibbles =
      (one & 0x0f0f0f0f) + ((one >>> 4) & 0x0f0f0f0f) + (other & 0x0f0f0f0f) + ((other >>> 4) & 0x0f0f0f0f);
    count += Math.imul(nibbles, 0x01010101) >>> 24;
  }
  return count;
}

/** An orthogonal transform in place: twice, random signs and then the Hadamard transform over sqrt(width). */
function rotation(width: number, seed: number): (vector: Float32Array) => void {
  let state = seed >>> 0;
  const signs = Array.from({ length: 2 }, () =>
    Float32Array.from({ length: width }, () => {
      // The top bit of mulberry32.
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return (mixed ^ (mixed >>> 14)) < 0 ? -1 : 1;
    }),
  );
  const scale = 1 / Math.sqrt(width);
  return (vector) => {
    for (const sign of signs) {
      for (let i = 0; i < width; i++) vector[i] *= sign[i] * scale;
      for (let half = 1; half < width; half *= 2) {
        for (let block = 0; block < width; block += 2 * half) {
          for (let i = block; i < block + half; i++) {
            const sum = vector[i] + vector[i + half];
            vector[i + half] = vector[i] - vector[i + half];
            vector[i] = sum;
          }
        }
      }
    }
  };
}
