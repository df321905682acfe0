import { money } from '@smile/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO } from '../app.ts';
import { failureOf, freshPhone, GOOD_PIN, newKey, openWorld, type TestTerminal, type World } from '../testing/world.ts';

let world: World;
let terminal: TestTerminal;
let shop: ReturnType<World['as']>;
beforeAll(async () => {
  world = await openWorld();
  terminal = await world.terminal();
  shop = world.as({ authorization: `Bearer ${DEMO.merchants[0].apiKey}` });
});
// Closing verifies the ledger.
afterAll(() => world.close());

const step = fc.oneof(
  fc.record({ do: fc.constant('confirm' as const) }),
  fc.record({ do: fc.constant('cancel' as const) }),
  fc.record({ do: fc.constant('capture' as const), amountMinor: fc.integer({ min: 1, max: 1_100 }) }),
  fc.record({ do: fc.constant('refund' as const), amountMinor: fc.integer({ min: 1, max: 700 }) }),
);
type Step = { readonly do: 'confirm' | 'cancel' | 'capture' | 'refund'; readonly amountMinor?: number };

/** What a random history may be answered with; anything else is a fault. */
const REFUSALS = new Set([
  'payment_canceled',
  'payment_already_paid',
  'payment_not_held',
  'payment_amount_not_allowed',
  'payment_not_refundable',
  'refund_amount_too_large',
  'merchant_balance_insufficient',
]);

async function act(paymentId: string, wanted: Step, key: string): Promise<string> {
  const params = { paymentIntentId: paymentId };
  const amount = wanted.amountMinor === undefined ? {} : { amountMinor: String(wanted.amountMinor) };
  const calls = {
    confirm: () => terminal.confirm(paymentId, { key }),
    cancel: () => shop.call('cancelPaymentIntent', { params, idempotencyKey: key }),
    capture: () => shop.call('capturePaymentIntent', { params, body: amount, idempotencyKey: key }),
    refund: () => shop.call('createRefund', { body: { paymentId, ...amount }, idempotencyKey: key }),
  };
  try {
    return JSON.stringify(await calls[wanted.do]());
  } catch (error) {
    const { code } = error as { code: string };
    expect(REFUSALS).toContain(code);
    return code;
  }
}

it('whatever is done in whatever order, twice and at once: captured <= authorised, refunded <= captured, money adds up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), fc.boolean(), async (steps, manual) => {
      const phone = freshPhone();
      const ada = await world.join(phone, { balanceMinor: 2_000n, face: phone });
      const { id } = await shop.call('createPaymentIntent', {
        body: {
          amount: money(1_000n, 'EUR'),
          terminalId: terminal.id,
          captureMethod: manual ? 'manual' : 'automatic',
        },
        idempotencyKey: newKey(),
      });
      await terminal.identify(id, phone, phone);
      for (const wanted of steps) {
        const key = newKey();
        // Each sent twice at the same moment with one key: where both succeed, it is one answer.
        const [first, second] = await Promise.all([act(id, wanted, key), act(id, wanted, key)]);
        if (first.startsWith('{') && second.startsWith('{')) expect(second).toBe(first);
        const now = await shop.call('getPaymentIntent', { params: { paymentIntentId: id } });
        const of = (part: 'amount' | 'captured' | 'refunded' | 'capturable') => BigInt(now[part].amountMinor);
        expect(of('captured') <= of('amount')).toBe(true);
        expect(of('refunded') <= of('captured')).toBe(true);
        expect(of('capturable') === 0n || of('captured') === 0n).toBe(true);
        expect(await ada.balanceMinor()).toBe(2_000n - of('captured') - of('capturable') + of('refunded'));
        const { data } = await shop.call('listRefunds', { query: { paymentId: id, limit: 100 } });
        const sum = data.reduce((total, { amount }) => total + BigInt(amount.amountMinor), 0n);
        expect(sum).toBe(of('refunded'));
      }
    }),
    { numRuns: 14 },
  );
}, 60_000);

it('a server that dies in a refund pays nothing back, and the retry pays back once', async () => {
  const phone = freshPhone();
  const ada = await world.join(phone, { balanceMinor: 2_000n, face: phone });
  const { id } = await shop.call('createPaymentIntent', {
    body: { amount: money(1_000n, 'EUR'), terminalId: terminal.id },
    idempotencyKey: newKey(),
  });
  await terminal.identify(id, phone, phone);
  await terminal.confirm(id, { pin: GOOD_PIN });
  const key = newKey();
  const refund = () => shop.call('createRefund', { body: { paymentId: id, amountMinor: '400' }, idempotencyKey: key });
  await world.pool.query(`
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
    CREATE TRIGGER die AFTER INSERT OR UPDATE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION die();`);
  expect(await failureOf(refund())).toMatchObject({ code: 'internal_error' });
  await world.pool.query('DROP FUNCTION die() CASCADE');
  expect(await ada.balanceMinor()).toBe(1_000n);
  const { id: refundId } = await refund();
  expect(await refund()).toMatchObject({ id: refundId });
  expect(await ada.balanceMinor()).toBe(1_400n);
});
