import { type Money, money as moneyOf, type Person } from '@smile/contract';
import { Button, Icon, SmileMark } from '@smile/ui';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { GuideHead } from '../drawings/guide-head.tsx';
import type { ScreenName } from '../flow.ts';
import { useKiosk } from '../kiosk-context.tsx';
import { Message, Shell, Trouble } from '../shell.tsx';
import { SixDigits } from './numbers.tsx';

/** First money, in whole units of the wallet's currency. */
const TOP_UPS = [10n, 20n, 50n] as const;
const MINOR_PER_UNIT = 100n;

const STEPS: readonly (readonly ScreenName[])[] = [
  ['join_code'],
  ['join_terms', 'join_biometrics', 'join_declined'],
  ['join_face', 'join_camera'],
  ['join_pin', 'join_pin_again'],
  ['join_money'],
  ['join_face_pay', 'join_done'],
];

type JoinShellProps = {
  readonly title: string;
  readonly subtitle?: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
  readonly className?: string;
  readonly onBack?: () => void;
};

/** Where one is, and a way out that is always there. */
function JoinShell({ title, subtitle, children, action, className, onBack }: JoinShellProps) {
  const { state, actions, t } = useKiosk();
  const step = STEPS.findIndex((names) => names.includes(state.screen.name)) + 1;
  return (
    <Shell
      title={title}
      subtitle={subtitle}
      className={`join-screen ${className ?? ''}`}
      onBack={onBack ?? (() => actions.leaveJoin())}
      action={action}
    >
      <ol className="steps" aria-label={t('join.step', { step, steps: STEPS.length })}>
        {STEPS.map((names, index) => (
          <li key={names[0]} className={index < step ? 'step-done' : ''} />
        ))}
      </ol>
      {children}
    </Shell>
  );
}

export function JoinCodeScreen() {
  const { state, dispatch, actions, device, t } = useKiosk();
  const phone = state.join?.phone ?? '';
  return (
    <JoinShell
      title={t('join.code')}
      subtitle={t('join.codeSent', { hint: state.join?.phoneHint ?? '' })}
      className="number-screen"
      onBack={() => dispatch({ type: 'back' })}
      action={
        <Button
          kind="quiet"
          icon="again"
          wide
          busy={state.busy}
          onPress={() => void actions.requestCode(phone)}
          testId="code-again"
        >
          {t('join.codeAgain')}
        </Button>
      }
    >
      <SixDigits hidden={false} onFull={(code) => void actions.openSession(code)} testId="code-entry">
        {device.simulated && (
          <p className="demo-note" data-testid="demo-code">
            {t('join.codeDemo', { place: `${device.serverUrl}/dev/outbox` })}
          </p>
        )}
      </SixDigits>
    </JoinShell>
  );
}

export function JoinConsentScreen({ kind }: { readonly kind: 'terms' | 'biometrics' }) {
  const { state, dispatch, actions, terminal, t } = useKiosk();
  const { language } = state;
  const texts = useQuery({
    queryKey: ['consents', language],
    queryFn: () => terminal.platform.call('getConsentTexts', { query: { language } }),
    retry: 3,
  });
  const text = texts.data?.data.find((entry) => entry.kind === kind);
  // What is agreed to must be what was shown: a text that has changed since the sign-in is not agreed to by a tap.
  const current = text?.version === state.join?.versions?.[kind];
  return (
    <JoinShell
      title={t(`join.${kind}`)}
      subtitle={kind === 'biometrics' ? t('join.biometricsHint') : undefined}
      action={
        <div className="pay-actions">
          <Message />
          {texts.isError && (
            <>
              <Trouble code="network_error" />
              <Button icon="again" wide onPress={() => void texts.refetch()} testId="texts-again">
                {t('scan.again')}
              </Button>
            </>
          )}
          {text && !current && <Trouble code="consent_version_unknown" />}
          <Button
            kind="primary"
            size="large"
            wide
            disabled={!text || !current}
            busy={state.busy}
            onPress={() => void actions.agree(kind)}
            testId={`agree-${kind}`}
          >
            {t(kind === 'biometrics' ? 'join.agreeFace' : 'join.agree')}
          </Button>
          <Button
            wide
            onPress={() => (kind === 'biometrics' ? dispatch({ type: 'biometrics_declined' }) : actions.leaveJoin())}
            testId={`decline-${kind}`}
          >
            {t(kind === 'biometrics' ? 'join.decline' : 'join.declineTerms')}
          </Button>
        </div>
      }
    >
      <article className="card consent" data-testid="consent-text" data-version={text?.version ?? ''}>
        {text ? (
          text.text.split('\n\n').map((paragraph) => <p key={paragraph}>{paragraph}</p>)
        ) : (
          <div className="bone bone-text" aria-busy="true" />
        )}
      </article>
    </JoinShell>
  );
}

