import type { z } from 'zod';
import { type ErrorBody, ErrorBodySchema } from './common.ts';
import { type Endpoint, type EndpointName, type Endpoints, endpoints } from './endpoints.ts';

type Input<T> = T extends z.ZodType ? z.input<T> : never;
type Optional<K extends string, T> = [T] extends [never] ? { [P in K]?: undefined } : { [P in K]: T };

export type CallOptions<N extends EndpointName> = Optional<'params', Input<Prop<N, 'params'>>> &
  Optional<'body', Input<Prop<N, 'body'>>> & {
    query?: Input<Prop<N, 'query'>>;
    idempotencyKey?: string;
    headers?: Record<string, string>;
    signal?: AbortSignal;
  };
type Prop<N extends EndpointName, K extends keyof Endpoint> = K extends keyof Endpoints[N] ? Endpoints[N][K] : never;
export type ResponseOf<N extends EndpointName> = z.output<Endpoints[N]['response']>;

/** A failed call: what the API said, or `network_error` / `bad_response` when it did not answer in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: ErrorBody['error'];
  constructor(status: number, body: ErrorBody['error']) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
  get code(): string {
    return this.body.code;
  }
}

export type ClientOptions = {
  /** Without a trailing slash; empty for the page's own origin. */
  readonly baseUrl: string;
  readonly headers?: () => Record<string, string>;
  readonly fetch?: typeof fetch;
  readonly timeoutMs?: number;
};

export type Client = {
  call<N extends EndpointName>(name: N, options: CallOptions<N>): Promise<ResponseOf<N>>;
};

/** Fills `:name` parts of an endpoint's path. */
export function pathOf(endpoint: Endpoint, params: Record<string, string> = {}): string {
  return endpoint.path.replace(/:([a-zA-Z]+)/g, (_, key: string) => {
    const value = params[key];
    if (value === undefined) throw new Error(`missing path parameter ${key}`);
    return encodeURIComponent(value);
  });
}

/** A typed client made from the contract. Answers are checked against their schema before they are returned. */
export function createClient(options: ClientOptions): Client {
  const fetchFn = options.fetch ?? fetch;
  return {
    async call(name, callOptions) {
      const endpoint: Endpoint = endpoints[name];
      const given = callOptions as {
        params?: Record<string, string>;
        query?: Record<string, unknown>;
        body?: unknown;
        idempotencyKey?: string;
        headers?: Record<string, string>;
        signal?: AbortSignal;
      };
      const search = new URLSearchParams();
      for (const [key, value] of Object.entries(given.query ?? {}))
        if (value !== undefined) search.set(key, String(value));
      const url = options.baseUrl + pathOf(endpoint, given.params) + (search.size > 0 ? `?${search}` : '');
      const headers: Record<string, string> = { accept: 'application/json', ...options.headers?.(), ...given.headers };
      if (given.idempotencyKey) headers['idempotency-key'] = given.idempotencyKey;
      if (given.body !== undefined) headers['content-type'] = 'application/json';
      const timeout = AbortSignal.timeout(options.timeoutMs ?? 15_000);
      let response: Response;
      let text: string;
      try {
        response = await fetchFn(url, {
          method: endpoint.method,
          headers,
          body: given.body === undefined ? undefined : JSON.stringify(given.body),
          signal: given.signal ? AbortSignal.any([given.signal, timeout]) : timeout,
        });
        text = await response.text();
      } catch (cause) {
        throw new ApiError(0, {
          type: 'api_error',
          code: 'network_error',
          message: `no answer from the server: ${String(cause)}`,
        });
      }
      const json = parseJson(text);
      if (!response.ok) {
        const failure = ErrorBodySchema.safeParse(json);
        throw new ApiError(
          response.status,
          failure.success
            ? failure.data.error
            : { type: 'api_error', code: 'bad_response', message: `status ${response.status}` },
        );
      }
      const parsed = endpoint.response.safeParse(json);
      if (!parsed.success) {
        throw new ApiError(response.status, {
          type: 'api_error',
          code: 'bad_response',
          message: 'the answer does not fit the contract',
        });
      }
      return parsed.data as never;
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
