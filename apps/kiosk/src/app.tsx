import type { KioskState, TerminalProfile } from '@smile/contract';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { createActions } from './actions.ts';
import type { Terminal } from './api.ts';
import { initialState, type ScreenName } from './flow.ts';
import { KioskProvider } from './kiosk-context.tsx';
import { AttractScreen } from './screens/attract.tsx';
import { BasketScreen } from './screens/basket.tsx';
import { EnrolmentScreen, PaymentScanScreen } from './screens/camera.tsx';
import { ConfirmScreen, PayingScreen } from './screens/confirm.tsx';
import { DishScreen } from './screens/dish.tsx';
import { DoneScreen } from './screens/done.tsx';
import { DownScreen, SkeletonScreen } from './screens/down.tsx';
import { IdleWatch } from './screens/idle.tsx';
import {
  JoinCodeScreen,
  JoinConsentScreen,
  JoinDeclinedScreen,
  JoinDoneScreen,
  JoinFacePayScreen,
  JoinFaceScreen,
  JoinMoneyScreen,
  JoinPinScreen,
} from './screens/join.tsx';
import { MenuScreen } from './screens/menu.tsx';
import { OtherPinScreen, PaymentPhoneScreen, PhoneScreen } from './screens/numbers.tsx';
import { CheckoutScreen, ProblemScreen, ScanFailedScreen } from './screens/problems.tsx';
import { ServingScreen } from './screens/serving.tsx';
import { StartOverDialog } from './screens/start-over.tsx';
import { createFlowStore, useFlow } from './store.ts';

const STATE_EVERY_MS = 4_000;
/** So many answers in a row must be missing before the counter says that it is down: one lost packet is not an outage. */
const MISSES_BEFORE_DOWN = 2;
/** Where the guest must see what is going on with their money, whatever the server does. */
const NEVER_HIDDEN: ReadonlySet<ScreenName> = new Set(['confirm', 'paying', 'done', 'problem']);

const SCREENS: Readonly<Record<ScreenName, () => ReactNode>> = {
  attract: () => <AttractScreen />,
  serving: () => <ServingScreen />,
  menu: () => <MenuScreen />,
  dish: () => <DishScreen />,
  basket: () => <BasketScreen />,
  checkout: () => <CheckoutScreen />,
  camera: () => <PaymentScanScreen />,
  scan_failed: () => <ScanFailedScreen />,
  phone: () => <PaymentPhoneScreen />,
  other_phone: () => <PhoneScreen purpose="pin" />,
  other_pin: () => <OtherPinScreen />,
  confirm: () => <ConfirmScreen />,
  paying: () => <PayingScreen />,
  done: () => <DoneScreen />,
  problem: () => <ProblemScreen />,
  join_phone: () => <PhoneScreen purpose="join" />,
  join_code: () => <JoinCodeScreen />,
  join_terms: () => <JoinConsentScreen kind="terms" />,
  join_biometrics: () => <JoinConsentScreen kind="biometrics" />,
  join_declined: () => <JoinDeclinedScreen />,
  join_face: () => <JoinFaceScreen />,
  join_camera: () => <EnrolmentScreen />,
  join_pin: () => <JoinPinScreen key="first" />,
  join_pin_again: () => <JoinPinScreen key="again" />,
  join_money: () => <JoinMoneyScreen />,
  join_face_pay: () => <JoinFacePayScreen />,
  join_done: () => <JoinDoneScreen />,
};

export function App({ terminal }: { readonly terminal: Terminal }) {
  const misses = useRef(0);
  const query = useQuery({
    queryKey: ['local-state'],
    queryFn: () => lookAround(terminal, misses),
    refetchInterval: STATE_EVERY_MS,
    refetchIntervalInBackground: true,
  });
  const around = query.data ?? null;
  const profile = useLastProfile(around?.device ?? null);
  const device = useLast(around?.device ?? null);

  if (!around) return <SkeletonScreen />;
  if (!device || !profile) return <DownScreen reason={around.device ? 'server' : 'terminal'} />;
  const isDown = around.missesInARow >= MISSES_BEFORE_DOWN;
  return (
    <Counter
      terminal={terminal}
      device={device}
      profile={profile}
      isDown={isDown}
      reload={() => void query.refetch()}
    />
  );
}

type Around = { readonly device: KioskState | null; readonly missesInARow: number };

/** Never fails: an answer that is missing is news too. */
async function lookAround(terminal: Terminal, misses: { current: number }): Promise<Around> {
  let device: KioskState | null = null;
  try {
    device = await terminal.state();
  } catch (error) {
    console.warn('the terminal does not answer', String(error));
  }
  misses.current = device?.profile ? 0 : misses.current + 1;
  return { device, missesInARow: misses.current };
}

function useLast<T>(value: T | null): T | null {
  const last = useRef<T | null>(null);
  if (value !== null) last.current = value;
  return last.current;
}

/** The menu outlives a server that is away for a moment. */
function useLastProfile(device: KioskState | null): TerminalProfile | null {
  return useLast(device?.profile ?? null);
}

type CounterProps = {
  readonly terminal: Terminal;
  readonly device: KioskState;
  readonly profile: TerminalProfile;
  readonly isDown: boolean;
  readonly reload: () => void;
};

function Counter({ terminal, device, profile, isDown, reload }: CounterProps) {
  const latest = useRef({ profile, reload });
  latest.current = { profile, reload };
  const [store] = useState(() => createFlowStore(initialState(profile.shop.defaultLanguage)));
  const actions = useMemo(
    () =>
      createActions({
        terminal,
        store,
        country: () => latest.current.profile.shop.country,
        shopLanguage: () => latest.current.profile.shop.defaultLanguage,
        reload: () => latest.current.reload(),
        newKey: () => crypto.randomUUID(),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      }),
    [terminal, store],
  );
  const state = useFlow(store);
  const [asksStartOver, setAsksStartOver] = useState(false);
  useEffect(() => {
    document.documentElement.lang = state.language === 'zh' ? 'zh-Hans' : 'en';
  }, [state.language]);

  const askStartOver = () => {
    if (state.basket.length > 0 && state.screen.name !== 'done') setAsksStartOver(true);
    else actions.startOver();
  };
  const kiosk = {
    state,
    dispatch: store.dispatch,
    actions,
    terminal,
    device,
    shop: profile.shop,
    menu: profile.menu,
    askStartOver,
  };
  const hidden = isDown && !NEVER_HIDDEN.has(state.screen.name);
  return (
    <KioskProvider value={kiosk}>
      {hidden ? <DownScreen reason="server" language={state.language} /> : SCREENS[state.screen.name]()}
      {asksStartOver && (
        <StartOverDialog
          onNo={() => setAsksStartOver(false)}
          onYes={() => {
            setAsksStartOver(false);
            actions.startOver();
          }}
        />
      )}
      <IdleWatch onGone={() => setAsksStartOver(false)} />
    </KioskProvider>
  );
}
