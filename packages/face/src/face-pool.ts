import { Worker } from 'node:worker_threads';
import type { ColourImage } from '@smile/camera';
import type { DetectOptions, FaceDetection } from './detector.ts';
import { type FaceErrorCode, imageFault } from './face-error.ts';
import type { FaceMesh } from './mesher.ts';

export type FacePoolOptions = {
  /** Worker threads, each with its own models (about 100 MB) and one core's worth of work. */
  readonly threads: number;
  /** Requests that may wait beside those being served; more are refused with `pool_busy` (default 64). */
  readonly maxQueue?: number;
  /** For calls that do not say (default 20,000). */
  readonly timeoutMs?: number;
  readonly cacheDir?: string;
  /** As FaceEngineOptions. */
  readonly manifestPath?: string;
};

export type AnalyseOptions = DetectOptions & {
  readonly mesh?: boolean;
  readonly embed?: boolean;
  /** As `embed`, before normalising and centring: for templates of several pictures. */
  readonly embedRaw?: boolean;
  /** At most this many faces are embedded, the most prominent first (default 1): bystanders never become a template. */
  readonly embedFaces?: number;
  /** From the call to the answer, waiting included. */
  readonly timeoutMs?: number;
};

export type AnalysedFace = {
  readonly detection: FaceDetection;
  /** Present when asked for. */
  readonly mesh?: FaceMesh;
  /** Present when asked for, for the first `embedFaces` faces. */
  readonly embedding?: Float32Array;
  readonly rawEmbedding?: Float32Array;
};

/** The most prominent face first (see byProminence); no face is an empty list. `faces` is empty on a refusal, so that careless readers see nobody. */
export type AnalyseResult =
  | { readonly ok: true; readonly faces: readonly AnalysedFace[] }
  | {
      readonly ok: false;
      readonly code: FaceErrorCode;
      readonly message: string;
      readonly faces: readonly AnalysedFace[];
    };

export type WorkerRequest =
  | { readonly kind: 'analyse'; readonly id: number; readonly image: ColourImage; readonly options: AnalyseOptions }
  | { readonly kind: 'stop' };
export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'faces'; readonly id: number; readonly faces: readonly AnalysedFace[] }
  | { readonly kind: 'refused'; readonly id: number; readonly code: FaceErrorCode; readonly message: string };

const DEFAULT_MAX_QUEUE = 64;
const DEFAULT_TIMEOUT_MS = 20_000;
/** A worker that cannot even load its models will not learn to: after this many in a row the pool gives up. */
const MAX_FAILED_STARTS = 3;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

type Request = {
  readonly image: ColourImage;
  readonly options: AnalyseOptions;
  readonly timer: NodeJS.Timeout;
  readonly settle: (result: AnalyseResult) => void;
};

type Member = { readonly worker: Worker; isReady: boolean; busyWith: number | null };

/** Face engines in worker threads, for callers that have no worker of their own. */
export class FacePool {
  readonly #options: FacePoolOptions;
  readonly #members = new Set<Member>();
  readonly #requests = new Map<number, Request>();
  readonly #waiting: number[] = [];
  readonly #startWaiters: { resolve(): void; reject(error: Error): void }[] = [];
  #nextId = 1;
  #failedStarts = 0;
  #lastStartError = '';
  #closed = false;

  private constructor(options: FacePoolOptions) {
    this.#options = options;
  }

