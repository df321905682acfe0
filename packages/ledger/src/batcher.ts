import { failure, type PostingOutcome } from './errors.ts';
import type { Ledger } from './ledger.ts';
import type { Posting } from './model.ts';
import { MAX_BATCH } from './requests.ts';

export type BatcherOptions = {
  /** Postings in one transaction; 100 by default. */
  readonly maxBatch?: number;
  /** Transactions at the same time; 2 by default. Each takes a connection of the pool while it lasts. */
  readonly lanes?: number;
  /** Postings waiting for a lane; 2,000 by default. One more is refused with `busy`. */
  readonly maxWaiting?: number;
  /** One that has waited this long is refused with `busy`, and was not sent; 2,000 by default. */
  readonly maxWaitMs?: number;
};

export type Batcher = {
  /**
   * As `ledger.post`, but what comes in while the lanes are busy goes into one transaction with one commit. Each posting
   * still succeeds or fails on its own. `busy` says that nothing was done. A lost connection is thrown to all that were
   * in its batch: what happened is unknown then, so send the same posting again.
   */
  post(posting: Posting): Promise<PostingOutcome>;
  readonly waiting: number;
  /** Refuses what comes from now on, and waits for what is there. */
  close(): Promise<void>;
};

type Waiting = {
  readonly posting: Posting;
  readonly sinceMs: number;
  readonly resolve: (outcome: PostingOutcome) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Gathers postings of concurrent callers into batches. There is no pause in which it gathers: a lane takes whatever has
 * come while it was busy, so a lone posting goes out at once and batches grow with the load.
 */
export function createBatcher(ledger: Pick<Ledger, 'postBatch'>, options: BatcherOptions = {}): Batcher {
  const { maxBatch = 100, lanes = 2, maxWaiting = 2_000, maxWaitMs = 2_000 } = options;
  if (maxBatch < 1 || maxBatch > MAX_BATCH) throw new RangeError(`a batch has 1 to ${MAX_BATCH} postings`);
  const queue: Waiting[] = [];
  let busyLanes = 0;
  let closing: (() => void) | null = null;
  let timer: NodeJS.Timeout | null = null;

  /** Also by a timer: lanes that hang on a slow database come back for nobody. */
  function refuseTooOld(): void {
    const tooOldMs = performance.now() - maxWaitMs;
    while (queue.length > 0 && queue[0].sinceMs <= tooOldMs) {
      const { posting, resolve } = queue.shift()!;
      resolve(failure('busy', posting.id));
    }
    timer = null;
    if (queue.length > 0) watch();
  }
  function watch(): void {
    timer ??= setTimeout(refuseTooOld, Math.max(queue[0].sinceMs + maxWaitMs - performance.now(), 1));
  }

  async function run(): Promise<void> {
    busyLanes += 1;
    while (queue.length > 0) {
      const batch = queue.splice(0, maxBatch);
      try {
        const outcomes = await ledger.postBatch(batch.map(({ posting }) => posting));
        for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    busyLanes -= 1;
    if (busyLanes > 0) return;
    if (timer) clearTimeout(timer);
    timer = null;
    closing?.();
  }

  return {
    post: (posting) =>
      new Promise((resolve, reject) => {
        if (closing || queue.length >= maxWaiting) {
          resolve(failure('busy', posting.id));
          return;
        }
        queue.push({ posting, sinceMs: performance.now(), resolve, reject });
        watch();
        // What the same turn of the event loop brings goes into the same batch.
        if (busyLanes < lanes && queue.length === 1) setImmediate(() => void (busyLanes < lanes && run()));
      }),
    get waiting() {
      return queue.length;
    },
    async close() {
      await new Promise<void>((resolve) => {
        closing = resolve;
        if (busyLanes === 0 && queue.length === 0) resolve();
      });
    },
  };
}
