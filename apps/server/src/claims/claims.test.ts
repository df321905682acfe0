import type { Payment } from '@smile/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO } from '../app.ts';
import { ACCOUNTS } from '../books/service.ts';
import {
  failureOf,
  freshPhone,
  GOOD_PIN,
  openWorld,
  type TestPerson,
  type TestTerminal,
  type World,
} from '../testing/world.ts';

let world: World;
let terminal: TestTerminal;
let operator: World['anyone'];
beforeAll(async () => {
  // A cap of 20.00, so that two burgers are under it and three above.
  world = await openWorld({ coverCapMinor: 2_000n });
  terminal = await world.terminal();
  operator = world.as({ authorization: `Bearer ${DEMO.operatorToken}` });
});
afterAll(() => world.close());

const BURGER_MINOR = 890n;
const tokenOf = (payment: Payment) => payment.receiptUrl?.replace('/r/', '') ?? '';
const openClaim = (token: string) => world.anyone.call('openClaim', { params: { token } });
const getReceipt = (token: string) => world.anyone.call('getReceipt', { params: { token } });
const decide = (claimId: string, decision: 'accept' | 'reject', reason = 'looked into it') =>
  operator.call('decideClaim', { params: { claimId }, body: { decision, reason } });
/** As if the payment had been made that many months from now. */
const movePaidAt = (payment: Payment, months: number) =>
  world.pool.query('UPDATE receipts SET paid_at = paid_at + make_interval(months => $2) WHERE payment_id = $1', [
    payment.id,
    months,
  ]);
const facePayOf = async (person: TestPerson) => (await person.api.call('getMe', {})).facePay;

const paid = async (quantity = 1) => {
  const phone = freshPhone();
  const ada = await world.join(phone, { balanceMinor: 10_000n, face: phone });
  return { ada, ...(await paysAgain(ada, quantity)) };
};
const paysAgain = async (ada: TestPerson, quantity = 1) => {
  const ready = await terminal.readyToConfirm(ada, ada.phone, [{ quantity }]);
  const payment = await terminal.confirm(ready.id, { pin: GOOD_PIN });
  return { payment, token: tokenOf(payment) };
};

