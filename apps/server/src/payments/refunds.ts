import type { Refund } from '@smile/contract';
import { type Client, type Pool, Rollback } from '@smile/postgres';
import type { Books } from '../books/service.ts';
import type { AuditPort } from '../context.ts';
import type { Events } from '../events/service.ts';
import type { MerchantRef } from '../http/callers.ts';
import { newId } from '../ids.ts';
import { fail, ok, type Result } from '../result.ts';
import type { PaymentsErrorCode } from './errors.ts';
import { type PaymentRow, REFUND_MOVES, type RefundRow } from './model.ts';
import * as refundStore from './refund-store.ts';
import * as store from './store.ts';
import { type ToIntent, toRefund } from './view.ts';

type RefundResult = Promise<Result<Refund, PaymentsErrorCode>>;
type NewRefund = {
  readonly paymentId: string;
  readonly amountMinor?: string | undefined;
  readonly reason: Refund['reason'];
  readonly metadata: Refund['metadata'];
};
type StaffRef = { readonly staffId: string; readonly shopId: string };

/**
 * Money back to the payer, from the merchant's balance. The fee of the payment is not given back. Everything runs with
 * the payment's row locked, so refunds of one payment come one after the other and never exceed what was captured.
 * A failure after the first change is thrown as a `Rollback`.
 */
export type Refunds = {
  /** By an API key: its scope is all the approval there is. */
  create(client: Client, merchant: MerchantRef & { keyId: string }, wanted: NewRefund): RefundResult;
  /** By staff of the payment's shop: above the cashier's limit it waits for somebody else's approval. */
  createAtCounter(client: Client, staff: StaffRef, wanted: NewRefund): RefundResult;
  decide(client: Client, staff: StaffRef, refundId: string, decision: 'approve' | 'decline'): RefundResult;
  get(merchant: MerchantRef, refundId: string): RefundResult;
  list(
    merchant: MerchantRef,
    page: { limit: number; cursor?: string; paymentId?: string },
  ): Promise<{ data: Refund[]; nextCursor: string | null }>;
};

