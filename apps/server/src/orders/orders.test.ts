import type { OrderState } from '@smile/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, freshPhone, newKey, openWorld, type TestTerminal, type World } from '../testing/world.ts';
import { orderNumber, shopDay } from './model.ts';

let world: World;
let terminal: TestTerminal;
let kitchen: World['anyone'];
const KITCHEN_TOKEN = 'demo-staff-oldtown';
beforeAll(async () => {
  world = await openWorld();
  terminal = await world.terminal();
  kitchen = world.as({ authorization: `Bearer ${KITCHEN_TOKEN}` });
});
afterAll(() => world.close());

const paidOrder = async (changes: Parameters<TestTerminal['order']>[0] = [{}]) => {
  const phone = freshPhone();
  const ada = await world.join(phone, { balanceMinor: 5_000n, face: phone });
  const payment = await terminal.readyToConfirm(ada, phone, changes);
  await terminal.confirm(payment.id);
  return payment.orderId;
};
const move = (orderId: string, state: OrderState, by = kitchen) =>
  by.call('moveOrder', { params: { shopId: terminal.shopId, orderId }, body: { state } });
const board = (states?: string, by = kitchen, shopId = terminal.shopId) =>
  by.call('listShopOrders', { params: { shopId }, query: states === undefined ? {} : { states } });

describe('an order', () => {
  it('gets the next number of its shop and day, also when many come at once', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, () => terminal.order()));
    const numbers = orders.map(({ number }) => Number(number.slice(2))).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0] + index));
    expect(orders[0].number).toMatch(/^A-\d+$/);
  });

  it('is placed once for each key', async () => {
    const idempotencyKey = newKey();
    const body = {
      lines: [{ itemId: 'itm_sunny0cola', quantity: 1, changes: [] }],
      serving: 'to_go' as const,
      language: 'zh' as const,
    };
    const place = () => terminal.api.call('createOrder', { body, idempotencyKey });
    const [first, second] = await Promise.all([place(), place()]);
    expect(second).toEqual(first);
    // Another terminal's key of the same name is another key.
    const riverside = await world.terminal('riverside');
    const other = await riverside.api.call('createOrder', { body, idempotencyKey });
    expect(other.id).not.toBe(first.id);
  });

  it('can be given up while it is open, twice without harm', async () => {
    const { id } = await terminal.order();
    const giveUp = () => terminal.api.call('cancelOrder', { params: { orderId: id } });
    expect(await giveUp()).toMatchObject({ state: 'canceled' });
    expect(await giveUp()).toMatchObject({ state: 'canceled' });
    const paid = await paidOrder();
    expect(await failureOf(terminal.api.call('cancelOrder', { params: { orderId: paid } }))).toMatchObject({
      code: 'order_not_open',
    });
  });

  it('that nobody pays is given up after two hours', async () => {
    const { id } = await terminal.order();
    world.clock.advance(2 * 3_600_000 + 1);
    await world.app.sweep();
    expect(await terminal.api.call('getOrder', { params: { orderId: id } })).toMatchObject({ state: 'canceled' });
  });
});

describe('the kitchen', () => {
  it('sees paid orders only, oldest first, and moves them on', async () => {
    const waiting = await terminal.order();
    const first = await paidOrder();
    const second = await paidOrder();
    const ids = (await board()).data.map(({ id }) => id);
    expect(ids).not.toContain(waiting.id);
    expect(ids.indexOf(first)).toBeLessThan(ids.indexOf(second));
    for (const state of ['preparing', 'ready', 'handed_over'] as const) {
      expect(await move(first, state)).toMatchObject({ state });
    }
    expect((await board()).data.map(({ id }) => id)).not.toContain(first);
    expect((await board('handed_over')).data.map(({ id }) => id)).toContain(first);
  });

  it('may take a step back, and neither skip one nor decide on money', async () => {
    const orderId = await paidOrder();
    await move(orderId, 'preparing');
    expect(await move(orderId, 'paid')).toMatchObject({ state: 'paid' });
    for (const state of ['handed_over', 'open', 'canceled'] as const) {
      expect(await failureOf(move(orderId, state))).toMatchObject({ code: 'order_move_not_allowed', status: 409 });
    }
    const unpaid = await terminal.order();
    expect(await failureOf(move(unpaid.id, 'paid'))).toMatchObject({ code: 'order_move_not_allowed' });
  });

  it('is that of one shop', async () => {
    const orderId = await paidOrder();
    const riverside = world.as({ authorization: 'Bearer demo-staff-riverside' });
    expect(await failureOf(board(undefined, riverside))).toMatchObject({ code: 'shop_not_found' });
    expect(await failureOf(move(orderId, 'preparing', riverside))).toMatchObject({ code: 'shop_not_found' });
    const own = riverside.call('moveOrder', {
      params: { shopId: 'shp_demoriverside', orderId },
      body: { state: 'preparing' },
    });
    expect(await failureOf(own)).toMatchObject({ code: 'order_not_found' });
    expect(await failureOf(board(undefined, world.anyone))).toMatchObject({ code: 'staff_token_invalid' });
    expect(await failureOf(board('burnt'))).toMatchObject({ code: 'order_states_unknown' });
  });
});

describe('the kitchen page', () => {
  const post = (url: string, payload: string, cookie = '') =>
    world.app.http.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...(cookie ? { cookie } : {}) },
    });

  it('asks for a token, shows the board with changes, and its buttons work', async () => {
    const orderId = await paidOrder([
      {
        changes: [
          { change: 'without', componentId: 'onion' },
          { change: 'extra', componentId: 'pickle', count: 2 },
        ],
      },
    ]);
    expect((await world.app.http.inject({ url: '/kitchen' })).body).toContain('Staff token');
    expect((await post('/kitchen/sign-in', 'token=wrong')).statusCode).toBe(401);

    const signedIn = await post('/kitchen/sign-in', `token=${KITCHEN_TOKEN}`);
    const setCookie = String(signedIn.headers['set-cookie']);
    expect(setCookie).toMatch(/HttpOnly; SameSite=Strict/);
    const cookie = setCookie.split(';')[0];
    const shown = await world.app.http.inject({ url: '/kitchen', headers: { cookie } });
    expect(shown.body).toContain('no onion · 不要洋葱');
    expect(shown.body).toContain('extra pickle ×2');

    expect((await post(`/kitchen/orders/${orderId}`, 'to=preparing', cookie)).statusCode).toBe(303);
    const { data } = await board('preparing');
    expect(data.map(({ id }) => id)).toContain(orderId);
    await post(`/kitchen/orders/${orderId}`, 'to=ready');
    expect((await board('preparing')).data.map(({ id }) => id)).toContain(orderId);
  });
});

it('numbers go from A-1 to Z-99 and begin anew', () => {
  expect([1, 99, 100, 198, 199, 2_574, 2_575].map(orderNumber)).toEqual([
    'A-1',
    'A-99',
    'B-1',
    'B-99',
    'C-1',
    'Z-99',
    'A-1',
  ]);
});

it('a shop’s day begins at its own midnight', () => {
  const at = new Date('2026-11-23T23:30:00Z');
  expect(shopDay(at, 'Europe/Berlin')).toBe('2026-11-24');
  expect(shopDay(at, 'UTC')).toBe('2026-11-23');
});
