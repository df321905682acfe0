import { ApiError, type Language, type Money, type Payment, type Person } from '@smile/contract';
import { asApiError, isTransient, type Terminal } from './api.ts';
import { orderLines } from './basket.ts';
import type { Attempt, Notice, ReturnTo, Way } from './flow.ts';
import type { FlowStore } from './store.ts';

export type ActionTools = {
  readonly terminal: Pick<Terminal, 'platform'>;
  readonly store: FlowStore;
  /** ISO 3166-1 alpha-2 of the shop, for numbers typed without a country. */
  readonly country: () => string;
  readonly shopLanguage: () => Language;
  /** Asks for the menu again, after the server has refused a dish of ours. */
  readonly reload: () => void;
  readonly newKey: () => string;
  readonly wait: (ms: number) => Promise<void>;
};

export type Actions = {
  pay(way: Way): Promise<void>;
  /** How much of the number to ask for; a regular who wants no phone step is named at once. */
  askPhoneStep(): Promise<void>;
  /** The guest would rather type all of it. */
  wantFullNumber(): void;
  /** With a live scan and the last four digits of the number. */
  identifyByLastDigits(lastDigits: string): Promise<void>;
  /** With a live scan and this number. */
  identifyByFace(phone: string): Promise<void>;
  identifyByPin(phone: string, pin: string): Promise<void>;
  confirm(pin?: string): Promise<void>;
  /** Back to the basket; the payment and its order are given up. */
  leavePayment(): void;
  startOver(): void;
  join(returnTo: ReturnTo): void;
  requestCode(phone: string): Promise<void>;
  openSession(code: string): Promise<void>;
  agree(kind: 'terms' | 'biometrics'): Promise<void>;
  faceTaken(): Promise<void>;
  setPin(pin: string): Promise<void>;
  topUp(amount: Money): Promise<void>;
  skipMoney(): Promise<void>;
  switchFacePayOn(): Promise<void>;
  choosePhoneStep(phoneStep: Person['phoneStep']): Promise<void>;
  leaveJoin(): void;
};

/** Tries of a call whose repetition is harmless, before the guest is told that nobody answers. */
const CALL_TRIES = 3;
const RETRY_WAIT_MS = 1_200;
/** The confirming call is repeated until it is answered: about ten minutes, then staff must look. */
const CONFIRM_TRIES = 120;
const CONFIRM_WAIT_MS = 3_000;
/** An enrolled template may take a moment to be stored after the scan's last word. */
const FACE_TRIES = 5;
const FACE_WAIT_MS = 400;

/** Codes after which this payment can no longer be paid. Nothing was charged for it. */
const PAYMENT_GONE = new Set(['payment_canceled', 'payment_not_found', 'order_not_payable', 'order_already_paid']);
/** Codes after which the guest has to be scanned again. */
const SCAN_USED_UP = new Set([
  'identification_failed',
  'scan_not_live',
  'scan_expired',
  'scan_already_used',
  'scan_not_found',
  'scan_undecided',
]);
const MENU_CHANGED = new Set([
  'menu_item_not_found',
  'component_not_found',
  'component_not_removable',
  'swap_not_found',
  'extra_limit_exceeded',
  'changes_contradict',
  'dish_empty',
]);

export function noticeOf(error: ApiError): Notice {
  const code = MENU_CHANGED.has(error.code) ? 'menu_changed' : error.code;
  return { code, retryAfterMs: error.body.retryAfterMs ?? null };
}

