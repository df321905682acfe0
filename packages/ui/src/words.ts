import type { Language } from '@smile/contract';

/** A text with a count in it; the form is chosen by the language's plural rules from the value named `count`. */
export type PluralForms = { readonly one?: string; readonly other: string };
export type Entry = { readonly [L in Language]: string | PluralForms };
/** Every text of an app in every language, keyed by where it stands. A missing language does not compile. */
export type Catalogue = Readonly<Record<string, Entry>>;

/** The names between braces in a text: `'{count} dishes'` has the hole `count`. */
type HolesIn<T> = T extends `${string}{${infer Hole}}${infer Rest}` ? Hole | HolesIn<Rest> : never;
type TextOf<E extends Entry> = E['en'] extends infer T ? (T extends { readonly other: infer O } ? O : T) : never;
export type Values<E extends Entry> = [HolesIn<TextOf<E>>] extends [never]
  ? []
  : [values: Readonly<Record<HolesIn<TextOf<E>>, string | number>>];

export type Translate<C extends Catalogue> = <K extends keyof C & string>(key: K, ...values: Values<C[K]>) => string;

const HOLE = /\{([a-zA-Z]+)\}/g;
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-IE', zh: 'zh-CN' };
const pluralRules = new Map<Language, Intl.PluralRules>();

/** The locale that numbers and money are written in. */
export function localeOf(language: Language): string {
  return LOCALES[language];
}

function formOf(entry: Entry, language: Language, values: Readonly<Record<string, string | number>>): string {
  const text = entry[language];
  if (typeof text === 'string') return text;
  let rules = pluralRules.get(language);
  if (!rules) {
    rules = new Intl.PluralRules(localeOf(language));
    pluralRules.set(language, rules);
  }
  return rules.select(Number(values.count)) === 'one' ? (text.one ?? text.other) : text.other;
}

/** Makes the function that words an app's screens in one language. Unfilled holes are a mistake of ours and throw. */
export function translator<C extends Catalogue>(catalogue: C, language: Language): Translate<C> {
  return (key, ...given) => {
    const values = (given[0] ?? {}) as Readonly<Record<string, string | number>>;
    return formOf(catalogue[key], language, values).replace(HOLE, (_, hole: string) => {
      const value = values[hole];
      if (value === undefined) throw new Error(`the text ${key} needs a value for ${hole}`);
      return String(value);
    });
  };
}

/** The holes of a text in one language, sorted; for checks that translations fill the same ones. */
export function holesOf(text: string | PluralForms): string[] {
  const source = typeof text === 'string' ? text : text.other;
  return [...new Set([...source.matchAll(HOLE)].map((match) => match[1]))].sort();
}
