import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../ids.ts';
import { failureOf, freshPhone, openWorld, type TestPerson, type TestTerminal, type World } from '../testing/world.ts';

let world: World;
let terminal: TestTerminal;
let faceCount = 0;

beforeAll(async () => {
  world = await openWorld({ shortestPhoneStep: 'none' });
  terminal = await world.terminal();
});
afterAll(() => world?.close());

type Guest = TestPerson & { readonly face: string };

const newFace = () => {
  faceCount += 1;
  return `face ${faceCount}`;
};

/** Somebody with face pay on; faces are words, one for each guest unless one is given. */
async function guest(phone = freshPhone(), face = newFace()): Promise<Guest> {
  return { ...(await world.join(phone, { face, balanceMinor: 50_000n })), face };
}

async function visit(who: Guest, at = terminal): Promise<void> {
  const payment = await at.readyToConfirm(who, who.face);
  await at.confirm(payment.id, payment.pinRequired ? { pin: who.pin } : {});
}

/** A payment and a scan of this face for it. */
async function look(face: string, at = terminal) {
  const payment = await at.startPayment((await at.order()).id);
  return { payment, scanId: world.camera.scan(face, { terminalId: at.id, paymentId: payment.id }) };
}

async function asked(face: string, at = terminal) {
  const { payment, scanId } = await look(face, at);
  return at.api.call('askPhoneStep', { params: { paymentId: payment.id }, body: { scanId } });
}

async function byLastDigits(face: string, lastDigits: string, at = terminal) {
  const { payment, scanId } = await look(face, at);
  const body = { method: 'face_and_last_digits' as const, scanId, lastDigits };
  return at.api.call('identifyPayer', { params: { paymentId: payment.id }, body });
}

const lastFour = (who: Guest) => who.phone.slice(-4);

