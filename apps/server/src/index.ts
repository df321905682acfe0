import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createPool, type EmbeddedPostgres, migrate, type Pool, startEmbeddedPostgres } from '@smile/postgres';
import { buildApp, type ServerApp } from './app.ts';
import { type ServerConfig, type ServerConfigInput, ServerConfigSchema } from './config.ts';
import { createLogger } from './http/logging.ts';
import { MIGRATIONS } from './migrations.ts';
import { createScanRooms, SCAN_MIGRATIONS } from './scans/index.ts';
import { createKeyDerivation, loadServerSecret } from './secrets.ts';

export { DEMO } from './app.ts';
export { configFromEnvironment, type ServerConfig, type ServerConfigInput } from './config.ts';

/** The oldest PostgreSQL that is still kept up by its makers as of November 2026 and knows all we use. */
const MIN_POSTGRES_MAJOR = 15;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export type RunningServer = {
  readonly url: string;
  /** The database in use, with its password: a secret. */
  readonly databaseUrl: string;
  close(): Promise<void>;
};

/**
 * Starts the whole platform: database (embedded unless `databaseUrl` is set), migrations, demo, scan workers, HTTP.
 * Resolves when it listens; /readyz turns good when the scan workers have their models.
 *
 * Throws EmbeddedPostgresError when the database cannot be used, and whatever else keeps it from starting; nothing is
 * left running then.
 */
export async function startServer(given: ServerConfigInput = {}): Promise<RunningServer> {
  const config: ServerConfig = ServerConfigSchema.parse(given);
  const log = createLogger(config);
  // Ended in the reverse order of their start, also when a later start fails.
  const endings: (() => Promise<unknown>)[] = [];
  const endAll = async () => {
    for (const end of endings.splice(0).reverse()) {
      await end().catch((error: unknown) => log.error({ err: error }, 'stopping failed'));
    }
  };
  try {
    await mkdir(config.dataDir, { recursive: true });
    const database = await openDatabase(config, endings);
    const pool = createPool(database.url, {
      maxConnections: config.databaseConnections,
      onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
    });
    endings.push(() => pool.end());
    await checkDatabase(pool);
    const { applied } = await migrate(pool, [...MIGRATIONS, ...SCAN_MIGRATIONS]);
    if (applied.length > 0) log.info({ applied }, 'database brought up to date');

    const deriveKey = createKeyDerivation(await loadServerSecret(config));
    const app = await buildApp({ config, pool, log, deriveKey, buildScanRooms: createScanRooms });
    endings.push(() => app.close());
    await app.prepare();
    endings.push(keepSweeping(app, config.jobIntervalMs));
    endings.push(app.work());
    const url = await listen(app, config);
    log.info({ mode: config.mode }, 'the server listens');
    if (config.mode === 'development' && !LOOPBACK.has(config.host)) {
      log.warn('development mode is open to the network: its tokens are known to everybody, its codes can be read');
    }
    return { url, databaseUrl: database.url, close: endAll };
  } catch (error) {
    await endAll();
    throw error;
  }
}

async function openDatabase(config: ServerConfig, endings: (() => Promise<unknown>)[]): Promise<{ url: string }> {
  if (config.databaseUrl) return { url: config.databaseUrl };
  const embedded: EmbeddedPostgres = await startEmbeddedPostgres({
    dir: join(config.dataDir, 'postgres'),
    port: config.databasePort,
  });
  endings.push(() => embedded.stop());
  return embedded;
}

/** Words for the person who set DATABASE_URL, where the driver would give a number or a stack. */
async function checkDatabase(pool: Pool): Promise<void> {
  const found = await pool
    .query<{ version: number }>(`SELECT current_setting('server_version_num')::int AS version`)
    .catch((error: Error) => {
      throw new Error(`the database cannot be reached: ${error.message || error.name}; check DATABASE_URL`);
    });
  const major = Math.floor(found.rows[0].version / 10_000);
  if (major < MIN_POSTGRES_MAJOR) {
    throw new Error(`the database is PostgreSQL ${major}; ${MIN_POSTGRES_MAJOR} or later is needed`);
  }
}

async function listen(app: ServerApp, config: ServerConfig): Promise<string> {
  return app.http.listen({ port: config.port, host: config.host }).catch((error: Error & { code?: string }) => {
    if (error.code === 'EADDRINUSE') throw new Error(`port ${config.port} is taken; choose another with PORT`);
    if (error.code === 'EACCES') throw new Error(`port ${config.port} needs more rights; choose another with PORT`);
    throw error;
  });
}

/** One round after the other, never two at once; the returned function waits for the one that runs. */
function keepSweeping(app: ServerApp, intervalMs: number): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();
  let ended = false;
  const next = () => {
    timer = setTimeout(() => {
      round = app.sweep().finally(() => {
        if (!ended) next();
      });
    }, intervalMs);
    timer.unref();
  };
  next();
  return async () => {
    ended = true;
    clearTimeout(timer);
    await round;
  };
}
