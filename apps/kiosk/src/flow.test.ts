import type { Order, Payment, Person } from '@smile/contract';
import { money } from '@smile/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accepts,
  type EventType,
  type FlowEvent,
  type FlowState,
  initialState,
  MOVES,
  reduce,
  type ScreenName,
} from './flow.ts';

const now = '2026-11-23T12:00:00.000Z';
const order: Order = {
  id: 'ord_000000001',
  shopId: 'shp_000000001',
  number: 'A-17',
  state: 'open',
  serving: 'here',
  lines: [],
  total: money(890n, 'EUR'),
  createdAt: now,
};
const payment: Payment = {
  id: 'pay_000000001',
  orderId: order.id,
  shopId: order.shopId,
  state: 'requires_identification',
  amount: money(890n, 'EUR'),
  shopName: 'Harbour Street',
  method: null,
  payerHint: null,
  pinRequired: false,
  faceOutdated: false,
  pinReason: null,
  receiptUrl: null,
  createdAt: now,
};
const person: Person = {
  id: 'per_000000001',
  phoneHint: '+49 170 •••• 567',
  facePay: 'off',
  faceEnrolled: false,
  faceOutdated: false,
  pinAlways: false,
  phoneStep: 'last_four',
  pinSet: false,
  consents: [],
  balance: money(0n, 'EUR'),
  createdAt: now,
};
const versions = { terms: 't1', biometrics: 'b1' };
const agreed = (...kinds: ('terms' | 'biometrics')[]) =>
  kinds.map((kind) => ({ kind, version: versions[kind], givenAt: now }));
const line = { id: 'l1', itemId: 'itm_testburger', quantity: 1, changes: [] };
const keys = { orderKey: 'order-key', paymentKey: 'payment-key', confirmKey: 'confirm-key' };
const said = (code: string) => ({ code, retryAfterMs: null });
const session = { token: 'tok', expiresAt: now, isNew: true, person };

const play = (events: readonly FlowEvent[], from: FlowState = initialState('en')) => events.reduce(reduce, from);
const toBasket: FlowEvent[] = [
  { type: 'begin' },
  { type: 'serving_chosen', serving: 'to_go' },
  { type: 'dish_opened', itemId: line.itemId },
  { type: 'dish_kept', line },
  { type: 'basket_opened' },
];
const toCamera: FlowEvent[] = [
  ...toBasket,
  { type: 'pay', way: 'face', keys },
  { type: 'checkout_done', order, payment },
];
const toConfirm: FlowEvent[] = [
  ...toCamera,
  { type: 'scan_live', scanId: 'scn_000000001' },
  { type: 'identified', payment: { ...payment, state: 'requires_confirmation' } },
];

describe('the table of moves', () => {
  it('leads to screens that exist, and every screen can be reached', () => {
    const reached = new Set<ScreenName>(['attract']);
    for (let before = 0; before !== reached.size; ) {
      before = reached.size;
      for (const name of [...reached]) {
        for (const targets of Object.values(MOVES[name])) for (const target of targets) reached.add(target);
      }
    }
    expect([...reached].sort()).toEqual(Object.keys(MOVES).sort());
  });

  it('lets nobody leave while a payment’s answer is awaited', () => {
    const paying = play([...toConfirm, { type: 'pay_tapped' }]);
    expect(paying.screen.name).toBe('paying');
    expect(accepts(paying, 'start_over')).toBe(false);
    expect(reduce(paying, { type: 'start_over', language: 'en' })).toBe(paying);
    expect(reduce(paying, { type: 'back' })).toBe(paying);
  });

  it('never breaks, whatever comes in whatever order', () => {
    const events = everyEvent();
    const seen = new Set<ScreenName>();
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 30, maxLength: 120 }), (choices) => {
        let state = initialState('en');
        for (const choice of choices) {
          const refused = events[choice % events.length];
          if (!accepts(state, refused.type)) expect(reduce(state, refused)).toBe(state);
          // Starting over all the time would keep the walk near the door.
          const possible = events.filter((event) => accepts(state, event.type) && event.type !== 'start_over');
          if (possible.length > 0) state = reduce(state, possible[choice % possible.length]);
          seen.add(state.screen.name);
          // Nobody is asked for money without a payment that is on its way.
          if (['camera', 'phone', 'confirm', 'paying', 'done'].includes(state.screen.name))
            expect(state.attempt?.payment).toBeTruthy();
        }
      }),
      { numRuns: 400, seed: 20_261_123 },
    );
    // The walk says nothing about screens it has not seen; payment_unknown and the like are tested by name.
    expect(Object.keys(MOVES).filter((name) => !seen.has(name as ScreenName))).toEqual([]);
  });
});

