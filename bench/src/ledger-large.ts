/**
 * The ledger with a long past: the rate of postings among 1,000,000 accounts with 10,000,000 entries beside that among
 * 1,000 accounts, on two databases of one durable PostgreSQL, in turns, in one run.
 *
 * The past is written straight into the ledger's tables (through the ledger it would take an hour), with every rule of
 * the books true: at the end both are verified in full. Each wallet was topped up once and has paid four others.
 */
import { availableParallelism } from 'node:os';
import { createLedger, type LedgerOperations, ledgerMigrations } from '@smile/ledger';
import { type Client, createPool, migrate, type Pool, query } from '@smile/postgres';
import { startTemporaryServer } from '@smile/postgres/testing';
import { median, moving, postAll, randomBelow, round, runClients } from './ledger.ts';

type Rates = { readonly single: number; readonly batched: number };

export type LargeLedgerReport = {
  readonly clients: number;
  /** Postings a second. */
  readonly small: Rates;
  readonly large: Rates;
  /** Of large to small; the medians of the rounds' own ratios, since the two of a round see the same machine. */
  readonly ratio: Rates;
  readonly conditions: {
    readonly postgres: string;
    readonly fsync: string;
    readonly cpus: number;
    readonly sharedBuffersMb: number;
    readonly secondsEach: number;
    readonly rounds: number;
    readonly batchSize: number;
    readonly accounts: { readonly small: number; readonly large: number };
    /** Before the measurement. */
    readonly entries: { readonly small: number; readonly large: number };
    readonly databaseMb: { readonly small: number; readonly large: number };
    readonly fillS: number;
    readonly verified: true;
    readonly verifyS: number;
  };
};

const CLIENTS = 16;
const ROUNDS = 5;
const BATCH_SIZE = 50;
/** So that the large books are in memory, as those of a platform would be. */
const SHARED_BUFFERS_MB = 4_096;
const TOP_UP_MINOR = 1_000_000_000;
const PAID_MINOR = 100;
const WALLETS_PER_BANK = 1_000;
const NAMES = ['small', 'large'] as const;
const KINDS = ['single', 'batched'] as const;

