import { Button, DigitSlots, Icon, Keypad } from '@smile/ui';
import { type ReactNode, useEffect, useState } from 'react';
import { useKiosk } from '../kiosk-context.tsx';
import { countryWords, formatTyped, isLongEnough, typeInto } from '../phone-number.ts';
import { Message, Shell, useCountdown } from '../shell.tsx';

export const PIN_LENGTH = 6;

export const LAST_DIGITS = 4;

/** After the smile: as much of the number as the server asks this guest for, and why. */
export function PaymentPhoneScreen() {
  const { state, actions } = useKiosk();
  const step = state.attempt?.phoneStep ?? null;
  const scanId = state.attempt?.scanId ?? null;
  useEffect(() => {
    if (scanId) void actions.askPhoneStep();
  }, [actions, scanId]);
  return step?.step === 'full' ? (
    <PhoneScreen purpose="face" />
  ) : (
    <LastDigitsScreen waiting={step?.step !== 'last_four'} />
  );
}

function LastDigitsScreen({ waiting }: { readonly waiting: boolean }) {
  const { state, dispatch, actions, t } = useKiosk();
  return (
    <Shell
      title={t(waiting ? 'phone.recognising' : 'phone.last')}
      subtitle={waiting ? undefined : t('phone.reason.known_here')}
      className="number-screen"
      onBack={() => actions.leavePayment()}
      action={
        <div className="pay-actions">
          <Button icon="phone" wide disabled={state.busy} onPress={actions.wantFullNumber} testId="full-number">
            {t('phone.fullInstead')}
          </Button>
          <Button kind="quiet" icon="lock" wide onPress={() => dispatch({ type: 'other_way' })} testId="other-way">
            {t('scan.other')}
          </Button>
        </div>
      }
    >
      <SixDigits
        length={LAST_DIGITS}
        hidden={false}
        disabled={waiting}
        onFull={(digits) => void actions.identifyByLastDigits(digits)}
        testId={waiting ? 'phone-step-waiting' : 'last-digits'}
      />
    </Shell>
  );
}

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
  const reason = state.attempt?.phoneStep?.reason ?? 'first_time';
  const why = reason === 'your_wish' || reason === 'shop_rule' || reason === 'to_be_sure' ? reason : 'first_time';
  const titles = { face: 'phone.title', pin: 'phone.title', join: joinTitle } as const;
  const reasons = { face: `phone.reason.${why}`, pin: 'phone.whyPin', join: 'phone.whyJoin' } as const;
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
      <div className="entry" data-testid={purpose === 'face' ? 'full-phone' : undefined} data-reason={reason}>
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
  readonly length?: number;
  readonly onChange: (digits: string) => void;
  readonly hidden: boolean;
  readonly disabled?: boolean;
  readonly children?: ReactNode;
  readonly testId?: string;
};

/** Six places (or as many as it is told) and a keypad. */
export function PinPad({ digits, length = PIN_LENGTH, onChange, hidden, disabled, children, testId }: PinPadProps) {
  const { state, t } = useKiosk();
  return (
    <div className="entry" data-testid={testId}>
      <div className="entry-show">
        <DigitSlots value={state.busy ? '·'.repeat(length) : digits} length={length} hidden={hidden || state.busy} />
        {children}
        <Message />
      </div>
      <Keypad
        disabled={disabled || state.busy}
        deleteLabel={t('key.delete')}
        onDigit={(digit) => /^[0-9]$/.test(digit) && digits.length < length && onChange(digits + digit)}
        onDelete={() => onChange(digits.slice(0, -1))}
      />
    </div>
  );
}

export type SixDigitsProps = {
  readonly length?: number;
  readonly hidden: boolean;
  readonly onFull: (digits: string) => void;
  readonly disabled?: boolean;
  readonly children?: ReactNode;
  readonly testId?: string;
};

/** The last digit is the answer: there is no key to press after it. Not for paying, which always is a tap of its own. */
export function SixDigits({ onFull, length = PIN_LENGTH, ...rest }: SixDigitsProps) {
  const [digits, setDigits] = useState('');
  const onChange = (next: string) => {
    setDigits(next.length < length ? next : '');
    if (next.length === length) onFull(next);
  };
  return <PinPad {...rest} length={length} digits={digits} onChange={onChange} />;
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
