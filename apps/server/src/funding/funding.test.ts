import { type Currency, money } from '@smile/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BURGER, failureOf, freshPhone, newKey, openWorld, type TestPerson, type World } from '../testing/world.ts';
import { type CardName, openStripeStub, type SignedEvent, type StripeStub } from './testing/stripe-stub.ts';

let stub: StripeStub;
let world: World;
beforeAll(async () => {
  stub = await openStripeStub();
  world = await openWorld({
    stripeSecretKey: stub.secretKey,
    stripeWebhookSecret: stub.webhookSecret,
    stripePublishableKey: 'pk_test_stubstubstub',
    stripeApiUrl: stub.url,
  });
  stub.now = world.clock.now;
});
beforeEach(() => stub.misbehave());
afterAll(async () => {
  await world.close();
  await stub.close();
});

const eur = (amountMinor: bigint) => money(amountMinor, 'EUR');
async function tell(event: SignedEvent): Promise<{ status: number; code?: string }> {
  const answer = await world.app.http.inject({
    method: 'POST',
    url: '/v1/funding/events/stripe',
    headers: { 'content-type': 'application/json; charset=utf-8', ...event.headers },
    payload: event.body,
  });
  return { status: answer.statusCode, ...((answer.json() as { error?: { code: string } }).error ?? {}) };
}
const topUp = (person: TestPerson, more: { source?: string; amountMinor?: bigint; key?: string } = {}) =>
  person.api.call('topUp', {
    body: { amount: eur(more.amountMinor ?? 2_500n), ...(more.source ? { source: more.source } : {}) },
    idempotencyKey: more.key ?? newKey(),
  });
const setupOf = async (sourceId: string): Promise<string> => {
  const { rows } = await world.pool.query('SELECT setup_reference FROM funding_sources WHERE id = $1', [sourceId]);
  return rows[0].setup_reference;
};
/** A person with a card kept at Stripe. */
async function withCard(card: CardName = 'pm_good', face?: string) {
  const person = await world.join(freshPhone(), face ? { face } : {});
  const { source } = await person.api.call('addFundingSource', {});
  const setup = await setupOf(source.id);
  stub.enterCardForSetup(setup, card);
  await tell(stub.setupEvent('setup_intent.succeeded', setup));
  return { person, sourceId: source.id };
}
const intentOf = (topUpId: string) => {
  const found = stub.intents().filter(({ metadata }) => metadata.top_up_id === topUpId);
  if (found.length !== 1) throw new Error(`${found.length} charges for one top-up`);
  return found[0];
};
const outcomes = async (topUpId: string): Promise<string[]> => {
  const { rows } = await world.pool.query(
    'SELECT outcome FROM funding_events WHERE top_up_id = $1 ORDER BY received_at, event_id',
    [topUpId],
  );
  return rows.map(({ outcome }) => outcome);
};

