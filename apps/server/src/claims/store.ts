import type { ClaimState } from '@smile/contract';
import type { Queryable } from '@smile/postgres';
import type { ClaimRow } from './model.ts';

const CLAIM = `id, payment_id AS "paymentId", person_id AS "personId", state, amount_minor AS "amountMinor", currency,
  credited_minor AS "creditedMinor", created_at AS "createdAt", decided_at AS "decidedAt",
  decision_reason AS "decisionReason"`;

/** Null when this payment has a claim already. */
export async function insertClaim(
  db: Queryable,
  claim: Pick<ClaimRow, 'id' | 'paymentId' | 'personId' | 'amountMinor' | 'currency' | 'createdAt'> & {
    evidence: unknown;
  },
): Promise<ClaimRow | null> {
  const inserted = await db.query<ClaimRow>(
    `INSERT INTO claims (id, payment_id, person_id, state, amount_minor, currency, evidence, created_at)
     VALUES ($1, $2, $3, 'under_review', $4, $5, $6, $7) ON CONFLICT (payment_id) DO NOTHING RETURNING ${CLAIM}`,
    [
      claim.id,
      claim.paymentId,
      claim.personId,
      claim.amountMinor,
      claim.currency,
      JSON.stringify(claim.evidence),
      claim.createdAt,
    ],
  );
  return inserted.rows[0] ?? null;
}

export async function findByPayment(db: Queryable, paymentId: string): Promise<ClaimRow | null> {
  const found = await db.query<ClaimRow>(`SELECT ${CLAIM} FROM claims WHERE payment_id = $1`, [paymentId]);
  return found.rows[0] ?? null;
}

export async function lockClaim(db: Queryable, claimId: string): Promise<ClaimRow | null> {
  const found = await db.query<ClaimRow>(`SELECT ${CLAIM} FROM claims WHERE id = $1 FOR UPDATE`, [claimId]);
  return found.rows[0] ?? null;
}

export async function findClaim(db: Queryable, claimId: string): Promise<ClaimRow | null> {
  const found = await db.query<ClaimRow>(`SELECT ${CLAIM} FROM claims WHERE id = $1`, [claimId]);
  return found.rows[0] ?? null;
}

/** What the person was credited since then without a decision. */
export async function sumCreditedSince(db: Queryable, personId: string, since: Date): Promise<bigint> {
  const found = await db.query<{ sum: bigint }>(
    `SELECT coalesce(sum(credited_minor), 0)::bigint AS sum FROM claims
     WHERE person_id = $1 AND credited_at > $2 AND state IN ('credited', 'rejected')`,
    [personId, since],
  );
  return found.rows[0].sum;
}

export async function setCredited(db: Queryable, claimId: string, creditedMinor: bigint, at: Date): Promise<void> {
  await db.query(`UPDATE claims SET state = 'credited', credited_minor = $2, credited_at = $3 WHERE id = $1`, [
    claimId,
    creditedMinor,
    at,
  ]);
}

export async function setDecided(
  db: Queryable,
  claimId: string,
  decision: { state: ClaimState; creditedMinor: bigint; reason: string; by: string; at: Date },
): Promise<ClaimRow> {
  const updated = await db.query<ClaimRow>(
    `UPDATE claims SET state = $2, credited_minor = $3, decision_reason = $4, decided_by = $5, decided_at = $6
     WHERE id = $1 RETURNING ${CLAIM}`,
    [claimId, decision.state, decision.creditedMinor, decision.reason, decision.by, decision.at],
  );
  return updated.rows[0];
}

export async function countUndecided(db: Queryable, personId: string): Promise<number> {
  const found = await db.query<{ count: bigint }>(
    `SELECT count(*) AS count FROM claims WHERE person_id = $1 AND state IN ('under_review', 'credited')`,
    [personId],
  );
  return Number(found.rows[0].count);
}

export async function listClaims(db: Queryable, page: { before: string | null; limit: number }): Promise<ClaimRow[]> {
  const found = await db.query<ClaimRow>(
    `SELECT ${CLAIM} FROM claims WHERE $1::text IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
    [page.before, page.limit],
  );
  return found.rows;
}
