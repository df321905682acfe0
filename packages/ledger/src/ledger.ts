import { type Client, type Pool, type Queryable, query, withRetries } from '@smile/postgres';
import { failure, failureOf, type LedgerFailure } from './errors.ts';
import type { Account, Balance, Counters, Entry, Hold, Metadata, NewAccount, Posting } from './model.ts';
import { checkAccount, checkPosting, MAX_BATCH, toWire } from './requests.ts';
import { type Verification, verifyBooks } from './verify.ts';

export type Outcome<T> = ({ readonly ok: true } & T) | LedgerFailure;

/** `replayed`: this id with this content had been posted before, and nothing was done now. */
export type PostingOutcome = Outcome<{ readonly id: string; readonly replayed: boolean }>;

type HoldRequest = {
  /** Names the posting and the hold it opens. At most 90 characters. */
  readonly id: string;
  readonly kind: string;
  readonly debitAccountId: string;
  readonly creditAccountId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly expiresAfterMs?: number;
  readonly metadata?: Metadata;
};
type ClosingRequest = {
  /** Of the posting; the hold has its own. */
  readonly id: string;
  readonly kind: string;
  readonly holdId: string;
  readonly metadata?: Metadata;
};

export type EntryPage = { readonly entries: readonly Entry[]; readonly nextCursor: string | null };

export type LedgerOperations = {
  /** Sent again with the same content it returns the account; with other content `id_conflict`. */
  createAccount(account: NewAccount): Promise<Outcome<{ readonly account: Account }>>;
  /** Only without money and holds. */
  closeAccount(id: string): Promise<Outcome<{ readonly account: Account }>>;
  account(id: string): Promise<Account | null>;
  balance(accountId: string): Promise<Balance | null>;
  /** Newest first. `limit` 1 to 500, 50 by default; `cursor` is the `nextCursor` of the page before. */
  entries(accountId: string, page?: { readonly limit?: number; readonly cursor?: string }): Promise<EntryPage>;

  /** All transfers or none, in one round trip. */
  post(posting: Posting): Promise<PostingOutcome>;
  /** Up to 1,000 postings in one round trip; each succeeds or fails on its own. Outcomes in the order given. */
  postBatch(postings: readonly Posting[]): Promise<PostingOutcome[]>;

  /** Sets money aside. It cannot be spent, and its receiver does not have it yet. */
  hold(request: HoldRequest): Promise<PostingOutcome>;
  /** Moves the money on hold, or the part `amountMinor` of it; the rest is free again. */
  postHold(request: ClosingRequest & { readonly amountMinor?: bigint }): Promise<PostingOutcome>;
  voidHold(request: ClosingRequest): Promise<PostingOutcome>;
  findHold(id: string): Promise<Hold | null>;
  /** Gives back what holds past their time have set aside, at most `limit` (100) of them. Call until it expires none. */
  expireHolds(options?: { readonly now?: Date; readonly limit?: number }): Promise<{ readonly expired: number }>;
};

export type Ledger = LedgerOperations & {
  /** The same operations within a transaction of the caller's, who retries and commits it. */
  on(client: Client): LedgerOperations;
  /** Adds everything up again. Reads all entries: for tests and nightly checks. */
  verify(): Promise<Verification>;
};

/** A ledger on a database in which this package's migrations have run. Serialisation failures are retried, bounded. */
export function createLedger(pool: Pool): Ledger {
  return {
    ...operations(pool, withRetries),
    on: (client) => operations(client, (attempt) => attempt()),
    verify: () => verifyBooks(pool),
  };
}

type Retry = <T>(attempt: () => Promise<T>) => Promise<T>;

