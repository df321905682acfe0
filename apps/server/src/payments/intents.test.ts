import { money, type PaymentIntent } from '@smile/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO } from '../app.ts';
import { failureOf, freshPhone, GOOD_PIN, newKey, openWorld, type TestTerminal, type World } from '../testing/world.ts';

let world: World;
let terminal: TestTerminal;
let shop: ReturnType<World['as']>;
beforeAll(async () => {
  world = await openWorld();
  terminal = await world.terminal();
  shop = world.as({ authorization: `Bearer ${DEMO.merchants[0].apiKey}` });
  // Fees are not given back, so a shop has to have sold something before it can refund in full.
  await paid(20_000n);
});
afterAll(() => world.close());

const cashier = () => world.as({ authorization: 'Bearer demo-staff-oldtown' });
const manager = () => world.as({ authorization: 'Bearer demo-manager-oldtown' });

const create = (amountMinor: bigint, more: object = {}) =>
  shop.call('createPaymentIntent', {
    body: { amount: money(amountMinor, 'EUR'), terminalId: terminal.id, ...more },
    idempotencyKey: newKey(),
  });
async function paid(amountMinor: bigint, captureMethod: 'automatic' | 'manual' = 'automatic') {
  const phone = freshPhone();
  const payer = await world.join(phone, { balanceMinor: amountMinor + 5_000n, face: phone });
  const intent = await create(amountMinor, { captureMethod });
  await terminal.identify(intent.id, phone, phone);
  await terminal.confirm(intent.id, { pin: GOOD_PIN });
  return { payer, intent: await get(intent.id) };
}
const get = (paymentIntentId: string) => shop.call('getPaymentIntent', { params: { paymentIntentId } });
const capture = (paymentIntentId: string, amountMinor?: string, key = newKey()) =>
  shop.call('capturePaymentIntent', {
    params: { paymentIntentId },
    body: amountMinor === undefined ? {} : { amountMinor },
    idempotencyKey: key,
  });
const refund = (paymentId: string, amountMinor?: string, key = newKey()) =>
  shop.call('createRefund', {
    body: amountMinor === undefined ? { paymentId } : { paymentId, amountMinor },
    idempotencyKey: key,
  });

