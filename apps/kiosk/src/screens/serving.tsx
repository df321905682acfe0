import { useKiosk } from '../kiosk-context.tsx';
import { Shell } from '../shell.tsx';

const Tray = () => (
  <svg viewBox="0 0 200 150" aria-hidden="true">
    <rect x="14" y="112" width="172" height="18" rx="9" fill="#2f6b5c" />
    <rect x="14" y="112" width="172" height="8" rx="4" fill="#3f8472" />
    <ellipse cx="86" cy="108" rx="62" ry="9" fill="#fffdf7" />
    <path d="M42 100c0-32 20-46 44-46s44 14 44 46Z" fill="#e2a04b" />
    <rect x="40" y="92" width="92" height="10" rx="5" fill="#75432b" />
    <path d="M38 92c8-8 16 2 24-3s16 4 24-1 16 4 24 0 18-2 24 4Z" fill="#76b54c" />
    <path d="M146 52h30l-5 58h-20Z" fill="#d3472c" />
    <path d="M160 52l5-30 12-4" stroke="#1e3a34" strokeWidth="5" fill="none" strokeLinecap="round" />
  </svg>
);

const Bag = () => (
  <svg viewBox="0 0 200 150" aria-hidden="true">
    <path d="M52 40h96l12 98H40Z" fill="#d9ae72" />
    <path d="M52 40h96l3 22H49Z" fill="#c39355" />
    <path d="M52 40l12-14 12 14 12-14 12 14 12-14 12 14 12-14 12 14Z" fill="#d9ae72" />
    <circle cx="100" cy="96" r="22" fill="#f5b83d" />
    <path d="M88 98c5 11 19 11 24 0" stroke="#d3472c" strokeWidth="5" fill="none" strokeLinecap="round" />
    <path d="M92 88v2M108 88v2" stroke="#1e3a34" strokeWidth="5" strokeLinecap="round" />
  </svg>
);

export function ServingScreen() {
  const { dispatch, t } = useKiosk();
  const choice = (serving: 'here' | 'to_go') => () => dispatch({ type: 'serving_chosen', serving });
  return (
    <Shell title={t('serving.title')} onBack={() => dispatch({ type: 'back' })}>
      <div className="servings">
        <button type="button" className="serving" onClick={choice('here')} data-testid="serve-here">
          <Tray />
          <strong>{t('serving.here')}</strong>
          <small>{t('serving.hereHint')}</small>
        </button>
        <button type="button" className="serving" onClick={choice('to_go')} data-testid="serve-to-go">
          <Bag />
          <strong>{t('serving.toGo')}</strong>
          <small>{t('serving.toGoHint')}</small>
        </button>
      </div>
    </Shell>
  );
}
