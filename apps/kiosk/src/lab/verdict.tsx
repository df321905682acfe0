import type { LabAttempt, LabPresentation, ScanFindings, ScanOutcome } from '@smile/contract';
import { Button } from '@smile/ui';
import { type ReactNode, useState } from 'react';
import { useDesk } from './lab-context.tsx';
import { type LabWord, words } from './words.ts';

/** Evidence is clipped to so many nats in either direction. */
const MOST_NATS = 6;

/** Whether the judge was right; null where it did not decide. A twin, or make-up, is right to be taken for living. */
export function isRight(presentation: LabPresentation, outcome: ScanOutcome): boolean | null {
  if (outcome !== 'live' && outcome !== 'attack') return null;
  const lives = presentation.what === 'bona_fide' || presentation.kind === 'twin';
  return lives === (outcome === 'live');
}

/** What the judge said to one attempt, and why. */
export function Verdict(props: {
  readonly attempt: LabAttempt;
  readonly onOpenVoid: () => void;
  readonly onVoid: (reason: string) => Promise<void>;
  readonly children: ReactNode;
}) {
  const { attempt } = props;
  const { t, reason } = useDesk();
  const [voiding, setVoiding] = useState<'no' | 'asking' | 'done'>('no');
  const right = isRight(attempt.presentation, attempt.outcome);
  const tone = right === null ? 'open' : right ? 'right' : 'wrong';
  const { findings, decisionMs } = attempt;
  const light = findings && wordOf('light', findings.light);
  const lock = findings?.colourLock ? wordOf('lock', findings.colourLock) : null;
  const reasons =
    findings?.reasons ?? attempt.reasons.map((one) => ({ ...one, value: null, unit: null, threshold: null }));
  return (
    <section className={`lab-verdict lab-verdict-${tone}`} data-testid="verdict" data-outcome={attempt.outcome}>
      <div className="lab-verdict-words" role="status">
        <p className="lab-soft">{t(`outcome.${tone}`)}</p>
        <h3>{t(`outcome.${attempt.outcome}`)}</h3>
        <ul>
          {reasons.map(({ code, message, value, unit, threshold }) => (
            <li key={code}>
              {reason(code, message)}
              {value !== null && threshold !== null && (
                <small>{t('run.limit', { value: short(value), unit: unit ?? '', threshold: short(threshold) })}</small>
              )}
            </li>
          ))}
          {attempt.errorCode && <li>{attempt.errorCode}</li>}
        </ul>
        {findings && decisionMs !== null && (
          <p className="lab-soft">
            {t('run.took', {
              seconds: (decisionMs / 1_000).toFixed(1),
              used: findings.framesUsed,
              received: findings.framesReceived,
            })}
            {light && (
              <>
                <br />
                {t(light)} {lock && t(lock)}
              </>
            )}
          </p>
        )}
      </div>
      {findings && <Evidence findings={findings} />}
      <div className="lab-verdict-actions">
        {voiding === 'no' && (
          <Button
            kind="quiet"
            onPress={() => {
              setVoiding('asking');
              props.onOpenVoid();
            }}
            testId="void"
          >
            {t('run.void')}
          </Button>
        )}
        {voiding === 'done' && <p className="lab-soft">{t('run.voided')}</p>}
        {voiding !== 'asking' && props.children}
      </div>
      {voiding === 'asking' && (
        <div className="lab-void">
          <h3>{t('run.voidTitle')}</h3>
          <p className="lab-soft">{t('run.voidHint')}</p>
          {(['run.voidWrong', 'run.voidHeld', 'run.voidOther'] as const).map((word) => (
            <Button
              key={word}
              wide
              // Written down in English, like everything in the files.
              onPress={() => void props.onVoid(words[word].en).then(() => setVoiding('done'))}
              testId={word}
            >
              {t(word)}
            </Button>
          ))}
          <Button kind="quiet" wide onPress={() => setVoiding('no')}>
            {t('run.cancel')}
          </Button>
        </div>
      )}
    </section>
  );
}

function Evidence({ findings }: { readonly findings: ScanFindings }) {
  const { t } = useDesk();
  const cueName = (name: string) => {
    const word = wordOf('cue', name);
    return word ? t(word) : name;
  };
  const cues = Object.entries(findings.evidence);
  const measured = Object.entries(findings.measured);
  return (
    <div className="lab-evidence">
      {cues.length > 0 && (
        <>
          <h3>{t('run.evidence')}</h3>
          <div className="lab-scale" aria-hidden="true">
            <span>{t('run.forAttack')}</span>
            <span>{t('run.forLife')}</span>
          </div>
          <dl className="lab-bars">
            {cues.map(([name, nats]) => (
              <div key={name}>
                <dt>{cueName(name)}</dt>
                <dd>
                  <span className="lab-bar">
                    <i
                      className={nats < 0 ? 'lab-bar-attack' : 'lab-bar-life'}
                      style={{ width: `${(50 * Math.min(MOST_NATS, Math.abs(nats))) / MOST_NATS}%` }}
                    />
                  </span>
                  <b>{nats.toFixed(1)}</b>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {measured.length > 0 && (
        <details>
          <summary>{t('run.measured')}</summary>
          <dl className="lab-measured">
            {measured.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{short(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}

/** The words for a name that the server gives; null for one that this page does not know. */
function wordOf<P extends 'cue' | 'light' | 'lock'>(part: P, name: string): Extract<LabWord, `${P}.${string}`> | null {
  const key = `${part}.${name}`;
  return Object.hasOwn(words, key) ? (key as Extract<LabWord, `${P}.${string}`>) : null;
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3).replace(/\.?0+$/, '');
}
