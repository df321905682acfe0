import type { ScanHint } from '@smile/contract';

/** A head that shows what is asked for: it turns, comes closer, goes back. */
export function GuideHead({ hint }: { readonly hint: ScanHint | 'turns' }) {
  return (
    <svg className={`guide-head guide-${hint}`} viewBox="0 0 120 120" aria-hidden="true">
      <circle cx="60" cy="60" r="58" fill="#fdeec8" />
      <g className="guide-body">
        <path d="M22 118c2-22 16-32 38-32s36 10 38 32Z" fill="#2f7d5b" />
        <rect x="50" y="72" width="20" height="22" rx="9" fill="#e0a878" />
        <ellipse cx="60" cy="52" rx="25" ry="30" fill="#eebb8c" />
        <path d="M34 48c-2-22 12-32 27-32s29 10 25 33c-3-10-8-15-15-17-8 5-24 6-31 3-3 3-5 7-6 13Z" fill="#4b2d22" />
        <g className="guide-face">
          <ellipse cx="51" cy="52" rx="3" ry="4" fill="#1e3a34" />
          <ellipse cx="69" cy="52" rx="3" ry="4" fill="#1e3a34" />
          <path d="M60 54v8" stroke="#cf9061" strokeWidth="3.4" strokeLinecap="round" />
          <path d="M50 68c5 6 15 6 20 0" fill="none" stroke="#b03620" strokeWidth="3.6" strokeLinecap="round" />
        </g>
      </g>
    </svg>
  );
}
