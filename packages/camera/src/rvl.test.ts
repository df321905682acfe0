import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressDepth, decodeDepthRvl, decompressDepth, encodeDepthRvl, MAX_DEPTH_PIXELS } from './index.ts';

/** Depth-like lists: long runs of holes, smooth stretches, wild values. */
const depthValues = fc
  .array(
    fc.oneof(
      fc.record({ value: fc.constant(0), count: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ value: fc.integer({ min: 0, max: 65_535 }), count: fc.integer({ min: 1, max: 5 }) }),
    ),
    { maxLength: 60 },
  )
  .map((runs) => Uint16Array.from(runs.flatMap(({ value, count }) => Array<number>(count).fill(value))));

describe('RVL', () => {
  it('gives back every list of depth values', () => {
    fc.assert(
      fc.property(depthValues, (values) => {
        expect(decodeDepthRvl(encodeDepthRvl(values), values.length)).toEqual({ ok: true, value: values });
      }),
    );
  });

  it('writes what the paper describes', () => {
    // Two holes, three readings: runs 2 and 3, then zigzag(+9) = 18 = 2,2 -> nibbles A 2, zigzag(-1) = 1, zigzag(0) = 0.
    const bytes = encodeDepthRvl(Uint16Array.of(0, 0, 9, 8, 8));
    expect(Buffer.from(bytes).toString('hex')).toBe(Buffer.from([0x00, 0x10, 0xa2, 0x23]).toString('hex'));
  });

  it('packs smooth depth below half its size', () => {
    const values = Uint16Array.from({ length: 4096 }, (_, i) => 6000 + (i % 64) * 3);
    expect(encodeDepthRvl(values).length).toBeLessThan(4096);
  });

  it('never throws and never reads past the end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 500 }), (bytes, count) => {
        const result = decodeDepthRvl(bytes, count);
        if (result.ok) expect(result.value.length).toBe(count);
        else expect(result.code).toMatch(/^depth_(truncated|malformed|too_large)$/);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses every shortening and every count but the right one', () => {
    const values = Uint16Array.from({ length: 200 }, (_, i) => (i % 7 === 0 ? 0 : 500 + ((i * 37) % 90)));
    const bytes = encodeDepthRvl(values);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeDepthRvl(bytes.subarray(0, length), values.length).ok).toBe(false);
    }
    for (const count of [0, 1, 199, 201, 1000]) expect(decodeDepthRvl(bytes, count).ok).toBe(false);
  });

  it.each([
    ['a count beyond the limit', [0, 0, 0, 0], MAX_DEPTH_PIXELS + 1, 'depth_too_large'],
    ['a negative count', [0, 0, 0, 0], -1, 'depth_too_large'],
    ['no whole words', [0, 0, 0], 4, 'depth_truncated'],
    ['nothing', [], 4, 'depth_truncated'],
    ['an endless number', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 4, 'depth_malformed'],
    ['an empty run', [0, 0, 0, 0], 4, 'depth_malformed'],
    ['a run that overshoots', [0, 0, 0, 0x50], 4, 'depth_malformed'],
    ['a reading of zero', [0, 0, 0, 0x01], 1, 'depth_malformed'],
    ['words left over', [0, 0, 0, 0x10, 0, 0, 0, 0], 1, 'depth_malformed'],
  ])('refuses %s', (_, bytes, count, code) => {
    expect(decodeDepthRvl(Uint8Array.from(bytes), count)).toMatchObject({ ok: false, code });
  });
});

describe('deflated depth', () => {
  it('gives back every list of depth values', async () => {
    await fc.assert(
      fc.asyncProperty(depthValues, async (values) => {
        expect(await decompressDepth(await compressDepth(values), values.length)).toEqual({ ok: true, value: values });
      }),
      { numRuns: 40 },
    );
  });

  it('refuses shortened, foreign, inflated and followed data with a code', async () => {
    const values = Uint16Array.from({ length: 3000 }, (_, i) => 500 + ((i * 7919) % 97));
    const bytes = await compressDepth(values);
    expect(await decompressDepth(bytes.subarray(0, 50), 3000)).toMatchObject({ ok: false, code: 'depth_truncated' });
    expect(await decompressDepth(bytes, 30)).toMatchObject({ ok: false, code: 'depth_too_large' });
    expect(await decompressDepth(Uint8Array.of(7, 7, 7), 30)).toMatchObject({ ok: false, code: 'depth_malformed' });
    expect(await decompressDepth(Uint8Array.of(...bytes, 1), 3000)).toMatchObject({ code: 'depth_malformed' });
    expect(await decompressDepth(bytes, 10 ** 9)).toMatchObject({ ok: false, code: 'depth_too_large' });
  });
});