  /** Resolves when the first thread is ready; throws when the models cannot be loaded. */
  static async create(options: FacePoolOptions): Promise<FacePool> {
    if (!Number.isInteger(options.threads) || options.threads < 1 || options.threads > 64) {
      throw new RangeError(`${options.threads} is not a number of threads`);
    }
    const pool = new FacePool(options);
    const started = new Promise<void>((resolve, reject) => pool.#startWaiters.push({ resolve, reject }));
    for (let index = 0; index < options.threads; index++) pool.#addMember();
    try {
      await started;
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Finds the faces of an image and, as asked, lays meshes and embeds. Never rejects. */
  analyse(image: ColourImage, options: AnalyseOptions = {}): Promise<AnalyseResult> {
    const fault = imageFault(image);
    if (fault) return Promise.resolve(refusal(fault.code, fault.message));
    if (this.#closed) return Promise.resolve(refusal('pool_closed', 'the face pool is closed'));
    if (this.#failedStarts >= MAX_FAILED_STARTS) {
      return Promise.resolve(refusal('pool_worker_failed', `face workers do not start: ${this.#lastStartError}`));
    }
    if (this.#waiting.length >= (this.#options.maxQueue ?? DEFAULT_MAX_QUEUE)) {
      return Promise.resolve(refusal('pool_busy', 'too many pictures are waiting'));
    }
    return new Promise((settle) => {
      const id = this.#nextId++;
      const timer = setTimeout(
        () => this.#expire(id),
        options.timeoutMs ?? this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      );
      this.#requests.set(id, { image, options, timer, settle });
      this.#waiting.push(id);
      this.#dispatch();
    });
  }

  /** Stops the threads; what is unanswered is refused with `pool_closed`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const id of [...this.#requests.keys()]) this.#settle(id, refusal('pool_closed', 'the face pool was closed'));
    await Promise.all([...this.#members].map(({ worker }) => stop(worker)));
  }

  #addMember(): void {
    const worker = new Worker(new URL('./pool-worker.ts', import.meta.url), {
      workerData: { cacheDir: this.#options.cacheDir, manifestPath: this.#options.manifestPath },
      // A caller's own flags (a test runner's loader, say) are not meant for the worker.
      execArgv: [],
    });
    const member: Member = { worker, isReady: false, busyWith: null };
    let failure = '';
    const startTimer = setTimeout(() => {
      failure = 'the models took too long to load';
      void worker.terminate();
    }, START_TIMEOUT_MS);
    worker.on('message', (reply: WorkerReply) => {
      if (reply.kind === 'ready') {
        clearTimeout(startTimer);
        member.isReady = true;
        this.#failedStarts = 0;
        for (const waiter of this.#startWaiters.splice(0)) waiter.resolve();
      } else {
        member.busyWith = null;
        this.#settle(
          reply.id,
          reply.kind === 'faces' ? { ok: true, faces: reply.faces } : refusal(reply.code, reply.message),
        );
      }
      this.#dispatch();
    });
    worker.on('error', (error) => {
      failure = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', () => {
      clearTimeout(startTimer);
      this.#replace(member, failure);
    });
    this.#members.add(member);
  }

  /** A thread has ended. Its picture is not tried again, since it may be what ended it. */
  #replace(member: Member, failure: string): void {
    if (!this.#members.delete(member) || this.#closed) return;
    if (member.busyWith !== null) this.#settle(member.busyWith, refusal('pool_worker_failed', 'the face worker ended'));
    if (!member.isReady) {
      this.#failedStarts++;
      this.#lastStartError = failure;
    }
    if (this.#failedStarts < MAX_FAILED_STARTS) {
      this.#addMember();
      return;
    }
    const error = new Error(`face workers do not start: ${failure}`);
    for (const waiter of this.#startWaiters.splice(0)) waiter.reject(error);
    if (this.#members.size > 0) return;
    for (const id of [...this.#requests.keys()]) this.#settle(id, refusal('pool_worker_failed', error.message));
  }

  #dispatch(): void {
    for (const member of this.#members) {
      if (!member.isReady || member.busyWith !== null) continue;
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const request = this.#requests.get(id);
      if (!request) continue;
      member.busyWith = id;
      const message: WorkerRequest = { kind: 'analyse', id, image: request.image, options: request.options };
      member.worker.postMessage(message);
    }
  }

  #expire(id: number): void {
    this.#settle(id, refusal('pool_timeout', 'the picture took too long'));
    // Inference cannot be interrupted: a thread that is stuck in this picture is asked to end after it, and replaced.
    for (const member of [...this.#members]) {
      if (member.busyWith !== id) continue;
      member.busyWith = null;
      this.#replace(member, 'a picture took too long');
      void stop(member.worker);
    }
  }

  #settle(id: number, result: AnalyseResult): void {
    const request = this.#requests.get(id);
    if (!request) return;
    this.#requests.delete(id);
    const position = this.#waiting.indexOf(id);
    if (position !== -1) this.#waiting.splice(position, 1);
    clearTimeout(request.timer);
    request.settle(result);
  }
}

/**
 * Asks the thread to end and waits until it has. Cutting it off while the inference runtime works aborts the whole process
 * (its binding throws in a dying environment), so that is kept for threads that do not end by themselves.
 */
async function stop(worker: Worker): Promise<void> {
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage({ kind: 'stop' } satisfies WorkerRequest);
  const timer = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

function refusal(code: FaceErrorCode, message: string): AnalyseResult {
  return { ok: false, code, message, faces: [] };
}
