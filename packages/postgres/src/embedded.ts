import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { createPool, sqlState } from './database.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { findNative, findRunAs, type RunAs, reachableFolder, userCan } from './native.ts';

/** The major version the pinned package brings; a data folder of another cannot be opened by it. */
const MAJOR_VERSION = '18';
const DATABASE = 'smile';
const START_TIMEOUT_MS = 60_000;
const INITDB_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_S = 20;
const MAX_LOG_BYTES = 10_000_000;

export type EmbeddedOptions = {
  /** Everything lives in here: the data, the password, the log. */
  readonly dir: string;
  /** 0 or none takes a free port. */
  readonly port?: number;
  /** Only for throw-away tests: trades durability for speed. */
  readonly durable?: boolean;
  readonly maxConnections?: number;
  readonly sharedBuffersMb?: number;
  readonly startTimeoutMs?: number;
  /** How long a lock is waited for before PostgreSQL looks for a deadlock; its default is 1,000. */
  readonly deadlockTimeoutMs?: number;
};

export type EmbeddedPostgres = {
  /** Address of the `smile` database, password included: a secret. */
  readonly url: string;
  readonly port: number;
  /** The asked-for folder, or the one taken instead because the server's user cannot reach that. */
  readonly dir: string;
  stop(): Promise<void>;
};

/**
 * Starts PostgreSQL from the npm package, with its data in one folder. It listens on loopback only. When this process
 * dies the database server goes on by itself; the next start on that folder ends it and starts anew.
 *
 * Throws EmbeddedPostgresError.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const runAs = await findRunAs(join(resolve(options.dir), 'data'));
  const dir = reachableFolder(resolve(options.dir), runAs);
  const dataDir = join(dir, 'data');
  await prepareFolder(dir, runAs);
  const release = await takeFolder(dir);
  try {
    await checkVersion(dataDir);
    const native = await findNative(runAs);
    const password = await readOrMakePassword(dir, runAs);
    if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(native, dir, runAs);
    await endAbandonedServer(native, dataDir, runAs);
    const port = options.port || (await freePort());
    if (!(await portIsFree(port))) throw portTaken(port);
    await startServer(native, dir, port, options, runAs);
    await createDatabase(addressOf('postgres', port, password));
    return {
      url: addressOf(DATABASE, port, password),
      port,
      dir,
      async stop() {
        await stopServer(native, dataDir, runAs);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * The address of the server that runs on that folder, whoever started it; null when none does. For a look from outside,
 * such as a check of the books beside a running shop.
 */
export async function findRunningPostgres(folder: string): Promise<string | null> {
  const asked = resolve(folder);
  const dir = reachableFolder(asked, await findRunAs(join(asked, 'data')));
  const dataDir = join(dir, 'data');
  // Its lines: process, folder, start time, port... See the PostgreSQL sources, miscadmin.h.
  const lines = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  if (!isAlive(Number(lines[0])) || !worksIn(Number(lines[0]), dataDir)) return null;
  return addressOf(DATABASE, Number(lines[3]), (await readFile(join(dir, 'password'), 'utf8')).trim());
}

/** Ends the server, if it still runs, of a folder whose owner has died. Throws `already_running` when it lives. */
export async function endAbandonedPostgres(folder: string): Promise<void> {
  const dir = resolve(folder);
  const dataDir = join(dir, 'data');
  const runAs = await findRunAs(dataDir);
  const release = await takeFolder(dir);
  try {
    await endAbandonedServer(await findNative(runAs), dataDir, runAs);
  } finally {
    await release();
  }
}

function addressOf(database: string, port: number, password: string): string {
  return `postgres://smile:${password}@127.0.0.1:${port}/${database}`;
}

function portTaken(port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'port_taken',
    `port ${port} for the embedded PostgreSQL is taken; set DATABASE_PORT to another`,
  );
}

