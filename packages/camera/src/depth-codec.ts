import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRawSync } from 'node:zlib';
import { type Result, refuse, succeed } from './result.ts';
import { type DepthCodecErrorCode, decodeDepthRvl, encodeDepthRvl, MAX_DEPTH_PIXELS } from './rvl.ts';

const deflateRawAsync = promisify(deflateRaw);

/** How depth was written: `levels` as `compressDepth` does now, `plain` as captures of the first frame version hold it. */
export type DepthCoding = 'levels' | 'plain';

/** A picture with more different depths gains nothing by a table of them. */
const MAX_LEVELS = 8_192;

/**
 * Lossless. Cameras that triangulate know a few hundred depths only, the steps of their disparity, with wide gaps
 * between. So the depths that occur are listed once, and RVL codes places in that list instead of depths: half the size
 * and twice the speed of RVL on the depths themselves. All is then deflated at level 1. Little-endian, before deflating:
 *
 *     u32 number of levels (0: too many to list, the RVL codes depths themselves)
 *     u16 differences from each level to the one before (the first: to 0), each at least 1; padded to whole u32
 *     RVL of places in the list from 1, 0 where there is no reading
 */
export async function compressDepth(values: Uint16Array): Promise<Uint8Array> {
  const isUsed = new Uint8Array(0x1_0000);
  for (let i = 0; i < values.length; i += 1) isUsed[values[i]] = 1;
  const places = new Uint16Array(0x1_0000);
  const differences: number[] = [];
  for (let value = 1, before = 0; value < isUsed.length; value += 1) {
    if (isUsed[value] === 0) continue;
    differences.push(value - before);
    before = value;
    places[value] = differences.length;
  }
  const isListed = differences.length <= MAX_LEVELS;
  const levels = isListed ? differences : [];
  const rvl = encodeDepthRvl(isListed ? values.map((value) => places[value]) : values);
  const bytes = new Uint8Array(tableBytes(levels.length) + rvl.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, levels.length, true);
  for (const [i, difference] of levels.entries()) view.setUint16(4 + 2 * i, difference, true);
  bytes.set(rvl, tableBytes(levels.length));
  return deflateRawAsync(bytes, { level: constants.Z_BEST_SPEED });
}

/** Back to exactly `count` values. The inflated size is bounded by what `count` values can need. */
export function decompressDepth(
  bytes: Uint8Array,
  count: number,
  coding: DepthCoding = 'levels',
): Result<Uint16Array, DepthCodecErrorCode> {
  if (!Number.isInteger(count) || count < 0 || count > MAX_DEPTH_PIXELS) {
    return refuse('depth_too_large', `a depth image of ${count} pixels is not accepted`);
  }
  let inflated: Uint8Array;
  try {
    const { buffer, consumedBytes } = inflate(bytes, count * 4 + 64 + tableBytes(MAX_LEVELS), count + 64);
    // zlib stops at the end of its stream and says nothing about what follows.
    if (consumedBytes !== bytes.length) return refuse('depth_malformed', 'depth data is followed by other bytes');
    inflated = buffer;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') return refuse('depth_too_large', 'depth data inflates beyond the image');
    if (code === 'Z_BUF_ERROR') return refuse('depth_truncated', 'depth data ends early');
    return refuse('depth_malformed', 'depth data is not a deflate stream');
  }
  if (coding === 'plain') return decodeDepthRvl(inflated, count);
  const table = readLevels(inflated);
  if (!table.ok) return table;
  const { levels, byteLength } = table.value;
  return decodeDepthRvl(inflated.subarray(byteLength), count, levels);
}

/** `levels` holds the depths from place 1 on; undefined where none are listed. */
function readLevels(
  bytes: Uint8Array,
): Result<{ readonly levels: Uint16Array | undefined; readonly byteLength: number }, DepthCodecErrorCode> {
  if (bytes.length < 4) return refuse('depth_truncated', 'depth data ends early');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (count > MAX_LEVELS) return refuse('depth_malformed', 'the depth data lists too many levels');
  const byteLength = tableBytes(count);
  if (bytes.length < byteLength) return refuse('depth_truncated', 'depth data ends early');
  if (count === 0) return succeed({ levels: undefined, byteLength });
  const levels = new Uint16Array(count + 1);
  let level = 0;
  for (let place = 1; place <= count; place += 1) {
    const difference = view.getUint16(2 + 2 * place, true);
    level += difference;
    if (difference === 0 || level > 0xffff) return refuse('depth_malformed', 'the depth data lists wrong levels');
    levels[place] = level;
  }
  return succeed({ levels, byteLength });
}

/** Of the table of levels: whole words, so that the RVL words behind it are aligned. */
function tableBytes(levels: number): number {
  return 4 + 4 * Math.ceil(levels / 2);
}

/**
 * Inflating a frame takes under a millisecond, less than a journey to another thread and back costs.
 * Throws as zlib does.
 */
function inflate(
  bytes: Uint8Array,
  maxOutputLength: number,
  usualLength: number,
): { buffer: Uint8Array; consumedBytes: number } {
  // One chunk that holds it all is not copied again.
  const options = { maxOutputLength, chunkSize: usualLength, info: true };
  // With `info` the result carries the engine too, which the type definitions do not know.
  const result = inflateRawSync(bytes, options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
  return { buffer: result.buffer, consumedBytes: result.engine.bytesWritten };
}