/** Everything the screens have done at the server. What comes of it arrives in the flow as events. */
export function createActions(tools: ActionTools): Actions {
  const { store, wait } = tools;
  const client = tools.terminal.platform;

  /** Which attempt an answer belongs to: one that was given up meanwhile must not move the next guest's screen. */
  const stillCurrent = (attempt: Attempt) => store.get().attempt?.paymentKey === attempt.paymentKey;

  async function withRetries<T>(call: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof ApiError) || !isTransient(error) || tries >= CALL_TRIES) throw error;
        await wait(RETRY_WAIT_MS);
      }
    }
  }

  let topUpWish: { readonly wish: string; readonly key: string } | null = null;

  /** In the background, and without a word if it fails: what is not released expires at the server by itself. */
  function release(attempt: Attempt | null): void {
    if (!attempt) return;
    const { order, payment } = attempt;
    void (async () => {
      if (payment && payment.state !== 'succeeded')
        await withRetries(() => client.call('cancelPayment', { params: { paymentId: payment.id } }));
      if (order) await withRetries(() => client.call('cancelOrder', { params: { orderId: order.id } }));
    })().catch((error: unknown) => console.warn('the payment was not released', asApiError(error).code));
  }

  function closeSession(): void {
    const session = store.get().join?.session;
    if (!session) return;
    void client
      .call('closeSession', { headers: bearer(session.token) })
      .catch((error: unknown) => console.warn('the session was not closed', asApiError(error).code));
  }

  async function identify(body: Parameters<typeof client.call<'identifyPayer'>>[1]['body']): Promise<void> {
    const { attempt } = store.get();
    const payment = attempt?.payment;
    if (!attempt || !payment || store.get().busy) return;
    store.dispatch({ type: 'working' });
    try {
      const identified = await client.call('identifyPayer', { params: { paymentId: payment.id }, body });
      if (stillCurrent(attempt)) store.dispatch({ type: 'identified', payment: identified });
    } catch (error) {
      const failure = asApiError(error);
      const known = isTransient(failure) || failure.code === 'payment_not_waiting' ? await look(payment.id) : null;
      if (!stillCurrent(attempt)) return;
      // The answer was lost but the question was not: it has been decided.
      if (known?.state === 'requires_confirmation') store.dispatch({ type: 'identified', payment: known });
      else if (PAYMENT_GONE.has(failure.code)) store.dispatch({ type: 'gone', ...noticeOf(failure) });
      else if (failure.code === 'full_number_needed') askForFullNumber(noticeOf(failure));
      else if (body?.method !== 'phone_and_pin' && SCAN_USED_UP.has(failure.code))
        store.dispatch({ type: 'scan_refused', ...noticeOf(failure) });
      else store.dispatch({ type: 'failed', ...noticeOf(failure) });
    }
  }

  function askForFullNumber(notice: Notice | null): void {
    store.dispatch({ type: 'phone_step', phoneStep: { step: 'full', reason: 'to_be_sure' }, notice });
  }

  async function look(paymentId: string): Promise<Payment | null> {
    try {
      return await client.call('getPayment', { params: { paymentId } });
    } catch {
      return null;
    }
  }

  /** One step of joining: shows that it is under way, and words what went wrong. */
  async function joinStep(work: (token: string) => Promise<void>): Promise<void> {
    const { join, busy } = store.get();
    if (!join?.session || busy) return;
    store.dispatch({ type: 'working' });
    try {
      await work(join.session.token);
    } catch (error) {
      store.dispatch({ type: 'failed', ...noticeOf(asApiError(error)) });
    }
  }

  const personChanged = (token: string, person: Person) => {
    // Another guest may be joining by now.
    if (store.get().join?.session?.token === token) store.dispatch({ type: 'person_changed', person });
  };

  return {
    async pay(way) {
      if (store.get().screen.name !== 'basket') return;
      const { basket, serving, language } = store.get();
      if (basket.length === 0) return;
      const keys = { orderKey: tools.newKey(), paymentKey: tools.newKey(), confirmKey: tools.newKey() };
      store.dispatch({ type: 'pay', way, keys });
      const { attempt } = store.get();
      if (!attempt) return;
      let begun: Attempt = attempt;
      try {
        const body = { lines: orderLines(basket), serving, language };
        const order = await withRetries(() => client.call('createOrder', { body, idempotencyKey: keys.orderKey }));
        begun = { ...begun, order };
        const payment = await withRetries(() =>
          client.call('createPayment', { body: { orderId: order.id }, idempotencyKey: keys.paymentKey }),
        );
        begun = { ...begun, payment };
        if (stillCurrent(attempt)) store.dispatch({ type: 'checkout_done', order, payment });
        else release(begun);
      } catch (error) {
        const failure = asApiError(error);
        release(begun);
        if (MENU_CHANGED.has(failure.code)) tools.reload();
        if (stillCurrent(attempt)) store.dispatch({ type: 'failed', ...noticeOf(failure) });
      }
    },

    async askPhoneStep() {
      const { attempt } = store.get();
      const payment = attempt?.payment;
      if (!attempt?.scanId || !payment) return;
      const { scanId } = attempt;
      try {
        const params = { paymentId: payment.id };
        const phoneStep = await client.call('askPhoneStep', { params, body: { scanId } });
        if (!stillCurrent(attempt) || store.get().attempt?.scanId !== scanId) return;
        store.dispatch({ type: 'phone_step', phoneStep, notice: null });
        if (phoneStep.step === 'none') await identify({ method: 'face_alone', scanId });
      } catch {
        // The full number always works; whatever is wrong is said when it is sent.
        if (stillCurrent(attempt)) askForFullNumber(null);
      }
    },

    wantFullNumber: () => askForFullNumber(null),

    async identifyByLastDigits(lastDigits) {
      const scanId = store.get().attempt?.scanId;
      if (scanId) await identify({ method: 'face_and_last_digits', scanId, lastDigits });
    },

    async identifyByFace(phone) {
      const scanId = store.get().attempt?.scanId;
      if (scanId) await identify({ method: 'face_and_phone', scanId, phone });
    },

    identifyByPin: (phone, pin) => identify({ method: 'phone_and_pin', phone, pin }),

    async confirm(pin) {
      const { attempt } = store.get();
      const payment = attempt?.payment;
      if (!attempt || !payment || store.get().screen.name !== 'confirm') return;
      store.dispatch({ type: 'pay_tapped' });
      for (let tries = 1; tries <= CONFIRM_TRIES; tries += 1) {
        try {
          const paid = await client.call('confirmPayment', {
            params: { paymentId: payment.id },
            body: pin === undefined ? {} : { pin },
            idempotencyKey: attempt.confirmKey,
          });
          return store.dispatch({ type: 'paid', payment: paid });
        } catch (error) {
          const failure = asApiError(error);
          if (isTransient(failure)) {
            store.dispatch({ type: 'connection_lost' });
            await wait(CONFIRM_WAIT_MS);
          } else if (failure.code === 'rate_limited') {
            await wait(failure.body.retryAfterMs ?? CONFIRM_WAIT_MS);
          } else if (PAYMENT_GONE.has(failure.code)) {
            return store.dispatch({ type: 'gone', ...noticeOf(failure) });
          } else {
            // The PIN may have become necessary since the payer was named.
            const known = await look(payment.id);
            const asked = failure.code === 'payment_pin_required' && known ? { ...known, pinRequired: true } : known;
            return store.dispatch({ type: 'confirm_refused', payment: asked, ...noticeOf(failure) });
          }
        }
      }
      store.dispatch({ type: 'gone', code: 'payment_unknown', retryAfterMs: null });
    },

    leavePayment() {
      const { attempt } = store.get();
      store.dispatch({ type: 'back' });
      if (store.get().attempt === null) release(attempt);
    },

    startOver() {
      const { attempt, screen } = store.get();
      if (screen.name === 'paying') return;
      closeSession();
      // A paid order is not cancelled by walking away, nor one of which we do not know whether it was paid.
      const unknown = store.get().notice?.code === 'payment_unknown';
      if (screen.name !== 'done' && !unknown) release(attempt);
      store.dispatch({ type: 'start_over', language: tools.shopLanguage() });
    },

    join(returnTo) {
      const { attempt } = store.get();
      store.dispatch({ type: 'join', returnTo });
      if (store.get().attempt === null) release(attempt);
    },

    async requestCode(phone) {
      const { join, language, busy } = store.get();
      if (!join || busy) return;
      store.dispatch({ type: 'working' });
      try {
        const sent = await client.call('requestCode', { body: { phone, country: tools.country(), language } });
        store.dispatch({ type: 'code_sent', phone, authCodeId: sent.authCodeId, phoneHint: sent.phoneHint });
      } catch (error) {
        store.dispatch({ type: 'failed', ...noticeOf(asApiError(error)) });
      }
    },

    async openSession(code) {
      const { join, language, busy } = store.get();
      if (!join?.authCodeId || busy) return;
      const { authCodeId } = join;
      store.dispatch({ type: 'working' });
      try {
        const [session, texts] = await Promise.all([
          client.call('openSession', { body: { authCodeId, code } }),
          client.call('getConsentTexts', { query: { language } }),
        ]);
        const versionOf = (kind: 'terms' | 'biometrics') =>
          texts.data.find((text) => text.kind === kind)?.version ?? '';
        const versions = { terms: versionOf('terms'), biometrics: versionOf('biometrics') };
        store.dispatch({ type: 'signed_in', session, versions });
      } catch (error) {
        store.dispatch({ type: 'failed', ...noticeOf(asApiError(error)) });
      }
    },

    agree: (kind) =>
      joinStep(async (token) => {
        const version = store.get().join?.versions?.[kind] ?? '';
        const headers = bearer(token);
        personChanged(token, await client.call('giveConsent', { headers, body: { kind, version } }));
      }),

    async faceTaken() {
      const session = store.get().join?.session;
      if (!session) return;
      try {
        for (let tries = 1; tries <= FACE_TRIES; tries += 1) {
          const person = await withRetries(() => client.call('getMe', { headers: bearer(session.token) }));
          if (person.faceEnrolled) return personChanged(session.token, person);
          await wait(FACE_WAIT_MS);
        }
        store.dispatch({ type: 'face_refused', code: 'face_required', retryAfterMs: null });
      } catch (error) {
        store.dispatch({ type: 'face_refused', ...noticeOf(asApiError(error)) });
      }
    },

    async setPin(pin) {
      const { join, busy } = store.get();
      if (!join?.session || busy) return;
      const { token } = join.session;
      store.dispatch({ type: 'working' });
      try {
        personChanged(token, await client.call('setPin', { headers: bearer(token), body: { pin } }));
      } catch (error) {
        const failure = asApiError(error);
        // A transient failure keeps the PIN that was typed; a refused one is to be chosen anew.
        store.dispatch({ type: isTransient(failure) ? 'failed' : 'pin_refused', ...noticeOf(failure) });
      }
    },

    topUp: (amount) =>
      joinStep(async (token) => {
        const headers = bearer(token);
        // Tapped again after a lost answer, it is the same top-up: it keeps its key.
        const wish = `${token} ${amount.currency} ${amount.amountMinor}`;
        if (topUpWish?.wish !== wish) topUpWish = { wish, key: tools.newKey() };
        const idempotencyKey = topUpWish.key;
        const body = { amount, source: 'sandbox_bank' as const };
        const result = await withRetries(() => client.call('topUp', { headers, body, idempotencyKey }));
        topUpWish = null;
        const session = store.get().join?.session;
        if (session?.token === token)
          store.dispatch({ type: 'money_added', person: { ...session.person, balance: result.balance } });
      }),

    async skipMoney() {
      const person = store.get().join?.session?.person;
      if (person) store.dispatch({ type: 'money_added', person });
    },

    switchFacePayOn: () =>
      joinStep(async (token) => {
        personChanged(token, await client.call('setFacePay', { headers: bearer(token), body: { enabled: true } }));
      }),

    choosePhoneStep: (phoneStep) =>
      joinStep(async (token) => {
        personChanged(token, await client.call('setPhoneStep', { headers: bearer(token), body: { phoneStep } }));
      }),

    leaveJoin() {
      closeSession();
      store.dispatch({ type: 'join_left' });
    },
  };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