export function JoinDeclinedScreen() {
  const { dispatch, t } = useKiosk();
  return (
    <JoinShell
      title={t('join.declinedTitle')}
      onBack={() => dispatch({ type: 'back' })}
      action={
        <div className="pay-actions">
          <Button
            kind="primary"
            size="large"
            wide
            onPress={() => dispatch({ type: 'without_face' })}
            testId="without-face"
          >
            {t('join.withoutFace')}
          </Button>
          <Button wide onPress={() => dispatch({ type: 'back' })} testId="changed-mind">
            {t('join.changedMind')}
          </Button>
        </div>
      }
    >
      <div className="trouble">
        <span className="trouble-icon">
          <Icon name="phone" size="7rem" />
        </span>
        <p>{t('join.declinedText')}</p>
      </div>
    </JoinShell>
  );
}

export function JoinFaceScreen() {
  const { state, dispatch, device, t } = useKiosk();
  const anew = state.join?.session?.person.faceOutdated === true;
  const ready = device.camera.state === 'ready';
  return (
    <JoinShell
      title={t(anew ? 'join.faceAnew' : 'join.face')}
      subtitle={t(anew ? 'join.faceAnewText' : 'join.faceText')}
      action={
        <div className="pay-actions">
          <Message />
          {ready && (
            <Button
              kind="primary"
              size="large"
              wide
              onPress={() => dispatch({ type: 'face_started' })}
              testId="face-start"
            >
              {t('join.faceStart')}
            </Button>
          )}
          <Button
            kind={ready ? 'quiet' : 'primary'}
            wide
            onPress={() => dispatch({ type: 'without_face' })}
            testId="without-face"
          >
            {t('join.withoutFace')}
          </Button>
        </div>
      }
    >
      <div className="trouble">
        {ready ? (
          <span className="face-guide">
            <GuideHead hint="turns" />
          </span>
        ) : (
          <>
            <span className="trouble-icon">
              <Icon name="camera_off" size="7rem" />
            </span>
            <p>{t('join.faceNoCamera')}</p>
          </>
        )}
        <p className="privacy">
          <Icon name="shield" /> {t('join.facePrivacy')}
        </p>
      </div>
    </JoinShell>
  );
}

export function JoinPinScreen() {
  const { state, dispatch, actions, t } = useKiosk();
  const { screen } = state;
  const chosen = screen.name === 'join_pin_again' ? screen.pin : null;
  const onFull = (pin: string) => {
    if (chosen === null) dispatch({ type: 'pin_chosen', pin });
    else if (pin === chosen) void actions.setPin(pin);
    else dispatch({ type: 'pin_refused', code: 'pin_differs', retryAfterMs: null });
  };
  return (
    <JoinShell
      title={t(chosen === null ? 'join.pin' : 'join.pinAgain')}
      subtitle={t('join.pinText')}
      className="number-screen"
      onBack={chosen === null ? undefined : () => dispatch({ type: 'back' })}
    >
      <SixDigits hidden onFull={onFull} testId={chosen === null ? 'new-pin' : 'new-pin-again'} />
    </JoinShell>
  );
}

