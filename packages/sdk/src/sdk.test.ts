import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import {
  ConnectionError,
  constructEvent,
  createSmileToPay,
  type MerchantEvent,
  money,
  NotFoundError,
  type PaymentIntent,
  PermissionError,
  RateLimitError,
  type Refund,
  ServerError,
  type SmileError,
  WebhookSignatureError,
} from './index.ts';

type Seen = { method: string; url: string; key: string | undefined; authorization: string | undefined; body: string };

/** A platform that answers what the test lays ready, one answer for each request. */
let server: Server;
let baseUrl: string;
let seen: Seen[] = [];
let answers: ((response: ServerResponse, request: IncomingMessage) => void)[] = [];
let slept: number[] = [];
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const key = headers['idempotency-key'] as string | undefined;
    seen.push({ method, url, key, authorization: headers.authorization, body: await text(request) });
    const answer = answers.shift();
    if (!answer) throw new Error('a request too many');
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  [seen, answers, slept] = [[], [], []];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const says =
  (status: number, body: unknown): (typeof answers)[number] =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const fails = (status: number, type: string, code: string, more: object = {}) =>
  says(status, { error: { type, code, message: 'in words', requestId: 'req-1', ...more } });
const hangsUp: (typeof answers)[number] = (response) => response.destroy();

const smile = (more: object = {}) =>
  createSmileToPay({
    apiKey: 'sk_test_x',
    baseUrl,
    random: () => 1,
    sleep: async (ms) => void slept.push(ms),
    ...more,
  });
const intent: PaymentIntent = {
  id: 'pay_00000001',
  livemode: false,
  state: 'requires_identification',
  captureMethod: 'automatic',
  amount: money(350n, 'EUR'),
  tip: money(0n, 'EUR'),
  capturable: money(0n, 'EUR'),
  captured: money(0n, 'EUR'),
  refunded: money(0n, 'EUR'),
  fee: money(0n, 'EUR'),
  shopId: 'shp_00000001',
  terminalId: 'trm_00000001',
  orderId: null,
  payerId: null,
  method: null,
  description: null,
  metadata: {},
  cancelReason: null,
  createdAt: '2026-11-23T12:00:00.000Z',
  expiresAt: null,
};
const order = { amount: money(350n, 'EUR'), terminalId: 'trm_00000001' };
const failure = (call: Promise<unknown>): Promise<SmileError> =>
  call.then(
    () => {
      throw new Error('expected to fail');
    },
    (error: SmileError) => error,
  );

describe('a call that moves something', () => {
  it('is tried again with the same idempotency key: after a lost line, a failed server, too many', async () => {
    answers = [
      hangsUp,
      fails(500, 'api_error', 'internal_error'),
      fails(429, 'rate_limit_error', 'rate_limited', { retryAfterMs: 1_500 }),
      says(200, intent),
    ];
    expect(await smile().paymentIntents.create(order)).toEqual(intent);
    expect(seen).toHaveLength(4);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/payment_intents', authorization: 'Bearer sk_test_x' });
    expect(seen[0].key).toMatch(/^[0-9a-f-]{36}$/);
    expect(slept).toEqual([250, 500, 1_500]);
  });

  it('has a key of its own each time, or that of its caller', async () => {
    answers = Array.from({ length: 3 }, () => says(200, intent));
    await smile().paymentIntents.create(order);
    await smile().paymentIntents.create(order);
    await smile().paymentIntents.create(order, { idempotencyKey: 'order-1042-pay' });
    expect(new Set(seen.map(({ key }) => key)).size).toBe(3);
    expect(seen[2].key).toBe('order-1042-pay');
  });

  it('is not tried again where the answer is no, or where twice would be two', async () => {
    answers = [fails(404, 'not_found_error', 'terminal_not_found', { param: 'terminalId' })];
    const refused = await failure(smile().paymentIntents.create(order));
    expect(refused).toBeInstanceOf(NotFoundError);
    expect(refused).toMatchObject({
      name: 'NotFoundError',
      status: 404,
      code: 'terminal_not_found',
      param: 'terminalId',
      requestId: 'req-1',
    });
    // Its answer is a secret, which no server keeps for a second asking: so it has no idempotency key.
    answers = [hangsUp];
    const lost = failure(smile().webhookEndpoints.create({ url: 'https://shop.example/hooks' }));
    expect(await lost).toBeInstanceOf(ConnectionError);
    expect(seen).toHaveLength(2);
    expect(seen[1].key).toBeUndefined();
  });

  it('is given up after the retries, with what went wrong last', async () => {
    answers = [hangsUp, hangsUp, (response) => response.writeHead(502).end('<html>bad gateway</html>')];
    const error = await failure(smile({ maxRetries: 2 }).paymentIntents.create(order));
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ status: 502, code: 'bad_response' });
    expect(seen).toHaveLength(3);
  });

  it('does not wait for ever when told to come back much later', async () => {
    answers = [fails(429, 'rate_limit_error', 'rate_limited', { retryAfterMs: 600_000 })];
    const error = await failure(smile().paymentIntents.create(order));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error.retryAfterMs).toBe(600_000);
    expect(slept).toEqual([]);
  });

  it('ends when its caller says so, also between two tries', async () => {
    const stop = new AbortController();
    answers = [hangsUp];
    const sleep = async () => stop.abort(new Error('the shop closes'));
    const call = smile({ sleep }).paymentIntents.create(order, { signal: stop.signal });
    expect(await failure(call)).toMatchObject({ message: 'the shop closes' });
    expect(seen).toHaveLength(1);
  });

  it('sleeps with the clock where no other sleep is given', async () => {
    answers = [hangsUp, says(200, intent)];
    const started = performance.now();
    await createSmileToPay({ apiKey: 'sk_test_x', baseUrl, random: () => 0 }).paymentIntents.create(order);
    expect(performance.now() - started).toBeGreaterThan(100);
  });
});

