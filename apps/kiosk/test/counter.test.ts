import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { smallMenu } from '../dev/demo-menu.ts';
import { type FakeTerminal, GUEST, STRAIGHT, startFakeTerminal } from '../dev/fake-terminal.ts';
import { type Actions, createActions } from '../src/actions.ts';
import { connectTerminal, type Terminal } from '../src/api.ts';
import { initialState } from '../src/flow.ts';
import { createFlowStore, type FlowStore } from '../src/store.ts';

/** The kiosk's logic over real HTTP, in front of a terminal that can be made to misbehave. */
let fake: FakeTerminal;
let terminal: Terminal;
let store: FlowStore;
let actions: Actions;

const line = { id: 'l1', itemId: 'itm_testburger', quantity: 2, changes: [] };
const CONFIRM = 'POST /v1/terminal/payments/:id/confirm';
const PHONE_STEP = 'POST /v1/terminal/payments/:id/phone-step';
const IDENTIFY = 'POST /v1/terminal/payments/:id/identify';

beforeAll(async () => {
  fake = await startFakeTerminal({ menu: smallMenu, merchantName: 'Sunny', shopName: 'Harbour', distDir: '/nowhere' });
  terminal = connectTerminal(fake.url);
});
afterAll(() => fake.close());

beforeEach(() => {
  fake.bend(STRAIGHT);
  store = createFlowStore(initialState('en'));
  actions = createActions({
    terminal,
    store,
    country: () => 'DE',
    shopLanguage: () => 'en',
    reload: () => {},
    newKey: () => crypto.randomUUID(),
    wait: () => Promise.resolve(),
  });
  for (const event of [
    { type: 'begin' },
    { type: 'serving_chosen', serving: 'here' },
    { type: 'dish_opened', itemId: line.itemId },
    { type: 'dish_kept', line },
    { type: 'basket_opened' },
  ] as const)
    store.dispatch(event);
});

const screen = () => store.get().screen.name;
const code = () => store.get().notice?.code;
const paymentNow = () => {
  const id = store.get().attempt?.payment?.id;
  return id ? fake.payments.get(id) : undefined;
};
async function scanned(): Promise<void> {
  await actions.pay('face');
  store.dispatch({ type: 'scan_live', scanId: 'scn_000000001' });
}
async function named(): Promise<void> {
  await scanned();
  await actions.identifyByFace(GUEST.phone);
}

describe('the phone step', () => {
  const asked = () => store.get().attempt?.phoneStep?.step;

  it('asks a guest the shop knows for four digits, and pays with them', async () => {
    fake.bend({ phoneStep: 'last_four' });
    await scanned();
    await actions.askPhoneStep();
    expect([screen(), asked()]).toEqual(['phone', 'last_four']);
    await actions.identifyByLastDigits(GUEST.phone.slice(-4));
    expect(screen()).toBe('confirm');
  });

  it('asks for the full number when the digits do not say who it is, and keeps the scan', async () => {
    fake.bend({ phoneStep: 'last_four' });
    await scanned();
    await actions.askPhoneStep();
    await actions.identifyByLastDigits('0000');
    expect([screen(), asked(), code()]).toEqual(['phone', 'full', 'full_number_needed']);
    await actions.identifyByFace(GUEST.phone);
    expect(screen()).toBe('confirm');
  });

  it('asks a regular for nothing', async () => {
    fake.bend({ phoneStep: 'none' });
    await scanned();
    await actions.askPhoneStep();
    expect(screen()).toBe('confirm');
  });

  it('lets the guest type the full number instead, and asks for it when the question gets no answer', async () => {
    fake.bend({ phoneStep: 'last_four', failures: { [PHONE_STEP]: [{ code: 'internal_error', status: 500 }] } });
    await scanned();
    await actions.askPhoneStep();
    expect(asked()).toBe('full');
    await actions.askPhoneStep();
    expect(asked()).toBe('last_four');
    actions.wantFullNumber();
    expect(asked()).toBe('full');
  });
});

