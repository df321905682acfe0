import { money } from '@smile/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, freshPhone, GOOD_PIN, newKey, openWorld, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const requestCode = (phone: string) => world.anyone.call('requestCode', { body: { phone } });
const openSession = (authCodeId: string, code: string) =>
  world.anyone.call('openSession', { body: { authCodeId, code } });
const wrong = (code: string) => code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));

describe('signing in', () => {
  it('makes a newcomer a person with an empty wallet, and knows them the next time', async () => {
    const first = await requestCode('0170 555 0001');
    expect(first.phoneHint).toBe('+49 ··· ··· 01');
    const session = await openSession(first.authCodeId, await world.lastCode('+491705550001'));
    expect(session).toMatchObject({
      isNew: true,
      person: { facePay: 'off', faceEnrolled: false, pinSet: false, consents: [], balance: money(0n, 'EUR') },
    });
    const second = await requestCode('+49 (0)170-555-0001');
    const again = await openSession(second.authCodeId, await world.lastCode('+491705550001'));
    expect(again).toMatchObject({ isNew: false, person: { id: session.person.id } });
  });

  it('makes one person of two sessions opened at the same moment', async () => {
    const phone = freshPhone();
    const first = await requestCode(phone);
    const firstCode = await world.lastCode(phone);
    const second = await requestCode(phone);
    const secondCode = await world.lastCode(phone);
    const sessions = await Promise.all([
      openSession(first.authCodeId, firstCode),
      openSession(second.authCodeId, secondCode),
    ]);
    expect(new Set(sessions.map(({ person }) => person.id)).size).toBe(1);
    expect(sessions.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  it('opens one session with a code, even when it is sent twice at once', async () => {
    const phone = freshPhone();
    const { authCodeId } = await requestCode(phone);
    const code = await world.lastCode(phone);
    const opened = await Promise.allSettled([openSession(authCodeId, code), openSession(authCodeId, code)]);
    expect(opened.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await failureOf(openSession(authCodeId, code))).toMatchObject({ code: 'code_expired' });
  });

  it('gives five attempts, and the right code is of no use after them', async () => {
    const phone = freshPhone();
    const { authCodeId } = await requestCode(phone);
    const code = await world.lastCode(phone);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect(await failureOf(openSession(authCodeId, wrong(code)))).toMatchObject({ code: 'code_wrong', status: 400 });
    }
    expect(await failureOf(openSession(authCodeId, code))).toMatchObject({ code: 'code_used_up' });
  });

  it('counts guesses sent in parallel', async () => {
    const phone = freshPhone();
    const { authCodeId } = await requestCode(phone);
    const code = await world.lastCode(phone);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () => failureOf(openSession(authCodeId, wrong(code)))),
    );
    expect(guesses.filter((failure) => failure.code === 'code_wrong')).toHaveLength(5);
    expect(guesses.filter((failure) => failure.code === 'code_used_up')).toHaveLength(7);
  });

  it('limits the codes sent to one number', async () => {
    const phone = freshPhone();
    for (let sent = 0; sent < 5; sent += 1) await requestCode(phone);
    const refused = await failureOf(requestCode(phone));
    expect(refused).toMatchObject({ code: 'code_requests_limited', type: 'rate_limit_error', status: 429 });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
  });

  it('keeps neither code nor token in clear', async () => {
    const person = await world.join(freshPhone());
    const { authCodeId } = await requestCode(person.phone);
    const code = await world.lastCode(person.phone);
    const codes = await world.pool.query('SELECT code_hash FROM people_auth_codes WHERE id = $1', [authCodeId]);
    expect(codes.rows[0].code_hash.toString('latin1')).not.toContain(code);
    const dump = await world.pool.query(`SELECT s::text AS row FROM people_sessions s`);
    expect(dump.rows.map(({ row }) => row).join()).not.toContain(person.token);
  });

  it('ends a session for good', async () => {
    const person = await world.join(freshPhone());
    expect(await person.api.call('closeSession', {})).toEqual({ closed: true });
    expect(await failureOf(person.api.call('getMe', {}))).toMatchObject({ code: 'session_invalid', status: 401 });
  });

  it.each(['', '12', 'call me', '+49 900 1234567', '+999 12345678', '110'])(
    'does not send a code to “%s”',
    async (phone) => {
      const refused = await failureOf(requestCode(phone));
      expect(['phone_invalid', 'invalid_request']).toContain(refused.code);
      expect(refused).toMatchObject({ status: 400, param: 'phone' });
    },
  );
});

describe('the PIN', () => {
  it('refuses what anybody would try first', async () => {
    const person = await world.join(freshPhone(), { pin: null });
    for (const pin of ['123456', '000000', '987654', '121212']) {
      expect(await failureOf(person.api.call('setPin', { body: { pin } }))).toMatchObject({ code: 'pin_weak' });
    }
    expect(await person.api.call('setPin', { body: { pin: GOOD_PIN } })).toMatchObject({ pinSet: true });
  });

  it('is changed only by who knows it, and locks after five wrong ones for 15 minutes', async () => {
    const person = await world.join(freshPhone());
    const change = (currentPin?: string) =>
      failureOf(person.api.call('setPin', { body: { pin: '314159', currentPin } }));
    expect(await change()).toMatchObject({ code: 'current_pin_required' });
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect(await change('141421')).toMatchObject({ code: 'pin_wrong', param: 'currentPin' });
    }
    const locked = await change(GOOD_PIN);
    expect(locked).toMatchObject({ code: 'pin_locked', status: 429 });
    expect(locked.retryAfterMs).toBeGreaterThan(14 * 60_000);
    world.clock.advance(15 * 60_000 + 1);
    const changed = await person.api.call('setPin', { body: { pin: '314159', currentPin: GOOD_PIN } });
    expect(changed.pinSet).toBe(true);
  });
});