export function JoinMoneyScreen() {
  const { state, actions, t, money } = useKiosk();
  const balance = state.join?.session?.person.balance;
  if (!balance) return null;
  const choices: Money[] = TOP_UPS.map((units) => moneyOf(units * MINOR_PER_UNIT, balance.currency));
  return (
    <JoinShell
      title={t('join.money')}
      subtitle={t('join.moneyText')}
      action={
        <Button kind="quiet" wide disabled={state.busy} onPress={() => void actions.skipMoney()} testId="top-up-later">
          {t('join.moneyLater')}
        </Button>
      }
    >
      <div className="entry">
        <p className="balance" data-testid="balance">
          {t('join.balance', { amount: money(balance) })}
        </p>
        <div className="top-ups">
          {choices.map((amount, index) => (
            <button
              key={amount.amountMinor}
              type="button"
              className="card top-up"
              disabled={state.busy}
              onClick={() => void actions.topUp(amount)}
              data-testid={`top-up-${TOP_UPS[index]}`}
            >
              <Icon name="plus" />
              <strong>{money(amount)}</strong>
            </button>
          ))}
        </div>
        <Message />
      </div>
    </JoinShell>
  );
}

export function JoinFacePayScreen() {
  const { state, dispatch, actions, t } = useKiosk();
  return (
    <JoinShell
      title={t('join.facePay')}
      subtitle={t('join.facePayText')}
      action={
        <div className="pay-actions">
          <Message />
          <Button
            kind="primary"
            size="large"
            icon="smile"
            wide
            busy={state.busy}
            onPress={() => void actions.switchFacePayOn()}
            testId="face-pay-on"
          >
            {t('join.facePayOn')}
          </Button>
          <Button wide onPress={() => dispatch({ type: 'without_face' })} testId="face-pay-later">
            {t('join.facePayLater')}
          </Button>
        </div>
      }
    >
      <div className="trouble">
        <SmileMark size="12rem" />
      </div>
    </JoinShell>
  );
}

export function JoinDoneScreen() {
  const { state, actions, t, money } = useKiosk();
  const { join } = state;
  const person = join?.session?.person;
  if (!join || !person) return null;
  const titles = { on: 'join.done', off: 'join.doneNoFace', frozen: 'join.doneFrozen' } as const;
  const title = join.returnTo === 'confirm' ? 'join.doneTopUp' : titles[person.facePay];
  const ways = { attract: 'join.toOrder', basket: 'join.toBasket', confirm: 'join.toPayment' } as const;
  return (
    <JoinShell
      title={t(title)}
      subtitle={t('join.balance', { amount: money(person.balance) })}
      action={
        <Button kind="primary" size="large" wide onPress={() => actions.leaveJoin()} testId="join-finish">
          {t(ways[join.returnTo])}
        </Button>
      }
    >
      <div className="trouble" data-testid="joined" data-face-pay={person.facePay}>
        <span className="cheer">
          <SmileMark size="14rem" />
        </span>
        {person.pinAlways && (
          <p className="soft" data-testid="pin-always">
            {t('join.pinAlways')}
          </p>
        )}
        {person.facePay === 'on' && <PhoneStepChoice chosen={person.phoneStep} />}
      </div>
    </JoinShell>
  );
}

/** What the guest wants to be asked for where they are known. */
function PhoneStepChoice({ chosen }: { readonly chosen: Person['phoneStep'] }) {
  const { state, actions, t } = useKiosk();
  return (
    <section className="phone-step-choice" data-testid="phone-step" data-chosen={chosen}>
      <p className="soft">{t('join.phoneStep')}</p>
      {(['last_four', 'always_full'] as const).map((wish) => (
        <Button
          key={wish}
          kind={chosen === wish ? 'primary' : 'quiet'}
          disabled={state.busy}
          onPress={() => void actions.choosePhoneStep(wish)}
          testId={`phone-step-${wish}`}
        >
          {t(`join.phoneStep.${wish}`)}
        </Button>
      ))}
      <Message />
    </section>
  );
}
