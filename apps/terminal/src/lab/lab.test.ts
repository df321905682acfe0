import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCapture } from '@smile/camera';
import type { LabSessionState, LabState, ScanFindings } from '@smile/contract';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildTerminalApp } from '../app.ts';
import { CameraHub } from '../camera-hub.ts';
import { loadOrMakeDeviceKey } from '../device-key.ts';
import { createPlatform } from '../platform.ts';
import { ScanRunner } from '../scan-runner.ts';
import { FakeCamera } from '../testing/fake-camera.ts';
import { FakePage, FakeServer, GRANT, type Received, TERMINAL_ID } from '../testing/fake-server.ts';
import { CONSENT } from './consent.ts';
import { Lab, LabStore, labRoutes } from './index.ts';
import { readLabSession } from './store.ts';

const TOKEN = 'operator-of-a-test';
const SETUP = { operatorId: 'opr_1', modelVersion: 'm', lightChallenge: false };
const FINDINGS: ScanFindings = {
  livenessNats: -9,
  evidence: { shape: -6, context: -3 },
  measured: { ipdMm: 62 },
  reasons: [{ code: 'surface_flat', message: 'Flat.', value: 0.4, unit: '1/m', threshold: 4 }],
  framesReceived: 9,
  framesJudged: 9,
  framesUsed: 8,
  colourLock: null,
  light: 'off',
};

let dir: string;
let camera: FakeCamera;
let hub: CameraHub;
let server: FakeServer;
let scans: ScanRunner;
let app: FastifyInstance;
let url: string;
let cookie: string;
let setup = SETUP;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'smile-terminal-lab-'));
  await writeFile(join(dir, 'lab.html'), '<title>Lab</title>');
  const key = await loadOrMakeDeviceKey(dir);
  camera = new FakeCamera();
  hub = new CameraHub(async () => camera, { reopenDelaysMs: [60_000] });
  await hub.start();
  server = new FakeServer();
  setup = SETUP;
  server.answer = answerOperators;
  const platform = createPlatform(await server.listen(), TERMINAL_ID, key);
  const log = pino({ level: 'silent' });
  scans = new ScanRunner({ hub, platform: () => platform, key, log });
  const folder = join(dir, 'sessions');
  const store = new LabStore(folder);
  const lab = new Lab({ hub, scans, platform: () => platform, store, softwareVersion: '0', log });
  app = await buildTerminalApp({
    kioskDir: dir,
    hub,
    scans,
    platform: () => platform,
    pairingMessage: () => null,
    simulated: true,
    serverUrl: platform.serverUrl,
    softwareVersion: '0',
    log,
    lab: (instance) => labRoutes(instance, { lab, hub, kioskDir: dir, folder, simulated: true, log }),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  cookie = '';
});
afterEach(async () => {
  scans.close();
  await app.close();
  await hub.close();
  await server.close();
  await rm(dir, { recursive: true, force: true });
});

/** The platform, as far as the lab speaks to it. */
function answerOperators({ url: path, headers }: Received) {
  if (headers.authorization !== `Bearer ${TOKEN}`) {
    const error = { type: 'authentication_error', code: 'operator_token_invalid', message: 'no such operator' };
    return { status: 401, body: { error } };
  }
  return { status: 200, body: path === '/v1/terminal/lab' ? setup : GRANT };
}

async function call<T>(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(cookie ? { cookie } : {}) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const json = text.startsWith('{') ? (JSON.parse(text) as T & { error?: { code: string } }) : null;
  return { status: response.status, body: json, text, headers: response.headers };
}

async function signIn(): Promise<void> {
  const answer = await call<LabState>('/lab/api/sign-in', { token: TOKEN });
  expect(answer.body?.signedIn).toEqual({ operatorId: 'opr_1' });
  const header = answer.headers.get('set-cookie') ?? '';
  expect(header).toMatch(/HttpOnly; SameSite=Strict; Path=\/lab/);
  cookie = header.split(';')[0];
}

async function begin(more: object = {}): Promise<string> {
  await signIn();
  const answer = await call<LabSessionState>('/lab/api/sessions', { title: 'Counter 1', ...more });
  expect(answer.status).toBe(201);
  return answer.body?.session.id ?? '';
}

const PRINT = { what: 'attack', kind: 'print', series: 'A', instrument: '1', material: 'matt, 90 g', notes: '' };

