import { MAX_AMOUNT_MINOR, money } from '@smile/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText, formatMoney } from './formats.ts';

describe('formatMoney', () => {
  it('writes euros and cents with the sign in front, in both languages', () => {
    expect(formatMoney(money(1240n, 'EUR'), 'en')).toBe('€12.40');
    expect(formatMoney(money(1240n, 'EUR'), 'zh')).toBe('€12.40');
  });

  it('keeps to the decimals of the currency', () => {
    expect(formatMoney(money(5n, 'EUR'), 'en')).toBe('€0.05');
    expect(formatMoney(money(1500n, 'JPY'), 'en')).toBe('¥1,500');
    expect(formatMoney(money(1234n, 'KWD'), 'en').replace(/\s/g, ' ')).toBe('KWD 1.234');
    expect(formatMoney(money(990n, 'CNY'), 'zh')).toBe('¥9.90');
  });

  it('loses no digit of the largest amount', () => {
    expect(formatMoney(money(MAX_AMOUNT_MINOR, 'EUR'), 'en')).toBe('€92,233,720,368,547,758.07');
  });
});

describe('decimalText', () => {
  it('can be read back exactly', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_AMOUNT_MINOR }), fc.constantFrom(0, 2, 3), (amount, exponent) => {
        const text = decimalText(amount, exponent);
        expect(BigInt(text.replace('.', ''))).toBe(amount);
        expect(text.split('.')[1]?.length ?? 0).toBe(exponent);
      }),
    );
  });
});
