import { deflateRawSync } from 'node:zlib';
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

describe('compressed depth', () => {
  it('gives back every list of depth values', async () => {
    await fc.assert(
      fc.asyncProperty(depthValues, async (values) => {
        expect(decompressDepth(await compressDepth(values), values.length)).toEqual({ ok: true, value: values });
      }),
      { numRuns: 40 },
    );
  });

  it('gives back depth of more levels than are listed', async () => {
    const values = Uint16Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 65_536);
    expect(decompressDepth(await compressDepth(values), values.length)).toEqual({ ok: true, value: values });
  });

  it('halves the depth of a camera that knows few levels', async () => {
    // Disparity of a wall with noise: 1/8 px steps, tenths of a millimetre.
    const values = Uint16Array.from({ length: 10_000 }, (_, i) =>
      Math.round(4_000_000 / (220 + (i % 100) * 0.6 + Math.round(((i * 7919) % 97) / 12) / 8)),
    );
    const plain = deflateRawSync(encodeDepthRvl(values), { level: 1 });
    expect((await compressDepth(values)).length).toBeLessThan(0.55 * plain.length);
  });

  it('refuses shortened, foreign, inflated and followed data with a code', async () => {
    const values = Uint16Array.from({ length: 30_000 }, (_, i) => 500 + ((i * 7919) % 97));
    const bytes = await compressDepth(values);
    expect(decompressDepth(bytes.subarray(0, 50), 30_000)).toMatchObject({ ok: false, code: 'depth_truncated' });
    expect(decompressDepth(bytes, 29_999)).toMatchObject({ ok: false, code: 'depth_malformed' });
    expect(decompressDepth(deflateRawSync(new Uint8Array(60_000)), 3)).toMatchObject({ code: 'depth_too_large' });
    expect(decompressDepth(Uint8Array.of(7, 7, 7), 30)).toMatchObject({ ok: false, code: 'depth_malformed' });
    expect(decompressDepth(Uint8Array.of(...bytes, 1), 30_000)).toMatchObject({ code: 'depth_malformed' });
    expect(decompressDepth(bytes, 10 ** 9)).toMatchObject({ ok: false, code: 'depth_too_large' });
  });

  /** Levels and the words behind them, as little-endian numbers of 16 bits. */
  const withLevels = (...numbers: number[]) => deflateRawSync(new Uint8Array(Uint16Array.from(numbers).buffer));

  it('reads what the format says', () => {
    // Two levels, 500 and 507; one hole, three readings: places 1, 2, 1.
    const bytes = withLevels(2, 0, 500, 7, 0x1000, 0x1322);
    expect(decompressDepth(bytes, 4)).toEqual({ ok: true, value: Uint16Array.of(0, 500, 507, 500) });
  });

  it.each([
    ['no table', [], 'depth_truncated'],
    ['half a table', [4, 0, 500, 7], 'depth_truncated'],
    ['more levels than are allowed', [0, 1, 500, 7], 'depth_malformed'],
    ['a level twice', [2, 0, 500, 0, 0x1000, 0x1322], 'depth_malformed'],
    ['a level beyond 16 bits', [2, 0, 500, 0xffff, 0x1000, 0x1322], 'depth_malformed'],
    ['a place that is not listed', [1, 0, 500, 0, 0x1000, 0x1322], 'depth_malformed'],
  ])('refuses %s', (_, numbers, code) => {
    expect(decompressDepth(withLevels(...numbers), 4)).toMatchObject({ ok: false, code });
  });
});
