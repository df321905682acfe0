import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FacePool } from './face-pool.ts';
import { drawFace } from './testing.ts';

describe('a pool of face workers', () => {
  let pool: FacePool;
  beforeAll(async () => {
    pool = await FacePool.create({ threads: 1, maxQueue: 2 });
  });
  afterAll(() => pool.close());

  it('finds, meshes and embeds as asked', async () => {
    const image = drawFace();
    const plain = await pool.analyse(image);
    expect(plain.faces).toHaveLength(1);
    expect(plain.faces[0].mesh).toBeUndefined();
    expect(plain.faces[0].embedding).toBeUndefined();
    const full = await pool.analyse(image, { mesh: true, embed: true });
    expect(full.ok).toBe(true);
    expect(full.faces[0].detection).toEqual(plain.faces[0].detection);
    expect(full.faces[0].mesh?.points).toHaveLength(468 * 3);
    expect(full.faces[0].embedding).toHaveLength(1024);
  });

  it('refuses an impossible image as a value', async () => {
    expect(await pool.analyse({ widthPx: 64, heightPx: 64, rgb: new Uint8Array(5) })).toMatchObject({
      ok: false,
      code: 'image_wrong_size',
      faces: [],
    });
  });

  it('refuses more than its queue holds and serves the rest', async () => {
    const image = drawFace({ widthPx: 320, heightPx: 240, faceHeightPx: 100 });
    const results = await Promise.all(Array.from({ length: 5 }, () => pool.analyse(image)));
    const codes = results.map((result) => (result.ok ? 'ok' : result.code));
    expect(codes).toEqual(['ok', 'ok', 'ok', 'pool_busy', 'pool_busy']);
  });
});

it('gives up a picture that takes too long and goes on with a fresh worker', async () => {
  const pool = await FacePool.create({ threads: 1 });
  const image = drawFace();
  expect(await pool.analyse(image, { embed: true, timeoutMs: 1 })).toMatchObject({ ok: false, code: 'pool_timeout' });
  expect((await pool.analyse(image)).faces).toHaveLength(1);
  await pool.close();
});

it('says why its workers do not start, after a few attempts', async () => {
  const broken = { threads: 1, cacheDir: 5 as unknown as string };
  await expect(FacePool.create(broken)).rejects.toThrow(/face workers do not start: .*string/);
});

it('answers what is left when it is closed, and refuses what comes later', async () => {
  const pool = await FacePool.create({ threads: 1 });
  const left = pool.analyse(drawFace());
  await pool.close();
  expect(await left).toMatchObject({ ok: false, code: 'pool_closed' });
  expect(await pool.analyse(drawFace())).toMatchObject({ ok: false, code: 'pool_closed' });
});

it.each([0, 1.5, 1000])('does not take %d threads', async (threads) => {
  await expect(FacePool.create({ threads })).rejects.toThrow(RangeError);
});