/** One attempt, with an answer of the server; resolves when the page has been told. */
async function attempt(id: string, presentation: object, say: () => void): Promise<FakePage> {
  const before = server.messages.length;
  expect((await call(`/lab/api/sessions/${id}/attempts`, { presentation })).status).toBe(201);
  const page = new FakePage(`${url.replace('http', 'ws')}/local/scans/${GRANT.id}`);
  await vi.waitFor(() => expect(server.messages.length).toBeGreaterThan(before));
  say();
  await page.closed;
  // Answered when what was decided is written down.
  await call(`/lab/api/sessions/${id}`);
  return page;
}
const refuse = () =>
  server.say({
    type: 'decision',
    outcome: 'attack',
    reasons: [{ code: 'surface_flat', message: 'Flat.' }],
    decisionMs: 950,
    findings: FINDINGS,
  });

describe('without an operator', () => {
  test('the lab shows its page and its species, and does nothing', async () => {
    expect((await call('/lab')).text).toContain('<title>Lab</title>');
    expect((await call('/lab/pictures/print')).headers.get('content-type')).toBe('image/webp');
    expect((await call('/lab/pictures/..%2f..%2fpackage.json')).status).toBe(404);
    const { body } = await call<LabState>('/lab/api');
    expect(body).toMatchObject({ signedIn: null, judge: null, sessions: [], folder: '' });
    expect(body?.species).toHaveLength(27);
    const closed: [string, string, unknown?][] = [
      ['POST', '/lab/api/sessions', { title: 'x' }],
      ['GET', '/lab/api/sessions/lab_202605011200_00000000'],
      ['POST', '/lab/api/sessions/lab_202605011200_00000000/attempts', { presentation: PRINT }],
      ['GET', '/lab/api/sessions/lab_202605011200_00000000/report.html'],
      ['DELETE', '/lab/api/sessions/lab_202605011200_00000000/captures'],
    ];
    for (const [method, path, body] of closed) {
      expect(await call(path, body, method)).toMatchObject({
        status: 401,
        body: { error: { code: 'operator_token_invalid' } },
      });
    }
    expect(server.requests).toEqual([]);
  });

  test('a wrong token opens nothing, and one that was taken back closes the lab', async () => {
    const wrong = await call('/lab/api/sign-in', { token: 'guess' });
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
    const id = await begin();
    server.answer = () => answerOperators({ method: '', url: '', body: '', headers: {} });
    expect((await call<LabState>('/lab/api')).body).toMatchObject({ signedIn: null, sessions: [] });
    expect(await call(`/lab/api/sessions/${id}/attempts`, { presentation: PRINT })).toMatchObject({ status: 401 });
  });
});

