import { setTimeout } from 'node:timers/promises';
import type { MerchantEvent } from '@smile/contract';
import { inTransaction, type Pool } from '@smile/postgres';
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { AuditPort } from '../context.ts';
import type { Events } from '../events/service.ts';
import { newId } from '../ids.ts';
import {
  DELIVERIES_KEPT_MS,
  type DeliveryRow,
  type DisabledReason,
  type EndpointRow,
  FAILING_FOR_MS,
  listensTo,
  moveDelivery,
  retryDelayMs,
} from './model.ts';
import type { Answer, Sender } from './sender.ts';
import { type SecretSeal, signedHeaders } from './signing.ts';
import * as store from './store.ts';
import { toEndpoint } from './view.ts';

const EVENTS_AT_ONCE = 500;
const SENT_AT_ONCE = 32;
/** An endpoint that has so many under way gets no more until one is through; no more than so many are taken for it at once. */
const SENT_AT_ONCE_TO_ONE = 4;
const PRUNED_AT_ONCE = 1_000;
/** Longer than any try can take; after this a try counts as lost with the process that made it. */
const LOST_AFTER_MS = 60_000;
/** The server has twelve seconds to stop, for everything. */
const STOP_PATIENCE_MS = 4_000;
const GONE = 410;

export type Dispatcher = {
  /**
   * Hands new events on to endpoints and sends what is due, until nothing is due. Several processes may do so at once.
   * Never rejects for what an endpoint does; rejects when the database fails.
   */
  run(): Promise<{ readonly handedOn: number; readonly sent: number }>;
  /** From now on, every `intervalMs`; the returned function stops and waits for what is under way. */
  keepRunning(intervalMs: number): () => Promise<void>;
  prune(): Promise<void>;
};