describe('a kept card', () => {
  it('is entered on the provider’s page; what stays here is enough to know it by', async () => {
    const person = await world.join(freshPhone());
    const { source, step } = await person.api.call('addFundingSource', {});
    expect(source).toMatchObject({ kind: 'card', state: 'pending', isDefault: false });
    expect(step).toEqual({
      provider: 'stripe',
      clientSecret: expect.stringMatching(/_secret_/),
      publicKey: 'pk_test_stubstubstub',
    });
    expect(await failureOf(topUp(person, { source: source.id }))).toMatchObject({ code: 'funding_source_not_ready' });
    const setup = await setupOf(source.id);
    stub.enterCardForSetup(setup, 'pm_good');
    await tell(stub.setupEvent('setup_intent.succeeded', setup));
    const { data } = await person.api.call('listFundingSources', {});
    expect(data).toMatchObject([
      { id: 'sandbox_bank', isDefault: false },
      { id: source.id, state: 'ready', brand: 'visa', lastFour: '4242', expiresOn: '2031-05', isDefault: true },
    ]);
    expect(JSON.stringify((await world.pool.query('SELECT * FROM funding_sources')).rows)).not.toContain('_secret_');
  });

  it('that was refused by its bank cannot be used', async () => {
    const person = await world.join(freshPhone());
    const { source } = await person.api.call('addFundingSource', {});
    const setup = await setupOf(source.id);
    stub.enterCardForSetup(setup, 'pm_declined');
    await tell(stub.setupEvent('setup_intent.setup_failed', setup));
    expect((await person.api.call('listFundingSources', {})).data).toMatchObject([{ id: 'sandbox_bank' }]);
  });

  it('whose event was lost is found by asking; one that was never entered is given up after a day', async () => {
    const person = await world.join(freshPhone());
    const entered = await person.api.call('addFundingSource', {});
    stub.enterCardForSetup(await setupOf(entered.source.id), 'pm_good');
    await person.api.call('addFundingSource', {});
    const states = async () =>
      (await person.api.call('listFundingSources', {})).data.slice(1).map(({ state }) => state);
    await world.app.rooms.funding.sweep();
    expect(await states()).toEqual(['pending', 'pending']);
    world.clock.advance(11 * 60_000);
    await world.app.rooms.funding.sweep();
    expect(await states()).toEqual(['ready', 'pending']);
    world.clock.advance(24 * 3_600_000);
    await world.app.rooms.funding.sweep();
    expect(await states()).toEqual(['ready']);
  });

  it('that arrives after it was removed here is forgotten at the provider, too', async () => {
    const person = await world.join(freshPhone());
    const { source } = await person.api.call('addFundingSource', {});
    const setup = await setupOf(source.id);
    await person.api.call('removeFundingSource', { params: { sourceId: source.id } });
    stub.enterCardForSetup(setup, 'pm_good');
    await tell(stub.setupEvent('setup_intent.succeeded', setup));
    expect((await person.api.call('listFundingSources', {})).data).toHaveLength(1);
    const detached = () => stub.requests.filter(({ path }) => path.endsWith('/detach')).length;
    const before = detached();
    await world.app.rooms.funding.sweep();
    expect(detached()).toBe(before + 1);
  });

  it('is one of several, with a default that the person chooses; a removed one is forgotten at the provider', async () => {
    const { person, sourceId } = await withCard();
    const { data } = await person.api.call('setDefaultFundingSource', { params: { sourceId: 'sandbox_bank' } });
    expect(data.find(({ isDefault }) => isDefault)?.id).toBe('sandbox_bank');
    expect(await topUp(person)).toMatchObject({ source: 'sandbox_bank', state: 'succeeded' });
    await person.api.call('setDefaultFundingSource', { params: { sourceId } });
    expect(await topUp(person)).toMatchObject({ source: sourceId, state: 'succeeded' });
    // Stripe is down at that moment: it is asked again later.
    stub.misbehave(500, 500);
    await person.api.call('removeFundingSource', { params: { sourceId } });
    const detached = () => stub.requests.filter(({ path }) => path.endsWith('/detach')).length;
    const before = detached();
    await world.app.rooms.funding.sweep();
    expect(detached()).toBe(before + 1);
    await world.app.rooms.funding.sweep();
    expect(detached()).toBe(before + 1);
    expect(await failureOf(topUp(person, { source: sourceId }))).toMatchObject({ code: 'funding_source_not_found' });
    const stranger = await world.join(freshPhone());
    const { sourceId: own } = await withCard();
    expect(await failureOf(topUp(stranger, { source: own }))).toMatchObject({ code: 'funding_source_not_found' });
  });
});