async function prepareFolder(dir: string, runAs: RunAs): Promise<void> {
  const notWritable = () =>
    new EmbeddedPostgresError(
      'folder_not_writable',
      `the folder ${dir} cannot be written by ${runAs ? `the database server’s user (number ${runAs.uid})` : 'this user'}; choose another with DATA_DIR`,
    );
  try {
    await mkdir(dir, { recursive: true });
    if (runAs) await chown(dir, runAs.uid, runAs.gid);
    await chmod(dir, 0o700);
  } catch {
    throw notWritable();
  }
  if (!userCan('w', dir, runAs) || !userCan('x', dir, runAs)) throw notWritable();
}

/** Folders this very process runs a server in. */
const takenHere = new Set<string>();

/** Two servers on one folder would destroy each other's work; a file names the living owner. */
async function takeFolder(dir: string): Promise<() => Promise<void>> {
  const file = join(dir, 'owner.pid');
  const mine = `${process.pid} ${processStart(process.pid)}`;
  const taken = (pid: number) =>
    new EmbeddedPostgresError(
      'already_running',
      `process ${pid} already runs a database in ${dir}; end it, or choose another DATA_DIR`,
    );
  if (takenHere.has(dir)) throw taken(process.pid);
  const owner = await readFile(file, 'utf8').catch(() => '');
  if (owner !== '') {
    const [pid, start] = owner.split(' ');
    if (owner !== mine && isAlive(Number(pid)) && processStart(Number(pid)) === start) throw taken(Number(pid));
    await rm(file, { force: true });
  }
  try {
    // 'wx' fails when another start has made the file meanwhile.
    await writeFile(file, mine, { mode: 0o600, flag: 'wx' });
  } catch {
    throw taken(Number((await readFile(file, 'utf8').catch(() => '0')).split(' ')[0]));
  }
  takenHere.add(dir);
  return async () => {
    takenHere.delete(dir);
    await rm(file, { force: true });
  };
}

/** What Linux tells of a process, from its state on; empty elsewhere. See proc(5). */
function processFacts(pid: number): string[] {
  try {
    // The command's name comes before, in brackets, and may hold spaces and brackets itself.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return [];
  }
}

/** When a process started, in ticks since the machine did: tells it from a later one with the same number. */
const processStart = (pid: number): string => processFacts(pid)[19] ?? 'unknown';

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  // A dead child that its parent has not looked at still has a number (in a container often for ever).
  if (processFacts(pid)[0] === 'Z') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function checkVersion(dataDir: string): Promise<void> {
  const found = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => null);
  if (found !== null && found.trim() !== MAJOR_VERSION) {
    throw new EmbeddedPostgresError(
      'wrong_version',
      `the data in ${dataDir} is of PostgreSQL ${found.trim()}, this is ${MAJOR_VERSION}: dump it with the old version, or move the folder away to begin anew`,
    );
  }
}

async function readOrMakePassword(dir: string, runAs: RunAs): Promise<string> {
  const file = join(dir, 'password');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  const password = randomBytes(24).toString('base64url');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  if (runAs) await chown(file, runAs.uid, runAs.gid);
  return password;
}

