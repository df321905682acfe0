import { inTransaction, query } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createLedger,
  HOLD_MOVES,
  type HoldState,
  type Ledger,
  ledgerMigrations,
  type Posting,
  type PostingOutcome,
  type Transfer,
} from './index.ts';

let database: TestDatabase;
let ledger: Ledger;
beforeAll(async () => {
  database = await createTestDatabase([ledgerMigrations]);
  ledger = createLedger(database.pool);
});
afterAll(() => database.drop());

// Each run has names of its own: 'r17:ada'. Few accounts, ids and holds, so that everything collides with everything.
const NAMES = ['bank', 'cash', 'ada', 'bo', 'cy'] as const;
const BOUNDS = {
  bank: 'none',
  cash: 'credits_within_debits',
  ada: 'debits_within_credits',
  bo: 'debits_within_credits',
  cy: 'debits_within_credits',
} as const;
let runs = 0;
async function newRun(): Promise<string> {
  runs += 1;
  const run = `r${runs}:`;
  for (const name of NAMES) {
    await ledger.createAccount({ id: run + name, currency: 'EUR', kind: 'test', bounds: BOUNDS[name] });
  }
  for (const name of ['ada', 'bo', 'cy']) {
    const transfers = [movement(run, 'bank', name, 100n), movement(run, 'cash', name, 20n)];
    expect(await ledger.post({ id: `${run}start-${name}`, kind: 'start', transfers })).toMatchObject({ ok: true });
  }
  return run;
}

const movement = (run: string, from: string, to: string, amountMinor: bigint) => ({
  debitAccountId: run + from,
  creditAccountId: run + to,
  amountMinor,
  currency: 'EUR',
});

/** A posting before it has a run: what fast-check makes and shrinks. */
type Step = { readonly id: number; readonly legs: readonly Leg[] };
type Leg = {
  readonly phase: NonNullable<Transfer['phase']>;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly hold: number;
  readonly partial: boolean;
};

const legs = fc.record<Leg>({
  phase: fc.constantFrom('direct', 'direct', 'direct', 'hold', 'hold', 'post_hold', 'void_hold', 'expire_hold'),
  from: fc.constantFrom(...NAMES),
  to: fc.constantFrom(...NAMES, 'nobody'),
  amount: fc.bigInt({ min: 1n, max: 90n }),
  hold: fc.nat({ max: 5 }),
  partial: fc.boolean(),
});
const steps = (ids: number) =>
  fc.record<Step>({ id: fc.nat({ max: ids }), legs: fc.array(legs, { minLength: 1, maxLength: 3 }) });

function toPosting(run: string, { id, legs }: Step): Posting {
  return {
    id: `${run}p${id}`,
    kind: 'step',
    transfers: legs.map(({ phase, from, to, amount, hold, partial }): Transfer => {
      const holdId = `${run}h${hold}`;
      if (phase === 'direct') return movement(run, from, to, amount);
      if (phase === 'hold') return { phase, holdId, ...movement(run, from, to, amount) };
      if (phase === 'post_hold') return { phase, holdId, ...(partial ? { amountMinor: amount } : {}) };
      return { phase, holdId };
    }),
  };
}

type Counters = { debitsPending: bigint; debitsPosted: bigint; creditsPending: bigint; creditsPosted: bigint };

/** The ledger again, in memory and as plainly as can be, to compare with. */
class PlainLedger {
  accounts = new Map<string, Counters>();
  holds = new Map<string, { from: string; to: string; amount: bigint; state: HoldState }>();
  postings = new Map<string, string>();

  constructor(run: string) {
    for (const name of NAMES) {
      this.accounts.set(run + name, { debitsPending: 0n, debitsPosted: 0n, creditsPending: 0n, creditsPosted: 0n });
    }
    for (const name of ['ada', 'bo', 'cy']) {
      this.move(`${run}bank`, run + name, 0n, 100n);
      this.move(`${run}cash`, run + name, 0n, 20n);
    }
  }

