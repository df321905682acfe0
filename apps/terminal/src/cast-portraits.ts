import { Worker } from 'node:worker_threads';

export type PortraitRequest = { readonly seed: number };
export type PortraitReply = { readonly seed: number; readonly jpeg: Uint8Array };

const RENDER_TIMEOUT_MS = 30_000;

/**
 * Small pictures of procedural people, each rendered once, when first asked for, on a thread of its own: a person takes
 * a second or two, and the pages must not wait for that.
 */
export class CastPortraits {
  readonly #made = new Map<number, Promise<Uint8Array>>();
  #last: Promise<unknown> = Promise.resolve();
  #worker: Worker | null = null;
  #waiting = 0;

  /** A square JPEG. Rejects when it cannot be rendered; the next call tries again. */
  portrait(seed: number): Promise<Uint8Array> {
    const known = this.#made.get(seed);
    if (known) return known;
    this.#waiting += 1;
    const making = this.#last.then(() => this.#render(seed)).finally(() => this.#rest());
    this.#last = making.catch(() => this.#made.delete(seed));
    this.#made.set(seed, making);
    return making;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #render(seed: number): Promise<Uint8Array> {
    this.#worker ??= new Worker(new URL('./portrait-worker.ts', import.meta.url), { execArgv: [] });
    const worker = this.#worker;
    worker.unref();
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const onMessage = (reply: PortraitReply): void => resolve(reply.jpeg);
    const onEnd = (reason: unknown): void => {
      this.#worker = null;
      reject(reason instanceof Error ? reason : new Error('the thread that renders portraits ended'));
    };
    const timer = setTimeout(() => void worker.terminate(), RENDER_TIMEOUT_MS);
    worker.once('message', onMessage).once('error', onEnd).once('exit', onEnd);
    worker.postMessage({ seed } satisfies PortraitRequest);
    return promise.finally(() => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onEnd).off('exit', onEnd);
    });
  }

  /** A thread with nobody left to render gives its memory back. */
  #rest(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    const worker = this.#worker;
    this.#worker = null;
    worker?.terminate().catch(() => undefined);
  }
}
