import { decodeColourJpeg, encodeColourJpeg } from './colour-codec.ts';
import { compressDepth, type DepthCoding, decompressDepth } from './depth-codec.ts';
import type { Frame, Intrinsics } from './frame.ts';
import { type Result, refuse, succeed } from './result.ts';
import {
  deviceTimeFault,
  frameFault,
  intrinsicsFault,
  MAX_FRAME_HEIGHT_PX,
  MAX_FRAME_WIDTH_PX,
  sequenceFault,
} from './validate.ts';

/**
 * One frame on the wire, little-endian:
 *
 *     0  "S2PF"            4  u8 version (2)      5  u8 depth unit in tenths of a millimetre (0 = no depth)
 *     6  u16 zero          8  u32 sequence       12  u16 width   14  u16 height
 *    16  f64 device time, ms
 *    24  f64 fx   32  f64 fy   40  f64 cx   48  f64 cy
 *    56  u32 JPEG bytes   60  u32 depth bytes   64  JPEG, then depth (see `compressDepth`)
 *
 * Nothing may follow.
 */
export type FrameCodecErrorCode =
  | 'frame_truncated'
  | 'frame_malformed'
  | 'frame_unknown_version'
  | 'frame_too_large'
  | 'frame_bad_intrinsics'
  | 'frame_bad_colour'
  | 'frame_bad_depth';

export type FrameLimits = {
  readonly maxBytes: number;
  readonly maxWidthPx: number;
  readonly maxHeightPx: number;
};

export const DEFAULT_FRAME_LIMITS: FrameLimits = {
  maxBytes: 2 * 1024 * 1024,
  maxWidthPx: MAX_FRAME_WIDTH_PX,
  maxHeightPx: MAX_FRAME_HEIGHT_PX,
};

export type FrameHeader = {
  readonly sequence: number;
  readonly deviceTimeMs: number;
  readonly intrinsics: Intrinsics;
  readonly depthUnitMm: 0.1 | 1 | null;
  readonly depthCoding: DepthCoding;
  readonly jpegBytes: number;
  readonly depthBytes: number;
};

export const FRAME_HEADER_BYTES = 64;
const MAGIC = 0x46503253; // "S2PF"
const VERSION = 2;
/** Version 1 wrote depth without a table of levels; captures of it stay readable, and a terminal may be older than its server. */
const DEPTH_CODINGS: Readonly<Record<number, DepthCoding>> = { 1: 'plain', 2: 'levels' };
const DEFAULT_JPEG_QUALITY = 90;

export type EncodeFrameOptions = {
  readonly jpegQuality?: number;
  /** The frame's own colour image where the caller has it as JPEG already (see `encodeColourJpeg`): once is enough. */
  readonly colourJpeg?: Uint8Array | Promise<Uint8Array>;
};

/** Throws a RangeError when the frame contradicts itself (see `frameFault`): a driver must not deliver such a one. */
export async function encodeFrame(frame: Frame, options: EncodeFrameOptions = {}): Promise<Uint8Array> {
  const fault = frameFault(frame);
  if (fault) throw new RangeError(`this frame cannot be encoded: ${fault}`);
  const [jpeg, depth] = await Promise.all([
    options.colourJpeg ?? encodeColourJpeg(frame.colour, options.jpegQuality ?? DEFAULT_JPEG_QUALITY),
    frame.depth ? compressDepth(frame.depth.values) : new Uint8Array(0),
  ]);
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + jpeg.length + depth.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint8(5, frame.depth ? Math.round(frame.depth.unitMm * 10) : 0);
  view.setUint32(8, frame.sequence, true);
  view.setUint16(12, frame.intrinsics.widthPx, true);
  view.setUint16(14, frame.intrinsics.heightPx, true);
  view.setFloat64(16, frame.deviceTimeMs, true);
  view.setFloat64(24, frame.intrinsics.fxPx, true);
  view.setFloat64(32, frame.intrinsics.fyPx, true);
  view.setFloat64(40, frame.intrinsics.cxPx, true);
  view.setFloat64(48, frame.intrinsics.cyPx, true);
  view.setUint32(56, jpeg.length, true);
  view.setUint32(60, depth.length, true);
  bytes.set(jpeg, FRAME_HEADER_BYTES);
  bytes.set(depth, FRAME_HEADER_BYTES + jpeg.length);
  return bytes;
}

