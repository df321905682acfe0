import { join } from 'node:path';
import { MODEL_VERSION, operatingPoint } from '@smile/face';
import type { BuildScanRooms } from '../context.ts';
import { FacesService, type MatchPolicy, openFileKeyService } from '../faces/index.ts';
import { createScanMetrics, watchWorkers } from './metrics.ts';
import { registerScanRoutes } from './routes.ts';
import { ScansService } from './service.ts';
import { ScanWorkerPool } from './workers/worker-pool.ts';

export const SCAN_MIGRATIONS = [
  { domain: 'faces', dir: join(import.meta.dirname, '../faces/migrations') },
  { domain: 'scans', dir: join(import.meta.dirname, 'migrations') },
] as const;

/** What product.md promises of one-to-one matching; the threshold that was measured for it comes from the model's record. */
const FALSE_MATCH_RATE = 1e-4;
/** Of the packaged embedder. A template of another length is refused, not compared. */
const EMBEDDING_DIMENSION = 1_024;

/** Builds scans and faces: keys, services, worker threads. Throws when the key file or the database is not right. */
export const createScanRooms: BuildScanRooms = async (tools) => {
  const { config, pool, log, now, people, payments, shops, audit } = tools;
  const keys = await openFileKeyService(config.dataDir);
  const match: MatchPolicy = {
    modelVersion: MODEL_VERSION,
    dimension: EMBEDDING_DIMENSION,
    threshold: operatingPoint(FALSE_MATCH_RATE).threshold,
  };
  const faces = new FacesService({ pool, keys, now, match });
  await faces.checkKey();
  const service = new ScansService({ pool, now, people, payments, audit, faces, keys });
  const metrics = createScanMetrics(tools.metrics);
  const workers = new ScanWorkerPool({
    threads: config.scanWorkers,
    samePersonFrom: match.threshold,
    cacheDir: config.modelsDir,
    log,
    onCrash: () => metrics.workerCrashes.inc(),
  });
  watchWorkers(tools.metrics, () => workers.usage());
  let closeStreams: () => Promise<void> = async () => undefined;
  return {
    scans: service,
    faces,
    routes: (app) => {
      const stream = { service, workers, metrics, log, modelVersion: match.modelVersion };
      ({ closeStreams } = registerScanRoutes(app, { service, workers, shops, stream, log }));
    },
    ready: () => workers.ready || config.scanWorkers === 0,
    sweep: async () => {
      const { expired, aborted } = await service.sweep();
      if (expired + aborted > 0) log.info({ expired, aborted }, 'scans swept');
    },
    close: async () => {
      await closeStreams();
      await workers.close();
    },
  };
};
