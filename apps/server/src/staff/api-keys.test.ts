import { API_SCOPES } from '@smile/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failureOf, openWorld, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const withKey = (secret: string) => world.as({ authorization: `Bearer ${secret}` });
const first = (livemode: boolean, scopes = [...API_SCOPES]) =>
  world.as({ authorization: 'Bearer demo-operator' }).call('createMerchantApiKey', {
    params: { merchantId: 'mer_demosunnyside' },
    body: { name: 'till', scopes, livemode },
  });
const list = (secret: string) => withKey(secret).call('listPaymentIntents', { query: {} });

it('a key is shown once and kept as a hash', async () => {
  const { secret, ...key } = await first(true);
  expect(secret).toMatch(/^sk_live_[\w-]{43}$/);
  expect(await list(secret)).toEqual({ data: [], nextCursor: null });
  const { data } = await withKey(secret).call('listApiKeys', { query: {} });
  expect(data).toEqual([key]);
  const { rows } = await world.pool.query('SELECT * FROM staff_api_keys');
  expect(JSON.stringify(rows)).not.toContain(secret);
});

it('a restricted key may do what its scopes say, and make no stronger one', async () => {
  const reader = await first(false, ['payment_intents:read', 'api_keys:write']);
  expect(reader.secret).toMatch(/^rk_test_/);
  const api = withKey(reader.secret);
  await list(reader.secret);
  expect(await failureOf(api.call('listRefunds', { query: {} }))).toMatchObject({
    code: 'api_key_scope_missing',
    status: 403,
  });
  const stronger = api.call('createApiKey', { body: { name: 'more', scopes: ['refunds:write'] } });
  expect(await failureOf(stronger)).toMatchObject({ code: 'api_key_scope_exceeded' });
  const writer = await first(false, ['payment_intents:write']);
  await list(writer.secret);
});

it('test and live do not see each other', async () => {
  const [live, test] = [await first(true), await first(false)];
  const order = { terminalId: 'trm_demooldtown1', amount: { amountMinor: '100', currency: 'EUR' as const } };
  await world.terminal();
  const create = (secret: string) =>
    withKey(secret).call('createPaymentIntent', { body: order, idempotencyKey: 'the-same-key-in-both' });
  // The demo’s terminals are in test mode.
  expect(await failureOf(create(live.secret))).toMatchObject({ code: 'terminal_not_found' });
  const { id } = await create(test.secret);
  expect(await create(test.secret)).toMatchObject({ id });
  expect((await list(test.secret)).data).toHaveLength(1);
  expect((await list(live.secret)).data).toEqual([]);
  const get = withKey(live.secret).call('getPaymentIntent', { params: { paymentIntentId: id } });
  expect(await failureOf(get)).toMatchObject({ code: 'payment_not_found' });
  const revoke = withKey(live.secret).call('revokeApiKey', { params: { apiKeyId: test.id } });
  expect(await failureOf(revoke)).toMatchObject({ code: 'api_key_not_found' });
});

it('a rolled key goes on for the overlap, a revoked one not at all', async () => {
  const old = await first(false);
  const fresh = await withKey(old.secret).call('rollApiKey', {
    params: { apiKeyId: old.id },
    body: { overlapSeconds: 3_600 },
  });
  await list(old.secret);
  await list(fresh.secret);
  const again = withKey(fresh.secret).call('rollApiKey', { params: { apiKeyId: old.id }, body: {} });
  expect(await failureOf(again)).toMatchObject({ code: 'api_key_ended' });
  world.clock.advance(3_600_001);
  expect(await failureOf(list(old.secret))).toMatchObject({ code: 'api_key_invalid', status: 401 });
  await list(fresh.secret);
  await withKey(fresh.secret).call('revokeApiKey', { params: { apiKeyId: fresh.id } });
  expect(await failureOf(list(fresh.secret))).toMatchObject({ code: 'api_key_invalid' });
  for (const nonsense of ['', 'demo-operator', 'sk_test_', `sk_live_${'x'.repeat(300)}`]) {
    expect(await failureOf(list(nonsense))).toMatchObject({ code: 'api_key_invalid' });
  }
});
