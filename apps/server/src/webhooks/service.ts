import type {
  ChangeWebhookEndpointSchema,
  NewWebhookEndpointSchema,
  ReplayRangeSchema,
  ShownWebhookEndpoint,
  WebhookDelivery,
  WebhookEndpoint,
} from '@smile/contract';
import { type Client, inTransaction, type Pool } from '@smile/postgres';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { AuditPort } from '../context.ts';
import type { Events } from '../events/service.ts';
import type { MerchantRef } from '../http/callers.ts';
import { newId } from '../ids.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Shops } from '../shops/service.ts';
import { urlProblem } from './addresses.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import type { WebhooksErrorCode } from './errors.ts';
import { type DeliveryState, type EndpointRow, listensTo, MAX_ENDPOINTS, MAX_REPLAY_RANGE_MS } from './model.ts';
import type { Sender } from './sender.ts';
import { createSecretSeal, newWebhookSecret } from './signing.ts';
import * as store from './store.ts';
import { toDelivery, toEndpoint } from './view.ts';

type Key = MerchantRef & { readonly keyId: string };
type Failing<T> = Promise<Result<T, WebhooksErrorCode>>;
type Page<T> = { data: T[]; nextCursor: string | null };

/** Where merchants hear of their events, after Standard Webhooks 1.0.0. Each key sees the endpoints of its own mode. */
export type Webhooks = Dispatcher & {
  create(by: Key, wanted: z.output<typeof NewWebhookEndpointSchema>): Failing<ShownWebhookEndpoint>;
  list(owner: MerchantRef, page: { limit: number; cursor?: string }): Promise<Page<WebhookEndpoint>>;
  get(owner: MerchantRef, endpointId: string): Failing<WebhookEndpoint>;
  change(by: Key, endpointId: string, to: z.output<typeof ChangeWebhookEndpointSchema>): Failing<WebhookEndpoint>;
  remove(by: Key, endpointId: string): Failing<WebhookEndpoint>;
  rotateSecret(by: Key, endpointId: string, overlapMs: number): Failing<ShownWebhookEndpoint>;
  ping(by: Key, endpointId: string): Failing<WebhookDelivery>;
  deliveries(
    owner: MerchantRef,
    endpointId: string,
    page: { limit: number; cursor?: string; state?: DeliveryState; eventId?: string },
  ): Failing<Page<WebhookDelivery>>;
  replayEvent(by: Key, endpointId: string, eventId: string): Failing<WebhookDelivery>;
  replayRange(
    by: Key,
    endpointId: string,
    range: z.output<typeof ReplayRangeSchema>,
  ): Failing<{ replayed: number; nextAfter: string | null }>;
};

