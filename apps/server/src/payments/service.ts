import {
  amountOf,
  type EventType,
  MAX_PAYMENT_MINOR,
  type Money,
  type Payment,
  type PaymentAttempt,
  type PaymentIntent,
  type PaymentState,
  type PhoneStep,
  type PhoneStepAnswer,
} from '@smile/contract';
import { type Client, inTransaction, type Pool, runWrite, runWrites, type Write } from '@smile/postgres';
import type { Audit } from '../audit/service.ts';
import { shareHalfUp, shareUp } from '../books/fees.ts';
import type { Books, PaymentMove } from '../books/service.ts';
import type { FacesPort, PaymentsPort, ScansPort } from '../context.ts';
import type { Events } from '../events/service.ts';
import type { Funding } from '../funding/service.ts';
import type { MerchantRef, TerminalRef } from '../http/callers.ts';
import { newId } from '../ids.ts';
import type { Orders } from '../orders/service.ts';
import { normalisePhone } from '../people/phone.ts';
import type { People } from '../people/service.ts';
import type { Receipts } from '../receipts/service.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Attempts } from '../risk/attempts.ts';
import type { Risk } from '../risk/service.ts';
import type { ScansErrorCode } from '../scans/errors.ts';
import type { Shops } from '../shops/service.ts';
import { type Confirming, createConfirming, weigh } from './confirming.ts';
import type { PaymentsErrorCode } from './errors.ts';
import {
  type Identified,
  type IdentifyFailure,
  identifyAmongGuests,
  identifyByFace,
  identifyByPin,
} from './identify.ts';
import { mayStep, type PaymentRow, step } from './model.ts';
import { choosePhoneStep } from './phone-step.ts';
import * as store from './store.ts';
import { toPayment as paymentView, type ToIntent } from './view.ts';

type PaymentResult<C extends string = never> = Promise<Result<Payment, PaymentsErrorCode | C>>;
type CancelReason = 'guest' | 'merchant' | 'superseded' | 'expired';
type IntentResult = Promise<Result<PaymentIntent, PaymentsErrorCode>>;
type Key = MerchantRef & { readonly keyId: string };

