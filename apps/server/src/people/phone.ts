import {
  type CountryCode,
  isSupportedCountry,
  type NumberType,
  parsePhoneNumberWithError,
} from 'libphonenumber-js/max';
import { fail, ok, type Result } from '../result.ts';

/** A phone number in E.164, such as +491701234567. */
export type E164 = string & { readonly __e164: never };

/** Numbers that cost the sender, or that belong to nobody in particular. */
const REFUSED_TYPES: readonly (NumberType | undefined)[] = [
  'PREMIUM_RATE',
  'SHARED_COST',
  'TOLL_FREE',
  'UAN',
  'VOICEMAIL',
  'PAGER',
];

/**
 * Any spelling of a number in, E.164 out. A number without a country code is one of `country`, as it would be when
 * dialled in the shop.
 *
 * @param country ISO 3166-1 alpha-2
 */
export function normalisePhone(input: string, country: string): Result<E164, 'phone_invalid'> {
  const invalid = fail('phone_invalid', { param: 'phone' });
  const defaultCountry = country.toUpperCase();
  if (!isSupportedCountry(defaultCountry)) return invalid;
  try {
    const number = parsePhoneNumberWithError(input, defaultCountry as CountryCode);
    if (!number.isValid() || REFUSED_TYPES.includes(number.getType())) return invalid;
    return ok(number.number as string as E164);
  } catch {
    return invalid;
  }
}

/** The number with its middle hidden: `+49 ··· ··· 42`. Enough for its owner, useless to others. */
export function phoneHint(phone: E164): string {
  const { countryCallingCode } = parsePhoneNumberWithError(phone);
  return `+${countryCallingCode} ··· ··· ${phone.slice(-2)}`;
}
