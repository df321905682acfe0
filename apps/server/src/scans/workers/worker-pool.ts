import { Worker } from 'node:worker_threads';
import type { LightSchedule } from '@smile/liveness';
import type { Logger } from 'pino';
import type { JudgedFrame, ScanVerdict } from '../judge/types.ts';
import type { ScanPurpose } from '../model.ts';
import type { WorkerAnswer, WorkerCall, WorkerReply, WorkerSettings, WorkerUsage } from './messages.ts';

export type WorkerPoolOptions = WorkerSettings & {
  readonly threads: number;
  readonly log: Logger;
  /** Told of every thread that ended unasked. */
  readonly onCrash?: () => void;
  /** A thread that takes longer over one call hangs and is ended (default 10,000). */
  readonly answerWithinMs?: number;
  /** Another worker program, for tests of crashes. */
  readonly program?: URL;
};

/** Scans that may sit on one thread at a time; what they send beyond its speed is passed over, not queued. */
const SEATS_A_THREAD = 8;
const ANSWER_WITHIN_MS = 10_000;
const STOP_WITHIN_MS = 5_000;
const START_WITHIN_MS = 120_000;
const RESTART_DELAYS_MS = [100, 500, 2_000, 5_000];
/** Heap of a thread; the networks' memory lies outside it. */
const MAX_HEAP_MB = 384;

export type SeatFailure = {
  readonly ok: false;
  readonly code: 'malformed_frame' | 'scan_worker_failed';
  readonly message: string;
};

/** One scan's place on one thread, until it is closed. Calls of one seat must not overlap. */
export type ScanSeat = {
  /** Takes the bytes away: their buffer must be the frame's alone. */
  judge(
    frameBytes: Uint8Array<ArrayBuffer>,
    light?: LightSchedule | null,
  ): Promise<{ readonly ok: true; readonly judged: JudgedFrame } | SeatFailure>;
  end(light?: LightSchedule | null): Promise<{ readonly ok: true; readonly verdict: ScanVerdict } | SeatFailure>;
  close(): void;
};

type Waiting = { settle(answer: WorkerAnswer | null): void; timer: NodeJS.Timeout };
type Thread = {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  readonly seats: Set<{ broken: boolean; onBroken: () => void }>;
  ready: boolean;
};

const PROGRAM = new URL('./scan-worker.ts', import.meta.url);

/**
 * Threads that judge scans. A thread that dies or hangs is replaced; its scans are told so and end with a code. What a
 * thread is sent is bounded by its seats: each has one call under way.
 */
