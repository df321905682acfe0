import { z } from 'zod';
import { PhoneInputSchema, PinSchema, TimestampSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { MoneySchema } from './money.ts';

/**
 * A payment (payment intent) lives in these states. Identification names the person (by face and phone, or by phone
 * and PIN) but moves nothing; only the guest's tap, `confirm`, holds and captures the money.
 */
export const PAYMENT_STATES = [
  'requires_identification',
  'requires_confirmation',
  'requires_capture',
  'succeeded',
  'canceled',
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

export const NewPaymentSchema = z.object({
  orderId: idSchema('order'),
  captureMethod: z.enum(['automatic', 'manual']).default('automatic'),
});

/** Full number and the scan that has just ended `live`. */
export const IdentifyByFaceSchema = z.object({
  method: z.literal('face_and_phone'),
  scanId: idSchema('scan'),
  phone: PhoneInputSchema,
});
/** For a guest the shop knows: the last four digits tell apart the few who might be meant. */
export const IdentifyByLastDigitsSchema = z.object({
  method: z.literal('face_and_last_digits'),
  scanId: idSchema('scan'),
  lastDigits: z.string().regex(/^[0-9]{4}$/),
});
/** For a regular who wants no phone step, where the operator allows it. */
export const IdentifyByFaceAloneSchema = z.object({ method: z.literal('face_alone'), scanId: idSchema('scan') });
/** The other way, at the same price. */
export const IdentifyByPinSchema = z.object({
  method: z.literal('phone_and_pin'),
  phone: PhoneInputSchema,
  pin: PinSchema,
});
export const IdentifySchema = z.discriminatedUnion('method', [
  IdentifyByFaceSchema,
  IdentifyByLastDigitsSchema,
  IdentifyByFaceAloneSchema,
  IdentifyByPinSchema,
]);

/** How much of the phone number is asked for after a scan that ended `live`, and why. */
export const PHONE_STEPS = ['full', 'last_four', 'none'] as const;
export type PhoneStep = (typeof PHONE_STEPS)[number];
export const PHONE_STEP_REASONS = [
  'first_time',
  'known_here',
  'regular',
  'your_wish',
  'shop_rule',
  'to_be_sure',
] as const;
export type PhoneStepReason = (typeof PHONE_STEP_REASONS)[number];
export const AskPhoneStepSchema = z.object({ scanId: idSchema('scan') });
export const PhoneStepSchema = z.object({
  step: z.enum(PHONE_STEPS),
  reason: z
    .enum(PHONE_STEP_REASONS)
    .describe(
      '`first_time`: nobody this shop knows was recognised. `your_wish`: the guest asked for always the full number. `to_be_sure`: somebody else looks alike',
    ),
});

export type PhoneStepAnswer = z.infer<typeof PhoneStepSchema>;

export const ConfirmPaymentSchema = z.object({
  pin: PinSchema.optional().describe('Wanted when `pinRequired` is true'),
});

export const PaymentSchema = z.object({
  id: idSchema('payment'),
  orderId: idSchema('order').nullable().describe('Null when a merchant’s own till started it'),
  shopId: idSchema('shop'),
  state: z.enum(PAYMENT_STATES),
  amount: MoneySchema,
  shopName: z.string(),
  method: z.enum(['face_and_phone', 'phone_and_pin']).nullable(),
  payerHint: z.string().nullable().describe('The payer’s number with its middle hidden'),
  pinRequired: z.boolean(),
  faceOutdated: z
    .boolean()
    .describe('The payer’s face is of an earlier model and has to be taken anew; said only to who paid by PIN'),
  pinReason: z.enum(['amount', 'too_many_without', 'camera_2d', 'risk']).nullable(),
  receiptUrl: z.string().nullable().describe('Path on the server; there from `succeeded` on'),
  createdAt: TimestampSchema,
});
export type Payment = z.infer<typeof PaymentSchema>;

export const ReceiptSchema = z.object({
  id: idSchema('receipt'),
  paymentId: idSchema('payment'),
  shopName: z.string(),
  merchantName: z.string(),
  orderNumber: z.string(),
  lines: z.array(z.object({ text: z.string(), quantity: z.number().int(), total: MoneySchema })),
  total: MoneySchema,
  paidAt: TimestampSchema,
  method: z.enum(['face_and_phone', 'phone_and_pin']),
  claimId: idSchema('claim').nullable(),
});
export type Receipt = z.infer<typeof ReceiptSchema>;

/** `under_review` waits for an operator; `credited` was paid back at once under the cap. */
export const CLAIM_STATES = ['under_review', 'credited', 'accepted', 'rejected'] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];
export const ClaimSchema = z.object({
  id: idSchema('claim'),
  paymentId: idSchema('payment'),
  state: z.enum(CLAIM_STATES),
  amount: MoneySchema,
  facePay: z.enum(['off', 'on', 'frozen']),
  createdAt: TimestampSchema,
  decidedAt: TimestampSchema.nullable(),
  decisionReason: z.string().nullable(),
});
export type Claim = z.infer<typeof ClaimSchema>;
export const DecideClaimSchema = z.object({
  decision: z.enum(['accept', 'reject']),
  reason: z.string().min(1).max(500),
});
