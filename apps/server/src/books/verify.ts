/**
 * `npm run ledger:verify [-- --json]`: adds the books up again. Looks at the database of `DATABASE_URL`, else at the
 * embedded one in `DATA_DIR`, whether a server is running on it or not. Ends with 0 when the books are sound, 1 when
 * they are not, and 2 when it could not look.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createPool, findRunningPostgres, sqlState, startEmbeddedPostgres } from '@smile/postgres';
import { configFromEnvironment } from '../config.ts';
import { type BooksReport, verifyPlatformBooks } from './verify-books.ts';

const TIMEOUT_MS = 30 * 60_000;

async function openDatabase(): Promise<{ url: string; close(): Promise<void> }> {
  const config = configFromEnvironment(process.env);
  const nothing = async () => undefined;
  if (config.databaseUrl) return { url: config.databaseUrl, close: nothing };
  const dir = join(config.dataDir, 'postgres');
  const running = await findRunningPostgres(dir);
  if (running) return { url: running, close: nothing };
  const server = await startEmbeddedPostgres({ dir });
  return { url: server.url, close: () => server.stop() };
}

function words(report: BooksReport): string {
  const width = Math.max(...report.rules.map(({ rule }) => rule.length));
  const { accounts, postings, transfers, entries, holds, reversals } = report.counts;
  return [
    ...report.rules.map(({ rule, problems }) => {
      const subjects = report.problems.filter((problem) => problem.rule === rule).map(({ subject }) => subject);
      const verdict = problems === 0 ? 'holds' : `BROKEN by ${subjects.join(', ')}${problems >= 20 ? '...' : ''}`;
      return `  ${rule.replaceAll('_', ' ').padEnd(width)}  ${verdict}`;
    }),
    '',
    ...report.totals.map(
      ({ kind, currency, accounts: count, creditMinor }) =>
        `  ${kind.padEnd(12)} ${currency}  ${String(count).padStart(9)} accounts  ${String(creditMinor).padStart(20)} minor units in credit`,
    ),
    '',
    `${accounts} accounts, ${postings} postings, ${transfers} transfers, ${entries} entries, ${holds} holds, ` +
      `${reversals} reversals in ${(report.elapsedMs / 1000).toFixed(1)} s: the books ${report.ok ? 'are sound' : 'ARE WRONG'}.`,
  ].join('\n');
}

try {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const database = await openDatabase();
  const pool = createPool(database.url, { maxConnections: 2, statementTimeoutMs: TIMEOUT_MS });
  let report: BooksReport;
  try {
    report = await verifyPlatformBooks(pool);
  } finally {
    await pool.end();
    await database.close();
  }
  const json = JSON.stringify(report, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  console.log(values.json ? json : words(report));
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  const missing = sqlState(error) === '42P01';
  const why = error instanceof Error ? error.message : error;
  console.error(missing ? 'there are no books in this database: no server has run on it yet' : why);
  process.exitCode = 2;
}
