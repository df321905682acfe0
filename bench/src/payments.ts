/**
 * Paying through HTTP beside the TPC-B-like yardstick of `ledger.ts`, on the same durable embedded PostgreSQL in the same
 * run: `POST /v1/terminal/payments/:id/confirm`, with the terminal's signature, the idempotency key and everything else
 * that a terminal's request goes through. The server is a process of its own, as in production; this process is the
 * clients, and the yardstick. All of it shares the machine's cores.
 *
 * The payments were identified before: one through the API by phone and PIN, then copied in the database as payments by
 * face (there is no camera here), so that each confirm weighs the risk rules and counts for the limits. They are those of
 * 10 merchants (as TPC-B has 10 branches here) and of many people.
 *
 * - `paymentsPerSecond`: 16 clients, each sending its next confirm when it has the answer to the last. Requests are
 *   signed before the clock runs: in a shop that is the terminal's work.
 * - `halfLoad`: confirms at half that rate, at the times of a Poisson process whatever the answers do (an open loop); the
 *   latency counts from the time a confirm was due, so one that waits for its turn is not flattered.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLedger } from '@smile/ledger';
import { createPool, type Pool, query } from '@smile/postgres';
import { startTemporaryServer } from '@smile/postgres/testing';
import { fillTpcb, median, round, runClients, TPCB_SCALE, tpcbTransaction } from './ledger.ts';
import { freePort, killAndWait, spawnServer } from './server-process.ts';
import {
  createShopClient,
  joinPerson,
  must,
  newKey,
  orderBody,
  PIN,
  pairDemoTerminals,
  type ShopClient,
  signedHeaders,
  type Terminal,
} from './shop.ts';
import { openWire, requestBytes, type Wire } from './wire.ts';

export type PaymentsBenchReport = {
  readonly clients: number;
  readonly paymentsPerSecond: number;
  readonly tpcbPerSecond: number;
  readonly ratio: number;
  /** Of the confirms at full load. */
  readonly fullLoad: { readonly p50Ms: number; readonly p99Ms: number };
  readonly halfLoad: {
    readonly offeredPerSecond: number;
    readonly payments: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
  /**
   * CPU time of one confirm, and of one TPC-B-like transaction. Where the machine has nothing else to do and is busy all
   * the time, `cores / (sum of these)` is the rate.
   */
  readonly cpuMsEach: {
    readonly payments: CpuMs;
    readonly tpcb: CpuMs;
  };
  readonly conditions: {
    readonly postgres: string;
    readonly fsync: string;
    readonly cpus: number;
    readonly secondsEach: number;
    readonly rounds: number;
    readonly merchants: number;
    readonly people: number;
    readonly tpcbScale: number;
    readonly payments: number;
    readonly booksVerified: true;
  };
};

/** In the server's process, in those of PostgreSQL, and in this one, which plays the clients. */
type CpuMs = { readonly server: number; readonly database: number; readonly clients: number };

const CLIENTS = 16;
/** Connections; an open loop needs as many as confirms may be under way at once. */
const WIRES = 128;
const ROUNDS = 3;
const MERCHANTS = 10;
/** Each pays a few times, as many as go without a PIN. */
const PEOPLE = 20_000;