test('an attempt is asked for as the lab’s, and what the server said is written down by the terminal', async () => {
  const id = await begin({ place: 'under the window, 400 lx' });
  const page = await attempt(id, PRINT, refuse);
  const asked = server.requests.find(({ url: path }) => path === '/v1/terminal/lab/scans');
  expect(asked?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}` });
  expect(server.requests.some(({ url: path }) => path === '/v1/terminal/scans')).toBe(false);
  expect(page.events.at(-1)).toMatchObject({ type: 'decision', findings: { evidence: { shape: -6 } } });

  const { body } = await call<LabSessionState>(`/lab/api/sessions/${id}`);
  expect(body?.session).toMatchObject({
    operatorId: 'opr_1',
    terminalId: TERMINAL_ID,
    simulated: true,
    attempts: [{ number: 1, outcome: 'attack', presentation: PRINT, findings: FINDINGS, capture: null, voided: null }],
  });
  expect(body?.report.species).toMatchObject([{ kind: 'print', attempts: 1, apcer: { rate: 0 } }]);
  const files = await readdir(join(dir, 'sessions', id));
  expect(files.sort()).toEqual(['attempts.jsonl', 'session.json']);
});

test('a page that goes away and a camera that fails leave an attempt that does not count', async () => {
  const id = await begin();
  await attempt(id, PRINT, () => server.say({ type: 'error', code: 'scan_worker_failed', message: 'oh' }));
  expect((await call(`/lab/api/sessions/${id}/attempts`, { presentation: PRINT })).status).toBe(201);
  const page = new FakePage(`${url.replace('http', 'ws')}/local/scans/${GRANT.id}`);
  await vi.waitFor(() => expect(page.socket.readyState).toBe(page.socket.OPEN));
  expect(await call(`/lab/api/sessions/${id}/attempts`, { presentation: PRINT })).toMatchObject({
    status: 409,
    body: { error: { code: 'terminal_busy' } },
  });
  page.socket.close();
  await vi.waitFor(async () => {
    const { body } = await call<LabSessionState>(`/lab/api/sessions/${id}`);
    expect(body?.session.attempts.map(({ outcome, errorCode }) => [outcome, errorCode])).toEqual([
      ['aborted', 'scan_worker_failed'],
      ['aborted', 'page_left'],
    ]);
    expect(body?.report).toMatchObject({ aborted: 2, species: [] });
  });
});

test('an attempt is voided with a reason and stays to be seen', async () => {
  const id = await begin();
  await attempt(id, PRINT, refuse);
  const path = `/lab/api/sessions/${id}/attempts/1/void`;
  expect((await call(path, { reason: '' })).status).toBe(400);
  const { body } = await call<LabSessionState>(path, { reason: 'the wrong sheet' });
  expect(body?.report).toMatchObject({ voided: 1, species: [] });
  expect((await call(path, { reason: 'again' })).body?.error?.code).toBe('attempt_voided');
  const html = (await call(`/lab/api/sessions/${id}/report.html?language=zh`)).text;
  expect(html).toContain('the wrong sheet');
  const json = await call<LabSessionState>(`/lab/api/sessions/${id}/report.json`);
  expect(json.headers.get('content-disposition')).toContain(`${id}.json`);
  expect(json.body?.session.attempts).toHaveLength(1);
});

describe('pictures', () => {
  test('are kept under the very sentence only, and can be deleted', async () => {
    await signIn();
    const refused = await call('/lab/api/sessions', { title: 'x', consent: 'yes, yes' });
    expect(refused.body?.error?.code).toBe('consent_unknown');

    const id = await begin({ consent: CONSENT.en });
    const page = attempt(id, PRINT, () => server.say({ type: 'ready' }));
    await vi.waitFor(() => expect(camera.isRead).toBe(true));
    const framesUp = () => server.messages.filter((message) => typeof message !== 'string').length;
    for (let i = 0; i < 3; i += 1) {
      camera.deliver();
      await vi.waitFor(() => expect(framesUp()).toBe(i + 1), { interval: 2 });
    }
    refuse();
    await page;
    const { body } = await call<LabSessionState>(`/lab/api/sessions/${id}`);
    expect(body?.session.attempts[0].capture).toBe('captures/0001.s2pcap');
    const kept = await readCapture(join(dir, 'sessions', id, 'captures/0001.s2pcap'));
    expect(kept.ok && kept.value.frames).toHaveLength(3);

    const after = await call<LabSessionState>(`/lab/api/sessions/${id}/captures`, undefined, 'DELETE');
    expect(after.body?.session.attempts).toMatchObject([{ outcome: 'attack', capture: null }]);
    expect((await readdir(join(dir, 'sessions', id))).sort()).toEqual(['attempts.jsonl', 'session.json']);
  });
});

test('an attempt before another camera, or another judge, belongs to another session', async () => {
  const id = await begin();
  setup = { ...SETUP, lightChallenge: true };
  const attempts = `/lab/api/sessions/${id}/attempts`;
  expect((await call(attempts, { presentation: PRINT })).body?.error?.code).toBe('judge_changed');
  setup = SETUP;
  const other = new FakeCamera({ ...camera.info, model: 'Another' });
  camera.unplug('pulled out');
  camera = other;
  await hub.start();
  await vi.waitFor(() => expect(hub.state.info?.model).toBe('Another'));
  expect((await call(attempts, { presentation: PRINT })).body?.error?.code).toBe('camera_changed');
});

describe('the files', () => {
  test('survive a power cut within a line, and say when they were damaged', async () => {
    const id = await begin();
    await attempt(id, PRINT, refuse);
    const folder = join(dir, 'sessions', id);
    const lines = join(folder, 'attempts.jsonl');
    await appendFile(lines, '{"type":"attempt","att');
    expect((await readLabSession(folder)).attempts).toHaveLength(1);
    await attempt(id, PRINT, refuse);
    expect((await readLabSession(folder)).attempts.map(({ number }) => number)).toEqual([1, 2]);
    await writeFile(lines, `nonsense\n${await readFile(lines, 'utf8')}`);
    expect(await call(`/lab/api/sessions/${id}`)).toMatchObject({
      status: 409,
      body: { error: { code: 'session_damaged' } },
    });
    expect(await call('/lab/api/sessions/..%2f..')).toMatchObject({ status: 404 });
  });
});
