import type { KioskState, Menu, MenuItem, Money, Shop, Text } from '@smile/contract';
import { formatMoney, type Translate, translator } from '@smile/ui';
import { createContext, useContext } from 'react';
import type { Actions } from './actions.ts';
import type { Terminal } from './api.ts';
import type { FlowEvent, FlowState } from './flow.ts';
import { failureCode, failureTitle, failureTitles, failureWords, words } from './words.ts';

/** What every screen is given. */
export type Kiosk = {
  readonly state: FlowState;
  readonly dispatch: (event: FlowEvent) => void;
  readonly actions: Actions;
  readonly terminal: Terminal;
  readonly device: KioskState;
  readonly shop: Shop;
  readonly menu: Menu;
  readonly askStartOver: () => void;
};

const KioskContext = createContext<Kiosk | null>(null);
export const KioskProvider = KioskContext.Provider;

export type Wording = {
  readonly t: Translate<typeof words>;
  readonly money: (value: Money) => string;
  readonly name: (text: Text) => string;
  readonly failure: (code: string) => string;
  readonly failureTitle: (code: string) => string;
};

export function wordingIn(language: FlowState['language']): Wording {
  const failures = translator(failureWords, language);
  const titles = translator(failureTitles, language);
  return {
    t: translator(words, language),
    money: (value) => formatMoney(value, language),
    name: (text) => text[language],
    failure: (code) => failures(failureCode(code)),
    failureTitle: (code) => titles(failureTitle(code)),
  };
}

export function useKiosk(): Kiosk & Wording {
  const kiosk = useContext(KioskContext);
  if (!kiosk) throw new Error('a screen stands outside of the kiosk');
  return { ...kiosk, ...wordingIn(kiosk.state.language) };
}

export function itemOf(menu: Menu, itemId: string): MenuItem | null {
  return menu.items.find((item) => item.id === itemId) ?? null;
}
