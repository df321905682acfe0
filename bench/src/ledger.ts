/**
 * The ledger beside a yardstick everybody knows: the transaction of PostgreSQL's own `pgbench` (TPC-B-like), through the
 * same driver, on the same durable embedded server, in the same run.
 *
 * - `tpcb`: pgbench's five statements between BEGIN and END at scale 10, each a prepared statement.
 * - `single`: one payment from a random wallet to a random merchant, one call, one commit.
 * - `batched`: the same payments, 50 to a call and a commit; each still succeeds or fails on its own.
 *
 * A client is a connection that sends its next transaction when it has the answer to the last. The three take turns, and
 * of each the median of the rounds counts. At the end the books are verified.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { createLedger, type Ledger, type LedgerOperations, ledgerMigrations, type Posting } from '@smile/ledger';
import { type Client, createPool, migrate, type Pool, query } from '@smile/postgres';
import { startTemporaryServer } from '@smile/postgres/testing';

export type LedgerRates = {
  /** Postings, and for `tpcb` transactions, a second. */
  readonly single: number;
  readonly batched: number;
  readonly tpcb: number;
};

export type LedgerBenchReport = {
  readonly clients: Readonly<Record<1 | 8 | 16, LedgerRates>>;
  /** Of our rates at 16 clients to `tpcb`'s. */
  readonly ratio: { readonly single: number; readonly batched: number };
  readonly conditions: {
    readonly postgres: string;
    readonly fsync: string;
    readonly cpus: number;
    readonly secondsEach: number;
    readonly rounds: number;
    readonly tpcbScale: number;
    readonly wallets: number;
    readonly merchants: number;
    readonly batchSize: number;
    /** Postings made, all of which the books were verified to hold. */
    readonly postings: number;
  };
};

const CLIENTS = [1, 8, 16] as const;
const KINDS = ['tpcb', 'single', 'batched'] as const;
const ROUNDS = 3;
export const TPCB_SCALE = 10;
const WALLETS = 100_000;
const MERCHANTS = 1_000;
const BATCH_SIZE = 50;
const WARM_UP_S = 1;

/** @param options.seconds - of each of the 27 measurements (3 kinds, 3 numbers of clients, 3 rounds); 3 by default. */
export async function runLedgerBench(options: { readonly seconds?: number } = {}): Promise<LedgerBenchReport> {
  const seconds = options.seconds ?? 3;
  // Room in memory for both data sets, so that neither waits for reads.
  const server = await startTemporaryServer({ maxConnections: 40, sharedBuffersMb: 512 });
  const pool = createPool(server.url, { maxConnections: Math.max(...CLIENTS), statementTimeoutMs: 300_000 });
  try {
    await migrate(pool, [ledgerMigrations]);
    await fillTpcb(pool);
    const ledger = createLedger(pool);
    let postings = await fillLedger(pool, ledger);
    await pool.query('VACUUM ANALYZE');
    await pool.query('CHECKPOINT');

    const work: Record<(typeof KINDS)[number], (client: Client) => Promise<number>> = {
      tpcb: tpcbTransaction,
      single: (client) => postSome(ledger.on(client), 1),
      batched: (client) => postSome(ledger.on(client), BATCH_SIZE),
    };
    const measure = async (kind: (typeof KINDS)[number], clients: number, durationS: number) => {
      const { done, elapsedS } = await runClients(pool, clients, durationS, work[kind]);
      if (kind !== 'tpcb') postings += done;
      return done / elapsedS;
    };

    for (const kind of KINDS) await measure(kind, Math.max(...CLIENTS), Math.min(WARM_UP_S, seconds));
    const rates = {} as Record<(typeof CLIENTS)[number], LedgerRates>;
    for (const clients of CLIENTS) {
      const seen: Record<(typeof KINDS)[number], number[]> = { tpcb: [], single: [], batched: [] };
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const kind of KINDS) seen[kind].push(await measure(kind, clients, seconds));
      }
      rates[clients] = { single: median(seen.single), batched: median(seen.batched), tpcb: median(seen.tpcb) };
    }

    await checkBooks(pool, ledger, postings);
    const [{ postgres, fsync }] = await query<{ postgres: string; fsync: string }>(
      pool,
      "SELECT current_setting('server_version') AS postgres, current_setting('fsync') AS fsync",
    );
    return {
      clients: rates,
      ratio: {
        single: round(rates[16].single / rates[16].tpcb, 2),
        batched: round(rates[16].batched / rates[16].tpcb, 2),
      },
      conditions: {
        postgres,
        fsync,
        cpus: availableParallelism(),
        secondsEach: seconds,
        rounds: ROUNDS,
        tpcbScale: TPCB_SCALE,
        wallets: WALLETS,
        merchants: MERCHANTS,
        batchSize: BATCH_SIZE,
        postings,
      },
    };
  } finally {
    await pool.end();
    await server.stop();
  }
}

