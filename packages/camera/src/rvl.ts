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
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

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

/** Every value stands for itself. */
const PLAIN_LEVELS = Uint16Array.from({ length: 0x1_0000 }, (_, value) => value);

/**
 * Decodes exactly `count` values. Everything is checked: runs that overshoot, differences that leave 1..65535,
 * numbers that never end, words missing or left over.
 *
 * With `levels` the stream holds places in that table instead (1 and up; `levels[0]` is not used), and the depths found
 * there are answered.
 */
export function decodeDepthRvl(
  bytes: Uint8Array,
  count: number,
  levels: Uint16Array = PLAIN_LEVELS,
): Result<Uint16Array, DepthCodecErrorCode> {
  if (!Number.isInteger(count) || count < 0 || count > MAX_DEPTH_PIXELS) {
    return refuse('depth_too_large', `a depth image of ${count} pixels is not accepted`);
  }
  if (bytes.length % 4 !== 0) return refuse('depth_truncated', 'depth data is not a whole number of words');
  const reader = new NibbleReader(bytes);
  const { words } = reader;
  const last = levels.length - 1;
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
    const end = at + readings;
    // Most of the time goes into this loop: one look into the table gives one or two differences.
    let position = reader.position;
    while (at < end && position < reader.end) {
      const word = position >> 3;
      const shift = (position & 7) << 2;
      const ahead = ((words[word] << shift) | ((words[word + 1] >>> 1) >>> (31 - shift))) >>> (32 - AHEAD_BITS);
      const known = DIFFERENCES[ahead];
      if (known === 0 || at + 1 === end) {
        reader.position = position;
        const zigzag = reader.take();
        position = reader.position;
        previous += (zigzag >>> 1) ^ -(zigzag & 1);
      } else {
        position += known & 7;
        previous += known >> 12;
        if ((known & HAS_SECOND) !== 0) {
          if (previous < 1 || previous > last) return leftRange(reader, position);
          values[at] = levels[previous];
          at += 1;
          previous += (known << 20) >> 24;
        }
      }
      if (previous < 1 || previous > last) return leftRange(reader, position);
      values[at] = levels[previous];
      at += 1;
    }
    reader.position = position;
    if (reader.failure !== null) return endedBadly(reader.failure);
    if (at < end) return endedBadly('truncated');
  }
  if (!reader.atEnd()) return refuse('depth_malformed', 'depth data goes on after the image');
  return succeed(values);
}

const AHEAD_NIBBLES = 3;
const AHEAD_BITS = 4 * AHEAD_NIBBLES;
const HAS_SECOND = 8;

/**
 * What the next three nibbles say: the first difference from bit 12 up, the second in bits 4 to 11 where bit 3
 * says that it is complete too, the nibbles they take in bits 0 to 2. 0 where the first one needs more.
 */
const DIFFERENCES = Int32Array.from({ length: 1 << AHEAD_BITS }, (_, ahead) => {
  const first = numberAhead(ahead, 0);
  if (first === null) return 0;
  const second = numberAhead(ahead, first.nibbles);
  const alone = (first.difference << 12) | first.nibbles;
  return second ? (alone + second.nibbles) | ((second.difference & 0xff) << 4) | HAS_SECOND : alone;
});

function numberAhead(ahead: number, from: number): { readonly difference: number; readonly nibbles: number } | null {
  let zigzag = 0;
  for (let place = from; place < AHEAD_NIBBLES; place += 1) {
    const nibble = (ahead >>> (4 * (AHEAD_NIBBLES - 1 - place))) & 15;
    zigzag |= (nibble & 7) << (3 * (place - from));
    if (nibble < 8) return { difference: (zigzag >>> 1) ^ -(zigzag & 1), nibbles: place - from + 1 };
  }
  return null;
}

function leftRange(reader: NibbleReader, position: number): Result<never, DepthCodecErrorCode> {
  reader.position = position;
  if (reader.failure !== null) return endedBadly(reader.failure);
  return refuse('depth_malformed', 'a depth value leaves its range');
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

/** Used again for every image: decoding never pauses, so nobody else is at it. */
let wordsWorkedOn = new Int32Array(0);

class NibbleReader {
  /** The data's words and two of zeros, so that looking ahead needs no check. */
  readonly words: Int32Array;
  /** Of the next nibble, and of the one after the last. */
  position = 0;
  readonly end: number;
  #isEndless = false;

  constructor(bytes: Uint8Array) {
    const count = bytes.length >> 2;
    this.end = count * 8;
    if (wordsWorkedOn.length < count + 2) wordsWorkedOn = new Int32Array(count + 2);
    this.words = wordsWorkedOn;
    this.words.fill(0, count, count + 2);
    if (IS_LITTLE_ENDIAN) {
      new Uint8Array(this.words.buffer).set(bytes.subarray(0, count * 4));
    } else {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < count; i += 1) this.words[i] = view.getInt32(i * 4, true);
    }
  }

  get failure(): 'truncated' | 'endless' | null {
    if (this.position > this.end) return 'truncated';
    return this.#isEndless ? 'endless' : null;
  }

  /** The next number; worth nothing once something is wrong (see `failure`). */
  take(): number {
    let value = 0;
    for (let nibbles = 0, shift = 0; nibbles < MAX_NIBBLES_PER_NUMBER; nibbles += 1, shift += 3) {
      const nibble = (this.words[this.position >> 3] >>> (28 - ((this.position & 7) << 2))) & 15;
      this.position += 1;
      value |= (nibble & 7) << shift;
      if (nibble < 8) return value;
    }
    this.#isEndless = true;
    return 0;
  }

  /** Nothing left but the zero nibbles that fill the last word. */
  atEnd(): boolean {
    if (this.position + 8 <= this.end) return false;
    const shift = (this.position & 7) << 2;
    return shift === 0 || this.words[this.position >> 3] << shift === 0;
  }
}
