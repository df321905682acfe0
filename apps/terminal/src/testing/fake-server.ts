import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ScanEvent, ScanGrant, TerminalProfile } from '@smile/contract';
import WebSocket, { WebSocketServer } from 'ws';

export const TERMINAL_ID = 'trm_0000000000000001';

export const PROFILE: TerminalProfile = {
  terminal: { id: TERMINAL_ID, shopId: 'shp_0000000000000001', name: 'Counter 1', state: 'active', testMode: true },
  shop: {
    id: 'shp_0000000000000001',
    merchantId: 'mer_0000000000000001',
    merchantName: 'Test Kitchen',
    name: 'Old Town',
    currency: 'EUR',
    country: 'DE',
    defaultLanguage: 'en',
    languages: ['en'],
  },
  menu: { categories: [], items: [] },
};

export const GRANT: ScanGrant = {
  id: 'scn_0000000000000001',
  nonce: Buffer.alloc(32, 7).toString('base64url'),
  streamPath: '/v1/scans/scn_0000000000000001/stream',
  expiresAt: '2030-01-01T00:00:00.000Z',
  light: false,
  limits: { maxFrames: 5, maxFrameBytes: 400_000, maxFramesPerSecond: 30, maxDurationMs: 4_000 },
};

type Answer = { readonly status: number; readonly body: unknown };
export type Received = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

/** As much of the platform as a terminal speaks to, on loopback; what comes in is kept for the test to look at. */
export class FakeServer {
  readonly requests: Received[] = [];
  /** Sockets of scans, and what came over them. */
  readonly streams: WebSocket[] = [];
  readonly messages: (Buffer | string)[] = [];
  answer: (request: Received) => Answer = answerAsPlatform;
  grant: ScanGrant = GRANT;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;

  constructor() {
    this.#http = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
      };
      this.requests.push(received);
      const { status, body } =
        received.url === '/v1/terminal/scans' ? { status: 200, body: this.grant } : this.answer(received);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    this.#sockets = new WebSocketServer({ server: this.#http });
    this.#sockets.on('connection', (socket) => {
      this.streams.push(socket);
      socket.on('message', (data: Buffer, isBinary) => this.messages.push(isBinary ? data : String(data)));
    });
  }

  /** @returns the address */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  say(event: ScanEvent): void {
    this.streams.at(-1)?.send(JSON.stringify(event));
  }

  async close(): Promise<void> {
    for (const stream of this.streams) stream.terminate();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

function answerAsPlatform({ url }: Received): Answer {
  if (url === '/v1/terminals/pair') return { status: 200, body: PROFILE.terminal };
  if (url === '/v1/terminal') return { status: 200, body: PROFILE };
  return {
    status: 404,
    body: { error: { type: 'not_found_error', code: 'not_found', message: 'there is no such thing' } },
  };
}

/** A browser's socket to the terminal: what came over it, in order. */
export class FakePage {
  readonly events: ScanEvent[] = [];
  readonly previews: Buffer[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<void>;

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.previews.push(data);
      else this.events.push(JSON.parse(String(data)));
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
  }
}
