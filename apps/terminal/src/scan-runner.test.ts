import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeFrame, FRAME_HEADER_BYTES, FrameVerifier, unpackSignedFrame } from '@smile/camera';
import type { LocalPainted, ScanEvent } from '@smile/contract';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { CameraHub } from './camera-hub.ts';
import { type DeviceKey, loadOrMakeDeviceKey } from './device-key.ts';
import { createPlatform } from './platform.ts';
import { ScanRunner } from './scan-runner.ts';
import { FakeCamera } from './testing/fake-camera.ts';
import { FakePage, FakeServer, GRANT, TERMINAL_ID } from './testing/fake-server.ts';

const PAYMENT = { purpose: 'payment', paymentId: 'pay_0000000000000001' } as const;
let dataDir: string;
let key: DeviceKey;
let camera: FakeCamera;
let hub: CameraHub;
let server: FakeServer;
let runner: ScanRunner;
let pages: WebSocketServer;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'smile-terminal-scan-'));
  key = await loadOrMakeDeviceKey(dataDir);
  camera = new FakeCamera();
  hub = new CameraHub(async () => camera, { reopenDelaysMs: [60_000] });
  await hub.start();
  server = new FakeServer();
  const platform = createPlatform(await server.listen(), TERMINAL_ID, key);
  runner = new ScanRunner({ hub, platform: () => platform, key, log: pino({ level: 'silent' }) });
  pages = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  pages.on('connection', (socket, request) => runner.attach(request.url?.slice(1) ?? '', socket));
});
afterEach(async () => {
  runner.close();
  await hub.close();
  pages.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

function openPage(scanId: string = GRANT.id): FakePage {
  return new FakePage(`ws://127.0.0.1:${(pages.address() as AddressInfo).port}/${scanId}`);
}

/** A scan that streams: granted, with a page, and the server ready for frames. */
async function runningScan(): Promise<FakePage> {
  expect(await runner.start(PAYMENT)).toEqual({ ok: true, scanId: GRANT.id, light: false });
  const page = openPage();
  await vi.waitFor(() => expect(server.messages).toHaveLength(1));
  server.say({ type: 'ready' });
  await vi.waitFor(() => expect(camera.isRead).toBe(true));
  return page;
}

const frames = () => server.messages.filter((message) => typeof message !== 'string');

/** One after the other, as a camera does. */
async function deliver(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const before = frames().length;
    camera.deliver();
    await vi.waitFor(() => expect(frames().length).toBe(before + 1), { interval: 2 });
  }
}

test('frames go up chained and signed, after an introduction of the camera', async () => {
  await runningScan();
  await deliver(3);
  expect(JSON.parse(String(server.messages[0]))).toMatchObject({ type: 'start', camera: { driver: 'fake' } });
  const verifier = new FrameVerifier({ scanId: GRANT.id, nonce: GRANT.nonce, publicKey: key.publicKey });
  for (const message of frames()) expect(verifier.verify(message as Buffer)).toMatchObject({ ok: true });
  expect(verifier.frameCount).toBe(3);
});

test('the page sees the picture that is sent: it is encoded once', async () => {
  const page = await runningScan();
  await deliver(1);
  await vi.waitFor(() => expect(page.previews).toHaveLength(1));
  const signed = unpackSignedFrame(frames()[0] as Buffer);
  if (!signed.ok) throw new Error(signed.message);
  const { frameBytes } = signed.value;
  expect(Buffer.from(frameBytes).subarray(FRAME_HEADER_BYTES).indexOf(page.previews[0])).toBe(0);
  expect(await decodeFrame(frameBytes)).toMatchObject({ ok: true });
});

test('the preview goes on when the server has all the frames it may have', async () => {
  const page = await runningScan();
  await deliver(GRANT.limits.maxFrames);
  camera.deliver();
  await vi.waitFor(() => expect(page.previews.length).toBe(GRANT.limits.maxFrames + 1));
  expect(frames()).toHaveLength(GRANT.limits.maxFrames);
});

test('hints and the decision reach the page; then the camera rests', async () => {
  const page = await runningScan();
  const progress = { type: 'progress', hint: 'come_closer', progress: 0.4, face: null } satisfies ScanEvent;
  const decision = { type: 'decision', outcome: 'live', reasons: [], decisionMs: 900 } satisfies ScanEvent;
  server.say(progress);
  server.say(decision);
  await page.closed;
  expect(page.events).toEqual([{ type: 'ready' }, progress, decision]);
  await vi.waitFor(() => expect(camera.isRead).toBe(false));
});

test('closing the browser aborts the scan at the server', async () => {
  const page = await runningScan();
  page.socket.close();
  await vi.waitFor(() => expect(server.streams[0].readyState).toBe(server.streams[0].CLOSED));
  await vi.waitFor(() => expect(camera.isRead).toBe(false));
});

test('a browser that leaves before the server is ready leaves no camera running', async () => {
  await runner.start(PAYMENT);
  const page = openPage();
  await vi.waitFor(() => expect(server.messages).toHaveLength(1));
  server.streams[0].pause();
  page.socket.terminate();
  server.say({ type: 'ready' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(camera.isRead).toBe(false);
});

test('a server that goes away in the middle is said in plain words, and nothing hangs', async () => {
  const page = await runningScan();
  await deliver(1);
  server.streams[0].terminate();
  await page.closed;
  expect(page.events.at(-1)).toEqual({
    type: 'error',
    code: 'network_error',
    message: 'the connection to the server was lost',
  });
  await vi.waitFor(() => expect(camera.isRead).toBe(false));
});

test('a server that falls silent is given up after the scan’s own time', async () => {
  // Less than nothing, so that the grace for the decision is over soon.
  server.grant = { ...GRANT, limits: { ...GRANT.limits, maxDurationMs: -3_900 } };
  await runner.start(PAYMENT);
  const page = openPage();
  await page.closed;
  expect(page.events).toMatchObject([{ type: 'error', code: 'scan_timeout' }]);
});

test('a camera that fails in the middle ends the scan at once', async () => {
  const page = await runningScan();
  camera.unplug('the cable is out');
  await page.closed;
  expect(page.events.at(-1)).toEqual({ type: 'error', code: 'camera_unavailable', message: 'the cable is out' });
  expect(await runner.start(PAYMENT)).toMatchObject({
    ok: false,
    code: 'camera_unavailable',
    message: 'the cable is out',
  });
});

test('a frame that cannot be encoded ends the scan, not the process', async () => {
  const page = await runningScan();
  camera.deliver({ colour: { widthPx: 64, heightPx: 48, rgb: new Uint8Array(7) } });
  await page.closed;
  expect(page.events.at(-1)).toMatchObject({ type: 'error', code: 'camera_unavailable' });
});

test('a new scan replaces the running one', async () => {
  const page = await runningScan();
  await runner.start(PAYMENT);
  await page.closed;
  expect(page.events.at(-1)).toMatchObject({ type: 'error', code: 'scan_aborted' });
});

test('a page with another scan’s id, or a used one, is turned away', async () => {
  await runner.start(PAYMENT);
  const stranger = openPage('scn_0000000000000009');
  await stranger.closed;
  expect(stranger.events).toMatchObject([{ code: 'scan_not_found' }]);
  openPage();
  await vi.waitFor(() => expect(server.streams).toHaveLength(1));
  const second = openPage();
  await second.closed;
  expect(second.events).toMatchObject([{ code: 'scan_not_found' }]);
});

describe('the camera’s own colours', () => {
  const CHALLENGE = {
    slots: ['amber', 'teal', 'rose', 'lime', 'violet'] as const,
    slotMs: 200,
    leadMs: 200,
    tailMs: 200,
  };

  /** The page paints as it should, and the notes that reached the server are given back. */
  async function litScan() {
    const page = await runningScan();
    server.say({ type: 'ready', light: { ...CHALLENGE, slots: [...CHALLENGE.slots] } });
    await vi.waitFor(() => expect(page.events).toContainEqual(expect.objectContaining({ type: 'light' })));
    await deliver(3);
    const paint = (shown: LocalPainted['shown']) =>
      page.socket.send(JSON.stringify({ type: 'painted', shown, agoMs: 0 } satisfies LocalPainted));
    const notes = () =>
      frames().flatMap((message) => {
        const text = Buffer.from(message as Buffer).toString('latin1');
        return [...text.matchAll(/\{"type":"light".*?\}/g)].map(([json]) => JSON.parse(json));
      });
    return { page, paint, notes };
  }

  test('are held from shortly before the first colour to the end, and the notes of the colours say so', async () => {
    const { page, paint, notes } = await litScan();
    expect(camera.locks).toEqual([]);
    paint('lead');
    await vi.waitFor(() => expect(camera.locks).toEqual([true]));
    paint(0);
    await vi.waitFor(() => expect(notes()).toHaveLength(2));
    expect(notes()).toMatchObject([
      { shown: 'lead', colourLock: null },
      { shown: 0, colourLock: 'locked' },
    ]);
    server.say({ type: 'decision', outcome: 'live', reasons: [], decisionMs: 900 });
    await page.closed;
    expect(camera.locks).toEqual([true, false]);
  });

  test('are told to be free where the camera does not hold them', async () => {
    camera.canLock = false;
    const { paint, notes } = await litScan();
    paint('lead');
    await vi.waitFor(() => expect(camera.locks).toEqual([true]));
    paint(0);
    await vi.waitFor(() => expect(notes().at(-1)).toMatchObject({ shown: 0, colourLock: 'free' }));
  });

  test('are left alone in a scan without light', async () => {
    const page = await runningScan();
    server.say({ type: 'decision', outcome: 'live', reasons: [], decisionMs: 900 });
    await page.closed;
    expect(camera.locks).toEqual([]);
  });
});