  /** 'posted', 'replayed' or a code. */
  post(posting: Posting): string {
    const content = JSON.stringify(posting, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    const same = posting.transfers.find((leg) => 'debitAccountId' in leg && leg.debitAccountId === leg.creditAccountId);
    if (same) return 'same_account';
    const earlier = this.postings.get(posting.id);
    if (earlier !== undefined) return earlier === content ? 'replayed' : 'id_conflict';
    const before = structuredClone({ accounts: this.accounts, holds: this.holds });
    for (const transfer of posting.transfers) {
      const problem = this.transfer(transfer);
      if (problem) {
        Object.assign(this, before);
        return problem;
      }
    }
    this.postings.set(posting.id, content);
    return 'posted';
  }

  transfer(transfer: Transfer): string | null {
    if ('debitAccountId' in transfer) {
      const { debitAccountId: from, creditAccountId: to, amountMinor: amount } = transfer;
      const pending = transfer.phase === 'hold';
      const problem = this.move(from, to, pending ? amount : 0n, pending ? 0n : amount);
      if (problem || transfer.phase !== 'hold') return problem;
      if (this.holds.has(transfer.holdId)) return 'id_conflict';
      this.holds.set(transfer.holdId, { from, to, amount, state: 'pending' });
      return null;
    }
    const hold = this.holds.get(transfer.holdId);
    if (!hold) return 'hold_not_found';
    const next = HOLD_MOVES[hold.state][transfer.phase];
    if (!next) return 'hold_not_pending';
    const amount = transfer.phase === 'post_hold' ? (transfer.amountMinor ?? hold.amount) : 0n;
    if (amount > hold.amount) return 'hold_amount_exceeded';
    hold.state = next;
    return this.move(hold.from, hold.to, -hold.amount, amount);
  }

  move(from: string, to: string, pending: bigint, posted: bigint): string | null {
    const [debit, credit] = [this.accounts.get(from), this.accounts.get(to)];
    if (debit) {
      debit.debitsPending += pending;
      debit.debitsPosted += posted;
    }
    if (credit) {
      credit.creditsPending += pending;
      credit.creditsPosted += posted;
    }
    const known = [from, to].filter((id) => this.accounts.has(id));
    // The database looks at the account it finds before it misses the other one.
    if (known.some((id) => !this.withinBounds(id))) return 'insufficient_funds';
    return known.length === 2 ? null : 'account_not_found';
  }

  withinBounds(id: string): boolean {
    const counters = this.accounts.get(id)!;
    const bounds = BOUNDS[id.split(':')[1] as keyof typeof BOUNDS];
    return isWithin(bounds, counters);
  }
}

function isWithin(bounds: string, { debitsPending, debitsPosted, creditsPending, creditsPosted }: Counters): boolean {
  if (bounds === 'debits_within_credits') return debitsPending + debitsPosted <= creditsPosted;
  if (bounds === 'credits_within_debits') return creditsPending + creditsPosted <= debitsPosted;
  return true;
}

const word = (outcome: PostingOutcome) =>
  outcome.ok ? (outcome.replayed ? 'replayed' : 'posted') : outcome.error.code;

async function countersOf(id: string): Promise<Counters> {
  const { debitsPending, debitsPosted, creditsPending, creditsPosted } = (await ledger.balance(id))!;
  return { debitsPending, debitsPosted, creditsPending, creditsPosted };
}

/** What holds of a run whatever happened in it, given the postings that were acknowledged. */
async function expectSoundBooks(run: string, acknowledged: ReadonlyMap<string, Posting>): Promise<void> {
  expect(await ledger.verify()).toEqual({ ok: true, problems: [] });

  // Nothing acknowledged is lost, nothing else is there, and nothing is there twice.
  const found = await query<{ id: string }>(
    database.pool,
    "SELECT id FROM ledger_postings WHERE id LIKE $1 AND kind = 'step' ORDER BY id",
    [`${run}%`],
  );
  expect(found.map(({ id }) => id)).toEqual([...acknowledged.keys()].sort());

  // The counters are those of the starting money and the acknowledged postings, each counted once.
  const held = new Map<string, { from: string; to: string; amount: bigint }>();
  for (const { transfers } of acknowledged.values()) {
    for (const leg of transfers) {
      if (leg.phase === 'hold') {
        held.set(leg.holdId, { from: leg.debitAccountId, to: leg.creditAccountId, amount: leg.amountMinor });
      }
    }
  }
  const expected = new PlainLedger(run);
  const add = (from: string, to: string, pending: bigint, posted: bigint) => {
    expected.accounts.get(from)!.debitsPending += pending;
    expected.accounts.get(from)!.debitsPosted += posted;
    expected.accounts.get(to)!.creditsPending += pending;
    expected.accounts.get(to)!.creditsPosted += posted;
  };
  for (const { transfers } of acknowledged.values()) {
    for (const leg of transfers) {
      if (leg.phase === 'hold') add(leg.debitAccountId, leg.creditAccountId, leg.amountMinor, 0n);
      else if ('debitAccountId' in leg) add(leg.debitAccountId, leg.creditAccountId, 0n, leg.amountMinor);
      else {
        const { from, to, amount } = held.get(leg.holdId)!;
        add(from, to, -amount, leg.phase === 'post_hold' ? (leg.amountMinor ?? amount) : 0n);
      }
    }
  }
  for (const name of NAMES) {
    const counters = await countersOf(run + name);
    expect(counters, name).toEqual(expected.accounts.get(run + name));
    // Not overdrawn now, nor ever: each journal entry tells what was then.
    const { entries } = await ledger.entries(run + name, { limit: 500 });
    for (const { after } of entries) expect(isWithin(BOUNDS[name], after), `${name} ${after}`).toBe(true);
  }
}

describe('any sequence of postings', () => {
  it('does what a plain ledger in memory does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps(12), { minLength: 5, maxLength: 25 }), async (sequence) => {
        const run = await newRun();
        const plain = new PlainLedger(run);
        for (const step of sequence) {
          const posting = toPosting(run, step);
          expect(word(await ledger.post(posting))).toBe(plain.post(posting));
        }
        for (const [id, counters] of plain.accounts) expect(await countersOf(id), id).toEqual(counters);
      }),
      { numRuns: 50 },
    );
    expect(await ledger.verify()).toEqual({ ok: true, problems: [] });
  });

  it('does the same in batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(steps(12), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
        async (batches) => {
          const run = await newRun();
          const plain = new PlainLedger(run);
          for (const batch of batches) {
            const postings = batch.map((step) => toPosting(run, step));
            const outcomes = await ledger.postBatch(postings);
            expect(outcomes.map(word)).toEqual(postings.map((posting) => plain.post(posting)));
          }
          for (const [id, counters] of plain.accounts) expect(await countersOf(id), id).toEqual(counters);
        },
      ),
      { numRuns: 30 },
    );
    expect(await ledger.verify()).toEqual({ ok: true, problems: [] });
  });
});

