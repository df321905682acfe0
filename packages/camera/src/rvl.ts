import { type Result, refuse, succeed } from './result.ts';

/**
 * RVL, the lossless depth codec of A. D. Wilson, "Fast Lossless Depth Image Compression" (ISS 2017). Runs of "no
 * reading" and runs of readings alternate; readings are stored as zigzag differences to the reading before; every
 * number is cut into groups of three bits, lowest first, one group to a nibble whose top bit says "more follows".
 * Eight nibbles fill a 32-bit word from its top; words are little-endian, as the paper's code leaves them on a PC.
 */

export type DepthCodecErrorCode = 'depth_truncated' | 'depth_malformed' | 'depth_too_large';

/** The most pixels a depth image may have here; a limit, so that a forged count cannot make us allocate. */
export const MAX_DEPTH_PIXELS = 1280 * 960;

/** 24 bits are more than any run (MAX_DEPTH_PIXELS) or zigzag difference (17 bits) needs. */
const MAX_NIBBLES_PER_NUMBER = 8;

/**
 * Encodes depth values (0 = no reading) to RVL bytes; the length is a multiple of four.
 * Throws a RangeError above MAX_DEPTH_PIXELS.
 */
export function encodeDepthRvl(values: Uint16Array): Uint8Array {
  if (values.length > MAX_DEPTH_PIXELS) throw new RangeError(`depth has ${values.length} values, more than allowed`);
  const writer = new NibbleWriter(values.length);
  let at = 0;
  let previous = 0;
  while (at < values.length) {
    const emptyFrom = at;
    while (at < values.length && values[at] === 0) at += 1;
    writer.put(at - emptyFrom);
    const readingsFrom = at;
    while (at < values.length && values[at] !== 0) at += 1;
    writer.put(at - readingsFrom);
    for (let i = readingsFrom; i < at; i += 1) {
      const difference = values[i] - previous;
      writer.put((difference << 1) ^ (difference >> 31));
      previous = values[i];
    }
  }
  return writer.finish();
}

/**
 * Decodes exactly `count` values. Everything is checked: runs that overshoot, differences that leave 1..65535,
 * numbers that never end, words missing or left over.
 */
export function decodeDepthRvl(bytes: Uint8Array, count: number): Result<Uint16Array, DepthCodecErrorCode> {
  if (!Number.isInteger(count) || count < 0 || count > MAX_DEPTH_PIXELS) {
    return refuse('depth_too_large', `a depth image of ${count} pixels is not accepted`);
  }
  if (bytes.length % 4 !== 0) return refuse('depth_truncated', 'depth data is not a whole number of words');
  const reader = new NibbleReader(bytes);
  const values = new Uint16Array(count);
  let at = 0;
  let previous = 0;
  while (at < count) {
    const empty = reader.take();
    const readings = reader.take();
    if (reader.failure !== null) return endedBadly(reader.failure);
    if (empty + readings > count - at) return refuse('depth_malformed', 'a run of depth values overshoots the image');
    if (empty + readings === 0) return refuse('depth_malformed', 'an empty run of depth values');
    at += empty;
    for (const end = at + readings; at < end; at += 1) {
      const zigzag = reader.take();
      previous += (zigzag >>> 1) ^ -(zigzag & 1);
      if (previous < 1 || previous > 0xffff) {
        if (reader.failure !== null) return endedBadly(reader.failure);
        return refuse('depth_malformed', 'a depth value leaves the 16-bit range');
      }
      values[at] = previous;
    }
    if (reader.failure !== null) return endedBadly(reader.failure);
  }
  if (!reader.atEnd()) return refuse('depth_malformed', 'depth data goes on after the image');
  return succeed(values);
}

function endedBadly(failure: 'truncated' | 'endless'): Result<never, DepthCodecErrorCode> {
  return failure === 'truncated'
    ? refuse('depth_truncated', 'depth data ends early')
    : refuse('depth_malformed', 'a number in the depth data does not end');
}

class NibbleWriter {
  // Worst case per value: a lone reading between holes, two one-nibble runs and a six-nibble difference; and the
  // first run of the image may be long.
  readonly #words: Uint32Array;
  #used = 0;
  #word = 0;
  #nibbles = 0;

  constructor(valueCount: number) {
    this.#words = new Uint32Array(valueCount + 8);
  }

  put(value: number): void {
    let rest = value;
    do {
      const group = rest & 7;
      rest >>>= 3;
      this.#word = (this.#word << 4) | group | (rest === 0 ? 0 : 8);
      this.#nibbles += 1;
      if (this.#nibbles === 8) {
        this.#words[this.#used] = this.#word;
        this.#used += 1;
        this.#word = 0;
        this.#nibbles = 0;
      }
    } while (rest !== 0);
  }

  finish(): Uint8Array {
    if (this.#nibbles > 0) {
      this.#words[this.#used] = this.#word << (4 * (8 - this.#nibbles));
      this.#used += 1;
    }
    const bytes = new Uint8Array(this.#used * 4);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < this.#used; i += 1) view.setUint32(i * 4, this.#words[i], true);
    return bytes;
  }
}

class NibbleReader {
  failure: 'truncated' | 'endless' | null = null;
  readonly #view: DataView;
  #offset = 0;
  #word = 0;
  #nibbles = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next number, or 0 once something is wrong (see `failure`). */
  take(): number {
    let value = 0;
    for (let nibbles = 0, shift = 0; nibbles < MAX_NIBBLES_PER_NUMBER; nibbles += 1, shift += 3) {
      if (this.#nibbles === 0) {
        if (this.#offset >= this.#view.byteLength) {
          this.failure ??= 'truncated';
          return 0;
        }
        this.#word = this.#view.getUint32(this.#offset, true);
        this.#offset += 4;
        this.#nibbles = 8;
      }
      const nibble = this.#word >>> 28;
      this.#word <<= 4;
      this.#nibbles -= 1;
      value |= (nibble & 7) << shift;
      if (nibble < 8) return value;
    }
    this.failure ??= 'endless';
    return 0;
  }

  /** Nothing left but the zero nibbles that fill the last word. */
  atEnd(): boolean {
    return this.#offset === this.#view.byteLength && this.#word === 0;
  }
}