describe('a payment intent of a merchant’s own till', () => {
  it('is paid at the terminal, and shows the merchant a pseudonym and no more', async () => {
    const phone = freshPhone();
    await world.join(phone, { balanceMinor: 5_000n, face: phone });
    const intent = await create(1_250n, { tip: money(150n, 'EUR'), metadata: { table: '7' }, description: 'Lunch' });
    expect(intent).toMatchObject({ state: 'requires_identification', livemode: false, payerId: null });
    await terminal.identify(intent.id, phone, phone);
    const { receiptUrl } = await terminal.confirm(intent.id);
    const done = await get(intent.id);
    expect(done).toMatchObject({
      state: 'succeeded',
      captured: money(1_250n, 'EUR'),
      tip: money(150n, 'EUR'),
      fee: money(11n, 'EUR'),
      metadata: { table: '7' },
      payerId: expect.stringMatching(/^pyr_[0-9a-f]{32}$/),
    });
    const said = JSON.stringify([done, await shop.call('listEvents', { query: { limit: 100 } })]);
    expect(said).not.toContain(phone.slice(-6));
    expect(said).not.toMatch(/per_|similarity|scn_|\+49/);
    const receipt = await world.anyone.call('getReceipt', { params: { token: receiptUrl?.replace('/r/', '') ?? '' } });
    expect(receipt.lines).toMatchObject([{ text: 'Lunch', total: money(1_250n, 'EUR') }]);
  });

  it('of a kiosk is one as well', async () => {
    const phone = freshPhone();
    const ada = await world.join(phone, { balanceMinor: 5_000n, face: phone });
    const { id, orderId } = await terminal.readyToConfirm(ada, phone);
    expect(await get(id)).toMatchObject({ id, orderId, state: 'requires_confirmation' });
    const { data } = await shop.call('listPaymentIntents', { query: { orderId: orderId ?? '' } });
    expect(data.map((intent) => intent.id)).toEqual([id]);
  });

  it('can be captured in part, once; the rest of the hold is free again', async () => {
    const { payer, intent } = await paid(3_000n, 'manual');
    expect(intent).toMatchObject({ state: 'requires_capture', capturable: money(3_000n, 'EUR') });
    expect(await failureOf(refund(intent.id))).toMatchObject({ code: 'payment_not_refundable' });
    expect(await failureOf(capture(intent.id, '3001'))).toMatchObject({ code: 'payment_amount_not_allowed' });
    const before = await world.balances();
    const outcomes = await Promise.allSettled([capture(intent.id, '1000'), capture(intent.id, '1000')]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'payment_already_paid' } }]);
    expect(await payer.balanceMinor()).toBe(7_000n);
    expect((await world.balances()).merchant - before.merchant).toBe(1_000n - 9n);
    expect(await get(intent.id)).toMatchObject({ captured: money(1_000n, 'EUR'), fee: money(9n, 'EUR') });
  });

  it('on hold can be given up, and the hold with it', async () => {
    const { payer, intent } = await paid(3_000n, 'manual');
    const cancel = () =>
      shop.call('cancelPaymentIntent', { params: { paymentIntentId: intent.id }, idempotencyKey: newKey() });
    expect(await payer.balanceMinor()).toBe(5_000n);
    expect(await cancel()).toMatchObject({ state: 'canceled', cancelReason: 'merchant' });
    expect(await cancel()).toMatchObject({ state: 'canceled' });
    expect(await payer.balanceMinor()).toBe(8_000n);
  });

  it.each([
    ['nothing', { amount: money(0n, 'EUR') }, 'invalid_request'],
    ['nine digits', { amount: money(100_000_000n, 'EUR') }, 'invalid_request'],
    ['yen in a shop of euros', { amount: money(100n, 'JPY') }, 'payment_currency_differs'],
    ['a tip above the rest', { tip: money(501n, 'EUR') }, 'tip_not_allowed'],
    ['somebody else’s terminal', { terminalId: 'trm_demojadelane1' }, 'terminal_not_found'],
    [
      'a key too many',
      { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, 'v'])) },
      'invalid_request',
    ],
    ['a long value', { metadata: { note: 'x'.repeat(501) } }, 'invalid_request'],
  ])('is refused with %s', async (_what, more, code) => {
    expect(await failureOf(create(1_000n, more))).toMatchObject({ code });
  });

  it('keeps its attempts: who failed is nobody’s business, that it failed is', async () => {
    const phone = freshPhone();
    await world.join(phone, { balanceMinor: 100n, face: phone });
    const { id } = await create(1_000n);
    await failureOf(terminal.identify(id, phone, 'another face'));
    await terminal.identify(id, phone, phone);
    await failureOf(terminal.confirm(id));
    const { data } = await shop.call('listPaymentAttempts', { params: { paymentIntentId: id } });
    expect(data.map(({ step, failureCode }) => [step, failureCode])).toEqual([
      ['confirm', 'insufficient_funds'],
      ['identify', null],
      ['identify', 'identification_failed'],
    ]);
  });

  it('takes a tip until the guest taps Pay', async () => {
    const order = await terminal.order();
    const { id } = await terminal.startPayment(order.id);
    const tip = (minor: bigint) =>
      terminal.api.call('setTip', { params: { paymentId: id }, body: { tip: money(minor, 'EUR') } });
    expect(await tip(100n)).toMatchObject({ amount: money(990n, 'EUR') });
    expect(await tip(50n)).toMatchObject({ amount: money(940n, 'EUR') });
    expect(await failureOf(tip(891n))).toMatchObject({ code: 'tip_not_allowed' });
    expect(await get(id)).toMatchObject({ tip: money(50n, 'EUR') });
  });
});

