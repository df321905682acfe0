import { z } from 'zod';
import { TimestampSchema } from './common.ts';
import { CURRENCY_EXPONENTS } from './money.ts';

const limitMinor = z.string().regex(/^(0|[1-9][0-9]{0,11})$/);
/** Minor units by currency. A currency that is not listed has no room at all: the rule fires. */
const limits = z.partialRecord(
  z.enum(Object.keys(CURRENCY_EXPONENTS) as [keyof typeof CURRENCY_EXPONENTS]),
  limitMinor,
);
const base = {
  id: z.string().regex(/^[a-z][a-z0-9_]{1,39}$/),
  outcome: z.enum(['pin', 'refuse']).describe('What it asks for when it fires'),
};
/** Rules for payments by face. Sums and counts include the payment in question; a day is the last 24 hours. */
export const RiskRuleSchema = z.discriminatedUnion('kind', [
  z.object({ ...base, kind: z.literal('camera_2d') }),
  z.object({ ...base, kind: z.literal('amount'), above: limits }),
  z.object({ ...base, kind: z.literal('row_payments'), most: z.number().int().min(0).max(1_000) }),
  z.object({ ...base, kind: z.literal('row_sum'), above: limits }),
  z.object({ ...base, kind: z.literal('day_sum'), above: limits }),
  z.object({ ...base, kind: z.literal('shop_day_sum'), above: limits }),
  z.object({
    ...base,
    kind: z.literal('velocity'),
    most: z.number().int().min(1).max(150),
    withinMinutes: z.number().int().min(1).max(1_440),
  }),
  z.object({ ...base, kind: z.literal('new_terminal'), above: limits }),
  z.object({
    ...base,
    kind: z.literal('far_apart'),
    beyondKm: z.number().min(1).max(20_000),
    fasterThanKmh: z.number().min(1).max(2_000),
  }),
]);
export type RiskRule = z.infer<typeof RiskRuleSchema>;

export const RiskRulesSchema = z
  .array(RiskRuleSchema)
  .min(1)
  .max(40)
  .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'two rules have one id')
  .refine(
    (rules) =>
      ['amount', 'row_payments', 'row_sum', 'camera_2d'].every((kind) => rules.some((rule) => rule.kind === kind)),
    'amount, row_payments, row_sum and camera_2d must each have a rule',
  );
export const RiskRuleSetSchema = z.object({
  version: z.number().int(),
  rules: z.array(RiskRuleSchema),
  createdAt: TimestampSchema.nullable().describe('Null for the rules that come from the configuration'),
});
export type RiskRuleSet = z.infer<typeof RiskRuleSetSchema>;
export const PlaceSchema = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
});
