import type { EventType, WebhookFailure } from '@smile/contract';
import type { Queryable } from '@smile/postgres';
import type { MerchantRef } from '../http/callers.ts';
import type { DeliveryRow, DeliveryState, DisabledReason, EndpointRow } from './model.ts';

const ENDPOINT = `id, merchant_id AS "merchantId", livemode, url, description, event_types AS "eventTypes", shop_id AS "shopId", state,
  disabled_reason AS "disabledReason", secret_sealed AS "secretSealed", previous_secret_sealed AS "previousSecretSealed",
  previous_until AS "previousUntil", failing_since AS "failingSince", created_at AS "createdAt"`;
const DELIVERY = `id, endpoint_id AS "endpointId", event_id AS "eventId", event_type AS "eventType", state, attempts,
  next_attempt_at AS "nextAttemptAt", claim, last_status AS "lastStatus", last_failure AS "lastFailure",
  last_attempt_at AS "lastAttemptAt", created_at AS "createdAt"`;

export async function countEndpoints(db: Queryable, owner: MerchantRef): Promise<number> {
  const found = await db.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM webhook_endpoints WHERE merchant_id = $1 AND livemode = $2',
    [owner.merchantId, owner.livemode],
  );
  return found.rows[0].count;
}

export async function insertEndpoint(
  db: Queryable,
  row: Pick<
    EndpointRow,
    'id' | 'merchantId' | 'livemode' | 'url' | 'description' | 'eventTypes' | 'shopId' | 'secretSealed' | 'createdAt'
  >,
): Promise<EndpointRow> {
  const inserted = await db.query<EndpointRow>(
    `INSERT INTO webhook_endpoints
       (id, merchant_id, livemode, url, description, event_types, state, secret_sealed, created_at, shop_id)
     VALUES ($1, $2, $3, $4, $5, $6, 'enabled', $7, $8, $9) RETURNING ${ENDPOINT}`,
    [
      row.id,
      row.merchantId,
      row.livemode,
      row.url,
      row.description,
      row.eventTypes,
      row.secretSealed,
      row.createdAt,
      row.shopId,
    ],
  );
  return inserted.rows[0];
}

export async function findEndpoint(db: Queryable, owner: MerchantRef, id: string): Promise<EndpointRow | null> {
  const found = await db.query<EndpointRow>(
    `SELECT ${ENDPOINT} FROM webhook_endpoints WHERE id = $1 AND merchant_id = $2 AND livemode = $3`,
    [id, owner.merchantId, owner.livemode],
  );
  return found.rows[0] ?? null;
}

export async function lockEndpoint(db: Queryable, id: string): Promise<EndpointRow | null> {
  const found = await db.query<EndpointRow>(`SELECT ${ENDPOINT} FROM webhook_endpoints WHERE id = $1 FOR UPDATE`, [id]);
  return found.rows[0] ?? null;
}

export async function endpointById(db: Queryable, id: string): Promise<EndpointRow | null> {
  const found = await db.query<EndpointRow>(`SELECT ${ENDPOINT} FROM webhook_endpoints WHERE id = $1`, [id]);
  return found.rows[0] ?? null;
}

export async function listEndpoints(
  db: Queryable,
  owner: MerchantRef,
  page: { limit: number; cursor?: string },
): Promise<EndpointRow[]> {
  const found = await db.query<EndpointRow>(
    `SELECT ${ENDPOINT} FROM webhook_endpoints
     WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3) ORDER BY id DESC LIMIT $4`,
    [owner.merchantId, owner.livemode, page.cursor ?? null, page.limit],
  );
  return found.rows;
}

export async function enabledEndpointsOf(db: Queryable, merchantIds: readonly string[]): Promise<EndpointRow[]> {
  const found = await db.query<EndpointRow>(
    `SELECT ${ENDPOINT} FROM webhook_endpoints WHERE merchant_id = ANY($1) AND state = 'enabled'`,
    [merchantIds],
  );
  return found.rows;
}

