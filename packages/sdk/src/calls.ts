import {
  ApiError,
  type CallOptions,
  createClient,
  type EndpointName,
  endpoints,
  type ResponseOf,
} from '@smile/contract';
import { errorOf, type SmileError } from './errors.ts';

export type SmileOptions = {
  /** `sk_...` or `rk_...`: it belongs on a server, never into a page. */
  readonly apiKey: string;
  /** Address of the platform, for example `https://api.smile.example`. */
  readonly baseUrl: string;
  /** Of one try, in milliseconds. */
  readonly timeoutMs?: number;
  /** Tries after the first; 0 for none. */
  readonly maxRetries?: number;
  readonly fetch?: typeof fetch;
  /** From 0 to 1, for spreading out retries. */
  readonly random?: () => number;
  /** Waits; rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
};

/** For every call. */
export type RequestOptions = {
  /**
   * For a call that moves something: the same for each retry of your own, also after a restart, for example
   * `order-1042-pay`. Without one the client makes one for each call, which covers the client's own retries only.
   */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
};

export type Call = <N extends EndpointName>(
  name: N,
  options: CallOptions<N>,
  request?: RequestOptions,
) => Promise<ResponseOf<N>>;

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8_000;
/** Told to wait longer than this, the client gives the failure back and lets its caller decide. */
const LONGEST_PATIENCE_MS = 30_000;

/** A call of the contract with retries. Throws a SmileError, or the signal's reason when that was aborted. */
export function createCall(options: SmileOptions): Call {
  if (!/^[sr]k_(test|live)_/.test(options.apiKey)) throw new TypeError('apiKey must be one that begins sk_ or rk_');
  const { maxRetries = 3, random = Math.random, sleep = wait } = options;
  const client = createClient({
    baseUrl: options.baseUrl.replace(/\/+$/, ''),
    headers: () => ({ authorization: `Bearer ${options.apiKey}` }),
    timeoutMs: options.timeoutMs ?? 20_000,
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });

  return async (name, callOptions, request = {}) => {
    const endpoint: { readonly method: string; readonly idempotent?: true } = endpoints[name];
    // One key for all tries of one call: that is what makes trying again safe.
    const idempotencyKey = endpoint.idempotent ? (request.idempotencyKey ?? crypto.randomUUID()) : undefined;
    const { signal } = request;
    for (let attempt = 0; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await client.call(name, {
          ...callOptions,
          ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
          ...(signal ? { signal } : {}),
        });
      } catch (cause) {
        if (!(cause instanceof ApiError)) throw cause;
        signal?.throwIfAborted();
        const error = errorOf(cause.status, cause.body, cause);
        if (attempt >= maxRetries || !mayRetry(error, endpoint)) throw error;
        const askedMs = error.retryAfterMs ?? 0;
        if (askedMs > LONGEST_PATIENCE_MS) throw error;
        await sleep(Math.max(askedMs, delayMs(attempt, random())), signal);
      }
    }
  };
}

/** 250 ms, 500 ms, 1 s ... 8 s, of which a random half is taken off. */
function delayMs(attempt: number, random: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS) * (0.5 + 0.5 * random);
}

/**
 * Turned away for being too many: nothing was done, anything may be tried again. No answer, or a server that failed: it may
 * have been done, so only what can be done twice without harm.
 */
function mayRetry(error: SmileError, endpoint: { readonly method: string; readonly idempotent?: true }): boolean {
  if (error.status === 429) return error.type === 'rate_limit_error';
  if (error.status !== 0 && error.status < 500) return false;
  return endpoint.idempotent === true || endpoint.method !== 'POST';
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
