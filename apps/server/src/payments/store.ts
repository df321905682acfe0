import type { PaymentState } from '@smile/contract';
import { prepared, type Queryable, type Write } from '@smile/postgres';
import type { MerchantRef } from '../http/callers.ts';
import { newRowId, rowIdAt } from '../ids.ts';
import type { RiskDecision } from '../risk/rules.ts';
import type { AttemptRow, IdentificationEvidence, PaymentRow } from './model.ts';

const PAYMENT = `id, order_id AS "orderId", shop_id AS "shopId", shop_name AS "shopName", merchant_id AS "merchantId",
  terminal_id AS "terminalId", state, capture_method AS "captureMethod", amount_minor AS "amountMinor", currency,
  tip_minor AS "tipMinor", captured_minor AS "capturedMinor", refunded_minor AS "refundedMinor", fee_minor AS "feeMinor",
  livemode, description, metadata, cancel_reason AS "cancelReason", claimed_at AS "claimedAt",
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
    | 'tipMinor'
    | 'livemode'
    | 'description'
    | 'metadata'
    | 'currency'
    | 'createdAt'
    | 'expiresAt'
  >,
): Promise<PaymentRow> {
  const inserted = await db.query<PaymentRow>(
    `INSERT INTO payments (id, order_id, shop_id, shop_name, merchant_id, terminal_id, state, capture_method,
       amount_minor, currency, created_at, expires_at, tip_minor, livemode, description, metadata)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING ${PAYMENT}`,
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
      payment.tipMinor,
      payment.livemode,
      payment.description,
      JSON.stringify(payment.metadata),
    ],
  );
  return inserted.rows[0];
}

export async function findPayment(db: Queryable, paymentId: string): Promise<PaymentRow | null> {
  const found = await prepared<PaymentRow>(db, `SELECT ${PAYMENT} FROM payments WHERE id = $1`, [paymentId]);
  return found.rows[0] ?? null;
}

export async function lockPayment(db: Queryable, paymentId: string): Promise<PaymentRow | null> {
  const found = await prepared<PaymentRow>(db, `SELECT ${PAYMENT} FROM payments WHERE id = $1 FOR UPDATE`, [paymentId]);
  return found.rows[0] ?? null;
}

/** Of a payment, what tells who and what has to be locked with it, and never changes once it is said. */
export type PaymentGlance = Pick<PaymentRow, 'id' | 'orderId' | 'shopId' | 'terminalId' | 'personId' | 'method'>;

export async function glanceAtPayments(db: Queryable, paymentIds: readonly string[]): Promise<PaymentGlance[]> {
  const found = await prepared<PaymentGlance>(
    db,
    `SELECT id, order_id AS "orderId", shop_id AS "shopId", terminal_id AS "terminalId", person_id AS "personId", method
     FROM payments WHERE id = ANY ($1)`,
    [paymentIds],
  );
  return found.rows;
}

/** In the order of their ids, so that two who want several wait for each other rather than deadlock. */
export async function lockPayments(db: Queryable, paymentIds: readonly string[]): Promise<PaymentRow[]> {
  const found = await prepared<PaymentRow>(
    db,
    `SELECT ${PAYMENT} FROM payments WHERE id = ANY ($1) ORDER BY id FOR UPDATE`,
    [paymentIds],
  );
  return found.rows;
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
    `WITH attempt AS (INSERT INTO payments_attempts (id, payment_id, step, method, created_at)
       VALUES ($13, $1, 'identify', $5, $12))
     UPDATE payments SET state = $2, person_id = $3, payer_hint = $4, method = $5, scan_id = $6, pin_required = $7,
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
      newRowId(),
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

/** Rows as they are after confirming; each is locked and was in the state it is confirmed from. */
export function confirmed(rows: readonly (PaymentRow & { readonly confirmedAt: Date })[]): Write[] {
  return [
    {
      text: `UPDATE payments AS p SET state = n.state, pin_used = n.pin_used, confirmed_at = n.confirmed_at,
          captured_at = n.captured_at, expires_at = n.expires_at, captured_minor = n.captured_minor,
          fee_minor = n.fee_minor, risk = n.risk, pin_required = n.pin_required, pin_reason = n.pin_reason
        FROM jsonb_to_recordset($2) AS n (id text, state text, pin_used boolean, confirmed_at timestamptz,
          captured_at timestamptz, expires_at timestamptz, captured_minor bigint, fee_minor bigint, risk jsonb,
          pin_required boolean, pin_reason text)
        WHERE p.id = ANY ($1) AND p.id = n.id`,
      values: [
        rows.map(({ id }) => id),
        JSON.stringify(
          rows.map((row) => ({
            id: row.id,
            state: row.state,
            pin_used: row.pinUsed,
            confirmed_at: row.confirmedAt,
            captured_at: row.capturedAt,
            expires_at: row.expiresAt,
            captured_minor: row.capturedMinor.toString(),
            fee_minor: row.feeMinor.toString(),
            risk: row.risk,
            pin_required: row.pinRequired,
            pin_reason: row.pinReason,
          })),
        ),
      ],
      rows: rows.length,
    },
    {
      text: `INSERT INTO payments_attempts (id, payment_id, step, method, created_at)
        SELECT id, payment_id, 'confirm', method, at
        FROM jsonb_to_recordset($1) AS a (id text, payment_id text, method text, at timestamptz)`,
      values: [
        JSON.stringify(
          rows.map((row) => ({ id: newRowId(), payment_id: row.id, method: row.method, at: row.confirmedAt })),
        ),
      ],
      rows: rows.length,
    },
  ];
}

