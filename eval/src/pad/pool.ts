import { Worker } from 'node:worker_threads';
import type { TrialResult } from './trial.ts';
import type { PadAnswer, PadRequest, PadWorkerData } from './worker.ts';

/** Has the requests worked on by some threads. Rejects when one of them fails; all threads have ended in any case. */
export async function runTrials(
  requests: readonly PadRequest[],
  { threads, ...workerData }: PadWorkerData & { readonly threads: number },
  onResult: (result: TrialResult) => void,
): Promise<void> {
  const waiting = [...requests];
  const workers: Worker[] = [];
  try {
    await Promise.all(
      Array.from({ length: Math.min(threads, requests.length) }, () => {
        const worker = new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [], workerData });
        workers.push(worker);
        return serve(worker, () => waiting.shift(), onResult);
      }),
    );
  } finally {
    await Promise.all(workers.map(stop));
  }
}

function serve(
  worker: Worker,
  next: () => PadRequest | undefined,
  onResult: (result: TrialResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`an evaluation thread ended with ${code}`)));
    worker.on('message', (answer: PadAnswer) => {
      if (answer.kind === 'result') return onResult(answer.result);
      if (answer.kind === 'failed') return reject(new Error(answer.message));
      const request = next();
      if (request) worker.postMessage(request);
      else resolve();
    });
  });
}

const STOP_TIMEOUT_MS = 20_000;

/** Asks a thread to end, as cutting it off in the midst of an inference would take the process along. */
async function stop(worker: Worker): Promise<void> {
  // A thread that has already ended says so by its number.
  if (worker.threadId < 0) return;
  worker.removeAllListeners();
  worker.on('error', () => undefined);
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage({ kind: 'stop' });
  const timer = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
