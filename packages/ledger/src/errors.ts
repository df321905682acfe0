/** Every way a ledger operation can be refused, in words for a log or an operator. */
export const LEDGER_ERRORS = {
  insufficient_funds: 'the account would go beyond its bounds',
  account_not_found: 'there is no such account',
  account_closed: 'the account is closed',
  account_not_empty: 'an account with money in it, or on hold, cannot be closed',
  currency_mismatch: 'the account is kept in another currency',
  same_account: 'money cannot go from an account to itself',
  amount_out_of_range: 'an amount is a whole number of minor units from 1 to 2^63 - 1',
  counter_overflow: 'a counter of the account would pass 2^63 - 1',
  id_conflict: 'this id was used before for something else',
  hold_not_found: 'there is no such hold',
  hold_not_pending: 'the hold was posted, voided or expired before',
  hold_expired: 'the hold has expired',
  hold_amount_exceeded: 'more than the hold sets aside',
  invalid_id: 'an id is 1 to 100 letters, digits and _ . : - (a hold’s up to 90)',
  invalid_kind: 'a kind is 1 to 40 lower case letters, digits and _',
  invalid_currency: 'a currency is three capital letters',
  invalid_metadata: 'metadata is a flat object of texts, numbers and booleans of at most 4 KB',
  invalid_expiry: 'a hold lasts from 1 ms to 400 days',
  invalid_cursor: 'a cursor is the nextCursor of the page before',
  posting_not_found: 'there is no such posting',
  not_reversible: 'a reversal, or a posting that moved no money or left a hold open, cannot be reversed',
  already_reversed: 'the posting was reversed before',
  busy: 'too many postings are waiting: nothing was done, send it again later',
  transfers_out_of_range: 'a posting has 1 to 100 transfers',
} as const;

export type LedgerErrorCode = keyof typeof LEDGER_ERRORS;

export type LedgerError = {
  readonly code: LedgerErrorCode;
  readonly message: string;
  /** The account, hold or posting at fault, where it is known. */
  readonly subject: string | null;
};

export type LedgerFailure = { readonly ok: false; readonly error: LedgerError };

export type Outcome<T> = ({ readonly ok: true } & T) | LedgerFailure;

/** `replayed`: this id with this content had been posted before, and nothing was done now. */
export type PostingOutcome = Outcome<{ readonly id: string; readonly replayed: boolean }>;

export function failure(code: LedgerErrorCode, subject: string | null = null): LedgerFailure {
  return { ok: false, error: { code, message: LEDGER_ERRORS[code], subject } };
}

/** The database holds the rules as constraints; their names say which one was broken. */
const CONSTRAINTS: Readonly<Record<string, LedgerErrorCode>> = {
  ledger_accounts_within_bounds: 'insufficient_funds',
  ledger_id: 'invalid_id',
  ledger_kind: 'invalid_kind',
  ledger_currency: 'invalid_currency',
  ledger_amount: 'amount_out_of_range',
  ledger_metadata: 'invalid_metadata',
  ledger_transfers_two_accounts: 'same_account',
  ledger_transfers_hold_closed_once: 'hold_not_pending',
  ledger_holds_pkey: 'id_conflict',
  ledger_reversals_once: 'already_reversed',
};

/** @param word - a code raised by the ledger's SQL, or the name of a violated constraint. Throws on any other. */
export function failureOf(word: string, subject: string | null = null): LedgerFailure {
  const code = CONSTRAINTS[word] ?? word;
  if (!Object.hasOwn(LEDGER_ERRORS, code)) throw new Error(`the ledger broke a rule nobody expected: ${word}`);
  return failure(code as LedgerErrorCode, subject);
}