export type Payments = PaymentsPort & {
  /**
   * Starts paying an order. A payment of the same order that was begun and not confirmed (a guest who started over, a
   * terminal that lost power) is cancelled by it: nothing was held for it.
   */
  create(
    client: Client,
    wanted: { terminal: TerminalRef; orderId: string; captureMethod: PaymentRow['captureMethod'] },
  ): PaymentResult;
  get(terminal: TerminalRef, paymentId: string): PaymentResult;
  identify(
    terminal: TerminalRef,
    paymentId: string,
    given:
      | { method: 'face_and_phone'; scanId: string; phone: string }
      | { method: 'face_and_last_digits'; scanId: string; lastDigits: string }
      | { method: 'face_alone'; scanId: string }
      | { method: 'phone_and_pin'; phone: string; pin: string },
  ): PaymentResult<ScansErrorCode | 'phone_invalid' | 'pin_locked'>;
  /** How much of the number to ask for after this scan. */
  phoneStep(
    terminal: TerminalRef,
    paymentId: string,
    scanId: string,
  ): Promise<Result<PhoneStepAnswer, PaymentsErrorCode | ScansErrorCode>>;
  /** First half of confirming with a PIN, outside its transaction: a checked PIN counts even if nothing else happens. */
  checkPin(
    terminal: TerminalRef,
    paymentId: string,
    pin: string,
  ): Promise<Result<{ pinVerified: boolean }, PaymentsErrorCode | 'pin_wrong' | 'pin_locked'>>;
  /** Second half, and all of it without a PIN: see confirming.ts. */
  readonly confirming: Confirming;
  capture(client: Client, terminal: TerminalRef, paymentId: string): PaymentResult;
  cancel(terminal: TerminalRef, paymentId: string): PaymentResult;
  setTip(terminal: TerminalRef, paymentId: string, tip: Money): PaymentResult;
  /** After `insufficient_funds`: true when the payer's card has filled the wallet up, as they allow it to. */
  coverShortfall(terminal: TerminalRef, paymentId: string): Promise<boolean>;
  /** For the attempts of a payment: the reason why confirming it was refused, after everything was rolled back. */
  noteRefusedConfirm(terminal: TerminalRef, paymentId: string, failureCode: string): Promise<void>;

  /** What a merchant's own software does; its keys see the payments of their mode only, whoever started them. */
  readonly intents: {
    create(client: Client, merchant: Key, wanted: NewIntent): IntentResult;
    get(merchant: MerchantRef, paymentId: string): IntentResult;
    list(
      merchant: MerchantRef,
      page: { limit: number; cursor?: string; state?: PaymentState; shopId?: string; orderId?: string },
    ): Promise<{ data: PaymentIntent[]; nextCursor: string | null }>;
    attempts(
      merchant: MerchantRef,
      paymentId: string,
      page: { limit: number; cursor?: string },
    ): Promise<Result<{ data: PaymentAttempt[]; nextCursor: string | null }, PaymentsErrorCode>>;
    setMetadata(merchant: Key, paymentId: string, metadata: PaymentRow['metadata']): IntentResult;
    /** Without an amount, all that is on hold. */
    capture(client: Client, merchant: Key, paymentId: string, amountMinor?: bigint): IntentResult;
    cancel(client: Client, merchant: Key, paymentId: string): IntentResult;
  };

  listMine(
    personId: string,
    page: { limit: number; cursor?: string },
  ): Promise<{ data: Payment[]; nextCursor: string | null }>;
  /**
   * For claims, first of all their locks: from here on the payment cannot be refunded. How much of it the person is out
   * of pocket.
   */
  markClaimed(client: Client, paymentId: string): Promise<bigint>;
  /** For receipts and claims. */
  find(db: Client | Pool, paymentId: string): Promise<PaymentRow | null>;
  /** Cancels what nobody confirmed or captured in time, and forgets attempts of long ago. */
  sweep(): Promise<number>;
};

type NewIntent = {
  readonly amount: Money;
  readonly tip?: Money | undefined;
  readonly terminalId: string;
  readonly captureMethod: PaymentRow['captureMethod'];
  readonly description?: string | undefined;
  readonly metadata: PaymentRow['metadata'];
};

export type PaymentsTools = {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly orders: Orders;
  readonly shops: Pick<Shops, 'shopForOrders' | 'terminalForSignature'>;
  readonly people: People;
  readonly scans: ScansPort;
  readonly faces: Omit<FacesPort, 'deleteFace'>;
  readonly attempts: Attempts;
  readonly risk: Risk;
  readonly books: Books;
  readonly receipts: Receipts;
  readonly audit: Audit;
  readonly events: Events;
  readonly funding: Pick<Funding, 'coverShortfall'>;
  readonly toIntent: ToIntent;
  readonly feeBasisPoints: number;
  readonly coverPremiumBasisPoints: number;
  readonly paymentExpiryMs: number;
  /** The operator's rule for the phone step. */
  readonly shortestPhoneStep: PhoneStep;
};

const SWEEP_LIMIT = 100;
/** As long as a claim may ask how a payment came about, and some more. */
const ATTEMPTS_KEPT_MS = 400 * 86_400_000;
const ATTEMPTS_PRUNED_AT_ONCE = 5_000;

