import sharp from 'sharp';
import type { ColourImage } from './frame.ts';
import { type Result, refuse, succeed } from './result.ts';

export type ColourCodecErrorCode = 'colour_malformed' | 'colour_wrong_size' | 'colour_too_large';

/** The largest colour image that is encoded or decoded. */
export const MAX_COLOUR_PIXELS = 1280 * 960;

/**
 * Baseline JPEG, 4:2:0. Throws a RangeError when the image's sizes contradict each other or the quality (1..100) is
 * not one: that is a mistake of the caller.
 */
export async function encodeColourJpeg(image: ColourImage, quality: number): Promise<Uint8Array> {
  const { widthPx, heightPx, rgb } = image;
  if (!isSize(widthPx) || !isSize(heightPx) || widthPx * heightPx > MAX_COLOUR_PIXELS) {
    throw new RangeError(`a colour image of ${widthPx}x${heightPx} is not accepted`);
  }
  if (rgb.length !== widthPx * heightPx * 3) {
    throw new RangeError(`a colour image of ${widthPx}x${heightPx} cannot have ${rgb.length} bytes`);
  }
  if (!(quality >= 1 && quality <= 100)) throw new RangeError(`JPEG quality ${quality} is not 1..100`);
  return sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .jpeg({ quality: Math.round(quality), chromaSubsampling: '4:2:0' })
    .toBuffer();
}

/**
 * Decodes a JPEG that must have the given size. Other formats, damage and any other size are refused; no more
 * than the expected pixels are ever decoded. A grey JPEG comes out as RGB.
 */
export async function decodeColourJpeg(
  bytes: Uint8Array,
  expected: { readonly widthPx: number; readonly heightPx: number },
): Promise<Result<ColourImage, ColourCodecErrorCode>> {
  const { widthPx, heightPx } = expected;
  if (!isSize(widthPx) || !isSize(heightPx) || widthPx * heightPx > MAX_COLOUR_PIXELS) {
    return refuse('colour_too_large', `a colour image of ${widthPx}x${heightPx} is not accepted`);
  }
  if (!(bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff)) {
    return refuse('colour_malformed', 'the colour image is not a JPEG');
  }
  try {
    // One frame is small: the decoder's own threads would only get in each other's way.
    const { data, info } = await sharp(bytes, {
      failOn: 'warning',
      limitInputPixels: widthPx * heightPx,
      sequentialRead: true,
    })
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.width !== widthPx || info.height !== heightPx) {
      return refuse(
        'colour_wrong_size',
        `the colour image is ${info.width}x${info.height}, not ${widthPx}x${heightPx} as announced`,
      );
    }
    if (info.channels !== 3) return refuse('colour_malformed', 'the colour image is not an RGB picture');
    return succeed({ widthPx, heightPx, rgb: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
  } catch (error) {
    const tooLarge = error instanceof Error && error.message.includes('pixel limit');
    return tooLarge
      ? refuse('colour_wrong_size', `the colour image is larger than ${widthPx}x${heightPx} as announced`)
      : refuse('colour_malformed', 'the colour image is damaged');
  }
}

function isSize(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}