describe('paying', () => {
  it('goes from order over look and number to the tap', () => {
    const confirm = play(toConfirm);
    expect(confirm.screen.name).toBe('confirm');
    expect(confirm.serving).toBe('to_go');
    expect(confirm.attempt).toMatchObject({ ...keys, scanId: 'scn_000000001' });
    const done = play([{ type: 'pay_tapped' }, { type: 'paid', payment: { ...payment, state: 'succeeded' } }], confirm);
    expect(done.screen.name).toBe('done');
    expect(done.basket).toEqual([]);
  });

  it('counts failed looks, keeps the payment, and forgets a used scan', () => {
    const failed = play([
      ...toCamera,
      { type: 'scan_refused', ...said('attack') },
      { type: 'scan_again' },
      { type: 'scan_live', scanId: 'scn_000000001' },
      { type: 'scan_refused', ...said('identification_failed') },
    ]);
    expect(failed).toMatchObject({
      screen: { name: 'scan_failed' },
      failedScans: 2,
      notice: said('identification_failed'),
    });
    expect(failed.attempt?.scanId).toBeNull();
    expect(failed.attempt?.payment).toBe(payment);
  });

  it('says on the confirm screen why it was not paid, and can be tried again with the same key', () => {
    const refused = play([
      ...toConfirm,
      { type: 'pay_tapped' },
      { type: 'confirm_refused', payment: null, ...said('insufficient_funds') },
    ]);
    expect(refused).toMatchObject({ screen: { name: 'confirm' }, notice: said('insufficient_funds'), busy: false });
    expect(refused.attempt?.confirmKey).toBe('confirm-key');
  });

  it('keeps waiting when the line breaks', () => {
    const lost = play([...toConfirm, { type: 'pay_tapped' }, { type: 'connection_lost' }]);
    expect(lost).toMatchObject({ screen: { name: 'paying' }, busy: true, notice: said('network_error') });
  });

  it('forgets the payment on the way back to the basket, not the basket', () => {
    const back = play([...toConfirm, { type: 'back' }]);
    expect(back.screen.name).toBe('basket');
    expect(back.attempt).toBeNull();
    expect(back.basket).toEqual([line]);
  });

  it('takes no notice of an answer for a guest who has left', () => {
    const left = play([...toCamera, { type: 'start_over', language: 'zh' }]);
    expect(left).toEqual(initialState('zh'));
    expect(reduce(left, { type: 'scan_live', scanId: 'scn_000000001' })).toBe(left);
    expect(reduce(left, { type: 'identified', payment })).toBe(left);
  });

  it('starts without a camera with the other way', () => {
    const other = play([...toBasket, { type: 'pay', way: 'pin', keys }, { type: 'checkout_done', order, payment }]);
    expect(other.screen.name).toBe('other_phone');
  });
});

describe('changing the basket', () => {
  it('opens a line again and puts it back where it was', () => {
    const edited = play([
      ...toBasket,
      { type: 'line_opened', lineId: 'l1' },
      { type: 'dish_kept', line: { ...line, quantity: 3 } },
    ]);
    expect(edited.screen.name).toBe('basket');
    expect(edited.basket).toEqual([{ ...line, quantity: 3 }]);
  });

  it('stays when the line is gone', () => {
    expect(play([...toBasket, { type: 'line_opened', lineId: 'nobody' }]).screen.name).toBe('basket');
  });
});

