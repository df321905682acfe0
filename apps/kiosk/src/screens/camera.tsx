import type { ScanHint } from '@smile/contract';
import { Button, Icon, type IconName } from '@smile/ui';
import { useRef, useState } from 'react';
import { GuideHead } from '../drawings/guide-head.tsx';
import { useKiosk } from '../kiosk-context.tsx';
import { Shell } from '../shell.tsx';
import { type ScanView, useScan } from '../use-scan.ts';

const HINT_ICONS: Readonly<Record<ScanHint, IconName>> = {
  look_here: 'look',
  come_closer: 'closer',
  move_back: 'further',
  one_person_please: 'one_person',
  centre_your_face: 'centre',
  hold_still: 'still',
  more_light: 'light',
  less_light: 'light',
  even_light: 'light',
  uncover_your_face: 'look',
  open_your_eyes: 'look',
  turn_left: 'back',
  turn_right: 'forward',
  good: 'smile',
};
/** An oval that begins at its top, where the ring begins to fill. */
const RING = 'M150 6A144 194 0 1 1 149.9 6Z';
/** The finished ring is seen before the next screen comes. */
const AFTERGLOW_MS = 450;

export function PaymentScanScreen() {
  const { state, dispatch, actions, terminal, t } = useKiosk();
  const paymentId = state.attempt?.payment?.id ?? null;
  // For this scan only: the next guest is asked anew.
  const [light, setLight] = useState(!(state.screen.name === 'camera' && state.screen.withoutLight));
  const scan = useScan(terminal, paymentId ? { purpose: 'payment', paymentId, light } : null, {
    onLive: (scanId) => setTimeout(() => dispatch({ type: 'scan_live', scanId }), AFTERGLOW_MS),
    onRefused: (notice) => dispatch({ type: 'scan_refused', ...notice }),
  });
  return (
    <Shell
      title={t('camera.title')}
      className="mirror-screen"
      onBack={() => actions.leavePayment()}
      action={
        <Button icon="phone" wide onPress={() => dispatch({ type: 'other_way' })} testId="other-way">
          {t('scan.other')}
        </Button>
      }
    >
      <div ref={scan.lightField} className="light-field" aria-hidden="true" data-testid="light" />
      <Mirror scan={scan} turning={false} />
      <p className="privacy">
        <Icon name="shield" /> {t('camera.privacy')}
      </p>
      {scan.lit && (
        <Button kind="quiet" onPress={() => setLight(false)} testId="without-light">
          {t('camera.withoutLight')}
        </Button>
      )}
    </Shell>
  );
}

export function EnrolmentScreen() {
  const { state, dispatch, actions, terminal, t } = useKiosk();
  const token = useRef(state.join?.session?.token ?? null).current;
  const scan = useScan(terminal, token ? { purpose: 'enrolment', personToken: token } : null, {
    onLive: () => void actions.faceTaken(),
    onRefused: (notice) => dispatch({ type: 'face_refused', ...notice }),
  });
  return (
    <Shell title={t('join.face')} className="mirror-screen" onBack={() => dispatch({ type: 'back' })}>
      <Mirror scan={scan} turning />
      <p className="privacy">
        <Icon name="shield" /> {t('join.facePrivacy')}
      </p>
    </Shell>
  );
}

/** An oval to look into, a ring that fills, and one thing at a time to do. */
function Mirror({ scan, turning }: { readonly scan: ScanView; readonly turning: boolean }) {
  const { t } = useKiosk();
  const { hint, progress } = scan;
  const turns = turning && (hint === 'turn_left' || hint === 'turn_right');
  return (
    <div
      className={turning ? 'mirror mirror-turning' : 'mirror'}
      data-testid="mirror"
      data-hint={hint ?? ''}
      data-progress={progress.toFixed(2)}
      data-picture={scan.hasPicture ? 'yes' : 'no'}
    >
      <div className={`mirror-oval ${hint === 'good' ? 'mirror-good' : ''}`}>
        <canvas
          ref={scan.canvas}
          role="img"
          aria-label={t('camera.preview')}
          className={scan.hasPicture ? 'seen' : ''}
        />
        {!scan.hasPicture && (
          <div className="mirror-wait">
            <span className="waiting-dots" aria-hidden="true">
              <i />
              <i />
              <i />
            </span>
          </div>
        )}
        <svg className="mirror-ring" viewBox="0 0 300 400" aria-hidden="true">
          <path d={RING} className="ring-track" pathLength="100" />
          <path
            d={RING}
            className="ring-fill"
            pathLength="100"
            style={{ strokeDashoffset: 100 - Math.round(progress * 100) }}
          />
        </svg>
      </div>
      <div
        className={`mirror-hint ${turns ? 'mirror-hint-turn' : ''}`}
        role="status"
        data-testid="hint"
        data-hint={hint ?? ''}
      >
        {turns && hint ? <GuideHead hint={hint} /> : <Icon name={hint ? HINT_ICONS[hint] : 'clock'} size="2.6rem" />}
        <span>{hint ? t(`hint.${hint}`) : t('camera.starting')}</span>
      </div>
    </div>
  );
}
