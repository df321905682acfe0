import type { RiskRule } from '@smile/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { failureOf, freshPhone, GOOD_PIN, openWorld, type TestTerminal, type World } from '../testing/world.ts';

let world: World;
let oldTown: TestTerminal;
let riverside: TestTerminal;
let operator: ReturnType<World['as']>;
beforeAll(async () => {
  world = await openWorld();
  [oldTown, riverside] = [await world.terminal(), await world.terminal('riverside')];
  operator = world.as({ authorization: 'Bearer demo-operator' });
});
afterAll(() => world.close());

const guest = async () => {
  const phone = freshPhone();
  return world.join(phone, { balanceMinor: 10_000n, face: phone });
};
const setRules = (rules: RiskRule[]) => operator.call('setRiskRules', { body: { rules } });

it('two shops far apart within minutes ask for the PIN, and the decision is kept with the payment', async () => {
  const place = (shopId: string, latitude: number, longitude: number) =>
    operator.call('setShopPlace', { params: { shopId }, body: { latitude, longitude } });
  await place(oldTown.shopId, 52.52, 13.405);
  await place(riverside.shopId, 53.551, 9.994);
  const ada = await guest();
  const first = await oldTown.readyToConfirm(ada, ada.phone);
  await oldTown.confirm(first.id);
  world.clock.advance(10 * 60_000);
  const second = await riverside.readyToConfirm(ada, ada.phone);
  expect(second).toMatchObject({ pinRequired: true, pinReason: 'risk' });
  await riverside.confirm(second.id, { pin: GOOD_PIN });
  const { rows } = await world.pool.query<{ risk: { version: number; rules: object[] } }>(
    'SELECT risk FROM payments WHERE id = $1',
    [second.id],
  );
  expect(rows[0].risk.version).toBe(0);
  expect(rows[0].risk.rules).toContainEqual({
    rule: 'far_apart',
    seen: expect.stringMatching(/^25\d km in 1\d min$/),
    limit: '150 km/h beyond 20 km',
    fired: 'pin',
  });
  expect(JSON.stringify(rows[0].risk)).not.toMatch(/per_|\+49|52\.52/);
});

it('rules that an operator sets count from the next decision on, and a refusal moves nothing', async () => {
  const { version, rules } = await operator.call('getRiskRules', {});
  expect(version).toBe(0);
  const ada = await guest();
  const waiting = await oldTown.readyToConfirm(ada, ada.phone);
  const stricter = rules.map((rule) => (rule.kind === 'day_sum' ? { ...rule, above: { EUR: '500' } } : rule));
  expect(await setRules(stricter)).toMatchObject({ version: 1 });
  expect(await failureOf(oldTown.confirm(waiting.id, { pin: GOOD_PIN }))).toMatchObject({
    code: 'payment_refused',
    status: 403,
  });
  expect(await ada.balanceMinor()).toBe(10_000n);
  // The other way stays open: the rules are about faces.
  const order = await oldTown.order();
  const payment = await oldTown.startPayment(order.id);
  await oldTown.api.call('identifyPayer', {
    params: { paymentId: payment.id },
    body: { method: 'phone_and_pin', phone: ada.phone, pin: GOOD_PIN },
  });
  expect(await oldTown.confirm(payment.id)).toMatchObject({ state: 'succeeded' });
  expect(await setRules(rules)).toMatchObject({ version: 2 });
  expect(await oldTown.confirm(waiting.id)).toMatchObject({ state: 'succeeded' });
});

it('rules that make no sense are not taken', async () => {
  const { rules } = await operator.call('getRiskRules', {});
  const bad = [rules.slice(1), [...rules, rules[0]], [{ ...rules[0], kind: 'astrology' } as never, ...rules.slice(1)]];
  for (const wrong of bad) expect(await failureOf(setRules(wrong))).toMatchObject({ code: 'invalid_request' });
});

it('what somebody paid more than a year ago is forgotten, and newer payments are not', async () => {
  const countOf = async (paymentId: string) => {
    const { rows } = await world.pool.query<{ uses: bigint; attempts: bigint }>(
      `SELECT (SELECT count(*) FROM risk_uses WHERE payment_id = $1) AS uses,
         (SELECT count(*) FROM payments_attempts WHERE payment_id = $1) AS attempts`,
      [paymentId],
    );
    return rows[0];
  };
  const ada = await guest();
  const { id } = await oldTown.readyToConfirm(ada, ada.phone);
  await oldTown.confirm(id, { pin: GOOD_PIN });
  expect(await countOf(id)).toEqual({ uses: 1n, attempts: 2n });
  await world.app.sweep();
  expect(await countOf(id)).toEqual({ uses: 1n, attempts: 2n });
  world.clock.advance(401 * 86_400_000);
  await world.app.sweep();
  expect(await countOf(id)).toEqual({ uses: 0n, attempts: 0n });
});
