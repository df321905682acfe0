import { createHash } from 'node:crypto';

/** Tokens are 32 random bytes, so a plain hash of one gives nothing away. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
