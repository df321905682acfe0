import { Worker } from 'node:worker_threads';
import type { TrialResult } from './trial.ts';
import type { PadAnswer, PadRequest, PadWorkerData } from './worker.ts';

/** Has the requests worked on by some threads. Rejects when one of them fails; all threads are ended in any case. */
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
    await Promise.all(workers.map((worker) => worker.terminate()));
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
