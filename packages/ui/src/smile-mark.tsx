type SmileMarkProps = { readonly size?: string; readonly label?: string };

/**
 * The mark: a plate seen from above that smiles. Its smile is a tick lying down, since a smile is what says "paid".
 */
export function SmileMark({ size = '3rem', label }: SmileMarkProps) {
  return (
    <svg
      className="smile-mark"
      viewBox="0 0 96 96"
      style={{ width: size, height: size }}
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      <circle cx="48" cy="48" r="46" fill="var(--yolk)" />
      <circle cx="48" cy="48" r="38.5" fill="none" stroke="var(--card)" strokeOpacity="0.55" strokeWidth="2.5" />
      <g className="smile-mark-eyes" fill="var(--ink)">
        <ellipse cx="35" cy="38" rx="4.6" ry="6.4" />
        <ellipse cx="61" cy="38" rx="4.6" ry="6.4" />
      </g>
      <path
        d="M24 53 C29 68 42 74 52 71 C63 68 70 60 74 47"
        fill="none"
        stroke="var(--tomato)"
        strokeWidth="7.5"
        strokeLinecap="round"
      />
    </svg>
  );
}

/** Mark and name side by side. */
export function Wordmark({ name }: { readonly name: string }) {
  return (
    <span className="wordmark">
      <SmileMark size="2.4rem" />
      <span>{name}</span>
    </span>
  );
}
