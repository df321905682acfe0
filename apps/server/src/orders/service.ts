import { type Language, money, type NewOrderLine, ORDER_STATES, type Order, type OrderState } from '@smile/contract';
import { type Client, inTransaction, type Pool, runWrite, type Write } from '@smile/postgres';
import type { AuditPort } from '../context.ts';
import { newId } from '../ids.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Shops } from '../shops/service.ts';
import type { OrdersErrorCode } from './errors.ts';
import { mayMove, ORDER_OPEN_MS, type OrderRow, orderNumber, PAID_FROM, shopDay } from './model.ts';
import { priceOrder } from './pricing.ts';
import * as store from './store.ts';

const LIST_LIMIT = 200;

export type Orders = {
  create(
    client: Client,
    wanted: {
      terminalId: string;
      shopId: string;
      lines: readonly NewOrderLine[];
      serving: Order['serving'];
      language: Language;
    },
  ): Promise<Result<Order, OrdersErrorCode>>;
  get(shopId: string, orderId: string): Promise<Result<Order, OrdersErrorCode>>;
  cancel(shopId: string, orderId: string, actor: string): Promise<Result<Order, OrdersErrorCode>>;
  listForKitchen(shopId: string, states: string): Promise<Result<Order[], OrdersErrorCode>>;
  move(shopId: string, orderId: string, to: OrderState, actor: string): Promise<Result<Order, OrdersErrorCode>>;

  /** For payments, all within its transaction. The order's row is held from here on, so it is the first lock taken. */
  lockForPayment(client: Client, orderId: string): Promise<OrderRow | null>;
  lockAllForPayment(client: Client, orderIds: readonly string[]): Promise<void>;
  setPayment(client: Client, orderId: string, paymentId: string | null): Promise<void>;
  markPaid(client: Client, orderId: string): Promise<void>;
  /** The same for several, as a write to be sent with others. */
  markedPaid(orderIds: readonly string[]): Write;
  find(db: Client | Pool, orderId: string): Promise<OrderRow | null>;
  sweep(): Promise<void>;
};

export function createOrders(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly shops: Pick<Shops, 'shopForOrders'>;
  readonly audit: AuditPort;
}): Orders {
  const { pool, now } = deps;

  async function moveBy(
    mover: 'guest' | 'kitchen',
    wanted: { shopId: string; orderId: string; to: OrderState; actor: string },
    refusal: OrdersErrorCode,
  ): Promise<Result<Order, OrdersErrorCode>> {
    return inTransaction(pool, async (client) => {
      const order = await store.lockOrder(client, wanted.orderId);
      if (!order || order.shopId !== wanted.shopId) return fail('order_not_found');
      // A second tap on the same button is no mistake.
      if (order.state === wanted.to) return ok(toOrder(order));
      if (!mayMove(order.state, wanted.to, mover)) return fail(refusal);
      if (order.state === 'open' && order.paymentId !== null) return fail('order_being_paid');
      await store.updateState(client, order.id, wanted.to);
      await deps.audit.record(client, {
        actor: wanted.actor,
        action: `order.${wanted.to}`,
        subject: order.id,
        details: { from: order.state },
      });
      return ok(toOrder({ ...order, state: wanted.to }));
    });
  }

  return {
    async create(client, wanted) {
      const { shop, menu, timeZone } = await deps.shops.shopForOrders(client, wanted.shopId);
      const priced = priceOrder(menu, wanted.lines);
      if (!priced.ok) return priced;
      const createdAt = now();
      const count = await store.countOrder(client, shop.id, shopDay(createdAt, timeZone));
      const order: OrderRow = {
        id: newId('order'),
        shopId: shop.id,
        number: orderNumber(count),
        state: 'open',
        serving: wanted.serving,
        lines: priced.value.lines,
        totalMinor: priced.value.totalMinor,
        currency: shop.currency,
        paymentId: null,
        createdAt,
      };
      await store.insertOrder(client, { ...order, terminalId: wanted.terminalId, language: wanted.language });
      return ok(toOrder(order));
    },

    async get(shopId, orderId) {
      const order = await store.findOrder(pool, orderId);
      return order && order.shopId === shopId ? ok(toOrder(order)) : fail('order_not_found');
    },

    cancel: (shopId, orderId, actor) => moveBy('guest', { shopId, orderId, to: 'canceled', actor }, 'order_not_open'),

    async listForKitchen(shopId, states) {
      const wanted = states.split(',').map((state) => state.trim());
      if (!wanted.every(isOrderState)) return fail('order_states_unknown', { param: 'states' });
      const rows = await store.listOrders(pool, shopId, wanted, LIST_LIMIT);
      return ok(rows.map(toOrder));
    },

    move: (shopId, orderId, to, actor) => moveBy('kitchen', { shopId, orderId, to, actor }, 'order_move_not_allowed'),

    lockForPayment: (client, orderId) => store.lockOrder(client, orderId),
    lockAllForPayment: (client, orderIds) => store.lockOrders(client, orderIds),
    setPayment: (client, orderId, paymentId) => store.updatePayment(client, orderId, paymentId),
    markPaid: (client, orderId) => runWrite(client, store.paid([orderId], PAID_FROM, now())),
    markedPaid: (orderIds) => store.paid(orderIds, PAID_FROM, now()),
    find: (db, orderId) => store.findOrder(db, orderId),
    sweep: () => store.cancelForgotten(pool, new Date(now().getTime() - ORDER_OPEN_MS)),
  };
}

function isOrderState(text: string): text is OrderState {
  return (ORDER_STATES as readonly string[]).includes(text);
}

function toOrder(row: OrderRow): Order {
  return {
    id: row.id,
    shopId: row.shopId,
    number: row.number,
    state: row.state,
    serving: row.serving,
    lines: row.lines,
    total: money(row.totalMinor, row.currency),
    createdAt: row.createdAt.toISOString(),
  };
}
