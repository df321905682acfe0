import { createHash, createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { amountOf, type Language, type Money, money, type Person, type Session } from '@smile/contract';
import { type Client, inTransaction, type Pool } from '@smile/postgres';
import type { Books } from '../books/service.ts';
import type { AuditPort, FacesPort, PeoplePort } from '../context.ts';
import { newId, newSecretToken } from '../ids.ts';
import { type Failure, fail, ok, type Result } from '../result.ts';
import { ATTEMPTS, type Attempts } from '../risk/attempts.ts';
import { currentConsentVersion } from './consent-texts.ts';
import type { PeopleErrorCode } from './errors.ts';
import type { MessageSender } from './messages.ts';
import {
  CODE_ATTEMPTS,
  CODE_LIFE_MS,
  type ConsentKind,
  FACE_PAY_MOVES,
  type FacePayState,
  type PersonRow,
  type PhoneStepWish,
  SESSION_LIFE_MS,
  TOP_UP_MAX_MINOR,
  TOP_UP_MIN_MINOR,
  WALLET_CURRENCY,
  WALLET_MAX_MINOR,
} from './model.ts';
import { type E164, normalisePhone, phoneHint } from './phone.ts';
import { hashPin, isWeakPin, pinMatches, pretendToMatch } from './pin.ts';
import * as store from './store.ts';

/** What payments and claims need to know of a person; never the number itself. */
export type PersonSummary = {
  readonly id: string;
  readonly phoneHint: string;
  readonly facePay: FacePayState;
  readonly phoneStep: PhoneStepWish;
};

/** As many people with the same last four digits are looked at; a hundred in a million people are to be expected. */
const MAX_SAME_DIGITS = 2_000;

type PeopleFailure = Failure<PeopleErrorCode>;
type CodeRequested = { readonly authCodeId: string; readonly phoneHint: string; readonly expiresAt: string };

export type People = PeoplePort & {
  requestCode(wanted: {
    phone: string;
    country: string | undefined;
    language: Language;
    address: string;
  }): Promise<Result<CodeRequested, PeopleErrorCode>>;
  openSession(given: { authCodeId: string; code: string }): Promise<Result<Session, PeopleErrorCode>>;
  closeSession(sessionId: string): Promise<void>;
  profile(personId: string): Promise<Person>;
  giveConsent(personId: string, kind: ConsentKind, version: string): Promise<Result<Person, PeopleErrorCode>>;
  setPin(personId: string, pin: string, currentPin: string | undefined): Promise<Result<Person, PeopleErrorCode>>;
  setFacePay(personId: string, enabled: boolean): Promise<Result<Person, PeopleErrorCode>>;
  setPhoneStep(personId: string, phoneStep: PhoneStepWish): Promise<Person>;
  deleteFace(personId: string): Promise<Person>;
  /**
   * Whether so much may be brought in. Nobody else changes this person until the transaction ends.
   * @param comingMinor what is on its way into the wallet already
   */
  checkTopUp(
    client: Client,
    personId: string,
    amount: Money,
    comingMinor: bigint,
  ): Promise<Result<null, PeopleErrorCode>>;

  /** For payments: the person behind a number, if any. */
  findByPhone(phone: E164): Promise<PersonSummary | null>;
  /** Everybody whose number ends in these four digits. */
  findByLastFour(lastFour: string): Promise<PersonSummary[]>;
  summaries(personIds: readonly string[]): Promise<PersonSummary[]>;
  summary(client: Client | Pool, personId: string): Promise<PersonSummary>;
  /** The same, and nobody else changes this person until the transaction ends. */
  lock(client: Client, personId: string): Promise<PersonSummary>;
  lockAll(client: Client, personIds: readonly string[]): Promise<ReadonlyMap<string, PersonSummary>>;
  /**
   * Checks the PIN of whoever has this number. Every attempt counts, also for numbers nobody has, and takes about the
   * same time: the answers tell nobody which numbers there are.
   */
  verifyPinByPhone(phone: E164, pin: string): Promise<Result<PersonSummary, 'pin_wrong' | 'pin_locked'>>;
  verifyPin(personId: string, pin: string): Promise<Result<null, 'pin_wrong' | 'pin_locked'>>;
  /** A claim stops face pay, in the claim's own transaction. */
  freezeFacePay(client: Client, personId: string): Promise<FacePayState>;
  /** An operator's decision ends the freeze: face pay is off, and the person may switch it on again. */
  endFreeze(client: Client, personId: string): Promise<FacePayState>;
  consentVersion(client: Client | Pool, personId: string, kind: ConsentKind): Promise<string | null>;
  sweep(): Promise<void>;
};

export function createPeople(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly deriveKey: (purpose: string) => Buffer;
  readonly attempts: Attempts;
  readonly audit: AuditPort;
  readonly books: Books;
  readonly faces: Pick<FacesPort, 'enrolment' | 'isEnrolled' | 'hasLookAlike' | 'deleteFace'>;
  /** Null in production, for which no sender is built yet: nobody is left waiting for a code that never comes. */
  readonly messages: MessageSender | null;
  readonly codesPerHourPerAddress: number;
}): People {
  const { pool, now, attempts, audit, books, faces } = deps;
  const codeKey = deps.deriveKey('one-time-codes');
  const codesPerAddress = {
    name: 'codes-address',
    limit: deps.codesPerHourPerAddress,
    windowMs: 3_600_000,
    lockMs: 10 * 60_000,
  };

  // Keyed, since six digits alone would be found in a stolen table within a second.
  const hashCode = (authCodeId: string, code: string): Buffer =>
    createHmac('sha256', codeKey).update(`${authCodeId}\n${code}`).digest();

  async function known(db: Client | Pool, personId: string): Promise<PersonRow> {
    const person = await store.findPerson(db, personId);
    if (!person) throw new Error('a person that others refer to is not there');
    return person;
  }

  /** Never within a transaction: it asks the faces room, which takes a connection of its own. */
  async function profileOf(personId: string): Promise<Person> {
    const person = await known(pool, personId);
    const consents = await store.listConsents(pool, personId);
    const balanceMinor = await books.walletBalance(pool, personId);
    const enrolment = await faces.enrolment(personId);
    return {
      id: person.id,
      phoneHint: phoneHint(person.phone),
      facePay: person.facePay,
      faceEnrolled: enrolment === 'enrolled',
      faceOutdated: enrolment === 'outdated',
      pinAlways: enrolment === 'enrolled' && (await faces.hasLookAlike(pool, personId)),
      phoneStep: person.phoneStep,
      pinSet: person.pinHash !== null,
      consents: consents.map((consent) => ({ ...consent, givenAt: consent.givenAt.toISOString() })),
      balance: money(balanceMinor, WALLET_CURRENCY),
      createdAt: person.createdAt.toISOString(),
    };
  }

  const summaryOf = (person: PersonRow): PersonSummary => ({
    id: person.id,
    phoneHint: phoneHint(person.phone),
    facePay: person.facePay,
    phoneStep: person.phoneStep,
  });

  async function checkPin(
    phone: E164,
    person: PersonRow | null,
    pin: string,
  ): Promise<Result<PersonRow, 'pin_wrong' | 'pin_locked'>> {
    const attempt = await attempts.take(ATTEMPTS.pin, phone);
    if (!attempt.ok) return fail('pin_locked', { retryAfterMs: attempt.retryAfterMs });
    const matches = person?.pinHash ? await pinMatches(person.pinHash, pin) : await pretendToMatch(pin);
    if (!person || !matches) return fail('pin_wrong', { param: 'pin' });
    await attempts.forget(ATTEMPTS.pin, phone);
    return ok(person);
  }

  /** Finds the newcomer's row or makes it, with its wallet. Two sessions opened at once make one person. */
  async function findOrMake(client: Client, phone: E164, at: Date): Promise<{ id: string; isNew: boolean }> {
    const existing = await store.findPersonByPhone(client, phone);
    if (existing) return { id: existing.id, isNew: false };
    const id = newId('person');
    if (await store.insertPerson(client, { id, phone, createdAt: at })) {
      await books.openWallet(client, id, WALLET_CURRENCY);
      await audit.record(client, { actor: id, action: 'person.joined', subject: id });
      return { id, isNew: true };
    }
    const other = await store.findPersonByPhone(client, phone);
    if (!other) throw new Error('a person was there and is not');
    return { id: other.id, isNew: false };
  }

  async function missingForFacePay(
    client: Client,
    person: PersonRow,
    enrolled: boolean,
  ): Promise<PeopleFailure | null> {
    for (const kind of ['terms', 'biometrics'] as const) {
      if (!(await store.hasConsentVersion(client, person.id, kind, currentConsentVersion(kind)))) {
        return fail('consent_required', { param: kind });
      }
    }
    if (!enrolled) return fail('face_required');
    return person.pinHash === null ? fail('pin_required_first') : null;
  }

  return {
    async requestCode(wanted) {
      const phone = normalisePhone(wanted.phone, wanted.country ?? 'DE');
      if (!phone.ok) return phone;
      if (!deps.messages) return fail('messages_unavailable');
      for (const [policy, subject] of [
        [codesPerAddress, wanted.address],
        [ATTEMPTS.codesPerPhone, phone.value],
      ] as const) {
        const attempt = await attempts.take(policy, subject);
        if (!attempt.ok) return fail('code_requests_limited', { retryAfterMs: attempt.retryAfterMs });
      }
      const authCodeId = newId('authCode');
      const code = randomInt(1_000_000).toString().padStart(6, '0');
      const createdAt = now();
      const expiresAt = new Date(createdAt.getTime() + CODE_LIFE_MS);
      const codeHash = hashCode(authCodeId, code);
      await store.insertAuthCode(pool, { id: authCodeId, phone: phone.value, codeHash, createdAt, expiresAt });
      await deps.messages.sendCode(phone.value, code, wanted.language);
      return ok({ authCodeId, phoneHint: phoneHint(phone.value), expiresAt: expiresAt.toISOString() });
    },

    async openSession(given) {
      const at = now();
      // The attempt stays counted whatever comes of it, so it is committed before the code is looked at.
      const code = await store.takeAuthCodeAttempt(pool, given.authCodeId);
      if (!code || code.usedAt !== null || code.expiresAt <= at) return fail('code_expired');
      if (code.attempts > CODE_ATTEMPTS) return fail('code_used_up');
      if (!timingSafeEqual(code.codeHash, hashCode(given.authCodeId, given.code))) {
        return fail('code_wrong', { param: 'code' });
      }
      const token = newSecretToken();
      const expiresAt = new Date(at.getTime() + SESSION_LIFE_MS);
      const opened = await inTransaction(
        pool,
        async (client): Promise<Result<{ id: string; isNew: boolean }, PeopleErrorCode>> => {
          if (!(await store.useAuthCode(client, given.authCodeId, at))) return fail('code_expired');
          const person = await findOrMake(client, code.phone, at);
          const id = newId('session');
          const tokenHash = hashToken(token);
          await store.insertSession(client, { id, personId: person.id, tokenHash, createdAt: at, expiresAt });
          await audit.record(client, { actor: person.id, action: 'session.opened', subject: id });
          return ok(person);
        },
      );
      if (!opened.ok) return opened;
      const person = await profileOf(opened.value.id);
      return ok({ token, expiresAt: expiresAt.toISOString(), isNew: opened.value.isNew, person });
    },

    async closeSession(sessionId) {
      await store.revokeSession(pool, sessionId, now());
    },

    bySessionToken: (token) => store.findSession(pool, hashToken(token), now()),

    profile: (personId) => profileOf(personId),

    async giveConsent(personId, kind, version) {
      if (version !== currentConsentVersion(kind)) return fail('consent_version_unknown', { param: 'version' });
      await inTransaction(pool, async (client) => {
        await store.insertConsent(client, personId, { kind, version, givenAt: now() });
        await audit.record(client, {
          actor: personId,
          action: 'consent.given',
          subject: personId,
          details: { version },
        });
      });
      return ok(await profileOf(personId));
    },

    hasConsent: (personId, kind) => store.hasConsentVersion(pool, personId, kind, currentConsentVersion(kind)),

    async consentVersion(client, personId, kind) {
      const consents = await store.listConsents(client, personId);
      return consents.findLast((consent) => consent.kind === kind)?.version ?? null;
    },

    async setPin(personId, pin, currentPin) {
      if (isWeakPin(pin)) return fail('pin_weak', { param: 'pin' });
      const person = await known(pool, personId);
      if (person.pinHash !== null) {
        if (currentPin === undefined) return fail('current_pin_required', { param: 'currentPin' });
        const checked = await checkPin(person.phone, person, currentPin);
        if (!checked.ok) return { ...checked, param: 'currentPin' };
      }
      const pinHash = await hashPin(pin);
      const done = await inTransaction(pool, async (client) => {
        const row = await store.lockPerson(client, personId);
        // Another request set a PIN while this one was hashing its own: then this one did not know the current PIN.
        if (row?.pinHash !== person.pinHash) return false;
        await store.updatePin(client, personId, pinHash);
        await audit.record(client, { actor: personId, action: 'pin.set', subject: personId });
        return true;
      });
      return done ? ok(await profileOf(personId)) : fail('current_pin_required', { param: 'currentPin' });
    },

    async setFacePay(personId, enabled) {
      const wanted: FacePayState = enabled ? 'on' : 'off';
      const enrolled = enabled && (await faces.isEnrolled(personId));
      const failure = await inTransaction(pool, async (client): Promise<PeopleFailure | null> => {
        const person = await store.lockPerson(client, personId);
        if (!person) throw new Error('a signed-in person is not there');
        if (person.facePay === wanted) return null;
        if (FACE_PAY_MOVES[person.facePay][wanted] !== 'person') return fail('face_pay_frozen');
        const missing = enabled ? await missingForFacePay(client, person, enrolled) : null;
        if (missing) return missing;
        await store.updateFacePay(client, personId, wanted);
        await audit.record(client, { actor: personId, action: `face_pay.${wanted}`, subject: personId });
        return null;
      });
      return failure ?? ok(await profileOf(personId));
    },

    async setPhoneStep(personId, phoneStep) {
      await inTransaction(pool, async (client) => {
        await store.updatePhoneStep(client, personId, phoneStep);
        await audit.record(client, {
          actor: personId,
          action: 'phone_step.set',
          subject: personId,
          details: { phoneStep },
        });
      });
      return profileOf(personId);
    },

    async deleteFace(personId) {
      await inTransaction(pool, async (client) => {
        const person = await store.lockPerson(client, personId);
        if (person?.facePay === 'on') await store.updateFacePay(client, personId, 'off');
        await audit.record(client, { actor: personId, action: 'face.deletion_asked', subject: personId });
      });
      // Off first: should deleting fail, the face can at least not pay.
      await faces.deleteFace(personId);
      return profileOf(personId);
    },

    async checkTopUp(client, personId, amount, comingMinor) {
      const amountMinor = amountOf(amount);
      if (amount.currency !== WALLET_CURRENCY) return fail('currency_not_supported', { param: 'amount.currency' });
      if (amountMinor < TOP_UP_MIN_MINOR) return fail('top_up_too_small', { param: 'amount.amountMinor' });
      if (amountMinor > TOP_UP_MAX_MINOR) return fail('top_up_too_large', { param: 'amount.amountMinor' });
      // The lock lets top-ups of one person come one after the other, so that the limit holds between them.
      await store.lockPerson(client, personId);
      if (!(await store.hasConsentVersion(client, personId, 'terms', currentConsentVersion('terms')))) {
        return fail('consent_required', { param: 'terms' });
      }
      if ((await books.walletBalance(client, personId)) + comingMinor + amountMinor > WALLET_MAX_MINOR) {
        return fail('balance_limit_exceeded');
      }
      return ok(null);
    },

    async findByPhone(phone) {
      const person = await store.findPersonByPhone(pool, phone);
      return person ? summaryOf(person) : null;
    },

    async findByLastFour(lastFour) {
      return (await store.findPeopleByLastFour(pool, lastFour, MAX_SAME_DIGITS)).map(summaryOf);
    },

    async summaries(personIds) {
      return (await store.findPeople(pool, personIds)).map(summaryOf);
    },

    summary: async (client, personId) => summaryOf(await known(client, personId)),

    async lock(client, personId) {
      const person = await store.lockPerson(client, personId);
      if (!person) throw new Error('a payer is not there');
      return summaryOf(person);
    },

    async lockAll(client, personIds) {
      const people = await store.lockPeople(client, personIds);
      return new Map(people.map((person) => [person.id, summaryOf(person)]));
    },

    async verifyPinByPhone(phone, pin) {
      const checked = await checkPin(phone, await store.findPersonByPhone(pool, phone), pin);
      return checked.ok ? ok(summaryOf(checked.value)) : checked;
    },

    async verifyPin(personId, pin) {
      const person = await known(pool, personId);
      const checked = await checkPin(person.phone, person, pin);
      return checked.ok ? ok(null) : checked;
    },

    async freezeFacePay(client, personId) {
      const person = await store.lockPerson(client, personId);
      if (!person) throw new Error('a payer is not there');
      if (person.facePay !== 'frozen') await store.updateFacePay(client, personId, 'frozen');
      return 'frozen';
    },

    async endFreeze(client, personId) {
      const person = await store.lockPerson(client, personId);
      if (!person) throw new Error('a payer is not there');
      if (person.facePay !== 'frozen') return person.facePay;
      await store.updateFacePay(client, personId, 'off');
      return 'off';
    },

    sweep: () => store.deleteOldCodes(pool, new Date(now().getTime() - 24 * 3_600_000)),
  };
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
