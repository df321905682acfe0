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
import { DEVICE_HEADER, type DeviceRequest, deviceSigningText, formatDeviceHeader, idSchema } from '@smile/contract';
import { z } from 'zod';

/** The terminal's Ed25519 key pair, made on the device; the private half never leaves its folder. */
export type DeviceKey = {
  readonly privateKey: KeyObject;
  /** SPKI DER in base64url, as the platform wants it at pairing. */
  readonly publicKey: string;
};

const KEY_FILE = 'device-key.pem';
const PAIRING_FILE = 'pairing.json';

/** Throws an Error in plain words when the key is there but cannot be used: a new one would lose the pairing in silence. */
export async function loadOrMakeDeviceKey(dataDir: string): Promise<DeviceKey> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, KEY_FILE);
  const existing = await readTextIfThere(path);
  if (existing !== null) {
    // A backup or a copy may have loosened what writing had tightened.
    await chmod(path, 0o600);
    return deviceKeyOf(readPrivateKey(existing, path));
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeSecret(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  return deviceKeyOf(privateKey);
}

function readPrivateKey(pem: string, path: string): KeyObject {
  let key: KeyObject | null = null;
  try {
    key = createPrivateKey(pem);
  } catch {
    // OpenSSL's words ("unsupported") help nobody at a counter.
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new Error(
    `the device key ${path} is damaged or no Ed25519 key. Restore it from a backup, or remove it and ${PAIRING_FILE} beside it and pair this terminal anew`,
  );
}

function deviceKeyOf(privateKey: KeyObject): DeviceKey {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { privateKey, publicKey: der.toString('base64url') };
}

export type PairingState = { readonly terminalId: string; readonly serverUrl: string };

const PairingStateSchema = z.object({ terminalId: idSchema('terminal'), serverUrl: z.url() });

/** Null when this device was never paired. Throws an Error in plain words when the file cannot be understood. */
export async function loadPairing(dataDir: string): Promise<PairingState | null> {
  const path = join(dataDir, PAIRING_FILE);
  const text = await readTextIfThere(path);
  if (text === null) return null;
  try {
    return PairingStateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`the pairing ${path} is damaged. Remove it and pair this terminal anew with PAIRING_CODE`, {
      cause,
    });
  }
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