describe('a top-up by a kept card', () => {
  it('brings the money once: by the answer, by the event, and by the same event again', async () => {
    const { person, sourceId } = await withCard();
    const key = newKey();
    const done = await topUp(person, { source: sourceId, key });
    expect(done).toMatchObject({ state: 'succeeded', balance: eur(2_500n), source: sourceId });
    const event = stub.intentEvent('payment_intent.succeeded', intentOf(done.id).id);
    expect(await tell(event)).toMatchObject({ status: 200 });
    expect(await tell(event)).toMatchObject({ status: 200 });
    expect(await tell(stub.intentEvent('payment_intent.succeeded', intentOf(done.id).id))).toMatchObject({
      status: 200,
    });
    expect(await topUp(person, { source: sourceId, key })).toEqual(done);
    expect(await person.balanceMinor()).toBe(2_500n);
    expect(await outcomes(done.id)).toEqual(['old', 'old']);
    expect((await world.ledger.balance('bank:stripe:EUR'))?.postedMinor).toBeLessThan(0n);
    expect(stub.requests.filter(({ path }) => path === '/v1/payment_intents').every(({ key: sent }) => sent)).toBe(
      true,
    );
  });

  it('that names no source means the default of when it was asked first', async () => {
    const { person, sourceId } = await withCard();
    const key = newKey();
    stub.misbehave('cut after', 500);
    expect(await failureOf(topUp(person, { key }))).toMatchObject({ code: 'funding_unavailable' });
    await person.api.call('setDefaultFundingSource', { params: { sourceId: 'sandbox_bank' } });
    expect(await topUp(person, { key })).toMatchObject({ source: sourceId, state: 'succeeded' });
    expect(await person.balanceMinor()).toBe(2_500n);
  });

  it('is declined with a reason, charges nothing, and stays declined for its key', async () => {
    const { person, sourceId } = await withCard();
    await world.pool.query(
      `UPDATE funding_sources SET state = 'ready', method_reference = 'pm_declined' WHERE id = $1`,
      [sourceId],
    );
    const key = newKey();
    expect(await failureOf(topUp(person, { source: sourceId, key }))).toMatchObject({
      code: 'top_up_declined',
      status: 402,
    });
    expect(await failureOf(topUp(person, { source: sourceId, key }))).toMatchObject({ code: 'top_up_declined' });
    expect(await person.balanceMinor()).toBe(0n);
    const { rows } = await world.pool.query('SELECT state, failure_code FROM funding_top_ups WHERE person_id = $1', [
      person.id,
    ]);
    expect(rows).toEqual([{ state: 'failed', failure_code: 'insufficient_funds' }]);
  });

  it('whose bank wants to ask the owner is declined, since nobody is there to answer', async () => {
    const { person, sourceId } = await withCard('pm_asks_owner');
    expect(await failureOf(topUp(person, { source: sourceId }))).toMatchObject({ code: 'top_up_declined' });
    const { rows } = await world.pool.query('SELECT failure_code FROM funding_top_ups WHERE person_id = $1', [
      person.id,
    ]);
    expect(rows).toEqual([{ failure_code: 'authentication_required' }]);
  });

  it('that takes its time is credited when the provider says so', async () => {
    const { person, sourceId } = await withCard('pm_slow');
    const begun = await topUp(person, { source: sourceId });
    expect(begun).toMatchObject({ state: 'pending', balance: eur(0n) });
    const { id } = intentOf(begun.id);
    await tell(stub.intentEvent('payment_intent.processing', id));
    expect(await person.balanceMinor()).toBe(0n);
    stub.finishProcessing(id);
    await tell(stub.intentEvent('payment_intent.succeeded', id));
    expect(await person.balanceMinor()).toBe(2_500n);
    expect(await person.api.call('getTopUp', { params: { topUpId: begun.id } })).toMatchObject({
      state: 'succeeded',
      step: null,
    });
  });
});

describe('when the line to the provider breaks', () => {
  it('a charge that was made and not answered is found by the library’s retry', async () => {
    const { person, sourceId } = await withCard();
    stub.misbehave('cut after');
    const done = await topUp(person, { source: sourceId });
    expect(done.state).toBe('succeeded');
    expect(intentOf(done.id).status).toBe('succeeded');
    expect(await person.balanceMinor()).toBe(2_500n);
  });

  it('a charge that nobody answered is found by the caller’s retry, and charged once', async () => {
    const { person, sourceId } = await withCard();
    const key = newKey();
    stub.misbehave('cut after', 500);
    expect(await failureOf(topUp(person, { source: sourceId, key }))).toMatchObject({ code: 'funding_unavailable' });
    expect(await person.balanceMinor()).toBe(0n);
    const other = topUp(person, { source: sourceId, key, amountMinor: 9_900n });
    expect(await failureOf(other)).toMatchObject({ code: 'idempotency_key_reused' });
    const done = await topUp(person, { source: sourceId, key });
    expect(done).toMatchObject({ state: 'succeeded', balance: eur(2_500n) });
    expect(intentOf(done.id).amount).toBe(2_500);
  });

  it('a charge that another try is making is not called declined', async () => {
    const { person, sourceId } = await withCard();
    const key = newKey();
    stub.misbehave(409, 409);
    expect(await failureOf(topUp(person, { source: sourceId, key }))).toMatchObject({ code: 'funding_unavailable' });
    const both = await Promise.all([1, 2, 3].map(() => topUp(person, { source: sourceId, key })));
    expect(new Set(both.map(({ id }) => id)).size).toBe(1);
    expect(await person.balanceMinor()).toBe(2_500n);
  });

  it('a charge that nobody asked for again is found by its event, before or after we gave it up', async () => {
    for (const giveUp of [false, true]) {
      const { person, sourceId } = await withCard();
      stub.misbehave('cut after', 500);
      await failureOf(topUp(person, { source: sourceId }));
      const { rows } = await world.pool.query('SELECT id FROM funding_top_ups WHERE person_id = $1', [person.id]);
      if (giveUp) {
        world.clock.advance(3_700_000);
        await world.app.rooms.funding.sweep();
        expect(await person.api.call('getTopUp', { params: { topUpId: rows[0].id } })).toMatchObject({
          state: 'failed',
          failureCode: 'not_started',
        });
      }
      await tell(stub.intentEvent('payment_intent.succeeded', intentOf(rows[0].id).id));
      expect(await person.balanceMinor()).toBe(2_500n);
    }
  });

  it('a charge whose event was lost is found by asking', async () => {
    const { person, sourceId } = await withCard('pm_slow');
    const begun = await topUp(person, { source: sourceId });
    stub.finishProcessing(intentOf(begun.id).id);
    await world.app.rooms.funding.sweep();
    expect(await person.balanceMinor()).toBe(0n);
    world.clock.advance(11 * 60_000);
    await world.app.rooms.funding.sweep();
    expect(await person.balanceMinor()).toBe(2_500n);
  });
});

