import { z } from 'zod';
import { TimestampSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { PaymentIntentSchema, RefundSchema } from './merchant.ts';

export const WEBHOOK_ENDPOINT_STATES = ['enabled', 'disabled'] as const;
/** `gone`: it answered 410. `failing`: nothing has reached it for days. `merchant`: its owner switched it off. */
export const WEBHOOK_DISABLED_REASONS = ['gone', 'failing', 'merchant'] as const;

export const WebhookEndpointSchema = z.object({
  id: idSchema('webhookEndpoint'),
  livemode: z.boolean(),
  url: z.string(),
  description: z.string().nullable(),
  eventTypes: z.array(z.string()).describe('`*` stands for all'),
  shopId: idSchema('shop').nullable().describe('Only what happens in this shop; null: in all of yours'),
  state: z.enum(WEBHOOK_ENDPOINT_STATES),
  disabledReason: z.enum(WEBHOOK_DISABLED_REASONS).nullable(),
  failingSince: TimestampSchema.nullable().describe('Since when no delivery has succeeded although some were tried'),
  createdAt: TimestampSchema,
});
export type WebhookEndpoint = z.infer<typeof WebhookEndpointSchema>;

export const EVENT_TYPES = [
  'payment_intent.created',
  'payment_intent.identified',
  'payment_intent.held',
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'payment_intent.updated',
  'refund.requires_approval',
  'refund.succeeded',
  'refund.declined',
  'webhook_endpoint.ping',
  'webhook_endpoint.disabled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** The object that an event of each type carries; all that a webhook can ever tell stands in these schemas. */
export const EVENT_OBJECT_SCHEMAS = {
  'payment_intent.created': PaymentIntentSchema,
  'payment_intent.identified': PaymentIntentSchema,
  'payment_intent.held': PaymentIntentSchema,
  'payment_intent.succeeded': PaymentIntentSchema,
  'payment_intent.canceled': PaymentIntentSchema,
  'payment_intent.updated': PaymentIntentSchema,
  'refund.requires_approval': RefundSchema,
  'refund.succeeded': RefundSchema,
  'refund.declined': RefundSchema,
  'webhook_endpoint.ping': WebhookEndpointSchema,
  'webhook_endpoint.disabled': WebhookEndpointSchema,
} as const satisfies Record<EventType, z.ZodObject>;

const eventOf = <T extends EventType>(type: T) =>
  z.object({
    id: idSchema('event'),
    type: z.literal(type),
    livemode: z.boolean(),
    createdAt: TimestampSchema,
    data: z.object({ object: EVENT_OBJECT_SCHEMAS[type] }),
  });

/** What has happened. `type` says what `data.object` is. */
export const MerchantEventSchema = z.discriminatedUnion('type', [
  eventOf('payment_intent.created'),
  eventOf('payment_intent.identified'),
  eventOf('payment_intent.held'),
  eventOf('payment_intent.succeeded'),
  eventOf('payment_intent.canceled'),
  eventOf('payment_intent.updated'),
  eventOf('refund.requires_approval'),
  eventOf('refund.succeeded'),
  eventOf('refund.declined'),
  eventOf('webhook_endpoint.ping'),
  eventOf('webhook_endpoint.disabled'),
]);
export type MerchantEvent = z.infer<typeof MerchantEventSchema>;

const EventTypesSchema = z
  .array(z.enum([...EVENT_TYPES, '*']))
  .min(1)
  .max(EVENT_TYPES.length);
const WebhookUrlSchema = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .describe('https; in test mode also http');

export const NewWebhookEndpointSchema = z.object({
  url: WebhookUrlSchema,
  eventTypes: EventTypesSchema.default(['*']),
  shopId: idSchema('shop').optional().describe('Only what happens in this shop; absent: in all of yours'),
  description: z.string().max(200).optional(),
});
export const ChangeWebhookEndpointSchema = z.object({
  url: WebhookUrlSchema.optional(),
  eventTypes: EventTypesSchema.optional(),
  description: z.string().max(200).nullable().optional(),
  state: z.enum(WEBHOOK_ENDPOINT_STATES).optional().describe('Disabling drops what waits to be sent'),
});
export const ShownWebhookEndpointSchema = WebhookEndpointSchema.extend({
  secret: z.string().describe('`whsec_...`, shown this once: what deliveries are signed with'),
});
export type ShownWebhookEndpoint = z.infer<typeof ShownWebhookEndpointSchema>;

export const WEBHOOK_DELIVERY_STATES = ['pending', 'succeeded', 'failed', 'canceled'] as const;
/** Why the last try did not succeed. */
export const WEBHOOK_FAILURES = [
  'status',
  'timeout',
  'connection_failed',
  'tls_failed',
  'name_not_resolved',
  'address_refused',
  'secret_unreadable',
] as const;
export type WebhookFailure = (typeof WEBHOOK_FAILURES)[number];

export const WebhookDeliverySchema = z.object({
  id: idSchema('webhookDelivery'),
  endpointId: idSchema('webhookEndpoint'),
  eventId: idSchema('event'),
  eventType: z.enum(EVENT_TYPES),
  state: z.enum(WEBHOOK_DELIVERY_STATES),
  attempts: z.number().int().describe('Since it was last asked for; a replay begins anew'),
  lastStatus: z.number().int().nullable().describe('HTTP status of the last answer; null when there was none'),
  lastFailure: z.enum(WEBHOOK_FAILURES).nullable(),
  lastAttemptAt: TimestampSchema.nullable(),
  nextAttemptAt: TimestampSchema.nullable().describe('Null when nothing more is tried'),
  createdAt: TimestampSchema,
});
export type WebhookDelivery = z.infer<typeof WebhookDeliverySchema>;

/** A window of at most a month, in which at most `limit` events are replayed at once. */
export const ReplayRangeSchema = z.object({
  from: TimestampSchema,
  to: TimestampSchema,
  onlyFailed: z.boolean().default(false).describe('Leave out what was delivered'),
  limit: z.number().int().min(1).max(1_000).default(1_000),
  after: idSchema('event').optional().describe('`nextAfter` of the last answer'),
});
