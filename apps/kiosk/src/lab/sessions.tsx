import { ApiError } from '@smile/contract';
import { Button, LanguageSwitch, localeOf } from '@smile/ui';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Badge } from './badge.tsx';
import { useDesk } from './lab-context.tsx';
import { failureWord } from './words.ts';

export function Sessions(props: { readonly onOpen: (id: string) => void; readonly onSignOut: () => Promise<void> }) {
  const { state, t, language, setLanguage } = useDesk();
  const when = new Intl.DateTimeFormat(localeOf(language), { dateStyle: 'medium', timeStyle: 'short' });
  const { model } = state.camera;
  return (
    <div className="lab-page">
      <header className="lab-top">
        <div>
          <h1>{t('lab.name')}</h1>
          <p className="lab-badges">
            {model === null ? (
              <Badge tone="bad">{t('lab.noCamera')}</Badge>
            ) : (
              <Badge>{t('lab.camera', { model })}</Badge>
            )}
            {state.simulated && <Badge tone="warn">{t('lab.simulated')}</Badge>}
            {state.judge && (
              <Badge tone={state.judge.lightChallenge ? 'good' : 'warn'}>
                {t(state.judge.lightChallenge ? 'lab.lightOn' : 'lab.lightOff')}
              </Badge>
            )}
          </p>
        </div>
        <div className="lab-top-actions">
          <LanguageSwitch value={language} onChange={setLanguage} label={t('lab.language')} />
          <Button kind="quiet" onPress={() => void props.onSignOut()} testId="sign-out">
            {t('lab.signOut')}
          </Button>
        </div>
      </header>
      <main className="lab-two">
        <NewSession onOpen={props.onOpen} />
        <section>
          <h2>{t('all.earlier')}</h2>
          {state.sessions.length === 0 && <p className="lab-soft">{t('all.none')}</p>}
          <ul className="lab-list">
            {state.sessions.map((session) => (
              <li key={session.id}>
                <button type="button" className="lab-card lab-row" onClick={() => props.onOpen(session.id)}>
                  <strong>{session.title}</strong>
                  <span className="lab-soft">
                    {when.format(new Date(session.createdAt))} · {t('all.count', { count: session.attempts })}
                  </span>
                  <span className="lab-badges">
                    {session.simulated && <Badge tone="warn">{t('lab.simulated')}</Badge>}
                    {session.keepsPictures && <Badge tone="bad">{t('lab.pictures')}</Badge>}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          <p className="lab-soft lab-folder">{t('all.folder', { folder: state.folder })}</p>
        </section>
      </main>
    </div>
  );
}

function NewSession({ onOpen }: { readonly onOpen: (id: string) => void }) {
  const { state, lab, t, language } = useDesk();
  const client = useQueryClient();
  const [title, setTitle] = useState('');
  const [place, setPlace] = useState('');
  const [keeps, setKeeps] = useState(false);
  const [agreed, setAgreed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const consent = state.consent[language];
  const begin = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const opened = await lab.open({ title, place, consent: keeps && agreed ? consent : null });
      client.setQueryData(['lab', opened.session.id], opened);
      await client.invalidateQueries({ queryKey: ['lab'], exact: true });
      onOpen(opened.session.id);
    } catch (error) {
      setFailure(t(failureWord(error instanceof ApiError ? error.code : 'other')));
      setBusy(false);
    }
  };
  return (
    <section className="lab-card lab-form">
      <h2>{t('all.new')}</h2>
      <p className="lab-soft">{t('all.newHint')}</p>
      <label className="lab-field">
        <span>{t('all.title')}</span>
        <input
          value={title}
          maxLength={120}
          placeholder={t('all.titleHint')}
          onChange={(event) => setTitle(event.target.value)}
          data-testid="new-title"
        />
      </label>
      <label className="lab-field">
        <span>{t('all.place')}</span>
        <input
          value={place}
          maxLength={300}
          placeholder={t('all.placeHint')}
          onChange={(event) => setPlace(event.target.value)}
        />
      </label>
      <label className="lab-check">
        <input
          type="checkbox"
          checked={keeps}
          onChange={(event) => setKeeps(event.target.checked)}
          data-testid="keep"
        />
        <span>
          {t('all.keep')}
          <small>{t('all.keepHint')}</small>
        </span>
      </label>
      {keeps && (
        <div className="lab-consent">
          <p>{consent}</p>
          <label className="lab-check">
            <input type="checkbox" checked={agreed} onChange={(event) => setAgreed(event.target.checked)} />
            <span>{t('all.agree')}</span>
          </label>
        </div>
      )}
      {failure && (
        <p className="lab-failure" role="alert">
          {failure}
        </p>
      )}
      <Button
        kind="primary"
        wide
        busy={busy}
        disabled={title.trim() === '' || (keeps && !agreed)}
        onPress={() => void begin()}
        testId="new-session"
      >
        {t('all.begin')}
      </Button>
    </section>
  );
}