describe('a top-up by a new card', () => {
  it('is finished on the provider’s page, and credited by whichever is first: the person or the event', async () => {
    const person = await world.join(freshPhone());
    const begun = await topUp(person, { source: 'new_card' });
    expect(begun).toMatchObject({ state: 'requires_action', balance: eur(0n) });
    const get = () => person.api.call('getTopUp', { params: { topUpId: begun.id } });
    const { id } = intentOf(begun.id);
    expect((await get()).step).toMatchObject({ provider: 'stripe', clientSecret: `${id}_secret_x` });
    // A first card is declined, a second one does it: the events come the other way round.
    stub.enterCardForCharge(id, 'pm_declined');
    const declined = stub.intentEvent('payment_intent.payment_failed', id);
    stub.enterCardForCharge(id, 'pm_good');
    const paid = stub.intentEvent('payment_intent.succeeded', id);
    await tell(paid);
    await tell(declined);
    expect(await get()).toMatchObject({ state: 'succeeded', balance: eur(2_500n), step: null });
    expect((await outcomes(begun.id)).sort()).toEqual(['applied', 'old']);
  });

  it('fails, and succeeds after all', async () => {
    const person = await world.join(freshPhone());
    const begun = await topUp(person, { source: 'new_card' });
    const { id } = intentOf(begun.id);
    stub.enterCardForCharge(id, 'pm_declined');
    await tell(stub.intentEvent('payment_intent.payment_failed', id));
    const get = () => person.api.call('getTopUp', { params: { topUpId: begun.id } });
    expect(await get()).toMatchObject({ state: 'failed', failureCode: 'insufficient_funds' });
    stub.enterCardForCharge(id, 'pm_good');
    await tell(stub.intentEvent('payment_intent.succeeded', id));
    expect(await get()).toMatchObject({ state: 'succeeded', failureCode: null, balance: eur(2_500n) });
  });

  it('that nobody finishes is canceled after a day', async () => {
    const person = await world.join(freshPhone());
    const begun = await topUp(person, { source: 'new_card' });
    world.clock.advance(24 * 3_600_000 + 1);
    await world.app.rooms.funding.sweep();
    expect(intentOf(begun.id).status).toBe('canceled');
    const me = await world.pool.query('SELECT state, failure_code FROM funding_top_ups WHERE id = $1', [begun.id]);
    expect(me.rows).toEqual([{ state: 'failed', failure_code: 'canceled' }]);
  });
});