export function createPayments(tools: PaymentsTools): Payments {
  const { pool, now, orders, people, books, receipts, audit } = tools;

  const toPayment = (row: PaymentRow): Payment => paymentView(row, receipts.pathOf);
  const announced = (news: readonly { readonly type: EventType; readonly row: PaymentRow }[]) =>
    tools.events.recorded(
      news.map(({ type, row }) => ({
        type,
        merchantId: row.merchantId,
        livemode: row.livemode,
        object: tools.toIntent(row),
      })),
    );
  const announce = (client: Client, type: EventType, row: PaymentRow) => runWrite(client, announced([{ type, row }]));
  const isOf = (merchant: MerchantRef, row: PaymentRow) =>
    row.merchantId === merchant.merchantId && row.livemode === merchant.livemode;

  /** The payment, if it is one of this terminal's shop. */
  async function ofShop(terminal: TerminalRef, paymentId: string): Promise<PaymentRow | null> {
    const payment = await store.findPayment(pool, paymentId);
    return payment?.shopId === terminal.shopId ? payment : null;
  }

  /** Order before payment before person before accounts: whoever takes locks takes them in this sequence. */
  async function lockWithOrder(
    client: Client,
    paymentId: string,
    may: (row: PaymentRow) => boolean = () => true,
  ): Promise<PaymentRow | null> {
    const seen = await store.findPayment(client, paymentId);
    if (!seen || !may(seen)) return null;
    if (seen.orderId !== null) await orders.lockForPayment(client, seen.orderId);
    return store.lockPayment(client, paymentId);
  }

  const feeOf = (amountMinor: bigint) => shareHalfUp(amountMinor, tools.feeBasisPoints);

  /** @param amountMinor what is captured: all of it, or a part of the hold */
  function moveOf(payment: PaymentRow, amountMinor: bigint): PaymentMove {
    if (!payment.personId) throw new Error('a payment without a payer cannot move money');
    const feeMinor = feeOf(amountMinor);
    const premiumMinor = payment.method === 'face_and_phone' ? shareUp(amountMinor, tools.coverPremiumBasisPoints) : 0n;
    return {
      paymentId: payment.id,
      personId: payment.personId,
      merchantId: payment.merchantId,
      amountMinor,
      currency: payment.currency,
      feeMinor,
      // The fee pays the premium, so it cannot be more.
      premiumMinor: premiumMinor < feeMinor ? premiumMinor : feeMinor,
    };
  }

  async function cancelLocked(
    client: Client,
    payment: PaymentRow,
    reason: CancelReason,
    actor: string,
  ): Promise<PaymentRow> {
    const state = step(payment.state, 'cancel', 'canceled');
    if (payment.state === 'requires_capture') await books.release(client, payment.id);
    const canceled = await store.setCanceled(client, payment.id, { state, reason, at: now() });
    if (payment.orderId !== null) await orders.setPayment(client, payment.orderId, null);
    await announce(client, 'payment_intent.canceled', canceled);
    await audit.record(client, { actor, action: 'payment.canceled', subject: payment.id, details: { reason } });
    return canceled;
  }

  const riskOf = async (db: Client | Pool, payment: PaymentRow) => (await weigh(tools, db, [payment]))(payment);

  async function captureLocked(
    client: Client,
    payment: PaymentRow,
    amountMinor: bigint,
    actor: string,
  ): Promise<Result<PaymentRow, PaymentsErrorCode>> {
    if (payment.state === 'canceled') return fail('payment_canceled');
    if (payment.state === 'succeeded') return fail('payment_already_paid');
    if (!mayStep(payment.state, 'capture')) return fail('payment_not_held');
    if (amountMinor > payment.amountMinor) return fail('payment_amount_not_allowed', { param: 'amountMinor' });
    const captured = await store.setCaptured(client, payment.id, {
      state: step(payment.state, 'capture', 'succeeded'),
      capturedMinor: amountMinor,
      feeMinor: feeOf(amountMinor),
      at: now(),
    });
    await runWrites(client, [
      ...settled([{ row: captured, actor }]),
      announced([{ type: 'payment_intent.succeeded', row: captured }]),
    ]);
    await books.capture(client, moveOf(payment, amountMinor));
    return ok(captured);
  }

  /** What goes with captured money: orders, receipts, audit and events. */
  function settled(payments: readonly { readonly row: PaymentRow; readonly actor: string }[]): Write[] {
    if (payments.length === 0) return [];
    const orderIds = payments.flatMap(({ row }) => (row.orderId === null ? [] : [row.orderId]));
    return [
      ...(orderIds.length > 0 ? [orders.markedPaid(orderIds)] : []),
      receipts.issued(
        payments.map(({ row }) => {
          if (!row.capturedAt) throw new Error('a payment was settled before it was captured');
          return { paymentId: row.id, paidAt: row.capturedAt };
        }),
      ),
      audit.recorded(
        payments.map(({ row, actor }) => ({
          actor,
          action: 'payment.succeeded',
          subject: row.id,
          details: { amountMinor: row.capturedMinor.toString(), currency: row.currency, method: row.method },
        })),
      ),
    ];
  }

  async function whoIsIt(
    terminal: TerminalRef,
    paymentId: string,
    given: Parameters<Payments['identify']>[2],
  ): Promise<Result<Identified, IdentifyFailure['code'] | 'phone_invalid'>> {
    const scanned = { terminal, paymentId };
    if (given.method === 'face_alone') return identifyAmongGuests(tools, { ...scanned, ...given, lastFour: null });
    if (given.method === 'face_and_last_digits') {
      return identifyAmongGuests(tools, { ...scanned, scanId: given.scanId, lastFour: given.lastDigits });
    }
    const phone = normalisePhone(given.phone, terminal.country);
    if (!phone.ok) return phone;
    return given.method === 'face_and_phone'
      ? identifyByFace(tools, { ...scanned, scanId: given.scanId, phone: phone.value })
      : identifyByPin(tools, { terminal, phone: phone.value, pin: given.pin });
  }

  async function nameThePayer(
    terminal: TerminalRef,
    paymentId: string,
    identified: Identified,
    scanId: string | null,
  ): PaymentResult {
    return inTransaction(pool, async (client) => {
      const payment = await lockWithOrder(client, paymentId, (row) => row.shopId === terminal.shopId);
      if (!payment) return fail('payment_not_found');
      if (payment.state === 'canceled') return fail('payment_canceled');
      if (!mayStep(payment.state, 'identify')) return fail('payment_not_waiting');
      const method = identified.evidence ? 'face_and_phone' : 'phone_and_pin';
      const { person, evidence } = identified;
      const decision = await riskOf(client, { ...payment, method, personId: person.id, evidence });
      const row = await store.setIdentified(client, paymentId, {
        state: step(payment.state, 'identify', 'requires_confirmation'),
        personId: person.id,
        payerHint: person.phoneHint,
        method,
        scanId,
        pinRequired: decision?.pinRequired ?? false,
        pinReason: decision?.pinReason ?? null,
        pinUsed: method === 'phone_and_pin',
        evidence,
        risk: decision,
        at: now(),
      });
      await announce(client, 'payment_intent.identified', row);
      await audit.record(client, {
        actor: terminal.id,
        action: 'payment.payer_identified',
        subject: paymentId,
        details: { personId: person.id, method },
      });
      return ok(toPayment(row));
    });
  }

  return {
    async create(client, wanted) {
      const order = await orders.lockForPayment(client, wanted.orderId);
      if (!order || order.shopId !== wanted.terminal.shopId) return fail('payment_not_found', { param: 'orderId' });
      if (order.state === 'canceled') return fail('order_not_payable', { param: 'orderId' });
      if (order.state !== 'open') return fail('order_already_paid', { param: 'orderId' });
      if (order.paymentId !== null) {
        const earlier = await store.lockPayment(client, order.paymentId);
        if (!earlier) throw new Error('an order refers to a payment that is not there');
        // Money is held for it: that one must be captured or cancelled on purpose.
        if (earlier.state === 'requires_capture') return fail('payment_in_progress', { param: 'orderId' });
        await cancelLocked(client, earlier, 'superseded', wanted.terminal.id);
      }
      const { shop } = await tools.shops.shopForOrders(client, order.shopId);
      const createdAt = now();
      const payment = await store.insertPayment(client, {
        id: newId('payment'),
        orderId: order.id,
        shopId: shop.id,
        shopName: shop.name,
        merchantId: shop.merchantId,
        terminalId: wanted.terminal.id,
        state: 'requires_identification',
        captureMethod: wanted.captureMethod,
        amountMinor: order.totalMinor,
        tipMinor: 0n,
        livemode: !wanted.terminal.testMode,
        description: null,
        metadata: {},
        currency: order.currency,
        createdAt,
        expiresAt: new Date(createdAt.getTime() + tools.paymentExpiryMs),
      });
      await orders.setPayment(client, order.id, payment.id);
      await announce(client, 'payment_intent.created', payment);
      return ok(toPayment(payment));
    },

    async get(terminal, paymentId) {
      const payment = await ofShop(terminal, paymentId);
      return payment ? ok(toPayment(payment)) : fail('payment_not_found');
    },

    async mayScan({ paymentId, terminalId }) {
      const payment = await store.findPayment(pool, paymentId);
      if (!payment || payment.terminalId !== terminalId) return { ok: false, code: 'payment_not_found' };
      return mayStep(payment.state, 'identify') ? { ok: true } : { ok: false, code: 'payment_not_waiting' };
    },

    async identify(terminal, paymentId, given) {
      const payment = await ofShop(terminal, paymentId);
      if (!payment || payment.terminalId !== terminal.id) return fail('payment_not_found');
      if (payment.state === 'canceled') return fail('payment_canceled');
      const scanId = given.method === 'phone_and_pin' ? null : given.scanId;
      // The answer to this very question was lost on its way: here it is again.
      if (scanId !== null && payment.scanId === scanId) return ok(toPayment(payment));
      if (!mayStep(payment.state, 'identify')) return fail('payment_not_waiting');
      const identified = await whoIsIt(terminal, paymentId, given);
      if (!identified.ok && identified.code === 'phone_invalid') return identified;
      if (identified.ok) {
        const named = await nameThePayer(terminal, paymentId, identified.value, scanId);
        // Said to who has shown the PIN, and to nobody who only typed a number.
        const askAnew = named.ok && given.method === 'phone_and_pin' && identified.value.person.facePay === 'on';
        if (!askAnew) return named;
        return ok({
          ...named.value,
          faceOutdated: (await tools.faces.enrolment(identified.value.person.id)) === 'outdated',
        });
      }
      await store.insertFailedAttempt(pool, {
        paymentId,
        step: 'identify',
        method: given.method === 'phone_and_pin' ? 'phone_and_pin' : 'face_and_phone',
        failureCode: identified.code,
        at: now(),
      });
      await audit.record(pool, {
        actor: terminal.id,
        action: 'payment.identification_refused',
        subject: paymentId,
        details: { code: identified.code, method: given.method },
      });
      return identified;
    },

    async phoneStep(terminal, paymentId, scanId) {
      const payment = await ofShop(terminal, paymentId);
      if (!payment || payment.terminalId !== terminal.id) return fail('payment_not_found');
      if (payment.state === 'canceled') return fail('payment_canceled');
      if (!mayStep(payment.state, 'identify')) return fail('payment_not_waiting');
      return choosePhoneStep(tools, { terminal, paymentId, scanId });
    },

    async checkPin(terminal, paymentId, pin) {
      const payment = await ofShop(terminal, paymentId);
      if (!payment || payment.terminalId !== terminal.id) return fail('payment_not_found');
      if (payment.state !== 'requires_confirmation' || !payment.personId) return ok({ pinVerified: false });
      // Since identification the person may have paid elsewhere; what is wanted now is kept, so that the page can ask.
      const decision = await riskOf(pool, payment);
      if (decision && (decision.pinRequired !== payment.pinRequired || decision.refused)) {
        await inTransaction(pool, (client) => store.setRisk(client, paymentId, decision));
      }
      if (decision?.refused) return fail('payment_refused');
      if (payment.pinUsed) return ok({ pinVerified: true });
      const checked = await people.verifyPin(payment.personId, pin);
      return checked.ok ? ok({ pinVerified: true }) : checked;
    },

    confirming: createConfirming({ ...tools, feeOf, moveOf, announced, settled, toPayment }),

    async capture(client, terminal, paymentId) {
      const payment = await lockWithOrder(client, paymentId, (row) => row.shopId === terminal.shopId);
      if (!payment) return fail('payment_not_found');
      if (payment.state === 'succeeded') return ok(toPayment(payment));
      const captured = await captureLocked(client, payment, payment.amountMinor, terminal.id);
      return captured.ok ? ok(toPayment(captured.value)) : captured;
    },

    setTip: (terminal, paymentId, tip) =>
      inTransaction(pool, async (client): PaymentResult => {
        const payment = await lockWithOrder(client, paymentId, (row) => row.terminalId === terminal.id);
        if (!payment) return fail('payment_not_found');
        if (payment.state === 'canceled') return fail('payment_canceled');
        if (payment.state !== 'requires_identification' && payment.state !== 'requires_confirmation') {
          return fail('payment_already_paid');
        }
        const tipMinor = amountOf(tip);
        const restMinor = payment.amountMinor - payment.tipMinor;
        const amountMinor = restMinor + tipMinor;
        if (tip.currency !== payment.currency || tipMinor > restMinor || amountMinor > MAX_PAYMENT_MINOR) {
          return fail('tip_not_allowed', { param: 'tip' });
        }
        // Whether the larger amount wants a PIN is decided anew when it is confirmed.
        const changed = await store.setTip(client, paymentId, { amountMinor, tipMinor });
        await announce(client, 'payment_intent.updated', changed);
        return ok(toPayment(changed));
      }),

    async coverShortfall(terminal, paymentId) {
      const payment = await ofShop(terminal, paymentId);
      if (!payment?.personId) return false;
      const { personId, amountMinor: neededMinor, currency } = payment;
      return tools.funding.coverShortfall({ personId, neededMinor, currency, cause: paymentId });
    },

    async noteRefusedConfirm(terminal, paymentId, failureCode) {
      const payment = await ofShop(terminal, paymentId);
      if (!payment || payment.terminalId !== terminal.id) return;
      if (failureCode === 'payment_pin_required' || failureCode === 'payment_refused') {
        // What is wanted now is kept, so that the page can ask.
        const decision = await riskOf(pool, payment);
        if (decision) await store.setRisk(pool, paymentId, decision);
      }
      await store.insertFailedAttempt(pool, {
        paymentId,
        step: 'confirm',
        method: payment.method,
        failureCode,
        at: now(),
      });
    },

    intents: {
      async create(client, merchant, wanted) {
        const found = await tools.shops.terminalForSignature(wanted.terminalId);
        const terminal = found?.terminal;
        if (!terminal || terminal.merchantId !== merchant.merchantId || terminal.testMode === merchant.livemode) {
          return fail('terminal_not_found', { param: 'terminalId' });
        }
        const { shop } = await tools.shops.shopForOrders(client, terminal.shopId);
        if (wanted.amount.currency !== shop.currency) {
          return fail('payment_currency_differs', { param: 'amount.currency' });
        }
        const amountMinor = amountOf(wanted.amount);
        const tipMinor = wanted.tip ? amountOf(wanted.tip) : 0n;
        if ((wanted.tip && wanted.tip.currency !== shop.currency) || tipMinor * 2n > amountMinor) {
          return fail('tip_not_allowed', { param: 'tip' });
        }
        const createdAt = now();
        const payment = await store.insertPayment(client, {
          id: newId('payment'),
          orderId: null,
          shopId: shop.id,
          shopName: shop.name,
          merchantId: shop.merchantId,
          terminalId: terminal.id,
          state: 'requires_identification',
          captureMethod: wanted.captureMethod,
          amountMinor,
          tipMinor,
          livemode: merchant.livemode,
          description: wanted.description ?? null,
          metadata: wanted.metadata,
          currency: shop.currency,
          createdAt,
          expiresAt: new Date(createdAt.getTime() + tools.paymentExpiryMs),
        });
        await announce(client, 'payment_intent.created', payment);
        await audit.record(client, { actor: merchant.keyId, action: 'payment.created', subject: payment.id });
        return ok(tools.toIntent(payment));
      },

      async get(merchant, paymentId) {
        const payment = await store.findPayment(pool, paymentId);
        return payment && isOf(merchant, payment) ? ok(tools.toIntent(payment)) : fail('payment_not_found');
      },

      async list(merchant, page) {
        const rows = await store.listOfMerchant(pool, merchant, {
          before: page.cursor ?? null,
          limit: page.limit + 1,
          state: page.state ?? null,
          shopId: page.shopId ?? null,
          orderId: page.orderId ?? null,
        });
        const shown = rows.slice(0, page.limit);
        return {
          data: shown.map(tools.toIntent),
          nextCursor: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
        };
      },

      async attempts(merchant, paymentId, page) {
        const payment = await store.findPayment(pool, paymentId);
        if (!payment || !isOf(merchant, payment)) return fail('payment_not_found');
        const rows = await store.listAttempts(pool, paymentId, { before: page.cursor ?? null, limit: page.limit + 1 });
        const shown = rows.slice(0, page.limit);
        return ok({
          data: shown.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() })),
          nextCursor: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
        });
      },

      setMetadata: (merchant, paymentId, metadata) =>
        inTransaction(pool, async (client): IntentResult => {
          const payment = await store.lockPayment(client, paymentId);
          if (!payment || !isOf(merchant, payment)) return fail('payment_not_found');
          const changed = await store.setMetadata(client, paymentId, metadata);
          await announce(client, 'payment_intent.updated', changed);
          return ok(tools.toIntent(changed));
        }),

      async capture(client, merchant, paymentId, amountMinor) {
        const payment = await lockWithOrder(client, paymentId, (row) => isOf(merchant, row));
        if (!payment) return fail('payment_not_found');
        const captured = await captureLocked(client, payment, amountMinor ?? payment.amountMinor, merchant.keyId);
        return captured.ok ? ok(tools.toIntent(captured.value)) : captured;
      },

      async cancel(client, merchant, paymentId) {
        const payment = await lockWithOrder(client, paymentId, (row) => isOf(merchant, row));
        if (!payment) return fail('payment_not_found');
        if (payment.state === 'canceled') return ok(tools.toIntent(payment));
        if (!mayStep(payment.state, 'cancel')) return fail('payment_already_paid');
        return ok(tools.toIntent(await cancelLocked(client, payment, 'merchant', merchant.keyId)));
      },
    },

    cancel: (terminal, paymentId) =>
      inTransaction(pool, async (client): PaymentResult => {
        const payment = await lockWithOrder(client, paymentId, (row) => row.shopId === terminal.shopId);
        if (!payment) return fail('payment_not_found');
        if (payment.state === 'canceled') return ok(toPayment(payment));
        if (!mayStep(payment.state, 'cancel')) return fail('payment_already_paid');
        return ok(toPayment(await cancelLocked(client, payment, 'guest', terminal.id)));
      }),

    async listMine(personId, page) {
      const before = page.cursor ?? null;
      const rows = await store.listOfPerson(pool, personId, { before, limit: page.limit + 1 });
      const shown = rows.slice(0, page.limit);
      return {
        data: shown.map(toPayment),
        nextCursor: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },

    async markClaimed(client, paymentId) {
      const payment = await store.lockPayment(client, paymentId);
      if (!payment) throw new Error('a receipt has no payment');
      if (!payment.claimedAt) await store.setClaimed(client, paymentId, now());
      return payment.capturedMinor - payment.refundedMinor;
    },

    find: (db, paymentId) => store.findPayment(db, paymentId),

    async sweep() {
      await store.pruneAttempts(pool, new Date(now().getTime() - ATTEMPTS_KEPT_MS), ATTEMPTS_PRUNED_AT_ONCE);
      const expired = await store.listExpired(pool, now(), SWEEP_LIMIT);
      let canceled = 0;
      for (const paymentId of expired) {
        await inTransaction(pool, async (client) => {
          const payment = await lockWithOrder(client, paymentId);
          // It may have been confirmed or cancelled since it was listed.
          if (!payment || !mayStep(payment.state, 'cancel') || payment.expiresAt > now()) return;
          await cancelLocked(client, payment, 'expired', 'server');
          canceled += 1;
        });
      }
      return canceled;
    },
  };
}
