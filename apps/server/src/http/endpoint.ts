import type { KeyObject } from 'node:crypto';
import { type Endpoint, type EndpointName, type Endpoints, ErrorBodySchema, endpoints } from '@smile/contract';
import type { Client, Pool } from '@smile/postgres';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { z } from 'zod';
import { type Failure, fail, type Result } from '../result.ts';
import type { Authenticator } from './authenticate.ts';
import { type BatchedEffect, createBatched } from './batched.ts';
import { type Caller, type Callers, callerScope } from './callers.ts';
import { ERRORS, type ErrorCode, errorBody } from './errors.ts';
import { findAnswer, hashRequest, type IdempotentRequest, readIdempotencyKey, runOnce } from './idempotency.ts';

/** What routes find on the app: app.ts puts it there. */
export type EndpointTools = {
  readonly authenticate: Authenticator;
  readonly pool: Pool;
  readonly requestHashKey: KeyObject;
};

declare module 'fastify' {
  interface FastifyInstance {
    endpointTools: EndpointTools;
  }
  interface FastifyRequest {
    /** The body's bytes as they came, for signatures and request hashes. */
    rawBody: Buffer | undefined;
    caller: Caller | undefined;
    /** The code of the failure that was answered, for logs and metrics. */
    failureCode: ErrorCode | undefined;
  }
}

type Output<T> = T extends z.ZodType ? z.output<T> : undefined;
type Part<N extends EndpointName, K extends 'params' | 'query' | 'body'> = K extends keyof Endpoints[N]
  ? Output<Endpoints[N][K]>
  : undefined;
export type ResponseBody<N extends EndpointName> = z.output<Endpoints[N]['response']>;

/** A request that passed the door and fits the contract. */
export type Call<N extends EndpointName> = {
  readonly params: Part<N, 'params'>;
  readonly query: Part<N, 'query'>;
  readonly body: Part<N, 'body'>;
  readonly caller: Callers[Endpoints[N]['auth']];
  readonly request: FastifyRequest;
};

export type IdempotentEndpointName = {
  [N in EndpointName]: Endpoints[N] extends { readonly idempotent: true } ? N : never;
}[EndpointName];
export type PlainEndpointName = Exclude<EndpointName, IdempotentEndpointName>;

/** A call before its parts have their types, which the contract's schemas have already checked. */
type UntypedCall = {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller;
  readonly request: FastifyRequest;
};

/** Registers a route of the contract. Expected failures are returned, not thrown. */
export function registerEndpoint<N extends PlainEndpointName>(
  app: FastifyInstance,
  name: N,
  handler: (call: Call<N>) => Promise<Result<ResponseBody<N>, ErrorCode>>,
): void {
  addRoute(app, name, (call) => handler(call as Call<N>));
}

/**
 * Registers a route whose retries return the first answer. `effect` runs in a transaction together with the keeping of
 * its answer; everything it does goes through `client`. `prepare` runs before it and outside: for what must stay also
 * when the effect fails, such as a counted PIN attempt. A retry of a success runs neither.
 */
export function registerIdempotentEndpoint<N extends IdempotentEndpointName, P = undefined>(
  app: FastifyInstance,
  name: N,
  handler: {
    readonly prepare?: (call: Call<N>) => Promise<Result<P, ErrorCode>>;
    readonly effect: (client: Client, call: Call<N>, prepared: P) => Promise<Result<ResponseBody<N>, ErrorCode>>;
    /** After a failure of either, whose traces were rolled back: for what is to be remembered of it. */
    readonly refused?: (call: Call<N>, code: ErrorCode) => Promise<void>;
  },
): void {
  addRoute(app, name, async (given) => {
    const call = given as Call<N>;
    const key = readIdempotencyKey(call.request.headers['idempotency-key']);
    if (!key.ok) return key;
    const { pool } = app.endpointTools;
    const idempotent = idempotentRequest(app, name, given, key.value);
    const earlier = await findAnswer(pool, idempotent);
    if (earlier) return earlier as Result<ResponseBody<N>, ErrorCode>;
    const prepared = handler.prepare ? await handler.prepare(call) : { ok: true as const, value: undefined as P };
    const result = prepared.ok
      ? await runOnce(pool, idempotent, (client) => handler.effect(client, call, prepared.value))
      : prepared;
    if (!result.ok) await handler.refused?.(call, result.code);
    return result;
  });
}

function idempotentRequest(
  app: FastifyInstance,
  operation: string,
  { caller, request }: UntypedCall,
  key: string,
): IdempotentRequest {
  const { requestHashKey } = app.endpointTools;
  const requestHash = hashRequest(requestHashKey, request.method, request.raw.url ?? '', request.rawBody);
  return { key, scope: callerScope(caller), operation, requestHash };
}

