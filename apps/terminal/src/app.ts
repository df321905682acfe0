import { readFile } from 'node:fs/promises';
import fastifyStatic from '@fastify/static';
import websocket from '@fastify/websocket';
import { KIOSK_FORWARDED, type KioskState, LocalScanRequestSchema, type TerminalProfile } from '@smile/contract';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { CameraHub } from './camera-hub.ts';
import { isOwnOrigin, sendError } from './http.ts';
import { createForwardFilter, type Platform } from './platform.ts';
import type { ScanRunner } from './scan-runner.ts';

const BODY_LIMIT_BYTES = 64 * 1024;
const PROFILE_CACHE_MS = 5_000;
/** Shorter than the page's own patience, so that it hears "unreachable" rather than nothing. */
const PROFILE_TIMEOUT_MS = 4_000;
const CLOSE_TIMEOUT_MS = 1_000;
/** What of the page's request is passed on; everything else stays here. */
const FORWARDED_HEADERS = ['authorization', 'smile-person', 'idempotency-key', 'accept', 'accept-language'] as const;

export type TerminalAppOptions = {
  readonly kioskDir: string;
  readonly hub: CameraHub;
  readonly scans: ScanRunner;
  readonly platform: () => Platform | null;
  readonly pairingMessage: () => string | null;
  readonly simulated: boolean;
  readonly serverUrl: string;
  readonly softwareVersion: string;
  readonly log: Logger;
  /** The stage's routes, where there is a simulator. */
  readonly stage?: (app: FastifyInstance) => Promise<void>;
  /** The attack lab's routes, where it is switched on. */
  readonly lab?: (app: FastifyInstance) => Promise<void>;
};

/** The terminal's HTTP side: the kiosk page, its local API and the signed way to the platform. */
export async function buildTerminalApp(options: TerminalAppOptions): Promise<FastifyInstance> {
  const { log } = options;
  const app = Fastify({ bodyLimit: BODY_LIMIT_BYTES, logger: false, forceCloseConnections: true });
  await app.register(websocket, {
    options: { maxPayload: 64 * 1024 },
    preClose(this: FastifyInstance, done: () => void) {
      const { clients } = this.websocketServer;
      for (const client of clients) client.close(1001, 'the terminal is closing');
      // A page that does not answer must not hold up the end.
      setTimeout(() => {
        for (const client of clients) client.terminate();
      }, CLOSE_TIMEOUT_MS).unref();
      this.websocketServer.close();
      done();
    },
  });

  app.addHook('onRequest', async (request, reply) => {
    if (isOwnOrigin(request.headers, ['127.0.0.1', 'localhost', '[::1]'])) return;
    return sendError(reply, 403, 'foreign_origin', 'the terminal answers its own pages only');
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    if (reply.hasHeader('content-security-policy')) return;
    reply.header(
      'content-security-policy',
      "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; frame-ancestors 'none'",
    );
  });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error }, 'request failed');
    return sendError(
      reply,
      status,
      status >= 500 ? 'internal_error' : (error.code ?? 'bad_request').toLowerCase(),
      status >= 500 ? 'the terminal failed' : error.message,
    );
  });

  app.get('/healthz', async () => ({ ok: true }));
  const readState = createStateReader(options);
  app.get('/local/state', readState);

  app.post('/local/scans', async (request, reply) => {
    const body = LocalScanRequestSchema.safeParse(request.body);
    if (!body.success) return sendError(reply, 400, 'invalid_request', body.error.issues[0].message);
    const started = await options.scans.start(body.data);
    if (!started.ok) return sendError(reply, started.status, started.code, started.message);
    return reply.status(201).send({ scanId: started.scanId, light: started.light });
  });
  app.get<{ Params: { scanId: string } }>('/local/scans/:scanId', { websocket: true }, (socket, request) => {
    options.scans.attach(request.params.scanId, socket);
  });

  // The signature covers the exact bytes, so the body is kept as text on its way through.
  const mayForward = createForwardFilter(KIOSK_FORWARDED);
  await app.register(async (forwarding) => {
    forwarding.removeAllContentTypeParsers();
    forwarding.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    );
    forwarding.all('/v1/*', async (request, reply) => {
      const url = new URL(request.url, 'http://terminal');
      if (!mayForward(request.method, url.pathname))
        return sendError(reply, 404, 'not_forwarded', 'a kiosk has no use for this');
      const platform = options.platform();
      if (!platform)
        return sendError(reply, 503, 'terminal_not_paired', options.pairingMessage() ?? 'this terminal is not paired');
      const headers: Record<string, string> = {};
      for (const name of FORWARDED_HEADERS) {
        const value = request.headers[name];
        if (typeof value === 'string') headers[name] = value;
      }
      const body = typeof request.body === 'string' && request.body.length > 0 ? request.body : undefined;
      if (body !== undefined) headers['content-type'] = 'application/json';
      try {
        const answer = await platform.forward({
          method: request.method,
          path: url.pathname + url.search,
          headers,
          body,
        });
        return reply.status(answer.status).header('content-type', answer.contentType).send(answer.body);
      } catch (error) {
        log.warn({ err: error }, 'forwarding failed');
        return sendError(reply, 502, 'network_error', 'the server cannot be reached');
      }
    });
  });

  if (options.stage) await app.register(options.stage);
  if (options.lab) await app.register(options.lab);
  await app.register(fastifyStatic, { root: options.kioskDir, maxAge: '1h', immutable: false, index: false });
  app.get('/', async (_request, reply) => {
    // Not cached: a new version of the page must reach every kiosk at its next start.
    const page = await readFile(`${options.kioskDir}/index.html`, 'utf8').catch(() => null);
    if (page === null)
      return sendError(
        reply,
        503,
        'kiosk_not_built',
        `the kiosk page is not built in ${options.kioskDir}; npm start builds it`,
      );
    return reply.header('cache-control', 'no-store').type('text/html').send(page);
  });
  return app;
}

/** The page asks for the state often; the profile behind it is fetched at most every few seconds. */
function createStateReader(options: TerminalAppOptions): () => Promise<KioskState> {
  let cached: { readonly platform: Platform; readonly profile: TerminalProfile; readonly atMs: number } | null = null;
  let asking: Promise<TerminalProfile | null> | null = null;
  const profileOf = async (platform: Platform): Promise<TerminalProfile | null> => {
    if (cached?.platform === platform && Date.now() - cached.atMs < PROFILE_CACHE_MS) return cached.profile;
    // However many pages ask, the server is asked once at a time.
    asking ??= ask(platform).finally(() => {
      asking = null;
    });
    return asking;
  };
  const ask = async (platform: Platform): Promise<TerminalProfile | null> => {
    try {
      const signal = AbortSignal.timeout(PROFILE_TIMEOUT_MS);
      const profile = await platform.client.call('getTerminalProfile', { signal });
      cached = { platform, profile, atMs: Date.now() };
      return profile;
    } catch (error) {
      options.log.warn({ err: error }, 'the platform did not give the profile');
      return null;
    }
  };
  return async () => {
    const platform = options.platform();
    const { state, info, message } = options.hub.state;
    const profile = platform ? await profileOf(platform) : null;
    return {
      profile,
      serverReachable: profile !== null,
      camera: { state, kind: info?.kind ?? null, model: info?.model ?? null, message },
      simulated: options.simulated,
      serverUrl: options.serverUrl,
      softwareVersion: options.softwareVersion,
    };
  };
}