export function createRefunds(tools: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly books: Pick<Books, 'refund'>;
  readonly events: Events;
  readonly audit: AuditPort;
  readonly toIntent: ToIntent;
  /** What a cashier may give back of one payment without asking anybody, in minor units. */
  readonly cashierLimitMinor: bigint;
}): Refunds {
  const { pool, now, books, events, audit } = tools;

  /** Moves the money and counts it; the books last, since the merchant's account is everybody's. */
  async function carryOut(client: Client, payment: PaymentRow, refund: RefundRow, actor: string): Promise<void> {
    const refunded = await store.addRefunded(client, payment.id, refund.amountMinor);
    const { merchantId, livemode } = payment;
    await events.record(client, { type: 'refund.succeeded', merchantId, livemode, object: toRefund(refund) });
    await events.record(client, {
      type: 'payment_intent.updated',
      merchantId,
      livemode,
      object: tools.toIntent(refunded),
    });
    await audit.record(client, {
      actor,
      action: 'refund.succeeded',
      subject: refund.id,
      details: { paymentId: payment.id, amountMinor: refund.amountMinor.toString(), currency: refund.currency },
    });
    if (!payment.personId) throw new Error('a captured payment has no payer');
    const moved = await books.refund(client, {
      refundId: refund.id,
      personId: payment.personId,
      merchantId,
      amountMinor: refund.amountMinor,
      currency: payment.currency,
    });
    if (!moved.ok) throw new Rollback(moved);
  }

  async function open(
    client: Client,
    payment: PaymentRow | null,
    wanted: NewRefund,
    by: { actor: string; limitMinor: bigint | null },
  ): RefundResult {
    if (!payment) return fail('payment_not_found', { param: 'paymentId' });
    if (payment.capturedMinor === 0n) return fail('payment_not_refundable', { param: 'paymentId' });
    if (payment.claimedAt) return fail('payment_claimed', { param: 'paymentId' });
    const waitingMinor = await refundStore.sumWaiting(client, payment.id);
    const leftMinor = payment.capturedMinor - payment.refundedMinor - waitingMinor;
    const amountMinor = wanted.amountMinor === undefined ? leftMinor : BigInt(wanted.amountMinor);
    if (amountMinor > leftMinor || amountMinor === 0n) return fail('refund_amount_too_large', { param: 'amountMinor' });
    // The limit is for the payment: many small refunds are one large one.
    const sumMinor = payment.refundedMinor + waitingMinor + amountMinor;
    const waits = by.limitMinor !== null && sumMinor > by.limitMinor;
    const at = now();
    const refund = await refundStore.insertRefund(client, {
      id: newId('refund'),
      paymentId: payment.id,
      shopId: payment.shopId,
      merchantId: payment.merchantId,
      livemode: payment.livemode,
      state: waits ? 'requires_approval' : 'succeeded',
      amountMinor,
      currency: payment.currency,
      reason: wanted.reason,
      metadata: wanted.metadata,
      requestedBy: by.actor,
      createdAt: at,
      decidedAt: waits ? null : at,
    });
    if (!waits) {
      await carryOut(client, payment, refund, by.actor);
      return ok(toRefund(refund));
    }
    await events.record(client, {
      type: 'refund.requires_approval',
      merchantId: payment.merchantId,
      livemode: payment.livemode,
      object: toRefund(refund),
    });
    await audit.record(client, { actor: by.actor, action: 'refund.requested', subject: refund.id });
    return ok(toRefund(refund));
  }

  return {
    async create(client, merchant, wanted) {
      const payment = await store.lockPayment(client, wanted.paymentId);
      const own = payment?.merchantId === merchant.merchantId && payment.livemode === merchant.livemode;
      return open(client, own ? payment : null, wanted, { actor: merchant.keyId, limitMinor: null });
    },

    async createAtCounter(client, staff, wanted) {
      const payment = await store.lockPayment(client, wanted.paymentId);
      return open(client, payment?.shopId === staff.shopId ? payment : null, wanted, {
        actor: staff.staffId,
        limitMinor: tools.cashierLimitMinor,
      });
    },

    async decide(client, staff, refundId, decision) {
      const seen = await refundStore.findRefund(client, refundId);
      const payment = seen && (await store.lockPayment(client, seen.paymentId));
      // Read again with the payment locked: whoever decided at the same moment is through now.
      const refund = seen && (await refundStore.findRefund(client, refundId));
      if (!payment || !refund || payment.shopId !== staff.shopId) return fail('refund_not_found');
      const state = REFUND_MOVES[refund.state][decision];
      if (!state) return fail('refund_already_decided');
      if (refund.requestedBy === staff.staffId) return fail('refund_needs_second_person');
      if (decision === 'approve' && payment.claimedAt) return fail('payment_claimed');
      const decided = await refundStore.setRefundDecided(client, refundId, { state, by: staff.staffId, at: now() });
      if (decision === 'approve') await carryOut(client, payment, decided, staff.staffId);
      else {
        const { merchantId, livemode } = payment;
        await events.record(client, { type: 'refund.declined', merchantId, livemode, object: toRefund(decided) });
        await audit.record(client, { actor: staff.staffId, action: 'refund.declined', subject: refundId });
      }
      return ok(toRefund(decided));
    },

    async get(merchant, refundId) {
      const refund = await refundStore.findRefund(pool, refundId);
      const own = refund?.merchantId === merchant.merchantId && refund.livemode === merchant.livemode;
      return refund && own ? ok(toRefund(refund)) : fail('refund_not_found');
    },

    async list(merchant, page) {
      const rows = await refundStore.listRefunds(pool, merchant, {
        before: page.cursor ?? null,
        paymentId: page.paymentId ?? null,
        limit: page.limit + 1,
      });
      const shown = rows.slice(0, page.limit);
      return {
        data: shown.map(toRefund),
        nextCursor: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },
  };
}
