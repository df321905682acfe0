import type { EventType, MerchantEvent } from '@smile/contract';
import { type Client, type Pool, type Queryable, runWrite, type Write } from '@smile/postgres';
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

/** An event as far as it matters for who hears of it. */
export type EventRef = MerchantRef & {
  readonly id: string;
  readonly type: EventType;
  /** Where it happened; null when it is no shop's matter. */
  readonly shopId: string | null;
};

/** What has happened, for webhooks and for merchants who ask. */
export type Events = {
  /** Part of the transaction that makes the change: no change without its event, no event without its change. */
  record(db: Queryable, event: NewEvent): Promise<void>;
  /** An event that its maker hands on itself, to whom it wants; returns its id. */
  recordDispatched(db: Queryable, event: NewEvent): Promise<string>;
  /** The same as `record` for several, as a write to be sent with others. */
  recorded(events: readonly NewEvent[]): Write;
  get(merchant: MerchantRef, eventId: string): Promise<Result<MerchantEvent, EventsErrorCode>>;
  /** Newest first. */
  list(
    merchant: MerchantRef,
    page: { limit: number; cursor?: string; type?: EventType },
  ): Promise<{ data: MerchantEvent[]; nextCursor: string | null }>;
  /**
   * Events that nobody has handed on yet, oldest first; they count as handed on if this transaction commits. Several may
   * ask at once: none gets what another has.
   */
  takeUndispatched(client: Client, limit: number): Promise<EventRef[]>;
  /** Oldest first: what happened from `from` on and before `to`, after the event `after`. Without types, all. */
  between(
    merchant: MerchantRef,
    range: { from: Date; to: Date; after?: string; types?: readonly string[]; limit: number },
  ): Promise<EventRef[]>;
};

const EVENT = 'id, type, livemode, payload, created_at AS "createdAt"';
const EVENT_REF = `id, type, merchant_id AS "merchantId", livemode, payload ->> 'shopId' AS "shopId"`;

export function createEvents(pool: Pool, now: () => Date): Events {
  const insert = (events: readonly (NewEvent & { readonly id: string })[], dispatched: boolean): Write => {
    const at = now();
    return {
      text: `INSERT INTO events (id, type, object_id, merchant_id, livemode, payload, created_at, dispatched_at)
        SELECT id, type, payload ->> 'id', merchant_id, livemode, payload, $2::timestamptz, $3::timestamptz
        FROM jsonb_to_recordset($1) AS e (id text, type text, merchant_id text, livemode boolean, payload jsonb)`,
      values: [
        JSON.stringify(
          events.map(({ id, type, merchantId, livemode, object }) => ({
            id,
            type,
            merchant_id: merchantId,
            livemode,
            payload: object,
          })),
        ),
        at,
        dispatched ? at : null,
      ],
      rows: events.length,
    };
  };
  const recorded: Events['recorded'] = (events) =>
    insert(
      events.map((event) => ({ ...event, id: newId('event') })),
      false,
    );

  return {
    record: (db, event) => runWrite(db, recorded([event])),
    async recordDispatched(db, event) {
      const id = newId('event');
      await runWrite(db, insert([{ ...event, id }], true));
      return id;
    },
    recorded,
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
    async takeUndispatched(client, limit) {
      const taken = await client.query<EventRef>(
        `UPDATE events SET dispatched_at = $2
         WHERE id IN (SELECT id FROM events WHERE dispatched_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING ${EVENT_REF}`,
        [limit, now()],
      );
      return taken.rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async between(merchant, range) {
      const found = await pool.query<EventRef>(
        `SELECT ${EVENT_REF} FROM events
         WHERE merchant_id = $1 AND livemode = $2 AND created_at >= $3 AND created_at < $4
           AND ($5::text IS NULL OR id > $5) AND ($6::text[] IS NULL OR type = ANY($6))
         ORDER BY id LIMIT $7`,
        [
          merchant.merchantId,
          merchant.livemode,
          range.from,
          range.to,
          range.after ?? null,
          range.types ?? null,
          range.limit,
        ],
      );
      return found.rows;
    },
  };
}

/** Type and object belong together since they were written: that is what makes a row one of the union's members. */
function toEvent({ id, type, livemode, payload, createdAt }: EventRow): MerchantEvent {
  return { id, type, livemode, createdAt: createdAt.toISOString(), data: { object: payload } } as MerchantEvent;
}