export async function runLargeLedgerBench(
  options: { readonly seconds?: number; readonly accounts?: { readonly small: number; readonly large: number } } = {},
): Promise<LargeLedgerReport> {
  const seconds = options.seconds ?? 3;
  // A thousand wallets and a million, and for each thousand a bank; ten entries a wallet.
  const accounts = options.accounts ?? { small: 1_001, large: 1_001_000 };
  const server = await startTemporaryServer({ maxConnections: 60, sharedBuffersMb: SHARED_BUFFERS_MB });
  const admin = createPool(server.url, { maxConnections: 1 });
  const pools = {} as Record<(typeof NAMES)[number], Pool>;
  try {
    // The filling writes gigabytes; checkpoints in between would write many pages more than once.
    await admin.query("ALTER SYSTEM SET max_wal_size = '16GB'");
    await admin.query('SELECT pg_reload_conf()');
    const filledAt = performance.now();
    const wallets = { small: 0, large: 0 };
    for (const name of NAMES) {
      await admin.query(`CREATE DATABASE ${name}`);
      pools[name] = createPool(new URL(`/${name}`, server.url).href, {
        maxConnections: CLIENTS,
        statementTimeoutMs: 30 * 60_000,
      });
      await migrate(pools[name], [ledgerMigrations]);
      wallets[name] = await fillBooks(pools[name], accounts[name]);
      await pools[name].query('VACUUM ANALYZE');
    }
    await admin.query('CHECKPOINT');
    const fillS = (performance.now() - filledAt) / 1000;
    const before = { small: await countsOf(pools.small), large: await countsOf(pools.large) };

    const work = (name: (typeof NAMES)[number], kind: (typeof KINDS)[number]) => (client: Client) =>
      postSome(createLedger(pools[name]).on(client), wallets[name], kind === 'single' ? 1 : BATCH_SIZE);
    let postings = 0;
    const measure = async (name: (typeof NAMES)[number], kind: (typeof KINDS)[number], durationS: number) => {
      const { done, elapsedS } = await runClients(pools[name], CLIENTS, durationS, work(name, kind));
      postings += done;
      return done / elapsedS;
    };
    for (const kind of KINDS) for (const name of NAMES) await measure(name, kind, Math.min(2, seconds));
    const rates = { small: { single: 0, batched: 0 }, large: { single: 0, batched: 0 } };
    const ratio = { single: 0, batched: 0 };
    for (const kind of KINDS) {
      const seen = { small: [] as number[], large: [] as number[] };
      for (let turn = 0; turn < ROUNDS; turn += 1) {
        // Whoever comes second finds the other's dirty pages to be written: so they take turns at that, too.
        for (const name of turn % 2 === 0 ? NAMES : NAMES.toReversed())
          seen[name].push(await measure(name, kind, seconds));
      }
      for (const name of NAMES) rates[name][kind] = median(seen[name]);
      const each = seen.large.map((rate, turn) => rate / seen.small[turn]).sort((a, b) => a - b);
      ratio[kind] = round(each[Math.floor(each.length / 2)], 2);
    }

    const verifiedAt = performance.now();
    let found = 0;
    for (const name of NAMES) {
      const { ok, problems } = await createLedger(pools[name]).verify();
      if (!ok) throw new Error(`the ${name} books are wrong: ${JSON.stringify(problems.slice(0, 5))}`);
      found += (await countsOf(pools[name])).postings - before[name].postings;
    }
    if (found !== postings) throw new Error(`${postings} postings were acknowledged, the books hold ${found}`);
    const [{ postgres, fsync }] = await query<{ postgres: string; fsync: string }>(
      admin,
      "SELECT current_setting('server_version') AS postgres, current_setting('fsync') AS fsync",
    );
    return {
      clients: CLIENTS,
      ...rates,
      ratio,
      conditions: {
        postgres,
        fsync,
        cpus: availableParallelism(),
        sharedBuffersMb: SHARED_BUFFERS_MB,
        secondsEach: seconds,
        rounds: ROUNDS,
        batchSize: BATCH_SIZE,
        accounts: { small: before.small.accounts, large: before.large.accounts },
        entries: { small: before.small.entries, large: before.large.entries },
        databaseMb: { small: before.small.mb, large: before.large.mb },
        fillS: round(fillS, 0),
        verified: true,
        verifyS: round((performance.now() - verifiedAt) / 1000, 0),
      },
    };
  } finally {
    for (const pool of Object.values(pools)) await pool.end();
    await admin.end();
    await server.stop();
  }
}

