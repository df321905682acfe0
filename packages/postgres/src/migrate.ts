import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, inTransaction, type Pool, query, sqlState } from './database.ts';

/** A domain's forward-only SQL files, `NNN-name.sql`, run in the order of their numbers. */
export type MigrationSource = { readonly domain: string; readonly dir: string };

const FILE_NAME = /^(\d{3})-[a-z0-9-]+\.sql$/;
/** For a migration itself, and for waiting while another server runs one. */
const MIGRATION_TIMEOUT_MS = 10 * 60_000;

type Migration = { readonly domain: string; readonly name: string; readonly sql: string; readonly checksum: string };

/**
 * Brings the database up to date; domains in the order given. Each file runs in a transaction of its own and is
 * recorded with its checksum. Servers that start at the same time take turns on a row lock.
 *
 * Throws when a file that has run was changed since or has vanished, and when a new one has a number below one that
 * has run: in each case this program and this database have different histories.
 */
export async function migrate(pool: Pool, sources: readonly MigrationSource[]): Promise<{ applied: string[] }> {
  await createBookkeeping(pool);
  const applied: string[] = [];
  for (const source of sources) {
    const migrations = await readMigrations(source);
    await refuseOtherHistory(pool, source.domain, migrations);
    for (const migration of migrations) {
      const ran = await inTransaction(pool, (client) => applyOnce(client, migration));
      if (ran) applied.push(`${migration.domain}/${migration.name}`);
    }
  }
  return { applied };
}

/** One checksum over all files: it names the schema they make. */
export async function schemaChecksum(sources: readonly MigrationSource[]): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const { domain, name, checksum } of await readMigrations(source))
      hash.update(`${domain}/${name} ${checksum}\n`);
  }
  return hash.digest('hex');
}

async function createBookkeeping(pool: Pool): Promise<void> {
  // Two first starts at once can both pass IF NOT EXISTS: the loser of the race sees a duplicate and goes on.
  for (const statement of [
    `CREATE TABLE IF NOT EXISTS schema_migrations (
       domain text NOT NULL, name text NOT NULL, checksum text NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (domain, name))`,
    'CREATE TABLE IF NOT EXISTS schema_migration_turn (id int PRIMARY KEY)',
    'INSERT INTO schema_migration_turn (id) VALUES (1) ON CONFLICT DO NOTHING',
  ]) {
    await pool.query(statement).catch((error) => {
      if (sqlState(error) !== '23505' && sqlState(error) !== '42P07') throw error;
    });
  }
}

async function refuseOtherHistory(pool: Pool, domain: string, migrations: readonly Migration[]): Promise<void> {
  const ran = await query<{ name: string }>(
    pool,
    'SELECT name FROM schema_migrations WHERE domain = $1 ORDER BY name',
    [domain],
  );
  const last = ran.at(-1)?.name ?? '';
  const known = new Set(migrations.map(({ name }) => name));
  for (const { name } of ran) {
    if (!known.has(name))
      throw new Error(`migration ${domain}/${name} has run here, but this program does not know it`);
  }
  const names = new Set(ran.map(({ name }) => name));
  for (const { name } of migrations) {
    if (name < last && !names.has(name)) {
      throw new Error(`migration ${domain}/${name} comes before ${last}, which has run: give it the next number`);
    }
  }
}

async function applyOnce(client: Client, migration: Migration): Promise<boolean> {
  await client.query(`SET LOCAL statement_timeout = ${MIGRATION_TIMEOUT_MS}`);
  await client.query('SELECT id FROM schema_migration_turn WHERE id = 1 FOR UPDATE');
  const [done] = await query<{ checksum: string }>(
    client,
    'SELECT checksum FROM schema_migrations WHERE domain = $1 AND name = $2',
    [migration.domain, migration.name],
  );
  if (done) {
    if (done.checksum === migration.checksum) return false;
    throw new Error(
      `migration ${migration.domain}/${migration.name} has run and was changed since; write a new one instead`,
    );
  }
  await client.query(migration.sql);
  await client.query('INSERT INTO schema_migrations (domain, name, checksum) VALUES ($1, $2, $3)', [
    migration.domain,
    migration.name,
    migration.checksum,
  ]);
  return true;
}

async function readMigrations(source: MigrationSource): Promise<Migration[]> {
  const names = (await readdir(source.dir)).filter((name) => name.endsWith('.sql')).sort();
  const numbers = new Set<string>();
  const migrations: Migration[] = [];
  for (const name of names) {
    const number = FILE_NAME.exec(name)?.[1];
    if (!number) throw new Error(`${source.domain}: ${name} is not named like 001-what-it-does.sql`);
    if (numbers.has(number)) throw new Error(`${source.domain}: two migrations have the number ${number}`);
    numbers.add(number);
    // A checkout may end its lines another way; that is no change.
    const sql = (await readFile(join(source.dir, name), 'utf8')).replaceAll('\r\n', '\n');
    migrations.push({ domain: source.domain, name, sql, checksum: createHash('sha256').update(sql).digest('hex') });
  }
  return migrations;
}
