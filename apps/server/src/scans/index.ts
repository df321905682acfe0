import { join } from 'node:path';
import { loadFaceModel } from '@smile/face';
import type { BuildScanRooms } from '../context.ts';
import { createRecordSealer, FacesService, openKeyFiles, TemplateVault } from '../faces/index.ts';
import { matchPolicyOf } from './match-policy.ts';
import { createScanMetrics, watchWorkers } from './metrics.ts';
import { registerScanRoutes } from './routes.ts';
import { ScansService } from './service.ts';
import { ScanWorkerPool } from './workers/worker-pool.ts';

export const SCAN_MIGRATIONS = [
  { domain: 'faces', dir: join(import.meta.dirname, '../faces/migrations') },
  { domain: 'scans', dir: join(import.meta.dirname, 'migrations') },
] as const;

/** Builds scans and faces: keys, services, worker threads. Throws when the key file or the database is not right. */
export const createScanRooms: BuildScanRooms = async (tools) => {
  const { config, pool, log, now, people, payments, shops, audit } = tools;
  const keys = await openKeyFiles(config.dataDir);
  const vault = new TemplateVault({ pool, keys, now });
  await vault.checkKeys();
  const match = matchPolicyOf(await loadFaceModel(config.faceModel));
  const faces = new FacesService({ pool, vault, now, match });
  const sealer = createRecordSealer(keys);
  const service = new ScansService({
    pool,
    now,
    people,
    payments,
    audit,
    faces,
    sealer,
    log,
    lightChallenge: config.lightChallenge,
  });
  const metrics = createScanMetrics(tools.metrics);
  const workers = new ScanWorkerPool({
    threads: config.scanWorkers,
    samePersonFrom: match.threshold,
    cacheDir: config.modelsDir,
    manifestPath: config.faceModel,
    log,
    onCrash: () => metrics.workerCrashes.inc(),
  });
  watchWorkers(tools.metrics, () => workers.usage());
  // In the background: whoever is not in the index yet is asked for the PIN meanwhile.
  const taken = (async () => {
    const adopted = await vault.adopt();
    if (adopted > 0) log.info({ adopted }, 'templates from before the vault were moved into it');
    await faces.refresh();
  })().catch((error: unknown) => log.error({ err: error }, 'the index of faces could not be filled'));
  let closeStreams: () => Promise<void> = async () => undefined;
  return {
    scans: service,
    faces,
    routes: (app) => {
      const stream = { service, workers, metrics, log, modelVersion: match.modelVersion };
      ({ closeStreams } = registerScanRoutes(app, {
        service,
        workers,
        shops,
        stream,
        lightChallenge: config.lightChallenge,
        log,
      }));
    },
    ready: () => workers.ready || config.scanWorkers === 0,
    sweep: async () => {
      await faces.refresh();
      const { expired, aborted } = await service.sweep();
      if (expired + aborted > 0) log.info({ expired, aborted }, 'scans swept');
    },
    close: async () => {
      await closeStreams();
      await workers.close();
      await taken;
      faces.close();
    },
  };
};
