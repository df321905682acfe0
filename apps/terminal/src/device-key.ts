import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEVICE_HEADER, type DeviceRequest, deviceSigningText, formatDeviceHeader } from '@smile/contract';

/** The terminal's Ed25519 key pair, made on the device; the private half never leaves its folder. */
export type DeviceKey = {
  readonly privateKey: KeyObject;
  /** SPKI DER in base64url, as the platform wants it at pairing. */
  readonly publicKey: string;
};

const KEY_FILE = 'device-key.pem';
const PAIRING_FILE = 'pairing.json';

export async function loadOrMakeDeviceKey(dataDir: string): Promise<DeviceKey> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, KEY_FILE);
  const existing = await readTextIfThere(path);
  if (existing !== null) return deviceKeyOf(createPrivateKey(existing));
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeSecret(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  return deviceKeyOf(privateKey);
}

function deviceKeyOf(privateKey: KeyObject): DeviceKey {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { privateKey, publicKey: der.toString('base64url') };
}

export type PairingState = { readonly terminalId: string; readonly serverUrl: string };

export async function loadPairing(dataDir: string): Promise<PairingState | null> {
  const text = await readTextIfThere(join(dataDir, PAIRING_FILE));
  if (text === null) return null;
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return null;
  const { terminalId, serverUrl } = value as Record<string, unknown>;
  return typeof terminalId === 'string' && typeof serverUrl === 'string' ? { terminalId, serverUrl } : null;
}

export async function savePairing(dataDir: string, state: PairingState): Promise<void> {
  await writeSecret(join(dataDir, PAIRING_FILE), `${JSON.stringify(state)}\n`);
}

/** The signature header of one request. `body` is exactly what is sent; undefined when nothing is. */
export function deviceHeaders(
  key: DeviceKey,
  terminalId: string,
  request: { method: string; path: string; body?: string | Uint8Array },
  nowMs: number = Date.now(),
): Record<string, string> {
  const signed: DeviceRequest = {
    terminalId,
    timestampMs: nowMs,
    requestNonce: randomBytes(18).toString('base64url'),
    method: request.method,
    path: request.path,
    bodySha256: createHash('sha256')
      .update(request.body ?? '')
      .digest('hex'),
  };
  const signature = sign(null, Buffer.from(deviceSigningText(signed)), key.privateKey).toString('base64url');
  return { [DEVICE_HEADER]: formatDeviceHeader(signed, signature) };
}

async function readTextIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Written aside and renamed, so that a crash never leaves half a key. */
async function writeSecret(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, path);
}
