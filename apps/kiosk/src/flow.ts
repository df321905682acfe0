import type { Language, Order, Payment, Person, PhoneStepAnswer, Session } from '@smile/contract';
import { type BasketLine, putIn, replaceLine, withQuantity } from './basket.ts';

/**
 * What the guest sees, as data: which screen, and which events lead from it where. The reducer takes an event only
 * where the table has it; an answer that arrives after the guest has gone elsewhere changes nothing.
 */
export type Screen =
  | { readonly name: 'attract' }
  | { readonly name: 'serving' }
  | { readonly name: 'menu' }
  | { readonly name: 'dish'; readonly itemId: string; readonly lineId: string | null }
  | { readonly name: 'basket' }
  | { readonly name: 'checkout' }
  /** `withoutLight`: the guest has asked for a look without coloured light. */
  | { readonly name: 'camera'; readonly withoutLight?: boolean }
  | { readonly name: 'scan_failed' }
  | { readonly name: 'phone' }
  | { readonly name: 'other_phone' }
  | { readonly name: 'other_pin'; readonly phone: string }
  | { readonly name: 'confirm' }
  | { readonly name: 'paying' }
  | { readonly name: 'done' }
  | { readonly name: 'problem' }
  | { readonly name: 'join_phone' }
  | { readonly name: 'join_code' }
  | { readonly name: 'join_terms' }
  | { readonly name: 'join_biometrics' }
  | { readonly name: 'join_declined' }
  | { readonly name: 'join_face' }
  | { readonly name: 'join_camera' }
  | { readonly name: 'join_pin' }
  | { readonly name: 'join_pin_again'; readonly pin: string }
  | { readonly name: 'join_money' }
  | { readonly name: 'join_face_pay' }
  | { readonly name: 'join_done' };
export type ScreenName = Screen['name'];

/** How the guest means to say who they are. */
export type Way = 'face' | 'pin';

/** Said on the screen in plain words until the next step; `code` is the API's, an outcome of a scan, or our own. */
export type Notice = { readonly code: string; readonly retryAfterMs: number | null };

/** One order on its way to being paid. The keys are made once, so that a repeated call is the same call. */
export type Attempt = {
  readonly way: Way;
  readonly orderKey: string;
  readonly paymentKey: string;
  readonly confirmKey: string;
  readonly order: Order | null;
  readonly payment: Payment | null;
  readonly scanId: string | null;
  /** How much of the number this guest is asked for; null until the server has said. */
  readonly phoneStep: PhoneStepAnswer | null;
};

export type ReturnTo = 'attract' | 'basket' | 'confirm';
export type ConsentVersions = { readonly terms: string; readonly biometrics: string };

export type Join = {
  readonly returnTo: ReturnTo;
  readonly phone: string;
  readonly authCodeId: string | null;
  readonly phoneHint: string;
  readonly session: Session | null;
  readonly versions: ConsentVersions | null;
  /** Said no to biometrics: goes on to pay with phone and PIN. */
  readonly withoutFace: boolean;
  readonly moneyDone: boolean;
};

export type FlowState = {
  readonly screen: Screen;
  readonly language: Language;
  readonly serving: 'here' | 'to_go';
  readonly basket: readonly BasketLine[];
  readonly attempt: Attempt | null;
  /** In a row, by this guest. */
  readonly failedScans: number;
  readonly join: Join | null;
  readonly notice: Notice | null;
  /** An answer is awaited; taps wait too. */
  readonly busy: boolean;
};

