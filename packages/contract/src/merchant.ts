import { z } from 'zod';
import { TimestampSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { type Money, MoneySchema } from './money.ts';
import { PAYMENT_STATES } from './payments.ts';

/** The largest payment, in minor units of any currency: eight digits, as card schemes have it. */
export const MAX_PAYMENT_MINOR = 99_999_999n;

/** An amount that can be paid: from 1 minor unit to eight digits of them. */
export const PayableMoneySchema = MoneySchema.refine(
  ({ amountMinor }: Money) =>
    /^[0-9]{1,19}$/.test(amountMinor) && BigInt(amountMinor) >= 1n && BigInt(amountMinor) <= MAX_PAYMENT_MINOR,
  'from 1 to 99999999 minor units',
);

/** A merchant's own small facts, returned as they came. Not for personal data. */
export const MetadataSchema = z
  .record(z.string().regex(/^[A-Za-z0-9_.-]{1,40}$/), z.string().max(500))
  .refine((metadata) => Object.keys(metadata).length <= 20, 'at most 20 keys')
  .describe('At most 20 keys of 40 characters, values of 500. Not for personal data');

/** What a key may do. A resource's `write` includes its `read`. */
export const API_SCOPES = [
  'payment_intents:read',
  'payment_intents:write',
  'refunds:read',
  'refunds:write',
  'events:read',
  'webhooks:read',
  'webhooks:write',
  'api_keys:write',
] as const;
export type ApiScope = (typeof API_SCOPES)[number];

export const NewApiKeySchema = z.object({
  name: z.string().min(1).max(80),
  scopes: z.array(z.enum(API_SCOPES)).min(1).max(API_SCOPES.length),
});
export const ApiKeySchema = z.object({
  id: idSchema('apiKey'),
  livemode: z.boolean(),
  name: z.string(),
  scopes: z.array(z.enum(API_SCOPES)),
  hint: z.string().describe('Its last four characters'),
  createdAt: TimestampSchema,
  expiresAt: TimestampSchema.nullable(),
  revokedAt: TimestampSchema.nullable(),
});
export type ApiKey = z.infer<typeof ApiKeySchema>;
export const ShownApiKeySchema = ApiKeySchema.extend({
  secret: z.string().describe('Shown this once; the server keeps a hash'),
});
export type ShownApiKey = z.infer<typeof ShownApiKeySchema>;

export const NewPaymentIntentSchema = z.object({
  amount: PayableMoneySchema.describe('All that is to be paid, the tip included'),
  tip: MoneySchema.optional().describe('How much of `amount` is a tip'),
  terminalId: idSchema('terminal').describe('Where the guest pays; its shop is the payment’s'),
  captureMethod: z.enum(['automatic', 'manual']).default('automatic'),
  description: z.string().min(1).max(200).optional().describe('For the receipt'),
  metadata: MetadataSchema.default({}),
});

export const PaymentIntentSchema = z.object({
  id: idSchema('payment'),
  livemode: z.boolean(),
  state: z.enum(PAYMENT_STATES),
  captureMethod: z.enum(['automatic', 'manual']),
  amount: MoneySchema.describe('All that is to be paid, the tip included'),
  tip: MoneySchema,
  capturable: MoneySchema.describe('On hold, and not captured yet'),
  captured: MoneySchema,
  refunded: MoneySchema,
  fee: MoneySchema.describe('The platform’s, taken from what was captured'),
  shopId: idSchema('shop'),
  terminalId: idSchema('terminal'),
  orderId: idSchema('order').nullable(),
  payerId: idSchema('payer')
    .nullable()
    .describe('Stands for the person at this merchant; another merchant sees another one'),
  method: z.enum(['face_and_phone', 'phone_and_pin']).nullable(),
  description: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  cancelReason: z.string().nullable(),
  createdAt: TimestampSchema,
  expiresAt: TimestampSchema.nullable().describe('When it is cancelled if nothing happens'),
});
export type PaymentIntent = z.infer<typeof PaymentIntentSchema>;

export const PaymentAttemptSchema = z.object({
  id: z.string(),
  step: z.enum(['identify', 'confirm']),
  method: z.enum(['face_and_phone', 'phone_and_pin']).nullable(),
  failureCode: z.string().nullable().describe('Null when it succeeded'),
  createdAt: TimestampSchema,
});
export type PaymentAttempt = z.infer<typeof PaymentAttemptSchema>;

export const CaptureIntentSchema = z.object({
  amountMinor: z
    .string()
    .regex(/^[1-9][0-9]{0,7}$/)
    .optional()
    .describe('Less than the hold: the rest is given back. Absent: all of it'),
});

export const REFUND_STATES = ['requires_approval', 'succeeded', 'declined'] as const;
export type RefundState = (typeof REFUND_STATES)[number];
export const REFUND_REASONS = ['requested_by_guest', 'wrong_order', 'duplicate', 'quality', 'other'] as const;
export const NewRefundSchema = z.object({
  paymentId: idSchema('payment'),
  amountMinor: z
    .string()
    .regex(/^[1-9][0-9]{0,7}$/)
    .optional()
    .describe('Absent: all that was captured and not refunded yet'),
  reason: z.enum(REFUND_REASONS).default('requested_by_guest'),
  metadata: MetadataSchema.default({}),
});
export const RefundSchema = z.object({
  id: idSchema('refund'),
  livemode: z.boolean(),
  paymentId: idSchema('payment'),
  shopId: idSchema('shop').describe('The payment’s'),
  state: z.enum(REFUND_STATES),
  amount: MoneySchema,
  reason: z.enum(REFUND_REASONS),
  metadata: z.record(z.string(), z.string()),
  createdAt: TimestampSchema,
  decidedAt: TimestampSchema.nullable(),
});
export type Refund = z.infer<typeof RefundSchema>;

export const SetTipSchema = z.object({
  tip: MoneySchema.describe('Instead of an earlier one; at most as much as the rest of the payment'),
});
