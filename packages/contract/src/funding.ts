import { z } from 'zod';
import { TimestampSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { MoneySchema } from './money.ts';

/** Money from nowhere, for trying things out. */
export const SANDBOX_BANK = 'sandbox_bank';

export const FUNDING_SOURCE_STATES = ['pending', 'ready', 'failed', 'removed'] as const;
export const FundingSourceSchema = z.object({
  id: z.union([z.literal(SANDBOX_BANK), idSchema('fundingSource')]),
  kind: z.enum([SANDBOX_BANK, 'card']),
  state: z.enum(FUNDING_SOURCE_STATES).describe('`pending` until the card was confirmed on the page of its provider'),
  brand: z.string().nullable(),
  lastFour: z.string().nullable(),
  expiresOn: z.string().nullable().describe('Year and month: `2030-05`'),
  isDefault: z.boolean(),
});
export type FundingSource = z.infer<typeof FundingSourceSchema>;

/** What a page hands to the provider's own script, which asks for the card; the card's number never comes here. */
export const ProviderStepSchema = z.object({
  provider: z.string(),
  clientSecret: z.string().describe('For this person’s page only; not to be kept'),
  publicKey: z.string().nullable(),
});
export type ProviderStep = z.infer<typeof ProviderStepSchema>;
export const NewFundingSourceSchema = z.object({ source: FundingSourceSchema, step: ProviderStepSchema });

export const TopUpSchema = z.object({
  amount: MoneySchema,
  source: z
    .union([z.literal(SANDBOX_BANK), z.literal('new_card'), idSchema('fundingSource')])
    .optional()
    .describe('Absent: the default source. `new_card` is asked for on the provider’s page and not kept'),
});
/** `failed` may still become `succeeded`: a person can try another card for the same top-up. */
export const TOP_UP_STATES = ['pending', 'requires_action', 'succeeded', 'failed'] as const;
export type TopUpState = (typeof TOP_UP_STATES)[number];
export const TopUpResultSchema = z.object({
  id: idSchema('topUp'),
  amount: MoneySchema,
  state: z.enum(TOP_UP_STATES),
  source: z.string().describe('`sandbox_bank`, `new_card` or the id of a source'),
  automatic: z.boolean().describe('Made because a payment was short of money'),
  failureCode: z.string().nullable().describe('The provider’s'),
  balance: MoneySchema,
  createdAt: TimestampSchema,
});
export type TopUpResult = z.infer<typeof TopUpResultSchema>;
export const TopUpWithStepSchema = TopUpResultSchema.extend({
  step: ProviderStepSchema.nullable().describe('What is left for the person to do'),
});
export type TopUpWithStep = z.infer<typeof TopUpWithStepSchema>;

/** Wallet first; when a payment is short of money, the default card fills it up, within these bounds. */
export const AutoTopUpSchema = z.object({
  enabled: z.boolean(),
  amount: MoneySchema.describe('Added at least, where the payment is short of less'),
  perDay: MoneySchema.describe('All automatic top-ups of 24 hours'),
});
export type AutoTopUp = z.infer<typeof AutoTopUpSchema>;