describe('how much of the number is asked for', () => {
  it('all of it the first time at a shop, four digits from then on', async () => {
    const ann = await guest();
    expect(await asked(ann.face)).toEqual({ step: 'full', reason: 'first_time' });
    await visit(ann);
    expect(await asked(ann.face)).toEqual({ step: 'last_four', reason: 'known_here' });
    expect(await asked(ann.face, await world.terminal('riverside'))).toEqual({ step: 'full', reason: 'first_time' });
    expect(await asked('a stranger')).toEqual({ step: 'full', reason: 'first_time' });
  });

  it('is forgotten after a year', async () => {
    const ann = await guest();
    await visit(ann);
    world.clock.advance(366 * 24 * 3_600_000);
    expect(await asked(ann.face)).toEqual({ step: 'full', reason: 'first_time' });
    expect(await failureOf(byLastDigits(ann.face, lastFour(ann)))).toMatchObject({ code: 'full_number_needed' });
  });

  it('is always all of it for who wants it so, and cannot be got round', async () => {
    const ann = await guest();
    await visit(ann);
    const changed = await ann.api.call('setPhoneStep', { body: { phoneStep: 'always_full' } });
    expect(changed.phoneStep).toBe('always_full');
    expect(await asked(ann.face)).toEqual({ step: 'full', reason: 'your_wish' });
    expect(await failureOf(byLastDigits(ann.face, lastFour(ann)))).toMatchObject({ code: 'full_number_needed' });
  });

  it('is all of it for somebody with a look-alike, and the PIN on top, in neutral words', async () => {
    const ann = await guest();
    await visit(ann);
    world.camera.lookAlikes.add(ann.id);
    expect(await asked(ann.face)).toEqual({ step: 'full', reason: 'to_be_sure' });
    expect(await failureOf(byLastDigits(ann.face, lastFour(ann)))).toMatchObject({ code: 'full_number_needed' });
    const payment = await terminal.readyToConfirm(ann, ann.face);
    expect(payment).toMatchObject({ pinRequired: true, pinReason: 'risk' });
    expect(await failureOf(terminal.confirm(payment.id))).toMatchObject({ code: 'payment_pin_required' });
    expect(await terminal.confirm(payment.id, { pin: ann.pin })).toMatchObject({ state: 'succeeded' });
    expect((await ann.api.call('getMe', {})).pinAlways).toBe(true);
  });

  it('is nothing for a regular who wants it so', async () => {
    const ann = await guest();
    await ann.api.call('setPhoneStep', { body: { phoneStep: 'none' } });
    for (let times = 0; times < 4; times += 1) await visit(ann);
    expect(await asked(ann.face)).toEqual({ step: 'last_four', reason: 'known_here' });
    await visit(ann);
    const { payment, scanId } = await look(ann.face);
    const params = { paymentId: payment.id };
    expect(await terminal.api.call('askPhoneStep', { params, body: { scanId } })).toEqual({
      step: 'none',
      reason: 'regular',
    });
    const named = await terminal.api.call('identifyPayer', { params, body: { method: 'face_alone', scanId } });
    expect(named).toMatchObject({ state: 'requires_confirmation', method: 'face_and_phone' });
    const kept = await world.pool.query<{ evidence: object }>('SELECT evidence FROM payments WHERE id = $1', [
      payment.id,
    ]);
    expect(kept.rows[0].evidence).toMatchObject({ phoneStep: 'none', listLength: 1 });
    // Asked for nothing only where the number of regulars is small enough for the evidence there is.
    const others = await Promise.all(Array.from({ length: 3 }, () => guest()));
    for (const other of others) {
      await other.api.call('setPhoneStep', { body: { phoneStep: 'none' } });
      for (let times = 0; times < 5; times += 1) await visit(other);
    }
    expect(await asked(ann.face)).toEqual({ step: 'last_four', reason: 'known_here' });
  }, 30_000);

  it('needs a scan that could pay', async () => {
    const { payment } = await look('x');
    const ask = (scanId: string) =>
      terminal.api.call('askPhoneStep', { params: { paymentId: payment.id }, body: { scanId } });
    expect(await failureOf(ask(newId('scan')))).toMatchObject({ code: 'scan_not_found' });
    const attack = world.camera.scan('x', { terminalId: terminal.id, paymentId: payment.id }, { outcome: 'attack' });
    expect(await failureOf(ask(attack))).toMatchObject({ code: 'scan_not_live' });
    const elsewhere = await look('x');
    expect(await failureOf(ask(elsewhere.scanId))).toMatchObject({ code: 'scan_not_found' });
  });
});

