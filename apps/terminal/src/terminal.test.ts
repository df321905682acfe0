import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type TerminalConfig, TerminalConfigSchema } from './config.ts';
import { type RunningTerminal, startTerminal } from './terminal.ts';
import { FakePage, FakeServer, TERMINAL_ID } from './testing/fake-server.ts';

let dataDir: string;
let server: FakeServer;
let terminal: RunningTerminal | null;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'smile-terminal-'));
  server = new FakeServer();
  terminal = null;
});
afterEach(async () => {
  await terminal?.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

function config(change: Partial<TerminalConfig> = {}): TerminalConfig {
  return TerminalConfigSchema.parse({
    port: 0,
    dataDir,
    kioskDir: dataDir,
    camera: 'none',
    pairingCode: 'TEST-CODE',
    logLevel: 'silent',
    ...change,
  });
}

const stateOf = async (url: string) => (await fetch(`${url}/local/state`)).json();

test('pairs once with its code; at the next start it knows itself', async () => {
  const serverUrl = await server.listen();
  terminal = await startTerminal(config({ serverUrl }));
  const { url } = terminal;
  await vi.waitFor(async () => expect(await stateOf(url)).toMatchObject({ serverReachable: true }));
  await terminal.close();
  terminal = await startTerminal(config({ serverUrl, pairingCode: undefined }));
  const again = terminal.url;
  await vi.waitFor(async () => expect(await stateOf(again)).toMatchObject({ serverReachable: true }));
  expect(server.requests.filter(({ url }) => url === '/v1/terminals/pair')).toHaveLength(1);
  expect(server.requests.at(-1)?.headers['smile-device']).toMatch(new RegExp(`^${TERMINAL_ID};`));
});

test('a server that is away at the start is said to be away; the terminal pairs when it comes', async () => {
  const serverUrl = await server.listen();
  await server.close();
  terminal = await startTerminal(config({ serverUrl }));
  expect(await stateOf(terminal.url)).toMatchObject({ serverReachable: false, profile: null });
  server = new FakeServer();
  await server.listen(Number(new URL(serverUrl).port));
  const { url } = terminal;
  await vi.waitFor(async () => expect(await stateOf(url)).toMatchObject({ serverReachable: true }), {
    timeout: 8_000,
    interval: 200,
  });
});

test('a wrong pairing code is said on every call and not tried again', async () => {
  server.answer = () => ({
    status: 404,
    body: { error: { type: 'not_found_error', code: 'unknown_pairing_code', message: 'this code is not known' } },
  });
  terminal = await startTerminal(config({ serverUrl: await server.listen() }));
  const { url } = terminal;
  await vi.waitFor(async () => {
    const { error } = await (await fetch(`${url}/v1/terminal`)).json();
    expect(error.message).toBe('pairing failed: this code is not known (unknown_pairing_code)');
  });
  expect(server.requests).toHaveLength(1);
});

test('a taken port is named, with the setting that changes it', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) =>
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
  );
  await expect(startTerminal(config({ port }))).rejects.toThrow(`port ${port} is taken`);
  await expect(startTerminal(config({ port }))).rejects.toThrow('TERMINAL_PORT');
  other.close();
});

test('a damaged pairing and a missing folder of photos end the start in plain words', async () => {
  await expect(startTerminal(config({ camera: 'simulator', photosDir: join(dataDir, 'nowhere') }))).rejects.toThrow(
    /photos cannot be read from .*nowhere.*PHOTOS_DIR/,
  );
  await writeFile(join(dataDir, 'pairing.json'), '{');
  await expect(startTerminal(config())).rejects.toThrow(/pairing\.json is damaged/);
});

test('without OpenNI2 or a device the page hears what is missing, and the terminal runs on', async () => {
  terminal = await startTerminal(config({ camera: 'openni2' }));
  const { url } = terminal;
  await vi.waitFor(async () => {
    const { camera } = await stateOf(url);
    expect(camera.message).toMatch(/OpenNI2 is not installed|finds no camera/);
    expect(['missing', 'failed']).toContain(camera.state);
  });
});

test('SIGTERM ends the process within seconds, with the stage in use and a page that does not answer', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: {
      PATH: process.env.PATH,
      TERMINAL_PORT: '0',
      TERMINAL_DATA_DIR: dataDir,
      KIOSK_DIR: dataDir,
      SERVER_URL: await server.listen(),
      PAIRING_CODE: 'TEST-CODE',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let log = '';
  child.stdout.on('data', (text) => {
    log += text;
  });
  const url = await vi.waitFor(() => /"url":"(http[^"]+)"/.exec(log)?.[1] ?? Promise.reject(new Error(log)), 20_000);
  const page = new FakePage(`${url.replace('http', 'ws')}/stage/preview`);
  await vi.waitFor(() => expect(page.previews.length).toBeGreaterThan(0), 20_000);
  page.socket.pause();
  const sinceMs = performance.now();
  child.kill('SIGTERM');
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(performance.now() - sinceMs).toBeLessThan(5_000);
  page.socket.terminate();
});
