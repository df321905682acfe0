import type { Language } from '@smile/contract';
import { LANGUAGES } from '@smile/contract';
import { SmileMark } from '@smile/ui';
import { wordingIn } from '../kiosk-context.tsx';

/** Shown while the terminal or the server is away; it goes by itself. Both languages, as long as nobody has chosen. */
export function DownScreen({
  reason,
  language,
}: {
  readonly reason: 'terminal' | 'server';
  readonly language?: Language;
}) {
  return (
    <div className="screen screen-down" data-testid="screen" data-screen="down">
      <main className="down" data-testid="message" data-code={reason === 'server' ? 'server_down' : 'terminal_down'}>
        <div className="down-mark">
          <SmileMark size="9rem" />
        </div>
        {(language ? [language] : LANGUAGES).map((spoken) => {
          const { t } = wordingIn(spoken);
          return (
            <section key={spoken} lang={spoken}>
              <h1>{t('down.title')}</h1>
              <p>{t(`down.${reason}`)}</p>
              {reason === 'server' && <p className="soft">{t('down.staff')}</p>}
            </section>
          );
        })}
        <span className="waiting-dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
      </main>
    </div>
  );
}

export function SkeletonScreen() {
  return (
    <div className="screen screen-skeleton" aria-busy="true" data-testid="screen" data-screen="loading">
      <div className="bone bone-title" />
      <div className="bone-grid">
        {['a', 'b', 'c', 'd', 'e', 'f'].map((name) => (
          <div key={name} className="bone bone-card" />
        ))}
      </div>
    </div>
  );
}