/** The same for an endpoint that is called so often that its requests share transactions. */
export function registerBatchedEndpoint<N extends IdempotentEndpointName, P, S>(
  app: FastifyInstance,
  name: N,
  handler: {
    readonly wantsPreparing: (call: Call<N>) => boolean;
    readonly prepare: (call: Call<N>) => Promise<Result<P, ErrorCode>>;
    readonly effect: BatchedEffect<{ call: Call<N>; prepared: P | null }, S, ResponseBody<N>, ErrorCode>;
    /** After a failure, outside of any transaction: true when something was done about it and one more try is worth it. */
    readonly remedy?: (call: Call<N>, code: ErrorCode) => Promise<boolean>;
    readonly refused: (call: Call<N>, code: ErrorCode) => Promise<void>;
  },
): void {
  const batched = createBatched(app.endpointTools.pool, handler.effect);
  addRoute(app, name, async (given) => {
    const call = given as Call<N>;
    const key = readIdempotencyKey(call.request.headers['idempotency-key']);
    if (!key.ok) return key;
    const request = idempotentRequest(app, name, given, key.value);
    const answer = async (): Promise<Result<ResponseBody<N>, ErrorCode>> => {
      let prepared: P | null = null;
      if (handler.wantsPreparing(call)) {
        const earlier = await findAnswer(app.endpointTools.pool, request);
        if (earlier) return earlier as Result<ResponseBody<N>, ErrorCode>;
        const made = await handler.prepare(call);
        if (!made.ok) return made;
        prepared = made.value;
      }
      const first = await batched.run(request, { call, prepared });
      const again = !first.ok && (await handler.remedy?.(call, first.code));
      return again ? batched.run(request, { call, prepared }) : first;
    };
    const result = await answer();
    if (!result.ok) await handler.refused(call, result.code);
    return result;
  });
}

function addRoute(
  app: FastifyInstance,
  name: EndpointName,
  handle: (call: UntypedCall) => Promise<Result<unknown, ErrorCode>>,
): void {
  const endpoint: Endpoint = endpoints[name];
  app.route({
    method: endpoint.method,
    url: endpoint.path,
    schema: routeSchema(name, endpoint),
    // After the body was read, since a device signs its bytes, and before it is judged: a stranger learns nothing.
    async preValidation(request, reply) {
      const found = await app.endpointTools.authenticate(request, endpoint.auth);
      if (!found.ok) return sendFailure(reply, found);
      if (!hasScope(found.value, endpoint)) return sendFailure(reply, fail('api_key_scope_missing'));
      request.caller = found.value;
    },
    async handler(request, reply) {
      const caller = request.caller;
      if (!caller) throw new Error(`${name}: handled without a caller`);
      const result = await handle({
        params: request.params,
        query: request.query,
        body: request.body,
        caller,
        request,
      });
      return result.ok ? reply.send(result.value) : sendFailure(reply, result);
    },
  });
}

/** A key's `write` of a resource includes its `read`. */
function hasScope(caller: Caller, endpoint: Endpoint): boolean {
  if (caller.kind !== 'merchant') return true;
  if (!endpoint.scope) throw new Error(`${endpoint.path}: opens to API keys without a scope`);
  const scopes: readonly string[] = caller.scopes;
  return scopes.includes(endpoint.scope) || scopes.includes(endpoint.scope.replace(/:read$/, ':write'));
}

export function sendFailure(reply: FastifyReply, failure: Failure<ErrorCode>, detail?: string): FastifyReply {
  const { status } = ERRORS[failure.code];
  if (failure.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000));
  reply.request.failureCode = failure.code;
  return reply.status(status).send(errorBody(failure, reply.request.id, detail));
}

const SECURITY: Record<Endpoint['auth'], readonly Record<string, string[]>[]> = {
  none: [],
  person: [{ person: [] }],
  terminal: [{ device: [] }],
  terminal_person: [{ device: [], devicePerson: [] }],
  terminal_operator: [{ device: [], operator: [] }],
  staff: [{ staff: [] }],
  operator: [{ operator: [] }],
  merchant: [{ apiKey: [] }],
};

function routeSchema(name: EndpointName, endpoint: Endpoint): FastifySchema {
  return {
    operationId: name,
    summary: endpoint.summary,
    ...(endpoint.scope ? { description: `The key needs the scope \`${endpoint.scope}\`.` } : {}),
    tags: [tagOf(endpoint)],
    security: [...SECURITY[endpoint.auth]],
    ...(endpoint.params ? { params: endpoint.params } : {}),
    ...(endpoint.query ? { querystring: endpoint.query } : {}),
    ...(endpoint.body ? { body: endpoint.body } : {}),
    response: { 200: endpoint.response, '4xx': ErrorBodySchema, '5xx': ErrorBodySchema },
  } as FastifySchema;
}

function tagOf(endpoint: Endpoint): string {
  const [, second, third] = endpoint.path.split('/').filter((part) => part.length > 0);
  if (endpoint.auth === 'merchant') return (second ?? '').replaceAll('_', ' ');
  if (second === 'auth' || second === 'me' || second === 'consents') return 'people';
  if (/payout|bank_line|reconciliation/.test(endpoint.path)) return 'payouts';
  if (second === 'operator' || second === 'receipts') return 'receipts and claims';
  if (second === 'shops') return 'kitchen';
  if (second === 'terminal' && third && !third.startsWith(':')) return third;
  return 'terminals';
}
