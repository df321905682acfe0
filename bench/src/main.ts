/**
 * `npm run -s bench -- face|ledger [--large]|light|lookalike|payments|scan|stage [--json]`: measures speed. With `--json` the report goes to stdout and
 * nothing else does. Absolute times depend on the machine: quote the ratios, and medians of several runs.
 */
import { parseArgs } from 'node:util';
import { runFaceBench } from './face.ts';
import { runLedgerBench } from './ledger.ts';
import { runLargeLedgerBench } from './ledger-large.ts';
import { runLightBench } from './light.ts';
import { runLookalikeBench } from './lookalike.ts';
import { runPaymentsBench } from './payments.ts';
import { runScanBench } from './scan.ts';
import { runStageBench } from './stage.ts';

const USAGE = 'Usage: npm run -s bench -- face|ledger [--large]|light|lookalike|payments|scan|stage [--json]';
const benches: Record<string, () => Promise<unknown>> = {
  face: () => runFaceBench(),
  ledger: () => (values.large ? runLargeLedgerBench() : runLedgerBench()),
  light: () => runLightBench(),
  lookalike: async () => runLookalikeBench(),
  payments: () => runPaymentsBench(),
  scan: () => runScanBench(),
  stage: () => runStageBench(),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, large: { type: 'boolean', default: false } },
});
const [name, ...rest] = positionals;
const bench = benches[name ?? ''];
if (!bench || rest.length > 0) {
  console.error(USAGE);
  process.exit(2);
}
try {
  const report = await bench();
  process.stdout.write(`${JSON.stringify(report, null, values.json ? undefined : 2)}\n`);
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
}