export type FlowEvent =
  | { readonly type: 'begin' }
  | { readonly type: 'serving_chosen'; readonly serving: 'here' | 'to_go' }
  | { readonly type: 'dish_opened'; readonly itemId: string }
  | { readonly type: 'line_opened'; readonly lineId: string }
  | { readonly type: 'dish_kept'; readonly line: BasketLine }
  | { readonly type: 'basket_opened' }
  | { readonly type: 'quantity_changed'; readonly lineId: string; readonly quantity: number }
  | { readonly type: 'back' }
  | { readonly type: 'pay'; readonly way: Way; readonly keys: Keys }
  | { readonly type: 'checkout_done'; readonly order: Order; readonly payment: Payment }
  | { readonly type: 'scan_live'; readonly scanId: string }
  | ({ readonly type: 'scan_refused' } & Notice)
  | { readonly type: 'scan_again'; readonly withoutLight?: boolean }
  | { readonly type: 'other_way' }
  | { readonly type: 'phone_step'; readonly phoneStep: PhoneStepAnswer; readonly notice: Notice | null }
  | { readonly type: 'phone_entered'; readonly phone: string }
  | { readonly type: 'identified'; readonly payment: Payment }
  | { readonly type: 'pay_tapped' }
  | { readonly type: 'connection_lost' }
  | { readonly type: 'paid'; readonly payment: Payment }
  | ({ readonly type: 'confirm_refused'; readonly payment: Payment | null } & Notice)
  | ({ readonly type: 'gone' } & Notice)
  | { readonly type: 'working' }
  | ({ readonly type: 'failed' } & Notice)
  | { readonly type: 'join'; readonly returnTo: ReturnTo }
  | { readonly type: 'code_sent'; readonly phone: string; readonly authCodeId: string; readonly phoneHint: string }
  | { readonly type: 'signed_in'; readonly session: Session; readonly versions: ConsentVersions }
  | { readonly type: 'person_changed'; readonly person: Person }
  | { readonly type: 'biometrics_declined' }
  | { readonly type: 'without_face' }
  | { readonly type: 'face_started' }
  | ({ readonly type: 'face_refused' } & Notice)
  | { readonly type: 'pin_chosen'; readonly pin: string }
  | ({ readonly type: 'pin_refused' } & Notice)
  | { readonly type: 'money_added'; readonly person: Person }
  | { readonly type: 'join_left' }
  | { readonly type: 'language_chosen'; readonly language: Language }
  | { readonly type: 'start_over'; readonly language: Language };
export type EventType = FlowEvent['type'];
export type Keys = { readonly orderKey: string; readonly paymentKey: string; readonly confirmKey: string };

type Moves = Partial<Record<EventType, readonly ScreenName[]>>;

const HERE = (name: ScreenName): Moves => ({ working: [name], failed: [name] });
const TO_JOIN: Moves = { join: ['join_phone'] };
/** After each step of joining the next one that is still wanted. */
const JOIN_NEXT = [
  'join_terms',
  'join_biometrics',
  'join_face',
  'join_pin',
  'join_money',
  'join_face_pay',
  'join_done',
] as const satisfies readonly ScreenName[];
const LEAVE_JOIN: Moves = { join_left: ['attract', 'basket', 'confirm'] };

