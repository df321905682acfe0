import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Seals small biometric records. `context` says whose record of what kind it is and is authenticated with it: a sealed
 * record put into another row does not open. Asynchronous so that a key in an HSM or a cloud can stand behind it.
 */
export type KeyService = {
  /** Names the key, not the key: the first 8 bytes of its SHA-256, in hex. Stored beside each record. */
  readonly keyId: string;
  seal(plain: Uint8Array, context: string): Promise<Uint8Array>;
  unseal(sealed: Uint8Array, context: string): Promise<UnsealResult>;
};

export type UnsealResult =
  | { readonly ok: true; readonly plain: Uint8Array }
  /** `foreign_key`: sealed with another key. `damaged`: changed, cut short, or from another context. */
  | { readonly ok: false; readonly code: 'foreign_key' | 'damaged' };

const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 1;
const OVERHEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES;
const KEY_FILE = 'biometrics.key';

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce for each record: one key may seal 2^32 records before the
 * chance of a repeated nonce exceeds 2^-32. Layout: u8 format, key id (8), nonce (12), ciphertext, tag (16).
 */
export function createKeyService(key: Uint8Array): KeyService {
  if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes`);
  const secret = Buffer.from(key);
  const idBytes = createHash('sha256').update('smile-key-id').update(secret).digest().subarray(0, KEY_ID_BYTES);
  return {
    keyId: idBytes.toString('hex'),
    async seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce);
      cipher.setAAD(Buffer.from(context, 'utf8'));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(FORMAT), idBytes, nonce, body, cipher.getAuthTag()]);
    },
    async unseal(sealed, context) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < OVERHEAD_BYTES || bytes[0] !== FORMAT) return { ok: false, code: 'damaged' };
      const nonceAt = 1 + KEY_ID_BYTES;
      if (!bytes.subarray(1, nonceAt).equals(idBytes)) return { ok: false, code: 'foreign_key' };
      const bodyAt = nonceAt + NONCE_BYTES;
      const tagAt = bytes.length - TAG_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(nonceAt, bodyAt));
      decipher.setAAD(Buffer.from(context, 'utf8'));
      decipher.setAuthTag(bytes.subarray(tagAt));
      try {
        return { ok: true, plain: Buffer.concat([decipher.update(bytes.subarray(bodyAt, tagAt)), decipher.final()]) };
      } catch {
        return { ok: false, code: 'damaged' };
      }
    },
  };
}

/**
 * The key of `DATA_DIR/keys/biometrics.key`, made at the first start, readable by the server's user alone. Throws,
 * in words for whoever starts the server, when the file is not 32 bytes or open to others: a key that others could
 * read must be replaced by a person who knows who they are.
 */
export async function openFileKeyService(dataDir: string): Promise<KeyService> {
  const dir = join(dataDir, 'keys');
  const path = join(dir, KEY_FILE);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await makeKeyFileOnce(dir, path);
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new Error(`the key file ${path} can be read by others (mode ${(mode & 0o777).toString(8)}); make it 600`);
  }
  const key = await readFile(path);
  if (key.length !== KEY_BYTES) throw new Error(`the key file ${path} is damaged: it has ${key.length} bytes, not 32`);
  const service = createKeyService(key);
  key.fill(0);
  return service;
}

/** Written in full and synced under another name, then linked: two first starts at once end with one key. */
async function makeKeyFileOnce(dir: string, path: string): Promise<void> {
  if (await exists(path)) return;
  const draft = join(dir, `.${KEY_FILE}.${randomBytes(6).toString('hex')}`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(randomBytes(KEY_BYTES));
    await file.sync();
    await file.close();
    // The mode given to open is cut by the umask, never widened; this makes it exact.
    await chmod(draft, 0o600);
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
