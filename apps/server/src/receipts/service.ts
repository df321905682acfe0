import { createHmac, createSecretKey, hash } from 'node:crypto';
import { type Queryable, runWrite, type Write } from '@smile/postgres';
import { newId } from '../ids.ts';

export type ReceiptRef = { readonly id: string; readonly paymentId: string; readonly paidAt: Date };

/** Receipts by their secret link. What stands on one comes from payment and order; here is only who may see it. */
export type Receipts = {
  /** Part of the transaction that moves the money: no payment without a receipt, no receipt without a payment. */
  issue(db: Queryable, paymentId: string, paidAt: Date): Promise<void>;
  /** The same as a write, to be sent with others. */
  issued(receipts: readonly Omit<ReceiptRef, 'id'>[]): Write;
  /** The page's path on this server. */
  pathOf(paymentId: string): string;
  byToken(db: Queryable, token: string): Promise<ReceiptRef | null>;
};

export function createReceipts(deriveKey: (purpose: string) => Buffer): Receipts {
  const key = createSecretKey(deriveKey('receipt-links'));
  // Derived rather than kept: the link can be shown again, and a stolen table opens no receipt.
  const tokenOf = (paymentId: string) => createHmac('sha256', key).update(paymentId).digest('base64url');
  const issued: Receipts['issued'] = (receipts) => ({
    text: `INSERT INTO receipts (id, payment_id, token_hash, paid_at)
      SELECT id, payment_id, decode(token_hash, 'hex'), paid_at
      FROM jsonb_to_recordset($1) AS r (id text, payment_id text, token_hash text, paid_at timestamptz)`,
    values: [
      JSON.stringify(
        receipts.map(({ paymentId, paidAt }) => ({
          id: newId('receipt'),
          payment_id: paymentId,
          token_hash: hashToken(tokenOf(paymentId)).toString('hex'),
          paid_at: paidAt,
        })),
      ),
    ],
    rows: receipts.length,
  });
  return {
    issue: (db, paymentId, paidAt) => runWrite(db, issued([{ paymentId, paidAt }])),
    issued,
    pathOf: (paymentId) => `/r/${tokenOf(paymentId)}`,
    async byToken(db, token) {
      const found = await db.query<ReceiptRef>(
        'SELECT id, payment_id AS "paymentId", paid_at AS "paidAt" FROM receipts WHERE token_hash = $1',
        [hashToken(token)],
      );
      return found.rows[0] ?? null;
    },
  };
}

function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