describe('an event', () => {
  const forged = (event: SignedEvent, more: Partial<SignedEvent>) => ({ ...event, ...more });

  it('counts only when the provider signed it, lately, in the same mode', async () => {
    const { person, sourceId } = await withCard('pm_slow');
    const begun = await topUp(person, { source: sourceId });
    const { id } = intentOf(begun.id);
    stub.finishProcessing(id);
    const event = stub.intentEvent('payment_intent.succeeded', id);
    const refused = { status: 400, code: 'funding_event_invalid' };
    const unsigned = { 'stripe-signature': '' };
    expect(await tell(forged(event, { headers: unsigned }))).toMatchObject(refused);
    expect(await tell(forged(event, { body: event.body.replace('2500', '9900') }))).toMatchObject(refused);
    const old = stub.intentEvent('payment_intent.succeeded', id, {
      at: new Date(world.clock.now().getTime() - 301_000),
    });
    expect(await tell(old)).toMatchObject(refused);
    expect(await person.balanceMinor()).toBe(0n);
    const live = stub.event('payment_intent.succeeded', intentOf(begun.id), { livemode: true });
    expect(await tell(live)).toMatchObject({ status: 200 });
    expect(await person.balanceMinor()).toBe(0n);
    expect(await tell(event)).toMatchObject({ status: 200 });
    expect(await person.balanceMinor()).toBe(2_500n);
    const elsewhere = await world.app.http.inject({ method: 'POST', url: '/v1/funding/events/paypal', payload: {} });
    expect(elsewhere.statusCode).toBe(404);
  });

  it('about another amount, another charge or somebody else’s brings nothing', async () => {
    const { person, sourceId } = await withCard('pm_slow');
    const begun = await topUp(person, { source: sourceId });
    const intent = intentOf(begun.id);
    const paid = { ...intent, status: 'succeeded', amount_received: 2_500 };
    const wrong: [object, string[]][] = [
      [{ ...paid, amount_received: 2_400 }, ['mismatch']],
      [{ ...paid, currency: 'usd' }, ['mismatch']],
      [{ ...paid, id: 'pi_other' }, ['mismatch']],
    ];
    const seen: string[] = [];
    for (const [object, expected] of wrong) {
      expect(await tell(stub.event('payment_intent.succeeded', object))).toMatchObject({ status: 200 });
      seen.push(...expected);
      expect((await outcomes(begun.id)).sort()).toEqual(seen.sort());
    }
    const foreign = { ...paid, id: 'pi_foreign', metadata: {} };
    expect(await tell(stub.event('payment_intent.succeeded', foreign))).toMatchObject({ status: 200 });
    expect(await tell(stub.event('customer.created', { id: 'cus_1', object: 'customer' }))).toMatchObject({
      status: 200,
    });
    expect(await person.balanceMinor()).toBe(0n);
  });

  it('is not taken while the provider cannot be asked about it, so that it is told again', async () => {
    const person = await world.join(freshPhone());
    const { source } = await person.api.call('addFundingSource', {});
    const setup = await setupOf(source.id);
    stub.enterCardForSetup(setup, 'pm_good');
    const event = stub.event(
      'setup_intent.succeeded',
      { id: setup, object: 'setup_intent', metadata: { source_id: source.id } },
      {
        at: world.clock.now(),
      },
    );
    stub.misbehave(500, 500);
    expect(await tell(event)).toMatchObject({ status: 503 });
    expect(await tell(event)).toMatchObject({ status: 200 });
    expect((await person.api.call('listFundingSources', {})).data).toMatchObject([{}, { state: 'ready' }]);
  });

  it('of money that went back is kept for the operator; no wallet is touched by itself', async () => {
    const { person, sourceId } = await withCard();
    const done = await topUp(person, { source: sourceId });
    const { id } = intentOf(done.id);
    const dispute = { id: 'dp_1', object: 'dispute', payment_intent: id };
    await tell(stub.event('charge.dispute.created', dispute));
    expect(await outcomes(done.id)).toEqual(['reported']);
    expect(await person.balanceMinor()).toBe(2_500n);
    const { rows } = await world.pool.query('SELECT action FROM audit_entries WHERE subject = $1', [done.id]);
    expect(rows.map(({ action }) => action)).toContain('top_up.reversal_reported');
  });

  it('of ten at once, in any order, is applied once', async () => {
    const { person, sourceId } = await withCard('pm_slow');
    const begun = await topUp(person, { source: sourceId });
    const { id } = intentOf(begun.id);
    stub.finishProcessing(id);
    const same = stub.intentEvent('payment_intent.succeeded', id);
    const others = Array.from({ length: 5 }, () => stub.intentEvent('payment_intent.succeeded', id));
    const late = stub.event('payment_intent.processing', { ...intentOf(begun.id), status: 'processing' });
    await Promise.all([same, same, ...others, late, same, same].map(tell));
    expect(await person.balanceMinor()).toBe(2_500n);
    expect((await outcomes(begun.id)).filter((outcome) => outcome === 'applied').length).toBeLessThanOrEqual(2);
  });
});

