import { createSecretKey } from 'node:crypto';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import scalar from '@scalar/fastify-api-reference';
import { type Endpoint, type EndpointName, endpoints } from '@smile/contract';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { RoomTools } from '../context.ts';
import { fail } from '../result.ts';
import type { Authenticator } from './authenticate.ts';
import { sendFailure } from './endpoint.ts';
import type { ErrorCode } from './errors.ts';
import { createRequestMetrics } from './metrics.ts';

export const BODY_LIMIT_BYTES = 64 * 1024;
const REQUEST_TIMEOUT_MS = 20_000;

/** What Fastify calls a refused request, in the words of our table. Anything else below 500 is an invalid request. */
const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
};

/**
 * The HTTP side without any room: validation, doors, limits, error answers, OpenAPI at /openapi.json and its reference
 * page. Rooms add their routes to it.
 */
export async function buildHttpApp(tools: RoomTools, authenticate: Authenticator): Promise<FastifyInstance> {
  const { config, log, pool } = tools;
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => crypto.randomUUID(),
    // Ids from outside are not taken over: a log line must not be forgeable.
    requestIdHeader: false,
    forceCloseConnections: true,
    trustProxy: config.trustedProxies ?? false,
    // Longer than any parameter of ours, so that validation says what is wrong rather than the router.
    routerOptions: { maxParamLength: 2_000 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorate('endpointTools', {
    authenticate,
    pool,
    requestHashKey: createSecretKey(tools.deriveKey('idempotent-requests')),
  });
  app.decorateRequest('rawBody', undefined);
  app.decorateRequest('caller', undefined);
  app.decorateRequest('failureCode', undefined);
  keepRawBodies(app);
  addErrorAnswers(app);
  createRequestMetrics(app, tools.metrics);

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    // Answers are about somebody: no cache on the way may keep them.
    if (request.url.startsWith('/v1/')) reply.header('cache-control', 'no-store');
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        frameAncestors: ["'none'"],
        // A server on loopback speaks plain HTTP; behind a TLS proxy the proxy redirects.
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: config.mode === 'production',
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(rateLimit, {
    global: true,
    max: config.requestsPerMinute,
    timeWindow: 60_000,
    cache: 50_000,
    errorResponseBuilder: (_request, context) => new TooManyRequests(context.ttl),
  });
  await app.register(cookie);
  await app.register(websocket, { options: { maxPayload: 2 * 1024 * 1024, perMessageDeflate: false } });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      ...(config.publicUrl ? { servers: [{ url: config.publicUrl }] } : {}),
      info: {
        title: 'Smile to Pay',
        version: '0.1.0',
        description:
          'Pay in a shop with a face and a phone number. Amounts are minor units as decimal strings; failures are `{error: {type, code, message}}` with a documented code.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          person: { type: 'http', scheme: 'bearer', description: 'A person’s session token' },
          staff: { type: 'http', scheme: 'bearer', description: 'A merchant’s staff token' },
          operator: { type: 'http', scheme: 'bearer', description: 'An operator’s token' },
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'A merchant’s API key, `sk_test_...` or `sk_live_...`, with the scopes it was made with',
          },
          device: {
            type: 'apiKey',
            in: 'header',
            name: 'Smile-Device',
            description: 'Terminal id, time, nonce and Ed25519 signature of the request',
          },
          devicePerson: { type: 'apiKey', in: 'header', name: 'Smile-Person', description: 'A person’s session token' },
        },
      },
    },
    transform: describeRoute,
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  // The reference starts itself with a script within its page, and asks nobody else for anything.
  app.addHook('onSend', async (request, reply) => {
    if (request.routeOptions.url?.startsWith('/reference')) reply.header('content-security-policy', REFERENCE_POLICY);
  });
  await app.register(scalar, {
    routePrefix: '/reference',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'Smile to Pay API',
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: 'never',
      hideClientButton: true,
      mcp: { disabled: true },
      agent: { disabled: true },
    },
  });
  return app;
}

const REFERENCE_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'";

const IDEMPOTENCY_HEADERS = {
  type: 'object',
  required: ['Idempotency-Key'],
  properties: {
    'Idempotency-Key': {
      type: 'string',
      description: 'Random, new for each thing a guest does; a retry sends the same one and gets the first answer',
    },
  },
} as const;

/** The contract's schemas as JSON Schema, and the header that validation leaves to the idempotency code. */
const describeRoute: typeof jsonSchemaTransform = (route) => {
  const described = jsonSchemaTransform(route);
  const { operationId } = (route.schema ?? {}) as { operationId?: string };
  const endpoint: Endpoint | undefined = operationId ? endpoints[operationId as EndpointName] : undefined;
  if (endpoint?.idempotent) described.schema = { ...described.schema, headers: IDEMPOTENCY_HEADERS };
  return described;
};

/** A device signs the bytes of the body, so they are kept beside the parsed document. */
function keepRawBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer;
    request.rawBody = bytes;
    if (bytes.length === 0) return done(null, undefined);
    return parse(request, bytes.toString('utf8'), done);
  });
}

/** Thrown by the rate limit plugin, caught by the error handler. */
class TooManyRequests extends Error {
  readonly statusCode = 429;
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super('too many requests');
    this.retryAfterMs = retryAfterMs;
  }
}

function addErrorAnswers(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => sendFailure(reply, fail('not_found')));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof TooManyRequests) {
      return sendFailure(reply, fail('rate_limited', { retryAfterMs: error.retryAfterMs }));
    }
    if (hasZodFastifySchemaValidationErrors(error)) {
      const issue = error.validation[0];
      const where = issue.instancePath.split('/').filter((part) => part.length > 0);
      const param = [error.validationContext === 'body' ? '' : (error.validationContext ?? ''), ...where]
        .filter((part) => part.length > 0)
        .join('.');
      return sendFailure(reply, fail('invalid_request', param ? { param } : {}), issue.message);
    }
    const status = error.statusCode ?? 500;
    if (status < 500) return sendFailure(reply, fail(FASTIFY_CODES[error.code] ?? 'invalid_request'));
    // Broken invariants and broken answers end here. The caller learns a request id, the log learns the rest.
    request.log.error({ err: error }, 'request failed');
    return sendFailure(reply, fail('internal_error'));
  });
}
