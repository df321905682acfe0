import type { Language } from '@smile/contract';
import { AsYouType, type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/min';

/** Longest international number (E.164) and a plus. */
const MAX_DIGITS = 15;

/** Adds a typed digit, or a plus at the very beginning. */
export function typeInto(typed: string, key: string): string {
  if (key === '+') return typed === '' ? '+' : typed;
  return typed.replace('+', '').length >= MAX_DIGITS ? typed : typed + key;
}

/** The digits as people of that country write them, while they are being typed. */
export function formatTyped(typed: string, country: string): string {
  if (typed === '') return '';
  return new AsYouType(isSupportedCountry(country) ? country : undefined).input(typed);
}

/** Enough digits to be worth asking the server, which has the last word. */
export function isLongEnough(typed: string): boolean {
  return typed.replace('+', '').length >= 6;
}

/** `Germany` and `+49`: what a number without a country code is taken for. */
export function countryWords(country: string, language: Language): { country: string; code: string } {
  const name = new Intl.DisplayNames([language === 'zh' ? 'zh-CN' : 'en'], { type: 'region' }).of(country) ?? country;
  const code = isSupportedCountry(country) ? `+${getCountryCallingCode(country as CountryCode)}` : '';
  return { country: name, code };
}