export class ScanWorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #firstReady: (() => void) | null = null;
  #nextId = 1;
  #crashesInARow = 0;
  #closed = false;

  /** Threads start at once and load their models in the background; see `ready`. */
  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    for (let i = 0; i < options.threads; i += 1) this.#start();
  }

  get ready(): boolean {
    return this.readyThreads > 0;
  }

  get readyThreads(): number {
    return [...this.#threads].filter((thread) => thread.ready).length;
  }

  /** Resolves when a thread can work; rejects when none can within two minutes. */
  whenReady(): Promise<void> {
    if (this.ready || this.#options.threads === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no scan worker became ready')), START_WITHIN_MS);
      const earlier = this.#firstReady;
      this.#firstReady = () => {
        clearTimeout(timer);
        earlier?.();
        resolve();
      };
    });
  }

  /** Null when every thread is full, or none is ready. `onBroken` is called when the thread dies under the scan. */
  open(scanId: string, purpose: ScanPurpose, onBroken: () => void): ScanSeat | null {
    const [thread] = [...this.#threads]
      .filter((candidate) => candidate.ready && candidate.seats.size < SEATS_A_THREAD)
      .sort((a, b) => a.seats.size - b.seats.size);
    if (!thread) return null;
    const seat = { broken: false, onBroken };
    thread.seats.add(seat);
    const opened = this.#call(thread, { kind: 'open', scanId, purpose });
    const failed: SeatFailure = { ok: false, code: 'scan_worker_failed', message: 'the worker of this scan failed' };
    return {
      judge: async (bytes, light = null) => {
        await opened;
        const call = { kind: 'frame', scanId, bytes, light } as const;
        const answer = seat.broken ? null : await this.#call(thread, call, [bytes.buffer]);
        if (answer?.kind === 'judged') return { ok: true, judged: answer.judged };
        return answer?.kind === 'refused' ? { ok: false, code: 'malformed_frame', message: answer.message } : failed;
      },
      end: async (light = null) => {
        await opened;
        const answer = seat.broken ? null : await this.#call(thread, { kind: 'end', scanId, light });
        return answer?.kind === 'verdict' ? { ok: true, verdict: answer.verdict } : failed;
      },
      close: () => {
        if (!thread.seats.delete(seat) || seat.broken) return;
        void this.#call(thread, { kind: 'close', scanId });
      },
    };
  }

  /** What the threads hold at the moment. */
  async usage(): Promise<WorkerUsage> {
    let openScans = 0;
    let keptFrames = 0;
    for (const thread of this.#threads) {
      const answer = await this.#call(thread, { kind: 'usage' });
      if (answer?.kind !== 'usage') continue;
      openScans += answer.usage.openScans;
      keptFrames += answer.usage.keptFrames;
    }
    return { openScans, keptFrames };
  }

  /** Lets threads finish what is under way. Close the seats first. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all([...this.#threads].map(stopThread));
  }

  #start(): void {
    const { samePersonFrom, cacheDir, manifestPath, program } = this.#options;
    const settings: WorkerSettings = { samePersonFrom, cacheDir, manifestPath };
    const worker = new Worker(program ?? PROGRAM, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    const thread: Thread = { worker, waiting: new Map(), seats: new Set(), ready: false };
    this.#threads.add(thread);
    const startTimer = setTimeout(() => void worker.terminate(), START_WITHIN_MS);
    worker.on('message', (message: WorkerReply) => {
      if (message.kind === 'ready') {
        clearTimeout(startTimer);
        thread.ready = true;
        this.#firstReady?.();
        this.#firstReady = null;
        return;
      }
      this.#crashesInARow = 0;
      if (message.kind === 'failed')
        this.#options.log.error({ reason: message.error }, 'a scan worker failed on a call');
      settle(thread, message.id, message.kind === 'answer' ? message.answer : null);
    });
    worker.on('error', (error) => this.#options.log.error({ err: error }, 'a scan worker died'));
    worker.on('exit', () => {
      clearTimeout(startTimer);
      this.#lost(thread);
    });
  }

  #lost(thread: Thread): void {
    thread.ready = false;
    this.#threads.delete(thread);
    for (const id of [...thread.waiting.keys()]) settle(thread, id, null);
    for (const seat of thread.seats) {
      seat.broken = true;
      seat.onBroken();
    }
    thread.seats.clear();
    if (this.#closed) return;
    this.#options.onCrash?.();
    const delayMs = RESTART_DELAYS_MS[Math.min(this.#crashesInARow, RESTART_DELAYS_MS.length - 1)];
    this.#crashesInARow += 1;
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#start();
    }, delayMs);
    this.#restarts.add(timer);
  }

  /** Null when the thread died, hung (it is ended then) or failed on this call. */
  #call(
    thread: Thread,
    call: WorkerCall extends infer C ? (C extends WorkerCall ? Omit<C, 'id'> : never) : never,
    transfer: ArrayBuffer[] = [],
  ): Promise<WorkerAnswer | null> {
    if (!this.#threads.has(thread)) return Promise.resolve(null);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#options.log.error('a scan worker hangs and is ended');
        void thread.worker.terminate();
      }, this.#options.answerWithinMs ?? ANSWER_WITHIN_MS);
      thread.waiting.set(id, { settle: resolve, timer });
      thread.worker.postMessage({ ...call, id }, transfer);
    });
  }
}

/**
 * Asks the thread to end and waits. Cutting it off while the inference runtime works aborts the whole process (its
 * binding throws in a dying environment), so that is kept for threads that do not end by themselves.
 */
async function stopThread({ worker }: Thread): Promise<void> {
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage({ kind: 'stop', id: 0 } satisfies WorkerCall);
  const timer = setTimeout(() => void worker.terminate(), STOP_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}

function settle(thread: Thread, id: number, answer: WorkerAnswer | null): void {
  const waiting = thread.waiting.get(id);
  if (!waiting) return;
  thread.waiting.delete(id);
  clearTimeout(waiting.timer);
  waiting.settle(answer);
}
