import { type Client, type Pool, prepared, type Queryable, query, withRetries } from '@smile/postgres';
import { failure, failureOf, type Outcome, type PostingOutcome } from './errors.ts';
import type {
  Account,
  Balance,
  Counters,
  Entry,
  Hold,
  Metadata,
  NewAccount,
  PostedPosting,
  Posting,
  Statement,
  Transfer,
} from './model.ts';
import { checkAccount, checkPosting, MAX_BATCH, toWire } from './requests.ts';
import { type Ask, gatherShards, makeHot, parentsOf } from './shards.ts';
import { readStatement, type StatementRequest } from './statements.ts';
import { type Verification, type VerificationReport, verifyBooks } from './verify.ts';

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

type ReversalRequest = {
  /** Of the reversing posting. */
  readonly id: string;
  /** The posting to take back. */
  readonly postingId: string;
  /** `reversal` by default. */
  readonly kind?: string;
  readonly metadata?: Metadata;
};

export type EntryPage = { readonly entries: readonly Entry[]; readonly nextCursor: string | null };

export type LedgerOperations = {
  /** Sent again with the same content it returns the account; with other content `id_conflict`. */
  createAccount(account: NewAccount): Promise<Outcome<{ readonly account: Account }>>;
  /** Only without money and holds. */
  closeAccount(id: string): Promise<Outcome<{ readonly account: Account }>>;
  /** Of a hot account: together with its shards. */
  account(id: string): Promise<Account | null>;
  balance(accountId: string): Promise<Balance | null>;
  /** What can be taken from each of these accounts, none of them hot. One that is not there is not in it. */
  availableOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, bigint>>;
  /**
   * As it was before that moment. Transactions that were under way then may still have added to it: a moment longer ago
   * than a transaction may last gives the same answer for ever.
   */
  balanceAt(accountId: string, at: Date): Promise<Balance | null>;
  /** The booked lines of a time, oldest first, with the balances before and after it. */
  statement(request: StatementRequest): Promise<Outcome<{ readonly statement: Statement }>>;
  /** Newest first. Of a hot account only what it paid out and gathered itself: `statement` tells all. `limit` 1 to 500, 50 by default; `cursor` is the `nextCursor` of the page before. */
  entries(accountId: string, page?: { readonly limit?: number; readonly cursor?: string }): Promise<EntryPage>;

  /** All transfers or none, in one round trip. */
  post(posting: Posting): Promise<PostingOutcome>;
  /** Up to 1,000 postings in one round trip; each succeeds or fails on its own. Outcomes in the order given. */
  postBatch(postings: readonly Posting[]): Promise<PostingOutcome[]>;
  /**
   * All postings or none: what the ledger refuses it throws, with which the transaction around is lost. For what has to
   * succeed, and for a COMMIT that is sent right behind. Cheaper than `postBatch`, which prepares for single failures.
   */
  postAll(postings: readonly Posting[]): Promise<void>;

  posting(id: string): Promise<PostedPosting | null>;
  /**
   * Takes back a posting as a whole: the same amounts in the other direction, linked to it. Once: a second reversal fails
   * with `already_reversed`, the same one sent again is `replayed`. Money that its receiver has spent cannot be taken
   * back (`insufficient_funds`).
   */
  reverse(request: ReversalRequest): Promise<PostingOutcome>;

  /** Sets money aside. It cannot be spent, and its receiver does not have it yet. */
  hold(request: HoldRequest): Promise<PostingOutcome>;
  /** Moves the money on hold, or the part `amountMinor` of it; the rest is free again. */
  postHold(request: ClosingRequest & { readonly amountMinor?: bigint }): Promise<PostingOutcome>;
  voidHold(request: ClosingRequest): Promise<PostingOutcome>;
  findHold(id: string): Promise<Hold | null>;
  /** Gives back what holds past their time have set aside, at most `limit` (100) of them. Call until it expires none. */
  expireHolds(options?: { readonly now?: Date; readonly limit?: number }): Promise<{ readonly expired: number }>;
  /**
   * Brings what shards have received to their hot accounts: of all, or of one. A posting that finds too little in a hot
   * account does this itself; done now and then, that stays rare.
   */
  gatherShards(accountId?: string): Promise<{ readonly gathered: number }>;
};

export type Ledger = LedgerOperations & {
  /** The same operations within a transaction of the caller's, who retries and commits it. */
  on(client: Client): LedgerOperations;
  /** Adds everything up again. Reads all entries: for tests and nightly checks. */
  verify(): Promise<Verification>;
  /** The same, with every rule named and what was counted: for a report. */
  verifyInFull(): Promise<VerificationReport>;
};

/** A ledger on a database in which this package's migrations have run. Serialisation failures are retried, bounded. */
export function createLedger(pool: Pool): Ledger {
  return {
    ...operations(pool, withRetries),
    on: (client) => operations(client, (attempt) => attempt()),
    async verify() {
      const { ok, problems } = await verifyBooks(pool);
      return { ok, problems };
    },
    verifyInFull: () => verifyBooks(pool),
  };
}

