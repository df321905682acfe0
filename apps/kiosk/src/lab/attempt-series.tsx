import {
  ApiError,
  type LabAttempt,
  type LabPresentation,
  type LabSessionState,
  type StageSetting,
} from '@smile/contract';
import { Button } from '@smile/ui';
import { useEffect, useRef, useState } from 'react';
import { createPlainPreview } from '../preview.ts';
import { useScan } from '../use-scan.ts';
import { useDesk, usePresentationName } from './lab-context.tsx';
import { Verdict } from './verdict.tsx';
import { failureWord } from './words.ts';

export type Series = {
  readonly presentation: LabPresentation;
  readonly light: boolean;
  readonly count: number;
  /** What the simulator is to show; null with a real camera. */
  readonly stage: StageSetting | null;
};

type Phase =
  | { readonly name: 'preparing' }
  | { readonly name: 'countdown'; readonly left: number }
  | { readonly name: 'scanning' }
  | { readonly name: 'verdict'; readonly attempt: LabAttempt }
  | { readonly name: 'failed'; readonly code: string };

const COUNTDOWN_FROM = 3;
const BEAT_MS = 800;
/** How long an answer is shown before the next attempt begins by itself. */
const READ_MS = 4_000;

/** One attempt after the other, each with a countdown, the picture and the judge's answer. Covers the whole screen. */
export function AttemptSeries(props: {
  readonly sessionId: string;
  readonly series: Series;
  /** The number of the last attempt there was before. */
  readonly known: number;
  readonly refresh: () => Promise<LabSessionState>;
  readonly onEnd: () => void;
}) {
  const { sessionId, series, refresh, onEnd } = props;
  const { lab, t } = useDesk();
  const nameOf = usePresentationName();
  const [phase, setPhase] = useState<Phase>({ name: 'preparing' });
  const [step, setStep] = useState(1);
  const [goesOn, setGoesOn] = useState(true);
  const lastNumber = useRef(props.known);
  const isLast = step >= series.count;

  useEffect(() => {
    let left = false;
    const ready = () => !left && setPhase({ name: 'countdown', left: COUNTDOWN_FROM });
    const stageSet = series.stage ? lab.setStage(series.stage) : Promise.resolve();
    stageSet.then(ready, (error: unknown) => {
      if (!left) setPhase({ name: 'failed', code: error instanceof ApiError ? error.code : 'other' });
    });
    return () => {
      left = true;
    };
  }, [lab, series]);

  useEffect(() => {
    if (phase.name !== 'countdown') return;
    const { left } = phase;
    const timer = setTimeout(
      () => setPhase(left > 1 ? { name: 'countdown', left: left - 1 } : { name: 'scanning' }),
      BEAT_MS,
    );
    return () => clearTimeout(timer);
  }, [phase]);

  const next = () => {
    setStep((done) => done + 1);
    setGoesOn(true);
    setPhase({ name: 'countdown', left: COUNTDOWN_FROM });
  };
  const again = () => {
    setGoesOn(true);
    setPhase({ name: 'countdown', left: COUNTDOWN_FROM });
  };
  useEffect(() => {
    if (phase.name !== 'verdict' || isLast || !goesOn) return;
    const timer = setTimeout(next, READ_MS);
    return () => clearTimeout(timer);
  });

  /** What the terminal has written down is the answer; what has left no trace did not begin. */
  const answered = async (code: string | null) => {
    try {
      const { session } = await refresh();
      const attempt = session.attempts.at(-1);
      if (attempt && attempt.number > lastNumber.current) {
        lastNumber.current = attempt.number;
        return setPhase({ name: 'verdict', attempt });
      }
      setPhase({ name: 'failed', code: code ?? 'other' });
    } catch (error) {
      setPhase({ name: 'failed', code: error instanceof ApiError ? error.code : 'other' });
    }
  };

  return (
    <div className="lab-run" data-testid="run" data-phase={phase.name}>
      <header>
        <div>
          <h2>{nameOf(series.presentation)}</h2>
          <p className="lab-soft">{t('run.step', { step, total: series.count })}</p>
        </div>
        <Button onPress={onEnd} testId="stop">
          {t(phase.name === 'verdict' && isLast ? 'run.finish' : 'run.stop')}
        </Button>
      </header>
      {phase.name === 'preparing' && <p className="lab-run-word">{t('run.preparing')}</p>}
      {phase.name === 'countdown' && <LivePicture left={phase.left} />}
      {phase.name === 'scanning' && (
        <Scan sessionId={sessionId} series={series} attempt={lastNumber.current + step} onAnswer={answered} />
      )}
      {phase.name === 'failed' && (
        <div className="lab-run-word" role="alert">
          <p>{t(failureWord(phase.code))}</p>
          <p className="lab-soft">{phase.code}</p>
          <Button onPress={again} testId="again">
            {t('run.again')}
          </Button>
        </div>
      )}
      {phase.name === 'verdict' && (
        <Verdict
          key={phase.attempt.number}
          attempt={phase.attempt}
          onOpenVoid={() => setGoesOn(false)}
          onVoid={async (reason) => {
            await lab.voidAttempt(sessionId, phase.attempt.number, reason);
            await refresh();
          }}
        >
          {isLast ? (
            <Button kind="primary" onPress={onEnd} testId="series-done">
              {t('run.finish')}
            </Button>
          ) : (
            <>
              {goesOn && (
                <Button onPress={() => setGoesOn(false)} testId="wait">
                  {t('run.wait')}
                </Button>
              )}
              <Button kind="primary" onPress={next} testId="next">
                {t('run.next')}
              </Button>
            </>
          )}
        </Verdict>
      )}
    </div>
  );
}

function Scan(props: {
  readonly sessionId: string;
  readonly series: Series;
  readonly attempt: number;
  readonly onAnswer: (code: string | null) => Promise<void>;
}) {
  const { terminal, t } = useDesk();
  const { presentation, light } = props.series;
  const { sessionId, attempt } = props;
  const scan = useScan(
    terminal,
    { purpose: 'lab', sessionId, presentation, light, attempt },
    {
      onLive: () => void props.onAnswer(null),
      onRefused: ({ code }) => void props.onAnswer(code),
    },
  );
  return (
    <>
      <div ref={scan.lightField} className="lab-light" aria-hidden="true" data-testid="light" />
      <div className="lab-picture">
        <canvas ref={scan.canvas} role="img" aria-label={t('run.preview')} />
        <p className="lab-picture-word" role="status" data-hint={scan.hint ?? ''}>
          {t('run.looking')}
        </p>
        <progress max={1} value={scan.progress} aria-label={t('run.looking')} />
      </div>
    </>
  );
}

/** The camera's picture before an attempt, with what is left of the countdown upon it. */
function LivePicture({ left }: { readonly left: number }) {
  const { t } = useDesk();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const url = new URL('/lab/preview', window.location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    socket.binaryType = 'blob';
    const preview = createPlainPreview();
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof Blob) void preview.draw(canvas.current, data, null);
    };
    return () => {
      socket.onmessage = null;
      socket.close();
    };
  }, []);
  return (
    <div className="lab-picture">
      <canvas ref={canvas} role="img" aria-label={t('run.preview')} />
      <p className="lab-countdown" aria-hidden="true">
        {left}
      </p>
      <p className="lab-picture-word" role="status">
        {t('run.ready')}
      </p>
    </div>
  );
}
