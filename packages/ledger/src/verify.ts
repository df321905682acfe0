import { inTransaction, type Pool, query } from '@smile/postgres';

/** `rule` is a key of the checks below; `subject` the account, posting or hold that breaks it. */
export type Problem = { readonly rule: string; readonly subject: string };
export type Verification = { readonly ok: boolean; readonly problems: readonly Problem[] };

/** Each rule with the number of its problems that were found, and how much was looked at. */
export type VerificationReport = Verification & {
  readonly rules: readonly { readonly rule: string; readonly problems: number }[];
  readonly counts: Readonly<Record<'accounts' | 'postings' | 'transfers' | 'entries' | 'holds' | 'reversals', bigint>>;
  readonly elapsedMs: number;
};

const MAX_PROBLEMS_PER_RULE = 20;
const TIMEOUT_MS = 30 * 60_000;

/** Each query names what breaks the rule; on sound books all find nothing. */
const CHECKS = {
  counters_equal_the_sum_of_entries: `
    SELECT a.id AS subject
    FROM ledger_accounts AS a
    LEFT JOIN (
      SELECT account_id,
        sum(pending_change) FILTER (WHERE side = 'debit')  AS debits_pending,
        sum(posted_change)  FILTER (WHERE side = 'debit')  AS debits_posted,
        sum(pending_change) FILTER (WHERE side = 'credit') AS credits_pending,
        sum(posted_change)  FILTER (WHERE side = 'credit') AS credits_posted
      FROM ledger_entries GROUP BY account_id
    ) AS s ON s.account_id = a.id
    WHERE (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) IS DISTINCT FROM
      (coalesce(s.debits_pending, 0), coalesce(s.debits_posted, 0),
       coalesce(s.credits_pending, 0), coalesce(s.credits_posted, 0))`,

  entries_are_numbered_without_gap: `
    SELECT a.id AS subject
    FROM ledger_accounts AS a
    LEFT JOIN (
      SELECT account_id, count(*) AS entries, min(number) AS first, max(number) AS last
      FROM ledger_entries GROUP BY account_id
    ) AS s ON s.account_id = a.id
    WHERE a.entry_count <> coalesce(s.entries, 0) OR s.first <> 1 OR s.last <> s.entries`,

  entries_continue_the_one_before: `
    SELECT DISTINCT account_id AS subject
    FROM (
      SELECT *,
        coalesce(lag(debits_pending)  OVER chain, 0) AS dp, coalesce(lag(debits_posted)  OVER chain, 0) AS d,
        coalesce(lag(credits_pending) OVER chain, 0) AS cp, coalesce(lag(credits_posted) OVER chain, 0) AS c
      FROM ledger_entries WINDOW chain AS (PARTITION BY account_id ORDER BY number)
    ) AS e
    WHERE (debits_pending, debits_posted, credits_pending, credits_posted) <> (
      dp + CASE side WHEN 'debit' THEN pending_change ELSE 0 END, d + CASE side WHEN 'debit' THEN posted_change ELSE 0 END,
      cp + CASE side WHEN 'credit' THEN pending_change ELSE 0 END, c + CASE side WHEN 'credit' THEN posted_change ELSE 0 END)`,

  transfers_have_one_debit_and_one_credit_entry: `
    SELECT coalesce(t.posting_id, e.posting_id) AS subject
    FROM ledger_transfers AS t
    FULL JOIN (
      SELECT posting_id, leg, count(*) AS entries,
        max(account_id) FILTER (WHERE side = 'debit') AS debit_account,
        max(account_id) FILTER (WHERE side = 'credit') AS credit_account,
        min(pending_change) AS pending_low, max(pending_change) AS pending_high,
        min(posted_change) AS posted_low, max(posted_change) AS posted_high
      FROM ledger_entries GROUP BY posting_id, leg
    ) AS e USING (posting_id, leg)
    WHERE (t.debit_account, t.credit_account, t.pending_change, t.pending_change, t.posted_change, t.posted_change, 2)
      IS DISTINCT FROM
      (e.debit_account, e.credit_account, e.pending_low, e.pending_high, e.posted_low, e.posted_high, e.entries)`,

  postings_have_transfers_without_gap: `
    SELECT p.id AS subject
    FROM ledger_postings AS p
    LEFT JOIN (SELECT posting_id, count(*) AS legs, max(leg) AS last FROM ledger_transfers GROUP BY posting_id) AS t
      ON t.posting_id = p.id
    WHERE t.legs IS NULL OR t.last <> t.legs - 1`,

  debits_equal_credits: `
    SELECT currency AS subject
    FROM ledger_accounts GROUP BY currency
    HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)`,

  accounts_keep_to_their_currency: `
    SELECT t.posting_id AS subject
    FROM ledger_transfers AS t
    JOIN ledger_accounts AS d ON d.id = t.debit_account
    JOIN ledger_accounts AS c ON c.id = t.credit_account
    WHERE t.currency <> d.currency OR t.currency <> c.currency`,

  pending_counters_equal_the_pending_holds: `
    SELECT a.id AS subject
    FROM ledger_accounts AS a
    LEFT JOIN (
      SELECT debit_account AS id, sum(amount) AS amount FROM ledger_holds WHERE state = 'pending' GROUP BY 1
    ) AS d ON d.id = a.id
    LEFT JOIN (
      SELECT credit_account AS id, sum(amount) AS amount FROM ledger_holds WHERE state = 'pending' GROUP BY 1
    ) AS c ON c.id = a.id
    WHERE a.debits_pending <> coalesce(d.amount, 0) OR a.credits_pending <> coalesce(c.amount, 0)`,

  holds_were_closed_by_their_transfer: `
    SELECT h.id AS subject
    FROM ledger_holds AS h
    LEFT JOIN ledger_transfers AS t
      ON t.hold_id = h.id AND t.phase IN ('post_hold', 'void_hold', 'expire_hold')
    WHERE (h.closed_by, CASE h.state WHEN 'posted' THEN 'post_hold' WHEN 'voided' THEN 'void_hold'
                                     WHEN 'expired' THEN 'expire_hold' END)
        IS DISTINCT FROM (t.posting_id, t.phase)
      OR h.posted_amount <> coalesce(t.posted_change, 0)`,

  accounts_are_within_their_bounds: `
    SELECT id AS subject FROM ledger_accounts
    WHERE bounds = 'debits_within_credits' AND debits_pending + debits_posted > credits_posted
      OR bounds = 'credits_within_debits' AND credits_pending + credits_posted > debits_posted`,

  time_follows_the_numbers: `
    SELECT DISTINCT account_id AS subject
    FROM (
      SELECT account_id, created_at, lag(created_at) OVER (PARTITION BY account_id ORDER BY number) AS before
      FROM ledger_entries
    ) AS e WHERE created_at < before`,

  shards_are_like_their_account: `
    SELECT s.account_id AS subject
    FROM ledger_shards AS s
    LEFT JOIN ledger_accounts AS a ON a.id = s.account_id
    LEFT JOIN ledger_accounts AS p ON p.id = s.parent_id
    WHERE (a.currency, a.kind, a.bounds) IS DISTINCT FROM (p.currency, p.kind, p.bounds) OR p.id IS NULL`,

  reversals_mirror_what_they_reverse: `
    WITH moved AS (
      SELECT t.posting_id, t.currency, t.posted_change AS amount,
        coalesce(d.parent_id, t.debit_account) AS debit, coalesce(c.parent_id, t.credit_account) AS credit
      FROM ledger_transfers AS t
      LEFT JOIN ledger_shards AS d ON d.account_id = t.debit_account
      LEFT JOIN ledger_shards AS c ON c.account_id = t.credit_account
      WHERE t.posted_change > 0
        AND t.posting_id IN (SELECT posting_id FROM ledger_reversals UNION SELECT reverses FROM ledger_reversals)
    ), expected AS (
      SELECT r.posting_id, m.currency, m.amount, m.credit AS debit, m.debit AS credit
      FROM ledger_reversals AS r JOIN moved AS m ON m.posting_id = r.reverses
    ), found AS (
      SELECT m.posting_id, m.currency, m.amount, m.debit, m.credit
      FROM ledger_reversals AS r JOIN moved AS m ON m.posting_id = r.posting_id
    )
    SELECT DISTINCT posting_id AS subject FROM (
      (SELECT * FROM expected EXCEPT ALL SELECT * FROM found)
      UNION ALL (SELECT * FROM found EXCEPT ALL SELECT * FROM expected)
      UNION ALL SELECT r.posting_id, '', 0, '', '' FROM ledger_reversals AS r
        LEFT JOIN ledger_postings AS o ON o.id = r.reverses LEFT JOIN ledger_postings AS p ON p.id = r.posting_id
        WHERE o.id IS NULL OR p.id IS NULL
    ) AS different`,
} as const;

/** All checks see the same moment, so they can run while money moves. */
export async function verifyBooks(pool: Pool): Promise<VerificationReport> {
  const started = performance.now();
  return inTransaction(
    pool,
    async (client) => {
      await client.query(`SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = ${TIMEOUT_MS}`);
      const problems: Problem[] = [];
      const rules: { rule: string; problems: number }[] = [];
      for (const [rule, text] of Object.entries(CHECKS)) {
        const rows = await query<{ subject: string }>(client, `${text} LIMIT ${MAX_PROBLEMS_PER_RULE}`);
        problems.push(...rows.map(({ subject }) => ({ rule, subject })));
        rules.push({ rule, problems: rows.length });
      }
      const [counts] = await query<VerificationReport['counts']>(
        client,
        `SELECT ${COUNTED.map((what) => `(SELECT count(*) FROM ledger_${what}) AS ${what}`).join(', ')}`,
      );
      return {
        ok: problems.length === 0,
        problems,
        rules,
        counts,
        elapsedMs: Math.round(performance.now() - started),
      };
    },
    { isolation: 'repeatable read' },
  );
}

const COUNTED = ['accounts', 'postings', 'transfers', 'entries', 'holds', 'reversals'] as const;
