import { parentPort, workerData } from 'node:worker_threads';
import { FaceEngine } from '@smile/face';
import { photoSource } from './photos.ts';
import { type CameraAutomatics, type TrialResult, TrialRunner } from './trial.ts';

/** One identity, genuine and as every species asked for. */
export type PadRequest = {
  readonly kind: 'identity';
  readonly person: number;
  readonly species: readonly number[];
  readonly withPictures: boolean;
};
/** Photos by the number of their identity, or null for made-up people. */
export type PadWorkerData = {
  readonly photos: ReadonlyMap<number, string> | null;
  readonly automatics: CameraAutomatics;
};
export type PadAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: TrialResult }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };

const port = parentPort;
if (!port) throw new Error('this file runs as a worker thread');
const say = (answer: PadAnswer) => port.postMessage(answer);
const engine = await FaceEngine.create();
const { photos, automatics } = workerData as PadWorkerData;
const runner = new TrialRunner(engine, photos && photoSource(engine, photos), automatics);

port.on('message', async (request: PadRequest | { readonly kind: 'stop' }) => {
  if (request.kind === 'stop') {
    await engine.close();
    // With its port closed the thread ends by itself.
    return port.close();
  }
  const { person, species, withPictures } = request;
  try {
    for (const id of species) say({ kind: 'result', result: await runner.run(id, person, withPictures) });
    say({ kind: 'done' });
  } catch (error) {
    say({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
say({ kind: 'ready' });