export function createWebhooks(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly random: () => number;
  readonly log: Logger;
  readonly deriveKey: (purpose: string) => Buffer;
  readonly events: Events;
  readonly audit: AuditPort;
  readonly send: Sender;
  readonly metrics: Registry;
  readonly shops: Pick<Shops, 'isOf'>;
  /** For tests and local development only. */
  readonly allowLoopback: boolean;
}): Webhooks {
  const { pool, now, events, audit } = deps;
  const seal = createSecretSeal(deps.deriveKey('webhook-secrets'));

  const urlAllowed = (url: string, { livemode }: MerchantRef) =>
    urlProblem(url, { livemode, allowLoopback: deps.allowLoopback }) === null;

  async function lockOwn(client: Client, owner: MerchantRef, endpointId: string): Promise<EndpointRow | null> {
    const row = await store.lockEndpoint(client, endpointId);
    return row && row.merchantId === owner.merchantId && row.livemode === owner.livemode ? row : null;
  }

  const note = (client: Client, by: Key, action: string, subject: string) =>
    audit.record(client, { actor: by.keyId, action: `webhook_endpoint.${action}`, subject });

  async function deliveryOf(endpointId: string, eventId: string): Promise<WebhookDelivery> {
    const row = await store.findDelivery(pool, endpointId, eventId);
    if (!row) throw new Error('a delivery that was just asked for is not there');
    return toDelivery(row);
  }

  /** The endpoint, if events can be sent to it now. */
  async function enabled(owner: MerchantRef, endpointId: string): Failing<EndpointRow> {
    const row = await store.findEndpoint(pool, owner, endpointId);
    if (!row) return fail('webhook_endpoint_not_found');
    return row.state === 'enabled' ? ok(row) : fail('webhook_endpoint_disabled');
  }

  return {
    ...createDispatcher({ ...deps, seal }),

    create: (by, wanted) =>
      inTransaction(pool, async (client): Failing<ShownWebhookEndpoint> => {
        if (!urlAllowed(wanted.url, by)) return fail('webhook_url_not_allowed', { param: 'url' });
        if (wanted.shopId !== undefined && !(await deps.shops.isOf(client, wanted.shopId, by.merchantId))) {
          return fail('shop_not_found', { param: 'shopId' });
        }
        // Two at once may pass the count together: the limit keeps lists short, it guards nothing.
        if ((await store.countEndpoints(client, by)) >= MAX_ENDPOINTS) return fail('webhook_endpoint_limit');
        const id = newId('webhookEndpoint');
        const secret = newWebhookSecret();
        const row = await store.insertEndpoint(client, {
          id,
          merchantId: by.merchantId,
          livemode: by.livemode,
          url: wanted.url,
          description: wanted.description ?? null,
          eventTypes: [...new Set(wanted.eventTypes)],
          shopId: wanted.shopId ?? null,
          secretSealed: seal.seal(secret, id),
          createdAt: now(),
        });
        await note(client, by, 'created', id);
        return ok({ ...toEndpoint(row), secret });
      }),

    async list(owner, page) {
      const rows = await store.listEndpoints(pool, owner, { ...page, limit: page.limit + 1 });
      return pageOf(rows, page.limit, toEndpoint);
    },

    async get(owner, endpointId) {
      const row = await store.findEndpoint(pool, owner, endpointId);
      return row ? ok(toEndpoint(row)) : fail('webhook_endpoint_not_found');
    },

    change: (by, endpointId, to) =>
      inTransaction(pool, async (client): Failing<WebhookEndpoint> => {
        const row = await lockOwn(client, by, endpointId);
        if (!row) return fail('webhook_endpoint_not_found');
        if (to.url !== undefined && !urlAllowed(to.url, by)) return fail('webhook_url_not_allowed', { param: 'url' });
        const state = to.state ?? row.state;
        const changed = await store.updateEndpoint(client, endpointId, {
          ...row,
          url: to.url ?? row.url,
          description: to.description === undefined ? row.description : to.description,
          eventTypes: to.eventTypes ? [...new Set(to.eventTypes)] : row.eventTypes,
          state,
          disabledReason: state === 'enabled' ? null : (row.disabledReason ?? 'merchant'),
          // Whoever switches it on again means that it is mended: it gets its days anew.
          failingSince: row.state === 'disabled' && state === 'enabled' ? null : row.failingSince,
        });
        if (state === 'disabled') await store.dropPending(client, endpointId);
        await note(client, by, 'changed', endpointId);
        return ok(toEndpoint(changed));
      }),

    remove: (by, endpointId) =>
      inTransaction(pool, async (client): Failing<WebhookEndpoint> => {
        const row = await lockOwn(client, by, endpointId);
        if (!row) return fail('webhook_endpoint_not_found');
        await store.deleteEndpoint(client, endpointId);
        await note(client, by, 'deleted', endpointId);
        return ok(toEndpoint(row));
      }),

    rotateSecret: (by, endpointId, overlapMs) =>
      inTransaction(pool, async (client): Failing<ShownWebhookEndpoint> => {
        const row = await lockOwn(client, by, endpointId);
        if (!row) return fail('webhook_endpoint_not_found');
        const secret = newWebhookSecret();
        const overlaps = overlapMs > 0;
        const changed = await store.updateEndpoint(client, endpointId, {
          ...row,
          secretSealed: seal.seal(secret, endpointId),
          previousSecretSealed: overlaps ? row.secretSealed : null,
          previousUntil: overlaps ? new Date(now().getTime() + overlapMs) : null,
        });
        await note(client, by, 'secret_rotated', endpointId);
        return ok({ ...toEndpoint(changed), secret });
      }),

    async ping(by, endpointId) {
      const endpoint = await enabled(by, endpointId);
      if (!endpoint.ok) return endpoint;
      const eventId = await inTransaction(pool, async (client) => {
        const { merchantId, livemode } = by;
        const type = 'webhook_endpoint.ping';
        const id = await events.recordDispatched(client, {
          type,
          merchantId,
          livemode,
          object: toEndpoint(endpoint.value),
        });
        const delivery = { id: newId('webhookDelivery'), endpointId, eventId: id, eventType: type } as const;
        await store.insertDeliveries(client, [delivery], now());
        return id;
      });
      return ok(await deliveryOf(endpointId, eventId));
    },

    async deliveries(owner, endpointId, page) {
      if (!(await store.findEndpoint(pool, owner, endpointId))) return fail('webhook_endpoint_not_found');
      const rows = await store.listDeliveries(pool, endpointId, { ...page, limit: page.limit + 1 });
      return ok(pageOf(rows, page.limit, toDelivery));
    },

    async replayEvent(by, endpointId, eventId) {
      const endpoint = await enabled(by, endpointId);
      if (!endpoint.ok) return endpoint;
      const event = await events.get(by, eventId);
      if (!event.ok) return event;
      await inTransaction(pool, async (client) => {
        const delivery = { id: newId('webhookDelivery'), endpointId, eventId, eventType: event.value.type };
        await store.askAgain(client, [delivery], now(), false);
        await note(client, by, 'replayed', endpointId);
      });
      return ok(await deliveryOf(endpointId, eventId));
    },

    async replayRange(by, endpointId, range) {
      const [from, to] = [new Date(range.from), new Date(range.to)];
      const lengthMs = to.getTime() - from.getTime();
      if (lengthMs <= 0 || lengthMs > MAX_REPLAY_RANGE_MS) return fail('webhook_range_invalid', { param: 'to' });
      const endpoint = await enabled(by, endpointId);
      if (!endpoint.ok) return endpoint;
      const { eventTypes } = endpoint.value;
      const found = await events.between(by, {
        from,
        to,
        limit: range.limit,
        ...(range.after === undefined ? {} : { after: range.after }),
        ...(eventTypes.includes('*') ? {} : { types: eventTypes }),
      });
      // A ping was for one endpoint alone, and is over.
      const wanted = found.filter(
        (event) => event.type !== 'webhook_endpoint.ping' && listensTo(endpoint.value, event),
      );
      const rows = wanted.map(({ id, type }) => ({
        id: newId('webhookDelivery'),
        endpointId,
        eventId: id,
        eventType: type,
      }));
      const replayed = await inTransaction(pool, async (client) => {
        await note(client, by, 'replayed', endpointId);
        return rows.length > 0 ? store.askAgain(client, rows, now(), range.onlyFailed) : 0;
      });
      return ok({ replayed, nextAfter: found.length === range.limit ? (found.at(-1)?.id ?? null) : null });
    },
  };
}

function pageOf<Row extends { readonly id: string }, T>(rows: Row[], limit: number, toItem: (row: Row) => T): Page<T> {
  const shown = rows.slice(0, limit);
  return { data: shown.map(toItem), nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
