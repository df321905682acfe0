import { LANGUAGES, type Language } from '@smile/contract';

const NAMES: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' };

export type LanguageSwitchProps = {
  readonly value: Language;
  readonly onChange: (language: Language) => void;
  readonly label: string;
};

/** Each language names itself, so that nobody has to read another one to find it. */
export function LanguageSwitch({ value, onChange, label }: LanguageSwitchProps) {
  return (
    <fieldset className="language-switch" aria-label={label}>
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === value}
          onClick={() => onChange(language)}
          data-testid={`language-${language}`}
        >
          {NAMES[language]}
        </button>
      ))}
    </fieldset>
  );
}
