import type { LabState, Language } from '@smile/contract';
import { LanguageSwitch, SmileMark, translator } from '@smile/ui';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Terminal } from '../api.ts';
import type { LabApi } from './api.ts';
import { DeskProvider } from './lab-context.tsx';
import { SessionDesk } from './session-desk.tsx';
import { Sessions } from './sessions.tsx';
import { SignIn } from './sign-in.tsx';
import { words } from './words.ts';

const STATE_EVERY_MS = 5_000;
const SESSION_IN_ADDRESS = /^#(lab_[0-9a-z_]{8,40})$/;

function sessionInAddress(): string | null {
  return SESSION_IN_ADDRESS.exec(window.location.hash)?.[1] ?? null;
}

/** The page of the attack lab: sign in, choose a session, try things, read the report. */
export function LabApp({ terminal, lab }: { readonly terminal: Terminal; readonly lab: LabApi }) {
  const client = useQueryClient();
  const [language, setLanguage] = useState<Language>(navigator.language.startsWith('zh') ? 'zh' : 'en');
  const [sessionId, setSessionId] = useState(sessionInAddress);
  const { data: state } = useQuery({
    queryKey: ['lab'],
    queryFn: () => lab.state(),
    refetchInterval: STATE_EVERY_MS,
  });
  const t = translator(words, language);
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `${t('lab.name')} · Smile to Pay`;
  }, [language, t]);
  useEffect(() => {
    const follow = () => setSessionId(sessionInAddress());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const know = (known: LabState) => client.setQueryData(['lab'], known);
  const go = (id: string | null) => {
    window.location.hash = id ?? '';
  };
  if (!state) {
    return (
      <main className="lab-empty">
        <SmileMark />
      </main>
    );
  }
  return (
    <DeskProvider value={{ state, lab, terminal, language, setLanguage }}>
      {state.signedIn === null ? (
        <SignIn onOpen={know} />
      ) : sessionId ? (
        <SessionDesk key={sessionId} sessionId={sessionId} onLeave={() => go(null)} />
      ) : (
        <Sessions
          onOpen={go}
          onSignOut={async () => {
            await lab.signOut().catch(() => undefined);
            await client.invalidateQueries({ queryKey: ['lab'] });
          }}
        />
      )}
      {state.signedIn === null && (
        <div className="lab-corner">
          <LanguageSwitch value={language} onChange={setLanguage} label={t('lab.language')} />
        </div>
      )}
    </DeskProvider>
  );
}
