import type { PaymentState } from '@smile/contract';
import type { Queryable } from '@smile/postgres';
import type { RiskDecision } from '../risk/no-pin.ts';
import type { IdentificationEvidence, PaymentRow } from './model.ts';

const PAYMENT = `id, order_id AS "orderId", shop_id AS "shopId", shop_name AS "shopName", merchant_id AS "merchantId",
  terminal_id AS "terminalId", state, capture_method AS "captureMethod", amount_minor AS "amountMinor", currency,
  person_id AS "personId", payer_hint AS "payerHint", method, scan_id AS "scanId", pin_required AS "pinRequired",
  pin_reason AS "pinReason", pin_used AS "pinUsed", evidence, risk, created_at AS "createdAt",
  expires_at AS "expiresAt", identified_at AS "identifiedAt", confirmed_at AS "confirmedAt",
  captured_at AS "capturedAt"`;

export async function insertPayment(
  db: Queryable,
  payment: Pick<
    PaymentRow,
    | 'id'
    | 'orderId'
    | 'shopId'
    | 'shopName'
    | 'merchantId'
    | 'terminalId'
    | 'state'
    | 'captureMethod'
    | 'amountMinor'
    | 'currency'
    | 'createdAt'
    | 'expiresAt'
  >,
): Promise<PaymentRow> {
  const inserted = await db.query<PaymentRow>(
    `INSERT INTO payments (id, order_id, shop_id, shop_name, merchant_id, terminal_id, state, capture_method,
       amount_minor, currency, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING ${PAYMENT}`,
    [
      payment.id,
      payment.orderId,
      payment.shopId,
      payment.shopName,
      payment.merchantId,
      payment.terminalId,
      payment.state,
      payment.captureMethod,
      payment.amountMinor,
      payment.currency,
      payment.createdAt,
      payment.expiresAt,
    ],
  );
  return inserted.rows[0];
}

export async function findPayment(db: Queryable, paymentId: string): Promise<PaymentRow | null> {
  const found = await db.query<PaymentRow>(`SELECT ${PAYMENT} FROM payments WHERE id = $1`, [paymentId]);
  return found.rows[0] ?? null;
}

export async function lockPayment(db: Queryable, paymentId: string): Promise<PaymentRow | null> {
  const found = await db.query<PaymentRow>(`SELECT ${PAYMENT} FROM payments WHERE id = $1 FOR UPDATE`, [paymentId]);
  return found.rows[0] ?? null;
}

export async function setIdentified(
  db: Queryable,
  paymentId: string,
  change: {
    state: PaymentState;
    personId: string;
    payerHint: string;
    method: NonNullable<PaymentRow['method']>;
    scanId: string | null;
    pinRequired: boolean;
    pinReason: PaymentRow['pinReason'];
    pinUsed: boolean;
    evidence: IdentificationEvidence | null;
    risk: RiskDecision | null;
    at: Date;
  },
): Promise<PaymentRow> {
  const updated = await db.query<PaymentRow>(
    `UPDATE payments SET state = $2, person_id = $3, payer_hint = $4, method = $5, scan_id = $6, pin_required = $7,
       pin_reason = $8, pin_used = $9, evidence = $10, risk = $11, identified_at = $12
     WHERE id = $1 RETURNING ${PAYMENT}`,
    [
      paymentId,
      change.state,
      change.personId,
      change.payerHint,
      change.method,
      change.scanId,
      change.pinRequired,
      change.pinReason,
      change.pinUsed,
      change.evidence && JSON.stringify(change.evidence),
      change.risk && JSON.stringify(change.risk),
      change.at,
    ],
  );
  return updated.rows[0];
}

export async function setRisk(db: Queryable, paymentId: string, risk: RiskDecision): Promise<void> {
  await db.query('UPDATE payments SET pin_required = $2, pin_reason = $3, risk = $4 WHERE id = $1', [
    paymentId,
    risk.pinRequired,
    risk.pinReason,
    JSON.stringify(risk),
  ]);
}

export async function setConfirmed(
  db: Queryable,
  paymentId: string,
  change: { state: PaymentState; pinUsed: boolean; at: Date; capturedAt: Date | null; expiresAt: Date },
): Promise<PaymentRow> {
  const updated = await db.query<PaymentRow>(
    `UPDATE payments SET state = $2, pin_used = $3, confirmed_at = $4, captured_at = $5, expires_at = $6
     WHERE id = $1 RETURNING ${PAYMENT}`,
    [paymentId, change.state, change.pinUsed, change.at, change.capturedAt, change.expiresAt],
  );
  return updated.rows[0];
}

export async function setCaptured(
  db: Queryable,
  paymentId: string,
  state: PaymentState,
  at: Date,
): Promise<PaymentRow> {
  const updated = await db.query<PaymentRow>(
    `UPDATE payments SET state = $2, captured_at = $3 WHERE id = $1 RETURNING ${PAYMENT}`,
    [paymentId, state, at],
  );
  return updated.rows[0];
}

export async function setCanceled(
  db: Queryable,
  paymentId: string,
  change: { state: PaymentState; reason: string; at: Date },
): Promise<PaymentRow> {
  const updated = await db.query<PaymentRow>(
    `UPDATE payments SET state = $2, cancel_reason = $3, canceled_at = $4 WHERE id = $1 RETURNING ${PAYMENT}`,
    [paymentId, change.state, change.reason, change.at],
  );
  return updated.rows[0];
}

/** The payments a person was identified for, newest first: ids ascend with time. */
export async function listOfPerson(
  db: Queryable,
  personId: string,
  page: { before: string | null; limit: number },
): Promise<PaymentRow[]> {
  const found = await db.query<PaymentRow>(
    `SELECT ${PAYMENT} FROM payments WHERE person_id = $1 AND ($2::text IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [personId, page.before, page.limit],
  );
  return found.rows;
}

export async function listExpired(db: Queryable, at: Date, limit: number): Promise<string[]> {
  const found = await db.query<{ id: string }>(
    `SELECT id FROM payments WHERE expires_at < $1
       AND state IN ('requires_identification', 'requires_confirmation', 'requires_capture')
     ORDER BY expires_at LIMIT $2`,
    [at, limit],
  );
  return found.rows.map(({ id }) => id);
}
