import { type Claim, money } from '@smile/contract';
import { type Client, inTransaction, type Pool } from '@smile/postgres';
import type { Books } from '../books/service.ts';
import type { AuditPort } from '../context.ts';
import { newId } from '../ids.ts';
import type { PaymentRow } from '../payments/model.ts';
import type { Payments } from '../payments/service.ts';
import type { People } from '../people/service.ts';
import type { Receipts } from '../receipts/service.ts';
import { fail, ok, type Result } from '../result.ts';
import type { ClaimsErrorCode } from './errors.ts';
import { AUTOMATIC_CREDIT_WINDOW_MS, CLAIM_DECISIONS, type ClaimRow, claimDeadline } from './model.ts';
import * as store from './store.ts';

type ClaimResult = Promise<Result<Claim, ClaimsErrorCode>>;

export type Claims = {
  /**
   * “This wasn’t me”: face pay stops at once; a face payment within the cap is paid back at once by the cover fund,
   * anything else waits for an operator. Asked again, it returns the same claim.
   */
  open(receiptToken: string): ClaimResult;
  ofPayment(paymentId: string): Promise<Claim | null>;
  list(page: { limit: number; cursor?: string }): Promise<{ data: Claim[]; nextCursor: string | null }>;
  /**
   * Accepting pays what was not paid yet; rejecting takes a provisional credit back as far as the wallet holds it.
   * When it was the person's last open claim, the freeze of face pay ends.
   */
  decide(claimId: string, decision: 'accept' | 'reject', reason: string, operatorId: string): ClaimResult;
};

export function createClaims(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly receipts: Receipts;
  readonly payments: Pick<Payments, 'find' | 'markClaimed'>;
  readonly people: People;
  readonly books: Books;
  readonly audit: AuditPort;
  readonly coverCapMinor: bigint;
}): Claims {
  const { pool, now, people, books, audit } = deps;

  async function toClaim(db: Client | Pool, row: ClaimRow): Promise<Claim> {
    const { facePay } = await people.summary(db, row.personId);
    return {
      id: row.id,
      paymentId: row.paymentId,
      state: row.state,
      amount: money(row.amountMinor, row.currency),
      facePay,
      createdAt: row.createdAt.toISOString(),
      decidedAt: row.decidedAt?.toISOString() ?? null,
      decisionReason: row.decisionReason,
    };
  }

  /** Only face payments are covered at once, one person's within the cap in all: the rest wants somebody to look. */
  async function isCoveredAtOnce(
    client: Client,
    payment: PaymentRow,
    personId: string,
    amountMinor: bigint,
  ): Promise<boolean> {
    if (payment.method !== 'face_and_phone') return false;
    const since = new Date(now().getTime() - AUTOMATIC_CREDIT_WINDOW_MS);
    const before = await store.sumCreditedSince(client, personId, since);
    return before + amountMinor <= deps.coverCapMinor;
  }

  async function evidenceOf(client: Client, payment: PaymentRow, personId: string): Promise<Record<string, unknown>> {
    return {
      method: payment.method,
      consentVersions: {
        terms: await people.consentVersion(client, personId, 'terms'),
        biometrics: await people.consentVersion(client, personId, 'biometrics'),
      },
      similarity: payment.evidence?.similarity ?? null,
      threshold: payment.evidence?.threshold ?? null,
      modelVersion: payment.evidence?.modelVersion ?? null,
      scan: payment.evidence?.scan ?? null,
      terminalId: payment.terminalId,
      phoneStep: 'full_number',
      pinUsed: payment.pinUsed,
      risk: payment.risk,
      identifiedAt: payment.identifiedAt?.toISOString() ?? null,
      confirmedAt: payment.confirmedAt?.toISOString() ?? null,
    };
  }

  return {
    open: (receiptToken) =>
      inTransaction(pool, async (client): ClaimResult => {
        const receipt = await deps.receipts.byToken(client, receiptToken);
        if (!receipt) return fail('receipt_not_found');
        const existing = await store.findByPayment(client, receipt.paymentId);
        if (existing) return ok(await toClaim(client, existing));
        const at = now();
        if (at > claimDeadline(receipt.paidAt)) return fail('claim_too_late');
        const payment = await deps.payments.find(client, receipt.paymentId);
        if (!payment?.personId) throw new Error('a receipt has no payment with a payer');
        const { personId, currency } = payment;

        // The payment is locked before the person, as when it is confirmed. What was refunded is not claimed again.
        const amountMinor = await deps.payments.markClaimed(client, payment.id);
        if (amountMinor === 0n) return fail('claim_already_refunded');
        // Then the person: two claims of one person then come one after the other, and the cap holds between them.
        await people.freezeFacePay(client, personId);
        const claim = await store.insertClaim(client, {
          id: newId('claim'),
          paymentId: payment.id,
          personId,
          amountMinor,
          currency,
          evidence: await evidenceOf(client, payment, personId),
          createdAt: at,
        });
        if (!claim) {
          // A second click at the same moment waited above until the first was through.
          const first = await store.findByPayment(client, payment.id);
          if (!first) throw new Error('a claim was there and is not');
          return ok(await toClaim(client, first));
        }
        await audit.record(client, { actor: personId, action: 'claim.opened', subject: claim.id });
        if (!(await isCoveredAtOnce(client, payment, personId, amountMinor))) return ok(await toClaim(client, claim));
        const credit = await books.payClaim(client, { claimId: claim.id, personId, amountMinor, currency });
        // A fund that is short loses no claim: it waits for the operator like a large one.
        if (!credit.ok) return ok(await toClaim(client, claim));
        await store.setCredited(client, claim.id, amountMinor, at);
        await audit.record(client, { actor: 'server', action: 'claim.credited', subject: claim.id });
        return ok(await toClaim(client, { ...claim, state: 'credited' }));
      }),

    async ofPayment(paymentId) {
      const claim = await store.findByPayment(pool, paymentId);
      return claim ? toClaim(pool, claim) : null;
    },

    async list(page) {
      const rows = await store.listClaims(pool, { before: page.cursor ?? null, limit: page.limit + 1 });
      const shown = rows.slice(0, page.limit);
      const data: Claim[] = [];
      for (const row of shown) data.push(await toClaim(pool, row));
      return { data, nextCursor: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
    },

    decide: (claimId, decision, reason, operatorId) =>
      inTransaction(pool, async (client): ClaimResult => {
        const seen = await store.findClaim(client, claimId);
        if (!seen) return fail('claim_not_found');
        // Person before claim, as when it was opened.
        await people.lock(client, seen.personId);
        const claim = await store.lockClaim(client, claimId);
        const state = claim && CLAIM_DECISIONS[claim.state][decision];
        if (!state) return fail('claim_already_decided');
        const { personId, amountMinor, currency } = claim;
        const move = { claimId, personId, amountMinor, currency };
        let creditedMinor = claim.creditedMinor;
        if (decision === 'accept' && creditedMinor === 0n) {
          const credit = await books.payClaim(client, move);
          if (!credit.ok) return fail('cover_fund_short');
          creditedMinor = amountMinor;
        }
        if (decision === 'reject' && creditedMinor > 0n) {
          creditedMinor -= await books.takeBackClaim(client, { ...move, amountMinor: creditedMinor });
        }
        const decided = await store.setDecided(client, claimId, {
          state,
          creditedMinor,
          reason,
          by: operatorId,
          at: now(),
        });
        if ((await store.countUndecided(client, personId)) === 0) await people.endFreeze(client, personId);
        await audit.record(client, { actor: operatorId, action: `claim.${state}`, subject: claimId });
        return ok(await toClaim(client, decided));
      }),
  };
}
