import { EVENT_OBJECT_SCHEMAS, EVENT_TYPES, type MerchantEvent, MerchantEventSchema } from '@smile/contract';
import pino from 'pino';
import { Registry } from 'prom-client';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DEMO } from '../app.ts';
import { createAudit } from '../audit/service.ts';
import { createEvents } from '../events/service.ts';
import { createKeyDerivation } from '../secrets.ts';
import { failureOf, freshPhone, newKey, openWorld, TEST_SECRET, type World } from '../testing/world.ts';
import { systemResolve } from './addresses.ts';
import { FAILING_FOR_MS, MAX_ATTEMPTS, retryDelayMs } from './model.ts';
import { createSender } from './sender.ts';
import { createWebhooks } from './service.ts';
import { openReceiver, type Receiver, signedBy, statusAnswer } from './testing/receiver.ts';

let world: World;
let receiver: Receiver;
beforeAll(async () => {
  world = await openWorld();
  receiver = await openReceiver();
});
beforeEach(async () => {
  await world.pool.query('DELETE FROM webhook_endpoints');
  await world.app.rooms.webhooks.run();
  receiver.received.length = 0;
  receiver.answer = statusAnswer(200);
});
afterAll(async () => {
  await receiver.close();
  await world.close();
});

const shop = () => world.as({ authorization: `Bearer ${DEMO.merchants[0].apiKey}` });
const other = () => world.as({ authorization: `Bearer ${DEMO.merchants[1].apiKey}` });
const run = () => world.app.rooms.webhooks.run();
const listen = (more: { url?: string; eventTypes?: ('*' | MerchantEvent['type'])[]; shopId?: string } = {}) =>
  shop().call('createWebhookEndpoint', { body: { url: receiver.url, ...more } });
const order = { terminalId: 'trm_demooldtown1', amount: { amountMinor: '250', currency: 'EUR' as const } };
/** One payment intent: one event. */
async function newIntent(): Promise<string> {
  await world.terminal();
  return (await shop().call('createPaymentIntent', { body: order, idempotencyKey: newKey() })).id;
}
const deliveriesOf = async (endpointId: string) =>
  (await shop().call('listWebhookDeliveries', { params: { endpointId }, query: {} })).data;
const endpointNow = (endpointId: string) => shop().call('getWebhookEndpoint', { params: { endpointId } });

/** A second server on the same database. */
const anotherProcess = (serverSecret = TEST_SECRET) =>
  createWebhooks({
    pool: world.pool,
    now: world.clock.now,
    random: () => 0.5,
    log: pino({ level: 'silent' }),
    deriveKey: createKeyDerivation(serverSecret),
    events: createEvents(world.pool, world.clock.now),
    audit: createAudit(),
    shops: world.app.rooms.shops,
    metrics: new Registry(),
    send: createSender({ resolve: systemResolve, timeoutMs: 2_000, allowLoopback: true }),
    allowLoopback: true,
  });

