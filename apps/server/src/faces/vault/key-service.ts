import { createHash } from 'node:crypto';
import { KEY_BYTES, openWith, SEALING_OVERHEAD_BYTES, sealWith } from '../../sealing.ts';

/** One version of the key-encryption key: its id names the very key, the version says which is newer. */
export type KeyRef = { readonly keyId: string; readonly version: number };
export type WrappedKey = KeyRef & { readonly bytes: Uint8Array };

export type UnwrapResult =
  | { readonly ok: true; readonly key: Buffer }
  /** `unknown_key`: wrapped with a key that is not here. `damaged`: changed, cut short, or from another context. */
  | { readonly ok: false; readonly code: 'unknown_key' | 'damaged' };

/**
 * The keeper of the key-encryption key (KEK), which wraps the data keys of people and never leaves it. The default
 * keeps it in files; an HSM or a cloud key service fits behind these calls (docs/vault.md says how: PKCS#11 by
 * `C_EncryptInit` with CKM_AES_GCM, a cloud by its Encrypt and Decrypt with `context` as encryption context). Wrapped
 * keys are 32 bytes; `context` says whose key it is and has to be authenticated with it.
 */
export type KeyService = {
  /** Wraps with the newest version. Looks for it each time: a version made by another process counts at once. */
  wrap(key: Uint8Array, context: string): Promise<WrappedKey>;
  unwrap(wrapped: WrappedKey, context: string): Promise<UnwrapResult>;
  /** What can be unwrapped here, the newest last. */
  versions(): Promise<readonly KeyRef[]>;
  /** Makes a new version, with which everything is wrapped from then on. Earlier ones still unwrap. */
  rotate(): Promise<KeyRef>;
  /** Destroys an earlier version, and with it all that is still wrapped by it. Throws RangeError for the newest one. */
  retire(version: number): Promise<void>;
};

const KEY_ID_BYTES = 8;
const FORMAT = 1;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

/** Key and name of one version, in memory. */
export type HeldKey = KeyRef & { readonly secret: Buffer };

/** The name of a key: the first 8 bytes of its SHA-256, in hex. It says nothing of the key. */
export function holdKey(key: Uint8Array, version: number): HeldKey {
  if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes`);
  const secret = Buffer.from(key);
  const digest = createHash('sha256').update('smile-key-id').update(secret).digest();
  return { keyId: digest.subarray(0, KEY_ID_BYTES).toString('hex'), version, secret };
}

/** Layout: u8 format, key id (8), nonce (12), ciphertext, tag (16). */
export function wrapWith(kek: HeldKey, key: Uint8Array, context: string): WrappedKey {
  const sealed = sealWith(kek.secret, key, context);
  const bytes = Buffer.concat([Buffer.of(FORMAT), Buffer.from(kek.keyId, 'hex'), sealed]);
  return { keyId: kek.keyId, version: kek.version, bytes };
}

export function unwrapWith(keks: readonly HeldKey[], wrapped: WrappedKey, context: string): UnwrapResult {
  const bytes = Buffer.from(wrapped.bytes.buffer, wrapped.bytes.byteOffset, wrapped.bytes.byteLength);
  if (bytes.length < HEADER_BYTES + SEALING_OVERHEAD_BYTES || bytes[0] !== FORMAT)
    return { ok: false, code: 'damaged' };
  const keyId = bytes.toString('hex', 1, HEADER_BYTES);
  const kek = keks.find((held) => held.keyId === keyId);
  if (!kek) return { ok: false, code: 'unknown_key' };
  const key = openWith(kek.secret, bytes.subarray(HEADER_BYTES), context);
  return key ? { ok: true, key } : { ok: false, code: 'damaged' };
}

/** Keys that live and end with the process: for tests. */
export function createMemoryKeys(first: Uint8Array, draw: () => Uint8Array = () => first): KeyService {
  let held: HeldKey[] = [holdKey(first, 1)];
  const newest = () => held[held.length - 1];
  const refs = () => held.map(({ keyId, version }) => ({ keyId, version }));
  return {
    wrap: async (key, context) => wrapWith(newest(), key, context),
    unwrap: async (wrapped, context) => unwrapWith(held, wrapped, context),
    versions: async () => refs(),
    async rotate() {
      held.push(holdKey(draw(), newest().version + 1));
      return refs()[held.length - 1];
    },
    async retire(version) {
      if (version === newest().version) throw new RangeError('the newest version is in use');
      held = held.filter((kek) => kek.version !== version);
    },
  };
}
