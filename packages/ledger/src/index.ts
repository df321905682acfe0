import { join } from 'node:path';

/** This room's SQL files, for `migrate` of @smile/postgres. */
export const ledgerMigrations = { domain: 'ledger', dir: join(import.meta.dirname, '../migrations') } as const;

export { type Batcher, type BatcherOptions, createBatcher } from './batcher.ts';
export {
  LEDGER_ERRORS,
  type LedgerError,
  type LedgerErrorCode,
  type LedgerFailure,
  type Outcome,
  type PostingOutcome,
} from './errors.ts';
export {
  createLedger,
  type EntryPage,
  type Ledger,
  type LedgerOperations,
} from './ledger.ts';
export {
  type Account,
  type AccountBounds,
  type Balance,
  type Counters,
  type Entry,
  HOLD_MOVES,
  HOLD_STATES,
  type Hold,
  type HoldState,
  type Metadata,
  type NewAccount,
  type PostedPosting,
  type PostedTransfer,
  type Posting,
  type Statement,
  type StatementLine,
  type Transfer,
  type TransferPhase,
} from './model.ts';
export { MAX_AMOUNT_MINOR, MAX_BATCH, MAX_TRANSFERS } from './requests.ts';
export type { StatementRequest } from './statements.ts';
export type { Problem, Verification, VerificationReport } from './verify.ts';
