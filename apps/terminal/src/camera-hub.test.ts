import { CameraError } from '@smile/camera';
import { afterEach, expect, test, vi } from 'vitest';
import { CameraHub } from './camera-hub.ts';
import { FakeCamera } from './testing/fake-camera.ts';

const QUICK = { reopenDelaysMs: [20, 40], silenceMs: 60_000 };
let hub: CameraHub;
afterEach(() => hub.close());

async function hubWith(camera: FakeCamera): Promise<CameraHub> {
  hub = new CameraHub(async () => camera, QUICK);
  await hub.start();
  return hub;
}

test('the camera runs only while somebody listens', async () => {
  const camera = new FakeCamera();
  await hubWith(camera);
  expect(hub.state).toMatchObject({ state: 'ready', info: camera.info });
  expect(camera.isRead).toBe(false);
  const leave = hub.subscribe(() => undefined);
  await vi.waitFor(() => expect(camera.isRead).toBe(true));
  leave();
  await vi.waitFor(() => expect(camera.isRead).toBe(false));
});

test('every listener sees every frame; who leaves sees no more, who comes back does', async () => {
  const camera = new FakeCamera();
  await hubWith(camera);
  const [first, second]: [number[], number[]] = [[], []];
  const leave = hub.subscribe((frame) => first.push(frame.sequence));
  hub.subscribe((frame) => second.push(frame.sequence));
  camera.deliver();
  await vi.waitFor(() => expect(first).toEqual([0]));
  leave();
  camera.deliver();
  await vi.waitFor(() => expect(second).toEqual([0, 1]));
  hub.subscribe((frame) => first.push(frame.sequence));
  camera.deliver();
  await vi.waitFor(() => expect(first).toEqual([0, 2]));
  expect(camera.readings).toBe(1);
});

test('somebody who comes while the last one leaves gets frames', async () => {
  const camera = new FakeCamera();
  await hubWith(camera);
  hub.subscribe(() => undefined)();
  const seen: number[] = [];
  hub.subscribe((frame) => seen.push(frame.sequence));
  await vi.waitFor(() => expect(camera.readings).toBe(2));
  camera.deliver();
  await vi.waitFor(() => expect(seen).toEqual([0]));
});

test('a listener that throws harms neither the camera nor the others', async () => {
  const camera = new FakeCamera();
  await hubWith(camera);
  const seen: number[] = [];
  hub.subscribe(() => {
    throw new Error('careless');
  });
  hub.subscribe((frame) => seen.push(frame.sequence));
  camera.deliver();
  camera.deliver();
  await vi.waitFor(() => expect(seen).toEqual([0, 1]));
  expect(hub.state.state).toBe('ready');
});

test('an unplugged camera is said to have failed, and is used again when it is back', async () => {
  const cameras = [new FakeCamera(), new FakeCamera()];
  let opened = 0;
  hub = new CameraHub(async () => {
    opened += 1;
    if (opened === 2) throw new Error('still away');
    return cameras[opened === 1 ? 0 : 1];
  }, QUICK);
  await hub.start();
  const lost: string[] = [];
  const seen: number[] = [];
  hub.subscribe(
    (frame) => seen.push(frame.sequence),
    (message) => lost.push(message),
  );
  cameras[0].unplug('the cable is out');
  await vi.waitFor(() => expect(hub.state).toMatchObject({ state: 'failed' }), { interval: 5 });
  expect(cameras[0].isClosed).toBe(true);
  await vi.waitFor(() => expect(hub.state.state).toBe('ready'));
  expect(lost).toEqual(['the cable is out', 'still away']);
  // The listener has not had to do anything.
  cameras[1].deliver();
  await vi.waitFor(() => expect(seen).toEqual([0]));
});

test('a camera that is not there is missing, and looked for later and later', async () => {
  const triesMs: number[] = [];
  hub = new CameraHub(
    async () => {
      triesMs.push(performance.now());
      throw new CameraError('camera_not_found', 'no camera is plugged in');
    },
    { reopenDelaysMs: [20, 120] },
  );
  await hub.start();
  expect(hub.state).toEqual({ state: 'missing', info: null, message: 'no camera is plugged in' });
  await vi.waitFor(() => expect(triesMs.length).toBeGreaterThanOrEqual(4), 2_000);
  const gapsMs = triesMs.slice(1).map((atMs, index) => atMs - triesMs[index]);
  expect(gapsMs[0]).toBeLessThan(gapsMs[1]);
  expect(gapsMs[2]).toBeGreaterThanOrEqual(119);
});

test('a silent camera has failed', async () => {
  const camera = new FakeCamera();
  hub = new CameraHub(async () => camera, { reopenDelaysMs: [60_000], silenceMs: 50 });
  await hub.start();
  hub.subscribe(() => undefined);
  await vi.waitFor(() =>
    expect(hub.state).toMatchObject({ state: 'failed', message: 'the camera delivers no pictures' }),
  );
});

test('a recording that is over is opened again', async () => {
  const camera = new FakeCamera();
  await hubWith(camera);
  hub.subscribe(() => undefined);
  camera.end();
  await vi.waitFor(() => expect(camera.readings).toBe(2));
});

test('without a camera the hub says so and does not look for one', async () => {
  const open = vi.fn(async () => null);
  hub = new CameraHub(open, QUICK);
  await hub.start();
  expect(hub.state).toEqual({ state: 'missing', info: null, message: 'no camera is configured' });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(open).toHaveBeenCalledTimes(1);
});

test('a hub that is closed while the camera opens closes that camera, too', async () => {
  const camera = new FakeCamera();
  const opening = Promise.withResolvers<FakeCamera>();
  hub = new CameraHub(() => opening.promise, QUICK);
  const started = hub.start();
  await hub.close();
  opening.resolve(camera);
  await started;
  expect(camera.isClosed).toBe(true);
});

test('colours are held where the camera can, and it is said where not', async () => {
  const camera = new FakeCamera();
  await hubWith(camera);
  expect(await hub.lockColour(true)).toBe('locked');
  expect(await hub.lockColour(false)).toBe('free');
  camera.canLock = false;
  expect(await hub.lockColour(true)).toBe('free');
  camera.lockColour = () => Promise.reject(new Error('unplugged'));
  expect(await hub.lockColour(true)).toBe('free');
  // One that hangs must not hold up the scan.
  camera.lockColour = () => new Promise(() => undefined);
  expect(await hub.lockColour(true)).toBe('free');
  Object.assign(camera, { lockColour: undefined });
  expect(await hub.lockColour(true)).toBe('unsupported');
});
