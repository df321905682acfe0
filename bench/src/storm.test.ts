import { expect, it } from 'vitest';
import { runStorm } from './storm.ts';

it('loses and doubles nothing while server and database are killed', async () => {
  const report = await runStorm({ kills: 3, seed: 5, clients: 4 });
  expect(report).toMatchObject({ kills: 3, lost: 0, doubled: 0, ledgerVerified: true });
  expect(report.acknowledged).toBeGreaterThanOrEqual(4);
  // This seed kills each of them.
  expect(report.killed).toEqual({ server: 1, postgres: 1, backend: 1 });
}, 120_000);