describe('paying', () => {
  it('orders, names the payer, and pays on the tap', async () => {
    await named();
    expect(screen()).toBe('confirm');
    expect(paymentNow()?.state).toBe('requires_confirmation');
    await actions.confirm();
    expect(screen()).toBe('done');
    expect(paymentNow()).toMatchObject({ state: 'succeeded', amount: { amountMinor: '1780' } });
  });

  it('repeats the confirming call with one key until it is answered', async () => {
    await named();
    const before = fake.log.length;
    const lost = { code: 'network_error', status: 502 };
    fake.bend({ failures: { [CONFIRM]: [lost, lost, { code: 'internal_error', status: 500 }] } });
    await actions.confirm();
    expect(screen()).toBe('done');
    const calls = fake.log.slice(before).filter((entry) => entry.startsWith(CONFIRM));
    expect(calls).toHaveLength(4);
    expect(new Set(calls).size).toBe(1);
  });

  it('orders once, though the first answer is lost', async () => {
    const before = fake.log.length;
    fake.bend({ failures: { 'POST /v1/terminal/orders': [{ code: 'network_error', status: 502 }] } });
    await actions.pay('face');
    expect(screen()).toBe('camera');
    const calls = fake.log.slice(before).filter((entry) => entry.startsWith('POST /v1/terminal/orders '));
    expect(calls).toHaveLength(2);
    expect(new Set(calls).size).toBe(1);
  });

  it('gives up ordering after a few tries, in words, with the basket kept', async () => {
    const lost = { code: 'network_error', status: 502 };
    fake.bend({ failures: { 'POST /v1/terminal/payments': [lost, lost, lost, lost] } });
    await actions.pay('face');
    expect([screen(), code()]).toEqual(['basket', 'network_error']);
    expect(store.get().basket).toEqual([line]);
  });

  it('shows that the wallet is short, keeps the payment, and pays after a top-up', async () => {
    await named();
    fake.bend({ balanceMinor: '100' });
    await actions.confirm();
    expect([screen(), code()]).toEqual(['confirm', 'insufficient_funds']);
    fake.bend({ balanceMinor: '9900' });
    await actions.confirm();
    expect(screen()).toBe('done');
  });

  it('asks for the PIN where it is wanted, and again after a wrong one', async () => {
    fake.bend({ pinRequired: 'amount' });
    await named();
    expect(store.get().attempt?.payment?.pinRequired).toBe(true);
    await actions.confirm('000000');
    expect([screen(), code()]).toEqual(['confirm', 'pin_wrong']);
    await actions.confirm(GUEST.pin);
    expect(screen()).toBe('done');
  });

  it('opens the keypad when the PIN has become necessary since', async () => {
    await named();
    fake.bend({ failures: { [CONFIRM]: [{ code: 'payment_pin_required', status: 422 }] } });
    await actions.confirm();
    expect(screen()).toBe('confirm');
    expect(store.get().attempt?.payment?.pinRequired).toBe(true);
  });

  it('says so when the payment has expired', async () => {
    await named();
    fake.bend({ failures: { [CONFIRM]: [{ code: 'payment_canceled', status: 409 }] } });
    await actions.confirm();
    expect([screen(), code()]).toEqual(['problem', 'payment_canceled']);
  });

  it('ends with a word for the staff when nobody ever answers', async () => {
    await named();
    fake.bend({ failures: { [CONFIRM]: Array.from({ length: 200 }, () => ({ code: 'network_error', status: 502 })) } });
    await actions.confirm();
    expect([screen(), code()]).toEqual(['problem', 'payment_unknown']);
    const before = fake.log.length;
    actions.startOver();
    await settled();
    // It may have been paid: cancelling it is not for us to do.
    expect(fake.log.slice(before)).toEqual([]);
  });
});

describe('naming the payer', () => {
  it('needs another look after a number that does not fit', async () => {
    await scanned();
    await actions.identifyByFace('15112345678');
    expect([screen(), code()]).toEqual(['scan_failed', 'identification_failed']);
  });

  it('stays at the keypad for a number that is none', async () => {
    await scanned();
    fake.bend({ failures: { [IDENTIFY]: [{ code: 'phone_invalid', status: 400 }] } });
    await actions.identifyByFace('123456');
    expect([screen(), code()]).toEqual(['phone', 'phone_invalid']);
    await actions.identifyByFace(GUEST.phone);
    expect(screen()).toBe('confirm');
  });

  it('tells how long to wait', async () => {
    await scanned();
    fake.bend({ failures: { [IDENTIFY]: [{ code: 'face_pay_locked', status: 429, retryAfterMs: 30_000 }] } });
    await actions.identifyByFace(GUEST.phone);
    expect(store.get().notice).toEqual({ code: 'face_pay_locked', retryAfterMs: 30_000 });
  });

  it('looks whether a lost question was answered before it complains', async () => {
    await scanned();
    const { attempt } = store.get();
    const paymentId = attempt?.payment?.id ?? '';
    // The server decides, and its answer is lost on the way.
    await terminal.platform.call('identifyPayer', {
      params: { paymentId },
      body: { method: 'face_and_phone', scanId: 'scn_000000001', phone: GUEST.phone },
    });
    fake.bend({ failures: { [IDENTIFY]: [{ code: 'network_error', status: 502 }] } });
    await actions.identifyByFace(GUEST.phone);
    expect(screen()).toBe('confirm');
  });

  it('takes phone and PIN as well', async () => {
    await actions.pay('pin');
    store.dispatch({ type: 'phone_entered', phone: GUEST.phone });
    await actions.identifyByPin(GUEST.phone, '999999');
    expect([screen(), code()]).toEqual(['other_pin', 'identification_failed']);
    await actions.identifyByPin(GUEST.phone, GUEST.pin);
    expect(screen()).toBe('confirm');
  });
});

