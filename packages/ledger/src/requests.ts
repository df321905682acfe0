import { failure, type LedgerFailure } from './errors.ts';
import type { Metadata, NewAccount, Posting, Transfer } from './model.ts';

export const MAX_AMOUNT_MINOR = 2n ** 63n - 1n;
export const MAX_TRANSFERS = 100;
export const MAX_BATCH = 1_000;
const MAX_METADATA_BYTES = 4_096;
const MAX_HOLD_MS = 400 * 86_400_000;
const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/;
const HOLD_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,89}$/;
const KIND = /^[a-z][a-z0-9_]{0,39}$/;
const CURRENCY = /^[A-Z]{3}$/;

export function checkAccount({ id, kind, currency }: NewAccount): LedgerFailure | null {
  if (!ID.test(id)) return failure('invalid_id');
  if (!KIND.test(kind)) return failure('invalid_kind', id);
  if (!CURRENCY.test(currency)) return failure('invalid_currency', id);
  return null;
}

/**
 * What can be told from the request alone. The database checks it again; here it costs nothing and a batch is not
 * slowed down by a request that could never pass.
 */
export function checkPosting(posting: Posting): LedgerFailure | null {
  if (!ID.test(posting.id)) return failure('invalid_id', null);
  if (!KIND.test(posting.kind)) return failure('invalid_kind', posting.id);
  if (posting.metadata && !isGoodMetadata(posting.metadata)) return failure('invalid_metadata', posting.id);
  if (posting.transfers.length < 1 || posting.transfers.length > MAX_TRANSFERS) {
    return failure('transfers_out_of_range', posting.id);
  }
  for (const transfer of posting.transfers) {
    const wrong = checkTransfer(transfer);
    if (wrong) return wrong;
  }
  return null;
}

function checkTransfer(transfer: Transfer): LedgerFailure | null {
  if (transfer.kind !== undefined && !KIND.test(transfer.kind)) return failure('invalid_kind', transfer.kind);
  if ('holdId' in transfer && !HOLD_ID.test(transfer.holdId)) return failure('invalid_id', null);
  if ('amountMinor' in transfer && transfer.amountMinor !== undefined && !isGoodAmount(transfer.amountMinor)) {
    return failure('amount_out_of_range');
  }
  if (!('debitAccountId' in transfer)) return null;
  if (!ID.test(transfer.debitAccountId) || !ID.test(transfer.creditAccountId)) return failure('account_not_found');
  if (transfer.debitAccountId === transfer.creditAccountId) return failure('same_account', transfer.debitAccountId);
  if (!CURRENCY.test(transfer.currency)) return failure('invalid_currency');
  if (transfer.phase === 'hold' && transfer.expiresAfterMs !== undefined) {
    const ms = transfer.expiresAfterMs;
    if (!Number.isSafeInteger(ms) || ms < 1 || ms > MAX_HOLD_MS) return failure('invalid_expiry', transfer.holdId);
  }
  return null;
}

function isGoodAmount(amountMinor: unknown): boolean {
  return typeof amountMinor === 'bigint' && amountMinor > 0n && amountMinor <= MAX_AMOUNT_MINOR;
}

function isGoodMetadata(metadata: Metadata): boolean {
  for (const [key, value] of Object.entries(metadata)) {
    const texts = typeof value === 'string' ? [key, value] : [key];
    // PostgreSQL keeps neither the character 0 nor half a surrogate pair.
    if (texts.some((text) => text.includes('\0') || !text.isWellFormed())) return false;
    if (typeof value === 'number' && !Number.isFinite(value)) return false;
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) return false;
  }
  return Buffer.byteLength(JSON.stringify(metadata)) <= MAX_METADATA_BYTES;
}

/** The form that `ledger_post` takes. Its canonical text is also what a retry is compared by. */
export function toWire(posting: Posting & { readonly reverses?: string }): object {
  return {
    id: posting.id,
    kind: posting.kind,
    metadata: posting.metadata ?? {},
    reverses: posting.reverses,
    transfers: posting.transfers.map((transfer) => ({
      phase: transfer.phase ?? 'direct',
      kind: transfer.kind,
      ...('holdId' in transfer ? { hold: transfer.holdId } : {}),
      ...('amountMinor' in transfer ? { amount: transfer.amountMinor?.toString() } : {}),
      ...('debitAccountId' in transfer
        ? { debit: transfer.debitAccountId, credit: transfer.creditAccountId, currency: transfer.currency }
        : {}),
      ...('expiresAfterMs' in transfer ? { expiresAfterMs: transfer.expiresAfterMs } : {}),
    })),
  };
}