describe('the last four digits', () => {
  it('name a guest whom the shop knows', async () => {
    const ann = await guest();
    await visit(ann);
    const payment = await byLastDigits(ann.face, lastFour(ann));
    expect(payment).toMatchObject({ state: 'requires_confirmation', method: 'face_and_phone' });
    expect(await terminal.confirm(payment.id)).toMatchObject({ state: 'succeeded' });
  });

  it('tell two guests with the same digits apart by their faces', async () => {
    const [ann, bob] = [await guest('+4915120777001'), await guest('+4915130777001')];
    await visit(ann);
    await visit(bob);
    const { payerHint, id } = await byLastDigits(bob.face, '7001');
    expect(payerHint).not.toBeNull();
    const paid = await world.pool.query('SELECT person_id FROM payments WHERE id = $1', [id]);
    expect(paid.rows).toEqual([{ person_id: bob.id }]);
  });

  it('do not choose between two who look the same', async () => {
    const face = 'the face of twins';
    const [ann, bob] = [await guest('+4915120777002', face), await guest('+4915130777002', face)];
    await visit(ann);
    await visit(bob);
    expect(await failureOf(byLastDigits(face, '7002'))).toMatchObject({ code: 'full_number_needed' });
  });

  it('answer alike, and as late, to digits nobody has, a guest of another shop, and another face', async () => {
    const [ann, elsewhere] = [await guest(), await guest()];
    await visit(ann);
    await visit(elsewhere, await world.terminal('riverside'));
    const tries = [
      () => byLastDigits(ann.face, '0000'),
      () => byLastDigits(elsewhere.face, lastFour(elsewhere)),
      () => byLastDigits('a stranger', lastFour(ann)),
    ];
    for (const attempt of tries) {
      const startedMs = performance.now();
      expect(await failureOf(attempt())).toMatchObject({ code: 'full_number_needed', status: 422 });
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(295);
    }
  });

  it('may be tried once with a scan; the full number still works with it', async () => {
    const ann = await guest();
    await visit(ann);
    const { payment, scanId } = await look(ann.face);
    const params = { paymentId: payment.id };
    const digits = (lastDigits: string) =>
      terminal.api.call('identifyPayer', { params, body: { method: 'face_and_last_digits', scanId, lastDigits } });
    expect(await failureOf(digits('0000'))).toMatchObject({ code: 'full_number_needed' });
    expect(await failureOf(digits(lastFour(ann)))).toMatchObject({ code: 'full_number_needed' });
    const body = { method: 'face_and_phone' as const, scanId, phone: ann.phone };
    expect(await terminal.api.call('identifyPayer', { params, body })).toMatchObject({
      state: 'requires_confirmation',
    });
  });

  it('lock the terminal that tries too many', async () => {
    const riverside = await world.terminal('riverside');
    const codes: string[] = [];
    for (let tries = 0; tries < 21; tries += 1) {
      codes.push((await failureOf(byLastDigits('nobody', String(1_000 + tries), riverside))).code);
    }
    expect(codes.at(0)).toBe('full_number_needed');
    expect(codes.at(-1)).toBe('identification_locked');
  }, 30_000);

  it('name nobody whose face pay is off', async () => {
    const ann = await guest();
    await visit(ann);
    await ann.api.call('setFacePay', { body: { enabled: false } });
    expect(await failureOf(byLastDigits(ann.face, lastFour(ann)))).toMatchObject({ code: 'full_number_needed' });
  });
});

describe('a face of an earlier model', () => {
  it('is not compared; who pays by PIN is told to show it once more, and nobody else is', async () => {
    const ann = await guest();
    world.camera.faces.delete(ann.id);
    world.camera.outdated.add(ann.id);
    expect(await ann.api.call('getMe', {})).toMatchObject({ faceEnrolled: false, faceOutdated: true });
    const { payment, scanId } = await look(ann.face);
    const params = { paymentId: payment.id };
    const byFace = terminal.api.call('identifyPayer', {
      params,
      body: { method: 'face_and_phone', scanId, phone: ann.phone },
    });
    expect(await failureOf(byFace)).toMatchObject({ code: 'identification_failed' });
    const byPin = await terminal.api.call('identifyPayer', {
      params,
      body: { method: 'phone_and_pin', phone: ann.phone, pin: ann.pin },
    });
    expect(byPin).toMatchObject({ state: 'requires_confirmation', faceOutdated: true });
  });
});

it('asks everybody for the full number where the operator wants it so', async () => {
  const strict = await openWorld({ shortestPhoneStep: 'full' });
  try {
    const counter = await strict.terminal();
    const ann = await strict.join(freshPhone(), { face: 'ann', balanceMinor: 5_000n });
    await counter.confirm((await counter.readyToConfirm(ann, 'ann')).id);
    const payment = await counter.startPayment((await counter.order()).id);
    const scanId = strict.camera.scan('ann', { terminalId: counter.id, paymentId: payment.id });
    const params = { paymentId: payment.id };
    expect(await counter.api.call('askPhoneStep', { params, body: { scanId } })).toEqual({
      step: 'full',
      reason: 'shop_rule',
    });
    const body = { method: 'face_and_last_digits' as const, scanId, lastDigits: ann.phone.slice(-4) };
    expect(await failureOf(counter.api.call('identifyPayer', { params, body }))).toMatchObject({
      code: 'full_number_needed',
    });
  } finally {
    await strict.close();
  }
});
