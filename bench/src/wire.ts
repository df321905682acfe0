/**
 * A client that costs little beside the server it measures: HTTP/1.1 on a kept connection, requests as bytes made
 * beforehand, one at a time. It understands what our server answers (a status and a body with its length) and no more.
 */
import { connect, type Socket } from 'node:net';

export type WireAnswer = { readonly status: number; readonly body: string };
export type Wire = {
  /** Rejects when the connection breaks. One at a time. */
  ask(request: Buffer): Promise<WireAnswer>;
  close(): void;
};

const HEAD_END = Buffer.from('\r\n\r\n');

export async function openWire(port: number): Promise<Wire> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let waiting: { resolve: (answer: WireAnswer) => void; reject: (error: Error) => void } | null = null;
  let got: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    got = got.length === 0 ? chunk : Buffer.concat([got, chunk]);
    const headEnd = got.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = got.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    const bodyAt = headEnd + HEAD_END.length;
    if (!waiting || Number.isNaN(length))
      return void socket.destroy(new Error('not an answer this client understands'));
    if (got.length < bodyAt + length) return;
    const answer = { status: Number(head.slice(9, 12)), body: got.toString('utf8', bodyAt, bodyAt + length) };
    got = got.subarray(bodyAt + length);
    const { resolve } = waiting;
    waiting = null;
    resolve(answer);
  });
  const broken = (error: Error) => {
    waiting?.reject(error);
    waiting = null;
  };
  socket.on('error', broken);
  socket.on('close', () => broken(new Error('the connection was closed')));
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (waiting || socket.destroyed) return reject(new Error('busy, or closed'));
        waiting = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

export function requestBytes(method: string, path: string, headers: Readonly<Record<string, string>>, body: string) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(
    [
      `${method} ${path} HTTP/1.1`,
      'host: 127.0.0.1',
      ...lines,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