describe('leaving', () => {
  it('releases payment and order on the way back to the basket', async () => {
    await named();
    const payment = paymentNow();
    const order = store.get().attempt?.order;
    actions.leavePayment();
    await settled();
    expect(screen()).toBe('basket');
    expect(fake.payments.get(payment?.id ?? '')?.state).toBe('canceled');
    expect(fake.orders.get(order?.id ?? '')?.state).toBe('canceled');
  });

  it('releases them for a guest who walked away while they were being made', async () => {
    const paying = actions.pay('face');
    actions.startOver();
    await paying;
    await settled();
    expect(screen()).toBe('attract');
    expect([...fake.orders.values()].at(-1)?.state).toBe('canceled');
  });

  it('does not cancel what was paid', async () => {
    await named();
    await actions.confirm();
    const payment = paymentNow();
    actions.startOver();
    await settled();
    expect(fake.payments.get(payment?.id ?? '')?.state).toBe('succeeded');
  });
});

describe('joining at the counter', () => {
  it('takes a newcomer from the number to face pay, and back to the basket', async () => {
    actions.join('basket');
    await actions.requestCode(GUEST.phone);
    await actions.openSession('000000');
    expect([screen(), code()]).toEqual(['join_code', 'code_wrong']);
    await actions.openSession(GUEST.code);
    expect(screen()).toBe('join_terms');
    await actions.agree('terms');
    await actions.agree('biometrics');
    expect(screen()).toBe('join_face');
    store.dispatch({ type: 'face_started' });
    await enrol();
    await actions.faceTaken();
    expect(screen()).toBe('join_pin');
    store.dispatch({ type: 'pin_chosen', pin: '111111' });
    await actions.setPin('111111');
    expect([screen(), code()]).toEqual(['join_pin', 'pin_weak']);
    store.dispatch({ type: 'pin_chosen', pin: GUEST.pin });
    await actions.setPin(GUEST.pin);
    expect(screen()).toBe('join_money');
    await actions.topUp({ amountMinor: '2000', currency: 'EUR' });
    expect(screen()).toBe('join_face_pay');
    await actions.switchFacePayOn();
    expect(screen()).toBe('join_done');
    expect(store.get().join?.session?.person).toMatchObject({ facePay: 'on', balance: { amountMinor: '2000' } });
    actions.leaveJoin();
    expect(screen()).toBe('basket');
    expect(store.get().basket).toEqual([line]);
  });

  it('knows the same person later, and tops up once though the answers were lost and the guest taps again', async () => {
    actions.join('basket');
    await actions.requestCode(GUEST.phone);
    await actions.openSession(GUEST.code);
    expect(screen()).toBe('join_money');
    const before = fake.log.length;
    const lost = { code: 'network_error', status: 502 };
    fake.bend({ failures: { 'POST /v1/me/top-ups': [lost, lost, lost] } });
    await actions.topUp({ amountMinor: '1000', currency: 'EUR' });
    expect([screen(), code()]).toEqual(['join_money', 'network_error']);
    await actions.topUp({ amountMinor: '1000', currency: 'EUR' });
    const calls = fake.log.slice(before).filter((entry) => entry.startsWith('POST /v1/me/top-ups'));
    expect(calls).toHaveLength(4);
    expect(new Set(calls).size).toBe(1);
  });
});

/** What runs in the background has a moment to arrive. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 60));
}

/** An enrolment scan over a real socket, to its decision. */
async function enrol(): Promise<void> {
  fake.bend({ scanMs: 720 });
  const token = store.get().join?.session?.token ?? '';
  const { scanId } = await terminal.startScan({ purpose: 'enrolment', personToken: token });
  const seen = { previews: 0, hints: new Set<string>() };
  await new Promise<void>((resolve, reject) => {
    terminal.watchScan(scanId, {
      onLight: () => {},
      onPreview: () => {
        seen.previews += 1;
      },
      onEvent: (event) => {
        if (event.type === 'progress') seen.hints.add(event.hint);
        if (event.type === 'decision') resolve();
      },
      onClosed: () => reject(new Error('no decision')),
    });
  });
  expect(seen.previews).toBeGreaterThan(1);
  expect([...seen.hints]).toContain('turn_right');
}
