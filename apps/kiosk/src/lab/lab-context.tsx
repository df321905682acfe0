import type { InstrumentKind, LabPresentation, LabState, Language } from '@smile/contract';
import { type Translate, translator } from '@smile/ui';
import { createContext, useContext } from 'react';
import type { Terminal } from '../api.ts';
import type { LabApi } from './api.ts';
import { words } from './words.ts';

/** A species of instrument, or a genuine person. */
export type Chosen = 'person' | InstrumentKind;

/** What every part of the lab's page is given. */
export type LabDesk = {
  readonly state: LabState;
  readonly lab: LabApi;
  readonly terminal: Terminal;
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
};

const DeskContext = createContext<LabDesk | null>(null);
export const DeskProvider = DeskContext.Provider;

export type Wording = {
  readonly t: Translate<typeof words>;
  readonly reason: (code: string, message: string) => string;
};

export function useDesk(): LabDesk & Wording {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('a part of the lab stands outside of it');
  const { language, state } = desk;
  return {
    ...desk,
    t: translator(words, language),
    reason: (code, message) => state.reasons[code]?.[language] ?? message,
  };
}

/** What an attempt showed, in a line. */
export function usePresentationName(): (presentation: LabPresentation) => string {
  const { state, t, language } = useDesk();
  return (presentation) => {
    if (presentation.what === 'bona_fide') return `${t('desk.genuine')} · ${presentation.subject}`;
    const species = state.species.find(({ kind }) => kind === presentation.kind);
    return `${species?.words[language].name ?? presentation.kind} · ${presentation.series}/${presentation.instrument}`;
  };
}

/** A share as the lab writes it. */
export function percent(rate: number): string {
  const share = 100 * rate;
  return `${Number.isInteger(share) ? share : share.toFixed(share < 10 ? 1 : 0)} %`;
}
