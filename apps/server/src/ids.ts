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

/** Below every id of its kind made from then on, above those made before: ids begin with their time. */
export function idAt(kind: IdKind, at: Date): string {
  return `${ID_PREFIXES[kind]}_${timeOf(at)}`;
}

/** The same for ids of rows. */
export function rowIdAt(at: Date): string {
  return `${timeOf(at).slice(0, 8)}-${timeOf(at).slice(8)}`;
}

/** The first 48 bits of a UUIDv7. */
function timeOf(at: Date): string {
  return at.getTime().toString(16).padStart(12, '0');
}

/** A secret of 32 random bytes for links and sessions, in base64url. */
export function newSecretToken(): string {
  return randomBytes(32).toString('base64url');
}
