import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COLA,
  failureOf,
  freshPhone,
  GOOD_PIN,
  newKey,
  openWorld,
  type TestTerminal,
  type World,
} from '../testing/world.ts';

let world: World;
let terminal: TestTerminal;
beforeAll(async () => {
  world = await openWorld();
  terminal = await world.terminal();
});
afterAll(() => world.close());

const BURGER_MINOR = 890n;
const getOrder = (orderId: string) => terminal.api.call('getOrder', { params: { orderId } });
const getPayment = (paymentId: string) => terminal.api.call('getPayment', { params: { paymentId } });
const cancel = (paymentId: string) => terminal.api.call('cancelPayment', { params: { paymentId } });
const capture = (paymentId: string) =>
  terminal.api.call('capturePayment', { params: { paymentId }, idempotencyKey: newKey() });
const identifyByPin = (paymentId: string, phone: string, pin: string) =>
  terminal.api.call('identifyPayer', { params: { paymentId }, body: { method: 'phone_and_pin', phone, pin } });
const newPayment = async (lines?: Parameters<TestTerminal['order']>[0]) =>
  terminal.startPayment((await terminal.order(lines)).id);

/** Somebody with a face of their own, called by their number. */
const guest = async (balanceMinor = 10_000n) => {
  const phone = freshPhone();
  return world.join(phone, { balanceMinor, face: `face of ${phone}` });
};
const faceOf = (person: { phone: string }) => `face of ${person.phone}`;

describe('paying with face and phone number', () => {
  it('moves the money when the guest taps Pay, and not before', async () => {
    const ada = await guest();
    const before = await world.balances();
    const order = await terminal.order();
    const started = await terminal.startPayment(order.id);
    expect(started).toMatchObject({ state: 'requires_identification', amount: order.total, shopName: 'Old Town' });

    const identified = await terminal.identify(started.id, ada.phone, faceOf(ada));
    expect(identified).toMatchObject({
      state: 'requires_confirmation',
      method: 'face_and_phone',
      payerHint: expect.stringMatching(/^\+49 ··· ··· \d\d$/),
      pinRequired: false,
      receiptUrl: null,
    });
    expect(await ada.balanceMinor()).toBe(10_000n);

    const paid = await terminal.confirm(started.id);
    expect(paid).toMatchObject({ state: 'succeeded', receiptUrl: expect.stringMatching(/^\/r\/[\w-]{43}$/) });
    expect(await getOrder(order.id)).toMatchObject({ state: 'paid' });
    expect(await ada.balanceMinor()).toBe(10_000n - BURGER_MINOR);
    const after = await world.balances();
    // 0.9 % of 8.90 is 8.01 cents: 8, of which 0.1 % rounded up, 1, goes to the cover fund.
    expect(after.merchant - before.merchant).toBe(BURGER_MINOR - 8n);
    expect(after.fees - before.fees).toBe(7n);
    expect(after.cover - before.cover).toBe(1n);
  });

  it('pays once, however often and with whatever key Pay is sent', async () => {
    const ada = await guest();
    const payment = await terminal.readyToConfirm(ada, faceOf(ada));
    const key = newKey();
    const answers = await Promise.all([
      terminal.confirm(payment.id, { key }),
      terminal.confirm(payment.id, { key }),
      terminal.confirm(payment.id),
      terminal.confirm(payment.id),
    ]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0].state).toBe('succeeded');
    expect(await terminal.confirm(payment.id, { key })).toEqual(answers[0]);
    expect(await ada.balanceMinor()).toBe(10_000n - BURGER_MINOR);
    const { entries } = await world.ledger.entries(`wallet:${ada.id}`);
    expect(entries.filter((entry) => entry.postingId === payment.id && entry.postedChange > 0n)).toHaveLength(1);
  });

  it('either pays or cancels when both are asked at once, never half of each', async () => {
    for (let round = 0; round < 8; round += 1) {
      const ada = await guest();
      const payment = await terminal.readyToConfirm(ada, faceOf(ada));
      const [confirmed, canceled] = await Promise.allSettled([terminal.confirm(payment.id), cancel(payment.id)]);
      const refused = [confirmed, canceled].filter((outcome) => outcome.status === 'rejected');
      expect(refused).toHaveLength(1);
      expect(['payment_canceled', 'payment_already_paid']).toContain(refused[0].reason.code);
      const { state } = await getPayment(payment.id);
      const paid = confirmed.status === 'fulfilled';
      expect(state).toBe(paid ? 'succeeded' : 'canceled');
      expect(await ada.balanceMinor()).toBe(paid ? 10_000n - BURGER_MINOR : 10_000n);
      expect((await getOrder(payment.orderId)).state).toBe(paid ? 'paid' : 'open');
    }
  });

  it('does not let two payments at once spend the same money', async () => {
    const ada = await guest(1_000n);
    const payments = [await terminal.readyToConfirm(ada, faceOf(ada)), await terminal.readyToConfirm(ada, faceOf(ada))];
    const outcomes = await Promise.allSettled(payments.map(({ id }) => terminal.confirm(id)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'insufficient_funds' } }]);
    expect(await ada.balanceMinor()).toBe(1_000n - BURGER_MINOR);
  });

  it('says when the money does not suffice, and can be confirmed after a top-up', async () => {
    const ada = await guest(500n);
    const payment = await terminal.readyToConfirm(ada, faceOf(ada));
    const key = newKey();
    expect(await failureOf(terminal.confirm(payment.id, { key }))).toMatchObject({
      code: 'insufficient_funds',
      type: 'payment_error',
      status: 402,
    });
    expect(await getPayment(payment.id)).toMatchObject({ state: 'requires_confirmation' });
    await ada.api.call('topUp', {
      body: { amount: { amountMinor: '500', currency: 'EUR' }, source: 'sandbox_bank' },
      idempotencyKey: newKey(),
    });
    // The same key: a failure does not stick to it.
    expect(await terminal.confirm(payment.id, { key })).toMatchObject({ state: 'succeeded' });
  });

  it('charges nobody who only was looked at', async () => {
    const ada = await guest();
    const payment = await newPayment();
    expect(await failureOf(terminal.confirm(payment.id))).toMatchObject({ code: 'payment_not_identified' });
    await terminal.identify(payment.id, ada.phone, faceOf(ada));
    world.clock.advance(16 * 60_000);
    await world.app.sweep();
    expect(await getPayment(payment.id)).toMatchObject({ state: 'canceled' });
    expect(await failureOf(terminal.confirm(payment.id))).toMatchObject({ code: 'payment_canceled' });
    expect(await ada.balanceMinor()).toBe(10_000n);
  });
});

