/**
 * `npm run -s storm -- --kills N --seed S [--clients C] [--json]`: ends with 1 when anything was lost or doubled, or the
 * ledger does not verify.
 */
import { parseArgs } from 'node:util';
import { runStorm } from './storm.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    clients: { type: 'string', default: '8' },
    json: { type: 'boolean', default: false },
  },
});
const [kills, seed, clients] = [Number(values.kills), Number(values.seed), Number(values.clients)];
if (![kills, seed, clients].every(Number.isSafeInteger) || kills < 0 || clients < 1 || clients > 64) {
  console.error('Usage: npm run -s storm -- --kills N --seed S [--clients 1..64] [--json]');
  process.exit(2);
}
try {
  const report = await runStorm({
    kills,
    seed,
    clients,
    onKill: (kill, victim, acknowledged) => {
      if (kill % 10 === 0) console.error(`${kill} kills (last: ${victim}), ${acknowledged} payments acknowledged`);
    },
  });
  process.stdout.write(`${JSON.stringify(report, null, values.json ? undefined : 2)}\n`);
  process.exit(report.lost === 0 && report.doubled === 0 && report.ledgerVerified ? 0 : 1);
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
}