export async function setCaptured(
  db: Queryable,
  paymentId: string,
  change: { state: PaymentState; capturedMinor: bigint; feeMinor: bigint; at: Date },
): Promise<PaymentRow> {
  const updated = await db.query<PaymentRow>(
    `UPDATE payments SET state = $2, captured_at = $3, captured_minor = $4, fee_minor = $5
     WHERE id = $1 RETURNING ${PAYMENT}`,
    [paymentId, change.state, change.at, change.capturedMinor, change.feeMinor],
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

export async function addRefunded(db: Queryable, paymentId: string, amountMinor: bigint): Promise<PaymentRow> {
  const updated = await db.query<PaymentRow>(
    `UPDATE payments SET refunded_minor = refunded_minor + $2 WHERE id = $1 RETURNING ${PAYMENT}`,
    [paymentId, amountMinor],
  );
  return updated.rows[0];
}

export async function setTip(
  db: Queryable,
  paymentId: string,
  change: { amountMinor: bigint; tipMinor: bigint },
): Promise<PaymentRow> {
  const updated = await db.query<PaymentRow>(
    `UPDATE payments SET amount_minor = $2, tip_minor = $3 WHERE id = $1 RETURNING ${PAYMENT}`,
    [paymentId, change.amountMinor, change.tipMinor],
  );
  return updated.rows[0];
}

export async function setMetadata(
  db: Queryable,
  paymentId: string,
  metadata: PaymentRow['metadata'],
): Promise<PaymentRow> {
  const updated = await db.query<PaymentRow>(`UPDATE payments SET metadata = $2 WHERE id = $1 RETURNING ${PAYMENT}`, [
    paymentId,
    JSON.stringify(metadata),
  ]);
  return updated.rows[0];
}

export async function setClaimed(db: Queryable, paymentId: string, at: Date): Promise<void> {
  await db.query('UPDATE payments SET claimed_at = $2 WHERE id = $1', [paymentId, at]);
}

export async function insertFailedAttempt(
  db: Queryable,
  attempt: {
    paymentId: string;
    step: 'identify' | 'confirm';
    method: PaymentRow['method'];
    failureCode: string;
    at: Date;
  },
): Promise<void> {
  await db.query(
    `INSERT INTO payments_attempts (id, payment_id, step, method, failure_code, created_at)
     SELECT $1, id, $3, coalesce($4, method), $5, $6 FROM payments WHERE id = $2`,
    [newRowId(), attempt.paymentId, attempt.step, attempt.method, attempt.failureCode, attempt.at],
  );
}

export async function listAttempts(
  db: Queryable,
  paymentId: string,
  page: { before: string | null; limit: number },
): Promise<AttemptRow[]> {
  const found = await db.query<AttemptRow>(
    `SELECT id, step, method, failure_code AS "failureCode", created_at AS "createdAt" FROM payments_attempts
     WHERE payment_id = $1 AND ($2::text IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [paymentId, page.before, page.limit],
  );
  return found.rows;
}

export async function listOfMerchant(
  db: Queryable,
  merchant: MerchantRef,
  page: {
    before: string | null;
    limit: number;
    state: string | null;
    shopId: string | null;
    orderId: string | null;
  },
): Promise<PaymentRow[]> {
  const found = await db.query<PaymentRow>(
    `SELECT ${PAYMENT} FROM payments
     WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3) AND ($4::text IS NULL OR state = $4)
       AND ($5::text IS NULL OR shop_id = $5) AND ($6::text IS NULL OR order_id = $6)
     ORDER BY id DESC LIMIT $7`,
    [merchant.merchantId, merchant.livemode, page.before, page.state, page.shopId, page.orderId, page.limit],
  );
  return found.rows;
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

/** Attempts made before, at most `limit` of them. */
export async function pruneAttempts(db: Queryable, before: Date, limit: number): Promise<void> {
  await prepared(
    db,
    'DELETE FROM payments_attempts WHERE id IN (SELECT id FROM payments_attempts WHERE id < $1 ORDER BY id LIMIT $2)',
    [rowIdAt(before), limit],
  );
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
