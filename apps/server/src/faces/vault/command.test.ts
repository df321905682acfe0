import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { madeUpEmbedding, randomNumbers } from '@smile/face/testing';
import { inTransaction } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_FACTS } from '../model.ts';
import { runVaultCommand, VAULT_USAGE } from './command.ts';
import { createMemoryKeys } from './key-service.ts';
import { TemplateVault } from './template-vault.ts';

let database: TestDatabase;
let vault: TemplateVault;

beforeAll(async () => {
  database = await createTestDatabase([{ domain: 'faces', dir: join(import.meta.dirname, '../migrations') }]);
  const keys = createMemoryKeys(randomBytes(32), () => randomBytes(32));
  vault = new TemplateVault({ pool: database.pool, keys, now: () => new Date() });
  const next = randomNumbers(9);
  for (const personId of ['ann', 'bob']) {
    const template = { mean: madeUpEmbedding(next, 16), subTemplates: [], facts: NO_FACTS };
    const meta = { scanId: 's', poseCount: 1, frameCount: 1, simulated: personId === 'bob', modelVersion: 'm-1' };
    await inTransaction(database.pool, (client) => vault.put(client, { ...meta, personId, template }));
  }
});
afterAll(() => database?.drop());

const run = (line: string) => runVaultCommand(vault, line.split(' '));

it('walks through a rotation as the runbook does', async () => {
  expect((await run('status')).text).toMatch(/m-1: 2 \(1 simulated\)[\s\S]*version 1 \(\w{16}\): holds 2, in use/);
  expect(await run('retire-kek 1')).toEqual({ exitCode: 1, text: 'version 1 is the newest: rotate first' });
  expect(await run('rotate-kek')).toMatchObject({
    exitCode: 0,
    text: expect.stringMatching(/Version 2 .*; 2 data keys/),
  });
  expect((await run('status')).text).toMatch(/version 1 .*holds 0, can be retired\n {2}version 2 .*holds 2, in use/);
  expect(await run('retire-kek 1')).toMatchObject({ exitCode: 0 });
  expect(await run('rewrap')).toMatchObject({ text: '0 data keys were wrapped anew.' });
  expect(JSON.parse((await run('status --json')).text)).toMatchObject({ keys: [{ version: 2, count: 2 }] });
});

it('renews one person and everybody, and drops a model', async () => {
  expect(await run('renew ann')).toMatchObject({ text: '1 templates were renewed.' });
  expect(await run('renew nobody')).toMatchObject({ text: '0 templates were renewed.' });
  expect(await run('renew --all')).toMatchObject({ text: '2 templates were renewed.' });
  expect(await run('drop-model m-1')).toMatchObject({ text: '2 templates of m-1 were deleted, with their keys.' });
  expect((await run('status')).text).toMatch(/Templates\n {2}none/);
});

it.each([
  '',
  'rotate',
  'status all',
  'retire-kek',
  'retire-kek 0',
  'retire-kek x',
  'renew',
  'rotate-kek now',
  'renew a b',
])('explains itself on “%s”', async (line) => {
  expect(await run(line)).toEqual({ exitCode: 2, text: VAULT_USAGE });
});
