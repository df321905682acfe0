import type {
  EventType,
  WEBHOOK_DELIVERY_STATES,
  WEBHOOK_DISABLED_REASONS,
  WEBHOOK_ENDPOINT_STATES,
  WebhookFailure,
} from '@smile/contract';

export type EndpointState = (typeof WEBHOOK_ENDPOINT_STATES)[number];
export type DisabledReason = (typeof WEBHOOK_DISABLED_REASONS)[number];
export type DeliveryState = (typeof WEBHOOK_DELIVERY_STATES)[number];

export type EndpointRow = {
  readonly id: string;
  readonly merchantId: string;
  readonly livemode: boolean;
  readonly url: string;
  readonly description: string | null;
  readonly eventTypes: readonly string[];
  readonly shopId: string | null;
  readonly state: EndpointState;
  readonly disabledReason: DisabledReason | null;
  readonly secretSealed: Buffer;
  readonly previousSecretSealed: Buffer | null;
  readonly previousUntil: Date | null;
  readonly failingSince: Date | null;
  readonly createdAt: Date;
};

export type DeliveryRow = {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: EventType;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly claim: bigint;
  readonly lastStatus: number | null;
  readonly lastFailure: WebhookFailure | null;
  readonly lastAttemptAt: Date | null;
  readonly createdAt: Date;
};

/** The life of a delivery as data. `ask` is a replay; `drop` comes of disabling the endpoint. */
export const DELIVERY_MOVES: Readonly<
  Record<DeliveryState, Partial<Record<'succeed' | 'give_up' | 'drop' | 'ask', DeliveryState>>>
> = {
  pending: { succeed: 'succeeded', give_up: 'failed', drop: 'canceled' },
  succeeded: { ask: 'pending' },
  failed: { ask: 'pending' },
  canceled: { ask: 'pending' },
};

/** Where a delivery goes by this; a move that is not in the table is a mistake of ours. */
export function moveDelivery(from: DeliveryState, by: 'succeed' | 'give_up' | 'drop' | 'ask'): DeliveryState {
  const to = DELIVERY_MOVES[from][by];
  if (!to) throw new Error(`a delivery that is ${from} cannot ${by}`);
  return to;
}

export const MAX_ENDPOINTS = 16;
export const DELIVERIES_KEPT_MS = 30 * 24 * 3_600_000;
export const MAX_REPLAY_RANGE_MS = 31 * 24 * 3_600_000;
/** An endpoint that no delivery has reached for so long is switched off: longer than one delivery is tried. */
export const FAILING_FOR_MS = 5 * 24 * 3_600_000;

export const MAX_ATTEMPTS = 12;
const FIRST_DELAY_MS = 5_000;
const DELAY_FACTOR = 4;
const LONGEST_DELAY_MS = 24 * 3_600_000;
/** Tries of many deliveries that failed together are spread out by this share, up and down. */
const JITTER = 0.2;

/**
 * How long to wait after the `attempts`-th try: 5 s, 20 s, 80 s, 5 min, 21 min, 1.4 h, 5.7 h, 23 h, then 24 h each, all
 * give or take a fifth; null when there is no further try. Twelve tries take a little over four days.
 *
 * @param random from 0 to 1
 * @param askedMs what the endpoint asked for by Retry-After; counts when it is longer, up to a day
 */
export function retryDelayMs(attempts: number, random: number, askedMs = 0): number | null {
  if (attempts >= MAX_ATTEMPTS) return null;
  const delayMs = Math.min(FIRST_DELAY_MS * DELAY_FACTOR ** (attempts - 1), LONGEST_DELAY_MS);
  const spreadMs = delayMs * (1 + JITTER * (2 * random - 1));
  return Math.round(Math.max(spreadMs, Math.min(askedMs, LONGEST_DELAY_MS)));
}

/** An endpoint of one shop does not hear what is no shop's matter: endpoints switched off, say. */
export function listensTo(
  endpoint: Pick<EndpointRow, 'eventTypes' | 'shopId'>,
  event: { readonly type: EventType; readonly shopId: string | null },
): boolean {
  if (endpoint.shopId !== null && endpoint.shopId !== event.shopId) return false;
  return endpoint.eventTypes.includes('*') || endpoint.eventTypes.includes(event.type);
}
