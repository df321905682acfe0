import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import {
  DEVICE_CLOCK_TOLERANCE_MS,
  DEVICE_HEADER,
  deviceSigningText,
  type EndpointAuth,
  PERSON_HEADER,
  parseDeviceHeader,
} from '@smile/contract';
import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { PeoplePort } from '../context.ts';
import { type Failure, fail, ok, type Result } from '../result.ts';
import type { Caller, Callers, TerminalRef } from './callers.ts';
import type { HttpErrorCode } from './failures.ts';
import { NonceCache } from './nonce-cache.ts';

/** What the doors ask of the rooms behind them. */
export type AuthenticationSources = {
  readonly people: Pick<PeoplePort, 'bySessionToken'>;
  readonly shops: {
    /** `publicKey` is SPKI DER in base64url. Null when no such terminal is paired. */
    terminalForSignature(
      terminalId: string,
    ): Promise<{ readonly terminal: TerminalRef; readonly publicKey: string; readonly disabled: boolean } | null>;
  };
  readonly staff: {
    byStaffToken(token: string): Promise<{ staffId: string; merchantId: string; shopId: string } | null>;
    byOperatorToken(token: string): Promise<{ operatorId: string } | null>;
    byApiKey(secret: string): Promise<Omit<Callers['merchant'], 'kind'> | null>;
  };
  readonly now: () => Date;
  readonly requestsPerMinutePerTerminal: number;
};

export type Authenticator = <A extends EndpointAuth>(
  request: FastifyRequest,
  auth: A,
) => Promise<Result<Callers[A], HttpErrorCode>>;

const MAX_TOKEN_LENGTH = 200;
const NONCE_CAPACITY = 500_000;
const KEY_CACHE_SIZE = 1_000;

/** Finds out who calls. A request is authenticated after its body was read: the signature covers the bytes. */
export function createAuthenticator(sources: AuthenticationSources): Authenticator {
  const nonces = new NonceCache(2 * DEVICE_CLOCK_TOLERANCE_MS, NONCE_CAPACITY);
  const perTerminal = new RateLimiterMemory({ points: sources.requestsPerMinutePerTerminal, duration: 60 });
  const keys = new Map<string, KeyObject>();

  function keyOf(publicKey: string): KeyObject {
    const known = keys.get(publicKey);
    if (known) return known;
    if (keys.size >= KEY_CACHE_SIZE) keys.clear();
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' });
    keys.set(publicKey, key);
    return key;
  }

  async function terminal(request: FastifyRequest): Promise<Result<TerminalRef, HttpErrorCode>> {
    const header = parseDeviceHeader(singleHeader(request, DEVICE_HEADER) ?? '');
    if (!header) return fail('device_signature_missing');
    const nowMs = sources.now().getTime();
    if (Math.abs(nowMs - header.timestampMs) > DEVICE_CLOCK_TOLERANCE_MS) return fail('device_clock_off');
    const found = await sources.shops.terminalForSignature(header.terminalId);
    if (!found) return fail('terminal_unknown');
    const text = deviceSigningText({
      terminalId: header.terminalId,
      timestampMs: header.timestampMs,
      requestNonce: header.requestNonce,
      method: request.method,
      path: request.raw.url ?? '',
      bodySha256: hash('sha256', request.rawBody ?? '', 'hex'),
    });
    const signature = Buffer.from(header.signature, 'base64url');
    if (!(await isSignedBy(keyOf(found.publicKey), text, signature))) return fail('device_signature_invalid');
    // Only a nonce with a good signature is remembered: nobody else can fill the memory or burn a terminal's nonces.
    const nonce = nonces.take(`${header.terminalId};${header.requestNonce}`, nowMs);
    if (nonce === 'used') return fail('device_nonce_used');
    if (nonce === 'full') return fail('rate_limited', { retryAfterMs: 2 * DEVICE_CLOCK_TOLERANCE_MS });
    if (found.disabled) return fail('terminal_disabled');
    const tooMany = await perTerminal.consume(header.terminalId).then(
      () => null,
      (limit: { msBeforeNext: number }): Failure<HttpErrorCode> =>
        fail('rate_limited', { retryAfterMs: limit.msBeforeNext }),
    );
    return tooMany ?? ok(found.terminal);
  }

  async function session(token: string | undefined): Promise<Result<Omit<Callers['person'], 'kind'>, HttpErrorCode>> {
    if (!token || token.length > MAX_TOKEN_LENGTH) return fail('session_invalid');
    const found = await sources.people.bySessionToken(token);
    return found ? ok(found) : fail('session_invalid');
  }

  async function operator(request: FastifyRequest): Promise<{ readonly operatorId: string } | null> {
    const token = bearerToken(request);
    return token && token.length <= MAX_TOKEN_LENGTH ? sources.staff.byOperatorToken(token) : null;
  }

  const doors: { readonly [A in EndpointAuth]: (request: FastifyRequest) => Promise<Result<Caller, HttpErrorCode>> } = {
    none: async () => ok({ kind: 'none' }),
    async person(request) {
      const found = await session(bearerToken(request));
      return found.ok ? ok({ kind: 'person', ...found.value }) : found;
    },
    async terminal(request) {
      const device = await terminal(request);
      if (!device.ok) return device;
      const token = singleHeader(request, PERSON_HEADER);
      if (token === undefined) return ok({ kind: 'terminal', terminal: device.value, personId: null });
      const person = await session(token);
      return person.ok ? ok({ kind: 'terminal', terminal: device.value, personId: person.value.personId }) : person;
    },
    async terminal_person(request) {
      const device = await terminal(request);
      if (!device.ok) return device;
      const person = await session(singleHeader(request, PERSON_HEADER));
      return person.ok
        ? ok({ kind: 'terminal_person', terminal: device.value, personId: person.value.personId })
        : person;
    },
    async staff(request) {
      const token = bearerToken(request);
      const found = token && token.length <= MAX_TOKEN_LENGTH ? await sources.staff.byStaffToken(token) : null;
      return found ? ok({ kind: 'staff', ...found }) : fail('staff_token_invalid');
    },
    async terminal_operator(request) {
      const device = await terminal(request);
      if (!device.ok) return device;
      const found = await operator(request);
      return found
        ? ok({ kind: 'terminal_operator', terminal: device.value, ...found })
        : fail('operator_token_invalid');
    },
    async operator(request) {
      const found = await operator(request);
      return found ? ok({ kind: 'operator', ...found }) : fail('operator_token_invalid');
    },
    async merchant(request) {
      const secret = bearerToken(request);
      const found = secret && secret.length <= MAX_TOKEN_LENGTH ? await sources.staff.byApiKey(secret) : null;
      return found ? ok({ kind: 'merchant', ...found }) : fail('api_key_invalid');
    },
  };

  return (request, auth) => doors[auth](request) as never;
}

/** On another thread: a check takes longer than anything else in a request, and others need not wait for it. */
function isSignedBy(key: KeyObject, text: string, signature: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify(null, Buffer.from(text), key, signature, (error, good) => (error ? reject(error) : resolve(good)));
  });
}

function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function singleHeader(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