describe('a refund', () => {
  it('goes back to the payer, in parts up to what was captured', async () => {
    const { payer, intent } = await paid(2_000n);
    expect(await refund(intent.id, '500')).toMatchObject({ state: 'succeeded', amount: money(500n, 'EUR') });
    expect(await failureOf(refund(intent.id, '1501'))).toMatchObject({ code: 'refund_amount_too_large' });
    expect(await refund(intent.id)).toMatchObject({ amount: money(1_500n, 'EUR') });
    expect(await failureOf(refund(intent.id))).toMatchObject({ code: 'refund_amount_too_large' });
    expect(await payer.balanceMinor()).toBe(7_000n);
    expect(await get(intent.id)).toMatchObject({ refunded: money(2_000n, 'EUR'), state: 'succeeded' });
    const { data } = await shop.call('listRefunds', { query: { paymentId: intent.id } });
    expect(data.map(({ amount }) => amount.amountMinor)).toEqual(['1500', '500']);
  });

  it('asked twice at once happens once, with one key and with two', async () => {
    const { payer, intent } = await paid(2_000n);
    const key = newKey();
    const [first, again] = await Promise.all([refund(intent.id, '600', key), refund(intent.id, '600', key)]);
    expect(again).toEqual(first);
    expect(await refund(intent.id, '600', key)).toEqual(first);
    expect(await failureOf(refund(intent.id, '601', key))).toMatchObject({
      code: 'idempotency_key_reused',
      status: 409,
    });
    const outcomes = await Promise.allSettled([refund(intent.id, '1400'), refund(intent.id, '1400')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await payer.balanceMinor()).toBe(7_000n);
  });

  it('above the cashier’s limit waits for somebody else', async () => {
    const { payer, intent } = await paid(4_000n);
    const params = { shopId: terminal.shopId };
    const ask = (amountMinor: string) =>
      cashier().call('refundAtCounter', {
        params,
        body: { paymentId: intent.id, amountMinor },
        idempotencyKey: newKey(),
      });
    expect(await ask('1500')).toMatchObject({ state: 'succeeded' });
    // Together with the first it is above 20.00.
    const waiting = await ask('1000');
    expect(waiting).toMatchObject({ state: 'requires_approval', decidedAt: null });
    expect(await payer.balanceMinor()).toBe(6_500n);
    // What waits is spoken for.
    expect(await failureOf(ask('1501'))).toMatchObject({ code: 'refund_amount_too_large' });
    const decide = (by: typeof shop, decision: 'approve' | 'decline') =>
      by.call('decideRefund', {
        params: { ...params, refundId: waiting.id },
        body: { decision },
        idempotencyKey: newKey(),
      });
    expect(await failureOf(decide(cashier(), 'approve'))).toMatchObject({ code: 'refund_needs_second_person' });
    expect(await decide(manager(), 'approve')).toMatchObject({ state: 'succeeded' });
    expect(await failureOf(decide(manager(), 'decline'))).toMatchObject({ code: 'refund_already_decided' });
    expect(await payer.balanceMinor()).toBe(7_500n);
  });

  it('that the merchant’s balance does not hold is refused, and moves nothing', async () => {
    const jade = await world.terminal('jadelane');
    const jadeApi = world.as({ authorization: `Bearer ${DEMO.merchants[1].apiKey}` });
    const phone = freshPhone();
    const ada = await world.join(phone, { balanceMinor: 5_000n, face: phone });
    const { id } = await jadeApi.call('createPaymentIntent', {
      body: { amount: money(1_000n, 'EUR'), terminalId: jade.id },
      idempotencyKey: newKey(),
    });
    await jade.identify(id, phone, phone);
    await jade.confirm(id);
    const all = jadeApi.call('createRefund', { body: { paymentId: id }, idempotencyKey: newKey() });
    expect(await failureOf(all)).toMatchObject({ code: 'merchant_balance_insufficient', status: 402 });
    expect(await ada.balanceMinor()).toBe(4_000n);
    expect((await jadeApi.call('listRefunds', { query: {} })).data).toEqual([]);
    // Another merchant’s payment is not there at all.
    expect(await failureOf(get(id))).toMatchObject({ code: 'payment_not_found' });
    expect(await failureOf(refund(id))).toMatchObject({ code: 'payment_not_found' });
  });

  it('and a claim do not both pay', async () => {
    const { payer, intent } = await paid(2_000n);
    await refund(intent.id, '500');
    const { receiptUrl } = await terminal.api.call('getPayment', { params: { paymentId: intent.id } });
    const params = { token: receiptUrl?.replace('/r/', '') ?? '' };
    expect(await world.anyone.call('openClaim', { params })).toMatchObject({ amount: money(1_500n, 'EUR') });
    expect(await failureOf(refund(intent.id))).toMatchObject({ code: 'payment_claimed' });
    expect(await payer.balanceMinor()).toBe(7_000n);

    const other = await paid(1_000n);
    await refund(other.intent.id);
    const receipt = await terminal.api.call('getPayment', { params: { paymentId: other.intent.id } });
    const token = receipt.receiptUrl?.replace('/r/', '') ?? '';
    expect(await failureOf(world.anyone.call('openClaim', { params: { token } }))).toMatchObject({
      code: 'claim_already_refunded',
    });
  });
});

describe('events', () => {
  it('tell each change of state once, in the order it happened', async () => {
    const { intent } = await paid(1_000n, 'manual');
    await capture(intent.id);
    await refund(intent.id, '100');
    const { rows } = await world.pool.query<{ type: string; payload: PaymentIntent }>(
      `SELECT type, payload FROM events WHERE object_id = $1 OR payload->>'paymentId' = $1 ORDER BY id`,
      [intent.id],
    );
    expect(rows.map(({ type }) => type)).toEqual([
      'payment_intent.created',
      'payment_intent.identified',
      'payment_intent.held',
      'payment_intent.succeeded',
      'refund.succeeded',
      'payment_intent.updated',
    ]);
    const { data } = await shop.call('listEvents', { query: { limit: 1, type: 'refund.succeeded' } });
    expect(await shop.call('getEvent', { params: { eventId: data[0].id } })).toEqual(data[0]);
  });

  it('of what was rolled back do not exist', async () => {
    const phone = freshPhone();
    await world.join(phone, { balanceMinor: 100n, face: phone });
    const { id } = await create(1_000n);
    await terminal.identify(id, phone, phone);
    await failureOf(terminal.confirm(id));
    const { rows } = await world.pool.query('SELECT type FROM events WHERE object_id = $1 ORDER BY id', [id]);
    expect(rows).toEqual([{ type: 'payment_intent.created' }, { type: 'payment_intent.identified' }]);
  });
});

it('lists are paged by a cursor, newest first, and nothing is shown twice', async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const answer: { data: PaymentIntent[]; nextCursor: string | null } = await shop.call('listPaymentIntents', {
      query: cursor === null ? { limit: 5 } : { limit: 5, cursor },
    });
    seen.push(...answer.data.map(({ id }) => id));
    cursor = answer.nextCursor;
  } while (cursor !== null);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThan(10);
  expect(seen).toEqual([...seen].sort().reverse());
});
