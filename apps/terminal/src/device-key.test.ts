import { createHash, createPublicKey, verify } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEVICE_HEADER, deviceSigningText, parseDeviceHeader } from '@smile/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deviceHeaders, loadOrMakeDeviceKey, loadPairing, savePairing } from './device-key.ts';

const TERMINAL_ID = 'trm_0000000000000001';
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'smile-terminal-key-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('the key is made once and found again at the next start', async () => {
  const made = await loadOrMakeDeviceKey(dataDir);
  const found = await loadOrMakeDeviceKey(dataDir);
  expect(found.publicKey).toBe(made.publicKey);
  expect(made.privateKey.asymmetricKeyType).toBe('ed25519');
});

test('only this user may read the key, also after a careless copy', async () => {
  await loadOrMakeDeviceKey(join(dataDir, 'deep/er'));
  const file = join(dataDir, 'deep/er/device-key.pem');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await chmod(file, 0o644);
  await loadOrMakeDeviceKey(join(dataDir, 'deep/er'));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a damaged key is said to be one, never replaced in silence', async () => {
  const file = join(dataDir, 'device-key.pem');
  await loadOrMakeDeviceKey(dataDir);
  const pem = await readFile(file, 'utf8');
  await writeFile(file, pem.slice(0, 60));
  await expect(loadOrMakeDeviceKey(dataDir)).rejects.toThrow(/device-key\.pem is damaged.*pair this terminal anew/);
  expect(await readFile(file, 'utf8')).toBe(pem.slice(0, 60));
});

test('a key of another kind is refused', async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(join(dataDir, 'device-key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await expect(loadOrMakeDeviceKey(dataDir)).rejects.toThrow(/no Ed25519 key/);
});

test('a pairing is remembered; a damaged one is said to be one', async () => {
  expect(await loadPairing(dataDir)).toBeNull();
  const pairing = { terminalId: TERMINAL_ID, serverUrl: 'http://127.0.0.1:8080' };
  await savePairing(dataDir, pairing);
  expect(await loadPairing(dataDir)).toEqual(pairing);
  for (const damaged of ['{"termin', '{}', 'null', '{"terminalId":"x","serverUrl":"y"}']) {
    await writeFile(join(dataDir, 'pairing.json'), damaged);
    await expect(loadPairing(dataDir)).rejects.toThrow(/pairing\.json is damaged/);
  }
});

test('a request is signed over terminal, time, nonce, method, path and body', async () => {
  const key = await loadOrMakeDeviceKey(dataDir);
  const request = { method: 'post', path: '/v1/orders?x=1', body: '{"a":1}' };
  const header = parseDeviceHeader(deviceHeaders(key, TERMINAL_ID, request, 1_700_000_000_000)[DEVICE_HEADER]);
  if (!header) throw new Error('the header cannot be parsed');
  const publicKey = createPublicKey({ key: Buffer.from(key.publicKey, 'base64url'), format: 'der', type: 'spki' });
  const holds = (change: object) => {
    const bodySha256 = createHash('sha256').update(request.body).digest('hex');
    const text = deviceSigningText({ ...header, ...request, bodySha256, ...change });
    return verify(null, Buffer.from(text), publicKey, Buffer.from(header.signature, 'base64url'));
  };
  expect(header.timestampMs).toBe(1_700_000_000_000);
  expect(holds({})).toBe(true);
  expect(holds({ path: '/v1/orders?x=2' })).toBe(false);
  expect(holds({ method: 'PUT' })).toBe(false);
  expect(holds({ bodySha256: createHash('sha256').update('{"a":2}').digest('hex') })).toBe(false);
});

test('no two requests carry the same nonce', async () => {
  const key = await loadOrMakeDeviceKey(dataDir);
  const once = () => deviceHeaders(key, TERMINAL_ID, { method: 'GET', path: '/v1/terminal' })[DEVICE_HEADER];
  expect(parseDeviceHeader(once())?.requestNonce).not.toBe(parseDeviceHeader(once())?.requestNonce);
});
