import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { WebhookFailure } from '@smile/contract';
import { type Address, type AddressRule, hostOf, isAllowedAddress, type Resolve } from './addresses.ts';

export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs: number }
  | { readonly kind: 'failed'; readonly failure: Exclude<WebhookFailure, 'status' | 'secret_unreadable'> };

export type Sender = (message: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}) => Promise<Answer>;

/** Of an answer no more than this is read, and nothing of it is kept. */
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * Sends a message to an address a merchant named, and nowhere else: the name is resolved once, every address it gives is
 * checked, and the connection is made to one of those very addresses, so that no second answer of a name server counts.
 * Redirects are not followed. `timeoutMs` covers everything, from resolving to the last byte.
 */
export function createSender(
  options: AddressRule & {
    readonly resolve: Resolve;
    readonly timeoutMs: number;
    /** Authorities to trust besides the built-in ones, in PEM. */
    readonly trustedAuthorities?: string;
  },
): Sender {
  return async ({ url: text, headers, body }) => {
    const url = new URL(text);
    const signal = AbortSignal.timeout(options.timeoutMs);
    let addresses: readonly Address[];
    try {
      addresses = await withSignal(signal, addressesOf(hostOf(url), options.resolve));
    } catch {
      return { kind: 'failed', failure: signal.aborted ? 'timeout' : 'name_not_resolved' };
    }
    if (addresses.length === 0) return { kind: 'failed', failure: 'name_not_resolved' };
    // One forbidden address is enough: a name that points inside has no business here.
    if (!addresses.every(({ address }) => isAllowedAddress(address, options))) {
      return { kind: 'failed', failure: 'address_refused' };
    }
    return post({ url, headers, body, addresses, signal, options });
  };
}

async function addressesOf(host: string, resolve: Resolve): Promise<readonly Address[]> {
  const family = isIP(host);
  return family === 0 ? resolve(host) : [{ address: host, family: family === 6 ? 6 : 4 }];
}

async function withSignal<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function post(sending: {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly addresses: readonly Address[];
  readonly signal: AbortSignal;
  readonly options: AddressRule & { readonly trustedAuthorities?: string };
}): Promise<Answer> {
  const { url, addresses, signal, options } = sending;
  const lookup: LookupFunction = (_host, wanted, done) => {
    if (wanted.all) done(null, [...addresses]);
    else done(null, addresses[0].address, addresses[0].family);
  };
  return new Promise((resolve) => {
    let request: ClientRequest;
    let refused = false;
    const failed = (error: NodeJS.ErrnoException) =>
      resolve({ kind: 'failed', failure: refused ? 'address_refused' : failureOf(error, signal) });
    try {
      request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        headers: { ...sending.headers, 'content-length': Buffer.byteLength(sending.body).toString() },
        // A connection of its own: none that was opened to another address can be taken up again.
        agent: false,
        lookup,
        signal,
        maxHeaderSize: MAX_ANSWER_BYTES,
        ...(options.trustedAuthorities ? { ca: options.trustedAuthorities } : {}),
      });
    } catch (error) {
      failed(error as NodeJS.ErrnoException);
      return;
    }
    request.on('socket', (socket: Socket) => {
      // The other half of the check: where the connection really ended up, before a byte of ours is on it.
      socket.on('connect', () => {
        if (isAllowedAddress(socket.remoteAddress ?? '', options)) return;
        refused = true;
        request.destroy(new Error('connected to a refused address'));
      });
    });
    request.on('error', failed);
    // Whatever else ends it before there is an answer (an upgrade nobody asked for) is a failure too.
    const unanswered = () => failed(new Error('closed'));
    request.on('close', unanswered);
    request.on('response', (response) => {
      // From here on the connection may be gone before the answer has been read to its end.
      request.off('close', unanswered);
      readAnswer(request, response, resolve, failed);
    });
    request.end(sending.body);
  });
}

/** The status counts once the answer has ended or has grown too long; what it says is thrown away. */
function readAnswer(
  request: ClientRequest,
  response: IncomingMessage,
  resolve: (answer: Answer) => void,
  failed: (error: NodeJS.ErrnoException) => void,
): void {
  const answered = () =>
    resolve({
      kind: 'answered',
      status: response.statusCode ?? 0,
      retryAfterMs: retryAfterMs(response.headers['retry-after']),
    });
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_ANSWER_BYTES) return;
    answered();
    request.destroy();
  });
  response.on('end', answered);
  response.on('error', failed);
}

/** Seconds only; the form with a date would need the endpoint's clock to be right. */
function retryAfterMs(header: string | undefined): number {
  return header !== undefined && /^\d{1,7}$/.test(header.trim()) ? Number(header) * 1_000 : 0;
}

function failureOf(error: NodeJS.ErrnoException, signal: AbortSignal): 'timeout' | 'tls_failed' | 'connection_failed' {
  if (signal.aborted || error.code === 'ETIMEDOUT') return 'timeout';
  return /CERT|SSL|TLS|ALTNAME|SELF_SIGNED|UNABLE_TO/.test(error.code ?? '') ? 'tls_failed' : 'connection_failed';
}
