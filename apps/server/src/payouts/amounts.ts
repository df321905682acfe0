import { CURRENCY_EXPONENTS, type Currency } from '@smile/contract';

/** 1250 EUR cents are `12.50`, 1250 yen `1250`: decimals as ISO 4217 has them. */
export function decimalOf(amountMinor: bigint, currency: Currency): string {
  const exponent = CURRENCY_EXPONENTS[currency];
  const digits = amountMinor.toString().padStart(exponent + 1, '0');
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** The other way; null for what is no amount of this currency, such as `1.005` EUR. */
export function minorOf(decimal: string, currency: Currency): bigint | null {
  const exponent = CURRENCY_EXPONENTS[currency];
  const match = /^(\d{1,18})(?:\.(\d{1,5}))?$/.exec(decimal.trim());
  if (!match) return null;
  const decimals = (match[2] ?? '').replace(/0+$/, '');
  if (decimals.length > exponent) return null;
  return BigInt(match[1] + decimals.padEnd(exponent, '0'));
}
