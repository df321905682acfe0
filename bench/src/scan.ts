import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrame } from '@smile/camera';
import { startEmbeddedPostgres } from '@smile/postgres';
import {
  askForScan,
  type HostCall,
  type HostReply,
  madeUpGuest,
  makeTerminal,
  ScanClient,
  type TestTerminal,
} from '@smile/server/scan-testing';

export type ScanBenchOptions = {
  readonly scans?: number;
  /** Scans that run at the same time. */
  readonly concurrency?: number;
};

export type ScanBenchReport = {
  readonly scans: number;
  readonly concurrency: number;
  /** Scans that ended live; the figures are of all scans. */
  readonly live: number;
  /** From the first frame sent to the decision received. */
  readonly decisionMs: { readonly p50: number; readonly p95: number };
  /** CPU of the server process (all threads) per scan, without the database's. */
  readonly cpuMsPerScan: number;
  /** The most memory the server process has held. */
  readonly rssMb: number;
};

const FRAMES_PER_SECOND = 15;
const CAPTURE_MS = 1_000;
const GUESTS = [3, 11, 31];
const HOST_PROGRAM = new URL(import.meta.resolve('@smile/server/scan-testing/host-process'));

/**
 * Whole scans against the server's own code in a process of its own: signed requests, WebSocket, frame chain, worker
 * threads, database. One second of simulated capture at 15 frames/s, encoded before the clock starts; sent at that pace,
 * as a camera would. Terminals stop sending when the decision comes.
 */
export async function runScanBench(options: ScanBenchOptions = {}): Promise<ScanBenchReport> {
  const { scans = 24, concurrency = 1 } = options;
  const guests = await Promise.all(GUESTS.map(captureGuest));
  const dir = await mkdtemp(join(tmpdir(), 'smile-bench-'));
  const database = await startEmbeddedPostgres({ dir: join(dir, 'db') });
  const host = fork(HOST_PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const terminals = Array.from({ length: concurrency }, () => makeTerminal());
    const started = await ask(host, {
      kind: 'start',
      databaseUrl: database.url,
      dataDir: dir,
      terminals: terminals.map(({ id, publicKey, testMode }) => ({ id, publicKey, testMode })),
      scanWorkers: 1,
    });
    if (started.kind !== 'started') throw new Error(`the server did not start: ${JSON.stringify(started)}`);
    // The first scans find cold code; a shop's day has warm ones.
    for (const terminal of terminals) await scanOnce(started.url, terminal, guests[0]);
    const before = await usage(host);
    const results: { outcome: string; decisionMs: number }[] = [];
    let next = 0;
    await Promise.all(
      terminals.map(async (terminal) => {
        while (next < scans) {
          const guest = guests[next % guests.length];
          next += 1;
          results.push(await scanOnce(started.url, terminal, guest));
        }
      }),
    );
    const after = await usage(host);
    const times = results.map(({ decisionMs }) => decisionMs).sort((a, b) => a - b);
    return {
      scans: results.length,
      concurrency,
      live: results.filter(({ outcome }) => outcome === 'live').length,
      decisionMs: { p50: Math.round(quantile(times, 0.5)), p95: Math.round(quantile(times, 0.95)) },
      cpuMsPerScan: Math.round((after.cpuMs - before.cpuMs) / results.length),
      rssMb: Math.round(after.peakRssMb),
    };
  } finally {
    await stop(host);
    await database.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** A second of somebody made up, as bytes ready to be signed. */
async function captureGuest(seed: number): Promise<Uint8Array[]> {
  const next = madeUpGuest(seed, { framesPerSecond: FRAMES_PER_SECOND });
  const frames: Uint8Array[] = [];
  for (let i = 0; i < (CAPTURE_MS * FRAMES_PER_SECOND) / 1_000; i += 1) frames.push(await encodeFrame(next()));
  return frames;
}

async function scanOnce(
  url: string,
  terminal: TestTerminal,
  frames: readonly Uint8Array[],
): Promise<{ outcome: string; decisionMs: number }> {
  const answer = await askForScan(url, terminal, {
    purpose: 'payment',
    paymentId: `pay_${crypto.randomUUID().replaceAll('-', '')}`,
  });
  if (!('grant' in answer)) throw new Error(`the server refused a scan: ${answer.code}`);
  const client = new ScanClient(url, terminal, answer.grant);
  await client.start();
  const startMs = performance.now();
  await client.sendFrames(frames, FRAMES_PER_SECOND);
  if (!client.last) client.sendText({ type: 'end' });
  const end = await client.over();
  if (end?.type !== 'decision') throw new Error(`a scan ended with ${JSON.stringify(end)}`);
  return { outcome: end.outcome, decisionMs: client.lastAtMs - startMs };
}

async function usage(host: ChildProcess): Promise<{ cpuMs: number; peakRssMb: number }> {
  const reply = await ask(host, { kind: 'usage' });
  if (reply.kind !== 'usage') throw new Error('the server process does not tell its usage');
  return reply;
}

function ask(host: ChildProcess, call: HostCall): Promise<HostReply> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('the server process ended'));
    host.once('exit', onExit);
    host.once('message', (reply: HostReply) => {
      host.off('exit', onExit);
      resolve(reply);
    });
    host.send(call);
  });
}

async function stop(host: ChildProcess): Promise<void> {
  if (host.exitCode !== null || !host.connected) return;
  const ended = new Promise((resolve) => host.once('exit', resolve));
  host.send({ kind: 'stop' } satisfies HostCall);
  const timer = setTimeout(() => host.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

/** Nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
