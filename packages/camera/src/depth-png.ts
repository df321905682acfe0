import sharp from 'sharp';
import { type Result, refuse, succeed } from './result.ts';
import { MAX_DEPTH_PIXELS } from './rvl.ts';

export type DepthPng = { readonly widthPx: number; readonly heightPx: number; readonly values: Uint16Array };

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Offsets in a PNG's first chunk (IHDR): bit depth and colour type. */
const BIT_DEPTH_AT = 24;
const COLOUR_TYPE_AT = 25;

/** Reads a depth image kept as a 16-bit grey PNG, as data sets do. Everything else is refused with a code. */
export async function decodeDepthPng(bytes: Uint8Array): Promise<Result<DepthPng, 'depth_png_malformed'>> {
  if (bytes.length < 33 || !PNG_SIGNATURE.equals(bytes.subarray(0, 8))) {
    return refuse('depth_png_malformed', 'this is not a PNG');
  }
  if (bytes[BIT_DEPTH_AT] !== 16 || bytes[COLOUR_TYPE_AT] !== 0) {
    return refuse('depth_png_malformed', 'a depth image is a PNG with one channel of 16 bits');
  }
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_DEPTH_PIXELS, failOn: 'warning' })
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 1) return refuse('depth_png_malformed', 'a depth image has one channel');
    const values = new Uint16Array(info.width * info.height);
    for (let i = 0; i < values.length; i += 1) values[i] = data.readUInt16LE(2 * i);
    return succeed({ widthPx: info.width, heightPx: info.height, values });
  } catch {
    return refuse('depth_png_malformed', 'the PNG is damaged or too large');
  }
}

/** Writes a depth image as a 16-bit grey PNG, the form in which data sets keep it. Throws a RangeError on wrong sizes. */
export async function encodeDepthPng({ widthPx, heightPx, values }: DepthPng): Promise<Uint8Array> {
  if (values.length !== widthPx * heightPx || values.length === 0 || values.length > MAX_DEPTH_PIXELS) {
    throw new RangeError(`a depth image of ${widthPx}x${heightPx} cannot have ${values.length} values`);
  }
  return (
    sharp(values, { raw: { width: widthPx, height: heightPx, channels: 1 } })
      // Without the grey16 colour space eight bits would be written.
      .toColourspace('grey16')
      .png()
      .toBuffer()
  );
}
