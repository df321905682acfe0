import { ErrorBodySchema } from '@smile/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKey, openWorld, type TestTerminal, type World } from '../testing/world.ts';
import { ERRORS } from './errors.ts';

let world: World;
let terminal: TestTerminal;
beforeAll(async () => {
  world = await openWorld();
  terminal = await world.terminal();
});
afterAll(() => world.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = async (url: string, payload: string, headers: Record<string, string> = JSON_TYPE) => {
  const answer = await world.app.http.inject({ method: 'POST', url, payload, headers });
  const body = ErrorBodySchema.parse(answer.json());
  expect(ERRORS[body.error.code as keyof typeof ERRORS]).toMatchObject({ status: answer.statusCode });
  expect(answer.headers['x-request-id']).toBe(body.error.requestId);
  if (url.startsWith('/v1/')) expect(answer.headers['cache-control']).toBe('no-store');
  return body.error;
};
const order = (change: Record<string, unknown>) => {
  const payload = JSON.stringify({
    lines: [{ itemId: 'itm_sunny0burger', quantity: 1, changes: [] }],
    serving: 'here',
    language: 'en',
    ...change,
  });
  const url = '/v1/terminal/orders';
  const signed = terminal.headers({ method: 'POST', path: url, body: payload });
  return post(url, payload, { ...JSON_TYPE, ...signed, 'idempotency-key': newKey() });
};

describe('a body', () => {
  it.each([
    ['malformed_json', '{"phone": '],
    ['malformed_json', 'phone=0170'],
    ['malformed_json', '{"__proto__": {"admin": true}, "phone": "0170 1234567"}'],
    ['invalid_request', ''],
    ['invalid_request', 'null'],
    ['invalid_request', '[]'],
    ['invalid_request', '{}'],
    ['invalid_request', '{"phone": 170}'],
    ['invalid_request', '{"phone": "0170 1234567", "language": "klingon"}'],
    ['invalid_request', `{"phone": "${'1'.repeat(41)}"}`],
  ])('is refused: %s', async (code, payload) => {
    expect(await post('/v1/auth/codes', payload)).toMatchObject({ code, type: 'invalid_request_error' });
  });

  it('of another kind or size is refused before it is read', async () => {
    expect(await post('/v1/auth/codes', '<phone/>', { 'content-type': 'text/xml' })).toMatchObject({
      code: 'unsupported_media_type',
    });
    expect(await post('/v1/auth/codes', JSON.stringify({ phone: 'x'.repeat(70_000) }))).toMatchObject({
      code: 'body_too_large',
    });
  });

  it('nested a thousand deep does no harm', async () => {
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    expect(await post('/v1/auth/codes', `{"phone": ${deep}}`)).toMatchObject({ code: 'invalid_request' });
  });
});

describe('an order', () => {
  it.each([
    ['lines.0.quantity', { lines: [{ itemId: 'itm_sunny0burger', quantity: 0, changes: [] }] }],
    ['lines.0.quantity', { lines: [{ itemId: 'itm_sunny0burger', quantity: -1, changes: [] }] }],
    ['lines.0.quantity', { lines: [{ itemId: 'itm_sunny0burger', quantity: 1.5, changes: [] }] }],
    ['lines.0.quantity', { lines: [{ itemId: 'itm_sunny0burger', quantity: 1e300, changes: [] }] }],
    ['lines.0.itemId', { lines: [{ itemId: '../../etc', quantity: 1, changes: [] }] }],
    ['lines', { lines: [] }],
    ['serving', { serving: 'on the moon' }],
  ])('names the field at fault: %s', async (param, change) => {
    expect(await order(change)).toMatchObject({ code: 'invalid_request', param });
  });

  it('cannot bring its own price', async () => {
    const line = {
      itemId: 'itm_sunny0nothing',
      quantity: 1,
      changes: [],
      total: { amountMinor: '1', currency: 'EUR' },
    };
    expect(await order({ lines: [line] })).toMatchObject({ code: 'menu_item_not_found', param: 'lines.0.itemId' });
  });
});

describe('an address', () => {
  it('that leads nowhere says so', async () => {
    expect(await post('/v1/nowhere', '{}')).toMatchObject({ code: 'not_found' });
    expect(await post('/v1/auth/codes/../../secret', '{}')).toMatchObject({ code: 'not_found' });
  });

  it('with an id of the wrong kind is refused at the door and with words', async () => {
    for (const id of ['pay_', 'ord_00000000', "pay_0000'--", 'x'.repeat(120)]) {
      const url = `/v1/terminal/payments/${encodeURIComponent(id)}/cancel`;
      const signed = terminal.headers({ method: 'POST', path: url });
      const answer = await world.app.http.inject({ method: 'POST', url, headers: signed });
      expect([400, 404]).toContain(answer.statusCode);
      expect(['invalid_request', 'not_found']).toContain(answer.json().error.code);
    }
  });
});

it('a stranger learns nothing from a bad body: the door comes first', async () => {
  expect(await post('/v1/terminal/orders', '{"lines": 1}')).toMatchObject({ code: 'device_signature_missing' });
  expect(await post('/v1/operator/claims/x/decision', '{}')).toMatchObject({ code: 'operator_token_invalid' });
});

it('too many requests of one address are turned away, with the time to wait', async () => {
  const small = await openWorld({ requestsPerMinute: 10 });
  try {
    const answers = [];
    for (let count = 0; count < 12; count += 1) answers.push(await small.app.http.inject({ url: '/v1/consents' }));
    expect(answers[9].statusCode).toBe(200);
    const refused = answers[11];
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ error: { code: 'rate_limited', type: 'rate_limit_error' } });
    expect(refused.json().error.retryAfterMs).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    // Who watches the server is not counted.
    expect((await small.app.http.inject({ url: '/readyz' })).statusCode).toBe(200);
  } finally {
    await small.close();
  }
});

it('a broken invariant is a 500 without details, and the server goes on', async () => {
  const order = await terminal.order();
  await world.pool.query(`UPDATE orders SET lines = '"nonsense"' WHERE id = $1`, [order.id]);
  const url = `/v1/terminal/orders/${order.id}`;
  const answer = await world.app.http.inject({ url, headers: terminal.headers({ method: 'GET', path: url }) });
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({
    error: {
      type: 'api_error',
      code: 'internal_error',
      message: 'the server failed',
      requestId: expect.any(String),
    },
  });
  expect((await world.app.http.inject({ url: '/healthz' })).statusCode).toBe(200);
});
