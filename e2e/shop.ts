import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageSetting } from '@smile/contract';

const root = join(import.meta.dirname, '..');
export const artifactsDir = join(root, 'artifacts/e2e');
const READY_TIMEOUT_MS = 120_000;

/** A whole shop for a test: server, database and terminal as processes of their own, on free ports and a fresh folder. */
export type Shop = {
  readonly serverUrl: string;
  readonly terminalUrl: string;
  readonly databaseUrl: string;
  /** Where the attack lab keeps its sessions. */
  readonly labDir: string;
  setStage(change: Partial<StageSetting>): Promise<void>;
  /** As if the plug were pulled. */
  killTerminal(): Promise<void>;
  startTerminal(): Promise<void>;
  close(): Promise<void>;
};

/**
 * @param databaseUrl the server's database; the test reads the ledger there
 * @param photosDir portraits that the stage may turn into people
 */
export async function openShop(options: { databaseUrl: string; photosDir?: string }): Promise<Shop> {
  const dataDir = await mkdtemp(join(tmpdir(), 'smile-shop-'));
  mkdirSync(artifactsDir, { recursive: true });
  const [serverPort, terminalPort] = [await freePort(), await freePort()];
  const labDir = join(dataDir, 'lab');
  const serverUrl = `http://127.0.0.1:${serverPort}`;
  const terminalUrl = `http://127.0.0.1:${terminalPort}`;

  const server = run('server', 'apps/server/src/main.ts', {
    PORT: String(serverPort),
    // Vitest has a MODE of its own in the environment.
    MODE: 'development',
    DATA_DIR: dataDir,
    DATABASE_URL: options.databaseUrl,
    LOG_LEVEL: 'info',
  });
  await untilReady(`${serverUrl}/readyz`, () => true);

  let terminal: ChildProcess | null = null;
  const startTerminal = async (): Promise<void> => {
    terminal = run('terminal', 'apps/terminal/src/main.ts', {
      TERMINAL_PORT: String(terminalPort),
      SERVER_URL: serverUrl,
      PAIRING_CODE: 'DEMO-OLDTOWN',
      TERMINAL_DATA_DIR: join(dataDir, 'terminal'),
      LAB_DIR: labDir,
      ...(options.photosDir ? { PHOTOS_DIR: options.photosDir } : {}),
    });
    await untilReady(
      `${terminalUrl}/local/state`,
      (state) => state.serverReachable === true && (state.camera as { state?: string } | undefined)?.state === 'ready',
    );
  };
  await startTerminal();

  return {
    serverUrl,
    terminalUrl,
    databaseUrl: options.databaseUrl,
    labDir,
    async setStage(change) {
      const current = (await (await fetch(`${terminalUrl}/stage/api`)).json()) as { setting: StageSetting };
      const response = await fetch(`${terminalUrl}/stage/api`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...current.setting, ...change }),
      });
      if (!response.ok) throw new Error(`the stage refused: ${await response.text()}`);
    },
    async killTerminal() {
      if (terminal) await end(terminal, 'SIGKILL');
      terminal = null;
    },
    startTerminal,
    async close() {
      if (terminal) await end(terminal, 'SIGTERM');
      await end(server, 'SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function run(name: string, script: string, environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [join(root, script)], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(artifactsDir, `${name}.log`), { flags: 'a' });
  child.stdout?.pipe(log);
  child.stderr?.pipe(log);
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

async function untilReady(url: string, ready: (body: Record<string, unknown>) => boolean): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      if (response.ok && ready((await response.json()) as Record<string, unknown>)) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${url} did not become ready; its log is in ${artifactsDir}`);
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Portraits to play with, FOLDER/person/*.png: those named by PORTRAITS_DIR, or those beside the checkout if it has them. */
export function realPortraitsDir(): string | undefined {
  const dir = process.env.PORTRAITS_DIR ?? join(root, '../shared/data/faces/portraits');
  return existsSync(dir) ? dir : undefined;
}
