import type { TopUpState } from '@smile/contract';
import type { Queryable } from '@smile/postgres';
import type { AutoTopUpRow, SourceRow, TopUpRow } from './model.ts';
import type { Card } from './provider.ts';

const SOURCE = `id, person_id AS "personId", provider, state, setup_reference AS "setupReference",
  method_reference AS "methodReference", brand, last_four AS "lastFour", expires_on AS "expiresOn",
  is_default AS "isDefault", created_at AS "createdAt"`;
const TOP_UP = `id, person_id AS "personId", provider, source, automatic, amount_minor AS "amountMinor", currency, state,
  reference, failure_code AS "failureCode", created_at AS "createdAt"`;

export async function findCustomer(db: Queryable, personId: string, provider: string): Promise<string | null> {
  const found = await db.query<{ reference: string }>(
    'SELECT reference FROM funding_customers WHERE person_id = $1 AND provider = $2',
    [personId, provider],
  );
  return found.rows[0]?.reference ?? null;
}

export async function keepCustomer(
  db: Queryable,
  customer: { personId: string; provider: string; reference: string; at: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO funding_customers (person_id, provider, reference, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (person_id, provider) DO NOTHING`,
    [customer.personId, customer.provider, customer.reference, customer.at],
  );
}

/** Those that count: neither removed nor failed. */
export async function listSources(db: Queryable, personId: string): Promise<SourceRow[]> {
  const found = await db.query<SourceRow>(
    `SELECT ${SOURCE} FROM funding_sources WHERE person_id = $1 AND state IN ('pending', 'ready') ORDER BY id`,
    [personId],
  );
  return found.rows;
}

export async function insertSource(
  db: Queryable,
  source: { id: string; personId: string; provider: string; at: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO funding_sources (id, person_id, provider, state, created_at) VALUES ($1, $2, $3, 'pending', $4)`,
    [source.id, source.personId, source.provider, source.at],
  );
}

export async function findSource(db: Queryable, id: string): Promise<SourceRow | null> {
  const found = await db.query<SourceRow>(`SELECT ${SOURCE} FROM funding_sources WHERE id = $1`, [id]);
  return found.rows[0] ?? null;
}

export async function setSetupReference(db: Queryable, id: string, setupReference: string): Promise<void> {
  await db.query('UPDATE funding_sources SET setup_reference = $2 WHERE id = $1', [id, setupReference]);
}

/** False when it was not waiting any more. */
export async function setSourceReady(
  db: Queryable,
  id: string,
  ready: { methodReference: string; card: Card },
): Promise<boolean> {
  const { methodReference, card } = ready;
  const updated = await db.query(
    `UPDATE funding_sources SET state = 'ready', method_reference = $2, brand = $3, last_four = $4, expires_on = $5
     WHERE id = $1 AND state IN ('pending', 'failed')`,
    [id, methodReference, card.brand, card.lastFour, card.expiresOn],
  );
  return updated.rowCount === 1;
}

/** A card that arrived after its source was removed: noted, so that it is forgotten at the provider too. */
export async function noteMethodOfRemoved(db: Queryable, id: string, methodReference: string): Promise<void> {
  await db.query(
    `UPDATE funding_sources SET method_reference = $2 WHERE id = $1 AND state = 'removed' AND method_reference IS NULL`,
    [id, methodReference],
  );
}

export async function setSourceFailed(db: Queryable, id: string): Promise<boolean> {
  const updated = await db.query(`UPDATE funding_sources SET state = 'failed' WHERE id = $1 AND state = 'pending'`, [
    id,
  ]);
  return updated.rowCount === 1;
}

export async function setSourceRemoved(db: Queryable, id: string): Promise<void> {
  await db.query(`UPDATE funding_sources SET state = 'removed', is_default = false WHERE id = $1`, [id]);
}

/** Null takes the default away from all of them: the sandbox bank is it then. */
export async function setDefaultSource(db: Queryable, personId: string, id: string | null): Promise<void> {
  await db.query('UPDATE funding_sources SET is_default = false WHERE person_id = $1 AND is_default', [personId]);
  if (id !== null) await db.query('UPDATE funding_sources SET is_default = true WHERE id = $1', [id]);
}

/** Waiting for their card, the longest first. */
export async function pendingSources(db: Queryable, before: Date, limit: number): Promise<SourceRow[]> {
  const found = await db.query<SourceRow>(
    `SELECT ${SOURCE} FROM funding_sources WHERE state = 'pending' AND created_at < $1 ORDER BY created_at LIMIT $2`,
    [before, limit],
  );
  return found.rows;
}

/** Removed here and not yet at their provider. */
export async function sourcesToForget(db: Queryable, limit: number): Promise<SourceRow[]> {
  const found = await db.query<SourceRow>(
    `SELECT ${SOURCE} FROM funding_sources WHERE state = 'removed' AND method_reference IS NOT NULL ORDER BY id LIMIT $1`,
    [limit],
  );
  return found.rows;
}

export async function setMethodForgotten(db: Queryable, id: string): Promise<void> {
  await db.query('UPDATE funding_sources SET method_reference = NULL WHERE id = $1', [id]);
}

/** The row of this wish: the new one, or that of an earlier asking. */
export async function insertTopUp(
  db: Queryable,
  topUp: Omit<TopUpRow, 'reference' | 'failureCode'> & { readonly requestKey: string | null },
): Promise<TopUpRow> {
  const inserted = await db.query<TopUpRow>(
    `INSERT INTO funding_top_ups
       (id, person_id, provider, source, request_key, automatic, amount_minor, currency, state, created_at, settled_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $9 = 'succeeded' THEN $10::timestamptz END)
     ON CONFLICT (person_id, request_key) DO NOTHING RETURNING ${TOP_UP}`,
    [
      topUp.id,
      topUp.personId,
      topUp.provider,
      topUp.source,
      topUp.requestKey,
      topUp.automatic,
      topUp.amountMinor,
      topUp.currency,
      topUp.state,
      topUp.createdAt,
    ],
  );
  const row = inserted.rows[0] ?? (await findTopUpByRequest(db, topUp.personId, topUp.requestKey ?? ''));
  if (!row) throw new Error('a top-up was there and is not');
  return row;
}

export async function findTopUpByRequest(
  db: Queryable,
  personId: string,
  requestKey: string,
): Promise<TopUpRow | null> {
  const found = await db.query<TopUpRow>(
    `SELECT ${TOP_UP} FROM funding_top_ups WHERE person_id = $1 AND request_key = $2`,
    [personId, requestKey],
  );
  return found.rows[0] ?? null;
}

export async function findTopUp(db: Queryable, id: string): Promise<TopUpRow | null> {
  const found = await db.query<TopUpRow>(`SELECT ${TOP_UP} FROM funding_top_ups WHERE id = $1`, [id]);
  return found.rows[0] ?? null;
}

export async function findTopUpByReference(
  db: Queryable,
  provider: string,
  reference: string,
): Promise<TopUpRow | null> {
  const found = await db.query<TopUpRow>(
    `SELECT ${TOP_UP} FROM funding_top_ups WHERE provider = $1 AND reference = $2`,
    [provider, reference],
  );
  return found.rows[0] ?? null;
}

export async function lockTopUp(db: Queryable, id: string): Promise<TopUpRow | null> {
  const found = await db.query<TopUpRow>(`SELECT ${TOP_UP} FROM funding_top_ups WHERE id = $1 FOR UPDATE`, [id]);
  return found.rows[0] ?? null;
}

export async function updateTopUp(
  db: Queryable,
  id: string,
  to: { state: TopUpState; reference: string | null; failureCode: string | null; settledAt: Date | null },
): Promise<void> {
  await db.query(
    `UPDATE funding_top_ups SET state = $2, reference = coalesce(reference, $3), failure_code = $4, settled_at = $5
     WHERE id = $1`,
    [id, to.state, to.reference, to.failureCode, to.settledAt],
  );
}

export async function countOpenTopUps(db: Queryable, personId: string): Promise<{ count: number; sumMinor: bigint }> {
  const found = await db.query<{ count: number; sumMinor: bigint }>(
    `SELECT count(*)::int AS count, coalesce(sum(amount_minor), 0)::bigint AS "sumMinor" FROM funding_top_ups
     WHERE person_id = $1 AND state IN ('pending', 'requires_action')`,
    [personId],
  );
  return found.rows[0];
}

/** All that was brought in by itself, or may yet be. */
export async function automaticSince(db: Queryable, personId: string, since: Date): Promise<bigint> {
  const found = await db.query<{ sumMinor: bigint }>(
    `SELECT coalesce(sum(amount_minor), 0)::bigint AS "sumMinor" FROM funding_top_ups
     WHERE person_id = $1 AND automatic AND state <> 'failed' AND created_at > $2`,
    [personId, since],
  );
  return found.rows[0].sumMinor;
}

/** The longest open first. */
export async function openTopUps(db: Queryable, before: Date, limit: number): Promise<TopUpRow[]> {
  const found = await db.query<TopUpRow>(
    `SELECT ${TOP_UP} FROM funding_top_ups
     WHERE state IN ('pending', 'requires_action') AND created_at < $1 ORDER BY created_at LIMIT $2`,
    [before, limit],
  );
  return found.rows;
}

/** False when this event was told before: then nothing is to be done about it. */
export async function insertEvent(
  db: Queryable,
  event: { provider: string; eventId: string; type: string; at: Date },
): Promise<boolean> {
  const inserted = await db.query(
    `INSERT INTO funding_events (provider, event_id, type, outcome, received_at) VALUES ($1, $2, $3, 'received', $4)
     ON CONFLICT (provider, event_id) DO NOTHING`,
    [event.provider, event.eventId, event.type, event.at],
  );
  return inserted.rowCount === 1;
}

export async function setEventOutcome(
  db: Queryable,
  event: { provider: string; eventId: string },
  outcome: string,
  topUpId: string | null,
): Promise<void> {
  await db.query('UPDATE funding_events SET outcome = $3, top_up_id = $4 WHERE provider = $1 AND event_id = $2', [
    event.provider,
    event.eventId,
    outcome,
    topUpId,
  ]);
}

export async function findAutoTopUp(db: Queryable, personId: string): Promise<AutoTopUpRow | null> {
  const found = await db.query<AutoTopUpRow>(
    `SELECT enabled, amount_minor AS "amountMinor", per_day_minor AS "perDayMinor" FROM funding_auto_top_ups
     WHERE person_id = $1`,
    [personId],
  );
  return found.rows[0] ?? null;
}

export async function putAutoTopUp(
  db: Queryable,
  personId: string,
  to: AutoTopUpRow & { readonly currency: string; readonly at: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO funding_auto_top_ups (person_id, enabled, amount_minor, per_day_minor, currency, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (person_id) DO UPDATE SET enabled = $2, amount_minor = $3, per_day_minor = $4, currency = $5, updated_at = $6`,
    [personId, to.enabled, to.amountMinor, to.perDayMinor, to.currency, to.at],
  );
}
