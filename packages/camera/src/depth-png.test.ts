import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeDepthPng, encodeDepthPng } from './index.ts';

const values = Uint16Array.from({ length: 12 }, (_, i) => (i === 5 ? 0 : 5000 + 997 * i));
const png = await encodeDepthPng({ widthPx: 4, heightPx: 3, values });

describe('a depth PNG', () => {
  it('keeps all sixteen bits', async () => {
    expect(await decodeDepthPng(png)).toEqual({ ok: true, value: { widthPx: 4, heightPx: 3, values } });
  });

  it('refuses eight bits, colour, damage and other formats', async () => {
    const base = sharp({ create: { width: 8, height: 8, channels: 3, background: 'grey' } });
    const wrong = [
      await base.clone().png().toBuffer(),
      await base.clone().greyscale().png().toBuffer(),
      await base.clone().jpeg().toBuffer(),
      png.subarray(0, png.length - 20),
      png.subarray(0, 20),
      new Uint8Array(0),
    ];
    for (const bytes of wrong) {
      expect(await decodeDepthPng(bytes)).toMatchObject({ ok: false, code: 'depth_png_malformed' });
    }
    await expect(encodeDepthPng({ widthPx: 4, heightPx: 4, values })).rejects.toThrow(RangeError);
  });
});
