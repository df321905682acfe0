import { randomUUID } from 'node:crypto';
import type { PostingOutcome } from './errors.ts';
import type { NewAccount, Posting } from './model.ts';

/** Sends one statement, with the retries its place allows. */
export type Ask = <Row extends object>(text: string, parameters: readonly unknown[]) => Promise<Row[]>;

/** As many as the migration spreads connections over. */
const SHARDS = 16;

/**
 * Gives an account its shards: accounts of the same kind, currency and bounds. A side without a bound goes to them; of
 * an account with bounds, the side that uses money up stays with the account itself, where the bound can be held.
 */
export async function makeHot(ask: Ask, { id, currency, kind, bounds }: NewAccount): Promise<void> {
  await ask(
    `WITH shard AS (SELECT n, $1 || ':shard-' || n AS id FROM generate_series(0, ${SHARDS - 1}) AS n),
       made AS (INSERT INTO ledger_accounts (id, currency, kind, bounds)
         SELECT id, $2, $3, $4 FROM shard ON CONFLICT DO NOTHING)
     INSERT INTO ledger_shards (account_id, parent_id, number, takes_debits, takes_credits)
     SELECT id, $1, n, $4 <> 'debits_within_credits', $4 <> 'credits_within_debits' FROM shard
     ON CONFLICT DO NOTHING`,
    [id, currency, kind, bounds],
  );
}

/** The hot accounts with bounds among these, or all of them. One without bounds is never short. */
export async function parentsOf(ask: Ask, accountIds: readonly string[] | null): Promise<string[]> {
  const rows = await ask<{ id: string }>(
    `SELECT DISTINCT parent_id AS id FROM ledger_shards
     WHERE takes_debits <> takes_credits AND ($1::text[] IS NULL OR parent_id = ANY ($1)) ORDER BY parent_id`,
    [accountIds],
  );
  return rows.map(({ id }) => id);
}

/** One posting that brings what the shards have available to their account. Returns the number of shards emptied. */
export async function gatherShards(
  ask: Ask,
  post: (postings: readonly Posting[]) => Promise<PostingOutcome[]>,
  parentId: string,
): Promise<number> {
  const shards = await ask<{ id: string; currency: string; takes_credits: boolean; amount: bigint }>(
    `SELECT * FROM (
       SELECT a.id, a.currency, s.takes_credits, CASE WHEN s.takes_credits
         THEN a.credits_posted - a.debits_posted - a.debits_pending
         ELSE a.debits_posted - a.credits_posted - a.credits_pending END AS amount
       FROM ledger_shards AS s JOIN ledger_accounts AS a ON a.id = s.account_id
       WHERE s.parent_id = $1) AS shard
     WHERE amount > 0 ORDER BY id`,
    [parentId],
  );
  if (shards.length === 0) return 0;
  const [outcome] = await post([
    {
      id: `gather:${randomUUID()}`,
      kind: 'shard_gather',
      transfers: shards.map(({ id, currency, takes_credits, amount }) => ({
        debitAccountId: takes_credits ? id : parentId,
        creditAccountId: takes_credits ? parentId : id,
        amountMinor: amount,
        currency,
      })),
    },
  ]);
  // Another one has gathered between our look and our lock: the money is where it belongs.
  if (!outcome.ok && outcome.error.code === 'insufficient_funds') return shards.length;
  if (!outcome.ok) throw new Error(`the shards of ${parentId} could not be gathered: ${outcome.error.code}`);
  return shards.length;
}