/** Returns the number of wallets. Rows come in the order of the keys, so that indexes grow at their end. */
async function fillBooks(pool: Pool, accounts: number): Promise<number> {
  const banks = Math.max(1, Math.round(accounts / (WALLETS_PER_BANK + 1)));
  const wallets = accounts - banks;
  const bank = (n: string) => `'bank:' || lpad((${n} % ${banks})::text, 7, '0')`;
  const wallet = (n: string) => `'wallet:' || lpad(((${n}) % ${wallets})::text, 7, '0')`;
  const all = `generate_series(0, ${wallets - 1}) AS i`;
  const at = "now() - interval '1 day'";
  const [top, paid] = [`${TOP_UP_MINOR}::bigint`, `${PAID_MINOR}::bigint`];
  const client = await pool.connect();
  try {
    // What the fill would lose by a power cut is made anew.
    await client.query('SET synchronous_commit = off');
    for (const text of [
      `INSERT INTO ledger_accounts (id, currency, kind, bounds, debits_posted, entry_count)
       SELECT ${bank('b')}, 'EUR', 'bank', 'none', n * ${top}, n
       FROM generate_series(0, ${banks - 1}) AS b, LATERAL (SELECT (${wallets - 1} - b) / ${banks} + 1 AS n) AS c`,
      `INSERT INTO ledger_accounts (id, currency, kind, bounds, debits_posted, credits_posted, entry_count)
       SELECT ${wallet('i')}, 'EUR', 'wallet', 'debits_within_credits', 4 * ${paid}, ${top} + 4 * ${paid}, 9 FROM ${all}`,
      // pay:NNNNNNN:1 to :4 by wallet N to the four after it, top:NNNNNNN to wallet N.
      `INSERT INTO ledger_postings (id, kind, metadata, fingerprint, created_at)
       SELECT 'pay:' || lpad(i::text, 7, '0') || ':' || j, 'payment', '{}', sha256(convert_to(i || ':' || j, 'UTF8')), ${at}
       FROM ${all}, generate_series(1, 4) AS j`,
      `INSERT INTO ledger_postings (id, kind, metadata, fingerprint, created_at)
       SELECT 'top:' || lpad(i::text, 7, '0'), 'top_up', '{}', sha256(convert_to(i::text, 'UTF8')), ${at} FROM ${all}`,
      `INSERT INTO ledger_transfers (posting_id, leg, phase, kind, debit_account, credit_account, currency, pending_change, posted_change)
       SELECT 'pay:' || lpad(i::text, 7, '0') || ':' || j, 0, 'direct', 'payment', ${wallet('i')}, ${wallet('i + j')}, 'EUR', 0, ${paid}
       FROM ${all}, generate_series(1, 4) AS j`,
      `INSERT INTO ledger_transfers (posting_id, leg, phase, kind, debit_account, credit_account, currency, pending_change, posted_change)
       SELECT 'top:' || lpad(i::text, 7, '0'), 0, 'direct', 'top_up', ${bank('i')}, ${wallet('i')}, 'EUR', 0, ${top} FROM ${all}`,
      `INSERT INTO ledger_entries (account_id, number, posting_id, leg, side, pending_change, posted_change,
         debits_pending, debits_posted, credits_pending, credits_posted, created_at)
       SELECT ${bank('b')}, k, 'top:' || lpad((b + (k - 1) * ${banks})::text, 7, '0'), 0, 'debit', 0, ${top}, 0, k * ${top}, 0, 0, ${at}
       FROM generate_series(0, ${banks - 1}) AS b, generate_series(1, (${wallets - 1} - b) / ${banks} + 1) AS k`,
      // Topped up; then paid the four after it; then was paid by the four before it.
      `INSERT INTO ledger_entries (account_id, number, posting_id, leg, side, pending_change, posted_change,
         debits_pending, debits_posted, credits_pending, credits_posted, created_at)
       SELECT ${wallet('i')}, n,
         CASE WHEN n = 1 THEN 'top:' || lpad(i::text, 7, '0')
              WHEN n <= 5 THEN 'pay:' || lpad(i::text, 7, '0') || ':' || n - 1
              ELSE 'pay:' || lpad(((i + ${wallets} - (n - 5)) % ${wallets})::text, 7, '0') || ':' || n - 5 END,
         0, CASE WHEN n BETWEEN 2 AND 5 THEN 'debit' ELSE 'credit' END, 0, CASE WHEN n = 1 THEN ${top} ELSE ${paid} END,
         0, least(n - 1, 4) * ${paid}, 0, ${top} + greatest(n - 5, 0) * ${paid}, ${at}
       FROM ${all}, generate_series(1, 9) AS n`,
    ]) {
      await client.query(text);
    }
  } finally {
    client.release(true);
  }
  return wallets;
}

async function postSome(ledger: LedgerOperations, wallets: number, count: number): Promise<number> {
  const name = (n: number) => `wallet:${String(n % wallets).padStart(7, '0')}`;
  await postAll(
    ledger,
    Array.from({ length: count }, () => {
      const from = randomBelow(wallets);
      return moving('payment', name(from), name(from + 1 + randomBelow(wallets - 1)), BigInt(1 + randomBelow(1_000)));
    }),
  );
  return count;
}

async function countsOf(pool: Pool) {
  const [counts] = await query<{ accounts: number; entries: number; postings: number; mb: number }>(
    pool,
    `SELECT (SELECT count(*) FROM ledger_accounts)::int AS accounts, (SELECT count(*) FROM ledger_entries)::int AS entries,
       (SELECT count(*) FROM ledger_postings)::int AS postings, (pg_database_size(current_database()) / 1048576)::int AS mb`,
  );
  return counts;
}
