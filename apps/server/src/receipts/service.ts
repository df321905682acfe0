import { createHash, createHmac } from 'node:crypto';
import type { Queryable } from '@smile/postgres';
import { newId } from '../ids.ts';

export type ReceiptRef = { readonly id: string; readonly paymentId: string; readonly paidAt: Date };

/** Receipts by their secret link. What stands on one comes from payment and order; here is only who may see it. */
export type Receipts = {
  /** Part of the transaction that moves the money: no payment without a receipt, no receipt without a payment. */
  issue(db: Queryable, paymentId: string, paidAt: Date): Promise<void>;
  /** The page's path on this server. */
  pathOf(paymentId: string): string;
  byToken(db: Queryable, token: string): Promise<ReceiptRef | null>;
};

export function createReceipts(deriveKey: (purpose: string) => Buffer): Receipts {
  const key = deriveKey('receipt-links');
  // Derived rather than kept: the link can be shown again, and a stolen table opens no receipt.
  const tokenOf = (paymentId: string) => createHmac('sha256', key).update(paymentId).digest('base64url');
  return {
    async issue(db, paymentId, paidAt) {
      await db.query('INSERT INTO receipts (id, payment_id, token_hash, paid_at) VALUES ($1, $2, $3, $4)', [
        newId('receipt'),
        paymentId,
        hashToken(tokenOf(paymentId)),
        paidAt,
      ]);
    },
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
  return createHash('sha256').update(token).digest();
}