/** How a client sends its steps: one by one, as a batch, in a transaction it commits or in one it gives up. */
const WAYS = ['single', 'batch', 'transaction', 'given up'] as const;
const tasks = fc.record({
  way: fc.constantFrom(...WAYS),
  steps: fc.array(steps(30), { minLength: 1, maxLength: 4 }),
});
type Task = { readonly way: (typeof WAYS)[number]; readonly steps: readonly Step[] };

async function perform({ way }: Task, postings: readonly Posting[]): Promise<PostingOutcome[]> {
  if (way === 'batch') return ledger.postBatch(postings);
  if (way === 'single') {
    const outcomes: PostingOutcome[] = [];
    for (const posting of postings) outcomes.push(await ledger.post(posting));
    return outcomes;
  }
  const work = inTransaction(
    database.pool,
    async (client) => {
      const outcomes: PostingOutcome[] = [];
      for (const posting of postings) outcomes.push(await ledger.on(client).post(posting));
      if (way === 'given up') throw new Error('given up');
      return outcomes;
    },
    // Two such transactions lock accounts in opposite orders all the time here.
    { maxAttempts: 20 },
  );
  return work.catch((error: Error) => {
    if (error.message === 'given up') return [];
    throw error;
  });
}

/** Runs the tasks of all clients at the same time. A cut connection leaves open what has happened: so send it again. */
async function runClients(run: string, clients: readonly Task[][]): Promise<Map<string, Posting>> {
  const acknowledged = new Map<string, Posting>();
  let posted = 0;
  let cuts = 0;
  await Promise.all(
    clients.map(async (tasks) => {
      for (const task of tasks) {
        const postings = task.steps.map((step) => toPosting(run, step));
        for (let attempt = 0; ; attempt += 1) {
          try {
            for (const [index, outcome] of (await perform(task, postings)).entries()) {
              if (!outcome.ok) continue;
              acknowledged.set(outcome.id, postings[index]);
              if (!outcome.replayed) posted += 1;
            }
            break;
          } catch (error) {
            const cut = /terminat|Connection/i.test((error as Error).message);
            if (!cut || attempt > 50) throw error;
            cuts += 1;
          }
        }
      }
    }),
  );
  // Without cuts every posting was acknowledged as new exactly once; with them some only as a replay.
  if (cuts === 0) expect(posted).toBe(acknowledged.size);
  else expect(posted).toBeLessThanOrEqual(acknowledged.size);
  return acknowledged;
}

const clients = fc.array(fc.array(tasks, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 6 });

describe('any interleaving of clients', () => {
  it('conserves money, never overdraws and never doubles', async () => {
    await fc.assert(
      fc.asyncProperty(clients, async (clients) => {
        const run = await newRun();
        await expectSoundBooks(run, await runClients(run, clients));
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it('does so even when connections are cut in the middle', async () => {
    let cut = 0;
    await fc.assert(
      fc.asyncProperty(clients, async (clients) => {
        const run = await newRun();
        const work = runClients(run, [...clients, ...clients]);
        const done = work.then(
          () => true,
          () => true,
        );
        while (!(await Promise.race([done, new Promise<false>((resolve) => setTimeout(() => resolve(false), 4))]))) {
          const [{ count }] = await query<{ count: number }>(
            database.pool,
            `SELECT count(pg_terminate_backend(pid))::int AS count
             FROM (SELECT pid FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
                   ORDER BY random() LIMIT 1) AS victim`,
          );
          cut += count;
        }
        await expectSoundBooks(run, await work);
      }),
      { numRuns: 10, endOnFailure: true },
    );
    expect(cut).toBeGreaterThan(10);
  });
});
