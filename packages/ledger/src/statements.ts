import type { AccountBounds, Metadata, Statement, StatementLine } from './model.ts';
import type { Ask } from './shards.ts';

export type StatementRequest = {
  readonly accountId: string;
  readonly from: Date;
  readonly to: Date;
  /** 1 to 500, 100 by default. */
  readonly limit?: number;
  /** `nextCursor` of the page before, of the same account and time. */
  readonly cursor?: string;
};

/** Where the page before ended. Times as text: a Date would cut off microseconds. */
type Cursor = { readonly at: string; readonly account: string; readonly number: string; readonly balance: string };

type HeadRow = { currency: string; bounds: AccountBounds; opening: bigint; closing: bigint };
type LineRow = {
  account_id: string;
  number: bigint;
  at: Date;
  at_text: string;
  posting_id: string;
  leg: number;
  kind: string;
  other_account: string;
  side: 'debit' | 'credit';
  posted_change: bigint;
  metadata: Metadata;
};

/** Credits less debits, of the account and its shards together, from each one's last entry before a moment. */
const balanceBefore = (moment: string) => `(
  SELECT coalesce(sum(e.credits_posted - e.debits_posted), 0)::bigint
  FROM unnest(ARRAY(SELECT account_id FROM ledger_shards WHERE parent_id = a.id) || a.id::text) AS g (id)
  JOIN ledger_entries AS e ON e.account_id = g.id AND e.number = ledger_last_entry_before(g.id, ${moment}))`;

// Of each account of the group the next lines in its own order, and of these the first.
const LINES = `
  SELECT e.account_id, e.number, e.created_at AS at, 
    to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at_text, e.posting_id, e.leg, t.kind, e.side,
    e.posted_change, p.metadata, CASE e.side WHEN 'debit' THEN t.credit_account ELSE t.debit_account END AS other_account
  FROM (
    SELECT g.id, ledger_last_entry_before(g.id, coalesce($4::timestamptz, $2)) AS first,
      ledger_last_entry_before(g.id, $3) AS last
    FROM unnest(ARRAY(SELECT account_id FROM ledger_shards WHERE parent_id = $1) || $1::text) AS g (id)
  ) AS span,
  LATERAL (
    SELECT * FROM ledger_entries AS e
    WHERE e.account_id = span.id AND e.number > span.first AND e.number <= span.last AND e.posted_change > 0
      AND ($4::timestamptz IS NULL OR (e.created_at, e.account_id, e.number) > ($4, $5, $6::bigint))
      -- Between an account and its shards nothing comes in or goes out.
      AND NOT EXISTS (SELECT FROM ledger_transfers AS t
        WHERE t.posting_id = e.posting_id AND t.leg = e.leg AND t.kind = 'shard_gather')
    ORDER BY e.number LIMIT $7
  ) AS e
  JOIN ledger_transfers AS t ON t.posting_id = e.posting_id AND t.leg = e.leg
  JOIN ledger_postings AS p ON p.id = e.posting_id
  ORDER BY e.created_at, e.account_id, e.number LIMIT $7`;

export async function readStatement(
  ask: Ask,
  { accountId, from, to, limit: wanted, cursor: given }: StatementRequest,
): Promise<Statement | 'account_not_found' | 'invalid_cursor'> {
  const limit = Math.min(Math.max(Math.trunc(wanted ?? 100), 1), 500);
  const cursor = given === undefined ? null : readCursor(given);
  if (cursor === undefined) return 'invalid_cursor';
  const [head] = await ask<HeadRow>(
    `SELECT a.currency, a.bounds, ${balanceBefore('$2')} AS opening, ${balanceBefore('$3')} AS closing
     FROM ledger_accounts AS a WHERE a.id = $1`,
    [accountId, from, to],
  );
  if (!head) return 'account_not_found';
  const sign = head.bounds === 'credits_within_debits' ? -1n : 1n;
  const rows = await ask<LineRow>(LINES, [
    accountId,
    from,
    to,
    cursor?.at ?? null,
    cursor?.account ?? null,
    cursor?.number ?? null,
    limit + 1,
  ]);
  let balanceMinor = cursor ? BigInt(cursor.balance) : head.opening * sign;
  const lines = rows.slice(0, limit).map((row): StatementLine => {
    const changeMinor = (row.side === 'credit' ? row.posted_change : -row.posted_change) * sign;
    balanceMinor += changeMinor;
    return {
      at: row.at,
      postingId: row.posting_id,
      leg: row.leg,
      kind: row.kind,
      otherAccountId: row.other_account,
      changeMinor,
      balanceMinor,
      metadata: row.metadata,
    };
  });
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    accountId,
    currency: head.currency,
    from,
    to,
    openingMinor: head.opening * sign,
    closingMinor: head.closing * sign,
    lines,
    nextCursor: last ? writeCursor(last, balanceMinor) : null,
  };
}

function writeCursor({ at_text, account_id, number }: LineRow, balanceMinor: bigint): string {
  return Buffer.from(JSON.stringify([at_text, account_id, `${number}`, `${balanceMinor}`])).toString('base64url');
}

function readCursor(text: string): Cursor | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(parts) || parts.length !== 4 || !parts.every((part) => typeof part === 'string'))
      return undefined;
    const [at, account, number, balance] = parts;
    const fits = /^\d{4}-\d\d-\d\dT[\d:.]{15}Z$/.test(at) && !Number.isNaN(Date.parse(at));
    if (!fits || !/^\d{1,18}$/.test(number) || !/^-?\d{1,20}$/.test(balance)) return undefined;
    return { at, account, number, balance };
  } catch {
    return undefined;
  }
}
