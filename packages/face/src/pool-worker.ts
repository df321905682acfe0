/** The inside of a FacePool thread: one engine, one request at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ColourImage } from '@smile/camera';
import { FaceEngine, type FaceEngineOptions } from './face-engine.ts';
import { FaceError } from './face-error.ts';
import type { AnalysedFace, AnalyseOptions, WorkerReply, WorkerRequest } from './face-pool.ts';
import { byProminence } from './prominence.ts';

const port = parentPort;
if (!port) throw new Error('pool-worker.ts runs as a worker thread only');
const engine = await FaceEngine.create(workerData as FaceEngineOptions);
const ready: WorkerReply = { kind: 'ready' };
port.postMessage(ready);

port.on('message', async (request: WorkerRequest) => {
  // With its port closed the thread ends by itself once nothing is under way.
  if (request.kind === 'stop') return port.close();
  const { id, image, options } = request;
  const reply = await serve(id, image, options);
  const buffers =
    reply.kind === 'faces'
      ? reply.faces.flatMap(({ mesh, embedding, rawEmbedding }) => [mesh?.points, embedding, rawEmbedding])
      : [];
  port.postMessage(
    reply,
    buffers.filter((buffer) => buffer !== undefined).map((buffer) => buffer.buffer as ArrayBuffer),
  );
});

async function serve(id: number, image: ColourImage, options: AnalyseOptions): Promise<WorkerReply> {
  try {
    const faces: AnalysedFace[] = [];
    for (const detection of byProminence(await engine.detect(image, options), image)) {
      const wanted = faces.length < (options.embedFaces ?? 1);
      const raw = (options.embed || options.embedRaw) && wanted ? await engine.embedRaw(image, detection) : undefined;
      faces.push({
        detection,
        mesh: options.mesh ? await engine.mesh(image, detection) : undefined,
        embedding: options.embed && raw ? engine.finishEmbedding(raw) : undefined,
        rawEmbedding: options.embedRaw ? raw : undefined,
      });
    }
    return { kind: 'faces', id, faces };
  } catch (error) {
    if (error instanceof FaceError) return { kind: 'refused', id, code: error.code, message: error.message };
    return { kind: 'refused', id, code: 'pool_worker_failed', message: (error as Error).message };
  }
}
