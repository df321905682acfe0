import { money } from '@smile/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO } from '../app.ts';
import { type Crasher, type CrashPoint, createCrasher } from '../testing/crashes.ts';
import {
  failureOf,
  freshPhone,
  newKey,
  openWorld,
  type TestPerson,
  type TestTerminal,
  type World,
} from '../testing/world.ts';

/** The server loses its database between any two statements; whoever asked asks again with the same key. */
let world: World;
let terminal: TestTerminal;
let shop: ReturnType<World['as']>;
let operator: ReturnType<World['as']>;
let crasher: Crasher;
let payer: TestPerson;
beforeAll(async () => {
  // Nobody is asked for a PIN: checking one is slow on purpose.
  world = await openWorld({ noPinRowMinor: 1_000_000n, noPinRowPayments: 1_000 });
  terminal = await world.terminal();
  shop = world.as({ authorization: `Bearer ${DEMO.merchants[0].apiKey}` });
  operator = world.as({ authorization: `Bearer ${DEMO.operatorToken}` });
  const { rules } = await operator.call('getRiskRules', {});
  await operator.call('setRiskRules', { body: { rules: rules.filter(({ kind }) => !/velocity|day/.test(kind)) } });
  crasher = createCrasher(world.pool);
  const phone = freshPhone();
  payer = await world.join(phone, { balanceMinor: 50_000n, face: phone });
});
// Closing verifies the ledger.
afterAll(() => world.close());

const PRICE_MINOR = 300n;

/** What stands in the database about a payment and its payer: one of each effect, or none. */
async function effectsOf(paymentId: string) {
  const { rows } = await world.pool.query<Record<string, bigint | string>>(
    `SELECT p.state, p.captured_minor AS captured, p.refunded_minor AS refunded,
       (SELECT count(*) FROM receipts WHERE payment_id = p.id) AS receipts,
       (SELECT count(*) FROM risk_uses WHERE payment_id = p.id) AS uses,
       (SELECT count(*) FROM payments_attempts WHERE payment_id = p.id AND step = 'confirm' AND failure_code IS NULL)
         AS attempts,
       (SELECT count(*) FROM events WHERE object_id = p.id AND type = 'payment_intent.succeeded') AS succeeded,
       (SELECT count(*) FROM events WHERE object_id = p.id AND type = 'payment_intent.held') AS held,
       (SELECT count(*) FROM payments_refunds WHERE payment_id = p.id) AS refunds,
       (SELECT count(*) FROM audit_entries WHERE subject = p.id AND action = 'payment.succeeded') AS audited
     FROM payments AS p WHERE p.id = $1`,
    [paymentId],
  );
  return rows[0];
}

async function ready(captureMethod: 'automatic' | 'manual'): Promise<string> {
  const { id } = await shop.call('createPaymentIntent', {
    body: { amount: money(PRICE_MINOR, 'EUR'), terminalId: terminal.id, captureMethod },
    idempotencyKey: newKey(),
  });
  await terminal.identify(id, payer.phone, payer.phone);
  return id;
}

const acts = {
  confirm: (paymentId: string, key: string) => terminal.confirm(paymentId, { key }),
  capture: (paymentId: string, key: string) =>
    shop.call('capturePaymentIntent', { params: { paymentIntentId: paymentId }, body: {}, idempotencyKey: key }),
  refund: (paymentId: string, key: string) =>
    shop.call('createRefund', { body: { paymentId, amountMinor: '100' }, idempotencyKey: key }),
  payout: (_paymentId: string, key: string) =>
    operator.call('createPayoutBatch', { body: { currency: 'EUR' }, idempotencyKey: key }),
};
type Act = keyof typeof acts;

/** Does it with a crash at that point, and again with the same key. True when it came to the crash. */
async function survives(act: Act, paymentId: string, point: CrashPoint): Promise<boolean> {
  const key = newKey();
  crasher.arm(point);
  const first = await acts[act](paymentId, key).then(
    (answer) => JSON.stringify(answer),
    (error: { code: string }) => error.code,
  );
  const crashed = crasher.disarm();
  if (crashed && !first.startsWith('{')) expect(first).toBe('internal_error');
  const again = JSON.stringify(await acts[act](paymentId, key));
  if (first.startsWith('{')) expect(again).toBe(first);
  return crashed;
}

