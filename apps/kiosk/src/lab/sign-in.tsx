import { ApiError, type LabState } from '@smile/contract';
import { Button, SmileMark } from '@smile/ui';
import { type FormEvent, useState } from 'react';
import { useDesk } from './lab-context.tsx';
import { failureWord } from './words.ts';

export function SignIn({ onOpen }: { readonly onOpen: (state: LabState) => void }) {
  const { lab, t } = useDesk();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const open = async () => {
    if (token === '' || busy) return;
    setBusy(true);
    setFailure(null);
    try {
      onOpen(await lab.signIn(token));
    } catch (error) {
      const code = error instanceof ApiError ? error.code : 'other';
      setFailure(code === 'network_error' ? t('in.gone') : t(failureWord(code)));
      setBusy(false);
    }
  };
  return (
    <main className="lab-door">
      <div className="lab-door-words">
        <SmileMark />
        <h1>{t('in.title')}</h1>
        <p>{t('in.intro')}</p>
      </div>
      <form
        className="lab-card lab-door-card"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void open();
        }}
      >
        <label className="lab-field">
          <span>{t('in.token')}</span>
          <input
            type="password"
            autoComplete="off"
            value={token}
            onChange={(event) => setToken(event.target.value)}
            data-testid="lab-token"
          />
        </label>
        {failure && (
          <p className="lab-failure" role="alert" data-testid="lab-failure">
            {failure}
          </p>
        )}
        <Button
          kind="primary"
          wide
          busy={busy}
          disabled={token === ''}
          onPress={() => void open()}
          testId="lab-sign-in"
        >
          {t('in.open')}
        </Button>
      </form>
    </main>
  );
}