type Retry = <T>(attempt: () => Promise<T>) => Promise<T>;

function operations(db: Queryable, retry: Retry): LedgerOperations {
  const ask: Ask = (text, parameters) => retry(() => query(db, text, parameters));

  async function account(id: string): Promise<Account | null> {
    const [row] = await ask<AccountRow>(ACCOUNT, [id]);
    return row ? toAccount(row) : null;
  }

  async function postBatch(postings: readonly Posting[]): Promise<PostingOutcome[]> {
    if (postings.length > MAX_BATCH) throw new RangeError(`a batch has at most ${MAX_BATCH} postings`);
    const outcomes = await postOnce(postings);
    // A hot account may be short only because its money is still in the shards.
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.ok || outcome.error.code !== 'insufficient_funds') continue;
      if (await gatherFor(postings[index])) outcomes[index] = (await postOnce([postings[index]]))[0];
    }
    return outcomes;
  }

  async function postOnce(postings: readonly WirePosting[]): Promise<PostingOutcome[]> {
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

  async function gatherFor({ transfers }: Posting): Promise<boolean> {
    const touched = transfers.flatMap((leg) =>
      'debitAccountId' in leg ? [leg.debitAccountId, leg.creditAccountId] : [],
    );
    const parents = await parentsOf(ask, touched);
    for (const parent of parents) await gatherShards(ask, postOnce, parent);
    // Also where nothing was left to gather: another one may just have done it, and then this posting has its answer.
    return parents.length > 0;
  }

  async function posting(id: string): Promise<PostedPosting | null> {
    const rows = await ask<PostingLegRow>(POSTING, [id]);
    return rows.length > 0 ? toPosted(rows) : null;
  }

  async function post(wanted: Posting): Promise<PostingOutcome> {
    return (await postBatch([wanted]))[0];
  }

  async function reverse(request: ReversalRequest): Promise<PostingOutcome> {
    const original = await posting(request.postingId);
    if (!original) return failure('posting_not_found', request.postingId);
    const transfers = mirrored(original, await shardParents(ask, original));
    if (!transfers) return failure('not_reversible', request.postingId);
    const { id, kind = 'reversal', metadata } = request;
    return (await postBatch([{ id, kind, metadata, reverses: original.id, transfers } as WirePosting]))[0];
  }

  return {
    async createAccount(wanted) {
      const wrong = checkAccount(wanted);
      if (wrong) return wrong;
      await ask(
        'INSERT INTO ledger_accounts (id, currency, kind, bounds) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
        [wanted.id, wanted.currency, wanted.kind, wanted.bounds],
      );
      if (wanted.hot) await makeHot(ask, wanted);
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
    async availableOf(accountIds) {
      const { rows } = await retry(() => prepared<AccountRow>(db, AVAILABLE, [accountIds]));
      return new Map(rows.map((row) => [row.id, toAccount(row).availableMinor]));
    },

    async balanceAt(accountId, at) {
      const [row] = await ask<AccountRow>(ACCOUNT_AT, [accountId, at]);
      return row ? toAccount(row) : null;
    },
    async statement(request) {
      const read = await readStatement(ask, request);
      return typeof read === 'string' ? failure(read, request.accountId) : { ok: true, statement: read };
    },

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
    async postAll(postings) {
      for (const posting of postings) {
        const wrong = checkPosting(posting);
        if (wrong) throw new Error(`a posting that has to succeed is wrong: ${wrong.error.code}`);
      }
      if (postings.length === 0) return;
      const wire = JSON.stringify(postings.map(toWire));
      await retry(() => prepared(db, 'SELECT count(*) FROM ledger_apply_many($1::jsonb)', [wire]));
    },
    posting,
    reverse,

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

    async gatherShards(accountId) {
      const parents = await parentsOf(ask, accountId === undefined ? null : [accountId]);
      let gathered = 0;
      for (const parent of parents) gathered += await gatherShards(ask, postOnce, parent);
      return { gathered };
    },
  };
}

/** What goes to the database: only a reversal names what it reverses. */
type WirePosting = Posting & { readonly reverses?: string };

/** The account and its shards as one. */
const ACCOUNT = `
  SELECT a.id, a.currency, a.kind, a.bounds, a.created_at, a.closed_at, s.* FROM ledger_accounts AS a,
    LATERAL (
      SELECT sum(g.debits_pending)::bigint AS debits_pending, sum(g.debits_posted)::bigint AS debits_posted,
        sum(g.credits_pending)::bigint AS credits_pending, sum(g.credits_posted)::bigint AS credits_posted,
        sum(g.entry_count)::bigint AS entry_count
      FROM ledger_accounts AS g
      WHERE g.id = ANY (ARRAY(SELECT account_id FROM ledger_shards WHERE parent_id = a.id) || a.id::text)
    ) AS s
  WHERE a.id = $1`;

const AVAILABLE = `
  SELECT id, currency, kind, bounds, created_at, closed_at, entry_count,
    debits_pending, debits_posted, credits_pending, credits_posted
  FROM ledger_accounts WHERE id = ANY ($1)`;

/** The same from each account's last entry before a moment. */
const ACCOUNT_AT = `
  SELECT a.id, a.currency, a.kind, a.bounds, a.created_at, a.closed_at, s.* FROM ledger_accounts AS a,
    LATERAL (
      SELECT coalesce(sum(e.debits_pending), 0)::bigint AS debits_pending,
        coalesce(sum(e.debits_posted), 0)::bigint AS debits_posted,
        coalesce(sum(e.credits_pending), 0)::bigint AS credits_pending,
        coalesce(sum(e.credits_posted), 0)::bigint AS credits_posted,
        coalesce(sum(e.number), 0)::bigint AS entry_count
      FROM unnest(ARRAY(SELECT account_id FROM ledger_shards WHERE parent_id = a.id) || a.id::text) AS g (id)
      JOIN ledger_entries AS e ON e.account_id = g.id AND e.number = ledger_last_entry_before(g.id, $2)
    ) AS s
  WHERE a.id = $1`;

const POSTING = `
  SELECT p.id, p.kind AS posting_kind, p.metadata, p.created_at, t.*, r.reverses, b.posting_id AS reversed_by
  FROM ledger_postings AS p
  JOIN ledger_transfers AS t ON t.posting_id = p.id
  LEFT JOIN ledger_reversals AS r ON r.posting_id = p.id
  LEFT JOIN ledger_reversals AS b ON b.reverses = p.id
  WHERE p.id = $1 ORDER BY t.leg`;

type PostingLegRow = {
  id: string;
  posting_kind: string;
  metadata: Metadata;
  created_at: Date;
  leg: number;
  kind: string;
  phase: Entry['phase'];
  debit_account: string;
  credit_account: string;
  currency: string;
  pending_change: bigint;
  posted_change: bigint;
  hold_id: string | null;
  reverses: string | null;
  reversed_by: string | null;
};

function toPosted(rows: readonly PostingLegRow[]): PostedPosting {
  const [{ id, posting_kind, metadata, created_at, reverses, reversed_by }] = rows;
  return {
    id,
    kind: posting_kind,
    metadata,
    createdAt: created_at,
    transfers: rows.map((row) => ({
      leg: row.leg,
      kind: row.kind,
      phase: row.phase,
      debitAccountId: row.debit_account,
      creditAccountId: row.credit_account,
      currency: row.currency,
      pendingChange: row.pending_change,
      postedChange: row.posted_change,
      holdId: row.hold_id,
    })),
    reverses,
    reversedBy: reversed_by,
  };
}

async function shardParents(ask: Ask, { transfers }: PostedPosting): Promise<ReadonlyMap<string, string>> {
  const touched = transfers.flatMap((leg) => [leg.debitAccountId, leg.creditAccountId]);
  const rows = await ask<{ account_id: string; parent_id: string }>(
    'SELECT account_id, parent_id FROM ledger_shards WHERE account_id = ANY ($1)',
    [touched],
  );
  return new Map(rows.map(({ account_id, parent_id }) => [account_id, parent_id]));
}

/** What undoes a posting, last leg first; null when it cannot be undone as a whole. */
function mirrored(original: PostedPosting, parents: ReadonlyMap<string, string>): Transfer[] | null {
  const closed = new Set(original.transfers.filter(({ phase }) => CLOSING.has(phase)).map(({ holdId }) => holdId));
  const leftOpen = original.transfers.some(({ phase, holdId }) => phase === 'hold' && !closed.has(holdId));
  if (original.reverses !== null || leftOpen) return null;
  const transfers = original.transfers
    .filter(({ postedChange }) => postedChange > 0n)
    .toReversed()
    .map((leg) => ({
      kind: leg.kind,
      debitAccountId: parents.get(leg.creditAccountId) ?? leg.creditAccountId,
      creditAccountId: parents.get(leg.debitAccountId) ?? leg.debitAccountId,
      amountMinor: leg.postedChange,
      currency: leg.currency,
    }));
  return transfers.length > 0 ? transfers : null;
}

const CLOSING: ReadonlySet<string> = new Set(['post_hold', 'void_hold', 'expire_hold']);

type PostingRow = { posting_id: string; outcome: string; failure: string | null; subject: string | null };

async function send(db: Queryable, postings: readonly object[]): Promise<PostingRow[]> {
  const { rows } = await prepared<PostingRow>(db, 'SELECT * FROM ledger_post($1::jsonb)', [JSON.stringify(postings)]);
  return rows;
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
