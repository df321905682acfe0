export type GatherOptions<T, R> = {
  /** Items of one run. */
  readonly maxBatch: number;
  /** Runs at the same time. */
  readonly lanes: number;
  /** Items that wait for a lane; one more is answered with `busy`. */
  readonly maxWaiting: number;
  /** An item that has waited this long is answered with `busy` and was not run. */
  readonly maxWaitMs: number;
  readonly busy: (item: T) => R;
};

export type Gatherer<T, R> = {
  add(item: T): Promise<R>;
  readonly waiting: number;
  /** Answers `busy` to what comes from now on, and waits for what is there. */
  close(): Promise<void>;
};

type Waiting<T, R> = {
  readonly item: T;
  readonly sinceMs: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Gathers what concurrent callers want into runs, so that they share a transaction and its commit. There is no pause in
 * which it gathers: a lane takes whatever has come while it was busy, so a lone item goes out at once and runs grow with
 * the load. `run` gives a result for each item in their order; what it throws is thrown to all of them.
 */
export function createGatherer<T, R>(
  run: (items: readonly T[]) => Promise<readonly R[]>,
  { maxBatch, lanes, maxWaiting, maxWaitMs, busy }: GatherOptions<T, R>,
): Gatherer<T, R> {
  const queue: Waiting<T, R>[] = [];
  let busyLanes = 0;
  let closing: (() => void) | null = null;
  let timer: NodeJS.Timeout | null = null;

  /** Also by a timer: lanes that hang on a slow database come back for nobody. */
  function refuseTooOld(): void {
    const tooOldMs = performance.now() - maxWaitMs;
    while (queue.length > 0 && queue[0].sinceMs <= tooOldMs) {
      const { item, resolve } = queue.shift()!;
      resolve(busy(item));
    }
    timer = null;
    if (queue.length > 0) watch();
  }
  function watch(): void {
    timer ??= setTimeout(refuseTooOld, Math.max(queue[0].sinceMs + maxWaitMs - performance.now(), 1));
  }

  async function drive(): Promise<void> {
    busyLanes += 1;
    while (queue.length > 0) {
      const batch = queue.splice(0, maxBatch);
      try {
        const results = await run(batch.map(({ item }) => item));
        for (const [index, { resolve }] of batch.entries()) resolve(results[index]);
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
    add: (item) =>
      new Promise((resolve, reject) => {
        if (closing || queue.length >= maxWaiting) {
          resolve(busy(item));
          return;
        }
        queue.push({ item, sinceMs: performance.now(), resolve, reject });
        watch();
        // What the same turn of the event loop brings goes into the same batch.
        if (busyLanes < lanes && queue.length === 1) setImmediate(() => void (busyLanes < lanes && drive()));
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
