import { Button, Icon, LanguageSwitch, SmileMark } from '@smile/ui';
import { type ReactNode, useEffect, useState } from 'react';
import { useKiosk } from './kiosk-context.tsx';

export type ShellProps = {
  readonly title?: ReactNode;
  readonly subtitle?: ReactNode;
  readonly children: ReactNode;
  /** The main action, at the bottom within reach. */
  readonly action?: ReactNode;
  readonly onBack?: () => void;
  readonly className?: string;
  /** Nothing to press while a payment's answer is awaited. */
  readonly bare?: boolean;
};

/** Heading above, content in the middle, everything to press within reach of a hand below. */
export function Shell({ title, subtitle, children, action, onBack, className = '', bare = false }: ShellProps) {
  const { state, dispatch, device, shop, t, askStartOver } = useKiosk();
  return (
    <div
      className={`screen screen-${state.screen.name} ${className}`}
      data-testid="screen"
      data-screen={state.screen.name}
    >
      <header className="top">
        <span className="top-brand">
          <SmileMark size="2.6rem" />
          <span className="top-name">{shop.merchantName}</span>
          <span className="top-shop">{shop.name}</span>
        </span>
        {device.simulated && (
          <a className="demo-badge" href="/stage" target="_blank" rel="noreferrer" data-testid="demo-camera">
            {t('brand.camera')}
          </a>
        )}
      </header>
      {title && (
        <div className="heading">
          <h1>{title}</h1>
          {subtitle && <p>{subtitle}</p>}
        </div>
      )}
      <main className="content">{children}</main>
      {!bare && (
        <footer className="bar">
          {action && <div className="bar-action">{action}</div>}
          <div className="bar-tools">
            {onBack ? (
              <Button kind="quiet" icon="back" onPress={onBack} testId="back">
                {t('bar.back')}
              </Button>
            ) : (
              <span />
            )}
            <LanguageSwitch
              value={state.language}
              label={t('bar.language')}
              onChange={(language) => dispatch({ type: 'language_chosen', language })}
            />
            <Button kind="quiet" icon="again" onPress={askStartOver} testId="start-over">
              {t('bar.startOver')}
            </Button>
          </div>
        </footer>
      )}
    </div>
  );
}

/** What went wrong, in words; a waiting time counts down. */
export function Message() {
  const { state, t } = useKiosk();
  const { notice } = state;
  const secondsLeft = useCountdown(notice?.retryAfterMs ?? null, notice);
  if (!notice) return null;
  return <Trouble code={notice.code}>{secondsLeft > 0 && t('wait.seconds', { seconds: secondsLeft })}</Trouble>;
}

/** The words of one failure, in a box that is read aloud. */
export function Trouble({ code, children }: { readonly code: string; readonly children?: ReactNode }) {
  const { failure } = useKiosk();
  return (
    <div className="message" role="alert" data-testid="message" data-code={code}>
      <Icon name="sorry" size="2rem" />
      <p>
        {failure(code)} {children && <strong>{children}</strong>}
      </p>
    </div>
  );
}

/** Seconds left of a time that began when `since` became what it is. */
export function useCountdown(durationMs: number | null, since: unknown): number {
  const [secondsLeft, setSecondsLeft] = useState(durationMs === null ? 0 : Math.ceil(durationMs / 1000));
  useEffect(() => {
    if (durationMs === null) return setSecondsLeft(0);
    const endMs = performance.now() + durationMs;
    const update = () => setSecondsLeft(Math.max(0, Math.ceil((endMs - performance.now()) / 1000)));
    update();
    const timer = setInterval(update, 250);
    return () => clearInterval(timer);
  }, [durationMs, since]);
  return secondsLeft;
}
