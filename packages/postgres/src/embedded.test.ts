import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, query } from './database.ts';
import { type EmbeddedOptions, endAbandonedPostgres, isAlive, startEmbeddedPostgres } from './embedded.ts';

// One folder for all tests, in order: as on a real machine, it has a past.
let folder: string;
let dir: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-test-'));
  await chmod(folder, 0o711);
  dir = join(folder, 'db');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const codeOf = (options: EmbeddedOptions) =>
  startEmbeddedPostgres(options).then(
    async (server) => {
      await server.stop();
      return 'started';
    },
    (error) => error.code as string,
  );

async function ask<Row extends object>(url: string, text: string): Promise<Row[]> {
  const pool = createPool(url, { maxConnections: 1 });
  try {
    return await query<Row>(pool, text);
  } finally {
    await pool.end();
  }
}

/** Starts the server from a process of its own that then dies without a word. */
async function startAndDie(): Promise<void> {
  const script = `import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, 'embedded.ts'))};
    await startEmbeddedPostgres({ dir: ${JSON.stringify(dir)} });
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
}

describe('the embedded PostgreSQL', () => {
  it('starts durable, on loopback, with a secret password, and keeps its data', async () => {
    const first = await startEmbeddedPostgres({ dir });
    const settings = await ask<{ name: string; setting: string }>(
      first.url,
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'data_checksums') ORDER BY name`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      data_checksums: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      synchronous_commit: 'on',
    });
    expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600);
    await expect(ask(first.url.replace(/smile:[^@]+/, 'smile:guess'), 'SELECT 1')).rejects.toThrow('password');
    await ask(first.url, 'CREATE TABLE memory (word text)');
    await first.stop();

    const second = await startEmbeddedPostgres({ dir });
    expect(await ask(second.url, 'SELECT * FROM memory')).toEqual([]);
    await second.stop();
  });

  it('refuses a second server on the same folder', async () => {
    const server = await startEmbeddedPostgres({ dir });
    expect(await codeOf({ dir })).toBe('already_running');
    await expect(endAbandonedPostgres(dir)).rejects.toMatchObject({ code: 'already_running' });
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('takes over after its process was killed, and after a power cut', async () => {
    await startAndDie();
    const pid = Number((await readFile(join(dir, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);
    expect(isAlive(pid)).toBe(true);
    expect(await codeOf({ dir })).toBe('started');
    expect(isAlive(pid)).toBe(false);
    // After a power cut the files name processes of another day; here, this very test.
    await writeFile(join(dir, 'data/postmaster.pid'), `${process.pid}\n${join(dir, 'data')}\n`);
    await writeFile(join(dir, 'owner.pid'), `${process.pid} 1`);
    expect(await codeOf({ dir })).toBe('started');
  });

  it('says when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    expect(await codeOf({ dir, port })).toBe('port_taken');
    await new Promise((resolve) => other.close(resolve));
    expect(await codeOf({ dir, port })).toBe('started');
  });

  it('says when the data are of another version', async () => {
    const file = join(dir, 'data/PG_VERSION');
    await writeFile(file, '17\n');
    expect(await codeOf({ dir })).toBe('wrong_version');
    await writeFile(file, '18\n');
    expect(await codeOf({ dir })).toBe('started');
  });

  it('says when the folder cannot be written', async () => {
    const file = join(folder, 'not-a-folder');
    await writeFile(file, '');
    expect(await codeOf({ dir: join(file, 'db') })).toBe('folder_not_writable');
  });

  it('begins again after a first start that was cut off', async () => {
    const young = join(folder, 'young');
    await mkdir(join(young, 'data.new/base'), { recursive: true });
    expect(await codeOf({ dir: young, durable: false })).toBe('started');
  });
});
