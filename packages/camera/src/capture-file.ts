import { type FileHandle, open } from 'node:fs/promises';
import type { CameraInfo, CameraKind, Frame } from './frame.ts';
import { DEFAULT_FRAME_LIMITS, decodeFrame, encodeFrame, type FrameLimits } from './frame-codec.ts';
import { type Result, refuse, succeed } from './result.ts';

/**
 * A capture file (`.s2pcap`): one recorded sequence of frames, little-endian.
 *
 *     "S2PCAP", u8 0, u8 version (1)
 *     u32 header bytes, header: JSON {camera, label}
 *     per frame: u32 encoded bytes (> 0), the frame as `encodeFrame` makes it
 *     u32 0, u32 frame count, f64 offset of each frame's length field
 *     f64 offset of that zero, "S2PCAPED"
 *
 * It is written as frames come, so a writer that dies leaves whole frames behind; they are read up to the break and
 * the capture says that it is not complete. A capture holds faces: keep it only with the consent it was made under.
 */
export type CaptureErrorCode =
  | 'capture_not_found'
  | 'capture_malformed'
  | 'capture_unknown_version'
  | 'capture_truncated'
  | 'capture_too_large'
  | 'capture_bad_frame';

export type CaptureHeader = {
  readonly camera: CameraInfo;
  /** What was recorded, in words of whoever recorded it; may be empty. */
  readonly label: string;
};

export const MAX_CAPTURE_FRAMES = 20_000;
export const MAX_CAPTURE_BYTES = 4 * 1024 ** 3;
const MAX_HEADER_BYTES = 16 * 1024;
const PREFIX = Buffer.from('S2PCAP\0\x01', 'latin1');
const TAIL = Buffer.from('S2PCAPED', 'latin1');
const TAIL_BYTES = 16;

/** Writes a capture as frames come. One `write` at a time; `close` finishes the file. */
export class CaptureWriter {
  readonly #file: FileHandle;
  readonly #offsets: number[] = [];
  readonly #jpegQuality: number;
  #position: number;
  #closed = false;

  private constructor(file: FileHandle, position: number, jpegQuality: number) {
    this.#file = file;
    this.#position = position;
    this.#jpegQuality = jpegQuality;
  }

  /** Makes the file; fails (as the file system does) when it exists already. */
  static async create(
    path: string,
    header: CaptureHeader,
    options: { readonly jpegQuality?: number } = {},
  ): Promise<CaptureWriter> {
    const json = Buffer.from(JSON.stringify({ camera: header.camera, label: header.label }), 'utf8');
    if (json.length > MAX_HEADER_BYTES) throw new RangeError('the header of a capture is too long');
    const file = await open(path, 'wx', 0o600);
    const start = Buffer.concat([PREFIX, uint32(json.length), json]);
    await file.write(start, 0, start.length, 0);
    return new CaptureWriter(file, start.length, options.jpegQuality ?? 92);
  }

  get frameCount(): number {
    return this.#offsets.length;
  }

