import { createLedger, type VerificationReport } from '@smile/ledger';
import { type Pool, query } from '@smile/postgres';
import { type AccountFacts, misfit } from './chart.ts';

export type BooksReport = VerificationReport & {
  /** What stands on each kind of account: credits less debits, in minor units. */
  readonly totals: readonly { kind: string; currency: string; accounts: bigint; creditMinor: bigint }[];
};

const MAX_MISFITS = 20;
const PAGE = 5_000;

/** The ledger's own rules, and every account against the chart of accounts. Reads everything, changes nothing. */
export async function verifyPlatformBooks(pool: Pool): Promise<BooksReport> {
  const report = await createLedger(pool).verifyInFull();
  const misfits: string[] = [];
  for (let after = '', full = true; full && misfits.length < MAX_MISFITS; ) {
    const accounts = await query<AccountFacts>(
      pool,
      `SELECT a.id, a.kind, a.bounds, s.parent_id AS "parentId"
       FROM ledger_accounts AS a LEFT JOIN ledger_shards AS s ON s.account_id = a.id
       WHERE a.id > $1 ORDER BY a.id LIMIT ${PAGE}`,
      [after],
    );
    misfits.push(...accounts.filter((account) => misfit(account) !== null).map(({ id }) => id));
    full = accounts.length === PAGE;
    after = accounts.at(-1)?.id ?? '';
  }
  const totals = await query<BooksReport['totals'][number]>(
    pool,
    `SELECT kind, currency, count(*) AS accounts, sum(credits_posted - debits_posted)::numeric AS "creditMinor"
     FROM ledger_accounts GROUP BY kind, currency ORDER BY currency, kind`,
  );
  const rule = 'accounts_fit_the_chart';
  const problems = [...report.problems, ...misfits.slice(0, MAX_MISFITS).map((subject) => ({ rule, subject }))];
  return {
    ...report,
    ok: problems.length === 0,
    problems,
    rules: [...report.rules, { rule, problems: Math.min(misfits.length, MAX_MISFITS) }],
    totals,
  };
}
