/** The Human library on its own terms, to be compared with: in the processor's WebAssembly, which needs nothing installed. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { Human } from '@vladmandic/human';

export type RunningHuman = { readonly human: Human; close(): void };

/** Detector, mesh and embedding switched on, everything else off; one face a picture, nothing remembered between calls. */
export async function startHuman(): Promise<RunningHuman> {
  const require = createRequire(import.meta.url);
  const root = dirname(dirname(require.resolve('@vladmandic/human')));
  const server = await serveModels(join(root, 'models'));
  const { port } = server.address() as AddressInfo;
  // This build takes TensorFlow.js from outside; its other Node builds want the native TensorFlow.
  const library = require(join(root, 'dist', 'human.node-wasm.js')) as { Human: typeof Human };
  const off = { enabled: false };
  const human = new library.Human({
    backend: 'wasm',
    wasmPath: `${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`,
    modelBasePath: `http://127.0.0.1:${port}/`,
    debug: false,
    cacheModels: false,
    // Every call does all the work: no results of the last picture are taken over.
    cacheSensitivity: 0,
    skipAllowed: false,
    filter: off,
    face: {
      enabled: true,
      detector: { maxDetected: 1, skipFrames: 0, skipTime: 0 },
      mesh: { enabled: true },
      description: { enabled: true, skipFrames: 0, skipTime: 0 },
      iris: off,
      emotion: off,
      antispoof: off,
      liveness: off,
    },
    body: off,
    hand: off,
    object: off,
    gesture: off,
  });
  human.tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await human.load();
  if (human.tf.getBackend() !== 'wasm') throw new Error('Human does not run on WebAssembly');
  return { human, close: () => server.close() };
}

/** Human loads its models by HTTP only. */
async function serveModels(folder: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const name = basename(new URL(request.url ?? '/', 'http://localhost').pathname);
    try {
      if (!/^[\w-]+\.(json|bin)$/.test(name)) throw new Error('not a model file');
      const body = await readFile(join(folder, name));
      response.setHeader('content-type', name.endsWith('.json') ? 'application/json' : 'application/octet-stream');
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return server;
}
