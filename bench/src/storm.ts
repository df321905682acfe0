/**
 * A storm: clients pay through HTTP, each step with its idempotency key and repeated until it has an answer, while the
 * server and PostgreSQL are killed (SIGKILL) again and again. Then everything is counted.
 *
 * - `server`: the API server's process. Another one is started.
 * - `postgres`: all processes of the database server at once. It is started again and recovers from its log.
 * - `backend`: one process of it. PostgreSQL then ends all connections and recovers by itself.
 *
 * A killed process leaves what it wrote to the operating system. So this shows that nothing depends on a clean end of a
 * program; that a power cut loses nothing is up to fsync, which is on, and to the disk.
 *
 * Only processes that the storm has started are killed. Linux only: it reads /proc.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool, type Pool, query } from '@smile/postgres';
import { freePort, killAndWait, ROOT, spawnServer } from './server-process.ts';
import {
  createShopClient,
  joinPerson,
  newKey,
  orderBody,
  type Person,
  PIN,
  pairDemoTerminals,
  type ShopClient,
  type Terminal,
} from './shop.ts';

export type StormOptions = {
  readonly kills: number;
  readonly seed: number;
  readonly clients?: number;
  /** Before the count, for a test of the count: what it does to the books must be found. */
  readonly tamper?: (pool: Pool, acknowledged: readonly Acknowledged[]) => Promise<void>;
  /** Hears of each kill, when what was killed is being started again. */
  readonly onKill?: (kill: number, victim: string, acknowledged: number) => void;
};

export type StormReport = {
  readonly kills: number;
  /** Payments a client was told had succeeded. */
  readonly acknowledged: number;
  /** Acknowledged, but not in the books exactly as acknowledged. */
  readonly lost: number;
  /** Orders or payments for which money was taken more than once, and wallets that do not add up. */
  readonly doubled: number;
  /** The verdict of `ledger:verify`. */
  readonly ledgerVerified: boolean;
  readonly killed: Readonly<Record<Victim, number>>;
  /** Attempts that got no answer, or one that said to try again. */
  readonly retries: number;
  /** Payments that happened but that nobody was told of, since the storm ended first. */
  readonly unacknowledged: number;
  readonly elapsedS: number;
};

const VICTIMS = ['server', 'postgres', 'backend'] as const;
type Victim = (typeof VICTIMS)[number];

const READY_TIMEOUT_MS = 60_000;
const PROGRESS_TIMEOUT_MS = 60_000;
const RETRY_MS = 60;
const START_MINOR = 300_000n;

/** `last`: what each kind of request that had to be repeated was answered, for when nothing goes on any more. */
type StormState = { over: boolean; retries: number; failure?: unknown; readonly last: Map<string, string> };
type Acknowledged = {
  readonly paymentId: string;
  readonly orderId: string;
  readonly personId: string;
  readonly amountMinor: bigint;
};

