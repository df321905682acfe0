import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool, type Pool } from './database.ts';
import { type EmbeddedOptions, endAbandonedPostgres, startEmbeddedPostgres } from './embedded.ts';
import { type MigrationSource, migrate, schemaChecksum } from './migrate.ts';

/**
 * Where the tests find the one real PostgreSQL of their run: set by their global set-up, or by you to use your own (its
 * user must be allowed to create databases).
 */
export const TEST_DATABASE_VARIABLE = 'DATABASE_URL_TEST';

const TEMPORARY_PREFIX = 'smile-postgres-';

export type TemporaryServer = { readonly url: string; stop(): Promise<void> };

/** A PostgreSQL in a folder of its own that `stop` deletes. */
export async function startTemporaryServer(
  options: Omit<EmbeddedOptions, 'dir' | 'port'> = {},
): Promise<TemporaryServer> {
  await removeAbandonedServers();
  const folder = await mkdtemp(join(tmpdir(), TEMPORARY_PREFIX));
  // The database server may run as another user, who must get through to the folder below.
  await chmod(folder, 0o711);
  const dir = join(folder, 'db');
  try {
    const server = await startEmbeddedPostgres({ dir, ...options });
    return {
      url: server.url,
      async stop() {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Test runs that were killed leave their server running; the next run tidies up after them. */
async function removeAbandonedServers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (!name.startsWith(TEMPORARY_PREFIX) || !existsSync(join(folder, 'db/owner.pid'))) continue;
    try {
      await endAbandonedPostgres(join(folder, 'db'));
      await rm(folder, { recursive: true, force: true });
    } catch {
      // Its owner is alive, or it is somebody else's.
    }
  }
}

/** Starts the PostgreSQL that a whole test run shares. It forgets everything, so it need not sync to the disk. */
export async function startTestServer(): Promise<TemporaryServer> {
  const given = process.env[TEST_DATABASE_VARIABLE];
  if (given) return { url: given, stop: async () => undefined };
  // Tests provoke deadlocks: they need not wait a second for each.
  return startTemporaryServer({ durable: false, maxConnections: 100, deadlockTimeoutMs: 50 });
}

export type TestDatabase = { readonly url: string; readonly pool: Pool; drop(): Promise<void> };

/**
 * A database of its own for one test file, cloned from a template that the first one to ask has migrated: a clone takes
 * some 50 ms whatever the number of migrations.
 */
export async function createTestDatabase(sources: readonly MigrationSource[]): Promise<TestDatabase> {
  const base = process.env[TEST_DATABASE_VARIABLE];
  if (!base)
    throw new Error(`${TEST_DATABASE_VARIABLE} is not set: run the tests with vitest, its set-up starts PostgreSQL`);
  const admin = createPool(base, { maxConnections: 1, statementTimeoutMs: 60_000 });
  try {
    const template = await ensureTemplate(admin, base, sources);
    const name = `test_${randomBytes(6).toString('hex')}`;
    await copyDatabase(admin, name, template);
    const url = withDatabase(base, name);
    const pool = createPool(url);
    return {
      url,
      pool,
      async drop() {
        await pool.end();
        const again = createPool(base, { maxConnections: 1, statementTimeoutMs: 60_000 });
        await again.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        await again.end();
      },
    };
  } finally {
    await admin.end();
  }
}

async function ensureTemplate(admin: Pool, base: string, sources: readonly MigrationSource[]): Promise<string> {
  const name = `template_${(await schemaChecksum(sources)).slice(0, 16)}`;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const found = await admin.query<{ ready: boolean }>(
      'SELECT datistemplate AS ready FROM pg_database WHERE datname = $1',
      [name],
    );
    if (found.rows[0]?.ready) return name;
    if (found.rows.length === 0) {
      const mine = await admin.query(`CREATE DATABASE ${name}`).then(
        () => true,
        () => false,
      );
      if (mine) {
        const pool = createPool(withDatabase(base, name), { maxConnections: 1, statementTimeoutMs: 60_000 });
        try {
          await migrate(pool, sources);
        } catch (error) {
          await pool.end();
          // The others that wait would otherwise do so in vain.
          await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
          throw error;
        }
        await pool.end();
        // Marked only when complete: another worker that waits takes it from then on.
        await admin.query(`ALTER DATABASE ${name} WITH IS_TEMPLATE true`);
        return name;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the template database was not made in time');
}

async function copyDatabase(admin: Pool, name: string, template: string): Promise<void> {
  // Copying is refused for the moment that another worker copies the same template.
  for (let attempt = 0; ; attempt += 1) {
    try {
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      return;
    } catch (error) {
      if (attempt >= 50 || (error as { code?: string }).code !== '55006') throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
    }
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}
