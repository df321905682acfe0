import { describe, expect, it } from 'vitest';
import { countryWords, formatTyped, isLongEnough, typeInto } from './phone-number.ts';

describe('typing a phone number', () => {
  it('is spelled as people of the country write it', () => {
    expect(formatTyped('01701234567', 'DE')).toBe('0170 1234567');
    expect(formatTyped('+447400123456', 'DE')).toBe('+44 7400 123456');
    expect(formatTyped('13812345678', 'CN')).toBe('138 1234 5678');
    expect(formatTyped('', 'DE')).toBe('');
  });

  it('shows digits as they are for a country nobody knows', () => {
    expect(formatTyped('0170', 'XX')).toBe('0170');
  });

  it('takes a plus at the beginning only, and no more digits than a number can have', () => {
    expect(typeInto('', '+')).toBe('+');
    expect(typeInto('01', '+')).toBe('01');
    expect(typeInto('+49', '1')).toBe('+491');
    expect(typeInto(`+${'1'.repeat(15)}`, '2')).toBe(`+${'1'.repeat(15)}`);
  });

  it('asks the server only about what can be a number', () => {
    expect(isLongEnough('+49')).toBe(false);
    expect(isLongEnough('0170123')).toBe(true);
  });

  it('says what a number without a country is taken for', () => {
    expect(countryWords('DE', 'en')).toEqual({ country: 'Germany', code: '+49' });
    expect(countryWords('DE', 'zh')).toEqual({ country: '德国', code: '+49' });
  });
});
