import { join } from 'node:path';
import { MODEL_VERSION } from '@smile/face';
import type { BuildScanRooms } from '../context.ts';
import { FacesService, type MatchPolicy, openFileKeyService } from '../faces/index.ts';
import { createScanMetrics } from './metrics.ts';
import { registerScanRoutes } from './routes.ts';
import { ScansService } from './service.ts';
import { ScanWorkerPool } from './workers/worker-pool.ts';

export const SCAN_MIGRATIONS = [
  { domain: 'faces', dir: join(import.meta.dirname, '../faces/migrations') },
  { domain: 'scans', dir: join(import.meta.dirname, 'migrations') },
] as const;

/**
 * On 200 portraits of real people (900 genuine, 19,000 impostor pairs, one picture against one) a false match rate of
 * 1e-4 lies at 0.367, where 0.2 % of the genuine pairs are refused. 19,000 pairs hold that rate in two of them: the
 * step up to 0.40 pays for the uncertainty.
 */
const MATCH_FROM = 0.4;
const MATCH: MatchPolicy = { modelVersion: MODEL_VERSION, dimension: 1024, threshold: MATCH_FROM };

/** Builds scans and faces: keys, services, worker threads. Throws when the key file or the database is not right. */
export const createScanRooms: BuildScanRooms = async (tools) => {
  const { config, pool, log, now, people, payments, shops, audit } = tools;
  const keys = await openFileKeyService(config.dataDir);
  const faces = new FacesService({ pool, keys, now, match: MATCH });
  await faces.checkKey();
  const service = new ScansService({ pool, now, people, payments, audit, faces, keys });
  const metrics = createScanMetrics(tools.metrics);
  const workers = new ScanWorkerPool({
    threads: config.scanWorkers,
    samePersonFrom: MATCH.threshold,
    cacheDir: config.modelsDir,
    log,
    onCrash: () => metrics.workerCrashes.inc(),
  });
  let closeStreams: () => Promise<void> = async () => undefined;
  return {
    scans: service,
    faces,
    routes: (app) => {
      const stream = { service, workers, metrics, log, modelVersion: MATCH.modelVersion };
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