it('whatever is told, in whatever order, how often and through which crash: money once if it succeeded, else none', async () => {
  const news = {
    'payment_intent.succeeded': (amount: number) => ({ status: 'succeeded', amount_received: amount }),
    'payment_intent.processing': () => ({ status: 'processing' }),
    'payment_intent.requires_action': () => ({ status: 'requires_action' }),
    'payment_intent.payment_failed': () => ({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined', message: 'declined' },
    }),
    'payment_intent.canceled': () => ({ status: 'canceled' }),
  };
  type News = keyof typeof news;
  const told = fc.record({
    type: fc.constantFrom(...(Object.keys(news) as News[])),
    times: fc.integer({ min: 1, max: 3 }),
    crash: fc.boolean(),
  });
  const people = await Promise.all([1, 2].map(() => withCard('pm_slow')));
  let turn = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 6 }), async (history) => {
      const { person, sourceId } = people[turn++ % people.length];
      const before = await person.balanceMinor();
      const begun = await topUp(person, { source: sourceId, amountMinor: 700n });
      const intent = intentOf(begun.id);
      for (const { type, times, crash } of history) {
        const event = stub.event(type, { ...intent, ...news[type](intent.amount) });
        // The connection breaks under the first telling: nothing of it may stay, and the provider tells it again.
        if (crash) await breakNextCommit(() => tell(event));
        for (let time = 0; time < times; time += 1) expect(await tell(event)).toMatchObject({ status: 200 });
      }
      const succeeded = history.some(({ type }) => type === 'payment_intent.succeeded');
      expect((await person.balanceMinor()) - before).toBe(succeeded ? 700n : 0n);
      const { state } = await person.api.call('getTopUp', { params: { topUpId: begun.id } });
      expect(state === 'succeeded').toBe(succeeded);
      // Ended, so that the bound of open top-ups is not met.
      await world.pool.query(`UPDATE funding_top_ups SET state = 'failed' WHERE id = $1 AND state <> 'succeeded'`, [
        begun.id,
      ]);
    }),
    { seed: 7, numRuns: 20 },
  );
});

/** Runs `work` while the database refuses to write down what came of an event, which is the last thing before the commit. */
async function breakNextCommit(work: () => Promise<{ status: number }>): Promise<void> {
  await world.pool.query(`ALTER TABLE funding_events ADD CONSTRAINT broken CHECK (outcome = 'received') NOT VALID`);
  try {
    expect((await work()).status).toBe(500);
  } finally {
    await world.pool.query('ALTER TABLE funding_events DROP CONSTRAINT broken');
  }
}

it('has bounds: open top-ups, and what a wallet may hold with what is coming', async () => {
  const { person, sourceId } = await withCard('pm_slow');
  for (let i = 0; i < 5; i += 1) await topUp(person, { source: sourceId });
  expect(await failureOf(topUp(person, { source: sourceId }))).toMatchObject({ code: 'top_ups_open_limit' });
  const rich = await withCard('pm_slow');
  for (let i = 0; i < 9; i += 1) await topUp(rich.person, { source: 'sandbox_bank', amountMinor: 50_000n });
  await topUp(rich.person, { source: rich.sourceId, amountMinor: 50_000n });
  expect(await failureOf(topUp(rich.person, { source: rich.sourceId, amountMinor: 100n }))).toMatchObject({
    code: 'balance_limit_exceeded',
  });
});

it('is no place to try out cards: so many are entered or declined in a day, those that pay are not counted', async () => {
  const limited = { code: 'card_tries_limited', status: 429 };
  const person = await world.join(freshPhone());
  for (let i = 0; i < 10; i += 1) {
    const { source } = await person.api.call('addFundingSource', {});
    await person.api.call('removeFundingSource', { params: { sourceId: source.id } });
  }
  expect(await failureOf(person.api.call('addFundingSource', {}))).toMatchObject(limited);
  expect(await failureOf(topUp(person, { source: 'new_card' }))).toMatchObject(limited);
  world.clock.advance(24 * 3_600_000 + 1);
  await person.api.call('addFundingSource', {});

  const kept = await withCard('pm_asks_owner');
  const asked = { source: kept.sourceId, amountMinor: 100n };
  const setMethod = (method: CardName) =>
    world.pool.query('UPDATE funding_sources SET method_reference = $2 WHERE id = $1', [kept.sourceId, method]);
  await setMethod('pm_good');
  for (let i = 0; i < 11; i += 1) await topUp(kept.person, asked);
  await setMethod('pm_declined');
  for (let i = 0; i < 10; i += 1) {
    expect(await failureOf(topUp(kept.person, asked))).toMatchObject({ code: 'top_up_declined' });
  }
  expect(await failureOf(topUp(kept.person, asked))).toMatchObject(limited);
  expect(await kept.person.balanceMinor()).toBe(1_100n);
});

