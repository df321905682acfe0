import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.ts';

const pixels = Buffer.from(Array.from({ length: 60 * 40 * 3 }, (_, index) => (index * 31) % 256));
const picture = () => sharp(pixels, { raw: { width: 60, height: 40, channels: 3 } });

describe('decoding pictures', () => {
  it('gives back the pixels of a PNG', async () => {
    const decoded = await decodeImage(await picture().png().toBuffer());
    expect(decoded.ok && decoded.image.widthPx).toBe(60);
    expect(decoded.ok && Buffer.from(decoded.image.rgb).equals(pixels)).toBe(true);
  });

  it.each(['jpeg', 'webp'] as const)('reads %s', async (format) => {
    const decoded = await decodeImage(await picture().toFormat(format).toBuffer());
    expect(decoded.ok && [decoded.image.widthPx, decoded.image.heightPx, decoded.image.rgb.length]).toEqual([
      60, 40, 7200,
    ]);
  });

  it('turns grey, 16-bit and transparent pictures into RGB bytes', async () => {
    const grey = await decodeImage(await picture().greyscale().png().toBuffer());
    expect(grey.ok && grey.image.rgb.length).toBe(7200);
    const deep = await decodeImage(await picture().toColourspace('rgb16').png().toBuffer());
    expect(deep.ok && deep.image.rgb.length).toBe(7200);
    const clear = await decodeImage(
      await sharp({ create: { width: 20, height: 20, channels: 4, background: { r: 255, g: 255, b: 255, alpha: 0 } } })
        .png()
        .toBuffer(),
    );
    expect(clear.ok && Math.max(...clear.image.rgb)).toBe(0);
  });

  it('stands the picture upright as its EXIF data says', async () => {
    const decoded = await decodeImage(await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer());
    expect(decoded.ok && [decoded.image.widthPx, decoded.image.heightPx]).toEqual([40, 60]);
  });

  it('refuses what is not a picture it knows', async () => {
    for (const bytes of [
      new Uint8Array(0),
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      await picture().gif().toBuffer(),
    ]) {
      expect(await decodeImage(bytes)).toMatchObject({ ok: false, code: 'image_unsupported' });
    }
  });

  it.each(['jpeg', 'png', 'webp'] as const)('refuses a %s that ends too early', async (format) => {
    const bytes = await picture().toFormat(format).toBuffer();
    for (const length of [16, bytes.length >> 1, bytes.length - 40]) {
      expect(await decodeImage(bytes.subarray(0, length))).toMatchObject({ ok: false, code: 'image_truncated' });
    }
  });

  it('refuses too many pixels before decoding them', async () => {
    expect(await decodeImage(await picture().png().toBuffer(), 60 * 40 - 1)).toMatchObject({
      ok: false,
      code: 'image_too_large',
    });
  });
});
