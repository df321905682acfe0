import { Button, Dialog } from '@smile/ui';
import { useEffect, useState } from 'react';
import type { ScreenName } from '../flow.ts';
import { useKiosk } from '../kiosk-context.tsx';
import { useCountdown } from '../shell.tsx';

const IDLE_MS = 60_000;
/** Reading takes longer than choosing. */
const READING_MS = 150_000;
const COUNTDOWN_MS = 15_000;
const READING: ReadonlySet<ScreenName> = new Set(['join_terms', 'join_biometrics', 'join_code']);
/** Nobody to lose, a payment in flight, or a screen that clears itself. */
const UNWATCHED: ReadonlySet<ScreenName> = new Set(['attract', 'paying', 'done']);

/** Gives the counter back to the next guest when this one has gone, after asking. */
export function IdleWatch({ onGone }: { readonly onGone: () => void }) {
  const { state } = useKiosk();
  const { name } = state.screen;
  const [asks, setAsks] = useState(false);
  // Every change of the flow, such as a decision of the camera, counts as life too.
  useEffect(() => {
    setAsks(false);
    if (UNWATCHED.has(name)) return;
    let timer = 0;
    const begin = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => setAsks(true), READING.has(name) ? READING_MS : IDLE_MS);
    };
    begin();
    const kinds = ['pointerdown', 'keydown', 'wheel'] as const;
    for (const kind of kinds) window.addEventListener(kind, begin, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const kind of kinds) window.removeEventListener(kind, begin);
    };
  }, [name, state]);
  return asks ? <StillThere onStay={() => setAsks(false)} onGone={onGone} /> : null;
}

function StillThere({ onStay, onGone }: { readonly onStay: () => void; readonly onGone: () => void }) {
  const { t, actions } = useKiosk();
  const seconds = useCountdown(COUNTDOWN_MS, 'begun');
  useEffect(() => {
    const timer = window.setTimeout(() => {
      onGone();
      actions.startOver();
    }, COUNTDOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Dialog
      title={t('idle.title')}
      testId="idle-dialog"
      actions={
        <Button kind="primary" wide size="large" onPress={onStay} testId="idle-stay">
          {t('idle.stay')}
        </Button>
      }
    >
      <p>{t('idle.text', { seconds })}</p>
    </Dialog>
  );
}