describe('face pay', () => {
  it('needs both consents, a face and a PIN, in words for each', async () => {
    const phone = freshPhone();
    const { authCodeId } = await requestCode(phone);
    const session = await openSession(authCodeId, await world.lastCode(phone));
    const api = world.as({ authorization: `Bearer ${session.token}` });
    const switchOn = () => api.call('setFacePay', { body: { enabled: true } });
    const { data: texts } = await world.anyone.call('getConsentTexts', { query: { language: 'zh' } });

    expect(await failureOf(switchOn())).toMatchObject({ code: 'consent_required', param: 'terms' });
    await api.call('giveConsent', { body: { kind: 'terms', version: texts[0].version } });
    expect(await failureOf(switchOn())).toMatchObject({ code: 'consent_required', param: 'biometrics' });
    await api.call('giveConsent', { body: { kind: 'biometrics', version: texts[1].version } });
    expect(await failureOf(switchOn())).toMatchObject({ code: 'face_required' });
    world.camera.faces.set(session.person.id, 'ada');
    expect(await failureOf(switchOn())).toMatchObject({ code: 'pin_required_first' });
    await api.call('setPin', { body: { pin: GOOD_PIN } });
    expect(await switchOn()).toMatchObject({ facePay: 'on', faceEnrolled: true });
    expect(await api.call('setFacePay', { body: { enabled: false } })).toMatchObject({ facePay: 'off' });
  });

  it('ends with the face', async () => {
    const person = await world.join(freshPhone(), { face: 'bo' });
    expect(await person.api.call('deleteFace', {})).toMatchObject({ facePay: 'off', faceEnrolled: false });
    expect(world.camera.faces.has(person.id)).toBe(false);
  });

  it('wants the current version of a text', async () => {
    const person = await world.join(freshPhone());
    const stale = person.api.call('giveConsent', { body: { kind: 'terms', version: 'terms-2019-01' } });
    expect(await failureOf(stale)).toMatchObject({ code: 'consent_version_unknown' });
  });
});

describe('topping up', () => {
  const topUp = (
    api: World['anyone'],
    amountMinor: string,
    currency = 'EUR',
    idempotencyKey: string | undefined = newKey(),
  ) =>
    api.call('topUp', {
      body: { amount: { amountMinor, currency: currency as 'EUR' }, source: 'sandbox_bank' },
      idempotencyKey,
    });

  it('brings money in once for each key', async () => {
    const person = await world.join(freshPhone());
    const key = newKey();
    const answers = await Promise.all([1, 2, 3].map(() => topUp(person.api, '2500', 'EUR', key)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await person.balanceMinor()).toBe(2_500n);
    expect(await failureOf(topUp(person.api, '2600', 'EUR', key))).toMatchObject({ code: 'idempotency_key_reused' });
  });

  it.each([
    ['99', 'EUR', 'top_up_too_small'],
    ['0', 'EUR', 'top_up_too_small'],
    ['50001', 'EUR', 'top_up_too_large'],
    ['9223372036854775807', 'EUR', 'top_up_too_large'],
    ['9223372036854775808', 'EUR', 'invalid_request'],
    ['-100', 'EUR', 'invalid_request'],
    ['1e3', 'EUR', 'invalid_request'],
    ['1000', 'JPY', 'currency_not_supported'],
    ['1000', 'XXX', 'invalid_request'],
  ])('refuses %s %s: %s', async (amountMinor, currency, code) => {
    const person = await world.join(freshPhone());
    expect(await failureOf(topUp(person.api, amountMinor, currency))).toMatchObject({ code, status: 400 });
    expect(await person.balanceMinor()).toBe(0n);
  });

  it('keeps to the most a wallet holds, also when ten arrive at once', async () => {
    const person = await world.join(freshPhone());
    for (let turn = 0; turn < 9; turn += 1) await topUp(person.api, '50000');
    const rest = await Promise.allSettled([1, 2, 3].map(() => topUp(person.api, '50000')));
    expect(rest.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await person.balanceMinor()).toBe(500_000n);
  });

  it('wants a key and the terms', async () => {
    const person = await world.join(freshPhone());
    expect(await failureOf(topUp(person.api, '1000', 'EUR', ''))).toMatchObject({ code: 'idempotency_key_missing' });
    expect(await failureOf(topUp(person.api, '1000', 'EUR', 'short'))).toMatchObject({
      code: 'idempotency_key_invalid',
    });
    const phone = freshPhone();
    const { authCodeId } = await requestCode(phone);
    const { token } = await openSession(authCodeId, await world.lastCode(phone));
    const newcomer = world.as({ authorization: `Bearer ${token}` });
    expect(await failureOf(topUp(newcomer, '1000'))).toMatchObject({ code: 'consent_required', param: 'terms' });
  });
});