describe('a payment that is short of money', () => {
  const rule = (person: TestPerson, more: { enabled?: boolean; perDay?: bigint; currency?: Currency } = {}) =>
    person.api.call('setAutoTopUp', {
      body: {
        enabled: more.enabled ?? true,
        amount: money(2_000n, more.currency ?? 'EUR'),
        perDay: money(more.perDay ?? 10_000n, more.currency ?? 'EUR'),
      },
    });
  async function pay(person: TestPerson, face: string, quantity = 1) {
    const terminal = await world.terminal();
    const payment = await terminal.readyToConfirm(person, face, [{ itemId: BURGER, quantity }]);
    return { terminal, payment, key: newKey() };
  }

  it('is filled up by the default card where the person allows it: wallet first, the card for what is missing', async () => {
    const { person } = await withCard('pm_good', 'ada');
    const { terminal, payment } = await pay(person, 'ada');
    expect(await failureOf(terminal.confirm(payment.id))).toMatchObject({ code: 'insufficient_funds' });
    expect(await person.api.call('getAutoTopUp', {})).toMatchObject({ enabled: false });
    await rule(person);
    const key = newKey();
    const paid = await terminal.confirm(payment.id, { key });
    expect(paid.state).toBe('succeeded');
    expect(await terminal.confirm(payment.id, { key })).toEqual(paid);
    const priceMinor = BigInt(paid.amount.amountMinor);
    expect(await person.balanceMinor()).toBe(2_000n - priceMinor);
    const { rows } = await world.pool.query('SELECT automatic, state FROM funding_top_ups WHERE person_id = $1', [
      person.id,
    ]);
    expect(rows).toEqual([{ automatic: true, state: 'succeeded' }]);
    // Enough is there now: the card is left alone.
    const before = stub.intents().length;
    const second = await pay(person, 'ada');
    if (2_000n - priceMinor >= priceMinor) {
      await second.terminal.confirm(second.payment.id);
      expect(stub.intents()).toHaveLength(before);
    }
  });

  it('charges no card twice for one payment, however often it is tapped', async () => {
    const { person } = await withCard('pm_good', 'bob');
    await rule(person);
    const { terminal, payment } = await pay(person, 'bob');
    const before = stub.intents().length;
    await Promise.allSettled(Array.from({ length: 5 }, () => terminal.confirm(payment.id)));
    expect(stub.intents()).toHaveLength(before + 1);
    const paid = await terminal.confirm(payment.id);
    expect(await person.balanceMinor()).toBe(2_000n - BigInt(paid.amount.amountMinor));
  });

  it('stays unpaid where the card is declined, the day is used up, or it was switched off', async () => {
    const { person, sourceId } = await withCard('pm_asks_owner', 'cem');
    await rule(person);
    const { terminal, payment } = await pay(person, 'cem');
    expect(await failureOf(terminal.confirm(payment.id))).toMatchObject({ code: 'insufficient_funds' });
    expect(await person.balanceMinor()).toBe(0n);
    await world.pool.query(`UPDATE funding_sources SET method_reference = 'pm_good' WHERE id = $1`, [sourceId]);
    await rule(person, { perDay: 2_000n });
    const first = await pay(person, 'cem');
    await first.terminal.confirm(first.payment.id);
    const large = await pay(person, 'cem', 3);
    expect(await failureOf(large.terminal.confirm(large.payment.id))).toMatchObject({ code: 'insufficient_funds' });
    await rule(person, { enabled: false });
    const off = await pay(person, 'cem', 3);
    expect(await failureOf(off.terminal.confirm(off.payment.id))).toMatchObject({ code: 'insufficient_funds' });
    expect(await failureOf(rule(person, { perDay: 100n }))).toMatchObject({ code: 'auto_top_up_bounds' });
    expect(await failureOf(rule(person, { currency: 'JPY' }))).toMatchObject({ code: 'currency_not_supported' });
  });
});
