/**
 * Records decision thresholds from measurements: `node packages/face/tools/record-thresholds.ts NAME=REPORT.json ...`,
 * where a report is what `npm run -s eval -- faces DIR --json` prints. For each false match rate the highest threshold
 * of the reports that can show that rate is taken, and written to data/thresholds.json with where it comes from.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MODEL_VERSION } from '../src/cohort.ts';

type Point = { fnmr: number; low95: number; high95: number; threshold: number; note?: string };
type Report = { genuinePairs: number; impostorPairs: number; fnmrAtFmr: Record<string, Point> };

const reports: { name: string; report: Report }[] = [];
for (const argument of process.argv.slice(2)) {
  const separator = argument.indexOf('=');
  const report = JSON.parse(await readFile(argument.slice(separator + 1), 'utf8')) as Report;
  reports.push({ name: argument.slice(0, separator), report });
}
if (reports.length === 0) {
  console.error('usage: record-thresholds.ts NAME=REPORT.json [NAME=REPORT.json ...]');
  process.exit(2);
}

const points = Object.keys(reports[0].report.fnmrAtFmr).flatMap((rate) => {
  const shown = reports.filter(({ report }) => report.fnmrAtFmr[rate].note === undefined);
  if (shown.length === 0) return [];
  const highest = shown.reduce((one, other) =>
    other.report.fnmrAtFmr[rate].threshold > one.report.fnmrAtFmr[rate].threshold ? other : one,
  );
  const { threshold, fnmr, low95, high95 } = highest.report.fnmrAtFmr[rate];
  const { genuinePairs, impostorPairs } = highest.report;
  return [{ fmr: Number(rate), threshold, fnmr, low95, high95, data: highest.name, genuinePairs, impostorPairs }];
});
const record = {
  modelVersion: MODEL_VERSION,
  note: 'Measured on the data the cohort mean was computed from, hence slightly hopeful; see docs/measurements.md.',
  points,
};
await writeFile(join(import.meta.dirname, '../data/thresholds.json'), `${JSON.stringify(record, null, 2)}\n`);
