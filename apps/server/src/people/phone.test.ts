import { describe, expect, it } from 'vitest';
import { type E164, normalisePhone, phoneHint } from './phone.ts';

describe('a phone number', () => {
  it.each([
    '0170 1234567',
    '+49 170 1234567',
    '0049 170 1234567',
    '+49 (0)170 / 123 45 67',
    '+49-170-123-4567',
    'tel:+49-170-1234567',
    '０１７０１２３４５６７',
    '(0170) 1234567',
    ' 0170.123.4567 ',
  ])('spelled “%s” is one and the same', (spelling) => {
    expect(normalisePhone(spelling, 'DE')).toEqual({ ok: true, value: '+491701234567' });
  });

  it('without a country code is one of the shop’s country', () => {
    expect(normalisePhone('138 0013 8000', 'cn')).toEqual({ ok: true, value: '+8613800138000' });
    expect(normalisePhone('138 0013 8000', 'DE')).toMatchObject({ ok: false, code: 'phone_invalid' });
    expect(normalisePhone('+86 138 0013 8000', 'DE')).toEqual({ ok: true, value: '+8613800138000' });
  });

  it.each([
    '',
    'abc',
    '123',
    '110',
    '+49',
    '+999 123456789',
    '0170',
    '+49 900 1234567',
    '9'.repeat(40),
    '+49 170 1234567 8901234',
  ])('is not “%s”', (input) => {
    expect(normalisePhone(input, 'DE')).toMatchObject({ ok: false, code: 'phone_invalid', param: 'phone' });
  });

  it('needs a country that exists', () => {
    expect(normalisePhone('0170 1234567', 'ZZ')).toMatchObject({ code: 'phone_invalid' });
  });

  it('shows its owner enough and others nothing', () => {
    expect(phoneHint('+491701234542' as E164)).toBe('+49 ··· ··· 42');
    expect(phoneHint('+8613800138000' as E164)).toBe('+86 ··· ··· 00');
  });
});