function operations(db: Queryable, retry: Retry): LedgerOperations {
  const ask = <Row extends object>(text: string, parameters: readonly unknown[]) =>
    retry(() => query<Row>(db, text, parameters));

  async function account(id: string): Promise<Account | null> {
    const [row] = await ask<AccountRow>('SELECT * FROM ledger_accounts WHERE id = $1', [id]);
    return row ? toAccount(row) : null;
  }

  async function postBatch(postings: readonly Posting[]): Promise<PostingOutcome[]> {
    if (postings.length > MAX_BATCH) throw new RangeError(`a batch has at most ${MAX_BATCH} postings`);
    const outcomes: (PostingOutcome | null)[] = postings.map(checkPosting);
    const wire = postings.filter((_, index) => outcomes[index] === null).map(toWire);
    if (wire.length > 0) {
      const rows = await retry(() => send(db, wire));
      if (rows.length !== wire.length) throw new Error(`the ledger answered ${rows.length} of ${wire.length} postings`);
      let next = 0;
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome === null) outcomes[index] = toOutcome(rows[next++]);
      }
    }
    return outcomes as PostingOutcome[];
  }

  async function post(posting: Posting): Promise<PostingOutcome> {
    return (await postBatch([posting]))[0];
  }

  return {
    async createAccount(wanted) {
      const wrong = checkAccount(wanted);
      if (wrong) return wrong;
      await ask(
        'INSERT INTO ledger_accounts (id, currency, kind, bounds) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
        [wanted.id, wanted.currency, wanted.kind, wanted.bounds],
      );
      const found = await account(wanted.id);
      if (!found) throw new Error(`account ${wanted.id} is neither new nor there`);
      const same = (['currency', 'kind', 'bounds'] as const).every((field) => found[field] === wanted[field]);
      return same ? { ok: true, account: found } : failure('id_conflict', wanted.id);
    },

    async closeAccount(id) {
      // The condition repeats a constraint: to violate that would spoil the caller's transaction.
      await ask(
        `UPDATE ledger_accounts SET closed_at = now()
         WHERE id = $1 AND closed_at IS NULL
           AND debits_pending = 0 AND credits_pending = 0 AND debits_posted = credits_posted`,
        [id],
      );
      const found = await account(id);
      if (!found) return failure('account_not_found', id);
      return found.closedAt ? { ok: true, account: found } : failure('account_not_empty', id);
    },

    account,
    balance: account,

    async entries(accountId, page = {}) {
      const limit = Math.min(Math.max(Math.trunc(page.limit ?? 50), 1), 500);
      const before = /^[0-9]{1,18}$/.test(page.cursor ?? '') ? page.cursor : null;
      const rows = await ask<EntryRow>(
        `SELECT e.*, t.kind, t.phase, p.metadata,
           CASE e.side WHEN 'debit' THEN t.credit_account ELSE t.debit_account END AS other_account
         FROM ledger_entries AS e
         JOIN ledger_transfers AS t ON t.posting_id = e.posting_id AND t.leg = e.leg
         JOIN ledger_postings AS p ON p.id = e.posting_id
         WHERE e.account_id = $1 AND ($2::bigint IS NULL OR e.number < $2)
         ORDER BY e.number DESC LIMIT $3`,
        [accountId, before, limit],
      );
      const entries = rows.map(toEntry);
      const last = entries.at(-1);
      return { entries, nextCursor: last && last.number > 1n ? last.number.toString() : null };
    },

    post,
    postBatch,

    hold: ({ id, kind, metadata, ...rest }) =>
      post({ id, kind, metadata, transfers: [{ phase: 'hold', holdId: id, ...rest }] }),
    postHold: ({ id, kind, metadata, holdId, amountMinor }) =>
      post({ id, kind, metadata, transfers: [{ phase: 'post_hold', holdId, amountMinor }] }),
    voidHold: ({ id, kind, metadata, holdId }) =>
      post({ id, kind, metadata, transfers: [{ phase: 'void_hold', holdId }] }),

    async findHold(id) {
      const [row] = await ask<HoldRow>('SELECT * FROM ledger_holds WHERE id = $1', [id]);
      return row ? toHold(row) : null;
    },

    async expireHolds({ now = new Date(), limit = 100 } = {}) {
      const due = await ask<{ id: string }>(
        `SELECT id FROM ledger_holds WHERE state = 'pending' AND expires_at <= $1 ORDER BY expires_at LIMIT $2`,
        [now, Math.min(limit, MAX_BATCH)],
      );
      // Another one may post or void them meanwhile: then that counts, and this posting fails as it should.
      const outcomes = await postBatch(
        due.map(({ id }) => ({
          id: `expire:${id}`,
          kind: 'hold_expired',
          transfers: [{ phase: 'expire_hold', holdId: id }],
        })),
      );
      return { expired: outcomes.filter((outcome) => outcome.ok && !outcome.replayed).length };
    },
  };
}