describe('a delivery', () => {
  it('is the event as the API shows it, signed after Standard Webhooks', async () => {
    const endpoint = await listen();
    expect(endpoint.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const paymentId = await newIntent();
    expect(await run()).toEqual({ handedOn: 1, sent: 1 });
    const [delivery] = receiver.received;
    const verified = new Webhook(endpoint.secret).verify(delivery.body, delivery.headers as Record<string, string>);
    expect(verified).toMatchObject({
      type: 'payment_intent.created',
      livemode: false,
      data: { object: { id: paymentId, state: 'requires_identification' } },
    });
    expect(delivery.headers['webhook-id']).toBe(delivery.event.id);
    expect(await shop().call('getEvent', { params: { eventId: delivery.event.id } })).toEqual(verified);
    expect(() =>
      new Webhook(endpoint.secret).verify(
        delivery.body.replace('250', '1'),
        delivery.headers as Record<string, string>,
      ),
    ).toThrow();
    expect(await deliveriesOf(endpoint.id)).toMatchObject([
      { state: 'succeeded', attempts: 1, lastStatus: 200, lastFailure: null, nextAttemptAt: null },
    ]);
    // Sent once: nothing is left to do.
    expect(await run()).toEqual({ handedOn: 0, sent: 0 });
  });

  it('goes to the endpoints that listen to its type, of its own merchant and mode', async () => {
    await listen({ eventTypes: ['refund.succeeded'] });
    const all = await listen({ eventTypes: ['*'] });
    const one = await listen({ eventTypes: ['payment_intent.canceled'] });
    await other().call('createWebhookEndpoint', { body: { url: receiver.url } });
    const paymentId = await newIntent();
    await shop().call('cancelPaymentIntent', {
      params: { paymentIntentId: paymentId },
      body: undefined as never,
      idempotencyKey: newKey(),
    });
    await run();
    const types = async (id: string) => (await deliveriesOf(id)).map(({ eventType }) => eventType).sort();
    expect(await types(all.id)).toEqual(['payment_intent.canceled', 'payment_intent.created']);
    expect(await types(one.id)).toEqual(['payment_intent.canceled']);
    expect(receiver.received).toHaveLength(3);
    expect(await failureOf(other().call('getWebhookEndpoint', { params: { endpointId: all.id } }))).toMatchObject({
      code: 'webhook_endpoint_not_found',
    });
  });

  it('goes to an endpoint of one shop only if it happened there: payments, refunds, and replays of them', async () => {
    const here = await listen({ shopId: 'shp_demooldtown' });
    const there = await listen({ shopId: 'shp_demoriverside' });
    const from = world.clock.now().toISOString();
    const terminal = await world.terminal();
    const ada = await world.join(freshPhone(), { balanceMinor: 5_000n, face: 'ada of one shop' });
    const payment = await terminal.readyToConfirm(ada, 'ada of one shop');
    await terminal.confirm(payment.id);
    await shop().call('createRefund', {
      body: { paymentId: payment.id, amountMinor: '100' },
      idempotencyKey: newKey(),
    });
    await run();
    expect((await deliveriesOf(here.id)).map(({ eventType }) => eventType)).toContain('refund.succeeded');
    expect(await deliveriesOf(there.id)).toEqual([]);
    world.clock.advance(1_000);
    const range = { from, to: world.clock.now().toISOString() };
    const replay = (endpointId: string) => shop().call('replayEvents', { params: { endpointId }, body: range });
    expect((await replay(there.id)).replayed).toBe(0);
    expect((await replay(here.id)).replayed).toBe((await deliveriesOf(here.id)).length);
    expect(await failureOf(listen({ shopId: 'shp_demojadelane' }))).toMatchObject({ code: 'shop_not_found' });
  });

  it('that fails is tried again, later and later, until it succeeds', async () => {
    const { id } = await listen();
    await newIntent();
    receiver.answer = statusAnswer(500);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await run();
      // Not before its time.
      expect((await run()).sent).toBe(0);
      const [delivery] = await deliveriesOf(id);
      expect(delivery).toMatchObject({ state: 'pending', attempts: attempt, lastStatus: 500, lastFailure: 'status' });
      const waitMs = Date.parse(delivery.nextAttemptAt ?? '') - Date.parse(delivery.lastAttemptAt ?? '');
      const meanMs = 5_000 * 4 ** (attempt - 1);
      expect(waitMs).toBeGreaterThanOrEqual(meanMs * 0.8);
      expect(waitMs).toBeLessThanOrEqual(meanMs * 1.2 + 2_000);
      world.clock.advance(waitMs);
    }
    expect((await endpointNow(id)).failingSince).not.toBeNull();
    receiver.answer = statusAnswer(204);
    await run();
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'succeeded', attempts: 4, lastStatus: 204 }]);
    expect((await endpointNow(id)).failingSince).toBeNull();
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });

  it('is not lost when the process dies while it is sent, and who comes back late changes nothing', async () => {
    const { id } = await listen();
    await newIntent();
    let finish = () => undefined as unknown;
    receiver.answer = (response) => {
      finish = () => response.writeHead(500).end();
    };
    const first = run();
    await expect.poll(() => receiver.received.length).toBe(1);
    world.clock.advance(60_001);
    receiver.answer = statusAnswer(200);
    expect(await anotherProcess().run()).toEqual({ handedOn: 0, sent: 1 });
    const done = [{ state: 'succeeded', attempts: 2, lastStatus: 200 }];
    expect(await deliveriesOf(id)).toMatchObject(done);
    finish();
    await first;
    expect(await deliveriesOf(id)).toMatchObject(done);
    expect(receiver.received.map(({ event }) => event.id)).toEqual(Array(2).fill(receiver.received[0].event.id));
  });

  it('holds nothing locked while the endpoint takes its time', async () => {
    const { id } = await listen();
    await newIntent();
    let finish = () => undefined as unknown;
    receiver.answer = (response) => {
      finish = () => response.writeHead(200).end();
    };
    const sending = run();
    await expect.poll(() => receiver.received.length).toBe(1);
    const { rows } = await world.pool.query(
      `SELECT state FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
    );
    expect(rows).toEqual([]);
    // Every row can be locked by somebody else, without waiting.
    await world.pool.query('SELECT 1 FROM webhook_deliveries FOR UPDATE NOWAIT');
    await world.pool.query('SELECT 1 FROM webhook_endpoints FOR UPDATE NOWAIT');
    await world.pool.query('SELECT 1 FROM events FOR UPDATE NOWAIT');
    finish();
    await sending;
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'succeeded' }]);
  });

  it('to a slow endpoint does not hold up those to others', async () => {
    const slow = await openReceiver();
    let finish = () => undefined as unknown;
    slow.answer = (response) => {
      finish = () => response.writeHead(200).end();
    };
    await listen({ url: slow.url });
    await listen();
    await newIntent();
    const sending = run();
    await expect.poll(() => receiver.received.length).toBe(1);
    await expect.poll(() => slow.received.length).toBe(1);
    finish();
    await sending;
    await slow.close();
  });
});

it('two dispatchers at once send every event once', async () => {
  const { id } = await listen();
  for (let i = 0; i < 25; i += 1) await newIntent();
  await Promise.all([run(), anotherProcess().run(), anotherProcess().run()]);
  await run();
  expect(receiver.received).toHaveLength(25);
  expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(25);
  const { rows } = await world.pool.query(
    `SELECT count(*)::int AS done FROM webhook_deliveries WHERE endpoint_id = $1 AND state = 'succeeded'`,
    [id],
  );
  expect(rows).toEqual([{ done: 25 }]);
});

describe('an endpoint is switched off', () => {
  it('at once when it answers 410, and others hear of it', async () => {
    const gone = await openReceiver();
    gone.answer = statusAnswer(410);
    const { id } = await listen({ url: gone.url });
    await listen({ eventTypes: ['webhook_endpoint.disabled'] });
    await newIntent();
    await newIntent();
    await run();
    expect(await endpointNow(id)).toMatchObject({ state: 'disabled', disabledReason: 'gone' });
    expect((await deliveriesOf(id)).every(({ state }) => state !== 'pending')).toBe(true);
    const told = receiver.received.map(({ event }) => event);
    expect(told).toMatchObject([{ type: 'webhook_endpoint.disabled', data: { object: { id } } }]);
    const audit = await world.pool.query('SELECT details FROM audit_entries WHERE subject = $1 AND actor = $2', [
      id,
      'webhooks',
    ]);
    expect(audit.rows).toEqual([{ details: { reason: 'gone' } }]);
    // What happens from here on does not pile up for it.
    await newIntent();
    await run();
    expect((await deliveriesOf(id)).every(({ state }) => state !== 'pending')).toBe(true);
    await gone.close();
  });

  it('after days of failures, and gets its days anew when it is switched on again', async () => {
    const { id } = await listen();
    receiver.answer = statusAnswer(503);
    await newIntent();
    await run();
    world.clock.advance(FAILING_FOR_MS - 60_000);
    await run();
    expect(await endpointNow(id)).toMatchObject({ state: 'enabled' });
    await newIntent();
    world.clock.advance(120_000);
    await run();
    expect(await endpointNow(id)).toMatchObject({ state: 'disabled', disabledReason: 'failing' });
    const again = await shop().call('changeWebhookEndpoint', {
      params: { endpointId: id },
      body: { state: 'enabled' },
    });
    expect(again).toMatchObject({ state: 'enabled', disabledReason: null, failingSince: null });
    await newIntent();
    await run();
    expect(await endpointNow(id)).toMatchObject({ state: 'enabled' });
  });
});

it('a rotated secret signs beside the new one until the overlap is over', async () => {
  const first = await listen();
  const second = await shop().call('rotateWebhookSecret', {
    params: { endpointId: first.id },
    body: { overlapSeconds: 3_600 },
  });
  const secrets = [first.secret, second.secret];
  await newIntent();
  await run();
  expect(signedBy(receiver.received[0], secrets)).toEqual(secrets);
  world.clock.advance(3_600_001);
  await newIntent();
  await run();
  expect(signedBy(receiver.received[1], secrets)).toEqual([second.secret]);
  // No overlap: the old one is worth nothing from here on.
  const third = await shop().call('rotateWebhookSecret', {
    params: { endpointId: first.id },
    body: { overlapSeconds: 0 },
  });
  await newIntent();
  await run();
  expect(signedBy(receiver.received[2], [...secrets, third.secret])).toEqual([third.secret]);
  await world.app.rooms.webhooks.prune();
  const { rows } = await world.pool.query('SELECT * FROM webhook_endpoints');
  for (const secret of [...secrets, third.secret]) {
    expect(JSON.stringify(rows)).not.toContain(secret);
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
    expect(rows.some((row) => (row.secret_sealed as Buffer).includes(bytes))).toBe(false);
    expect(rows.some((row) => (row.secret_sealed as Buffer).includes(secret))).toBe(false);
  }
  expect(rows).toMatchObject([{ previous_secret_sealed: null, previous_until: null }]);
});

it('a secret that this server cannot open is said to be so, and nothing is sent without a signature', async () => {
  const { id } = await listen();
  await newIntent();
  await anotherProcess('quite another secret, of another server').run();
  expect(receiver.received).toEqual([]);
  expect(await deliveriesOf(id)).toMatchObject([{ state: 'pending', lastFailure: 'secret_unreadable' }]);
  await shop().call('rotateWebhookSecret', { params: { endpointId: id }, body: { overlapSeconds: 0 } });
  world.clock.advance(10_000);
  await run();
  expect(await deliveriesOf(id)).toMatchObject([{ state: 'succeeded', lastFailure: null }]);
});

describe('replay', () => {
  it('sends one event again, with its id and body', async () => {
    const { id } = await listen();
    await newIntent();
    await run();
    const { eventId } = (await deliveriesOf(id))[0];
    const asked = await shop().call('replayEvent', { params: { endpointId: id }, body: { eventId } });
    expect(asked).toMatchObject({ state: 'pending', attempts: 0 });
    await run();
    const [once, twice] = receiver.received;
    expect(twice.headers['webhook-id']).toBe(once.headers['webhook-id']);
    expect(twice.body).toBe(once.body);
    const foreign = other().call('replayEvent', { params: { endpointId: id }, body: { eventId } });
    expect(await failureOf(foreign)).toMatchObject({ code: 'webhook_endpoint_not_found' });
  });

  it('sends what happened in a range of time, also before the endpoint was there, part by part', async () => {
    const from = world.clock.now().toISOString();
    const ids = [await newIntent(), await newIntent(), await newIntent()];
    await run();
    world.clock.advance(1_000);
    const to = world.clock.now().toISOString();
    await newIntent();
    await run();
    const { id } = await listen({ eventTypes: ['payment_intent.created'] });
    const replay = (more: object) =>
      shop().call('replayEvents', { params: { endpointId: id }, body: { from, to, ...more } });
    const part = await replay({ limit: 2 });
    expect(part).toMatchObject({ replayed: 2, nextAfter: expect.stringMatching(/^evt_/) });
    expect(await replay({ limit: 2, after: part.nextAfter })).toEqual({ replayed: 1, nextAfter: null });
    await run();
    expect(receiver.received.map(({ event }) => event.data.object.id).sort()).toEqual(ids.sort());
    expect(await replay({ onlyFailed: true })).toEqual({ replayed: 0, nextAfter: null });
    expect(await replay({})).toEqual({ replayed: 3, nextAfter: null });
    expect(await failureOf(replay({ to: from }))).toMatchObject({ code: 'webhook_range_invalid' });
  });
});

it('a ping reaches its endpoint alone', async () => {
  const { id } = await listen({ eventTypes: ['refund.succeeded'] });
  await listen();
  await shop().call('pingWebhookEndpoint', { params: { endpointId: id } });
  expect(await run()).toEqual({ handedOn: 0, sent: 1 });
  expect(receiver.received.map(({ event }) => event)).toMatchObject([
    { type: 'webhook_endpoint.ping', data: { object: { id } } },
  ]);
  expect(receiver.received[0].body).not.toContain('whsec_');
});

it('endpoints are the business of keys with their scope, and have their limits', async () => {
  const reader = await world.as({ authorization: `Bearer ${DEMO.operatorToken}` }).call('createMerchantApiKey', {
    params: { merchantId: DEMO.merchants[0].id },
    body: { name: 'reader', livemode: false, scopes: ['webhooks:read'] },
  });
  const by = world.as({ authorization: `Bearer ${reader.secret}` });
  expect((await by.call('listWebhookEndpoints', { query: {} })).data).toEqual([]);
  const create = (url: string) => shop().call('createWebhookEndpoint', { body: { url } });
  expect(await failureOf(by.call('createWebhookEndpoint', { body: { url: receiver.url } }))).toMatchObject({
    code: 'api_key_scope_missing',
  });
  expect(await failureOf(create('https://10.0.0.1/'))).toMatchObject({ code: 'webhook_url_not_allowed', param: 'url' });
  expect(await failureOf(create('javascript:alert(1)'))).toMatchObject({ code: 'invalid_request' });
  for (let i = 0; i < 16; i += 1) await create(receiver.url);
  expect(await failureOf(create(receiver.url))).toMatchObject({ code: 'webhook_endpoint_limit' });
  const live = await world.as({ authorization: `Bearer ${DEMO.operatorToken}` }).call('createMerchantApiKey', {
    params: { merchantId: DEMO.merchants[0].id },
    body: { name: 'live', livemode: true, scopes: ['webhooks:write'] },
  });
  const inLive = world.as({ authorization: `Bearer ${live.secret}` });
  expect(
    await failureOf(inLive.call('createWebhookEndpoint', { body: { url: 'http://shop.example/' } })),
  ).toMatchObject({ code: 'webhook_url_not_allowed' });
  await inLive.call('createWebhookEndpoint', { body: { url: 'https://shop.example/' } });
});

it('what came of the tries can be watched', async () => {
  const before = (await world.app.http.inject({ url: '/metrics' })).body;
  const count = (text: string, outcome: string) =>
    Number(new RegExp(`smile_webhook_attempts_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
  await listen();
  await newIntent();
  await run();
  receiver.answer = statusAnswer(500);
  await newIntent();
  await run();
  const after = (await world.app.http.inject({ url: '/metrics' })).body;
  expect(count(after, 'succeeded') - count(before, 'succeeded')).toBe(1);
  expect(count(after, 'status') - count(before, 'status')).toBe(1);
});

it('old deliveries are forgotten, those on their way are not', async () => {
  const { id } = await listen();
  await newIntent();
  await run();
  receiver.answer = statusAnswer(500);
  await newIntent();
  await run();
  world.clock.advance(31 * 24 * 3_600_000);
  await world.app.rooms.webhooks.prune();
  expect(await deliveriesOf(id)).toMatchObject([{ state: 'pending' }]);
});

it('retries are spread over days, around a schedule that grows, and end', () => {
  const delays = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, i) => retryDelayMs(i + 1, 0.5) ?? 0);
  expect(delays.slice(0, 4)).toEqual([5_000, 20_000, 80_000, 320_000]);
  expect(delays.at(-1)).toBe(24 * 3_600_000);
  const totalDays = delays.reduce((sum, delay) => sum + delay, 0) / 86_400_000;
  expect(totalDays).toBeGreaterThan(3);
  expect(totalDays).toBeLessThan(5);
  expect(retryDelayMs(MAX_ATTEMPTS, 0.5)).toBeNull();
  expect([retryDelayMs(1, 0), retryDelayMs(1, 1)]).toEqual([4_000, 6_000]);
  expect(retryDelayMs(1, 0.5, 90_000)).toBe(90_000);
  expect(retryDelayMs(1, 0.5, 1e12)).toBe(24 * 3_600_000);
});

