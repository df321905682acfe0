import { createGatherer } from '@smile/postgres';
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

/** Gathers postings of concurrent callers into batches; a lone posting goes out at once and batches grow with the load. */
export function createBatcher(ledger: Pick<Ledger, 'postBatch'>, options: BatcherOptions = {}): Batcher {
  const { maxBatch = 100, lanes = 2, maxWaiting = 2_000, maxWaitMs = 2_000 } = options;
  if (maxBatch < 1 || maxBatch > MAX_BATCH) throw new RangeError(`a batch has 1 to ${MAX_BATCH} postings`);
  const gatherer = createGatherer<Posting, PostingOutcome>((postings) => ledger.postBatch(postings), {
    maxBatch,
    lanes,
    maxWaiting,
    maxWaitMs,
    busy: ({ id }) => failure('busy', id),
  });
  return {
    post: (posting) => gatherer.add(posting),
    get waiting() {
      return gatherer.waiting;
    },
    close: () => gatherer.close(),
  };
}