export async function runPaymentsBench(options: { readonly seconds?: number } = {}): Promise<PaymentsBenchReport> {
  const seconds = options.seconds ?? 5;
  const database = await startTemporaryServer({ maxConnections: 60, sharedBuffersMb: 512 });
  const pool = createPool(database.url, { maxConnections: CLIENTS, statementTimeoutMs: 300_000 });
  const folder = await mkdtemp(join(tmpdir(), 'smile-bench-'));
  const port = await freePort();
  const server = spawnServer({ port, databaseUrl: database.url, folder }, { LOG_LEVEL: 'warn' });
  const shop = createShopClient(`http://127.0.0.1:${port}`);
  const wires: Wire[] = [];
  try {
    await untilReady(shop, server);
    await fillTpcb(pool);
    const template = await makeTemplate(shop);
    const terminals = await cloneShops(pool, template);
    await clonePeople(pool, template);
    await pool.query('VACUUM ANALYZE');
    await pool.query('CHECKPOINT');

    const paid: string[] = [];
    const confirm = async (wire: Wire, { id, request }: Prepared) => {
      const { status, body } = await wire.ask(request);
      if (status !== 200 || !body.includes('"state":"succeeded"')) throw new Error(`a confirm was refused: ${body}`);
      paid.push(id);
    };
    for (let index = 0; index < CLIENTS; index += 1) wires.push(await openWire(port));
    const prepare = (count: number) => preparePayments(pool, template, terminals, count);
    const closedLoop = async (durationS: number, prepared: Prepared[], latencies: number[] = []) => {
      const started = performance.now();
      let done = 0;
      await Promise.all(
        wires.map(async (wire) => {
          while (performance.now() - started < durationS * 1000) {
            const next = prepared.pop();
            if (!next) throw new Error('more payments were confirmed than had been prepared');
            const sentMs = performance.now();
            await confirm(wire, next);
            latencies.push(performance.now() - sentMs);
            done += 1;
          }
        }),
      );
      return { done, elapsedS: (performance.now() - started) / 1000 };
    };

    // The first requests find cold code; a shop's day has warm ones.
    const warmUp = await closedLoop(Math.min(seconds, 3), await prepare(12_000));
    let rate = warmUp.done / warmUp.elapsedS;
    const seen = { payments: [] as number[], tpcb: [] as number[] };
    const fullLoadMs: number[] = [];
    const cpu = { payments: new CpuMeter(pool, server), tpcb: new CpuMeter(pool, server) };
    for (let turn = 0; turn < ROUNDS; turn += 1) {
      const tpcb = await cpu.tpcb.during(() => runClients(pool, CLIENTS, seconds, tpcbTransaction));
      seen.tpcb.push(tpcb.done / tpcb.elapsedS);
      const prepared = await prepare(Math.ceil(Math.max(rate * 2, 500) * seconds));
      const payments = await cpu.payments.during(() => closedLoop(seconds, prepared, fullLoadMs));
      rate = payments.done / payments.elapsedS;
      seen.payments.push(rate);
    }
    const paymentsPerSecond = median(seen.payments);
    const tpcbPerSecond = median(seen.tpcb);
    const offeredPerSecond = round(paymentsPerSecond / 2, 1);
    const due = await prepare(Math.ceil(offeredPerSecond * seconds * 2));
    // Only now: the server closes connections on which nothing comes.
    while (wires.length < WIRES) wires.push(await openWire(port));
    const latencies = await openLoop(wires, due, offeredPerSecond, confirm);
    fullLoadMs.sort((a, b) => a - b);

    await checkPaid(pool, paid);
    const [{ postgres, fsync }] = await query<{ postgres: string; fsync: string }>(
      pool,
      "SELECT current_setting('server_version') AS postgres, current_setting('fsync') AS fsync",
    );
    return {
      clients: CLIENTS,
      paymentsPerSecond,
      tpcbPerSecond,
      ratio: round(paymentsPerSecond / tpcbPerSecond, 2),
      fullLoad: {
        p50Ms: round(quantile(fullLoadMs, 0.5), 1),
        p99Ms: round(quantile(fullLoadMs, 0.99), 1),
      },
      halfLoad: {
        offeredPerSecond,
        payments: latencies.length,
        p50Ms: round(quantile(latencies, 0.5), 1),
        p99Ms: round(quantile(latencies, 0.99), 1),
        maxMs: round(latencies.at(-1) ?? 0, 1),
      },
      cpuMsEach: { payments: cpu.payments.each(), tpcb: cpu.tpcb.each() },
      conditions: {
        postgres,
        fsync,
        cpus: availableParallelism(),
        secondsEach: seconds,
        rounds: ROUNDS,
        merchants: MERCHANTS,
        people: PEOPLE,
        tpcbScale: TPCB_SCALE,
        payments: paid.length,
        booksVerified: true,
      },
    };
  } finally {
    for (const wire of wires) wire.close();
    await killAndWait(server);
    shop.close();
    await pool.end();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Prepared = { readonly id: string; readonly request: Buffer };
type Template = {
  readonly paymentId: string;
  readonly orderId: string;
  readonly personId: string;
  readonly terminal: Terminal;
};

/** One payment, ready to be confirmed, made the way a guest does it. */
async function makeTemplate(shop: ShopClient): Promise<Template> {
  const [terminal] = await pairDemoTerminals(shop);
  const person = await joinPerson(shop, '+4915140000000', 50_000n);
  const order = await must(shop.signed(terminal, 'POST', '/v1/terminal/orders', orderBody, newKey()));
  const wanted = { orderId: order.id, captureMethod: 'automatic' };
  const payment = await must(shop.signed(terminal, 'POST', '/v1/terminal/payments', wanted, newKey()));
  const path = `/v1/terminal/payments/${payment.id}/identify`;
  await must(shop.signed(terminal, 'POST', path, { method: 'phone_and_pin', phone: person.phone, pin: PIN }));
  return { paymentId: String(payment.id), orderId: String(order.id), personId: person.id, terminal };
}

/** Copies a row under other names, whatever else the table has. */
const copyOf = (table: string, changes: string, from: string) =>
  `INSERT INTO ${table} SELECT (jsonb_populate_record(t, ${changes})).* FROM ${table} AS t, ${from}`;

async function cloneShops(pool: Pool, { terminal }: Template): Promise<Terminal[]> {
  const numbers = `generate_series(1, ${MERCHANTS - 1}) AS n`;
  const ids = { merchant: `'mer_bench000' || n`, shop: `'shp_bench000' || n`, terminal: `'trm_bench000' || n` };
  await pool.query(
    `${copyOf('shops_merchants', `jsonb_build_object('id', ${ids.merchant}, 'name', 'Bench ' || n)`, numbers)}
     WHERE t.id = (SELECT merchant_id FROM shops_shops WHERE id = '${terminal.shopId}')`,
  );
  await pool.query(
    `${copyOf('shops_shops', `jsonb_build_object('id', ${ids.shop}, 'merchant_id', ${ids.merchant})`, numbers)}
     WHERE t.id = '${terminal.shopId}'`,
  );
  await pool.query(
    `${copyOf('shops_terminals', `jsonb_build_object('id', ${ids.terminal}, 'shop_id', ${ids.shop})`, numbers)}
     WHERE t.id = '${terminal.id}'`,
  );
  const ledger = createLedger(pool);
  const terminals = [terminal];
  for (let n = 1; n < MERCHANTS; n += 1) {
    const id = `merchant:mer_bench000${n}:EUR`;
    await ledger.createAccount({ id, currency: 'EUR', kind: 'merchant', bounds: 'debits_within_credits' });
    terminals.push({ id: `trm_bench000${n}`, shopId: `shp_bench000${n}`, key: terminal.key });
  }
  return terminals;
}

async function clonePeople(pool: Pool, { personId }: Template): Promise<void> {
  await pool.query(
    `${copyOf('people', `jsonb_build_object('id', 'per_bench' || 100000 + n, 'phone', '+49151' || 50000000 + n, 'face_pay', 'on')`, `generate_series(1, ${PEOPLE}) AS n`)}
     WHERE t.id = $1`,
    [personId],
  );
  await pool.query(
    `INSERT INTO ledger_accounts (id, currency, kind, bounds)
     SELECT 'wallet:per_bench' || 100000 + n, 'EUR', 'wallet', 'debits_within_credits' FROM generate_series(1, ${PEOPLE}) AS n`,
  );
  const outcomes = [];
  const perBatch = 500;
  for (let first = 1; first <= PEOPLE; first += perBatch) {
    outcomes.push(
      ...(await createLedger(pool).postBatch(
        Array.from({ length: perBatch }, (_, index) => ({
          id: `top_bench${first + index}`,
          kind: 'top_up',
          transfers: [
            {
              debitAccountId: 'bank:sandbox:EUR',
              creditAccountId: `wallet:per_bench${100_000 + first + index}`,
              amountMinor: 10_000_000n,
              currency: 'EUR',
            },
          ],
        })),
      )),
    );
  }
  if (outcomes.some(({ ok }) => !ok)) throw new Error('a wallet could not be filled');
}

/** Of a live scan that nobody has made. */
const EVIDENCE = {
  similarity: 0.8,
  threshold: 0.35,
  modelVersion: 'bench-1',
  sizeFits: true,
  phoneStep: 'full',
  listLength: 1,
  scan: {
    scanId: 'scn_bench0000',
    outcome: 'live',
    reasons: [],
    cameraKind: '3d',
    cameraModel: 'bench',
    framesJudged: 8,
    decisionMs: 900,
    simulated: true,
  },
};

let prepared = 1_000_000;
async function preparePayments(
  pool: Pool,
  template: Template,
  terminals: readonly Terminal[],
  count: number,
): Promise<Prepared[]> {
  const first = prepared + 1;
  prepared += count;
  const numbers = `generate_series(${first}, ${prepared}) AS n`;
  const shops = `(VALUES ${terminals.map(({ id, shopId }, index) => `(${index}, '${id}', '${shopId}')`).join(', ')})
    AS place (number, terminal_id, shop_id) JOIN shops_shops AS s ON s.id = place.shop_id`;
  await pool.query(
    `${copyOf(
      'orders',
      `jsonb_build_object('id', 'ord_bench' || n, 'payment_id', 'pay_bench' || n,
        'terminal_id', place.terminal_id, 'shop_id', place.shop_id)`,
      `${numbers}, ${shops}`,
    )} WHERE t.id = $1 AND place.number = n % ${terminals.length}`,
    [template.orderId],
  );
  await pool.query(
    `${copyOf(
      'payments',
      `jsonb_build_object('id', 'pay_bench' || n, 'order_id', 'ord_bench' || n, 'person_id', 'per_bench' || 100001 + n % ${PEOPLE},
        'terminal_id', place.terminal_id, 'shop_id', place.shop_id, 'merchant_id', s.merchant_id,
        'expires_at', now() + interval '1 day', 'method', 'face_and_phone', 'pin_used', false, 'evidence', '${JSON.stringify(EVIDENCE)}'::jsonb)`,
      `${numbers}, ${shops}`,
    )} WHERE t.id = $1 AND place.number = n % ${terminals.length}`,
    [template.paymentId],
  );
  await pool.query('ANALYZE payments; ANALYZE orders; ANALYZE risk_uses; ANALYZE risk_no_pin_rows');
  return Array.from({ length: count }, (_, index) => {
    const id = `pay_bench${first + index}`;
    const terminal = terminals[(first + index) % terminals.length];
    const path = `/v1/terminal/payments/${id}/confirm`;
    const headers = signedHeaders(terminal, 'POST', path, '{}', newKey());
    return { id, request: requestBytes('POST', path, headers, '{}') };
  });
}

/** Starts each at its time. Returns the latencies in ascending order, each from the time it was due. */
async function openLoop(
  wires: readonly Wire[],
  due: Prepared[],
  perSecond: number,
  confirm: (wire: Wire, payment: Prepared) => Promise<void>,
): Promise<number[]> {
  const latencies: number[] = [];
  const idle = [...wires];
  const waiting: ((wire: Wire) => void)[] = [];
  const sent = async (payment: Prepared, dueMs: number) => {
    // None is free when too many are under way; the clock runs on.
    const wire = idle.pop() ?? (await new Promise<Wire>((resolve) => void waiting.push(resolve)));
    await confirm(wire, payment);
    latencies.push(performance.now() - dueMs);
    const next = waiting.shift();
    if (next) next(wire);
    else idle.push(wire);
  };
  const running: Promise<void>[] = [];
  let atMs = performance.now();
  for (const payment of due) {
    atMs += (-Math.log(1 - Math.random()) * 1000) / perSecond;
    const dueMs = atMs;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    running.push(sent(payment, dueMs));
  }
  await Promise.all(running);
  return latencies.sort((a, b) => a - b);
}

/** Adds up what the processes use while something runs. Zeros where there is no /proc. */
class CpuMeter {
  readonly #pool: Pool;
  readonly #server: ChildProcess;
  #sum = { server: 0, database: 0, clients: 0 };
  #done = 0;
  constructor(pool: Pool, server: ChildProcess) {
    this.#pool = pool;
    this.#server = server;
  }

  async during<T extends { readonly done: number }>(work: () => Promise<T>): Promise<T> {
    // Connections stay open from one measurement to the next, so that their processes can be counted before and after.
    const rows = await query<{ pid: number }>(this.#pool, 'SELECT pid FROM pg_stat_activity');
    const used = () => ({
      server: cpuMsOf(this.#server.pid ?? 0),
      database: rows.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0),
      clients: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
    });
    const before = used();
    const result = await work();
    const after = used();
    for (const part of ['server', 'database', 'clients'] as const) this.#sum[part] += after[part] - before[part];
    this.#done += result.done;
    return result;
  }

  each(): CpuMs {
    const { server, database, clients } = this.#sum;
    const of = (ms: number) => round(ms / this.#done, 2);
    return { server: of(server), database: of(database), clients: of(clients) };
  }
}

/** CPU time of a process so far. Ticks are hundredths of a second on Linux. */
function cpuMsOf(pid: number): number {
  try {
    const facts = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return (Number(facts[11]) + Number(facts[12])) * 10;
  } catch {
    return 0;
  }
}

/** What was acknowledged is in the books, once, and the books are sound. */
async function checkPaid(pool: Pool, paid: readonly string[]): Promise<void> {
  const [{ count }] = await query<{ count: bigint }>(
    pool,
    `SELECT count(*) AS count FROM payments AS p
     JOIN ledger_postings AS l ON l.id = p.id WHERE p.id LIKE 'pay_bench%' AND p.state = 'succeeded'`,
  );
  if (count !== BigInt(paid.length)) throw new Error(`${paid.length} payments were acknowledged, ${count} are there`);
  const { ok, problems } = await createLedger(pool).verify();
  if (!ok) throw new Error(`the books are wrong: ${JSON.stringify(problems.slice(0, 5))}`);
}

async function untilReady(shop: ShopClient, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 1_000 && server.exitCode === null; attempt += 1) {
    const answer = await shop.send('GET', '/healthz').catch(() => null);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the server did not start');
}

function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}
