import { CURRENCY_EXPONENTS, type Language, type Money } from '@smile/contract';
import { localeOf } from './words.ts';

/** An amount as people of that language write it, with its currency's sign: `€12.40`. Exact for any bigint. */
export function formatMoney(value: Money, language: Language): string {
  const exponent = CURRENCY_EXPONENTS[value.currency];
  return new Intl.NumberFormat(localeOf(language), {
    style: 'currency',
    currency: value.currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
    // A decimal string keeps every digit, where a number would lose those beyond 2^53.
  }).format(decimalText(BigInt(value.amountMinor), exponent) as Intl.StringNumericLiteral);
}

/** A difference in price, with its sign: `+€1.00`. */
export function formatMoneyDelta(value: Money, language: Language): string {
  return `+${formatMoney(value, language)}`;
}

/** Minor units as a decimal number in text: 1240 with exponent 2 is `12.40`. */
export function decimalText(amountMinor: bigint, exponent: number): string {
  const digits = amountMinor.toString().padStart(exponent + 1, '0');
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
