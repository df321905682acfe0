import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  COLA,
  failureOf,
  freshPhone,
  GOOD_PIN,
  newKey,
  openWorld,
  type TestPerson,
  type TestTerminal,
  type World,
} from '../testing/world.ts';

let world: World;
let terminal: TestTerminal;
beforeAll(async () => {
  // Every claim is within the cap, so that the cover fund takes part in the storm as well.
  world = await openWorld({ coverCapMinor: 1_000_000n });
  terminal = await world.terminal();
});
// Closing verifies the ledger: every posting balances, every counter is the sum of its entries.
afterAll(() => world.close());

const STEPS = [
  'confirm',
  'confirm_again',
  'cancel',
  'capture',
  'restart',
  'claim',
  'top_up',
  'face_pay_off',
  'sweep',
] as const;
type Step = { readonly do: (typeof STEPS)[number]; readonly payment: number };
const steps = fc.array(fc.record({ do: fc.constantFrom(...STEPS), payment: fc.nat({ max: 3 }) }), {
  minLength: 6,
  maxLength: 18,
});

/** Refusals that a storm may bring about; anything else is a fault. */
const EXPECTED = new Set([
  'payment_canceled',
  'payment_already_paid',
  'payment_not_held',
  'payment_not_identified',
  'payment_in_progress',
  'order_already_paid',
  'insufficient_funds',
  'payment_pin_required',
  'face_pay_not_on',
  'face_pay_frozen',
]);

type Begun = { readonly id: string; readonly orderId: string; readonly key: string };

async function act(person: TestPerson, payments: readonly Begun[], step: Step): Promise<void> {
  const { id, orderId, key } = payments[step.payment % payments.length];
  const params = { paymentId: id };
  switch (step.do) {
    case 'confirm':
      await terminal.confirm(id, { key });
      return;
    case 'confirm_again':
      await terminal.confirm(id, { pin: GOOD_PIN });
      return;
    case 'cancel':
      await terminal.api.call('cancelPayment', { params });
      return;
    case 'capture':
      await terminal.api.call('capturePayment', { params, idempotencyKey: newKey() });
      return;
    case 'restart':
      await terminal.startPayment(orderId);
      return;
    case 'claim': {
      const { receiptUrl } = await terminal.api.call('getPayment', { params });
      if (receiptUrl) await world.anyone.call('openClaim', { params: { token: receiptUrl.replace('/r/', '') } });
      return;
    }
    case 'top_up':
      await person.api.call('topUp', {
        body: { amount: { amountMinor: '100', currency: 'EUR' }, source: 'sandbox_bank' },
        idempotencyKey: newKey(),
      });
      return;
    case 'face_pay_off':
      await person.api.call('setFacePay', { body: { enabled: false } });
      return;
    case 'sweep':
      await world.app.sweep();
      return;
  }
}

it('whatever happens at the same time: money, orders and receipts agree', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (storm, manual) => {
      const phone = freshPhone();
      const ada = await world.join(phone, { balanceMinor: 1_000n, face: phone });
      const payments: Begun[] = [];
      for (let count = 0; count < 4; count += 1) {
        const order = await terminal.order([{ itemId: COLA }]);
        const payment = await terminal.startPayment(order.id, manual && count % 2 === 1 ? 'manual' : 'automatic');
        await terminal.identify(payment.id, ada.phone, phone);
        payments.push({ id: payment.id, orderId: order.id, key: newKey() });
      }
      const outcomes = await Promise.allSettled(storm.map((step) => act(ada, payments, step)));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(EXPECTED).toContain(outcome.reason.code);
      }
      await expectAgreement(ada, payments);
    }),
    { numRuns: 16 },
  );
}, 90_000);

type Row = {
  state: string;
  amount: bigint;
  order_state: string;
  receipts: bigint;
  claimed: bigint;
  moved: bigint;
  held: bigint;
};

async function expectAgreement(person: TestPerson, payments: readonly Begun[]): Promise<void> {
  const { rows } = await world.pool.query<Row>(
    `SELECT p.state, p.amount_minor AS amount, o.state AS order_state,
       (SELECT count(*) FROM receipts r WHERE r.payment_id = p.id) AS receipts,
       (SELECT coalesce(sum(c.credited_minor), 0)::bigint FROM claims c WHERE c.payment_id = p.id) AS claimed,
       (SELECT coalesce(sum(t.posted_change), 0)::bigint FROM ledger_transfers t
        WHERE t.posting_id IN (p.id, p.id || ':capture') AND t.debit_account = 'wallet:' || p.person_id) AS moved,
       (SELECT coalesce(sum(h.amount), 0)::bigint FROM ledger_holds h WHERE h.id = p.id AND h.state = 'pending') AS held
     FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = ANY ($1)`,
    [payments.map(({ id }) => id)],
  );
  expect(rows).toHaveLength(payments.length);
  let spent = 0n;
  for (const row of rows) {
    const paid = row.state === 'succeeded';
    expect(row.moved).toBe(paid ? row.amount : 0n);
    expect(row.held).toBe(row.state === 'requires_capture' ? row.amount : 0n);
    expect(row.receipts).toBe(paid ? 1n : 0n);
    expect(row.order_state === 'paid').toBe(paid);
    spent += row.moved + row.held - row.claimed;
  }
  const orderIds = payments.map(({ orderId }) => orderId);
  const alive = await world.pool.query<{ most: bigint }>(
    `SELECT coalesce(max(n), 0) AS most FROM
       (SELECT count(*) AS n FROM payments WHERE order_id = ANY ($1) AND state <> 'canceled' GROUP BY order_id) AS c`,
    [orderIds],
  );
  expect(alive.rows[0].most <= 1n).toBe(true);
  const toppedUp = await world.pool.query<{ sum: bigint }>(
    'SELECT coalesce(sum(amount_minor), 0)::bigint AS sum FROM funding_top_ups WHERE person_id = $1',
    [person.id],
  );
  expect(await person.balanceMinor()).toBe(toppedUp.rows[0].sum - spent);
}

it('a server that dies between two statements of a confirm charges nothing, and the retry charges once', async () => {
  const phone = freshPhone();
  const ada = await world.join(phone, { balanceMinor: 1_000n, face: phone });
  const payment = await terminal.readyToConfirm(ada, phone, [{ itemId: COLA }]);
  const key = newKey();
  // The database throws the connection out at the very last statement before the commit.
  await world.pool.query(`
    CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
    CREATE TRIGGER die AFTER INSERT OR UPDATE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION die();`);
  expect(await failureOf(terminal.confirm(payment.id, { key }))).toMatchObject({ code: 'internal_error' });
  await world.pool.query('DROP FUNCTION die() CASCADE');
  expect(await ada.balanceMinor()).toBe(1_000n);
  expect(await terminal.api.call('getPayment', { params: { paymentId: payment.id } })).toMatchObject({
    state: 'requires_confirmation',
  });
  expect(await terminal.confirm(payment.id, { key })).toMatchObject({ state: 'succeeded' });
  expect(await ada.balanceMinor()).toBe(1_000n - 320n);
});