describe('identification', () => {
  it('answers alike to an unknown number, a number without a face, and another face', async () => {
    const ada = await guest();
    const faceless = await world.join(freshPhone());
    const payment = await newPayment();
    const attempts = [
      [freshPhone(), faceOf(ada)],
      [faceless.phone, faceOf(ada)],
      [ada.phone, 'somebody else'],
    ];
    const answers = [];
    for (const [phone, face] of attempts) {
      const startedMs = performance.now();
      const { requestId, ...answer } = await failureOf(terminal.identify(payment.id, phone, face));
      expect(performance.now() - startedMs).toBeGreaterThan(290);
      answers.push(answer);
    }
    expect(answers[0]).toMatchObject({ code: 'identification_failed', type: 'identification_error', status: 422 });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(await getPayment(payment.id)).toMatchObject({ state: 'requires_identification', payerHint: null });
  });

  it('uses a scan once', async () => {
    const ada = await guest();
    const payment = await newPayment();
    const scanId = world.camera.scan(faceOf(ada), { terminalId: terminal.id, paymentId: payment.id });
    const identify = (phone: string) =>
      terminal.api.call('identifyPayer', {
        params: { paymentId: payment.id },
        body: { method: 'face_and_phone', scanId, phone },
      });
    expect(await failureOf(identify(freshPhone()))).toMatchObject({ code: 'identification_failed' });
    expect(await failureOf(identify(ada.phone))).toMatchObject({ code: 'scan_already_used', param: 'scanId' });
  });

  it('gives the answer again when it was lost on the way', async () => {
    const ada = await guest();
    const payment = await newPayment();
    const scanId = world.camera.scan(faceOf(ada), { terminalId: terminal.id, paymentId: payment.id });
    const body = { method: 'face_and_phone', scanId, phone: ada.phone } as const;
    const first = await terminal.api.call('identifyPayer', { params: { paymentId: payment.id }, body });
    expect(await terminal.api.call('identifyPayer', { params: { paymentId: payment.id }, body })).toEqual(first);
  });

  it('refuses a scan that was not alive, and one of another payment', async () => {
    const ada = await guest();
    const payment = await newPayment();
    const print = terminal.identify(payment.id, ada.phone, faceOf(ada), { outcome: 'attack' });
    expect(await failureOf(print)).toMatchObject({ code: 'scan_not_live', status: 422 });
    const other = await newPayment();
    const scanId = world.camera.scan(faceOf(ada), { terminalId: terminal.id, paymentId: other.id });
    const stolen = terminal.api.call('identifyPayer', {
      params: { paymentId: payment.id },
      body: { method: 'face_and_phone', scanId, phone: ada.phone },
    });
    expect(await failureOf(stolen)).toMatchObject({ code: 'scan_not_found' });
  });

  it('takes the number in any spelling and says when it is none', async () => {
    const ada = await guest();
    const national = ada.phone.replace('+49', '0').replace(/(\d{4})(?=\d)/g, '$1 ');
    const payment = await newPayment();
    expect(await terminal.identify(payment.id, national, faceOf(ada))).toMatchObject({
      state: 'requires_confirmation',
    });
    const second = await newPayment();
    expect(await failureOf(terminal.identify(second.id, '0170', faceOf(ada)))).toMatchObject({ code: 'phone_invalid' });
  });

  it('locks face pay with a number after five failures in a row, known number or not, for longer each time', async () => {
    const ada = await guest();
    for (const phone of [ada.phone, freshPhone()]) {
      const jade = await world.terminal('jadelane');
      const { id } = await jade.startPayment((await jade.order([{ itemId: 'itm_jade0soymilk' }])).id);
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        expect(await failureOf(jade.identify(id, phone, 'stranger'))).toMatchObject({ code: 'identification_failed' });
      }
      const first = await failureOf(jade.identify(id, phone, faceOf(ada)));
      expect(first).toMatchObject({ code: 'face_pay_locked', status: 429 });
      expect(first.retryAfterMs).toBeGreaterThan(25_000);
      expect(first.retryAfterMs).toBeLessThanOrEqual(30_000);
      world.clock.advance(30_000);
      expect(await failureOf(jade.identify(id, phone, 'stranger'))).toMatchObject({ code: 'identification_failed' });
      const second = await failureOf(jade.identify(id, phone, faceOf(ada)));
      expect(second.retryAfterMs).toBeGreaterThan(55_000);
      await jade.api.call('cancelPayment', { params: { paymentId: id } });
    }
    // The other way is still open to Ada.
    const payment = await newPayment();
    expect(await identifyByPin(payment.id, ada.phone, GOOD_PIN)).toMatchObject({ method: 'phone_and_pin' });
  });

  it('slows a terminal down that fails with ever new numbers', async () => {
    const riverside = await world.terminal('riverside');
    const { id } = await riverside.startPayment((await riverside.order()).id);
    const phones = Array.from({ length: 21 }, freshPhone);
    const answers = await Promise.all(phones.map((phone) => failureOf(riverside.identify(id, phone, 'searcher'))));
    expect(answers.filter(({ code }) => code === 'identification_failed')).toHaveLength(20);
    expect(answers.filter(({ code }) => code === 'identification_locked')).toHaveLength(1);
  });

  it('does not pay for whom face pay is off, also when it was switched off after the look', async () => {
    const ada = await guest();
    const payment = await terminal.readyToConfirm(ada, faceOf(ada));
    await ada.api.call('setFacePay', { body: { enabled: false } });
    expect(await failureOf(terminal.confirm(payment.id))).toMatchObject({ code: 'face_pay_not_on' });
    const second = await newPayment();
    expect(await failureOf(terminal.identify(second.id, ada.phone, faceOf(ada)))).toMatchObject({
      code: 'face_pay_not_on',
    });
    expect(await ada.balanceMinor()).toBe(10_000n);
  });
});

