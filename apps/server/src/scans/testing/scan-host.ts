import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Pool } from '@smile/postgres';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type ServerConfig, ServerConfigSchema } from '../../config.ts';
import type { PaymentsPort, ScanRooms, ScanRoomTools } from '../../context.ts';
import { buildHttpApp } from '../../http/app.ts';
import { createAuthenticator } from '../../http/authenticate.ts';
import type { TerminalRef } from '../../http/callers.ts';
import { newId } from '../../ids.ts';
import { createScanRooms } from '../index.ts';

/** A paired terminal as the server knows it. */
export type HostTerminal = { readonly id: string; readonly testMode: boolean; readonly publicKey: string };

/** The same as it knows itself. */
export type TestTerminal = HostTerminal & { readonly privateKey: KeyObject };

export function makeTerminal(options: { readonly testMode?: boolean } = {}): TestTerminal {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    id: newId('terminal'),
    testMode: options.testMode ?? true,
    privateKey,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
  };
}

/** Opens the attack lab. */
export const OPERATOR_TOKEN = 'operator-of-a-test';

export type ScanHost = {
  readonly url: string;
  readonly rooms: ScanRooms;
  readonly config: ServerConfig;
  readonly metrics: Registry;
  /** Everything that was logged, as JSON lines. */
  readonly logLines: string[];
  readonly audited: { readonly action: string; readonly subject: string }[];
  /** What the rooms beside answer; tests turn it. */
  readonly neighbours: {
    mayScan: PaymentsPort['mayScan'];
    consents: boolean;
    readonly sessions: Map<string, string>;
  };
  readonly clock: { offsetMs: number };
  /** What the worker threads hold now. */
  workerUsage(): Promise<{ readonly openScans: number; readonly keptFrames: number }>;
  close(): Promise<void>;
};

/**
 * Scans and faces as they run in the server (HTTP, signatures, WebSocket, worker threads, database), with made-up rooms
 * beside them: for tests and for the bench.
 */
export async function startScanHost(options: {
  readonly pool: Pool;
  readonly dataDir: string;
  readonly terminals: readonly HostTerminal[];
  readonly scanWorkers?: number;
}): Promise<ScanHost> {
  const { pool, terminals } = options;
  const config = ServerConfigSchema.parse({
    lightChallenge: true,
    dataDir: options.dataDir,
    scanWorkers: options.scanWorkers ?? 1,
    requestsPerMinute: 100_000,
    requestsPerMinutePerTerminal: 100_000,
  });
  const logLines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void logLines.push(line) });
  const metrics = new Registry();
  const clock = { offsetMs: 0 };
  const now = () => new Date(Date.now() + clock.offsetMs);
  const audited: { action: string; subject: string }[] = [];
  const neighbours: ScanHost['neighbours'] = {
    mayScan: async () => ({ ok: true }),
    consents: true,
    sessions: new Map(),
  };
  const people: ScanRoomTools['people'] = {
    bySessionToken: async (token) => {
      const personId = neighbours.sessions.get(token);
      return personId ? { personId, sessionId: token } : null;
    },
    hasConsent: async () => neighbours.consents,
  };
  const shops = {
    async terminalForSignature(terminalId: string) {
      const found = terminals.find(({ id }) => id === terminalId);
      if (!found) return null;
      const terminal: TerminalRef = {
        id: found.id,
        shopId: 'shp_00000000',
        merchantId: 'mer_00000000',
        country: 'DE',
        testMode: found.testMode,
      };
      return { terminal, publicKey: found.publicKey, disabled: false };
    },
  };
  const deriveKey = (purpose: string) => createHmac('sha256', 'secret of a test').update(purpose).digest();
  const roomTools = { config, pool, log, metrics, now, deriveKey };
  const authenticate = createAuthenticator({
    people,
    shops,
    staff: {
      byStaffToken: async () => null,
      byOperatorToken: async (token) => (token === OPERATOR_TOKEN ? { operatorId: 'opr_00000000' } : null),
      byApiKey: async () => null,
    },
    now,
    requestsPerMinutePerTerminal: config.requestsPerMinutePerTerminal,
  });
  const app: FastifyInstance = await buildHttpApp(roomTools, authenticate);
  const rooms = await createScanRooms({
    ...roomTools,
    people,
    payments: { mayScan: (wanted) => neighbours.mayScan(wanted) },
    shops,
    audit: { record: async (_client, { action, subject }) => void audited.push({ action, subject }) },
  });
  await app.register(async (scope) => rooms.routes(scope));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  const giveUpAtMs = Date.now() + 60_000;
  while (!rooms.ready()) {
    if (Date.now() > giveUpAtMs) throw new Error('the scan workers did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    rooms,
    config,
    metrics,
    logLines,
    audited,
    neighbours,
    clock,
    workerUsage: async () => ({
      openScans: await gauge(metrics, 'smile_scan_worker_scans'),
      keptFrames: await gauge(metrics, 'smile_scan_worker_kept_frames'),
    }),
    async close() {
      await rooms.close();
      await app.close();
    },
  };
}

async function gauge(metrics: Registry, name: string): Promise<number> {
  const value = (await metrics.getSingleMetric(name)?.get())?.values[0]?.value;
  if (value === undefined) throw new Error(`there is no metric ${name}`);
  return value;
}
