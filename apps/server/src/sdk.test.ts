import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createSmileToPay, type MerchantEvent, money } from '@smile/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO } from './app.ts';
import { freshPhone, openWorld, type World } from './testing/world.ts';

/** The SDK and its example against the real server: HTTP on loopback, a real database, the dispatcher at work. */
let world: World;
let api: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  world = await openWorld({ webhookIntervalMs: 20 });
  api = await world.app.http.listen({ host: '127.0.0.1', port: 0 });
  stop = world.app.work();
});
afterAll(async () => {
  await stop();
  await world.close();
});

const KEY = DEMO.merchants[0].apiKey;
const TERMINAL = 'trm_demooldtown1';

async function pay(paymentId: string): Promise<void> {
  const terminal = await world.terminal();
  const phone = freshPhone();
  await world.join(phone, { balanceMinor: 5_000n, face: phone });
  await terminal.identify(paymentId, phone, phone);
  await terminal.confirm(paymentId);
}

it('a till: hold, part capture, refund, and the history of it', async () => {
  await world.terminal();
  const smile = createSmileToPay({ apiKey: KEY, baseUrl: api });
  const order = { amount: money(1_250n, 'EUR'), terminalId: TERMINAL, captureMethod: 'manual' as const };
  const created = await smile.paymentIntents.create(order, { idempotencyKey: 'order-7-pay' });
  expect(await smile.paymentIntents.create(order, { idempotencyKey: 'order-7-pay' })).toEqual(created);
  await pay(created.id);
  expect((await smile.paymentIntents.get(created.id)).state).toBe('requires_capture');
  const captured = await smile.paymentIntents.capture(created.id, { amountMinor: '1000' });
  expect(captured.captured).toEqual(money(1_000n, 'EUR'));
  await smile.refunds.create({ paymentId: created.id, amountMinor: '300' });
  expect(await smile.refunds.list({ paymentId: created.id }).toArray({ limit: 10 })).toHaveLength(1);
  const types: MerchantEvent['type'][] = [];
  for await (const event of smile.events.list({ limit: 2 })) types.push(event.type);
  expect(types.toReversed()).toEqual([
    'payment_intent.created',
    'payment_intent.identified',
    'payment_intent.held',
    'payment_intent.succeeded',
    'refund.succeeded',
    'payment_intent.updated',
  ]);
  const tooMuch = smile.refunds.create({ paymentId: created.id, amountMinor: '9000' });
  await expect(tooMuch).rejects.toThrow(
    expect.objectContaining({ status: expect.any(Number), code: expect.any(String) }),
  );
  const attempts = await smile.paymentIntents.attempts(created.id).toArray({ limit: 10 });
  expect(attempts.map(({ step }) => step)).toEqual(['confirm', 'identify']);
});

it('the example shop sells a coffee, hears that it was paid, and closes behind itself', async () => {
  await world.terminal();
  const smile = createSmileToPay({ apiKey: KEY, baseUrl: api });
  const example = spawn(process.execPath, ['example/shop.ts'], {
    cwd: join(import.meta.dirname, '../../../packages/sdk'),
    env: { ...process.env, API: api, KEY, TERMINAL, SHOP_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const shop = await addressOf(example);
    const sell = async () =>
      ((await (await fetch(`${shop}/coffees`, { method: 'POST' })).json()) as { payment: string }).payment;
    const [paid, left] = [await sell(), await sell()];
    const sales = async () => (await (await fetch(shop)).json()) as Record<string, string>;
    expect(await sales()).toEqual({ [paid]: 'waiting for the guest', [left]: 'waiting for the guest' });
    await pay(paid);
    await smile.paymentIntents.cancel(left);
    await expect.poll(sales, { timeout: 10_000 }).toEqual({ [paid]: 'paid: make the coffee', [left]: 'canceled' });
    // Somebody else's word is worth nothing.
    const forged = await fetch(`${shop}/hooks`, { method: 'POST', body: '{"type":"payment_intent.succeeded"}' });
    expect(forged.status).toBe(400);
    expect((await smile.webhookEndpoints.list().page()).data).toHaveLength(1);
    const ended = new Promise((resolve) => example.once('exit', resolve));
    example.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect((await smile.webhookEndpoints.list().page()).data).toEqual([]);
  } finally {
    example.kill('SIGKILL');
  }
});

it('docs/sdk.md shows the example as it is', () => {
  const root = join(import.meta.dirname, '../../..');
  const example = readFileSync(join(root, 'packages/sdk/example/shop.ts'), 'utf8');
  expect(readFileSync(join(root, 'docs/sdk.md'), 'utf8')).toContain(example);
});

async function addressOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /http:\/\/[\d.]+:\d+/.exec(line);
    if (address) return address[0];
  }
  throw new Error('the example ended without saying where it is');
}
