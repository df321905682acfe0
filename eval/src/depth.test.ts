import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeDepthPng } from '@smile/camera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDepth } from './depth.ts';

let dir: string;
const camera = { depthUnitMm: 0.1, fx: 150, fy: 130, cx: 19.5, cy: 19.5 };

async function writeCrop(path: string, depthMm: (x: number, y: number) => number): Promise<void> {
  const values = Uint16Array.from({ length: 1600 }, (_, i) =>
    Math.round(10 * depthMm(((i % 40) - 19.5) * 4, (Math.floor(i / 40) - 19.5) * 4.6)),
  );
  await writeFile(path, await encodeDepthPng({ widthPx: 40, heightPx: 40, values }));
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 's2p-depth-'));
  await Promise.all(['live', 'attack'].map((kind) => mkdir(join(dir, kind))));
  await writeFile(join(dir, 'camera.json'), JSON.stringify(camera));
  const ridge = (x: number) => 600 + (x * x) / 300;
  await writeCrop(join(dir, 'attack', '1.png'), () => 600);
  await writeCrop(join(dir, 'attack', '2.png'), (x) => ridge(x));
  await writeCrop(join(dir, 'attack', '3.png'), () => 0);
  await writeCrop(join(dir, 'live', '1.png'), (x, y) => {
    const nose = 20 * Math.exp(-(x * x) / 250 - (y - 8) ** 2 / 500);
    const eyes = 8 * Math.exp(-((Math.abs(x) - 32) ** 2) / 250 - (y + 25) ** 2 / 180);
    const chin = 6 * Math.exp(-(x * x) / 400 - (y - 62) ** 2 / 200);
    const rim = (x / 76) ** 2 + (y / 100) ** 2;
    return rim > 0.95 ? 0 : 600 + 90 * (1 - Math.sqrt(1 - rim)) - nose + eyes - chin;
  });
});
afterAll(() => rm(dir, { recursive: true }));

describe('the depth measurement', () => {
  it('counts undecided as refused: against the living, not against attacks', async () => {
    expect(await runDepth({ dir })).toEqual({
      live: 1,
      attacks: 3,
      apcer: 0,
      bpcer: 0,
      acer: 0,
      undecidedLive: 0,
      undecidedAttacks: 1,
      crossValidated: null,
    });
    await writeCrop(join(dir, 'live', '2.png'), () => 0);
    expect(await runDepth({ dir })).toMatchObject({ live: 2, bpcer: 0.5, undecidedLive: 1 });
  });

  it('says what is wrong with a folder', async () => {
    await expect(runDepth({ dir: join(dir, 'live') })).rejects.toThrow('camera.json');
    await writeFile(join(dir, 'attack', '9.png'), 'no picture');
    await expect(runDepth({ dir })).rejects.toThrow('9.png: this is not a PNG');
  });
});
