import { z } from 'zod';

/** Currencies of the first version, with the number of decimals of their minor unit (ISO 4217). */
export const CURRENCY_EXPONENTS = { EUR: 2, CNY: 2, USD: 2, GBP: 2, JPY: 0, KWD: 3 } as const;
export type Currency = keyof typeof CURRENCY_EXPONENTS;
export const CurrencySchema = z.enum(Object.keys(CURRENCY_EXPONENTS) as [Currency, ...Currency[]]);

/** Largest amount a ledger counter holds: 2^63 - 1 minor units. */
export const MAX_AMOUNT_MINOR = 9_223_372_036_854_775_807n;

/**
 * An amount on the wire: minor units as a decimal string, since JSON numbers lose integers beyond 2^53. In the
 * program it is a bigint: `amountOf(money)` and `money(1250n, 'EUR')` convert at the edges.
 */
export const MoneySchema = z
  .object({
    amountMinor: z
      .string()
      .regex(/^(0|[1-9][0-9]{0,18})$/, 'a whole number of minor units, as a string without sign or leading zeros')
      .refine((text) => text.length < 19 || BigInt(text) <= MAX_AMOUNT_MINOR, 'too large')
      .describe('Minor units (cents) as a decimal string'),
    currency: CurrencySchema,
  })
  .describe('An amount of money');
export type Money = z.infer<typeof MoneySchema>;

export function money(amountMinor: bigint, currency: Currency): Money {
  return { amountMinor: amountMinor.toString(), currency };
}

export function amountOf(value: Money): bigint {
  return BigInt(value.amountMinor);
}
