import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEMO } from '../app.ts';
import { freshPhone, openWorld, type World } from '../testing/world.ts';

const run = promisify(execFile);
const page = readFileSync(join(import.meta.dirname, '../../../../docs/payments.md'), 'utf8');
/** The shell blocks of the page, each with its calls. */
const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text]) => text);

let world: World;
let api: string;
beforeAll(async () => {
  world = await openWorld();
  api = await world.app.http.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => world.close());

async function sh(script: string, payment: string): Promise<Record<string, unknown>[]> {
  const env = {
    ...process.env,
    API: api,
    KEY: DEMO.merchants[0].apiKey,
    TERMINAL: 'trm_demooldtown1',
    PAYMENT: payment,
  };
  const calls = script.split(/\n(?=curl )/);
  const answers = [];
  for (const call of calls) answers.push(JSON.parse((await run('sh', ['-c', call], { env, timeout: 10_000 })).stdout));
  return answers;
}

it('the examples of docs/payments.md do what the page says', async () => {
  const terminal = await world.terminal();
  const [create, read, capture, refund] = blocks;
  const [intent] = await sh(create, '');
  expect(intent).toMatchObject({ state: 'requires_identification', metadata: { order: '1042' } });
  const id = String(intent.id);
  expect(await sh(create, '')).toEqual([intent]);

  const phone = freshPhone();
  const ada = await world.join(phone, { balanceMinor: 5_000n, face: phone });
  await terminal.identify(id, phone, phone);
  await terminal.confirm(id);
  const [one, attempts, list, events] = await sh(read, id);
  expect(one).toMatchObject({ id, state: 'requires_capture' });
  expect(attempts).toMatchObject({ data: [{ step: 'confirm' }, { step: 'identify' }] });
  expect(list).toMatchObject({ data: [{ id }], nextCursor: null });
  expect(events).toMatchObject({ data: [{ type: 'payment_intent.held' }, {}, {}] });

  expect(await sh(capture, id)).toMatchObject([{ state: 'succeeded', captured: { amountMinor: '1000' } }]);
  expect(await sh(refund, id)).toMatchObject([{ state: 'succeeded', amount: { amountMinor: '300' } }]);
  expect(await ada.balanceMinor()).toBe(5_000n - 1_000n + 300n);
  expect(blocks).toHaveLength(4);
});