it('errors have a class for each type', async () => {
  answers = [fails(403, 'permission_error', 'api_key_scope_missing')];
  expect(await failure(smile().refunds.get('ref_00000001'))).toBeInstanceOf(PermissionError);
  expect(() => createSmileToPay({ apiKey: 'demo-operator', baseUrl })).toThrow(TypeError);
});

describe('a list', () => {
  const named = (id: string) => ({ ...intent, id });
  const pages = () => [
    says(200, { data: [named('pay_00000003'), named('pay_00000002')], nextCursor: 'pay_00000002' }),
    says(200, { data: [named('pay_00000001')], nextCursor: null }),
  ];

  it('is fetched page by page as it is read', async () => {
    answers = pages();
    const ids: string[] = [];
    for await (const one of smile().paymentIntents.list({ limit: 2, state: 'succeeded' })) {
      expectTypeOf(one).toEqualTypeOf<PaymentIntent>();
      ids.push(one.id);
    }
    expect(ids).toEqual(['pay_00000003', 'pay_00000002', 'pay_00000001']);
    expect(seen.map(({ url }) => url)).toEqual([
      '/v1/payment_intents?limit=2&state=succeeded',
      '/v1/payment_intents?limit=2&state=succeeded&cursor=pay_00000002',
    ]);
  });

  it('is fetched no further than it is read', async () => {
    answers = pages();
    expect(await smile().paymentIntents.list().toArray({ limit: 1 })).toHaveLength(1);
    expect(seen).toHaveLength(1);
    answers = pages();
    expect(await smile().paymentIntents.list().page()).toMatchObject({ nextCursor: 'pay_00000002' });
    expectTypeOf(smile().refunds.list().page).returns.resolves.toHaveProperty('data').toEqualTypeOf<Refund[]>();
  });
});

describe('constructEvent', () => {
  const secret = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
  const other = 'whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=';
  const event: MerchantEvent = {
    id: 'evt_00000001',
    type: 'payment_intent.succeeded',
    livemode: false,
    createdAt: '2026-11-23T12:00:00.000Z',
    data: { object: { ...intent, state: 'succeeded' } },
  };
  const signed = (body: string, by = secret, at = new Date()) => ({
    'webhook-id': event.id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(by).sign(event.id, at, body),
  });

  it('gives the event, whose type says what its object is', () => {
    const body = JSON.stringify(event);
    const got = constructEvent(body, signed(body), secret);
    expect(got).toEqual(event);
    if (got.type !== 'payment_intent.succeeded') throw new Error('another type');
    expectTypeOf(got.data.object).toEqualTypeOf<PaymentIntent>();
    expect(constructEvent(Buffer.from(body), new Headers(signed(body)), [other, secret])).toEqual(event);
  });

  it('refuses what was changed, is old, was signed by somebody else, or not at all', () => {
    const body = JSON.stringify(event);
    const refused = (text: string, headers: Record<string, string>, by: string | string[] = secret) =>
      expect(() => constructEvent(text, headers, by)).toThrow(WebhookSignatureError);
    refused(body.replace('350', '1'), signed(body));
    refused(body, { ...signed(body), 'webhook-id': 'evt_00000002' });
    refused(body, signed(body, secret, new Date(Date.now() - 6 * 60_000)));
    refused(body, signed(body, other));
    refused(body, {});
    refused(body, signed(body), []);
  });

  it('hands on what is genuine and newer than itself', () => {
    const body = JSON.stringify({ ...event, type: 'dispute.opened' });
    expect(constructEvent(body, signed(body), secret)).toMatchObject({
      type: 'unknown',
      originalType: 'dispute.opened',
      id: event.id,
    });
  });
});
