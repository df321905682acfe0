import { Button, DigitSlots, Icon, Keypad } from '@smile/ui';
import { type ReactNode, useState } from 'react';
import { useKiosk } from '../kiosk-context.tsx';
import { countryWords, formatTyped, isLongEnough, typeInto } from '../phone-number.ts';
import { Message, Shell, useCountdown } from '../shell.tsx';

export const PIN_LENGTH = 6;

/** The keypad page of a phone number: for a smile, for phone and PIN, or to join. */
export function PhoneScreen({ purpose }: { readonly purpose: 'face' | 'pin' | 'join' }) {
  const { state, dispatch, actions, shop, t } = useKiosk();
  const [typed, setTyped] = useState(purpose === 'join' ? (state.join?.phone ?? '') : '');
  const locked = useCountdown(state.notice?.retryAfterMs ?? null, state.notice) > 0;
  const ready = isLongEnough(typed) && !state.busy && !locked;
  const done = () => {
    if (!ready) return;
    if (purpose === 'face') void actions.identifyByFace(typed);
    else if (purpose === 'pin') dispatch({ type: 'phone_entered', phone: typed });
    else void actions.requestCode(typed);
  };
  const joinTitle = state.join?.returnTo === 'confirm' ? 'confirm.topUp' : 'join.title';
  const titles = { face: 'phone.title', pin: 'phone.title', join: joinTitle } as const;
  const reasons = { face: 'phone.why', pin: 'phone.whyPin', join: 'phone.whyJoin' } as const;
  const shown = formatTyped(typed, shop.country);
  return (
    <Shell
      title={t(titles[purpose])}
      subtitle={t(reasons[purpose])}
      className="number-screen"
      onBack={() => (purpose === 'join' ? actions.leaveJoin() : actions.leavePayment())}
      action={
        <div className="pay-actions">
          <Button
            kind="primary"
            size="large"
            wide
            disabled={!ready}
            busy={state.busy}
            onPress={done}
            testId="keypad-done"
          >
            {t('phone.done')}
          </Button>
          {purpose === 'face' && (
            <Button icon="lock" wide onPress={() => dispatch({ type: 'other_way' })} testId="other-way">
              {t('scan.other')}
            </Button>
          )}
          {purpose === 'pin' && (
            <Button kind="quiet" icon="wallet" wide onPress={() => actions.join('basket')} testId="join">
              {t('basket.join')}
            </Button>
          )}
        </div>
      }
    >
      <div className="entry">
        <div className="entry-show">
          <output className={shown ? 'entry-number' : 'entry-number entry-empty'} data-testid="phone-typed">
            {shown || t('phone.empty')}
          </output>
          <p className="soft small">{t('phone.country', countryWords(shop.country, state.language))}</p>
          <Message />
        </div>
        <Keypad
          extraKey="+"
          disabled={state.busy}
          deleteLabel={t('key.delete')}
          onDigit={(digit) => setTyped((now) => typeInto(now, digit))}
          onDelete={() => setTyped((now) => now.slice(0, -1))}
          onDone={done}
        />
      </div>
    </Shell>
  );
}

export type PinPadProps = {
  readonly digits: string;
  readonly onChange: (digits: string) => void;
  readonly hidden: boolean;
  readonly disabled?: boolean;
  readonly children?: ReactNode;
  readonly testId?: string;
};

/** Six places and a keypad. */
export function PinPad({ digits, onChange, hidden, disabled, children, testId }: PinPadProps) {
  const { state, t } = useKiosk();
  return (
    <div className="entry" data-testid={testId}>
      <div className="entry-show">
        <DigitSlots
          value={state.busy ? '·'.repeat(PIN_LENGTH) : digits}
          length={PIN_LENGTH}
          hidden={hidden || state.busy}
        />
        {children}
        <Message />
      </div>
      <Keypad
        disabled={disabled || state.busy}
        deleteLabel={t('key.delete')}
        onDigit={(digit) => /^[0-9]$/.test(digit) && digits.length < PIN_LENGTH && onChange(digits + digit)}
        onDelete={() => onChange(digits.slice(0, -1))}
      />
    </div>
  );
}

export type SixDigitsProps = {
  readonly hidden: boolean;
  readonly onFull: (digits: string) => void;
  readonly disabled?: boolean;
  readonly children?: ReactNode;
  readonly testId?: string;
};

/** The sixth digit is the answer: there is no key to press after it. Not for paying, which always is a tap of its own. */
export function SixDigits({ onFull, ...rest }: SixDigitsProps) {
  const [digits, setDigits] = useState('');
  const onChange = (next: string) => {
    setDigits(next.length < PIN_LENGTH ? next : '');
    if (next.length === PIN_LENGTH) onFull(next);
  };
  return <PinPad {...rest} digits={digits} onChange={onChange} />;
}

export function OtherPinScreen() {
  const { state, dispatch, actions, t } = useKiosk();
  const { screen } = state;
  const locked = useCountdown(state.notice?.retryAfterMs ?? null, state.notice) > 0;
  if (screen.name !== 'other_pin') return null;
  return (
    <Shell
      title={t('pin.title')}
      subtitle={t('pin.hint')}
      className="number-screen"
      onBack={() => dispatch({ type: 'back' })}
    >
      <SixDigits
        hidden
        disabled={locked}
        onFull={(pin) => void actions.identifyByPin(screen.phone, pin)}
        testId="pin-entry"
      >
        <p className="soft small">
          <Icon name="lock" /> {screen.phone}
        </p>
      </SixDigits>
    </Shell>
  );
}
