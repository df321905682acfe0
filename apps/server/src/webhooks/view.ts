import type { WebhookDelivery, WebhookEndpoint } from '@smile/contract';
import type { DeliveryRow, EndpointRow } from './model.ts';

/** What the merchant sees of an endpoint: everything but its secrets. */
export function toEndpoint(row: EndpointRow): WebhookEndpoint {
  return {
    id: row.id,
    livemode: row.livemode,
    url: row.url,
    description: row.description,
    eventTypes: [...row.eventTypes],
    shopId: row.shopId,
    state: row.state,
    disabledReason: row.disabledReason,
    failingSince: row.failingSince?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}

export function toDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    endpointId: row.endpointId,
    eventId: row.eventId,
    eventType: row.eventType,
    state: row.state,
    attempts: row.attempts,
    lastStatus: row.lastStatus,
    lastFailure: row.lastFailure,
    lastAttemptAt: row.lastAttemptAt?.toISOString() ?? null,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