describe('paying with phone number and PIN', () => {
  it('works at the same price, without a face', async () => {
    const bo = await world.join(freshPhone(), { balanceMinor: 2_000n });
    const before = await world.balances();
    const payment = await newPayment();
    expect(await identifyByPin(payment.id, bo.phone, GOOD_PIN)).toMatchObject({
      state: 'requires_confirmation',
      method: 'phone_and_pin',
      pinRequired: false,
    });
    expect(await terminal.confirm(payment.id)).toMatchObject({ state: 'succeeded' });
    expect(await bo.balanceMinor()).toBe(2_000n - BURGER_MINOR);
    // No premium: the loss cover is for face payments.
    expect((await world.balances()).cover).toBe(before.cover);
  });

  it('answers alike to a wrong PIN and an unknown number, and locks both after five', async () => {
    const bo = await world.join(freshPhone());
    const payment = await newPayment();
    for (const phone of [bo.phone, freshPhone()]) {
      const guesses = await Promise.all(
        Array.from({ length: 7 }, () => failureOf(identifyByPin(payment.id, phone, '141421'))),
      );
      expect(guesses.filter(({ code }) => code === 'identification_failed')).toHaveLength(5);
      expect(guesses.filter(({ code }) => code === 'pin_locked')).toHaveLength(2);
    }
  });
});

