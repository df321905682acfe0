import type { EventType, Payment } from '@smile/contract';
import { type Queryable, together, type Write } from '@smile/postgres';
import type { Books, PaymentMove } from '../books/service.ts';
import type { FacesPort } from '../context.ts';
import { type BatchedEffect, LATER } from '../http/batched.ts';
import type { TerminalRef } from '../http/callers.ts';
import type { Orders } from '../orders/service.ts';
import type { People, PersonSummary } from '../people/service.ts';
import { fail, ok, type Result } from '../result.ts';
import { type RiskDecision, withLight, withLookAlike } from '../risk/rules.ts';
import type { Payer, Risk } from '../risk/service.ts';
import type { PaymentsErrorCode } from './errors.ts';
import { HOLD_LIFE_MS, mayStep, type PaymentRow, step } from './model.ts';
import * as store from './store.ts';

export type Confirmation = {
  readonly terminal: TerminalRef;
  readonly paymentId: string;
  /** By a PIN that came with it; one that was shown at identification counts as well. */
  readonly pinVerified: boolean;
};
export type Confirming = BatchedEffect<Confirmation, readonly store.PaymentGlance[], Payment, PaymentsErrorCode>;

export type ConfirmingTools = {
  readonly now: () => Date;
  readonly orders: Pick<Orders, 'lockAllForPayment'>;
  readonly people: Pick<People, 'lockAll'>;
  readonly risk: Pick<Risk, 'weigh' | 'counted'>;
  readonly faces: Pick<FacesPort, 'lookAlikesAmong'>;
  readonly books: Pick<Books, 'walletBalances' | 'payAll'>;
  readonly feeOf: (amountMinor: bigint) => bigint;
  readonly moveOf: (payment: PaymentRow, amountMinor: bigint) => PaymentMove;
  readonly announced: (news: readonly { readonly type: EventType; readonly row: PaymentRow }[]) => Write;
  readonly settled: (payments: readonly { readonly row: PaymentRow; readonly actor: string }[]) => Write[];
  readonly toPayment: (row: PaymentRow) => Payment;
};

type Refusal = Result<never, PaymentsErrorCode>;
type ConfirmedRow = PaymentRow & { readonly confirmedAt: Date };

/**
 * Confirming payments, several at once: for each the money is held and, with automatic capture, moved, together with its
 * order, receipt, event, audit entry and books. Locks in the order that all keep: orders, payments, people, accounts.
 *
 * The database is waited for three times: the first look, the locks with what has to be known behind them, and all writes
 * with the posting and the COMMIT. So the accounts of merchants, which many payments want, are held for no way to this
 * process and back.
 */