/** Makes the cluster beside its final place and moves it there: a first start that is cut off leaves nothing half-made. */
async function initialise(native: string, dir: string, runAs: RunAs): Promise<void> {
  const unfinished = join(dir, 'data.new');
  await rm(unfinished, { recursive: true, force: true });
  await command(
    join(native, 'bin/initdb'),
    [
      `--pgdata=${unfinished}`,
      '--username=smile',
      `--pwfile=${join(dir, 'password')}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // Text sorts and folds the same on every machine, whatever locales it has.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
    ],
    runAs,
    INITDB_TIMEOUT_MS,
  );
  await rename(unfinished, join(dir, 'data'));
}

async function startServer(
  native: string,
  dir: string,
  port: number,
  options: EmbeddedOptions,
  runAs: RunAs,
): Promise<void> {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: options.maxConnections ?? 60,
    shared_buffers: `${options.sharedBuffersMb ?? 128}MB`,
    deadlock_timeout: `${options.deadlockTimeoutMs ?? 1_000}ms`,
    timezone: 'UTC',
    jit: 'off',
    // The details of an error quote rows, and with them people; the log gets the bare message.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    ...(options.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }),
  };
  const flags = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
  const log = join(dir, 'postgres.log');
  if (existsSync(log) && statSync(log).size > MAX_LOG_BYTES) await rename(log, `${log}.1`);
  const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  const dataDir = join(dir, 'data');
  try {
    await command(
      join(native, 'bin/pg_ctl'),
      ['start', '-w', '-t', String(Math.ceil(timeoutMs / 1000)), '-D', dataDir, '-l', log, '-o', flags.join(' ')],
      runAs,
      timeoutMs + 5_000,
    );
  } catch (error) {
    const words = existsSync(log) ? (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-8).join('\n') : '';
    if (/could not bind|Address already in use/.test(words)) throw portTaken(port);
    const { message } = error as Error;
    if (/did not start in time|was ended after/.test(message)) {
      throw new EmbeddedPostgresError(
        'start_timeout',
        `PostgreSQL did not start within ${timeoutMs} ms; it may still be recovering, see ${log}`,
      );
    }
    throw new EmbeddedPostgresError('start_failed', `PostgreSQL did not start: ${message}\n${words}`);
  }
}

async function createDatabase(url: string): Promise<void> {
  const pool = createPool(url, { maxConnections: 1, statementTimeoutMs: 30_000 });
  try {
    await pool.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    const alreadyThere = sqlState(error) === '42P04';
    if (!alreadyThere) throw error;
  } finally {
    await pool.end();
  }
}

/** A server whose starter died is ended in good order: it may have another port and other settings. */
async function endAbandonedServer(native: string, dataDir: string, runAs: RunAs): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  const words = await readFile(file, 'utf8').catch(() => null);
  if (words === null) return;
  const pid = Number(words.split('\n')[0]);
  if (isAlive(pid) && worksIn(pid, dataDir)) await stopServer(native, dataDir, runAs);
  // After a power cut the file names a process that is gone or, worse, another one by now. Its signal would hit that.
  else await rm(file, { force: true });
}

/** PostgreSQL makes its data folder its working folder, so this tells it from any other process. */
function worksIn(pid: number, dataDir: string): boolean {
  if (process.platform !== 'linux') return true;
  try {
    const [mine, theirs] = [statSync(dataDir), statSync(readlinkSync(`/proc/${pid}/cwd`))];
    return mine.dev === theirs.dev && mine.ino === theirs.ino;
  } catch {
    return false;
  }
}

/** `fast`: open transactions are rolled back, everything committed is written down. */
async function stopServer(native: string, dataDir: string, runAs: RunAs): Promise<void> {
  if (!(await stat(join(dataDir, 'postmaster.pid')).catch(() => null))) return;
  await command(
    join(native, 'bin/pg_ctl'),
    ['stop', '-w', '-t', String(STOP_TIMEOUT_S), '-m', 'fast', '-D', dataDir],
    runAs,
    STOP_TIMEOUT_S * 1000 + 5_000,
  );
}

function command(file: string, args: string[], runAs: RunAs, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: dirname(file),
      // LC_ALL keeps messages in English, which the errors above are read from.
      env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'ignore', 'pipe'],
      // pg_ctl's server must not get our terminal's Ctrl+C: we stop it ourselves, after the last transaction.
      detached: true,
      timeout: timeoutMs,
      ...(runAs ?? {}),
    });
    const name = file.split('/').at(-1);
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (words.length < 4_000) words += chunk.toString();
    });
    child.on('error', (error) =>
      reject(new EmbeddedPostgresError('start_failed', `${name} could not be run: ${error.message}`)),
    );
    // 'exit', not 'close': the database server inherits the pipe and keeps it open.
    child.on('exit', (code, signal) => {
      child.stderr.destroy();
      const how = signal ? `was ended after ${timeoutMs} ms` : 'failed';
      if (code === 0) resolve();
      else reject(new EmbeddedPostgresError('start_failed', `${name} ${how}: ${words.trim()}`));
    });
  });
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
