import { createHash, randomBytes, sign } from 'node:crypto';
import { FrameSigner } from '@smile/camera';
import {
  DEVICE_HEADER,
  deviceSigningText,
  formatDeviceHeader,
  type LightNote,
  PERSON_HEADER,
  type ScanEvent,
  ScanEventSchema,
  type ScanGrant,
  ScanGrantSchema,
} from '@smile/contract';
import WebSocket from 'ws';
import type { TestTerminal } from './scan-host.ts';

export const SIMULATED_CAMERA = { kind: 'simulated', model: 'Test camera', serial: null, driver: 'simulator' } as const;

export function deviceHeaders(terminal: TestTerminal, method: string, path: string, body = ''): Record<string, string> {
  const request = {
    terminalId: terminal.id,
    timestampMs: Date.now(),
    requestNonce: randomBytes(18).toString('base64url'),
    method,
    path,
    bodySha256: createHash('sha256').update(body).digest('hex'),
  };
  const signature = sign(null, Buffer.from(deviceSigningText(request)), terminal.privateKey).toString('base64url');
  return { [DEVICE_HEADER]: formatDeviceHeader(request, signature) };
}

/** Asks for a scan; the grant, or the code of the refusal. */
export async function askForScan(
  url: string,
  terminal: TestTerminal,
  wanted: { purpose: 'payment'; paymentId: string } | { purpose: 'enrolment' },
  personToken?: string,
): Promise<{ grant: ScanGrant } | { status: number; code: string }> {
  const credentials: Record<string, string> = personToken === undefined ? {} : { [PERSON_HEADER]: personToken };
  return ask(url, terminal, '/v1/terminal/scans', wanted, credentials);
}

/** The same for the attack lab, by an operator. */
export function askForLabScan(
  url: string,
  terminal: TestTerminal,
  operatorToken: string,
): Promise<{ grant: ScanGrant } | { status: number; code: string }> {
  return ask(url, terminal, '/v1/terminal/lab/scans', {}, { authorization: `Bearer ${operatorToken}` });
}

async function ask(
  url: string,
  terminal: TestTerminal,
  path: string,
  wanted: unknown,
  credentials: Record<string, string>,
): Promise<{ grant: ScanGrant } | { status: number; code: string }> {
  const body = JSON.stringify(wanted);
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...deviceHeaders(terminal, 'POST', path, body),
      ...credentials,
    },
    body,
  });
  const answer = (await response.json()) as { error?: { code: string } };
  if (!response.ok) return { status: response.status, code: answer.error?.code ?? 'no code' };
  return { grant: ScanGrantSchema.parse(answer) };
}

/** A stream as a terminal has it, which may also misbehave. */
export class ScanClient {
  readonly events: ScanEvent[] = [];
  readonly signer: FrameSigner;
  readonly #socket: WebSocket;
  readonly #waiters = new Set<() => void>();
  closeCode: number | null = null;
  /** When the last event came, on the clock of `performance.now`. */
  lastAtMs = 0;
  refusedStatus: number | null = null;
  refusedCode: string | null = null;

  constructor(url: string, terminal: TestTerminal, grant: ScanGrant) {
    this.signer = new FrameSigner({ scanId: grant.id, nonce: grant.nonce, privateKey: terminal.privateKey });
    this.#socket = new WebSocket(url.replace('http', 'ws') + grant.streamPath, {
      headers: deviceHeaders(terminal, 'GET', grant.streamPath),
      perMessageDeflate: false,
    });
    this.#socket.on('message', (data) => {
      this.lastAtMs = performance.now();
      this.events.push(ScanEventSchema.parse(JSON.parse(String(data))));
      this.#wake();
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.refusedStatus = response.statusCode ?? 0;
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += String(chunk);
      });
      response.on('end', () => {
        this.refusedCode = (JSON.parse(text) as { error: { code: string } }).error.code;
        this.closeCode = 0;
        this.#wake();
      });
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', (code) => {
      this.closeCode ??= code;
      this.#wake();
    });
    this.#socket.on('open', () => this.#wake());
  }

  async open(): Promise<void> {
    await this.until(() => this.#socket.readyState === WebSocket.OPEN || this.closeCode !== null);
  }

  /** Opens, introduces the camera and waits for `ready` (or whatever comes instead). */
  async start(camera: Record<string, unknown> = SIMULATED_CAMERA, light?: 'shown' | 'declined'): Promise<void> {
    await this.open();
    this.sendText({ type: 'start', camera, ...(light ? { light } : {}) });
    await this.until(() => this.events.length > 0 || this.closeCode !== null);
  }

  sendText(message: unknown): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes);
  }

  /** Signs and sends what the screen showed. */
  sendNote(shown: LightNote['shown'], deviceTimeMs: number): void {
    const note: LightNote = { type: 'light', shown, deviceTimeMs, exposureMs: null };
    this.sendBytes(this.signer.signNote(Buffer.from(JSON.stringify(note))));
  }

  /** Signs and sends frames at a pace, until a decision or an error comes or they are used up. */
  async sendFrames(frames: readonly Uint8Array[], framesPerSecond: number): Promise<void> {
    const startMs = performance.now();
    for (let i = 0; i < frames.length && !this.last; i += 1) {
      const waitMs = startMs + (i * 1_000) / framesPerSecond - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      this.sendBytes(this.signer.sign(frames[i]));
    }
  }

  /** The decision or error, when it has come. */
  get last(): Extract<ScanEvent, { type: 'decision' | 'error' }> | null {
    const event = this.events.at(-1);
    return event?.type === 'decision' || event?.type === 'error' ? event : null;
  }

  /** Waits for the end of the stream; what it ended with, null when it was just closed. */
  async over(): Promise<Extract<ScanEvent, { type: 'decision' | 'error' }> | null> {
    await this.until(() => this.closeCode !== null);
    return this.last;
  }

  close(): void {
    this.#socket.close();
  }

  async until(condition: () => boolean, withinMs = 30_000): Promise<void> {
    const giveUpAtMs = performance.now() + withinMs;
    while (!condition()) {
      if (performance.now() > giveUpAtMs) throw new Error('the stream did not do what was waited for');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(wake, 250);
        const waiters = this.#waiters;
        function wake(): void {
          clearTimeout(timer);
          waiters.delete(wake);
          resolve();
        }
        waiters.add(wake);
      });
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }
}
