import type { ReactNode } from 'react';

export function Badge({ children, tone = 'plain' }: { children: ReactNode; tone?: 'plain' | 'good' | 'warn' | 'bad' }) {
  return <span className={`lab-badge lab-badge-${tone}`}>{children}</span>;
}