export async function updateEndpoint(
  db: Queryable,
  id: string,
  to: Pick<
    EndpointRow,
    | 'url'
    | 'description'
    | 'eventTypes'
    | 'state'
    | 'disabledReason'
    | 'secretSealed'
    | 'previousSecretSealed'
    | 'previousUntil'
    | 'failingSince'
  >,
): Promise<EndpointRow> {
  const updated = await db.query<EndpointRow>(
    `UPDATE webhook_endpoints SET url = $2, description = $3, event_types = $4, state = $5, disabled_reason = $6,
       secret_sealed = $7, previous_secret_sealed = $8, previous_until = $9, failing_since = $10
     WHERE id = $1 RETURNING ${ENDPOINT}`,
    [
      id,
      to.url,
      to.description,
      to.eventTypes,
      to.state,
      to.disabledReason,
      to.secretSealed,
      to.previousSecretSealed,
      to.previousUntil,
      to.failingSince,
    ],
  );
  return updated.rows[0];
}

export async function deleteEndpoint(db: Queryable, id: string): Promise<void> {
  await db.query('DELETE FROM webhook_endpoints WHERE id = $1', [id]);
}

/** Forgets secrets whose overlap is over. */
export async function dropPreviousSecrets(db: Queryable, at: Date): Promise<void> {
  await db.query(
    `UPDATE webhook_endpoints SET previous_secret_sealed = NULL, previous_until = NULL WHERE previous_until <= $1`,
    [at],
  );
}

export type NewDelivery = {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: EventType;
};

const columnsOf = (rows: readonly NewDelivery[]) => [
  rows.map(({ id }) => id),
  rows.map(({ endpointId }) => endpointId),
  rows.map(({ eventId }) => eventId),
  rows.map(({ eventType }) => eventType),
];

/** Deliveries to be sent at once; what is there already stays as it is. */
export async function insertDeliveries(db: Queryable, rows: readonly NewDelivery[], at: Date): Promise<void> {
  await db.query(
    `INSERT INTO webhook_deliveries
       (id, endpoint_id, event_id, event_type, state, attempts, next_attempt_at, created_at)
     SELECT id, endpoint_id, event_id, event_type, 'pending', 0, $5, $5
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS new (id, endpoint_id, event_id, event_type)
     ON CONFLICT (endpoint_id, event_id) DO NOTHING`,
    [...columnsOf(rows), at],
  );
}

/** Deliveries that are asked for again: those on their way go on as they are, all others begin anew. */
export async function askAgain(
  db: Queryable,
  rows: readonly NewDelivery[],
  at: Date,
  onlyFailed: boolean,
): Promise<number> {
  const asked = await db.query(
    `INSERT INTO webhook_deliveries AS d
       (id, endpoint_id, event_id, event_type, state, attempts, next_attempt_at, created_at)
     SELECT id, endpoint_id, event_id, event_type, 'pending', 0, $5, $5
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS new (id, endpoint_id, event_id, event_type)
     ON CONFLICT (endpoint_id, event_id) DO UPDATE SET state = 'pending', attempts = 0, next_attempt_at = $5
     WHERE d.state <> 'pending' AND NOT ($6 AND d.state = 'succeeded')`,
    [...columnsOf(rows), at, onlyFailed],
  );
  return asked.rowCount ?? 0;
}

export async function findDelivery(db: Queryable, endpointId: string, eventId: string): Promise<DeliveryRow | null> {
  const found = await db.query<DeliveryRow>(
    `SELECT ${DELIVERY} FROM webhook_deliveries WHERE endpoint_id = $1 AND event_id = $2`,
    [endpointId, eventId],
  );
  return found.rows[0] ?? null;
}

export async function listDeliveries(
  db: Queryable,
  endpointId: string,
  page: { limit: number; cursor?: string; state?: DeliveryState; eventId?: string },
): Promise<DeliveryRow[]> {
  const found = await db.query<DeliveryRow>(
    `SELECT ${DELIVERY} FROM webhook_deliveries
     WHERE endpoint_id = $1 AND ($2::text IS NULL OR id < $2) AND ($3::text IS NULL OR state = $3)
       AND ($4::text IS NULL OR event_id = $4)
     ORDER BY id DESC LIMIT $5`,
    [endpointId, page.cursor ?? null, page.state ?? null, page.eventId ?? null, page.limit],
  );
  return found.rows;
}