/** From screen, on event, to one of these screens. `start_over` and `language_chosen` are below. */
export const MOVES: Readonly<Record<ScreenName, Moves>> = {
  attract: { begin: ['serving'], ...TO_JOIN },
  serving: { serving_chosen: ['menu'], back: ['attract'] },
  menu: { dish_opened: ['dish'], basket_opened: ['basket'], back: ['serving'] },
  dish: { dish_kept: ['menu', 'basket'], back: ['menu', 'basket'] },
  basket: {
    line_opened: ['dish', 'basket'],
    quantity_changed: ['basket'],
    pay: ['checkout'],
    back: ['menu'],
    ...HERE('basket'),
    ...TO_JOIN,
  },
  checkout: { checkout_done: ['camera', 'other_phone'], failed: ['basket'], gone: ['problem'] },
  camera: { scan_live: ['phone'], scan_refused: ['scan_failed'], other_way: ['other_phone'], back: ['basket'] },
  scan_failed: { scan_again: ['camera'], other_way: ['other_phone'], back: ['basket'], ...TO_JOIN },
  phone: {
    phone_step: ['phone'],
    identified: ['confirm'],
    scan_refused: ['scan_failed'],
    gone: ['problem'],
    other_way: ['other_phone'],
    back: ['basket'],
    ...HERE('phone'),
  },
  other_phone: { phone_entered: ['other_pin'], back: ['basket'], ...HERE('other_phone'), ...TO_JOIN },
  other_pin: {
    identified: ['confirm'],
    gone: ['problem'],
    back: ['other_phone'],
    ...HERE('other_pin'),
  },
  confirm: { pay_tapped: ['paying'], gone: ['problem'], back: ['basket'], ...TO_JOIN },
  paying: { connection_lost: ['paying'], paid: ['done'], confirm_refused: ['confirm'], gone: ['problem'] },
  done: {},
  problem: { back: ['basket'] },
  join_phone: { code_sent: ['join_code'], ...HERE('join_phone'), ...LEAVE_JOIN },
  join_code: {
    signed_in: JOIN_NEXT,
    code_sent: ['join_code'],
    back: ['join_phone'],
    ...HERE('join_code'),
    ...LEAVE_JOIN,
  },
  join_terms: { person_changed: JOIN_NEXT, ...HERE('join_terms'), ...LEAVE_JOIN },
  join_biometrics: {
    person_changed: JOIN_NEXT,
    biometrics_declined: ['join_declined'],
    ...HERE('join_biometrics'),
    ...LEAVE_JOIN,
  },
  join_declined: { back: ['join_biometrics'], without_face: JOIN_NEXT, ...LEAVE_JOIN },
  join_face: { face_started: ['join_camera'], without_face: JOIN_NEXT, ...HERE('join_face'), ...LEAVE_JOIN },
  join_camera: { person_changed: JOIN_NEXT, face_refused: ['join_face'], back: ['join_face'], ...LEAVE_JOIN },
  join_pin: { pin_chosen: ['join_pin_again'], ...HERE('join_pin'), ...LEAVE_JOIN },
  join_pin_again: {
    person_changed: JOIN_NEXT,
    pin_refused: ['join_pin'],
    back: ['join_pin'],
    ...HERE('join_pin_again'),
    ...LEAVE_JOIN,
  },
  join_money: { money_added: JOIN_NEXT, ...HERE('join_money'), ...LEAVE_JOIN },
  join_face_pay: { person_changed: JOIN_NEXT, without_face: JOIN_NEXT, ...HERE('join_face_pay'), ...LEAVE_JOIN },
  join_done: { person_changed: JOIN_NEXT, ...HERE('join_done'), ...LEAVE_JOIN },
};

/** Nobody is taken away from a payment whose answer is awaited: the guest must see what came of it. */
const NO_START_OVER: ReadonlySet<ScreenName> = new Set(['paying']);

/** Reason of an undecided scan: the face did not answer the screen's light. */
export const LIGHT_UNREADABLE = 'light_unreadable';
/** Failures of a scan after which the other way stands first. */
export const SCANS_BEFORE_OTHER_WAY = 3;

export function initialState(language: Language): FlowState {
  return {
    screen: { name: 'attract' },
    language,
    serving: 'here',
    basket: [],
    attempt: null,
    failedScans: 0,
    join: null,
    notice: null,
    busy: false,
  };
}

export function accepts(state: FlowState, type: EventType): boolean {
  if (type === 'language_chosen') return true;
  if (type === 'start_over') return !NO_START_OVER.has(state.screen.name);
  return MOVES[state.screen.name][type] !== undefined;
}

export function reduce(state: FlowState, event: FlowEvent): FlowState {
  if (!accepts(state, event.type)) return state;
  if (event.type === 'language_chosen') return { ...state, language: event.language };
  if (event.type === 'start_over') return initialState(event.language);
  const next = step(state, event);
  const allowed = MOVES[state.screen.name][event.type];
  if (!allowed?.includes(next.screen.name))
    throw new Error(`${state.screen.name} may not become ${next.screen.name} on ${event.type}`);
  return next;
}

/** Quiet again: nothing awaited, nothing to say. */
function at(state: FlowState, screen: Screen, change: Partial<FlowState> = {}): FlowState {
  return { ...state, notice: null, busy: false, ...change, screen };
}

