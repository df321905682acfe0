import { randomBytes } from 'node:crypto';
import { KEY_BYTES, openWith, SEALING_OVERHEAD_BYTES, sealWith } from '../../sealing.ts';
import type { KeyService } from './key-service.ts';

export type OpenResult =
  | { readonly ok: true; readonly plain: Uint8Array }
  | { readonly ok: false; readonly code: 'unknown_key' | 'damaged' };

/** Seals small records that live for minutes (the template of a scan), each with a key of its own. */
export type RecordSealer = {
  /** `context` says whose record of what kind it is: a sealed record put into another row does not open. */
  seal(plain: Uint8Array, context: string): Promise<Uint8Array>;
  unseal(sealed: Uint8Array, context: string): Promise<OpenResult>;
};

const FORMAT = 2;

/** Layout: u8 format, u8 length of the key id, the key id, u32 its version, u16 length of the wrapped key, the wrapped key, the sealed record. */
export function createRecordSealer(keys: KeyService): RecordSealer {
  return {
    async seal(plain, context) {
      const key = randomBytes(KEY_BYTES);
      const wrapped = await keys.wrap(key, context);
      const sealed = sealWith(key, plain, context);
      key.fill(0);
      const keyId = Buffer.from(wrapped.keyId, 'utf8');
      const numbers = Buffer.alloc(6);
      numbers.writeUInt32LE(wrapped.version, 0);
      numbers.writeUInt16LE(wrapped.bytes.length, 4);
      return Buffer.concat([Buffer.of(FORMAT, keyId.length), keyId, numbers, wrapped.bytes, sealed]);
    },
    async unseal(sealed, context) {
      const record = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      const numbersAt = 2 + (record[1] ?? 0);
      const keyAt = numbersAt + 6;
      if (record[0] !== FORMAT || record.length < keyAt) return { ok: false, code: 'damaged' };
      const bodyAt = keyAt + record.readUInt16LE(numbersAt + 4);
      if (record.length < bodyAt + SEALING_OVERHEAD_BYTES) return { ok: false, code: 'damaged' };
      const keyId = record.toString('utf8', 2, numbersAt);
      const version = record.readUInt32LE(numbersAt);
      const unwrapped = await keys.unwrap({ keyId, version, bytes: record.subarray(keyAt, bodyAt) }, context);
      if (!unwrapped.ok) return unwrapped;
      const plain = openWith(unwrapped.key, record.subarray(bodyAt), context);
      unwrapped.key.fill(0);
      return plain ? { ok: true, plain } : { ok: false, code: 'damaged' };
    },
  };
}