export async function runStorm(options: StormOptions): Promise<StormReport> {
  const { kills, seed, clients = 8 } = options;
  const started = performance.now();
  const random = mulberry32(seed);
  const folder = await mkdtemp(join(tmpdir(), 'smile-storm-'));
  // The database server may run as another user, who must get through.
  chmodSync(folder, 0o711);
  const [databasePort, serverPort] = [await freePort(), await freePort()];
  const killed = { server: 0, postgres: 0, backend: 0 };
  const acknowledged: Acknowledged[] = [];
  const state: StormState = { over: false, retries: 0, last: new Map() };
  let database: Database | null = null;
  let server: ChildProcess | null = null;
  const shop = createShopClient(`http://127.0.0.1:${serverPort}`);
  try {
    database = await startDatabase(join(folder, 'db'), databasePort);
    const databaseUrl = database.url;
    const startServer = () =>
      superviseServer(shop, () =>
        // The jobs take part.
        spawnServer({ port: serverPort, databaseUrl, folder }, { LOG_LEVEL: 'silent', JOB_INTERVAL_MS: '500' }),
      );
    server = await startServer();
    const terminals = await pairDemoTerminals(shop);
    const people: Person[] = [];
    for (let index = 0; index < clients; index += 1) {
      people.push(await joinPerson(shop, `+4915130${String(index).padStart(6, '0')}`, START_MINOR));
    }

    const work = Promise.all(
      people.map((person, index) =>
        payAgainAndAgain(shop, terminals[index % terminals.length], person, state, acknowledged),
      ),
    ).catch((error: unknown) => {
      state.failure = error;
    });
    for (let kill = 0; kill < kills; kill += 1) {
      await untilProgress(state, acknowledged, clients);
      await pause(random() * 400);
      const dice = random();
      const victim: Victim = dice < 0.45 ? 'server' : dice < 0.75 ? 'postgres' : 'backend';
      if (victim === 'server') {
        await killAndWait(server);
        server = await startServer();
      } else if (victim === 'postgres') {
        await database.kill();
        database = await startDatabase(join(folder, 'db'), databasePort);
      } else {
        database.killBackend(random());
      }
      killed[victim] += 1;
      await forgetAttempts(databaseUrl);
      options.onKill?.(kill + 1, victim, acknowledged.length);
    }
    await untilProgress(state, acknowledged, clients);
    state.over = true;
    await work;
    if (state.failure) throw state.failure;

    const pool = createPool(databaseUrl, { maxConnections: 2, statementTimeoutMs: 120_000 });
    const found = await (async () => {
      await options.tamper?.(pool, acknowledged);
      return count(pool, people, acknowledged);
    })().finally(() => pool.end());
    return {
      kills,
      acknowledged: acknowledged.length,
      ...found,
      ledgerVerified: await ledgerVerifies(databaseUrl),
      killed,
      retries: state.retries,
      elapsedS: Math.round((performance.now() - started) / 100) / 10,
    };
  } finally {
    state.over = true;
    if (server) await killAndWait(server);
    if (database) await database.kill();
    shop.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const EXPECTED = new Set([
  // The answer to the identification was lost, and it cannot be asked again: confirming tells whether it happened.
  'payment_not_waiting',
  'insufficient_funds',
]);

/** One payment after the other, each the way a terminal does it: whatever got no answer is sent again. */
async function payAgainAndAgain(
  shop: ShopClient,
  terminal: Terminal,
  person: Person,
  state: StormState,
  acknowledged: Acknowledged[],
): Promise<void> {
  const insist = async (method: string, path: string, body?: object, key?: string) => {
    const until = performance.now() + READY_TIMEOUT_MS * 2;
    while (performance.now() < until) {
      const answer = await shop.signed(terminal, method, path, body, key).catch((error: Error) => error);
      if (!(answer instanceof Error) && answer.status < 500 && answer.status !== 429) {
        const code = answer.body.error?.code;
        if (code && !EXPECTED.has(code)) throw new Error(`${method} ${path}: ${code}`);
        return answer;
      }
      state.retries += 1;
      state.last.set(
        `${method} ${path}`,
        answer instanceof Error ? answer.message : `${answer.status} ${answer.body.error?.code}`,
      );
      await pause(RETRY_MS);
    }
    throw new Error(`${method} ${path.replace(/_\w+/g, '')}: no answer for too long`);
  };
  while (!state.over) {
    const order = await insist('POST', '/v1/terminal/orders', orderBody, newKey());
    const orderId = String(order.body.id);
    const wanted = { orderId, captureMethod: 'automatic' };
    const payment = await insist('POST', '/v1/terminal/payments', wanted, newKey());
    const path = `/v1/terminal/payments/${payment.body.id}`;
    await insist('POST', `${path}/identify`, {
      method: 'phone_and_pin',
      phone: person.phone,
      pin: PIN,
    });
    const key = newKey();
    // As impatient as a terminal can be: the same request twice at the same time.
    const [answer, again] = await Promise.all([
      insist('POST', `${path}/confirm`, {}, key),
      insist('POST', `${path}/confirm`, {}, key),
    ]);
    if (answer.body.error?.code === 'insufficient_funds') return;
    for (const { body } of [answer, again]) {
      if (body.state !== 'succeeded') throw new Error(`confirm: ${body.error?.code ?? body.state}`);
    }
    const { amountMinor } = answer.body.amount as { amountMinor: string };
    acknowledged.push({
      paymentId: String(answer.body.id),
      orderId,
      personId: person.id,
      amountMinor: BigInt(amountMinor),
    });
  }
}

/** Counts from the database what was acknowledged to the clients. */
async function count(
  pool: Pool,
  people: readonly Person[],
  acknowledged: readonly Acknowledged[],
): Promise<Pick<StormReport, 'lost' | 'doubled' | 'unacknowledged'>> {
  const rows = await query<{
    id: string;
    orderId: string;
    state: string;
    amount: bigint;
    taken: bigint;
    times: bigint;
  }>(
    pool,
    `SELECT p.id, p.order_id AS "orderId", p.state, p.amount_minor AS amount,
       coalesce(sum(e.posted_change), 0)::bigint AS taken, count(e.number) AS times
     FROM payments AS p
     LEFT JOIN ledger_transfers AS t ON (t.posting_id = p.id OR t.posting_id LIKE p.id || ':%') AND t.posted_change > 0
     LEFT JOIN ledger_entries AS e ON e.posting_id = t.posting_id AND e.leg = t.leg AND e.side = 'debit'
       AND e.account_id = 'wallet:' || p.person_id
     GROUP BY p.id`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const isWhole = ({ paymentId, amountMinor }: Acknowledged) => {
    const row = byId.get(paymentId);
    return row?.state === 'succeeded' && row.amount === amountMinor && row.taken >= amountMinor;
  };
  const orders = new Map<string, number>();
  for (const row of rows) {
    if (row.state === 'succeeded') orders.set(row.orderId, (orders.get(row.orderId) ?? 0) + 1);
  }
  const paidTwice = [...orders.values()].filter((times) => times > 1).length;
  const takenTwice = rows.filter((row) => row.times > 1n || row.taken > (row.state === 'succeeded' ? row.amount : 0n));
  // However it came about: what a wallet holds is what came in less what its payments cost.
  const wallets = await query<{ personId: string; wrong: boolean }>(
    pool,
    `SELECT w.person_id AS "personId", a.credits_posted - a.debits_posted <>
         ${START_MINOR} - coalesce((SELECT sum(p.amount_minor) FROM payments AS p
           WHERE p.person_id = w.person_id AND p.state = 'succeeded'), 0) AS wrong
     FROM unnest($1::text[]) AS w (person_id) JOIN ledger_accounts AS a ON a.id = 'wallet:' || w.person_id`,
    [people.map(({ id }) => id)],
  );
  if (wallets.length !== people.length) throw new Error('a wallet is missing');
  const told = new Set(acknowledged.map(({ paymentId }) => paymentId));
  return {
    lost: acknowledged.filter((one) => !isWhole(one)).length,
    doubled:
      paidTwice + takenTwice.length + (acknowledged.length - told.size) + wallets.filter(({ wrong }) => wrong).length,
    unacknowledged: rows.filter((row) => row.state === 'succeeded' && !told.has(row.id)).length,
  };
}

async function ledgerVerifies(databaseUrl: string): Promise<boolean> {
  const child = spawn(process.execPath, [join(ROOT, 'apps/server/src/books/verify.ts'), '--json'], {
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.on('data', () => undefined);
  return new Promise((resolve) => child.on('exit', (code) => resolve(code === 0)));
}

/** Started again while it ends by itself, as it does when the database is just recovering: what a supervisor would do. */
async function superviseServer(shop: ShopClient, start: () => ChildProcess): Promise<ChildProcess> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let server = start();
  while (performance.now() < deadline) {
    if (server.exitCode !== null) server = start();
    const answer = await shop.send('GET', '/healthz').catch(() => null);
    if (answer?.status === 200) return server;
    await pause(40);
  }
  await killAndWait(server);
  throw new Error('the server did not become ready');
}

/**
 * An attempt at a PIN is counted before it is checked, and a kill in between leaves it counted: as it should be, but after
 * five kills the phones of a storm are locked, and no payment goes through any more. So the storm forgives them.
 */
async function forgetAttempts(databaseUrl: string): Promise<void> {
  const pool = createPool(databaseUrl, { maxConnections: 1 });
  // The database may be recovering. If it takes long, the next kill comes by again.
  for (let tries = 0; tries < 40; tries += 1) {
    const done = await pool.query('DELETE FROM risk_attempts').then(
      () => true,
      () => false,
    );
    if (done) break;
    await pause(50);
  }
  await pool.end();
}

/** Some payments since the last kill: otherwise one would kill what is only just getting up. */
async function untilProgress(state: StormState, acknowledged: readonly Acknowledged[], count: number): Promise<void> {
  const wanted = acknowledged.length + Math.ceil(count / 4);
  const deadline = performance.now() + PROGRESS_TIMEOUT_MS;
  while (acknowledged.length < wanted) {
    if (state.failure) throw state.failure;
    if (performance.now() > deadline) {
      const last = [...state.last].slice(-count).map(([request, answer]) => `${request}: ${answer}`);
      throw new Error(`no payment went through for a minute. The last answers:\n${last.join('\n')}`);
    }
    await pause(10);
  }
}

type Database = { readonly url: string; kill(): Promise<void>; killBackend(dice: number): void };

/** PostgreSQL, by a process of its own that can be killed with it. */
async function startDatabase(dir: string, port: number): Promise<Database> {
  const host = spawn(process.execPath, [join(import.meta.dirname, 'storm-database.ts'), dir, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    host.once('message', (message) => resolve(String(message)));
    host.once('exit', (code) => reject(new Error(`PostgreSQL did not start (${code})`)));
  });
  const [first] = readFileSync(join(dir, 'data/postmaster.pid'), 'utf8').split('\n');
  const postmaster = Number(first);
  return {
    url,
    async kill() {
      const processes = [postmaster, ...childrenOf(postmaster)];
      for (const pid of processes) kill(pid);
      await killAndWait(host);
      while (processes.some(isRunning)) await pause(10);
    },
    killBackend(dice) {
      const backends = childrenOf(postmaster).filter((pid) => /smile/.test(commandOf(pid)));
      if (backends.length > 0) kill(backends[Math.floor(dice * backends.length)]);
    },
  };
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)[1] === String(parent));
}

/** State, parent... See proc(5). */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const isRunning = (pid: number) => !['Z', undefined].includes(statOf(pid)[0]);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A small generator with a seed, so that a storm can be repeated (its timing cannot). Public domain, by Tommy Ettinger. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
