import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oniFile } from '../test/oni-file.ts';
import { sampleFrame } from '../test/sample-frames.ts';
import { type Frame, OpenNiDriver } from './index.ts';
import { loadOpenNi } from './openni-library.ts';

it('says what to install where the library is missing', async () => {
  await expect(loadOpenNi('libOpenNI2-that-is-not-there.so')).rejects.toMatchObject({
    code: 'driver_not_installed',
    message: expect.stringContaining('apt install libopenni2-0'),
  });
});

const installed = await loadOpenNi().then(
  () => true,
  () => false,
);

describe.skipIf(!installed)('a camera through OpenNI2', () => {
  let folder: string;
  let path: string;
  let recorded: Frame[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 's2p-oni-'));
    path = join(folder, 'five.oni');
    recorded = Array.from({ length: 5 }, (_, sequence) => {
      const frame = sampleFrame({ sequence, widthPx: 640, heightPx: 480, deviceTimeMs: sequence * 33 });
      return { ...frame, depth: { ...frame.depth!, unitMm: 1 as const } };
    });
    await writeFile(path, oniFile(recorded));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('plays every frame of a recording, pixel by pixel', async () => {
    const camera = await new OpenNiDriver().open(path);
    expect(camera.info).toMatchObject({ driver: 'openni2', kind: 'recording' });
    expect(camera.intrinsics.fxPx).toBeCloseTo(recorded[0].intrinsics.fxPx, 1);
    const played: Frame[] = [];
    for await (const frame of camera.frames(new AbortController().signal)) played.push(frame);
    await camera.close();
    expect(played.map((frame) => frame.sequence)).toEqual([0, 1, 2, 3, 4]);
    expect(played.map((frame) => frame.deviceTimeMs)).toEqual([0, 33, 66, 99, 132]);
    played.forEach((frame, i) => {
      expect(frame.depth!.unitMm).toBe(1);
      expect(frame.depth!.values.every((value, at) => value === recorded[i].depth!.values[at])).toBe(true);
      expect(Buffer.compare(frame.colour.rgb, recorded[i].colour.rgb)).toBe(0);
    });
  });

  it('says that a recording’s exposure and white balance cannot be held, and plays on', async () => {
    const camera = await new OpenNiDriver().open(path);
    expect(await camera.lockColour?.(true)).toBe(false);
    expect(await camera.lockColour?.(false)).toBe(false);
    let count = 0;
    for await (const _ of camera.frames(new AbortController().signal)) count += 1;
    await camera.close();
    expect(count).toBe(5);
    expect(await camera.lockColour?.(true)).toBe(false);
  });

  it('stops when told and closes in the middle', async () => {
    const camera = await new OpenNiDriver().open(path);
    const controller = new AbortController();
    let count = 0;
    for await (const _ of camera.frames(controller.signal)) {
      count += 1;
      controller.abort();
    }
    expect(count).toBe(1);
    await camera.close();
    await expect(async () => {
      for await (const _ of camera.frames(new AbortController().signal)) break;
    }).rejects.toMatchObject({ code: 'camera_failed' });
  });

  it('says when there is no such camera', async () => {
    await expect(new OpenNiDriver().open(join(folder, 'none.oni'))).rejects.toMatchObject({ code: 'camera_not_found' });
  });

  it('lists the cameras that are plugged in', async () => {
    expect(Array.isArray(await new OpenNiDriver().list())).toBe(true);
  });
});