/**
 * Takes deliveries that are due, the longest waiting first, at most `perEndpoint` of one endpoint, so that a slow one
 * does not hold up the others. What is taken comes due again at `lostAt`, should nobody say how it went. One statement,
 * which is its own transaction: nothing stays locked while it is sent.
 */
export async function claimDue(
  db: Queryable,
  wanted: {
    readonly at: Date;
    readonly lostAt: Date;
    readonly limit: number;
    readonly perEndpoint: number;
    readonly notOf: readonly string[];
  },
): Promise<DeliveryRow[]> {
  const claimed = await db.query<DeliveryRow>(
    `WITH due AS (
       SELECT waiting.id, waiting.next_attempt_at FROM webhook_endpoints e
       CROSS JOIN LATERAL (
         SELECT d.id, d.next_attempt_at FROM webhook_deliveries d
         WHERE d.endpoint_id = e.id AND d.state = 'pending' AND d.next_attempt_at <= $1
         ORDER BY d.next_attempt_at LIMIT $4 FOR UPDATE SKIP LOCKED
       ) waiting
       WHERE e.state = 'enabled' AND e.id <> ALL($5)
       ORDER BY waiting.next_attempt_at LIMIT $3
     )
     UPDATE webhook_deliveries
     SET attempts = attempts + 1, claim = claim + 1, next_attempt_at = $2, last_attempt_at = $1
     WHERE id IN (SELECT id FROM due)
     RETURNING ${DELIVERY}`,
    [wanted.at, wanted.lostAt, wanted.limit, wanted.perEndpoint, wanted.notOf],
  );
  return claimed.rows;
}

/** False when somebody else has taken it up in the meantime, or it was dropped: then nothing is changed. */
export async function settleDelivery(
  db: Queryable,
  delivery: Pick<DeliveryRow, 'id' | 'claim'>,
  to: {
    readonly state: DeliveryState;
    readonly nextAttemptAt: Date | null;
    readonly lastStatus: number | null;
    readonly lastFailure: WebhookFailure | null;
  },
): Promise<boolean> {
  const settled = await db.query(
    `UPDATE webhook_deliveries SET state = $3, next_attempt_at = $4, last_status = $5, last_failure = $6
     WHERE id = $1 AND claim = $2 AND state = 'pending'`,
    [delivery.id, delivery.claim, to.state, to.nextAttemptAt, to.lastStatus, to.lastFailure],
  );
  return settled.rowCount === 1;
}

export async function noteSuccess(db: Queryable, endpointId: string): Promise<void> {
  await db.query('UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL', [
    endpointId,
  ]);
}

/** Since when it fails, with this failure. */
export async function noteFailure(db: Queryable, endpointId: string, at: Date): Promise<Date | null> {
  const noted = await db.query<{ failingSince: Date }>(
    `UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, $2) WHERE id = $1
     RETURNING failing_since AS "failingSince"`,
    [endpointId, at],
  );
  return noted.rows[0]?.failingSince ?? null;
}

export async function dropPending(db: Queryable, endpointId: string): Promise<void> {
  await db.query(
    `UPDATE webhook_deliveries SET state = 'canceled', next_attempt_at = NULL
     WHERE endpoint_id = $1 AND state = 'pending'`,
    [endpointId],
  );
}

export async function setDisabled(db: Queryable, id: string, reason: DisabledReason): Promise<EndpointRow | null> {
  const disabled = await db.query<EndpointRow>(
    `UPDATE webhook_endpoints SET state = 'disabled', disabled_reason = $2
     WHERE id = $1 AND state = 'enabled' RETURNING ${ENDPOINT}`,
    [id, reason],
  );
  return disabled.rows[0] ?? null;
}

export async function pruneDeliveries(db: Queryable, before: Date, limit: number): Promise<number> {
  const pruned = await db.query(
    `DELETE FROM webhook_deliveries WHERE id IN
       (SELECT id FROM webhook_deliveries WHERE state <> 'pending' AND created_at < $1 LIMIT $2)`,
    [before, limit],
  );
  return pruned.rowCount ?? 0;
}