function noticeOf(event: Notice): Notice {
  return { code: event.code, retryAfterMs: event.retryAfterMs };
}

type Stepping = Exclude<FlowEvent, { type: 'language_chosen' } | { type: 'start_over' }>;

function step(state: FlowState, event: Stepping): FlowState {
  const { attempt, join } = state;
  switch (event.type) {
    case 'begin':
      return at(state, { name: 'serving' });
    case 'serving_chosen':
      return at(state, { name: 'menu' }, { serving: event.serving });
    case 'dish_opened':
      return at(state, { name: 'dish', itemId: event.itemId, lineId: null });
    case 'line_opened': {
      const line = state.basket.find((candidate) => candidate.id === event.lineId);
      return at(state, line ? { name: 'dish', itemId: line.itemId, lineId: line.id } : { name: 'basket' });
    }
    case 'dish_kept': {
      const editing = state.screen.name === 'dish' && state.screen.lineId !== null;
      const basket = editing ? replaceLine(state.basket, event.line) : putIn(state.basket, event.line);
      return at(state, { name: editing ? 'basket' : 'menu' }, { basket });
    }
    case 'basket_opened':
      return at(state, { name: 'basket' });
    case 'quantity_changed':
      return at(state, { name: 'basket' }, { basket: withQuantity(state.basket, event.lineId, event.quantity) });
    case 'back':
      return goBack(state);
    case 'pay':
      return at(
        state,
        { name: 'checkout' },
        {
          attempt: { way: event.way, ...event.keys, order: null, payment: null, scanId: null, phoneStep: null },
          failedScans: 0,
        },
      );
    case 'checkout_done': {
      const started = withAttempt(attempt, { order: event.order, payment: event.payment });
      return at(state, { name: started.way === 'face' ? 'camera' : 'other_phone' }, { attempt: started });
    }
    case 'scan_live':
      return at(state, { name: 'phone' }, { attempt: withAttempt(attempt, { scanId: event.scanId, phoneStep: null }) });
    case 'scan_refused':
      return at(
        state,
        { name: 'scan_failed' },
        {
          notice: noticeOf(event),
          failedScans: state.failedScans + 1,
          attempt: withAttempt(attempt, { scanId: null }),
        },
      );
    case 'scan_again':
      return at(state, { name: 'camera', withoutLight: event.withoutLight });
    case 'other_way':
      return at(state, { name: 'other_phone' }, { attempt: withAttempt(attempt, { way: 'pin' }) });
    case 'phone_step':
      return at(
        state,
        { name: 'phone' },
        { attempt: withAttempt(attempt, { phoneStep: event.phoneStep }), notice: event.notice },
      );
    case 'phone_entered':
      return at(state, { name: 'other_pin', phone: event.phone });
    case 'identified':
      return at(
        state,
        { name: 'confirm' },
        { attempt: withAttempt(attempt, { payment: event.payment }), failedScans: 0 },
      );
    case 'pay_tapped':
      return at(state, { name: 'paying' }, { busy: true });
    case 'connection_lost':
      return { ...state, notice: { code: 'network_error', retryAfterMs: null }, busy: true };
    case 'paid':
      return at(
        state,
        { name: 'done' },
        { attempt: withAttempt(attempt, { payment: event.payment }), basket: [], join: null },
      );
    case 'confirm_refused':
      return at(
        state,
        { name: 'confirm' },
        {
          notice: noticeOf(event),
          attempt: event.payment ? withAttempt(attempt, { payment: event.payment }) : attempt,
        },
      );
    case 'gone':
      return at(state, { name: 'problem' }, { notice: noticeOf(event) });
    case 'working':
      return { ...state, busy: true, notice: null };
    case 'failed': {
      const notice = noticeOf(event);
      return state.screen.name === 'checkout'
        ? at(state, { name: 'basket' }, { notice, attempt: null })
        : at(state, state.screen, { notice });
    }
    case 'join':
      return at(
        state,
        { name: 'join_phone' },
        // Only a payment that waits for money is kept; others are released, as on the way back to the basket.
        { join: newJoin(event.returnTo), attempt: event.returnTo === 'confirm' ? attempt : null, failedScans: 0 },
      );
    case 'code_sent':
      return at(
        state,
        { name: 'join_code' },
        { join: { ...known(join), phone: event.phone, authCodeId: event.authCodeId, phoneHint: event.phoneHint } },
      );
    case 'signed_in':
      return joinNext(state, { ...known(join), session: event.session, versions: event.versions });
    case 'person_changed':
      return joinNext(state, withPerson(known(join), event.person));
    case 'money_added':
      return joinNext(state, { ...withPerson(known(join), event.person), moneyDone: true });
    case 'biometrics_declined':
      return at(state, { name: 'join_declined' });
    case 'without_face':
      return joinNext(state, { ...known(join), withoutFace: true });
    case 'face_started':
      return at(state, { name: 'join_camera' });
    case 'face_refused':
      return at(state, { name: 'join_face' }, { notice: noticeOf(event) });
    case 'pin_chosen':
      return at(state, { name: 'join_pin_again', pin: event.pin });
    case 'pin_refused':
      return at(state, { name: 'join_pin' }, { notice: noticeOf(event) });
    case 'join_left':
      return at(state, { name: known(join).returnTo }, { join: null });
  }
}

