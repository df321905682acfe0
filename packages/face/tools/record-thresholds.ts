/**
 * Records decision thresholds from measurements: `node packages/face/tools/record-thresholds.ts [--out FILE] NAME=REPORT.json
 * ...`, where a report is what `npm run -s eval -- faces DIR --json` prints. For each false match rate the highest threshold
 * of the reports that can show that rate is taken, and written with where it comes from: to data/thresholds.json for the
 * packaged model, to FILE for an embedder of one's own.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MODEL_VERSION } from '../src/cohort.ts';

type Point = { fnmr: number; low95: number; high95: number; threshold: number; note?: string };
type Report = {
  modelVersion: string;
  date: string;
  people: number;
  genuinePairs: number;
  impostorPairs: number;
  fnmrAtFmr: Record<string, Point>;
  bounds: { method: string; atFmr: Record<string, { fmr: { low: number; high: number } }> };
};

const reports: { name: string; report: Report }[] = [];
const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
let modelVersion = values.out ? null : MODEL_VERSION;
for (const argument of positionals) {
  const separator = argument.indexOf('=');
  const report = JSON.parse(await readFile(argument.slice(separator + 1), 'utf8')) as Report;
  modelVersion ??= report.modelVersion;
  if (report.modelVersion !== modelVersion) {
    console.error(`${argument}: measured with ${report.modelVersion}, not with ${modelVersion}`);
    process.exit(2);
  }
  reports.push({ name: argument.slice(0, separator), report });
}
if (reports.length === 0) {
  console.error('usage: record-thresholds.ts [--out FILE] NAME=REPORT.json [NAME=REPORT.json ...]');
  process.exit(2);
}

const points = Object.keys(reports[0].report.fnmrAtFmr).flatMap((rate) => {
  const shown = reports.filter(({ report }) => report.fnmrAtFmr[rate].note === undefined);
  if (shown.length === 0) return [];
  const highest = shown.reduce((one, other) =>
    other.report.fnmrAtFmr[rate].threshold > one.report.fnmrAtFmr[rate].threshold ? other : one,
  );
  const { name, report } = highest;
  const { threshold, fnmr, low95, high95 } = report.fnmrAtFmr[rate];
  const { low: fmrLow95, high: fmrHigh95 } = report.bounds.atFmr[rate].fmr;
  const { genuinePairs, impostorPairs, people, date: measuredOn } = report;
  return [
    {
      fmr: Number(rate),
      threshold,
      fnmr,
      low95,
      high95,
      fmrLow95,
      fmrHigh95,
      data: name,
      people,
      genuinePairs,
      impostorPairs,
      measuredOn,
    },
  ];
});
const record = {
  what: 'Thresholds of similarity by false match rate. Made by packages/face/tools/record-thresholds.ts from reports of `npm run -s eval -- faces DIR --json`.',
  modelVersion,
  note: values.out
    ? ''
    : 'Measured on the data the cohort mean was computed from, hence slightly hopeful; see docs/measurements.md.',
  bounds: `fnmr: Wilson. fmr: ${reports[0].report.bounds.method}.`,
  points,
};
await writeFile(
  values.out ?? join(import.meta.dirname, '../data/thresholds.json'),
  `${JSON.stringify(record, null, 2)}\n`,
);