type PostingRow = { posting_id: string; outcome: string; failure: string | null; subject: string | null };

async function send(db: Queryable, postings: readonly object[]): Promise<PostingRow[]> {
  const statement = {
    // Named, so that each connection parses it once.
    name: 'ledger_post',
    text: 'SELECT * FROM ledger_post($1::jsonb)',
    values: [JSON.stringify(postings)],
  };
  return (await (db as Pool).query<PostingRow>(statement)).rows;
}

function toOutcome(row: PostingRow): PostingOutcome {
  if (row.outcome !== 'failed') return { ok: true, id: row.posting_id, replayed: row.outcome === 'replayed' };
  return failureOf(row.failure!, row.subject);
}

type CounterRow = { debits_pending: bigint; debits_posted: bigint; credits_pending: bigint; credits_posted: bigint };

function toCounters(row: CounterRow): Counters {
  return {
    debitsPending: row.debits_pending,
    debitsPosted: row.debits_posted,
    creditsPending: row.credits_pending,
    creditsPosted: row.credits_posted,
  };
}

type AccountRow = CounterRow & {
  id: string;
  currency: string;
  kind: string;
  bounds: NewAccount['bounds'];
  entry_count: bigint;
  created_at: Date;
  closed_at: Date | null;
};

function toAccount(row: AccountRow): Account {
  const owned = row.bounds === 'credits_within_debits';
  const postedMinor = owned ? row.debits_posted - row.credits_posted : row.credits_posted - row.debits_posted;
  return {
    id: row.id,
    accountId: row.id,
    currency: row.currency,
    kind: row.kind,
    bounds: row.bounds,
    ...toCounters(row),
    postedMinor,
    availableMinor: postedMinor - (owned ? row.credits_pending : row.debits_pending),
    entryCount: row.entry_count,
    createdAt: row.created_at,
    closedAt: row.closed_at,
  };
}

type HoldRow = {
  id: string;
  state: Hold['state'];
  debit_account: string;
  credit_account: string;
  currency: string;
  amount: bigint;
  posted_amount: bigint;
  expires_at: Date | null;
  opened_by: string;
  closed_by: string | null;
};

function toHold(row: HoldRow): Hold {
  return {
    id: row.id,
    state: row.state,
    debitAccountId: row.debit_account,
    creditAccountId: row.credit_account,
    currency: row.currency,
    amountMinor: row.amount,
    postedMinor: row.posted_amount,
    expiresAt: row.expires_at,
    openedBy: row.opened_by,
    closedBy: row.closed_by,
  };
}

type EntryRow = CounterRow & {
  account_id: string;
  number: bigint;
  posting_id: string;
  leg: number;
  kind: string;
  phase: Entry['phase'];
  side: Entry['side'];
  other_account: string;
  pending_change: bigint;
  posted_change: bigint;
  metadata: Metadata;
  created_at: Date;
};

function toEntry(row: EntryRow): Entry {
  return {
    accountId: row.account_id,
    number: row.number,
    postingId: row.posting_id,
    leg: row.leg,
    kind: row.kind,
    phase: row.phase,
    side: row.side,
    otherAccountId: row.other_account,
    pendingChange: row.pending_change,
    postedChange: row.posted_change,
    after: toCounters(row),
    metadata: row.metadata,
    createdAt: row.created_at,
  };
}