describe('when the PIN is wanted', () => {
  const burgers = (quantity: number) => [{ quantity }];

  it('above 50.00, and nothing moves without it', async () => {
    const ada = await guest();
    const payment = await terminal.readyToConfirm(ada, faceOf(ada), burgers(6));
    expect(payment).toMatchObject({ pinRequired: true, pinReason: 'amount' });
    expect(await failureOf(terminal.confirm(payment.id))).toMatchObject({ code: 'payment_pin_required', status: 422 });
    expect(await failureOf(terminal.confirm(payment.id, { pin: '141421' }))).toMatchObject({ code: 'pin_wrong' });
    expect(await ada.balanceMinor()).toBe(10_000n);
    expect(await terminal.confirm(payment.id, { pin: GOOD_PIN })).toMatchObject({ state: 'succeeded' });
  });

  it('after five payments in a row without it; using it begins the row anew', async () => {
    const ada = await guest();
    const cola = [{ itemId: COLA }];
    for (let count = 1; count <= 5; count += 1) {
      const payment = await terminal.readyToConfirm(ada, faceOf(ada), cola);
      expect(payment.pinRequired).toBe(false);
      await terminal.confirm(payment.id);
    }
    const sixth = await terminal.readyToConfirm(ada, faceOf(ada), cola);
    expect(sixth).toMatchObject({ pinRequired: true, pinReason: 'too_many_without' });
    await terminal.confirm(sixth.id, { pin: GOOD_PIN });
    expect(await terminal.readyToConfirm(ada, faceOf(ada), cola)).toMatchObject({ pinRequired: false });
  });

  it('also when the row filled up between look and tap', async () => {
    const ada = await guest(50_000n);
    const first = await terminal.readyToConfirm(ada, faceOf(ada), burgers(5));
    for (let count = 0; count < 3; count += 1) {
      await terminal.confirm((await terminal.readyToConfirm(ada, faceOf(ada), burgers(5))).id);
    }
    expect(first.pinRequired).toBe(false);
    expect(await failureOf(terminal.confirm(first.id))).toMatchObject({ code: 'payment_pin_required' });
    expect(await getPayment(first.id)).toMatchObject({ pinRequired: true, pinReason: 'too_many_without' });
    expect(await terminal.confirm(first.id, { pin: GOOD_PIN })).toMatchObject({ state: 'succeeded' });
  });

  it('on a camera without depth', async () => {
    const ada = await guest();
    const payment = await newPayment();
    const identified = await terminal.identify(payment.id, ada.phone, faceOf(ada), { cameraKind: '2d' });
    expect(identified).toMatchObject({ pinRequired: true, pinReason: 'camera_2d' });
  });

  it('with a decision that can be explained afterwards', async () => {
    const ada = await guest();
    const payment = await terminal.readyToConfirm(ada, faceOf(ada), burgers(6));
    const { rows } = await world.pool.query('SELECT risk FROM payments WHERE id = $1', [payment.id]);
    expect(rows[0].risk.rules).toContainEqual({ rule: 'amount', seen: '5340', limit: '5000', fired: 'pin' });
  });
});

describe('one payment for an order', () => {
  it('a second one takes the place of one that was not confirmed, as after a terminal lost power', async () => {
    const ada = await guest();
    const first = await terminal.readyToConfirm(ada, faceOf(ada));
    const second = await terminal.startPayment(first.orderId);
    expect(await getPayment(first.id)).toMatchObject({ state: 'canceled' });
    expect(await failureOf(terminal.confirm(first.id))).toMatchObject({ code: 'payment_canceled' });
    await terminal.identify(second.id, ada.phone, faceOf(ada));
    expect(await terminal.confirm(second.id)).toMatchObject({ state: 'succeeded' });
    expect(await ada.balanceMinor()).toBe(10_000n - BURGER_MINOR);
  });

  it('a paid order is not paid again', async () => {
    const ada = await guest();
    const payment = await terminal.readyToConfirm(ada, faceOf(ada));
    await terminal.confirm(payment.id);
    expect(await failureOf(terminal.startPayment(payment.orderId))).toMatchObject({ code: 'order_already_paid' });
    expect(await failureOf(cancel(payment.id))).toMatchObject({ code: 'payment_already_paid', status: 409 });
  });

  it('begun five times at once, one is alive at the end', async () => {
    const order = await terminal.order();
    const started = await Promise.all([1, 2, 3, 4, 5].map(() => terminal.startPayment(order.id)));
    const states = await Promise.all(started.map(async ({ id }) => (await getPayment(id)).state));
    expect(states.filter((state) => state === 'requires_identification')).toHaveLength(1);
    expect(states.filter((state) => state === 'canceled')).toHaveLength(4);
  });

  it('after it was cancelled the order can be paid, or given up', async () => {
    const payment = await newPayment();
    const giveUp = () => terminal.api.call('cancelOrder', { params: { orderId: payment.orderId } });
    expect(await failureOf(giveUp())).toMatchObject({ code: 'order_being_paid' });
    expect(await cancel(payment.id)).toMatchObject({ state: 'canceled' });
    expect(await cancel(payment.id)).toMatchObject({ state: 'canceled' });
    expect(await giveUp()).toMatchObject({ state: 'canceled' });
    expect(await failureOf(terminal.startPayment(payment.orderId))).toMatchObject({ code: 'order_not_payable' });
  });
});

