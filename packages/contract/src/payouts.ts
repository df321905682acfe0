import { z } from 'zod';
import { TimestampSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { CurrencySchema, MoneySchema } from './money.ts';

/**
 * A payout is `pending` when its money has left the merchant's account for the clearing account, `in_transit` when the
 * bank has the order, `paid` when the bank has carried it out. `failed` (refused) and `returned` (sent back after it was
 * paid) put the money back to the merchant.
 */
export const PAYOUT_STATES = ['pending', 'in_transit', 'paid', 'failed', 'returned'] as const;
export type PayoutState = (typeof PAYOUT_STATES)[number];

export const PAYOUT_SCHEDULES = ['daily', 'weekly', 'manual'] as const;
export type PayoutSchedule = (typeof PAYOUT_SCHEDULES)[number];

const DateSchema = z.iso.date();

export const SetPayoutAccountSchema = z.object({
  holderName: z.string().trim().min(1).max(70).describe('As the bank knows it'),
  iban: z.string().max(50).describe('With or without spaces'),
  bic: z
    .string()
    .regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/)
    .optional(),
  schedule: z.enum(PAYOUT_SCHEDULES).default('daily').describe('`weekly` is paid out on Mondays'),
  minimum: MoneySchema.describe('Smaller balances wait'),
});

export const PayoutAccountSchema = z.object({
  merchantId: idSchema('merchant'),
  holderName: z.string(),
  ibanHint: z.string().describe('Country and last four characters'),
  schedule: z.enum(PAYOUT_SCHEDULES),
  minimum: MoneySchema,
  updatedAt: TimestampSchema,
});
export type PayoutAccount = z.infer<typeof PayoutAccountSchema>;

export const PayoutSchema = z.object({
  id: idSchema('payout'),
  batchId: idSchema('payoutBatch'),
  merchantId: idSchema('merchant'),
  amount: MoneySchema,
  state: z.enum(PAYOUT_STATES),
  ibanHint: z.string(),
  endToEndId: z.string().describe('What bank statements name it by'),
  failureCode: z.string().nullable().describe('ISO 20022 reason, such as AC04 (account closed)'),
  createdAt: TimestampSchema,
  settledAt: TimestampSchema.nullable(),
});
export type Payout = z.infer<typeof PayoutSchema>;

export const NewPayoutBatchSchema = z.object({
  currency: CurrencySchema,
  executionDate: DateSchema.optional().describe('When the bank is to pay; the next working day unless named'),
});

export const PayoutBatchSchema = z.object({
  id: idSchema('payoutBatch'),
  messageId: z.string().describe('`MsgId` of the pain.001 file'),
  currency: CurrencySchema,
  executionDate: DateSchema,
  count: z.number().int(),
  total: MoneySchema,
  states: z.partialRecord(z.enum(PAYOUT_STATES), z.number().int()).describe('How many payouts are in which state'),
  createdAt: TimestampSchema,
  submittedAt: TimestampSchema.nullable().describe('When its file was first fetched'),
});
export type PayoutBatch = z.infer<typeof PayoutBatchSchema>;

/** What a file from the bank did. */
export const BankFileResultSchema = z.object({
  read: z.number().int(),
  applied: z.number().int(),
  unchanged: z.number().int().describe('Said what was known already'),
  unknown: z.number().int().describe('Named nothing of ours, or made no sense for it'),
});
export type BankFileResult = z.infer<typeof BankFileResultSchema>;

export const BankLineSchema = z.object({
  id: idSchema('bankLine'),
  bookedOn: DateSchema,
  direction: z.enum(['credit', 'debit']).describe('As the account’s owner sees it: payouts are debits'),
  amount: MoneySchema,
  reference: z.string(),
  endToEndId: z.string().nullable(),
  text: z.string(),
  state: z.enum(['matched', 'unmatched', 'explained']),
  payoutId: idSchema('payout').nullable(),
  note: z.string().nullable(),
});
export type BankLine = z.infer<typeof BankLineSchema>;

export const ReconciliationSchema = z.object({
  currency: CurrencySchema,
  clearing: MoneySchema.describe('On the clearing account: what left the merchants and has not reached the bank'),
  outstanding: MoneySchema.describe('Sum of the payouts that are pending or in transit'),
  agrees: z.boolean().describe('Whether the two are equal, as they must be'),
  late: z.array(PayoutSchema).max(100).describe('In transit for more than three days'),
  unmatched: z.array(BankLineSchema).max(100).describe('Bank lines that nothing of ours explains'),
  unmatchedCount: z.number().int(),
});
export type Reconciliation = z.infer<typeof ReconciliationSchema>;