export function createConfirming(tools: ConfirmingTools): Confirming {
  const { now, orders, people, books, risk } = tools;

  /** Why it cannot be confirmed, whoever pays; null when it can. */
  function refusalOf(payment: PaymentRow, at: Date): Refusal | null {
    if (payment.state === 'canceled' || payment.expiresAt <= at) return fail('payment_canceled');
    if (!mayStep(payment.state, 'confirm') || !payment.personId) return fail('payment_not_identified');
    return null;
  }

  function afterConfirming(
    payment: PaymentRow,
    pinUsed: boolean,
    decision: RiskDecision | null,
    at: Date,
  ): ConfirmedRow {
    const automatic = payment.captureMethod === 'automatic';
    return {
      ...payment,
      state: step(payment.state, 'confirm', automatic ? 'succeeded' : 'requires_capture'),
      pinUsed,
      ...(decision && { risk: decision, pinRequired: decision.pinRequired, pinReason: decision.pinReason }),
      confirmedAt: at,
      capturedAt: automatic ? at : null,
      capturedMinor: automatic ? payment.amountMinor : 0n,
      feeMinor: automatic ? tools.feeOf(payment.amountMinor) : 0n,
      expiresAt: automatic ? payment.expiresAt : new Date(at.getTime() + HOLD_LIFE_MS),
    };
  }

  /** What confirming these means for everybody else. */
  function writesOf(confirmed: readonly { row: ConfirmedRow; actor: string }[]): Write[] {
    if (confirmed.length === 0) return [];
    const rows = confirmed.map(({ row }) => row);
    const byFace = rows.filter(({ method }) => method === 'face_and_phone');
    return [
      ...store.confirmed(rows),
      ...tools.settled(confirmed.filter(({ row }) => row.state === 'succeeded')),
      tools.announced(
        rows.map((row) => ({
          type: row.state === 'succeeded' ? 'payment_intent.succeeded' : 'payment_intent.held',
          row,
        })),
      ),
      ...risk.counted(
        byFace.map((row) => ({
          paymentId: row.id,
          personId: payerOf(row),
          shopId: row.shopId,
          terminalId: row.terminalId,
          amountMinor: row.amountMinor,
          currency: row.currency,
          withPin: row.pinUsed,
        })),
      ),
    ];
  }

  return {
    look: (client, calls) =>
      store.glanceAtPayments(
        client,
        calls.map(({ paymentId }) => paymentId),
      ),

    async plan(client, calls, seen) {
      const glances = new Map(seen.map((glance) => [glance.id, glance]));
      const outcomes: (Result<Payment, PaymentsErrorCode> | typeof LATER)[] = [];
      // One payment, and one payment of a person, in a transaction: so that what was counted stays true.
      const taken = new Set<string>();
      const wanted: { readonly index: number; readonly glance: store.PaymentGlance }[] = [];
      for (const [index, { terminal, paymentId }] of calls.entries()) {
        const glance = glances.get(paymentId);
        if (!glance || glance.shopId !== terminal.shopId || glance.terminalId !== terminal.id) {
          outcomes[index] = fail('payment_not_found');
          continue;
        }
        const marks = [paymentId, ...(glance.personId === null ? [] : [glance.personId])];
        if (marks.some((mark) => taken.has(mark))) {
          outcomes[index] = LATER;
          continue;
        }
        for (const mark of marks) taken.add(mark);
        wanted.push({ index, glance });
      }
      if (wanted.length === 0) return { outcomes, writes: [] };

      const of = <T>(pick: (glance: store.PaymentGlance) => T | null): T[] =>
        wanted.flatMap(({ glance }) => pick(glance) ?? []);
      const personIds = of(({ personId }) => personId);
      const [, rows, payers, balances, decide] = await together<
        [unknown, PaymentRow[], ReadonlyMap<string, PersonSummary>, ReadonlyMap<string, bigint>, Decide]
      >(client, () => [
        orders.lockAllForPayment(
          client,
          of(({ orderId }) => orderId),
        ),
        store.lockPayments(
          client,
          of(({ id }) => id),
        ),
        people.lockAll(client, personIds),
        books.walletBalances(client, personIds),
        weigh(
          tools,
          client,
          wanted.map(({ glance }) => glance),
        ),
      ]);
      const payments = new Map(rows.map((row) => [row.id, row]));

      const at = now();
      const confirmed: { readonly row: ConfirmedRow; readonly actor: string }[] = [];
      for (const { index, glance } of wanted) {
        const { terminal, pinVerified } = calls[index];
        const payment = payments.get(glance.id);
        if (!payment) throw new Error('a payment has vanished');
        // Confirmed before, by a call whose answer was lost or that came at the same moment: it has happened, once.
        if (payment.state === 'succeeded' || payment.state === 'requires_capture') {
          outcomes[index] = ok(tools.toPayment(payment));
          continue;
        }
        const refusal = refusalOf(payment, at);
        if (refusal) {
          outcomes[index] = refusal;
          continue;
        }
        const personId = payerOf(payment);
        // Identified, or anew, between the first look and the lock.
        if (personId !== glance.personId) {
          outcomes[index] = LATER;
          continue;
        }
        const payer = payers.get(personId);
        if (!payer) throw new Error('a payer is not there');
        const decision = decide(payment);
        const pinUsed = pinVerified || payment.pinUsed;
        if (payment.method === 'face_and_phone' && payer.facePay !== 'on') outcomes[index] = fail('face_pay_not_on');
        else if (decision?.refused) outcomes[index] = fail('payment_refused');
        else if (decision?.pinRequired && !pinUsed) outcomes[index] = fail('payment_pin_required', { param: 'pin' });
        else if ((balances.get(personId) ?? 0n) < payment.amountMinor) outcomes[index] = fail('insufficient_funds');
        else {
          const row = afterConfirming(payment, pinUsed, decision, at);
          outcomes[index] = ok(tools.toPayment(row));
          confirmed.push({ row, actor: terminal.id });
        }
      }
      const moves = confirmed.map(({ row }) => ({
        ...tools.moveOf(row, row.amountMinor),
        as: row.state === 'succeeded' ? ('paid' as const) : ('held' as const),
      }));
      return { outcomes, writes: writesOf(confirmed), also: (db) => books.payAll(db, moves) };
    },
  };
}

function payerOf(payment: PaymentRow): string {
  if (!payment.personId) throw new Error('a payment without a payer was to be confirmed');
  return payment.personId;
}

/** The decision on a payment of one of the people it was made for; null where it is not one by face. */
type Decide = (payment: PaymentRow) => RiskDecision | null;

/** Reads what speaks for and against these people, of whom each pays once. */
export async function weigh(
  tools: { readonly risk: Pick<Risk, 'weigh'>; readonly faces: Pick<FacesPort, 'lookAlikesAmong'> },
  db: Queryable,
  payments: readonly store.PaymentGlance[],
): Promise<Decide> {
  const payers = payments.flatMap(({ personId, shopId, terminalId, method }): Payer[] =>
    method === 'face_and_phone' && personId !== null ? [{ personId, shopId, terminalId }] : [],
  );
  if (payers.length === 0) return () => null;
  const personIds = payers.map(({ personId }) => personId);
  const [weighed, lookAlikes] = await Promise.all([
    tools.risk.weigh(db, payers),
    tools.faces.lookAlikesAmong(db, personIds),
  ]);
  return ({ personId, method, evidence, amountMinor, currency }) => {
    if (method !== 'face_and_phone' || personId === null || !evidence) return null;
    const { cameraKind, light } = evidence.scan;
    const decision = weighed[personIds.indexOf(personId)]({ amountMinor, currency, cameraKind });
    return withLookAlike(withLight(decision, light?.state ?? 'off'), lookAlikes.has(personId));
  };
}
