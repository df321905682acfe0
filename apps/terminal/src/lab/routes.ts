import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ApiError,
  INSTRUMENT_KINDS,
  type LabState,
  LanguageSchema,
  NewLabAttemptSchema,
  NewLabSessionSchema,
  VoidLabAttemptSchema,
} from '@smile/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { CameraHub } from '../camera-hub.ts';
import { sendError } from '../http.ts';
import { previewTo } from '../preview.ts';
import { CONSENT } from './consent.ts';
import { judgeOf, type Lab, type LabFault } from './lab.ts';
import { picturesDir } from './pictures.ts';
import { labReport } from './report.ts';
import { labReportHtml } from './report-page.ts';
import { type SignIn, SignIns } from './sign-ins.ts';
import { LAB_SPECIES } from './species.ts';
import { LabStoreError, type LabStoreErrorCode } from './store.ts';
import { GROUP_WORDS, REASON_WORDS } from './words.ts';

export type LabRoutesOptions = {
  readonly lab: Lab;
  readonly hub: CameraHub;
  readonly kioskDir: string;
  readonly folder: string;
  readonly simulated: boolean;
  readonly log: Logger;
};

const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";
const SignInSchema = z.object({ token: z.string().min(1).max(200) });
type SessionParams = { Params: { sessionId: string } };
type AttemptParams = { Params: { sessionId: string; number: string } };

const STATUS: Record<LabStoreErrorCode, number> = {
  session_not_found: 404,
  session_damaged: 409,
  session_full: 409,
  too_many_sessions: 409,
};

/**
 * The attack lab's page and its API, on loopback like everything of the terminal. Nothing but the page itself, the pictures of
 * the species and the question who is signed in is answered without an operator.
 */