describe('joining', () => {
  const toCode: FlowEvent[] = [
    { type: 'join', returnTo: 'attract' },
    { type: 'code_sent', phone: '0170', authCodeId: 'otp_000000001', phoneHint: '…' },
  ];
  const after = (change: Partial<Person>) =>
    play([...toCode, { type: 'signed_in', session: { ...session, person: { ...person, ...change } }, versions }]).screen
      .name;

  it('asks a newcomer for everything, one after the other', () => {
    expect(after({})).toBe('join_terms');
    expect(after({ consents: agreed('terms') })).toBe('join_biometrics');
    expect(after({ consents: agreed('terms', 'biometrics') })).toBe('join_face');
    expect(after({ consents: agreed('terms', 'biometrics'), faceEnrolled: true })).toBe('join_pin');
    expect(after({ consents: agreed('terms', 'biometrics'), faceEnrolled: true, pinSet: true })).toBe('join_money');
  });

  it('asks again when the text has changed', () => {
    expect(after({ consents: [{ kind: 'terms', version: 'older', givenAt: now }] })).toBe('join_terms');
  });

  it('goes on without a face for those who would rather not', () => {
    const declined = play([
      ...toCode,
      { type: 'signed_in', session: { ...session, person: { ...person, consents: agreed('terms') } }, versions },
      { type: 'biometrics_declined' },
    ]);
    expect(declined.screen.name).toBe('join_declined');
    const state = play([{ type: 'without_face' }], declined);
    expect(state.screen.name).toBe('join_pin');
    const pinSet = { ...person, consents: agreed('terms'), pinSet: true };
    const paid = play(
      [
        { type: 'pin_chosen', pin: '482915' },
        { type: 'person_changed', person: pinSet },
        { type: 'money_added', person: pinSet },
      ],
      state,
    );
    expect(paid.screen.name).toBe('join_done');
  });

  it('asks before it switches face pay on', () => {
    const full = { ...person, consents: agreed('terms', 'biometrics'), faceEnrolled: true, pinSet: true };
    const asked = play([
      ...toCode,
      { type: 'signed_in', session: { ...session, person: full }, versions },
      { type: 'money_added', person: full },
    ]);
    expect(asked.screen.name).toBe('join_face_pay');
    expect(play([{ type: 'person_changed', person: { ...full, facePay: 'on' } }], asked).screen.name).toBe('join_done');
  });

  it('brings a guest who ran out of money back to the waiting payment', () => {
    const topUp = play([...toConfirm, { type: 'join', returnTo: 'confirm' }]);
    expect(topUp.attempt?.payment).toBeTruthy();
    // Money is what was missing: no question about the face in between.
    const short = { ...person, consents: agreed('terms'), pinSet: true };
    const asked = play(
      [
        { type: 'code_sent', phone: '0170', authCodeId: 'otp_000000001', phoneHint: '…' },
        { type: 'signed_in', session: { ...session, person: short }, versions },
      ],
      topUp,
    );
    expect(asked.screen.name).toBe('join_money');
    const back = play([{ type: 'money_added', person: short }, { type: 'join_left' }], asked);
    expect(back.screen.name).toBe('confirm');
    expect(back.join).toBeNull();
  });

  it('lets go of a payment that nobody has identified for', () => {
    const joining = play([
      ...toCamera,
      { type: 'scan_refused', ...said('attack') },
      { type: 'join', returnTo: 'basket' },
    ]);
    expect(joining.attempt).toBeNull();
    expect(play([{ type: 'join_left' }], joining).screen.name).toBe('basket');
  });
});

function everyEvent(): FlowEvent[] {
  const full = { ...person, consents: agreed('terms', 'biometrics'), faceEnrolled: true, pinSet: true };
  const events: Readonly<Record<EventType, FlowEvent>> = {
    begin: { type: 'begin' },
    serving_chosen: { type: 'serving_chosen', serving: 'here' },
    dish_opened: { type: 'dish_opened', itemId: line.itemId },
    line_opened: { type: 'line_opened', lineId: 'l1' },
    dish_kept: { type: 'dish_kept', line },
    basket_opened: { type: 'basket_opened' },
    quantity_changed: { type: 'quantity_changed', lineId: 'l1', quantity: 2 },
    back: { type: 'back' },
    pay: { type: 'pay', way: 'face', keys },
    checkout_done: { type: 'checkout_done', order, payment },
    scan_live: { type: 'scan_live', scanId: 'scn_000000001' },
    scan_refused: { type: 'scan_refused', ...said('attack') },
    scan_again: { type: 'scan_again' },
    other_way: { type: 'other_way' },
    phone_step: { type: 'phone_step', phoneStep: { step: 'last_four', reason: 'known_here' }, notice: null },
    phone_entered: { type: 'phone_entered', phone: '0170' },
    identified: { type: 'identified', payment },
    pay_tapped: { type: 'pay_tapped' },
    connection_lost: { type: 'connection_lost' },
    paid: { type: 'paid', payment },
    confirm_refused: { type: 'confirm_refused', payment: null, ...said('pin_wrong') },
    gone: { type: 'gone', ...said('payment_canceled') },
    working: { type: 'working' },
    failed: { type: 'failed', ...said('network_error') },
    join: { type: 'join', returnTo: 'basket' },
    code_sent: { type: 'code_sent', phone: '0170', authCodeId: 'otp_000000001', phoneHint: '…' },
    signed_in: { type: 'signed_in', session, versions },
    person_changed: { type: 'person_changed', person: full },
    biometrics_declined: { type: 'biometrics_declined' },
    without_face: { type: 'without_face' },
    face_started: { type: 'face_started' },
    face_refused: { type: 'face_refused', ...said('no_face') },
    pin_chosen: { type: 'pin_chosen', pin: '482915' },
    pin_refused: { type: 'pin_refused', ...said('pin_weak') },
    money_added: { type: 'money_added', person: full },
    join_left: { type: 'join_left' },
    language_chosen: { type: 'language_chosen', language: 'zh' },
    start_over: { type: 'start_over', language: 'en' },
  };
  // People who have come to different points of joining.
  const stages: Person[] = [
    { ...person, consents: agreed('terms') },
    { ...person, consents: agreed('terms', 'biometrics') },
    { ...person, consents: agreed('terms', 'biometrics'), faceEnrolled: true },
  ];
  return [
    ...Object.values(events),
    ...stages.map((stage): FlowEvent => ({ type: 'signed_in', session: { ...session, person: stage }, versions })),
    ...stages.map((stage): FlowEvent => ({ type: 'person_changed', person: stage })),
    { type: 'pay', way: 'pin', keys },
  ];
}