/** Each client on a connection of its own, until the time is over. */
export async function runClients(
  pool: Pool,
  count: number,
  durationS: number,
  work: (client: Client) => Promise<number>,
): Promise<{ done: number; elapsedS: number }> {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()));
  try {
    let done = 0;
    const started = performance.now();
    const end = started + durationS * 1000;
    const results = await Promise.allSettled(
      clients.map(async (client) => {
        while (performance.now() < end) {
          // In two steps: `done += await ...` would add to what `done` was before the wait.
          const more = await work(client);
          done += more;
        }
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return { done, elapsedS: (performance.now() - started) / 1000 };
  } finally {
    for (const client of clients) client.release();
  }
}

/** The tables of pgbench: 1 branch, 10 tellers and 100,000 accounts for each unit of scale. */
export async function fillTpcb(pool: Pool): Promise<void> {
  await pool.query(`
    CREATE TABLE tpcb_branches (bid int PRIMARY KEY, bbalance int NOT NULL, filler char(88)) WITH (fillfactor = 100);
    CREATE TABLE tpcb_tellers (tid int PRIMARY KEY, bid int, tbalance int NOT NULL, filler char(84)) WITH (fillfactor = 100);
    CREATE TABLE tpcb_accounts (aid int, bid int, abalance int NOT NULL, filler char(84)) WITH (fillfactor = 100);
    CREATE TABLE tpcb_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    INSERT INTO tpcb_branches SELECT b, 0, '' FROM generate_series(1, ${TPCB_SCALE}) AS b;
    INSERT INTO tpcb_tellers SELECT t, (t - 1) / 10 + 1, 0, '' FROM generate_series(1, ${10 * TPCB_SCALE}) AS t;
    INSERT INTO tpcb_accounts
      SELECT a, (a - 1) / 100000 + 1, 0, '' FROM generate_series(1, ${100_000 * TPCB_SCALE}) AS a;
    ALTER TABLE tpcb_accounts ADD PRIMARY KEY (aid);`);
}

export async function tpcbTransaction(client: Client): Promise<number> {
  const account = 1 + randomBelow(100_000 * TPCB_SCALE);
  const teller = 1 + randomBelow(10 * TPCB_SCALE);
  const branch = 1 + randomBelow(TPCB_SCALE);
  const delta = randomBelow(10_001) - 5_000;
  const send = (name: string, text: string, values: unknown[]) => client.query({ name, text, values });
  await client.query('BEGIN');
  await send('tpcb_1', 'UPDATE tpcb_accounts SET abalance = abalance + $1 WHERE aid = $2', [delta, account]);
  await send('tpcb_2', 'SELECT abalance FROM tpcb_accounts WHERE aid = $1', [account]);
  await send('tpcb_3', 'UPDATE tpcb_tellers SET tbalance = tbalance + $1 WHERE tid = $2', [delta, teller]);
  await send('tpcb_4', 'UPDATE tpcb_branches SET bbalance = bbalance + $1 WHERE bid = $2', [delta, branch]);
  await send(
    'tpcb_5',
    'INSERT INTO tpcb_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)',
    [teller, branch, account, delta],
  );
  await client.query('END');
  return 1;
}

/** Accounts by one statement each kind, then money into every wallet through the ledger itself. */
async function fillLedger(pool: Pool, ledger: Ledger): Promise<number> {
  await pool.query(`
    INSERT INTO ledger_accounts (id, currency, kind, bounds) VALUES ('bank', 'EUR', 'bank', 'none');
    INSERT INTO ledger_accounts (id, currency, kind, bounds)
      SELECT 'wallet:' || n, 'EUR', 'wallet', 'debits_within_credits' FROM generate_series(0, ${WALLETS - 1}) AS n;
    INSERT INTO ledger_accounts (id, currency, kind, bounds)
      SELECT 'merchant:' || n, 'EUR', 'merchant', 'debits_within_credits' FROM generate_series(0, ${MERCHANTS - 1}) AS n;`);
  const perBatch = 1_000;
  for (let first = 0; first < WALLETS; first += perBatch) {
    await postAll(
      ledger,
      Array.from({ length: perBatch }, (_, index) =>
        moving('top_up', 'bank', `wallet:${first + index}`, 1_000_000_000n),
      ),
    );
  }
  return WALLETS;
}

async function postSome(ledger: LedgerOperations, count: number): Promise<number> {
  const payments = Array.from({ length: count }, () =>
    moving(
      'payment',
      `wallet:${randomBelow(WALLETS)}`,
      `merchant:${randomBelow(MERCHANTS)}`,
      BigInt(100 + randomBelow(5_000)),
    ),
  );
  await postAll(ledger, payments);
  return count;
}

export async function postAll(ledger: LedgerOperations, postings: readonly Posting[]): Promise<void> {
  for (const outcome of await ledger.postBatch(postings)) {
    if (!outcome.ok) throw new Error(`a posting was refused: ${outcome.error.code}`);
    if (outcome.replayed) throw new Error(`two postings had the id ${outcome.id}`);
  }
}

export function moving(kind: string, debitAccountId: string, creditAccountId: string, amountMinor: bigint): Posting {
  return { id: nextId(), kind, transfers: [{ debitAccountId, creditAccountId, amountMinor, currency: 'EUR' }] };
}

/** As the platform makes them: a prefix, the time, and chance. */
function nextId(): string {
  return `pay_${Date.now().toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`;
}

async function checkBooks(pool: Pool, ledger: Ledger, postings: number): Promise<void> {
  const { ok, problems } = await ledger.verify();
  if (!ok) throw new Error(`the books are wrong: ${JSON.stringify(problems.slice(0, 5))}`);
  const [{ count }] = await query<{ count: bigint }>(pool, 'SELECT count(*) AS count FROM ledger_postings');
  if (count !== BigInt(postings)) throw new Error(`${postings} postings were acknowledged, the books hold ${count}`);
}

export function median(values: readonly number[]): number {
  return round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)], 1);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

export function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}
