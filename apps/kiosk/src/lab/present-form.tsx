import type { LabPresentation, LabReport } from '@smile/contract';
import { Button } from '@smile/ui';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Series } from './attempt-series.tsx';
import { Badge } from './badge.tsx';
import { type Chosen, percent, useDesk } from './lab-context.tsx';

const HOW_MANY = [1, 2, 5, 10, 25] as const;

/** What is going to be shown to the camera: instructions, and what has to be noted for the report. */
export function PresentForm(props: {
  readonly chosen: Chosen;
  readonly report: LabReport;
  readonly onStart: (series: Series) => void;
}) {
  const { chosen, report } = props;
  const { state, lab, t, language } = useDesk();
  const [label, setLabel] = useState('P1');
  const [made, setMade] = useState('A');
  const [piece, setPiece] = useState('1');
  const [material, setMaterial] = useState('');
  const [notes, setNotes] = useState('');
  const [light, setLight] = useState(true);
  const [count, setCount] = useState<number>(5);
  const [personId, setPersonId] = useState<string | null>(null);
  const { data: stage } = useQuery({ queryKey: ['stage'], queryFn: () => lab.stage(), enabled: state.simulated });
  const species = state.species.find(({ kind }) => kind === chosen);
  const words = species?.words[language] ?? {
    name: t('desk.genuine'),
    make: t('desk.genuineMake'),
    present: t('desk.genuinePresent'),
  };
  const rates = chosen === 'person' ? report.bonaFide : report.species.find(({ kind }) => kind === chosen);
  const rate = rates && ('apcer' in rates ? rates.apcer : rates.bpcer);
  const people = stage?.people.filter(({ subject }) => subject.kind !== 'empty') ?? [];
  const onStage = people.find(({ id }) => id === personId) ?? people[0];
  const presentation: LabPresentation =
    chosen === 'person'
      ? { what: 'bona_fide', subject: label.trim(), notes }
      : { what: 'attack', kind: chosen, series: made.trim(), instrument: piece.trim(), material, notes };
  const complete = chosen === 'person' ? label.trim() !== '' : made.trim() !== '' && piece.trim() !== '';
  const start = () =>
    props.onStart({
      presentation,
      light,
      count,
      stage:
        state.simulated && stage && onStage
          ? {
              ...stage.setting,
              subject: onStage.subject,
              presentation: chosen,
              instrument: pieceNumber(piece),
              smiling: true,
              bystander: false,
            }
          : null,
    });
  return (
    <section className="lab-card lab-present">
      <figure>
        <img src={`/lab/pictures/${chosen}`} alt="" width="256" height="256" />
        <figcaption>{t('desk.drawn')}</figcaption>
      </figure>
      <div className="lab-how">
        <h2 data-testid="chosen">{words.name}</h2>
        {species && !species.inScope && <Badge tone="warn">{t('desk.beyond')}</Badge>}
        <dl>
          <dt>{t('desk.make')}</dt>
          <dd>{words.make}</dd>
          <dt>{t('desk.present')}</dt>
          <dd>{words.present}</dd>
        </dl>
        {rates && rates.attempts > 0 && rate && (
          <p className="lab-so-far">
            <strong>{t('desk.tried', { accepted: rates.accepted, attempts: rates.attempts })}</strong>
            {chosen !== 'person' && (
              <>
                {' · '}
                {t('desk.bound', { rate: percent(rate.high95) })}
                {rates.neededForOnePercent > rates.attempts && (
                  <small>{t('desk.toSay', { count: rates.neededForOnePercent - rates.attempts })}</small>
                )}
              </>
            )}
          </p>
        )}
      </div>
      <div className="lab-note">
        {chosen === 'person' ? (
          <Field label={t('desk.subject')} value={label} onChange={setLabel} max={40} testId="subject" />
        ) : (
          <>
            <Field label={t('desk.series')} value={made} onChange={setMade} max={60} testId="series" />
            <Field label={t('desk.instrument')} value={piece} onChange={setPiece} max={60} testId="piece" />
            <Field
              label={t('desk.material')}
              value={material}
              onChange={setMaterial}
              max={120}
              hint={t('desk.materialHint')}
            />
          </>
        )}
        <Field label={t('desk.notes')} value={notes} onChange={setNotes} max={300} />
        {state.simulated && onStage && (
          <label className="lab-field" title={t('desk.stageHint')}>
            <span>{t('desk.stage')}</span>
            <select value={onStage.id} onChange={(event) => setPersonId(event.target.value)} data-testid="on-stage">
              {people.map(({ id, label: name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {state.simulated && <p className="lab-soft lab-wide">{t('desk.stageHint')}</p>}
      <div className="lab-go">
        <fieldset className="lab-many">
          <legend>{t('desk.howMany')}</legend>
          <div>
            {HOW_MANY.map((many) => (
              <button
                key={many}
                type="button"
                aria-pressed={many === count}
                onClick={() => setCount(many)}
                data-testid={`attempts-${many}`}
              >
                {many}
              </button>
            ))}
          </div>
        </fieldset>
        {state.judge?.lightChallenge && (
          <label className="lab-check">
            <input type="checkbox" checked={light} onChange={(event) => setLight(event.target.checked)} />
            <span>{t('desk.light')}</span>
          </label>
        )}
        <Button kind="primary" disabled={!complete || state.camera.model === null} onPress={start} testId="start">
          {t('desk.start')}
        </Button>
      </div>
    </section>
  );
}

function Field(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly max: number;
  readonly hint?: string;
  readonly testId?: string;
}) {
  return (
    <label className="lab-field">
      <span>{props.label}</span>
      <input
        value={props.value}
        maxLength={props.max}
        placeholder={props.hint}
        onChange={(event) => props.onChange(event.target.value)}
        data-testid={props.testId}
      />
    </label>
  );
}

/** The simulator knows pieces by number: the one in the label, else the first. */
export function pieceNumber(label: string): number {
  const number = Number(/\d{1,4}/.exec(label)?.[0] ?? 1);
  return Math.max(1, number);
}
