import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Resolve } from './addresses.ts';
import { createSender, type Sender } from './sender.ts';
import { openReceiver, type Receiver, statusAnswer } from './testing/receiver.ts';
import { TLS_CERTIFICATE, TLS_HOST, TLS_KEY } from './testing/tls.ts';

let receiver: Receiver;
let port: string;
beforeAll(async () => {
  receiver = await openReceiver();
  port = new URL(receiver.url).port;
});
afterEach(() => {
  receiver.received.length = 0;
  receiver.answer = statusAnswer(200);
});
afterAll(() => receiver.close());

const to = (...addresses: string[]): Resolve => {
  return async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};
type Wanted = { resolve?: Resolve; allowLoopback?: boolean; timeoutMs?: number; trustedAuthorities?: string };
const sender = (wanted: Wanted = {}): Sender =>
  createSender({ resolve: to('127.0.0.1'), timeoutMs: 2_000, allowLoopback: true, ...wanted });
const send = (by: Sender, url: string) => by({ url, headers: { 'content-type': 'application/json' }, body: '{}' });

it('connects to the address that was checked, whatever the name would give a moment later', async () => {
  let asked = 0;
  const rebinding: Resolve = async () => {
    asked += 1;
    return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
  };
  const answer = await send(sender({ resolve: rebinding }), `http://shop.example:${port}/`);
  expect(answer).toEqual({ kind: 'answered', status: 200, retryAfterMs: 0 });
  expect(asked).toBe(1);
  expect(receiver.received[0].headers.host).toBe(`shop.example:${port}`);
});

it.each([
  ['a name that resolves inside', to('10.0.0.1')],
  ['a name with one address inside', to('93.184.215.14', '192.168.0.1')],
  ['a name that resolves to the metadata service', to('169.254.169.254')],
  ['a name that hides loopback in IPv6', to('::ffff:127.0.0.1')],
])('sends nothing to %s', async (_what, resolve) => {
  const by = sender({ resolve, allowLoopback: false });
  expect(await send(by, `http://shop.example:${port}/`)).toEqual({ kind: 'failed', failure: 'address_refused' });
  expect(receiver.received).toEqual([]);
});

it('checks an address that stands in the URL itself, at every delivery', async () => {
  const closed = sender({ allowLoopback: false });
  expect(await send(closed, receiver.url)).toEqual({ kind: 'failed', failure: 'address_refused' });
  expect(await send(closed, `http://[::1]:${port}/`)).toEqual({ kind: 'failed', failure: 'address_refused' });
  expect(await send(sender(), receiver.url)).toMatchObject({ status: 200 });
  expect(receiver.received).toHaveLength(1);
});

it('follows no redirect', async () => {
  receiver.answer = statusAnswer(307, { location: receiver.url.replace('/hooks', '/elsewhere') });
  expect(await send(sender(), receiver.url)).toMatchObject({ kind: 'answered', status: 307 });
  expect(receiver.received).toHaveLength(1);
});

it('gives up on silence, on an answer that never ends, and on a resolver that does not answer', async () => {
  const by = sender({ timeoutMs: 150 });
  receiver.answer = () => undefined;
  expect(await send(by, receiver.url)).toEqual({ kind: 'failed', failure: 'timeout' });
  receiver.answer = (response) => void response.writeHead(200).write('more to come');
  expect(await send(by, receiver.url)).toEqual({ kind: 'failed', failure: 'timeout' });
  const mute = sender({ timeoutMs: 150, resolve: () => new Promise(() => undefined) });
  expect(await send(mute, 'http://shop.example/')).toEqual({ kind: 'failed', failure: 'timeout' });
});

it('reads no more of an answer than it has to', async () => {
  let written = 0;
  let closed = false;
  receiver.answer = (response) => {
    response.writeHead(200);
    response.on('close', () => {
      closed = true;
    });
    const more = () => {
      while (!closed && written < 64 * 1024 * 1024) {
        written += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  };
  expect(await send(sender(), receiver.url)).toMatchObject({ kind: 'answered', status: 200 });
  await expect.poll(() => closed).toBe(true);
  expect(written).toBeLessThan(32 * 1024 * 1024);
});

it('says what went wrong on the line', async () => {
  const failure = async (by: Sender, url: string) => {
    const answer = await send(by, url);
    return answer.kind === 'failed' ? answer.failure : answer.status;
  };
  const unknown: Resolve = async () => {
    throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
  };
  expect(await failure(sender({ resolve: unknown }), 'http://shop.example/')).toBe('name_not_resolved');
  expect(await failure(sender({ resolve: to() }), 'http://shop.example/')).toBe('name_not_resolved');
  // Nothing that speaks TLS is there.
  expect(['tls_failed', 'connection_failed']).toContain(
    await failure(sender(), receiver.url.replace('http:', 'https:')),
  );
  const dead = createServer();
  await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
  const { port: deadPort } = dead.address() as AddressInfo;
  await new Promise((resolve) => dead.close(resolve));
  expect(await failure(sender(), `http://127.0.0.1:${deadPort}/`)).toBe('connection_failed');
  const babble = createTcpServer((socket) => {
    socket
      .on('error', () => undefined)
      .resume()
      .end('220 this is not HTTP\r\n');
  });
  await new Promise<void>((resolve) => babble.listen(0, '127.0.0.1', resolve));
  const { port: babblePort } = babble.address() as AddressInfo;
  expect(await failure(sender(), `http://127.0.0.1:${babblePort}/`)).toBe('connection_failed');
  await new Promise((resolve) => babble.close(resolve));
});

it('over TLS the certificate has to be that of the name, although the connection goes to a checked address', async () => {
  const secured = await openReceiver({ cert: TLS_CERTIFICATE, key: TLS_KEY });
  const at = (host: string) => secured.url.replace('127.0.0.1', host);
  const trusting = sender({ trustedAuthorities: TLS_CERTIFICATE });
  expect(await send(trusting, at(TLS_HOST))).toMatchObject({ kind: 'answered', status: 200 });
  expect(secured.received[0].headers.host).toMatch(/^shop\.example:/);
  expect(await send(trusting, at('another.example'))).toEqual({ kind: 'failed', failure: 'tls_failed' });
  expect(await send(sender(), at(TLS_HOST))).toEqual({ kind: 'failed', failure: 'tls_failed' });
  expect(secured.received).toHaveLength(1);
  await secured.close();
});

it('understands Retry-After in seconds', async () => {
  receiver.answer = statusAnswer(503, { 'retry-after': '120' });
  expect(await send(sender(), receiver.url)).toEqual({ kind: 'answered', status: 503, retryAfterMs: 120_000 });
  receiver.answer = statusAnswer(503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' });
  expect(await send(sender(), receiver.url)).toMatchObject({ retryAfterMs: 0 });
});
