import { money } from '@smile/contract';
import { inTransaction } from '@smile/postgres';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAudit } from '../audit/service.ts';
import { createBooks } from '../books/service.ts';
import { createAttempts } from '../risk/attempts.ts';
import { freshPhone, newKey, openWorld, type World } from '../testing/world.ts';
import type { Charge, FundingProvider, ProviderEvent } from './provider.ts';
import { createFunding } from './service.ts';

/**
 * A provider unlike Stripe: it knows people by our own ids, has no page for cards, charges late, and tells so in an event whose
 * signature is a shared word. If it fits the interface, so does a bank.
 */
function otherProvider(): FundingProvider & { charges: Map<string, Charge> } {
  const charges = new Map<string, Charge>();
  const answer = async <T>(value: T) => ({ ok: true, value }) as const;
  return {
    charges,
    name: 'otherpay',
    publicKey: null,
    createCustomer: (personId) => answer(personId),
    beginSetup: ({ sourceId }) => answer({ setupReference: `mandate-${sourceId}`, clientSecret: 'none' }),
    findSetup: (reference) =>
      answer({
        state: 'ready',
        methodReference: reference,
        card: { brand: 'debit', lastFour: '0001', expiresOn: '2030-01' },
      }),
    chargeKept: ({ topUpId, currency }) => {
      const charge: Charge = {
        news: 'processing',
        reference: `order-${topUpId}`,
        receivedMinor: 0n,
        currency,
        failureCode: null,
      };
      charges.set(topUpId, charge);
      return answer(charge);
    },
    beginCharge: async () => ({ ok: false, code: 'unavailable' }),
    findCharge: async () => ({ ok: false, code: 'unavailable' }),
    cancelCharge: async () => ({ ok: false, code: 'unavailable' }),
    forgetMethod: () => answer(null),
    readEvent: (body, headers) =>
      headers['x-otherpay'] === 'a shared word' ? (JSON.parse(body.toString(), revive) as ProviderEvent) : null,
  };
}
const revive = (key: string, value: unknown) => (key === 'receivedMinor' ? BigInt(value as string) : value);

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it('another provider fits behind the same interface', async () => {
  const provider = otherProvider();
  const books = createBooks(world.pool);
  await books.open([provider.name]);
  const funding = createFunding({
    pool: world.pool,
    now: world.clock.now,
    log: pino({ level: 'silent' }),
    people: world.app.rooms.people,
    books,
    audit: createAudit(),
    attempts: createAttempts({ pool: world.pool, now: world.clock.now, deriveKey: () => Buffer.alloc(32) }),
    providers: [provider],
    sandboxBank: false,
  });
  const { id: personId, balanceMinor } = await world.join(freshPhone());
  const wish = { amount: money(1_500n, 'EUR') };
  expect(await funding.begin(personId, newKey(), wish)).toMatchObject({ ok: false, code: 'funding_unavailable' });

  const added = await funding.addSource(personId);
  if (!added.ok) throw new Error(added.code);
  const signed = { 'x-otherpay': 'a shared word' };
  const told = (event: object) => Buffer.from(JSON.stringify(event));
  const ready = {
    eventId: 'e1',
    type: 'mandate.active',
    about: 'setup',
    sourceId: added.value.source.id,
    setupReference: `mandate-${added.value.source.id}`,
  };
  expect(await funding.readEvent('otherpay', told(ready), {})).toMatchObject({ ok: false });
  expect(await funding.readEvent('otherpay', told(ready), signed)).toMatchObject({ ok: true });

  // Its card is the default now, and there is no sandbox bank beside it.
  const begun = await funding.begin(personId, newKey(), wish);
  if (!begun.ok || !begun.value) throw new Error('not begun');
  const row = begun.value;
  expect(row).toMatchObject({ provider: 'otherpay', state: 'pending' });
  const result = await inTransaction(world.pool, (client) => funding.finish(client, personId, wish, row));
  expect(result).toMatchObject({ ok: true, value: { state: 'pending' } });
  expect(await balanceMinor()).toBe(0n);

  const charge = { ...provider.charges.get(row.id), news: 'succeeded', receivedMinor: '1500' };
  const paid = { eventId: 'e2', type: 'order.paid', about: 'charge', topUpId: null, charge };
  await funding.readEvent('otherpay', told(paid), signed);
  await funding.readEvent('otherpay', told({ ...paid, eventId: 'e3' }), signed);
  expect(await balanceMinor()).toBe(1_500n);
  expect((await world.ledger.balance('bank:otherpay:EUR'))?.postedMinor).toBe(-1_500n);
});
