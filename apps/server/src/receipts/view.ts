import { type Claim, type Language, money, type Order, type Receipt } from '@smile/contract';
import type { Pool } from '@smile/postgres';
import type { ClaimsErrorCode } from '../claims/errors.ts';
import type { Orders } from '../orders/service.ts';
import type { PaymentRow } from '../payments/model.ts';
import type { Payments } from '../payments/service.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Shops } from '../shops/service.ts';
import type { Receipts } from './service.ts';

export type ReceiptView = {
  readonly receipt: Receipt;
  readonly claim: Claim | null;
  /** IANA name of where the shop is: a receipt tells the time that its clock showed. */
  readonly timeZone: string;
};
export type ReadReceipt = (token: string, language: Language) => Promise<Result<ReceiptView, ClaimsErrorCode>>;

/** Puts a receipt together from what was paid, ordered and claimed. */
export function createReceiptReader(deps: {
  readonly pool: Pool;
  readonly receipts: Receipts;
  readonly payments: Pick<Payments, 'find'>;
  readonly orders: Pick<Orders, 'find'>;
  readonly shops: Pick<Shops, 'shopForOrders'>;
  readonly claims: { ofPayment(paymentId: string): Promise<Claim | null> };
}): ReadReceipt {
  return async (token, language) => {
    const found = await deps.receipts.byToken(deps.pool, token);
    if (!found) return fail('receipt_not_found');
    const payment = await deps.payments.find(deps.pool, found.paymentId);
    const order = payment?.orderId ? await deps.orders.find(deps.pool, payment.orderId) : null;
    if (!payment?.method || (payment.orderId !== null && !order))
      throw new Error('a receipt has lost its payment or order');
    const { shop, timeZone } = await deps.shops.shopForOrders(deps.pool, payment.shopId);
    const claim = await deps.claims.ofPayment(payment.id);
    return ok({
      claim,
      timeZone,
      receipt: {
        id: found.id,
        paymentId: payment.id,
        shopName: payment.shopName,
        merchantName: shop.merchantName,
        orderNumber: order?.number ?? payment.id.slice(-6).toUpperCase(),
        lines: (order?.lines ?? [ownLine(payment)]).map((line) => ({
          text: [line.name[language], ...line.changes.map((change) => change.text[language])].join(
            language === 'zh' ? '，' : ', ',
          ),
          quantity: line.quantity,
          total: line.total,
        })),
        total: money(payment.capturedMinor, payment.currency),
        paidAt: found.paidAt.toISOString(),
        method: payment.method,
        claimId: claim?.id ?? null,
      },
    });
  };
}

/** What a merchant's own till has sold is one line: its description, or just the shop. */
function ownLine(payment: PaymentRow): Pick<Order['lines'][number], 'name' | 'quantity' | 'changes' | 'total'> {
  const text = payment.description ?? payment.shopName;
  return {
    name: { en: text, zh: text },
    quantity: 1,
    changes: [],
    total: money(payment.capturedMinor, payment.currency),
  };
}
