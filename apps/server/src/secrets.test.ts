import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeyDerivation, loadServerSecret } from './secrets.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'smile-secret-'));
});
afterAll(() => rm(dataDir, { recursive: true }));

it('makes one secret, also when two servers start at once, and keeps it to itself', async () => {
  const secrets = await Promise.all([loadServerSecret({ dataDir }), loadServerSecret({ dataDir })]);
  expect(secrets[0]).toBe(await loadServerSecret({ dataDir }));
  expect(secrets[0]).toHaveLength(43);
  expect((await stat(join(dataDir, 'server-secret'))).mode & 0o777).toBe(0o600);
  expect(await loadServerSecret({ dataDir, serverSecret: 'x'.repeat(40) })).toBe('x'.repeat(40));
});

it('does not go on with a damaged one', async () => {
  await writeFile(join(dataDir, 'server-secret'), 'cut');
  await expect(loadServerSecret({ dataDir })).rejects.toThrow('damaged');
});

it('derives a key for each purpose', () => {
  const derive = createKeyDerivation('s'.repeat(32));
  expect(derive('codes')).toEqual(createKeyDerivation('s'.repeat(32))('codes'));
  expect(derive('codes').equals(derive('links'))).toBe(false);
  expect(derive('codes').equals(createKeyDerivation('t'.repeat(32))('codes'))).toBe(false);
  expect(derive('codes')).toHaveLength(32);
});