function withAttempt(attempt: Attempt | null, change: Partial<Attempt>): Attempt {
  if (!attempt) throw new Error('there is no payment on its way');
  return { ...attempt, ...change };
}

function known(join: Join | null): Join {
  if (!join) throw new Error('nobody is joining');
  return join;
}

function newJoin(returnTo: ReturnTo): Join {
  return {
    returnTo,
    phone: '',
    authCodeId: null,
    phoneHint: '',
    session: null,
    versions: null,
    // Somebody in the middle of a payment came for money, not to be asked about their face.
    withoutFace: returnTo === 'confirm',
    moneyDone: false,
  };
}

function withPerson(join: Join, person: Person): Join {
  if (!join.session) throw new Error('nobody is signed in');
  return { ...join, session: { ...join.session, person } };
}

function joinNext(state: FlowState, join: Join): FlowState {
  return at(state, { name: nextJoinScreen(join) }, { join });
}

type JoinStep = 'join_phone' | (typeof JOIN_NEXT)[number];

/** The first step that this person still needs. Who has been here before skips what is done. */
export function nextJoinScreen(join: Join): JoinStep {
  const { session, versions } = join;
  if (!session || !versions) return 'join_phone';
  const { person } = session;
  const agreed = (kind: 'terms' | 'biometrics') =>
    person.consents.some((consent) => consent.kind === kind && consent.version === versions[kind]);
  if (!agreed('terms')) return 'join_terms';
  if (!join.withoutFace) {
    if (!agreed('biometrics')) return 'join_biometrics';
    if (!person.faceEnrolled) return 'join_face';
  }
  if (!person.pinSet) return 'join_pin';
  if (!join.moneyDone) return 'join_money';
  if (!join.withoutFace && person.facePay === 'off') return 'join_face_pay';
  return 'join_done';
}

/** Leaving the payment for the basket forgets it: whoever does so also releases it at the server (see actions.ts). */
function goBack(state: FlowState): FlowState {
  switch (state.screen.name) {
    case 'serving':
      return at(state, { name: 'attract' });
    case 'menu':
      return at(state, { name: 'serving' });
    case 'dish':
      return at(state, { name: state.screen.lineId === null ? 'menu' : 'basket' });
    case 'basket':
      return at(state, { name: 'menu' });
    case 'other_pin':
      return at(state, { name: 'other_phone' });
    case 'join_code':
      return at(state, { name: 'join_phone' });
    case 'join_declined':
      return at(state, { name: 'join_biometrics' });
    case 'join_camera':
      return at(state, { name: 'join_face' });
    case 'join_pin_again':
      return at(state, { name: 'join_pin' });
    default:
      return at(state, { name: 'basket' }, { attempt: null, failedScans: 0 });
  }
}