describe('a receipt', () => {
  it('says what was paid, in the language of who reads it', async () => {
    const { payment, token } = await paid(2);
    expect(await getReceipt(token)).toMatchObject({
      paymentId: payment.id,
      shopName: 'Old Town',
      merchantName: 'Sunny Side Burgers',
      lines: [{ text: 'Sunny Burger', quantity: 2, total: { amountMinor: '1780', currency: 'EUR' } }],
      total: { amountMinor: '1780', currency: 'EUR' },
      method: 'face_and_phone',
      claimId: null,
    });
    const chinese = world.as({ 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.5' });
    expect(await chinese.call('getReceipt', { params: { token } })).toMatchObject({ lines: [{ text: '阳光汉堡' }] });
  });

  it('opens to its own link only', async () => {
    expect(await failureOf(getReceipt('x'.repeat(43)))).toMatchObject({ code: 'receipt_not_found', status: 404 });
    expect(await failureOf(openClaim('x'.repeat(43)))).toMatchObject({ code: 'receipt_not_found' });
  });
});

describe('“This wasn’t me”', () => {
  it('stops face pay and gives a small amount back at once, from the cover fund', async () => {
    const { ada, token } = await paid();
    const before = await world.balances();
    const claim = await openClaim(token);
    expect(claim).toMatchObject({ state: 'credited', facePay: 'frozen', decidedAt: null });
    expect(await ada.balanceMinor()).toBe(10_000n);
    const after = await world.balances();
    expect(before.cover - after.cover).toBe(BURGER_MINOR);
    expect(after.merchant).toBe(before.merchant);
    expect(await getReceipt(token)).toMatchObject({ claimId: claim.id });
  });

  it('is one claim, however often it is said', async () => {
    const { ada, token } = await paid();
    const claims = await Promise.all([1, 2, 3, 4].map(() => openClaim(token)));
    expect(new Set(claims.map(({ id }) => id)).size).toBe(1);
    expect(await openClaim(token)).toEqual(claims[0]);
    expect(await ada.balanceMinor()).toBe(10_000n);
  });

  it('above the cap waits for an operator, who decides once', async () => {
    const { ada, token } = await paid(3);
    const claim = await openClaim(token);
    expect(claim).toMatchObject({ state: 'under_review', facePay: 'frozen' });
    expect(await ada.balanceMinor()).toBe(10_000n - 3n * BURGER_MINOR);
    const { data } = await operator.call('listClaims', { query: {} });
    expect(data[0]).toMatchObject({ id: claim.id });
    expect(await decide(claim.id, 'accept', 'camera was moved')).toMatchObject({
      state: 'accepted',
      facePay: 'off',
      decisionReason: 'camera was moved',
      decidedAt: expect.any(String),
    });
    expect(await ada.balanceMinor()).toBe(10_000n);
    expect(await failureOf(decide(claim.id, 'reject'))).toMatchObject({ code: 'claim_already_decided' });
    // The freeze is over: Ada may switch face pay on again, nobody did it for her.
    expect(await ada.api.call('setFacePay', { body: { enabled: true } })).toMatchObject({ facePay: 'on' });
  });

  it('counts all of a person’s claims against the cap', async () => {
    const { ada, token } = await paid(2);
    const other = await paysAgain(ada, 1);
    expect(await openClaim(token)).toMatchObject({ state: 'credited' });
    expect(await openClaim(other.token)).toMatchObject({ state: 'under_review' });
  });

  it('leaves the person no way to switch face pay on, and the payment page none to use it', async () => {
    const { ada, token } = await paid();
    const waiting = await terminal.readyToConfirm(ada, ada.phone);
    await openClaim(token);
    expect(await failureOf(ada.api.call('setFacePay', { body: { enabled: true } }))).toMatchObject({
      code: 'face_pay_frozen',
    });
    expect(await failureOf(ada.api.call('setFacePay', { body: { enabled: false } }))).toMatchObject({
      code: 'face_pay_frozen',
    });
    expect(await failureOf(terminal.confirm(waiting.id))).toMatchObject({ code: 'face_pay_not_on' });
  });

  it('stays frozen until the last open claim is decided', async () => {
    const { ada, token } = await paid(3);
    const other = await paysAgain(ada, 3);
    const [first, second] = [await openClaim(token), await openClaim(other.token)];
    expect(await decide(first.id, 'accept')).toMatchObject({ facePay: 'frozen' });
    expect(await decide(second.id, 'reject')).toMatchObject({ facePay: 'off', state: 'rejected' });
    expect(await facePayOf(ada)).toBe('off');
  });

  it('rejected, takes the provisional credit back as far as it is still there', async () => {
    const { ada, token } = await paid();
    const claim = await openClaim(token);
    expect(await decide(claim.id, 'reject')).toMatchObject({ state: 'rejected' });
    expect(await ada.balanceMinor()).toBe(10_000n - BURGER_MINOR);
    const { rows } = await world.pool.query('SELECT credited_minor FROM claims WHERE id = $1', [claim.id]);
    expect(rows[0].credited_minor).toBe(0n);
  });

  it('for a payment with PIN is looked at by a person', async () => {
    const bo = await world.join(freshPhone(), { balanceMinor: 2_000n });
    const payment = await terminal.startPayment((await terminal.order()).id);
    await terminal.api.call('identifyPayer', {
      params: { paymentId: payment.id },
      body: { method: 'phone_and_pin', phone: bo.phone, pin: GOOD_PIN },
    });
    const { receiptUrl } = await terminal.confirm(payment.id);
    expect(await openClaim(receiptUrl!.replace('/r/', ''))).toMatchObject({ state: 'under_review', facePay: 'frozen' });
  });

  it('keeps the evidence as it was, and nothing of the face', async () => {
    const { token } = await paid();
    const claim = await openClaim(token);
    const { rows } = await world.pool.query('SELECT evidence FROM claims WHERE id = $1', [claim.id]);
    expect(rows[0].evidence).toMatchObject({
      method: 'face_and_phone',
      consentVersions: { terms: 'terms-2026-11', biometrics: 'biometrics-2026-11' },
      similarity: 0.8,
      threshold: 0.35,
      modelVersion: 'words-1',
      terminalId: terminal.id,
      pinUsed: true,
      scan: { outcome: 'live', cameraKind: '3d' },
      confirmedAt: expect.any(String),
    });
    expect(JSON.stringify(rows[0].evidence)).not.toMatch(/probe|embedding|template/);
  });

  it('is accepted for 13 months', async () => {
    const [early, late] = [await paid(), await paid()];
    await movePaidAt(early.payment, -12);
    await movePaidAt(late.payment, -14);
    expect(await openClaim(early.token)).toMatchObject({ state: 'credited' });
    expect(await failureOf(openClaim(late.token))).toMatchObject({ code: 'claim_too_late', status: 409 });
  });
});

it('a fund that is short loses no claim', async () => {
  const { ada, token } = await paid();
  const fund = ACCOUNTS.coverFund('EUR');
  const held = (await world.ledger.balance(fund))!.availableMinor;
  const drain = (id: string, from: string, to: string) =>
    world.ledger.post({
      id,
      kind: 'test',
      transfers: [{ debitAccountId: from, creditAccountId: to, amountMinor: held, currency: 'EUR' }],
    });
  await drain('test:drain', fund, ACCOUNTS.operatorCapital('EUR'));
  const claim = await openClaim(token);
  expect(claim).toMatchObject({ state: 'under_review', facePay: 'frozen' });
  expect(await failureOf(decide(claim.id, 'accept'))).toMatchObject({ code: 'cover_fund_short' });
  await drain('test:fill', ACCOUNTS.operatorCapital('EUR'), fund);
  expect(await decide(claim.id, 'accept')).toMatchObject({ state: 'accepted' });
  expect(await ada.balanceMinor()).toBe(10_000n);
});

it('only an operator decides', async () => {
  const { token } = await paid();
  const claim = await openClaim(token);
  const staff = world.as({ authorization: 'Bearer demo-staff-oldtown' });
  for (const caller of [staff, world.anyone]) {
    const decision = caller.call('decideClaim', {
      params: { claimId: claim.id },
      body: { decision: 'accept', reason: 'because' },
    });
    expect(await failureOf(decision)).toMatchObject({ code: 'operator_token_invalid', status: 401 });
  }
});

describe('the pages behind the link', () => {
  const get = (url: string, language = 'en') =>
    world.app.http.inject({ url, headers: { 'accept-language': language } });

  it('show the receipt, explain, and open the claim by a button', async () => {
    const { token } = await paid();
    const receipt = await get(`/r/${token}`);
    expect(receipt.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect(receipt.body).toContain('€8.90');
    expect(receipt.body).toContain('This wasn’t me');
    expect((await get(`/r/${token}`, 'zh-CN')).body).toContain('不是我付的');
    expect((await get(`/r/${token}?lang=en`, 'zh-CN')).body).toContain('This wasn’t me');

    const question = await get(`/r/${token}/not-me`);
    expect(question.body).toContain(`action="/r/${token}/not-me?lang=en"`);
    // Reading the page alone claims nothing: mail scanners open links.
    expect((await getReceipt(token)).claimId).toBeNull();
    const pressed = await world.app.http.inject({
      method: 'POST',
      url: `/r/${token}/not-me?lang=en`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: '',
    });
    expect(pressed).toMatchObject({ statusCode: 303, headers: { location: `/r/${token}?lang=en` } });
    expect((await get(`/r/${token}`)).body).toContain('The amount is back in your wallet.');
  });

  it('say in plain words when the link is wrong', async () => {
    const answer = await get(`/r/${'y'.repeat(43)}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain('There is no such receipt');
  });
});
