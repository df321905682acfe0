import type { RefundState } from '@smile/contract';
import type { Queryable } from '@smile/postgres';
import type { MerchantRef } from '../http/callers.ts';
import type { RefundRow } from './model.ts';

const REFUND = `id, payment_id AS "paymentId", shop_id AS "shopId", merchant_id AS "merchantId", livemode, state, amount_minor AS "amountMinor",
  currency, reason, metadata, requested_by AS "requestedBy", created_at AS "createdAt", decided_at AS "decidedAt"`;

export async function insertRefund(db: Queryable, refund: RefundRow): Promise<RefundRow> {
  const inserted = await db.query<RefundRow>(
    `INSERT INTO payments_refunds (id, payment_id, merchant_id, livemode, state, amount_minor, currency, reason, metadata,
       requested_by, created_at, decided_at, shop_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING ${REFUND}`,
    [
      refund.id,
      refund.paymentId,
      refund.merchantId,
      refund.livemode,
      refund.state,
      refund.amountMinor,
      refund.currency,
      refund.reason,
      JSON.stringify(refund.metadata),
      refund.requestedBy,
      refund.createdAt,
      refund.decidedAt,
      refund.shopId,
    ],
  );
  return inserted.rows[0];
}

export async function findRefund(db: Queryable, refundId: string): Promise<RefundRow | null> {
  const found = await db.query<RefundRow>(`SELECT ${REFUND} FROM payments_refunds WHERE id = $1`, [refundId]);
  return found.rows[0] ?? null;
}

export async function setRefundDecided(
  db: Queryable,
  refundId: string,
  change: { state: RefundState; by: string; at: Date },
): Promise<RefundRow> {
  const updated = await db.query<RefundRow>(
    `UPDATE payments_refunds SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 RETURNING ${REFUND}`,
    [refundId, change.state, change.by, change.at],
  );
  return updated.rows[0];
}

/** What waits for a second person; it is spoken for. */
export async function sumWaiting(db: Queryable, paymentId: string): Promise<bigint> {
  const found = await db.query<{ sum: bigint }>(
    `SELECT coalesce(sum(amount_minor), 0)::bigint AS sum FROM payments_refunds
     WHERE payment_id = $1 AND state = 'requires_approval'`,
    [paymentId],
  );
  return found.rows[0].sum;
}

export async function listRefunds(
  db: Queryable,
  merchant: MerchantRef,
  page: { before: string | null; paymentId: string | null; limit: number },
): Promise<RefundRow[]> {
  const found = await db.query<RefundRow>(
    `SELECT ${REFUND} FROM payments_refunds
     WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3)
       AND ($4::text IS NULL OR payment_id = $4) ORDER BY id DESC LIMIT $5`,
    [merchant.merchantId, merchant.livemode, page.before, page.paymentId, page.limit],
  );
  return found.rows;
}
