import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureWriter, type DepthCameraDriver } from '@smile/camera';
import { expect, test } from 'vitest';
import { openCamera } from './open-camera.ts';
import { FakeCamera, fakeFrame } from './testing/fake-camera.ts';

test('none opens nothing', async () => expect(await openCamera('none')).toBeNull());

test('openni2 opens the first camera its driver finds', async () => {
  const camera = new FakeCamera();
  const driver: DepthCameraDriver = {
    name: 'openni2',
    list: async () => [camera.info],
    open: async (id) => {
      expect(id).toBe(camera.info.id);
      return camera;
    },
  };
  expect(await openCamera('openni2', driver)).toBe(camera);
});

test('without a device the words say where to look', async () => {
  const driver: DepthCameraDriver = { name: 'openni2', list: async () => [], open: async () => new FakeCamera() };
  await expect(openCamera('openni2', driver)).rejects.toMatchObject({
    code: 'camera_not_found',
    message: expect.stringContaining('plugged in'),
  });
});

test('a recording plays round and round, as a recording and never as a live camera', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'smile-terminal-recording-'));
  const path = join(dir, 'guest.s2pcap');
  const writer = await CaptureWriter.create(path, { camera: new FakeCamera().info, label: '' });
  for (const sequence of [0, 1]) await writer.write(fakeFrame(sequence));
  await writer.close();
  const camera = await openCamera(`recording:${path}`);
  expect(camera?.info.kind).toBe('recording');
  const stop = new AbortController();
  const sequences: number[] = [];
  for await (const { sequence } of camera?.frames(stop.signal) ?? []) {
    sequences.push(sequence);
    if (sequences.length === 5) stop.abort();
  }
  expect(sequences).toEqual([0, 1, 2, 3, 4]);
  await camera?.close();
  await rm(dir, { recursive: true });
});

test('a recording that is not there is said to be missing', async () => {
  await expect(openCamera('recording:/nowhere/guest.s2pcap')).rejects.toThrow(/guest\.s2pcap/);
});
