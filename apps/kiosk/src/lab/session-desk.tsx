import { LAB_GROUPS, type LabAttempt, type LabReport } from '@smile/contract';
import { Button, IconButton, LanguageSwitch } from '@smile/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { AttemptSeries, type Series } from './attempt-series.tsx';
import { Badge } from './badge.tsx';
import { type Chosen, useDesk, usePresentationName } from './lab-context.tsx';
import { PresentForm } from './present-form.tsx';
import { isRight } from './verdict.tsx';

/** One session: what can be tried, what came of it, and the report. */
export function SessionDesk({ sessionId, onLeave }: { readonly sessionId: string; readonly onLeave: () => void }) {
  const { lab, t, language, setLanguage } = useDesk();
  const client = useQueryClient();
  const [tab, setTab] = useState<'try' | 'report'>('try');
  const [chosen, setChosen] = useState<Chosen>('person');
  const [series, setSeries] = useState<Series | null>(null);
  const { data, error } = useQuery({ queryKey: ['lab', sessionId], queryFn: () => lab.session(sessionId) });
  useEffect(() => {
    if (error) onLeave();
  }, [error, onLeave]);
  if (!data) return <main className="lab-empty" />;
  const { session, report } = data;
  const refresh = async () => {
    const fresh = await lab.session(sessionId);
    client.setQueryData(['lab', sessionId], fresh);
    return fresh;
  };
  return (
    <div className="lab-page">
      <header className="lab-top">
        <IconButton icon="back" label={t('lab.back')} onPress={onLeave} testId="leave" />
        <div className="lab-top-title">
          <h1>{session.title}</h1>
          <p className="lab-badges">
            {session.simulated && <Badge tone="warn">{t('lab.simulated')}</Badge>}
            <Badge tone={session.judge.lightChallenge ? 'good' : 'warn'}>
              {t(session.judge.lightChallenge ? 'lab.lightOn' : 'lab.lightOff')}
            </Badge>
            <Badge tone={session.consent === null ? 'plain' : 'bad'}>
              {t(session.consent === null ? 'lab.noPictures' : 'lab.pictures')}
            </Badge>
          </p>
        </div>
        <div className="lab-top-actions">
          <div className="lab-tabs" role="tablist">
            {(['try', 'report'] as const).map((name) => (
              <button
                key={name}
                type="button"
                role="tab"
                aria-selected={tab === name}
                onClick={() => setTab(name)}
                data-testid={`tab-${name}`}
              >
                {t(`desk.${name}`)}
              </button>
            ))}
          </div>
          <LanguageSwitch value={language} onChange={setLanguage} label={t('lab.language')} />
        </div>
      </header>
      {tab === 'report' ? (
        <ReportView sessionId={sessionId} attempts={session.attempts.length} keeps={session.consent !== null} />
      ) : (
        <main className="lab-desk">
          <SpeciesList report={report} chosen={chosen} onChoose={setChosen} />
          <div className="lab-desk-main">
            <PresentForm key={chosen} chosen={chosen} report={report} onStart={setSeries} />
            <LastAttempts attempts={session.attempts} />
          </div>
        </main>
      )}
      {series && (
        <AttemptSeries
          sessionId={sessionId}
          series={series}
          known={Math.max(0, ...session.attempts.map(({ number }) => number))}
          refresh={refresh}
          onEnd={() => setSeries(null)}
        />
      )}
    </div>
  );
}

function SpeciesList(props: {
  readonly report: LabReport;
  readonly chosen: Chosen;
  readonly onChoose: (chosen: Chosen) => void;
}) {
  const { state, t, language } = useDesk();
  const { bonaFide } = props.report;
  const tile = (kind: Chosen, name: string, attempts: number, errors: number) => (
    <button
      key={kind}
      type="button"
      className="lab-tile"
      aria-pressed={props.chosen === kind}
      onClick={() => props.onChoose(kind)}
      data-testid={`species-${kind}`}
    >
      <img src={`/lab/pictures/${kind}`} alt="" loading="lazy" width="96" height="96" />
      <span>{name}</span>
      {attempts > 0 && (
        <b className={errors > 0 ? 'lab-count lab-count-bad' : 'lab-count'}>
          {errors > 0 ? `${errors}/${attempts}` : attempts}
        </b>
      )}
    </button>
  );
  return (
    <nav className="lab-species" aria-label={t('desk.try')}>
      <div className="lab-tiles">{tile('person', t('desk.genuine'), bonaFide.attempts, bonaFide.refused)}</div>
      {LAB_GROUPS.map((group) => (
        <section key={group}>
          <h2>{state.groups[group][language]}</h2>
          <div className="lab-tiles">
            {state.species
              .filter((species) => species.group === group)
              .map(({ kind, words }) => {
                const rates = props.report.species.find((one) => one.kind === kind);
                return tile(kind, words[language].name, rates?.attempts ?? 0, rates?.accepted ?? 0);
              })}
          </div>
        </section>
      ))}
    </nav>
  );
}

const SHOWN_ATTEMPTS = 8;

function LastAttempts({ attempts }: { readonly attempts: readonly LabAttempt[] }) {
  const { t, reason } = useDesk();
  const nameOf = usePresentationName();
  if (attempts.length === 0) return null;
  return (
    <section className="lab-last">
      <h2>{t('desk.last')}</h2>
      <ol>
        {attempts
          .slice(-SHOWN_ATTEMPTS)
          .reverse()
          .map(({ number, presentation, outcome, reasons, voided, errorCode }) => {
            const right = isRight(presentation, outcome);
            const tone = voided ? 'void' : right === null ? 'open' : right ? 'good' : 'bad';
            const [first] = reasons;
            return (
              <li key={number} className={`lab-answer lab-answer-${tone}`}>
                <span className="lab-soft">{t('desk.number', { number })}</span>
                <strong>{nameOf(presentation)}</strong>
                <span>{t(`outcome.${outcome}`)}</span>
                <span className="lab-soft">
                  {voided ? voided.reason : first ? reason(first.code, first.message) : (errorCode ?? '')}
                </span>
              </li>
            );
          })}
      </ol>
    </section>
  );
}

/** The report as it is exported, so that what is seen here is what is handed on. */
function ReportView(props: { readonly sessionId: string; readonly attempts: number; readonly keeps: boolean }) {
  const { lab, t, language } = useDesk();
  const [deleted, setDeleted] = useState(false);
  const path = `/lab/api/sessions/${props.sessionId}`;
  const page = `${path}/report.html?language=${language}`;
  return (
    <main className="lab-report">
      <p className="lab-report-actions">
        <a className="lab-link" href={page} target="_blank" rel="noreferrer">
          {t('report.html')}
        </a>
        <a className="lab-link" href={`${path}/report.json`} download data-testid="report-json">
          {t('report.json')}
        </a>
        {props.keeps && !deleted && (
          <Button
            kind="danger"
            onPress={() => void lab.deletePictures(props.sessionId).then(() => setDeleted(true))}
            testId="delete-pictures"
          >
            {t('report.delete')}
          </Button>
        )}
        {deleted && <span role="status">{t('report.deleted')}</span>}
      </p>
      <iframe title={t('desk.report')} src={`${page}&attempts=${props.attempts}`} data-testid="report" />
    </main>
  );
}