/** At every statement, until there is none left. */
async function atEveryStatement(act: Act, prepare: () => Promise<string>, check: (id: string) => Promise<void>) {
  let points = 0;
  for (const when of ['before', 'after'] as const) {
    for (let statement = 1; ; statement += 1) {
      const paymentId = await prepare();
      const crashed = await survives(act, paymentId, { statement, when });
      await check(paymentId);
      if (!crashed) break;
      points += 1;
    }
  }
  return points;
}

it('a confirm that loses its database at any statement charges once', async () => {
  let before = await payer.balanceMinor();
  const points = await atEveryStatement(
    'confirm',
    async () => {
      before = await payer.balanceMinor();
      return ready('automatic');
    },
    async (id) => {
      expect(await effectsOf(id)).toMatchObject({
        ...{
          state: 'succeeded',
          captured: PRICE_MINOR,
          receipts: 1n,
          uses: 1n,
          attempts: 1n,
          succeeded: 1n,
          audited: 1n,
        },
      });
      expect(await payer.balanceMinor()).toBe(before - PRICE_MINOR);
    },
  );
  // BEGIN, the looks, the locks, the writes, the posting, COMMIT: each in both ways.
  expect(points).toBeGreaterThan(18);
}, 60_000);

it('a capture and a refund that lose it at any statement happen once', async () => {
  const held = async () => {
    const id = await ready('manual');
    await terminal.confirm(id);
    return id;
  };
  const captures = await atEveryStatement('capture', held, async (id) => {
    expect(await effectsOf(id)).toMatchObject({
      state: 'succeeded',
      held: 1n,
      succeeded: 1n,
      receipts: 1n,
      audited: 1n,
    });
  });
  let before = 0n;
  const refunds = await atEveryStatement(
    'refund',
    async () => {
      const id = await ready('automatic');
      await terminal.confirm(id);
      before = await payer.balanceMinor();
      return id;
    },
    async (id) => {
      expect(await effectsOf(id)).toMatchObject({ refunds: 1n, refunded: 100n });
      expect(await payer.balanceMinor()).toBe(before + 100n);
    },
  );
  expect(captures).toBeGreaterThan(10);
  expect(refunds).toBeGreaterThan(10);
}, 60_000);

it('a payout that loses it at any statement pays out once', async () => {
  const merchant = DEMO.merchants[0].id;
  let owed = 0n;
  const points = await atEveryStatement(
    'payout',
    async () => {
      const id = await ready('automatic');
      await terminal.confirm(id);
      owed = await world.app.rooms.books.merchantBalance(world.pool, merchant, 'EUR');
      return id;
    },
    async () => {
      expect(await world.app.rooms.books.merchantBalance(world.pool, merchant, 'EUR')).toBe(0n);
      const { rows } = await world.pool.query<{ amount: bigint }>(
        'SELECT amount_minor AS amount FROM payouts WHERE merchant_id = $1 ORDER BY id DESC LIMIT 1',
        [merchant],
      );
      expect(rows[0].amount).toBe(owed);
    },
  );
  expect(points).toBeGreaterThan(10);
}, 60_000);

it('whatever is done in whatever order, with a crash anywhere: once, or not at all', async () => {
  const step = fc.record({
    act: fc.constantFrom<Act>('confirm', 'capture', 'refund'),
    statement: fc.integer({ min: 1, max: 22 }),
    when: fc.constantFrom<CrashPoint['when']>('before', 'after'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), fc.boolean(), async (steps, manual) => {
      const before = await payer.balanceMinor();
      const id = await ready(manual ? 'manual' : 'automatic');
      let refunds = 0n;
      for (const { act, ...point } of steps) {
        const key = newKey();
        crasher.arm(point);
        const first = await acts[act](id, key).then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
        crasher.disarm();
        const again = await acts[act](id, key).then(
          () => 'done',
          (error: { code: string }) => error.code,
        );
        if (first !== 'internal_error') expect(again).toBe(first);
        if (act === 'refund' && again === 'done') refunds += 1n;
        const { captured, refunded, state } = await effectsOf(id);
        const out = state === 'requires_capture' ? PRICE_MINOR : (captured as bigint) - (refunded as bigint);
        expect(refunded).toBe(100n * refunds);
        expect(await payer.balanceMinor()).toBe(before - out);
      }
    }),
    { numRuns: 10, seed: 20_261_123, interruptAfterTimeLimit: 10_000 },
  );
}, 60_000);

it('the crash of a test is one', async () => {
  crasher.arm({ statement: 1, when: 'before' });
  expect(await failureOf(payer.api.call('getMe', {}))).toMatchObject({ code: 'internal_error' });
  expect(crasher.disarm()).toBe(true);
});
