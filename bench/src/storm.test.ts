import { createLedger } from '@smile/ledger';
import { DEMO } from '@smile/server';
import { expect, it } from 'vitest';
import { runStorm } from './storm.ts';

it('loses and doubles nothing while server and database are killed', async () => {
  const report = await runStorm({ kills: 3, seed: 5, clients: 4 });
  expect(report).toMatchObject({ kills: 3, lost: 0, doubled: 0, ledgerVerified: true });
  expect(report.acknowledged).toBeGreaterThanOrEqual(4);
  // This seed kills each of them.
  expect(Math.min(...Object.values(report.killed))).toBe(1);
}, 120_000);

it('finds a payment that is lost and one that was taken twice', async () => {
  const report = await runStorm({
    kills: 0,
    seed: 1,
    clients: 3,
    async tamper(pool, acknowledged) {
      const [lost, ...others] = acknowledged;
      const doubled = others.find(({ personId }) => personId !== lost.personId);
      if (!doubled) throw new Error('the storm was too small');
      await pool.query(
        `UPDATE payments SET state = 'canceled', captured_at = NULL, captured_minor = 0, fee_minor = 0 WHERE id = $1`,
        [lost.paymentId],
      );
      const outcome = await createLedger(pool).post({
        id: `${doubled.paymentId}:again`,
        kind: 'payment',
        transfers: [
          {
            debitAccountId: `wallet:${doubled.personId}`,
            creditAccountId: `merchant:${DEMO.merchants[0].id}:EUR`,
            amountMinor: doubled.amountMinor,
            currency: 'EUR',
          },
        ],
      });
      expect(outcome.ok).toBe(true);
    },
  });
  expect(report).toMatchObject({ lost: 1, ledgerVerified: true });
  // The payment, the wallet it was taken from twice, and the wallet whose payment is no more: each does not add up.
  expect(report.doubled).toBe(4);
}, 120_000);