export function createDispatcher(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Logger;
  readonly events: Events;
  readonly audit: AuditPort;
  readonly seal: SecretSeal;
  readonly send: Sender;
  readonly metrics: Registry;
}): Dispatcher {
  const { pool, now, events, log } = deps;
  const attempts = new Counter({
    name: 'smile_webhook_attempts_total',
    help: 'Webhooks sent, by what came of it',
    labelNames: ['outcome'],
    registers: [deps.metrics],
  });

  /** New events become deliveries, in one transaction: an event that is marked has its deliveries, and only then. */
  async function handOn(): Promise<number> {
    return inTransaction(pool, async (client) => {
      const taken = await events.takeUndispatched(client, EVENTS_AT_ONCE);
      if (taken.length === 0) return 0;
      const endpoints = await store.enabledEndpointsOf(client, [...new Set(taken.map((event) => event.merchantId))]);
      const deliveries = taken.flatMap((event) =>
        endpoints
          .filter((endpoint) => endpoint.merchantId === event.merchantId && endpoint.livemode === event.livemode)
          .filter((endpoint) => listensTo(endpoint, event))
          .map((endpoint) => ({
            id: newId('webhookDelivery'),
            endpointId: endpoint.id,
            eventId: event.id,
            eventType: event.type,
          })),
      );
      if (deliveries.length > 0) await store.insertDeliveries(client, deliveries, now());
      return taken.length;
    });
  }

  function secretsOf(endpoint: EndpointRow, at: Date): string[] | null {
    const current = deps.seal.open(endpoint.secretSealed, endpoint.id);
    if (current === null) return null;
    const { previousSecretSealed, previousUntil } = endpoint;
    const previous =
      previousSecretSealed && previousUntil && previousUntil > at
        ? deps.seal.open(previousSecretSealed, endpoint.id)
        : null;
    return previous === null ? [current] : [current, previous];
  }

  /** One try. Nothing is locked and no transaction is open while it waits for the endpoint. */
  async function deliver(delivery: DeliveryRow): Promise<void> {
    const endpoint = await store.endpointById(pool, delivery.endpointId);
    if (endpoint?.state !== 'enabled') return;
    const event = await events.get(endpoint, delivery.eventId);
    if (!event.ok) throw new Error('an event that is to be delivered is not there');
    const secrets = secretsOf(endpoint, now());
    if (!secrets) {
      log.error({ endpointId: endpoint.id }, 'a webhook secret cannot be opened: was SERVER_SECRET changed?');
      return settle(endpoint, delivery, { kind: 'unsigned' });
    }
    await settle(endpoint, delivery, await deps.send(messageFor(endpoint, event.value, secrets, now())));
  }

  async function settle(
    endpoint: EndpointRow,
    delivery: DeliveryRow,
    answer: Answer | { readonly kind: 'unsigned' },
  ): Promise<void> {
    const at = now();
    const lastStatus = answer.kind === 'answered' ? answer.status : null;
    if (lastStatus !== null && lastStatus >= 200 && lastStatus < 300) {
      attempts.inc({ outcome: 'succeeded' });
      const done = { state: moveDelivery('pending', 'succeed'), nextAttemptAt: null, lastStatus, lastFailure: null };
      if (await store.settleDelivery(pool, delivery, done)) await store.noteSuccess(pool, endpoint.id);
      return;
    }
    const lastFailure =
      answer.kind === 'answered' ? 'status' : answer.kind === 'unsigned' ? 'secret_unreadable' : answer.failure;
    attempts.inc({ outcome: lastFailure });
    const askedMs = answer.kind === 'answered' ? answer.retryAfterMs : 0;
    const delayMs = retryDelayMs(delivery.attempts, deps.random(), askedMs);
    const settled = await store.settleDelivery(pool, delivery, {
      state: delayMs === null ? moveDelivery('pending', 'give_up') : 'pending',
      nextAttemptAt: delayMs === null ? null : new Date(at.getTime() + delayMs),
      lastStatus,
      lastFailure,
    });
    if (!settled) return;
    const failingSince = await store.noteFailure(pool, endpoint.id, at);
    if (lastStatus === GONE) return disable(endpoint.id, 'gone');
    if (failingSince && at.getTime() - failingSince.getTime() >= FAILING_FOR_MS) await disable(endpoint.id, 'failing');
  }

  async function disable(endpointId: string, reason: DisabledReason): Promise<void> {
    await inTransaction(pool, async (client) => {
      const disabled = await store.setDisabled(client, endpointId, reason);
      if (!disabled) return;
      await store.dropPending(client, endpointId);
      const { merchantId, livemode } = disabled;
      await events.record(client, {
        type: 'webhook_endpoint.disabled',
        merchantId,
        livemode,
        object: toEndpoint(disabled),
      });
      await deps.audit.record(client, {
        actor: 'webhooks',
        action: 'webhook_endpoint.disabled',
        subject: endpointId,
        details: { reason },
      });
    });
    log.warn({ endpointId, reason }, 'a webhook endpoint was disabled');
  }

  const underWay = new Map<Promise<void>, string>();
  let failures: unknown[] = [];

  function busyEndpoints(): string[] {
    const counts = new Map<string, number>();
    for (const endpointId of underWay.values()) counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= SENT_AT_ONCE_TO_ONE).map(([endpointId]) => endpointId);
  }

  /** Sends what is due, as far as there is room, without waiting for it. Returns how many were begun. */
  async function begin(): Promise<number> {
    const free = SENT_AT_ONCE - underWay.size;
    if (free <= 0) return 0;
    const at = now();
    const claimed = await store.claimDue(pool, {
      at,
      lostAt: new Date(at.getTime() + LOST_AFTER_MS),
      limit: free,
      perEndpoint: SENT_AT_ONCE_TO_ONE,
      notOf: busyEndpoints(),
    });
    for (const delivery of claimed) {
      const trying: Promise<void> = deliver(delivery)
        .catch((error: unknown) => {
          log.error({ err: error, deliveryId: delivery.id }, 'a webhook could not be handled');
          failures.push(error);
        })
        .finally(() => underWay.delete(trying));
      underWay.set(trying, delivery.endpointId);
    }
    return claimed.length;
  }

  return {
    async run() {
      let handedOn = 0;
      let sent = 0;
      failures = [];
      for (;;) {
        const more = await handOn();
        // What is under way may keep others of its endpoint waiting: only a look with nothing under way says that all is done.
        const idle = underWay.size === 0;
        const begun = await begin();
        handedOn += more;
        sent += begun;
        if (failures.length > 0) break;
        if (underWay.size > 0) await Promise.race(underWay.keys());
        else if (idle && more < EVENTS_AT_ONCE && begun === 0) break;
      }
      await Promise.all(underWay.keys());
      if (failures.length > 0) throw failures[0];
      return { handedOn, sent };
    },

    keepRunning(intervalMs) {
      const stop = new AbortController();
      const rounds = async () => {
        while (!stop.signal.aborted) {
          failures = [];
          try {
            const handedOn = await handOn();
            await begin();
            // More is waiting than one transaction takes.
            if (handedOn === EVENTS_AT_ONCE) continue;
          } catch (error) {
            log.error({ err: error }, 'webhooks could not be sent');
          }
          // A slow endpoint holds up nobody: the next round comes with time, or as soon as there is room again.
          const pause = setTimeout(intervalMs, undefined, { ref: false, signal: stop.signal }).catch(() => undefined);
          await Promise.race([pause, ...(failures.length > 0 ? [] : underWay.keys())]);
        }
        // One that takes longer comes due again: at this server's next start, or at another one before.
        const patience = setTimeout(STOP_PATIENCE_MS, undefined, { ref: false });
        await Promise.race([Promise.all(underWay.keys()), patience]);
      };
      const ended = rounds();
      return async () => {
        stop.abort();
        await ended;
      };
    },

    async prune() {
      const at = now();
      await store.dropPreviousSecrets(pool, at);
      const before = new Date(at.getTime() - DELIVERIES_KEPT_MS);
      while ((await store.pruneDeliveries(pool, before, PRUNED_AT_ONCE)) === PRUNED_AT_ONCE);
    },
  };
}

/** The body is the event as `GET /v1/events/{id}` shows it. */
function messageFor(endpoint: EndpointRow, event: MerchantEvent, secrets: readonly string[], at: Date) {
  const body = JSON.stringify(event);
  return {
    url: endpoint.url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'SmileToPay-Webhooks/1',
      ...signedHeaders(secrets, { id: event.id, at, body }),
    },
    body,
  };
}
