import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/**
 * The API server as a process of its own, with the demo and without scan workers. It ends with this process, however
 * that ends.
 */
export function spawnServer(
  wanted: { readonly port: number; readonly databaseUrl: string; readonly folder: string },
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const main = join(ROOT, 'apps/server/src/main.ts');
  return spawn(process.execPath, ['--import', join(import.meta.dirname, 'end-with-parent.ts'), main], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      PORT: String(wanted.port),
      DATABASE_URL: wanted.databaseUrl,
      DATA_DIR: wanted.folder,
      DEMO: 'on',
      SCAN_WORKERS: '0',
      REQUESTS_PER_MINUTE: '10000000',
      REQUESTS_PER_MINUTE_PER_TERMINAL: '10000000',
      // A server that is started again and again need not compile its sources each time.
      NODE_COMPILE_CACHE: join(wanted.folder, 'compiled'),
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

export async function killAndWait(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
