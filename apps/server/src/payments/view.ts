import { createHmac, createSecretKey } from 'node:crypto';
import { ID_PREFIXES, money, type Payment, type PaymentIntent, type Refund } from '@smile/contract';
import type { PaymentRow, RefundRow } from './model.ts';

/** What terminals and people see of a payment. */
export function toPayment(row: PaymentRow, receiptPathOf: (paymentId: string) => string): Payment {
  return {
    id: row.id,
    orderId: row.orderId,
    shopId: row.shopId,
    state: row.state,
    amount: money(row.amountMinor, row.currency),
    shopName: row.shopName,
    method: row.method,
    payerHint: row.payerHint,
    pinRequired: row.pinRequired,
    pinReason: row.pinReason,
    faceOutdated: false,
    receiptUrl: row.state === 'succeeded' ? receiptPathOf(row.id) : null,
    createdAt: row.createdAt.toISOString(),
  };
}

export type ToIntent = (row: PaymentRow) => PaymentIntent;

/** What a merchant sees: the person as a pseudonym, which no two merchants can compare. */
export function createIntentView(pseudonymKey: Buffer): ToIntent {
  const key = createSecretKey(pseudonymKey);
  const pseudonymOf = (merchantId: string, personId: string) =>
    `${ID_PREFIXES.payer}_${createHmac('sha256', key).update(`${merchantId}\n${personId}`).digest('hex').slice(0, 32)}`;
  return (row) => {
    const { currency } = row;
    const open = row.state !== 'succeeded' && row.state !== 'canceled';
    return {
      id: row.id,
      livemode: row.livemode,
      state: row.state,
      captureMethod: row.captureMethod,
      amount: money(row.amountMinor, currency),
      tip: money(row.tipMinor, currency),
      capturable: money(row.state === 'requires_capture' ? row.amountMinor : 0n, currency),
      captured: money(row.capturedMinor, currency),
      refunded: money(row.refundedMinor, currency),
      fee: money(row.feeMinor, currency),
      shopId: row.shopId,
      terminalId: row.terminalId,
      orderId: row.orderId,
      payerId: row.personId === null ? null : pseudonymOf(row.merchantId, row.personId),
      method: row.method,
      description: row.description,
      metadata: row.metadata,
      cancelReason: row.cancelReason,
      createdAt: row.createdAt.toISOString(),
      expiresAt: open ? row.expiresAt.toISOString() : null,
    };
  };
}

export function toRefund(row: RefundRow): Refund {
  return {
    id: row.id,
    livemode: row.livemode,
    paymentId: row.paymentId,
    shopId: row.shopId,
    state: row.state,
    amount: money(row.amountMinor, row.currency),
    reason: row.reason,
    metadata: row.metadata,
    createdAt: row.createdAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
  };
}
