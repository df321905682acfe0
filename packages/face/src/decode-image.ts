import type { ColourImage } from '@smile/camera';
import sharp from 'sharp';
import { MAX_IMAGE_PIXELS } from './face-error.ts';

export type DecodeImageErrorCode = 'image_unsupported' | 'image_truncated' | 'image_too_large';

export type DecodeImageResult =
  | { readonly ok: true; readonly image: ColourImage }
  | { readonly ok: false; readonly code: DecodeImageErrorCode; readonly message: string };

/** More bytes than a photo of the largest size takes are refused unread. */
const MAX_ENCODED_BYTES = 32 * 1024 * 1024;
const DECODE_TIMEOUT_SECONDS = 10;

/**
 * Decodes a JPEG, PNG or WebP picture to sRGB, upright according to its EXIF orientation; grey becomes RGB and
 * transparency is laid over black. Pictures of more than `maxPixels` (default 16 million) are refused before decoding.
 */
export async function decodeImage(bytes: Uint8Array, maxPixels = MAX_IMAGE_PIXELS): Promise<DecodeImageResult> {
  if (bytes.byteLength > MAX_ENCODED_BYTES) return refuse('image_too_large', 'the file is too large for a photo');
  const format = sniff(bytes);
  if (!format) return refuse('image_unsupported', 'the file is not a JPEG, PNG or WebP picture');
  try {
    const { data, info } = await sharp(bytes, {
      failOn: 'truncated',
      limitInputPixels: maxPixels,
      sequentialRead: true,
    })
      .autoOrient()
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .timeout({ seconds: DECODE_TIMEOUT_SECONDS })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const rgb = info.channels === 3 ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : null;
    if (!rgb) return refuse('image_unsupported', `a picture of ${info.channels} channels is not supported`);
    return { ok: true, image: { widthPx: info.width, heightPx: info.height, rgb } };
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (message.includes('pixel limit'))
      return refuse('image_too_large', `the picture has more than ${maxPixels} pixels`);
    return refuse('image_truncated', 'the picture is damaged or ends too early');
  }
}

/** The decoder knows dozens of formats, some with a history of holes: only these three reach it. */
function sniff(bytes: Uint8Array): 'jpeg' | 'png' | 'webp' | null {
  const starts = (offset: number, ...expected: number[]) =>
    bytes.length >= offset + expected.length && expected.every((byte, index) => bytes[offset + index] === byte);
  if (starts(0, 0xff, 0xd8, 0xff)) return 'jpeg';
  if (starts(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png';
  if (starts(0, 0x52, 0x49, 0x46, 0x46) && starts(8, 0x57, 0x45, 0x42, 0x50)) return 'webp';
  return null;
}

function refuse(code: DecodeImageErrorCode, message: string): DecodeImageResult {
  return { ok: false, code, message };
}
