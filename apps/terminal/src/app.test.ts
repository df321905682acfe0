import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildTerminalApp } from './app.ts';
import { CameraHub } from './camera-hub.ts';
import { loadOrMakeDeviceKey } from './device-key.ts';
import { createPlatform, type Platform } from './platform.ts';
import { ScanRunner } from './scan-runner.ts';
import { FakeServer, TERMINAL_ID } from './testing/fake-server.ts';

const HOST = '127.0.0.1:8081';
let dir: string;
let app: FastifyInstance;
let server: FakeServer;
let platform: Platform | null;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'smile-terminal-app-'));
  await writeFile(join(dir, 'index.html'), '<title>Kiosk</title>');
  server = new FakeServer();
  const serverUrl = await server.listen();
  const key = await loadOrMakeDeviceKey(join(dir, 'data'));
  platform = createPlatform(serverUrl, TERMINAL_ID, key);
  const log = pino({ level: 'silent' });
  const hub = new CameraHub(async () => null);
  await hub.start();
  app = await buildTerminalApp({
    kioskDir: dir,
    hub,
    scans: new ScanRunner({ hub, platform: () => platform, key, log }),
    platform: () => platform,
    pairingMessage: () => 'pairing failed: this code was used',
    simulated: false,
    serverUrl,
    softwareVersion: '0',
    log,
  });
});
afterEach(async () => {
  await app.close();
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

test('the kiosk page is served, and never from a stale copy', async () => {
  const page = await app.inject({ url: '/', headers: { host: HOST } });
  expect(page.body).toContain('<title>Kiosk</title>');
  expect(page.headers['cache-control']).toBe('no-store');
});

test('a kiosk page that was not built is said to be missing', async () => {
  await rm(join(dir, 'index.html'));
  const page = await app.inject({ url: '/', headers: { host: HOST } });
  expect([page.statusCode, page.json().error.code]).toEqual([503, 'kiosk_not_built']);
});

test.each([
  { host: 'evil.example' },
  { host: HOST, origin: 'https://evil.example' },
  { host: '127.0.0.1.evil.example:8081' },
])('a foreign site gets nothing: %o', async (headers) => {
  const answer = await app.inject({ url: '/local/state', headers });
  expect([answer.statusCode, answer.json().error.code]).toEqual([403, 'foreign_origin']);
});

test('a call of the kiosk is forwarded signed, with its headers and exact bytes', async () => {
  server.answer = () => ({ status: 402, body: { error: 'as the platform says it' } });
  const payload = '{ "amountMinor" :  "1250" }';
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/terminal/orders',
    headers: { host: HOST, 'content-type': 'application/json', 'idempotency-key': 'k1', cookie: 'secret' },
    payload,
  });
  expect([answer.statusCode, answer.json()]).toEqual([402, { error: 'as the platform says it' }]);
  const [received] = server.requests;
  expect(received).toMatchObject({ method: 'POST', url: '/v1/terminal/orders', body: payload });
  expect(received.headers['smile-device']).toMatch(new RegExp(`^${TERMINAL_ID};`));
  expect(received.headers['idempotency-key']).toBe('k1');
  expect(received.headers.cookie).toBeUndefined();
});

test.each([
  ['POST', '/v1/terminal/scans'],
  ['GET', '/v1/../dev/outbox'],
  ['GET', '/v1/%2e%2e/dev/outbox'],
  ['DELETE', '/v1/terminal'],
])('what a kiosk has no use for stays here: %s %s', async (method, url) => {
  const answer = await app.inject({ method: method as 'GET', url, headers: { host: HOST } });
  expect(answer.statusCode).toBe(404);
  expect(server.requests).toEqual([]);
});

test('bodies are limited, and JSON only', async () => {
  const post = (type: string, payload: string) =>
    app.inject({ method: 'POST', url: '/v1/terminal/orders', headers: { host: HOST, 'content-type': type }, payload });
  expect((await post('application/json', `"${'x'.repeat(64 * 1024)}"`)).statusCode).toBe(413);
  expect((await post('text/plain', 'hello')).statusCode).toBe(415);
  expect(server.requests).toEqual([]);
});

test('an answer larger than a kiosk ever needs is not passed on', async () => {
  server.answer = () => ({ status: 200, body: 'x'.repeat(600_000) });
  const answer = await app.inject({ url: '/v1/terminal', headers: { host: HOST } });
  expect([answer.statusCode, answer.json().error.code]).toEqual([502, 'network_error']);
});

test('an unpaired terminal says why', async () => {
  platform = null;
  const answer = await app.inject({ url: '/v1/terminal', headers: { host: HOST } });
  expect(answer.json().error).toMatchObject({
    code: 'terminal_not_paired',
    message: 'pairing failed: this code was used',
  });
});

test('the page learns that the server is away, and that it is back', async () => {
  const state = async () => (await app.inject({ url: '/local/state', headers: { host: HOST } })).json();
  server.answer = () => ({ status: 503, body: {} });
  expect(await state()).toMatchObject({ serverReachable: false, profile: null });
  server.answer = new FakeServer().answer;
  expect(await state()).toMatchObject({ serverReachable: true, profile: { shop: { name: 'Old Town' } } });
});

test('many pages that ask at once are one question to the server', async () => {
  await Promise.all([1, 2, 3, 4].map(() => app.inject({ url: '/local/state', headers: { host: HOST } })));
  expect(server.requests).toHaveLength(1);
});

test('a scan is asked for in the contract’s words', async () => {
  const post = (payload: object) =>
    app.inject({ method: 'POST', url: '/local/scans', headers: { host: HOST }, payload });
  expect((await post({ purpose: 'payment', paymentId: '../x' })).statusCode).toBe(400);
  const answer = await post({ purpose: 'payment', paymentId: 'pay_0000000000000001' });
  expect([answer.statusCode, answer.json().error]).toMatchObject([
    503,
    { code: 'camera_unavailable', message: 'no camera is configured' },
  ]);
});
