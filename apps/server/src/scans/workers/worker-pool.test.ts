import { encodeFrame } from '@smile/camera';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { emptyRoom } from '../testing/empty-room.ts';
import { ScanWorkerPool } from './worker-pool.ts';

const UNRULY = new URL('../testing/unruly-worker.ts', import.meta.url);
const log = pino({ level: 'silent' });
let pool: ScanWorkerPool;
afterEach(() => pool.close());

async function unrulyPool(more: { answerWithinMs?: number; threads?: number } = {}) {
  const onCrash = vi.fn();
  pool = new ScanWorkerPool({
    threads: 1,
    samePersonFrom: 0.4,
    cacheDir: undefined,
    log,
    onCrash,
    program: UNRULY,
    ...more,
  });
  await pool.whenReady();
  return { onCrash };
}

const frame = () => new Uint8Array(10);

describe('a pool of scan workers', () => {
  it('judges on a thread', async () => {
    await unrulyPool();
    const seat = pool.open('fine', 'payment', () => undefined);
    expect(await seat?.judge(frame())).toMatchObject({ ok: true, judged: { progress: { hint: 'good' } } });
  });

  it('takes the frame’s bytes away instead of copying them', async () => {
    await unrulyPool();
    const bytes = frame();
    await pool.open('fine', 'payment', () => undefined)?.judge(bytes);
    expect(bytes.byteLength).toBe(0);
  });

  it.each(['crash', 'throw'])('tells the scan when its thread dies by a %s, and replaces the thread', async (how) => {
    const { onCrash } = await unrulyPool();
    const onBroken = vi.fn();
    const bystanderBroken = vi.fn();
    const seat = pool.open(how, 'payment', onBroken);
    const bystander = pool.open('fine', 'payment', bystanderBroken);
    expect(await seat?.judge(frame())).toMatchObject({ ok: false, code: 'scan_worker_failed' });
    expect(await bystander?.judge(frame())).toMatchObject({ ok: false, code: 'scan_worker_failed' });
    expect([onBroken, bystanderBroken, onCrash].map((spy) => spy.mock.calls.length)).toEqual([1, 1, 1]);
    expect(pool.open('fine', 'payment', () => undefined)).toBeNull();
    await pool.whenReady();
    const next = pool.open('fine', 'payment', () => undefined);
    expect(await next?.judge(frame())).toMatchObject({ ok: true });
  });

  it('ends a thread that does not answer', async () => {
    const { onCrash } = await unrulyPool({ answerWithinMs: 100 });
    const onBroken = vi.fn();
    const seat = pool.open('hang', 'payment', onBroken);
    expect(await seat?.judge(frame())).toMatchObject({ ok: false, code: 'scan_worker_failed' });
    expect([onBroken.mock.calls.length, onCrash.mock.calls.length]).toEqual([1, 1]);
  });

  it('survives a call that fails', async () => {
    const { onCrash } = await unrulyPool();
    const seat = pool.open('fail', 'payment', () => undefined);
    expect(await seat?.judge(frame())).toMatchObject({ ok: false, code: 'scan_worker_failed' });
    expect(onCrash).not.toHaveBeenCalled();
    expect(pool.ready).toBe(true);
  });

  it('has eight seats a thread, and gives a seat back when its scan ends', async () => {
    await unrulyPool();
    const seats = Array.from({ length: 8 }, () => pool.open('fine', 'payment', () => undefined));
    expect(seats.every((seat) => seat !== null)).toBe(true);
    expect(pool.open('fine', 'payment', () => undefined)).toBeNull();
    seats[0]?.close();
    expect(pool.open('fine', 'payment', () => undefined)).not.toBeNull();
  });

  it('spreads scans over its threads', async () => {
    await unrulyPool({ threads: 2 });
    await vi.waitUntil(() => pool.readyThreads === 2);
    const seats = Array.from({ length: 16 }, () => pool.open('fine', 'payment', () => undefined));
    expect(seats.every((seat) => seat !== null)).toBe(true);
  });
});

describe('the real worker', () => {
  it('finishes the frame under way when the pool closes, and lets go of its models', async () => {
    pool = new ScanWorkerPool({ threads: 1, samePersonFrom: 0.4, cacheDir: undefined, log });
    await pool.whenReady();
    const seat = pool.open('scan', 'payment', () => undefined);
    const bytes = new Uint8Array(await encodeFrame(emptyRoom(0)));
    const judged = seat?.judge(bytes);
    await pool.usage();
    await pool.close();
    expect(await judged).toMatchObject({ ok: true, judged: { progress: { hint: 'look_here' } } });
    expect(pool.ready).toBe(false);
  });

  it('refuses bytes that are no frame and goes on', async () => {
    pool = new ScanWorkerPool({ threads: 1, samePersonFrom: 0.4, cacheDir: undefined, log });
    await pool.whenReady();
    const seat = pool.open('scan', 'payment', () => undefined);
    expect(await seat?.judge(new Uint8Array(500))).toMatchObject({ ok: false, code: 'malformed_frame' });
    expect(await seat?.judge(new Uint8Array(await encodeFrame(emptyRoom(0))))).toMatchObject({ ok: true });
    expect(await pool.usage()).toEqual({ openScans: 1, keptFrames: 0 });
    seat?.close();
    expect(await pool.usage()).toEqual({ openScans: 0, keptFrames: 0 });
  });
});