/** Reads and checks the header alone: microseconds, no image work. */
export function peekFrameHeader(
  bytes: Uint8Array,
  limits: FrameLimits = DEFAULT_FRAME_LIMITS,
): Result<FrameHeader, FrameCodecErrorCode> {
  if (bytes.length > limits.maxBytes) {
    return refuse('frame_too_large', `a frame of ${bytes.length} bytes is more than ${limits.maxBytes}`);
  }
  if (bytes.length < FRAME_HEADER_BYTES) return refuse('frame_truncated', 'a frame is shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return refuse('frame_malformed', 'this is not a frame');
  const version = view.getUint8(4);
  const depthCoding = DEPTH_CODINGS[version];
  if (!depthCoding) return refuse('frame_unknown_version', `frame version ${version} is not known`);
  const depthUnitMm = unitOf(view.getUint8(5));
  if (depthUnitMm === undefined) return refuse('frame_malformed', 'the depth unit is not known');
  if (view.getUint16(6, true) !== 0) return refuse('frame_malformed', 'reserved bytes of the frame are set');

  const header: FrameHeader = {
    sequence: view.getUint32(8, true),
    deviceTimeMs: view.getFloat64(16, true),
    intrinsics: {
      widthPx: view.getUint16(12, true),
      heightPx: view.getUint16(14, true),
      fxPx: view.getFloat64(24, true),
      fyPx: view.getFloat64(32, true),
      cxPx: view.getFloat64(40, true),
      cyPx: view.getFloat64(48, true),
    },
    depthUnitMm,
    depthCoding,
    jpegBytes: view.getUint32(56, true),
    depthBytes: view.getUint32(60, true),
  };
  const { widthPx, heightPx } = header.intrinsics;
  if (widthPx > limits.maxWidthPx || heightPx > limits.maxHeightPx) {
    return refuse('frame_too_large', `a picture of ${widthPx}x${heightPx} is not accepted`);
  }
  const intrinsicsWrong = intrinsicsFault(header.intrinsics);
  if (intrinsicsWrong) return refuse('frame_bad_intrinsics', intrinsicsWrong);
  const numbersWrong = sequenceFault(header.sequence) ?? deviceTimeFault(header.deviceTimeMs);
  if (numbersWrong) return refuse('frame_malformed', numbersWrong);
  if ((depthUnitMm === null) !== (header.depthBytes === 0)) {
    return refuse('frame_malformed', 'the frame says both that it has depth and that it has none');
  }
  const expectedBytes = FRAME_HEADER_BYTES + header.jpegBytes + header.depthBytes;
  if (bytes.length < expectedBytes) return refuse('frame_truncated', 'a frame ends early');
  if (bytes.length > expectedBytes) return refuse('frame_malformed', 'a frame is followed by other bytes');
  return succeed(header);
}

/** Decodes and checks everything; what comes back satisfies `frameFault(frame) === null`. */
export async function decodeFrame(
  bytes: Uint8Array,
  limits: FrameLimits = DEFAULT_FRAME_LIMITS,
): Promise<Result<Frame, FrameCodecErrorCode>> {
  const peeked = peekFrameHeader(bytes, limits);
  if (!peeked.ok) return peeked;
  const { sequence, deviceTimeMs, intrinsics, depthUnitMm, depthCoding, jpegBytes } = peeked.value;
  const { widthPx, heightPx } = intrinsics;
  const depthFrom = FRAME_HEADER_BYTES + jpegBytes;
  // The JPEG is decoded on a thread of its own; meanwhile this one has the depth to do.
  const decodingColour = decodeColourJpeg(bytes.subarray(FRAME_HEADER_BYTES, depthFrom), { widthPx, heightPx });
  const depth =
    depthUnitMm === null ? null : decompressDepth(bytes.subarray(depthFrom), widthPx * heightPx, depthCoding);
  const colour = await decodingColour;
  if (!colour.ok) return refuse('frame_bad_colour', colour.message);
  if (depth && !depth.ok) return refuse('frame_bad_depth', depth.message);
  return succeed({
    sequence,
    deviceTimeMs,
    colour: colour.value,
    depth: depth && depthUnitMm ? { widthPx, heightPx, unitMm: depthUnitMm, values: depth.value } : null,
    intrinsics,
  });
}

function unitOf(tenths: number): 0.1 | 1 | null | undefined {
  if (tenths === 0) return null;
  if (tenths === 1) return 0.1;
  return tenths === 10 ? 1 : undefined;
}