describe('capture by hand', () => {
  const held = async () => {
    const ada = await guest();
    const order = await terminal.order();
    const payment = await terminal.startPayment(order.id, 'manual');
    await terminal.identify(payment.id, ada.phone, faceOf(ada));
    expect(await terminal.confirm(payment.id)).toMatchObject({ state: 'requires_capture', receiptUrl: null });
    return { ada, order, payment };
  };

  it('holds first and moves later, once', async () => {
    const { ada, order, payment } = await held();
    const before = await world.balances();
    expect(await ada.balanceMinor()).toBe(10_000n - BURGER_MINOR);
    expect(await getOrder(order.id)).toMatchObject({ state: 'open' });
    const captured = await Promise.all([capture(payment.id), capture(payment.id)]);
    expect(captured.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
    expect((await world.balances()).merchant - before.merchant).toBe(BURGER_MINOR - 8n);
    expect(await getOrder(order.id)).toMatchObject({ state: 'paid' });
  });

  it('gives everything back when it is cancelled', async () => {
    const { ada, payment } = await held();
    expect(await failureOf(terminal.startPayment(payment.orderId))).toMatchObject({ code: 'payment_in_progress' });
    await cancel(payment.id);
    expect(await ada.balanceMinor()).toBe(10_000n);
    expect(await failureOf(capture(payment.id))).toMatchObject({ code: 'payment_canceled' });
  });

  it('gives everything back when nobody captures it for a week', async () => {
    const { ada, payment } = await held();
    world.clock.advance(7 * 24 * 3_600_000 + 1);
    await world.app.sweep();
    expect(await getPayment(payment.id)).toMatchObject({ state: 'canceled' });
    expect(await ada.balanceMinor()).toBe(10_000n);
  });
});

describe('what a terminal may see', () => {
  it('is its own shop', async () => {
    const jade = await world.terminal('jadelane');
    const payment = await newPayment();
    const foreign = (call: Promise<unknown>) => failureOf(call).then(({ code }) => code);
    expect(await foreign(jade.api.call('getPayment', { params: { paymentId: payment.id } }))).toBe('payment_not_found');
    expect(await foreign(jade.confirm(payment.id))).toBe('payment_not_found');
    expect(await foreign(jade.startPayment(payment.orderId))).toBe('payment_not_found');
    expect(await foreign(jade.api.call('getOrder', { params: { orderId: payment.orderId } }))).toBe('order_not_found');
  });

  it('lets scans be made for its own waiting payments only', async () => {
    const payment = await newPayment();
    const { mayScan } = world.app.rooms.payments;
    expect(await mayScan({ paymentId: payment.id, terminalId: terminal.id })).toEqual({ ok: true });
    const jade = await world.terminal('jadelane');
    expect(await mayScan({ paymentId: payment.id, terminalId: jade.id })).toMatchObject({ code: 'payment_not_found' });
    await cancel(payment.id);
    expect(await mayScan({ paymentId: payment.id, terminalId: terminal.id })).toMatchObject({
      code: 'payment_not_waiting',
    });
  });
});

it('shows a person their payments page by page, newest first', async () => {
  const ada = await guest();
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    const payment = await terminal.readyToConfirm(ada, faceOf(ada), [{ itemId: COLA }]);
    await terminal.confirm(payment.id);
    ids.unshift(payment.id);
  }
  const first = await ada.api.call('listMyPayments', { query: { limit: 2 } });
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const second = await ada.api.call('listMyPayments', { query: { limit: 2, cursor: first.nextCursor ?? '' } });
  expect(second).toMatchObject({ data: [{ id: ids[2] }], nextCursor: null });
});
