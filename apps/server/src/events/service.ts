import type { EventType, MerchantEvent } from '@smile/contract';
import type { Pool, Queryable } from '@smile/postgres';
import type { MerchantRef } from '../http/callers.ts';
import { newId } from '../ids.ts';
import { fail, ok, type Result } from '../result.ts';
import type { EventsErrorCode } from './errors.ts';

type NewEvent = {
  readonly type: EventType;
  readonly merchantId: string;
  readonly livemode: boolean;
  /** The object as the merchant's API shows it. */
  readonly object: MerchantEvent['data']['object'];
};

type EventRow = {
  readonly id: string;
  readonly type: EventType;
  readonly livemode: boolean;
  readonly payload: MerchantEvent['data']['object'];
  readonly createdAt: Date;
};

/** What has happened, for webhooks and for merchants who ask. */
export type Events = {
  /** Part of the transaction that makes the change: no change without its event, no event without its change. */
  record(db: Queryable, event: NewEvent): Promise<void>;
  get(merchant: MerchantRef, eventId: string): Promise<Result<MerchantEvent, EventsErrorCode>>;
  /** Newest first. */
  list(
    merchant: MerchantRef,
    page: { limit: number; cursor?: string; type?: EventType },
  ): Promise<{ data: MerchantEvent[]; nextCursor: string | null }>;
};

const EVENT = 'id, type, livemode, payload, created_at AS "createdAt"';

export function createEvents(pool: Pool, now: () => Date): Events {
  return {
    async record(db, event) {
      await db.query(
        `INSERT INTO events (id, type, object_id, merchant_id, livemode, payload, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [
          newId('event'),
          event.type,
          event.object.id,
          event.merchantId,
          event.livemode,
          JSON.stringify(event.object),
          now(),
        ],
      );
    },
    async get(merchant, eventId) {
      const found = await pool.query<EventRow>(
        `SELECT ${EVENT} FROM events WHERE id = $1 AND merchant_id = $2 AND livemode = $3`,
        [eventId, merchant.merchantId, merchant.livemode],
      );
      return found.rows[0] ? ok(toEvent(found.rows[0])) : fail('event_not_found');
    },
    async list(merchant, page) {
      const found = await pool.query<EventRow>(
        `SELECT ${EVENT} FROM events
         WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3) AND ($4::text IS NULL OR type = $4)
         ORDER BY id DESC LIMIT $5`,
        [merchant.merchantId, merchant.livemode, page.cursor ?? null, page.type ?? null, page.limit + 1],
      );
      const shown = found.rows.slice(0, page.limit);
      const nextCursor = found.rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null;
      return { data: shown.map(toEvent), nextCursor };
    },
  };
}

function toEvent({ id, type, livemode, payload, createdAt }: EventRow): MerchantEvent {
  return { id, type, livemode, createdAt: createdAt.toISOString(), data: { object: payload } };
}
