import type { Language, OrderState } from '@smile/contract';
import { prepared, type Queryable, type Write } from '@smile/postgres';
import type { OrderRow } from './model.ts';

const ORDER = `id, shop_id AS "shopId", number, state, serving, lines, total_minor AS "totalMinor", currency,
  payment_id AS "paymentId", created_at AS "createdAt"`;

/** Counts one more order of the shop's day and returns the count. */
export async function countOrder(db: Queryable, shopId: string, day: string): Promise<number> {
  const counted = await db.query<{ count: number }>(
    `INSERT INTO orders_day_counts AS c (shop_id, day, count) VALUES ($1, $2, 1)
     ON CONFLICT (shop_id, day) DO UPDATE SET count = c.count + 1 RETURNING count`,
    [shopId, day],
  );
  return counted.rows[0].count;
}

export async function insertOrder(
  db: Queryable,
  order: Omit<OrderRow, 'paymentId'> & { terminalId: string; language: Language },
): Promise<void> {
  await db.query(
    `INSERT INTO orders (id, shop_id, terminal_id, number, state, serving, language, lines, total_minor, currency, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      order.id,
      order.shopId,
      order.terminalId,
      order.number,
      order.state,
      order.serving,
      order.language,
      JSON.stringify(order.lines),
      order.totalMinor,
      order.currency,
      order.createdAt,
    ],
  );
}

export async function findOrder(db: Queryable, orderId: string): Promise<OrderRow | null> {
  const found = await db.query<OrderRow>(`SELECT ${ORDER} FROM orders WHERE id = $1`, [orderId]);
  return found.rows[0] ?? null;
}

export async function lockOrder(db: Queryable, orderId: string): Promise<OrderRow | null> {
  const found = await prepared<OrderRow>(db, `SELECT ${ORDER} FROM orders WHERE id = $1 FOR UPDATE`, [orderId]);
  return found.rows[0] ?? null;
}

/** In the order of their ids, so that two who want several wait for each other rather than deadlock. */
export async function lockOrders(db: Queryable, orderIds: readonly string[]): Promise<void> {
  await prepared(db, 'SELECT 1 FROM orders WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [orderIds]);
}

export async function listOrders(
  db: Queryable,
  shopId: string,
  states: readonly OrderState[],
  limit: number,
): Promise<OrderRow[]> {
  const found = await db.query<OrderRow>(
    `SELECT ${ORDER} FROM orders WHERE shop_id = $1 AND state = ANY ($2) ORDER BY created_at, id LIMIT $3`,
    [shopId, states, limit],
  );
  return found.rows;
}

export async function updateState(db: Queryable, orderId: string, state: OrderState): Promise<void> {
  await db.query('UPDATE orders SET state = $2 WHERE id = $1', [orderId, state]);
}

export async function updatePayment(db: Queryable, orderId: string, paymentId: string | null): Promise<void> {
  await db.query('UPDATE orders SET payment_id = $2 WHERE id = $1', [orderId, paymentId]);
}

/** Fails when one of the orders is not in the state it is paid from. */
export function paid(orderIds: readonly string[], from: OrderState, at: Date): Write {
  return {
    text: `UPDATE orders SET state = 'paid', paid_at = $3 WHERE id = ANY ($1) AND state = $2`,
    values: [orderIds, from, at],
    rows: orderIds.length,
  };
}

export async function cancelForgotten(db: Queryable, before: Date): Promise<void> {
  await db.query(
    `UPDATE orders SET state = 'canceled' WHERE state = 'open' AND payment_id IS NULL AND created_at < $1`,
    [before],
  );
}
