import { ApiError, ErrorBodySchema } from '@smile/contract';

const TIMEOUT_MS = 6_000;

export type LocalCall = (
  path: string,
  options?: { readonly method?: string; readonly body?: unknown; readonly timeoutMs?: number },
) => Promise<unknown>;

/** Calls of the terminal's own API; whatever goes wrong is an ApiError, as with the platform's. */
export function connectLocal(origin: string, fetchFn: typeof fetch = (...given) => fetch(...given)): LocalCall {
  return async (path, { body, method = body === undefined ? 'GET' : 'POST', timeoutMs = TIMEOUT_MS } = {}) => {
    let response: Response;
    let json: unknown;
    try {
      response = await fetchFn(origin + path, {
        method,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      json = await response.json();
    } catch (cause) {
      throw new ApiError(0, { type: 'api_error', code: 'network_error', message: `no answer: ${String(cause)}` });
    }
    if (response.ok) return json;
    const failure = ErrorBodySchema.safeParse(json);
    throw new ApiError(
      response.status,
      failure.success ? failure.data.error : { type: 'api_error', code: 'bad_response', message: 'not the contract' },
    );
  };
}
