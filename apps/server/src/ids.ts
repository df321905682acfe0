import { randomBytes } from 'node:crypto';
import { ID_PREFIXES, type IdKind } from '@smile/contract';
import { v7 as uuidv7 } from 'uuid';

/** A new id of its kind, ascending with time: prefix and UUIDv7 without dashes. */
export function newId(kind: IdKind): string {
  return `${ID_PREFIXES[kind]}_${uuidv7().replaceAll('-', '')}`;
}

/** Id of a row that never leaves the server. */
export function newRowId(): string {
  return uuidv7();
}

/** A secret of 32 random bytes for links and sessions, in base64url. */
export function newSecretToken(): string {
  return randomBytes(32).toString('base64url');
}