export async function labRoutes(app: FastifyInstance, options: LabRoutesOptions): Promise<void> {
  const { lab, hub, log, folder, simulated } = options;
  const signIns = new SignIns();
  const signInOf = (request: FastifyRequest) => signIns.of(request.headers.cookie);
  const operators = new WeakMap<FastifyRequest, SignIn>();
  const operator = (request: FastifyRequest): SignIn => {
    const found = operators.get(request);
    if (!found) throw new Error('a route of the lab is not behind its door');
    return found;
  };

  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof LabStoreError) return sendError(reply, STATUS[error.code], error.code, error.message);
    if (error instanceof ApiError) return sendError(reply, error.status || 502, error.code, error.message);
    throw error;
  });

  async function stateFor(signIn: SignIn | null): Promise<LabState> {
    const { state, info } = hub.state;
    // A token that was taken back meanwhile closes the lab.
    const setup = signIn ? await lab.setup(signIn.token) : null;
    const sessions = setup ? await lab.list() : [];
    return {
      signedIn: setup && { operatorId: setup.operatorId },
      judge: setup && judgeOf(setup),
      camera: { state, kind: info?.kind ?? null, model: info?.model ?? null },
      simulated,
      folder: setup ? folder : '',
      consent: CONSENT,
      species: [...LAB_SPECIES],
      groups: GROUP_WORDS,
      reasons: REASON_WORDS,
      sessions: sessions.map(({ id, createdAt, title, attempts, consent, ...session }) => ({
        id,
        createdAt,
        title,
        attempts: attempts.length,
        simulated: session.simulated,
        keepsPictures: consent !== null,
      })),
    };
  }

  app.get('/lab', async (_request, reply) => {
    const page = await readFile(join(options.kioskDir, 'lab.html'), 'utf8').catch(() => null);
    if (page === null) return sendError(reply, 503, 'kiosk_not_built', 'the page is not built; npm start builds it');
    return reply.header('cache-control', 'no-store').type('text/html').send(page);
  });
  app.get<{ Params: { kind: string } }>('/lab/pictures/:kind', async (request, reply) => {
    const kind = ['person', ...INSTRUMENT_KINDS].find((one) => one === request.params.kind);
    if (!kind) return sendError(reply, 404, 'unknown_species', 'there is no such species');
    const picture = await readFile(join(picturesDir, `${kind}.webp`));
    return reply.type('image/webp').header('cache-control', 'private, max-age=3600').send(picture);
  });
  app.get('/lab/api', async (request) => {
    const signIn = signInOf(request);
    return stateFor(signIn).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) return stateFor(null);
      throw error;
    });
  });
  app.post('/lab/api/sign-in', async (request, reply) => {
    const body = SignInSchema.safeParse(request.body);
    if (!body.success) return sendError(reply, 400, 'invalid_request', body.error.issues[0].message);
    const { token } = body.data;
    const setup = await lab.setup(token);
    if (!setup) return sendError(reply, 503, 'terminal_not_paired', 'this terminal is not paired');
    const signIn = { operatorId: setup.operatorId, token };
    log.info({ operatorId: setup.operatorId }, 'an operator opened the attack lab');
    return reply.header('set-cookie', signIns.open(signIn)).send(await stateFor(signIn));
  });

  await app.register(async (inside) => {
    inside.addHook('preHandler', async (request, reply) => {
      const signIn = signInOf(request);
      if (!signIn) return sendError(reply, 401, 'operator_token_invalid', 'sign in to the lab first');
      operators.set(request, signIn);
    });
    inside.delete('/lab/api/sign-in', async (request, reply) =>
      reply.header('set-cookie', signIns.close(request.headers.cookie)).send({ signedIn: null }),
    );
    inside.get('/lab/preview', { websocket: true }, (socket) => {
      const unsubscribe = hub.subscribe(previewTo(socket, log));
      socket.on('close', unsubscribe);
      socket.on('error', unsubscribe);
    });
    inside.post('/lab/api/sessions', async (request, reply) => {
      const body = NewLabSessionSchema.safeParse(request.body);
      if (!body.success) return sendError(reply, 400, 'invalid_request', body.error.issues[0].message);
      const opened = await lab.open(operator(request), body.data);
      if (!opened.ok) return sendFault(reply, opened);
      return reply.status(201).send(await lab.stateOf(opened.session.id));
    });
    inside.get<SessionParams>('/lab/api/sessions/:sessionId', async (request) => lab.stateOf(request.params.sessionId));
    inside.post<SessionParams>('/lab/api/sessions/:sessionId/attempts', async (request, reply) => {
      const body = NewLabAttemptSchema.safeParse(request.body);
      if (!body.success) return sendError(reply, 400, 'invalid_request', body.error.issues[0].message);
      const started = await lab.attempt(operator(request), request.params.sessionId, body.data);
      if (!started.ok) return sendFault(reply, started);
      return reply.status(201).send({ scanId: started.scanId, light: started.light });
    });
    inside.post<AttemptParams>('/lab/api/sessions/:sessionId/attempts/:number/void', async (request, reply) => {
      const body = VoidLabAttemptSchema.safeParse(request.body);
      if (!body.success) return sendError(reply, 400, 'invalid_request', body.error.issues[0].message);
      const { sessionId, number } = request.params;
      const refused = await lab.voidAttempt(sessionId, Number(number), body.data.reason);
      return refused ? sendFault(reply, refused) : lab.stateOf(sessionId);
    });
    inside.delete<SessionParams>('/lab/api/sessions/:sessionId/captures', async (request) => {
      await lab.deleteCaptures(request.params.sessionId);
      return lab.stateOf(request.params.sessionId);
    });
    inside.get<SessionParams & { Querystring: { language?: string } }>(
      '/lab/api/sessions/:sessionId/report.html',
      async (request, reply) => {
        const session = await lab.read(request.params.sessionId);
        const language = LanguageSchema.catch('en').parse(request.query.language);
        return (
          reply
            .header('content-disposition', `inline; filename="${session.id}.html"`)
            // It is shown within the lab's page, and needs nothing but its own style.
            .header('content-security-policy', REPORT_POLICY)
            .type('text/html')
            .send(labReportHtml([session], labReport([session]), language))
        );
      },
    );
    inside.get<SessionParams>('/lab/api/sessions/:sessionId/report.json', async (request, reply) => {
      const state = await lab.stateOf(request.params.sessionId);
      return reply
        .header('content-disposition', `attachment; filename="${state.session.id}.json"`)
        .type('application/json')
        .send(`${JSON.stringify(state, null, 2)}\n`);
    });
  });
}

function sendFault(reply: FastifyReply, { status, code, message }: LabFault): FastifyReply {
  return sendError(reply, status, code, message);
}
