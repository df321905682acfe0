import { Button, Icon, SmileMark } from '@smile/ui';
import { LIGHT_UNREADABLE, SCANS_BEFORE_OTHER_WAY } from '../flow.ts';
import { useKiosk } from '../kiosk-context.tsx';
import { Shell, useCountdown } from '../shell.tsx';

export function CheckoutScreen() {
  const { t } = useKiosk();
  return (
    <Shell>
      <div className="nothing" aria-busy="true">
        <span className="cooking">
          <SmileMark size="9rem" />
        </span>
        <h2>{t('checkout.title')}</h2>
      </div>
    </Shell>
  );
}

/** Failures after which trying again at once is of no use. */
const CAMERA_OUT = new Set(['camera_unavailable', 'test_camera_refused']);

export function ScanFailedScreen() {
  const { state, dispatch, actions, t, failure, failureTitle } = useKiosk();
  const { notice, failedScans } = state;
  const code = notice?.code ?? 'other';
  const secondsLeft = useCountdown(notice?.retryAfterMs ?? null, notice);
  const cameraOut = CAMERA_OUT.has(code);
  const otherFirst = failedScans >= SCANS_BEFORE_OTHER_WAY || cameraOut;
  const again = (
    <Button
      kind={otherFirst ? 'second' : 'primary'}
      size={otherFirst ? 'normal' : 'large'}
      icon="again"
      wide
      disabled={secondsLeft > 0}
      onPress={() => dispatch({ type: 'scan_again' })}
      testId="scan-again"
    >
      {t('scan.again')}
    </Button>
  );
  const other = (
    <Button
      kind={otherFirst ? 'primary' : 'second'}
      size={otherFirst ? 'large' : 'normal'}
      icon="phone"
      wide
      onPress={() => dispatch({ type: 'other_way' })}
      testId="other-way"
    >
      {t(otherFirst ? 'scan.otherFirst' : 'scan.other')}
    </Button>
  );
  return (
    <Shell
      onBack={() => actions.leavePayment()}
      action={
        <div className="pay-actions">
          {otherFirst ? other : again}
          {otherFirst ? !cameraOut && again : other}
          {code === LIGHT_UNREADABLE && (
            <Button
              kind="quiet"
              icon="again"
              wide
              onPress={() => dispatch({ type: 'scan_again', withoutLight: true })}
              testId="scan-without-light"
            >
              {t('scan.withoutLight')}
            </Button>
          )}
          <Button kind="quiet" icon="wallet" wide onPress={() => actions.join('basket')} testId="join">
            {t('basket.join')}
          </Button>
        </div>
      }
    >
      <div className="trouble" data-testid="message" data-code={code}>
        <span className="trouble-icon">
          <Icon name={cameraOut ? 'camera_off' : 'sorry'} size="7rem" />
        </span>
        <h1>{failureTitle(code)}</h1>
        <p>{failure(code)}</p>
        {secondsLeft > 0 && <p className="countdown">{t('wait.seconds', { seconds: secondsLeft })}</p>}
        <p className="calm">{t('scan.nothingCharged')}</p>
        {failedScans >= SCANS_BEFORE_OTHER_WAY && <p className="soft">{t('scan.afterThree')}</p>}
      </div>
    </Shell>
  );
}

/** The payment is over without having been made. */
export function ProblemScreen() {
  const { state, actions, t, failure, failureTitle } = useKiosk();
  const code = state.notice?.code ?? 'other';
  const unknown = code === 'payment_unknown' || code === 'order_already_paid';
  const number = state.attempt?.order?.number;
  return (
    <Shell
      action={
        !unknown && (
          <Button kind="primary" size="large" wide onPress={() => actions.leavePayment()} testId="problem-back">
            {t('problem.back')}
          </Button>
        )
      }
    >
      <div className="trouble" data-testid="message" data-code={code}>
        <span className="trouble-icon">
          <Icon name="clock" size="7rem" />
        </span>
        <h1>{failureTitle(code)}</h1>
        <p>{failure(code)}</p>
        {!unknown && <p className="calm">{t('scan.nothingCharged')}</p>}
        {unknown && number && <p className="big-number">{number}</p>}
      </div>
    </Shell>
  );
}