  /** Appends a frame; it is renumbered so that the capture counts from 0 without gaps. */
  async write(frame: Frame): Promise<void> {
    if (this.#closed) throw new Error('this capture is closed');
    if (this.#offsets.length >= MAX_CAPTURE_FRAMES) throw new RangeError('a capture cannot hold more frames');
    const encoded = await encodeFrame({ ...frame, sequence: this.#offsets.length }, { jpegQuality: this.#jpegQuality });
    if (this.#position + encoded.length > MAX_CAPTURE_BYTES) throw new RangeError('a capture cannot be larger');
    const record = Buffer.concat([uint32(encoded.length), encoded]);
    await this.#file.write(record, 0, record.length, this.#position);
    this.#offsets.push(this.#position);
    this.#position += record.length;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      const index = Buffer.alloc(8 + 8 * this.#offsets.length);
      index.writeUInt32LE(this.#offsets.length, 4);
      this.#offsets.forEach((offset, i) => {
        index.writeDoubleLE(offset, 8 + 8 * i);
      });
      const tail = Buffer.alloc(TAIL_BYTES);
      tail.writeDoubleLE(this.#position, 0);
      TAIL.copy(tail, 8);
      await this.#file.write(Buffer.concat([index, tail]), 0, undefined, this.#position);
    } finally {
      await this.#file.close();
    }
  }
}

/** An opened capture: knows where its frames are and decodes them one at a time. */
export class CaptureReader {
  readonly header: CaptureHeader;
  /** False when the file has no end index: its writer did not finish, or the file was cut. */
  readonly complete: boolean;
  readonly #file: FileHandle;
  readonly #offsets: readonly number[];
  readonly #limits: FrameLimits;

  private constructor(
    file: FileHandle,
    header: CaptureHeader,
    offsets: readonly number[],
    complete: boolean,
    limits: FrameLimits,
  ) {
    this.#file = file;
    this.header = header;
    this.#offsets = offsets;
    this.complete = complete;
    this.#limits = limits;
  }

  /** Opens and checks the file. Frames of an unfinished file are found one by one up to the break. */
  static async open(
    path: string,
    limits: FrameLimits = DEFAULT_FRAME_LIMITS,
  ): Promise<Result<CaptureReader, CaptureErrorCode>> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      return refuse('capture_not_found', `the capture cannot be opened (${code})`);
    }
    let keep = false;
    try {
      const result = await CaptureReader.#read(file, limits);
      keep = result.ok;
      return result;
    } finally {
      if (!keep) await file.close();
    }
  }

  static async #read(file: FileHandle, limits: FrameLimits): Promise<Result<CaptureReader, CaptureErrorCode>> {
    const { size } = await file.stat();
    if (size > MAX_CAPTURE_BYTES + 1024 ** 2) return refuse('capture_too_large', 'the capture is too large');
    const start = await readExactly(file, 0, PREFIX.length + 4);
    if (!start) return refuse('capture_truncated', 'the capture ends before its header');
    if (!start.subarray(0, 7).equals(PREFIX.subarray(0, 7)))
      return refuse('capture_malformed', 'this is not a capture');
    if (start[7] !== PREFIX[7]) return refuse('capture_unknown_version', `capture version ${start[7]} is not known`);
    const headerBytes = start.readUInt32LE(8);
    if (headerBytes > MAX_HEADER_BYTES) return refuse('capture_malformed', 'the header of the capture is too long');
    const json = await readExactly(file, start.length, headerBytes);
    if (!json) return refuse('capture_truncated', 'the capture ends in its header');
    const header = parseHeader(json);
    if (!header) return refuse('capture_malformed', 'the header of the capture cannot be read');

    const firstFrameAt = start.length + headerBytes;
    const index = await readIndex(file, size, firstFrameAt);
    if (index) return succeed(new CaptureReader(file, header, index, true, limits));
    const found = await findFrames(file, size, firstFrameAt, limits.maxBytes);
    return succeed(new CaptureReader(file, header, found, false, limits));
  }

  get frameCount(): number {
    return this.#offsets.length;
  }

  /** Decodes frame `index` (0 .. frameCount - 1). */
  async frame(index: number): Promise<Result<Frame, CaptureErrorCode>> {
    const offset = this.#offsets[index];
    if (offset === undefined) throw new RangeError(`the capture has no frame ${index}`);
    const length = (await readExactly(this.#file, offset, 4))?.readUInt32LE(0);
    if (length === undefined) return refuse('capture_truncated', 'the capture ends early');
    if (length === 0 || length > this.#limits.maxBytes) {
      return refuse('capture_bad_frame', `frame ${index} of the capture has an impossible size`);
    }
    const bytes = await readExactly(this.#file, offset + 4, length);
    if (!bytes) return refuse('capture_truncated', `the capture ends in frame ${index}`);
    const decoded = await decodeFrame(bytes, this.#limits);
    if (!decoded.ok) return refuse('capture_bad_frame', `frame ${index} of the capture: ${decoded.message}`);
    return decoded;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Reads a whole short capture into memory; refuses one of more than `maxFrames`. */
export async function readCapture(
  path: string,
  options: { readonly maxFrames?: number; readonly limits?: FrameLimits } = {},
): Promise<Result<{ header: CaptureHeader; frames: Frame[]; complete: boolean }, CaptureErrorCode>> {
  const maxFrames = options.maxFrames ?? 300;
  const opened = await CaptureReader.open(path, options.limits);
  if (!opened.ok) return opened;
  const reader = opened.value;
  try {
    if (reader.frameCount > maxFrames) {
      return refuse('capture_too_large', `the capture has ${reader.frameCount} frames, more than ${maxFrames}`);
    }
    const frames: Frame[] = [];
    for (let i = 0; i < reader.frameCount; i += 1) {
      const frame = await reader.frame(i);
      if (!frame.ok) return frame;
      frames.push(frame.value);
    }
    return succeed({ header: reader.header, frames, complete: reader.complete });
  } finally {
    await reader.close();
  }
}

async function readIndex(file: FileHandle, size: number, firstFrameAt: number): Promise<number[] | null> {
  const tail = size >= firstFrameAt + 8 + TAIL_BYTES ? await readExactly(file, size - TAIL_BYTES, TAIL_BYTES) : null;
  if (!tail?.subarray(8).equals(TAIL)) return null;
  const indexAt = tail.readDoubleLE(0);
  const indexBytes = size - TAIL_BYTES - indexAt;
  if (!Number.isInteger(indexAt) || indexAt < firstFrameAt || indexBytes < 8) return null;
  const count = (indexBytes - 8) / 8;
  if (!Number.isInteger(count) || count > MAX_CAPTURE_FRAMES) return null;
  const index = await readExactly(file, indexAt, indexBytes);
  if (index?.readUInt32LE(0) !== 0 || index.readUInt32LE(4) !== count) return null;
  const offsets: number[] = [];
  let lowest = firstFrameAt;
  for (let i = 0; i < count; i += 1) {
    const offset = index.readDoubleLE(8 + 8 * i);
    if (!Number.isInteger(offset) || offset < lowest || offset + 4 > indexAt) return null;
    offsets.push(offset);
    lowest = offset + 5;
  }
  return offsets;
}

async function findFrames(file: FileHandle, size: number, from: number, maxFrameBytes: number): Promise<number[]> {
  const offsets: number[] = [];
  for (let at = from; offsets.length < MAX_CAPTURE_FRAMES; ) {
    const length = (await readExactly(file, at, 4))?.readUInt32LE(0);
    if (!length || length > maxFrameBytes || at + 4 + length > size) break;
    offsets.push(at);
    at += 4 + length;
  }
  return offsets;
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer | null> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) return null;
    filled += bytesRead;
  }
  return buffer;
}

const CAMERA_KINDS: readonly CameraKind[] = [
  'structured-light',
  'stereo',
  'time-of-flight',
  'colour-only',
  'simulated',
  'recording',
];

function parseHeader(json: Buffer): CaptureHeader | null {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    return null;
  }
  if (!isRecord(value) || !isRecord(value.camera) || typeof value.label !== 'string') return null;
  const { id, driver, model, serial, kind } = value.camera;
  if (typeof id !== 'string' || typeof driver !== 'string' || typeof model !== 'string') return null;
  if (serial !== null && typeof serial !== 'string') return null;
  const known = CAMERA_KINDS.find((one) => one === kind);
  return known ? { camera: { id, driver, model, serial, kind: known }, label: value.label } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
