import { ApiError, type Client, createClient, endpoints, type KIOSK_FORWARDED, type Terminal } from '@smile/contract';
import WebSocket from 'ws';
import { type DeviceKey, deviceHeaders } from './device-key.ts';

/** Largest answer or body that is passed through for the kiosk page. */
const FORWARD_LIMIT_BYTES = 512 * 1024;
const FORWARD_TIMEOUT_MS = 15_000;

/** The way to the platform: every request is signed with the device key. */
export type Platform = {
  readonly terminalId: string;
  readonly serverUrl: string;
  readonly client: Client;
  forward(request: ForwardRequest): Promise<ForwardAnswer>;
  openStream(path: string): WebSocket;
};

export type ForwardRequest = {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly headers: Record<string, string>;
};
export type ForwardAnswer = { readonly status: number; readonly contentType: string; readonly body: string };

export function createPlatform(serverUrl: string, terminalId: string, key: DeviceKey): Platform {
  const signedFetch: typeof fetch = (input, init) => {
    const url = new URL(String(input));
    const headers = new Headers(init?.headers);
    const body = init?.body as string | undefined;
    const signature = deviceHeaders(key, terminalId, {
      method: init?.method ?? 'GET',
      path: url.pathname + url.search,
      body: body ?? undefined,
    });
    for (const [name, value] of Object.entries(signature)) headers.set(name, value);
    return fetch(url, { ...init, headers });
  };
  return {
    terminalId,
    serverUrl,
    client: createClient({ baseUrl: serverUrl, fetch: signedFetch }),
    async forward(request) {
      const response = await signedFetch(serverUrl + request.path, {
        method: request.method,
        headers: request.headers,
        body: request.body,
        signal: AbortSignal.timeout(FORWARD_TIMEOUT_MS),
      });
      const body = await textWithin(response, FORWARD_LIMIT_BYTES);
      return { status: response.status, contentType: response.headers.get('content-type') ?? 'application/json', body };
    },
    openStream(path) {
      const url = new URL(path, serverUrl);
      const headers = deviceHeaders(key, terminalId, { method: 'GET', path: url.pathname + url.search });
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      return new WebSocket(url, { headers, handshakeTimeout: 5_000, maxPayload: 64 * 1024, perMessageDeflate: false });
    },
  };
}

async function textWithin(response: Response, limitBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of response.body ?? []) {
    sizeBytes += part.length;
    if (sizeBytes > limitBytes) throw new Error('the answer is larger than a kiosk ever needs');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** An operator's token beside the device's signature. */
export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Exchanges the pairing code for this device's place in a shop. */
export async function pair(
  serverUrl: string,
  key: DeviceKey,
  pairingCode: string,
  device: { model: string; softwareVersion: string },
): Promise<Terminal> {
  return createClient({ baseUrl: serverUrl }).call('pairTerminal', {
    body: { pairingCode, publicKey: key.publicKey, ...device },
  });
}

export type PairFailure = {
  readonly code: string;
  readonly message: string;
  /** Whether the same code may be accepted later: the server is away, starting or busy. */
  readonly isTemporary: boolean;
};

export function pairFailureOf(error: unknown): PairFailure {
  if (!(error instanceof ApiError)) return { code: 'network_error', message: String(error), isTemporary: true };
  const { status, code, message } = error;
  // Status 0: no answer at all.
  return { code, message, isTemporary: status < 400 || status >= 500 || status === 408 || status === 429 };
}

type Forwarded = (typeof KIOSK_FORWARDED)[number];

/** Whether the kiosk page may have this request forwarded: deny by default, allow what the contract names. */
export function createForwardFilter(names: readonly Forwarded[]): (method: string, pathname: string) => boolean {
  const allowed = names.map((name) => ({
    method: endpoints[name].method,
    path: new RegExp(`^${endpoints[name].path.replace(/:[a-zA-Z]+/g, '[a-z0-9_]{1,60}')}$`),
  }));
  return (method, pathname) => allowed.some((entry) => entry.method === method && entry.path.test(pathname));
}
