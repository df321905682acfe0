/**
 * `npm start`: the whole system on this machine. The server (with its embedded PostgreSQL) and one terminal run as
 * processes of their own, as they would in a shop; this one watches them, says where everything is and ends them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { buildKioskIfChanged } from './kiosk-build.ts';

const root = join(import.meta.dirname, '..');
const dataDir = process.env.DATA_DIR ?? join(root, '.data');
const labDir = process.env.LAB_DIR ?? join(dataDir, 'lab');
const logDir = join(dataDir, 'logs');
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 15_000;

const serverPort = Number(process.env.PORT ?? 8080);
const terminalPort = Number(process.env.TERMINAL_PORT ?? 8081);
const serverUrl = `http://127.0.0.1:${serverPort}`;
const terminalUrl = `http://127.0.0.1:${terminalPort}`;

const children: { name: string; process: ChildProcess; log: string }[] = [];
let stopping = false;

function run(name: string, script: string, environment: Record<string, string>): void {
  const log = join(logDir, `${name}.log`);
  const out = createWriteStream(log, { flags: 'w' });
  const child = spawn(process.execPath, [join(root, script)], {
    cwd: root,
    env: { ...process.env, DATA_DIR: dataDir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.pipe(out);
  child.stderr?.pipe(out);
  children.push({ name, process: child, log });
  child.on('exit', (code) => {
    if (stopping) return;
    console.error(`\nThe ${name} ended (exit code ${code}). Its last words, from ${log}:\n`);
    console.error(lastLines(log, 15));
    void stop(1);
  });
}

function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '(nothing)';
  }
}

async function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function untilReady(url: string, ready: (body: unknown) => boolean = () => true): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && !stopping) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      if (response.ok && ready(await response.json().catch(() => null))) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  if (!stopping) throw new Error(`${url} did not become ready in ${READY_TIMEOUT_MS / 1000} s; see ${logDir}`);
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // Terminals first, so that no scan is cut off by a vanishing server.
  for (const child of children.toReversed()) {
    if (child.process.exitCode !== null || child.process.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.process.once('exit', resolve));
    child.process.kill('SIGTERM');
    const timer = setTimeout(() => child.process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
  process.exit(code);
}

process.on('SIGINT', () => void stop(0));
process.on('SIGTERM', () => void stop(0));

const started = performance.now();
try {
  for (const [name, variable, port] of [
    ['server', 'PORT', serverPort],
    ['terminal', 'TERMINAL_PORT', terminalPort],
  ] as const) {
    if (!(await portIsFree(port))) {
      throw new Error(
        `port ${port} for the ${name} is taken. End what uses it, or choose another: ${variable}=${port + 100} npm start`,
      );
    }
  }
  mkdirSync(logDir, { recursive: true });
  const kioskDir = buildKioskIfChanged(root, (line) => console.log(line));
  console.log('Starting the server and its database…');
  run('server', 'apps/server/src/main.ts', { PORT: String(serverPort) });
  await untilReady(`${serverUrl}/readyz`);
  console.log('Starting the terminal…');
  run('terminal', 'apps/terminal/src/main.ts', {
    TERMINAL_PORT: String(terminalPort),
    SERVER_URL: process.env.SERVER_URL ?? serverUrl,
    PAIRING_CODE: process.env.PAIRING_CODE ?? 'DEMO-OLDTOWN',
    TERMINAL_DATA_DIR: join(dataDir, 'terminal'),
    KIOSK_DIR: kioskDir,
    LAB_DIR: labDir,
  });
  await untilReady(
    `${terminalUrl}/local/state`,
    (state) => (state as { serverReachable?: boolean } | null)?.serverReachable === true,
  );
  console.log(`
Smile to Pay is open (${((performance.now() - started) / 1000).toFixed(1)} s).

  Kiosk               ${terminalUrl}/            order, join and pay here
  Stage               ${terminalUrl}/stage       who stands before the simulated camera
  Attack lab          ${terminalUrl}/lab         try prints, screens and masks; token: demo-operator
  Messages            ${serverUrl}/dev/outbox    one-time codes land here instead of a phone
  Kitchen             ${serverUrl}/kitchen       paid orders; demo staff token: demo-staff-oldtown
  Operator API        ${serverUrl}/reference     demo operator token: demo-operator
  Health, metrics     ${serverUrl}/readyz        ${serverUrl}/metrics

  New here? Open the kiosk, tap Join, type any mobile number, and read the code at Messages.
  Data and logs are in ${dataDir}. End with Ctrl+C.
`);
} catch (error) {
  if (!stopping) console.error(`\n${error instanceof Error ? error.message : error}`);
  await stop(1);
}
