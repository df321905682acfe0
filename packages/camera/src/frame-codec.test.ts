import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sampleFrame } from '../test/sample-frames.ts';
import {
  DEFAULT_FRAME_LIMITS,
  decodeColourJpeg,
  decodeFrame,
  encodeColourJpeg,
  encodeDepthRvl,
  encodeFrame,
  FRAME_HEADER_BYTES,
  type Frame,
  peekFrameHeader,
} from './index.ts';

const good = await encodeFrame(sampleFrame({ sequence: 7 }));

function altered(change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = Uint8Array.from(good);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

describe('the frame codec', () => {
  it('keeps depth, numbers and intrinsics exactly, colour nearly', async () => {
    const frame = sampleFrame({ sequence: 7 });
    const decoded = await decodeFrame(await encodeFrame(frame, { jpegQuality: 95 }));
    if (!decoded.ok) throw new Error(decoded.message);
    const { colour, ...rest } = decoded.value;
    const { colour: original, ...restOfOriginal } = frame;
    expect(rest).toEqual(restOfOriginal);
    const meanError = colour.rgb.reduce((sum, v, i) => sum + Math.abs(v - original.rgb[i]), 0) / colour.rgb.length;
    expect(meanError).toBeLessThan(4);
  });

  it('carries frames without depth and depth in whole millimetres', async () => {
    const frame = sampleFrame();
    const flat: Frame = { ...frame, depth: null };
    expect(await decodeFrame(await encodeFrame(flat))).toMatchObject({ ok: true, value: { depth: null } });
    const coarse: Frame = { ...frame, depth: { ...frame.depth!, unitMm: 1 } };
    expect(await decodeFrame(await encodeFrame(coarse))).toMatchObject({ ok: true, value: { depth: coarse.depth } });
  });

  it('still reads version 1, whose depth had no table of levels', async () => {
    const frame = sampleFrame({ sequence: 7 });
    const depth = deflateRawSync(encodeDepthRvl(frame.depth!.values));
    const jpegEnd = FRAME_HEADER_BYTES + new DataView(good.buffer).getUint32(56, true);
    const old = Uint8Array.of(...good.subarray(0, jpegEnd), ...depth);
    const view = new DataView(old.buffer);
    view.setUint8(4, 1);
    view.setUint32(60, depth.length, true);
    expect(await decodeFrame(old)).toMatchObject({ ok: true, value: { depth: frame.depth } });
  });

  it('reads the header without decoding', () => {
    expect(peekFrameHeader(good)).toMatchObject({
      ok: true,
      value: { sequence: 7, deviceTimeMs: 1232.75, depthUnitMm: 0.1, intrinsics: { widthPx: 64, heightPx: 48 } },
    });
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'frame_truncated'],
    ['half a header', good.subarray(0, 40), 'frame_truncated'],
    ['half a frame', good.subarray(0, good.length / 2), 'frame_truncated'],
    ['all but the last byte', good.subarray(0, good.length - 1), 'frame_truncated'],
    ['one byte more', Uint8Array.of(...good, 0), 'frame_malformed'],
    ['foreign bytes', new Uint8Array(4000).fill(0x41), 'frame_malformed'],
    ['another version', altered((view) => view.setUint8(4, 3)), 'frame_unknown_version'],
    ['an unknown depth unit', altered((view) => view.setUint8(5, 3)), 'frame_malformed'],
    ['reserved bytes', altered((view) => view.setUint16(6, 1)), 'frame_malformed'],
    ['a huge picture', altered((view) => view.setUint16(12, 60_000, true)), 'frame_too_large'],
    ['no picture', altered((view) => view.setUint16(12, 0, true)), 'frame_bad_intrinsics'],
    ['NaN time', altered((view) => view.setFloat64(16, Number.NaN, true)), 'frame_malformed'],
    ['negative time', altered((view) => view.setFloat64(16, -1, true)), 'frame_malformed'],
    ['infinite time', altered((view) => view.setFloat64(16, Number.POSITIVE_INFINITY, true)), 'frame_malformed'],
    ['NaN focal length', altered((view) => view.setFloat64(24, Number.NaN, true)), 'frame_bad_intrinsics'],
    ['zero focal length', altered((view) => view.setFloat64(24, 0, true)), 'frame_bad_intrinsics'],
    ['absurd focal length', altered((view) => view.setFloat64(32, 1e9, true)), 'frame_bad_intrinsics'],
    ['oblong pixels', altered((view) => view.setFloat64(32, 150, true)), 'frame_bad_intrinsics'],
    ['an axis outside', altered((view) => view.setFloat64(40, -300, true)), 'frame_bad_intrinsics'],
    ['another width', altered((view) => view.setUint16(12, 65, true)), 'frame_bad_colour'],
    ['a smaller height', altered((view) => view.setUint16(14, 40, true)), 'frame_bad_colour'],
    ['depth without a unit', altered((view) => view.setUint8(5, 0)), 'frame_malformed'],
    ['a damaged JPEG start', altered((_, bytes) => bytes.fill(0, FRAME_HEADER_BYTES, 70)), 'frame_bad_colour'],
    ['a damaged JPEG', altered((_, bytes) => bytes.fill(0, FRAME_HEADER_BYTES + 300, 700)), 'frame_bad_colour'],
    ['damaged depth', altered((_, bytes) => bytes.fill(0x55, bytes.length - 900)), 'frame_bad_depth'],
  ])('refuses %s', async (_, bytes, code) => {
    expect(await decodeFrame(bytes)).toMatchObject({ ok: false, code });
  });

  it('obeys the limits it is given', async () => {
    const limits = { ...DEFAULT_FRAME_LIMITS, maxBytes: 1000 };
    expect(await decodeFrame(good, limits)).toMatchObject({ ok: false, code: 'frame_too_large' });
    expect(await decodeFrame(good, { ...DEFAULT_FRAME_LIMITS, maxWidthPx: 32 })).toMatchObject({
      ok: false,
      code: 'frame_too_large',
    });
  });

  it('answers, and never throws, whatever happens to the bytes', async () => {
    const damage = fc.array(fc.record({ at: fc.nat(good.length - 1), value: fc.integer({ min: 0, max: 255 }) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(good.length), async (changes, keep) => {
        const bytes = altered((_, all) => {
          for (const { at, value } of changes) all[at] = value;
        });
        const whole = await decodeFrame(bytes);
        if (!whole.ok) expect(whole.code).toMatch(/^frame_/);
        expect((await decodeFrame(bytes.subarray(0, Math.min(keep, good.length - 1)))).ok).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it('will not encode a frame that contradicts itself', async () => {
    const frame = sampleFrame();
    const wrong: Frame[] = [
      { ...frame, sequence: -1 },
      { ...frame, sequence: 0.5 },
      { ...frame, deviceTimeMs: Number.NaN },
      { ...frame, intrinsics: { ...frame.intrinsics, fxPx: Number.POSITIVE_INFINITY } },
      { ...frame, intrinsics: { ...frame.intrinsics, widthPx: 65 } },
      { ...frame, colour: { ...frame.colour, rgb: frame.colour.rgb.subarray(1) } },
      { ...frame, depth: { ...frame.depth!, values: frame.depth!.values.subarray(1) } },
      { ...frame, depth: { ...frame.depth!, widthPx: 32, heightPx: 96 } },
    ];
    for (const one of wrong) await expect(encodeFrame(one)).rejects.toThrow(RangeError);
  });
});

describe('the colour codec', () => {
  it('refuses other formats and other sizes', async () => {
    const { widthPx, heightPx, rgb } = sampleFrame().colour;
    const size = { widthPx, heightPx };
    const picture = () => sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } });
    const png = await picture().png().toBuffer();
    const larger = await picture().resize(200, 150).jpeg().toBuffer();
    expect(await decodeColourJpeg(png, size)).toMatchObject({ ok: false, code: 'colour_malformed' });
    expect(await decodeColourJpeg(larger, size)).toMatchObject({ ok: false, code: 'colour_wrong_size' });
    expect(await decodeColourJpeg(larger, { widthPx: 10 ** 6, heightPx: 10 ** 6 })).toMatchObject({
      ok: false,
      code: 'colour_too_large',
    });
  });

  it('will not encode impossible images', async () => {
    const { colour } = sampleFrame();
    await expect(encodeColourJpeg(colour, 0)).rejects.toThrow(RangeError);
    await expect(encodeColourJpeg({ ...colour, widthPx: 0 }, 90)).rejects.toThrow(RangeError);
    await expect(encodeColourJpeg({ ...colour, heightPx: 49 }, 90)).rejects.toThrow(RangeError);
  });
});