describe('nothing biometric is in any event', () => {
  const FORBIDDEN =
    /face|template|embed|probe|similar|score|threshold|liveness|scan|frame|depth|landmark|biometric|phone|pin$|pinhash|evidence|risk|personid/i;
  const namesIn = (schema: unknown): string[] =>
    Object.entries((schema ?? {}) as Record<string, unknown>).flatMap(([key, value]) => [
      ...(key === 'properties' ? Object.keys(value as object) : []),
      ...(typeof value === 'object' ? namesIn(value) : []),
    ]);

  it.each(EVENT_TYPES)('by the schema of %s', (type) => {
    const names = namesIn(z.toJSONSchema(EVENT_OBJECT_SCHEMAS[type]));
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => FORBIDDEN.test(name))).toEqual([]);
  });

  it('by what a face payment, its refund and its claim really write: nothing beside the schema', async () => {
    await listen();
    const terminal = await world.terminal();
    const ada = await world.join(freshPhone(), { balanceMinor: 5_000n, face: 'ada' });
    const payment = await terminal.readyToConfirm(ada, 'ada');
    await terminal.confirm(payment.id);
    await shop().call('createRefund', {
      body: { paymentId: payment.id, amountMinor: '100' },
      idempotencyKey: newKey(),
    });
    await run();
    const seen = receiver.received.map(({ event }) => event);
    expect(new Set(seen.map(({ type }) => type))).toEqual(
      new Set([
        'payment_intent.created',
        'payment_intent.identified',
        'payment_intent.succeeded',
        'refund.succeeded',
        'payment_intent.updated',
      ]),
    );
    for (const { body, event } of receiver.received) {
      // The schema takes away what it does not name: nothing may be missing after it.
      expect(MerchantEventSchema.parse(event)).toEqual(event);
      expect(body).not.toContain(ada.phone);
      expect(body).not.toContain(ada.id);
      expect(body).not.toMatch(/"scn_|"fac_|"per_/);
      // No list of numbers, whatever its name: templates and pictures are such.
      expect(body).not.toMatch(/\[\s*-?\d+(\.\d+)?\s*,/);
    }
  });
});
