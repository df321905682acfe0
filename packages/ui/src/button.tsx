import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

export type ButtonKind = 'primary' | 'second' | 'quiet' | 'danger';

export type ButtonProps = {
  readonly children: ReactNode;
  readonly onPress: () => void;
  readonly kind?: ButtonKind;
  readonly icon?: IconName;
  readonly size?: 'normal' | 'large';
  readonly wide?: boolean;
  readonly disabled?: boolean;
  /** While an answer is awaited: shows it, and takes no second tap. */
  readonly busy?: boolean;
  readonly testId?: string;
};

export function Button(props: ButtonProps) {
  const { kind = 'second', size = 'normal', busy = false } = props;
  const classes = ['button', `button-${kind}`, size === 'large' ? 'button-large' : '', props.wide ? 'button-wide' : ''];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(' ')}
      onClick={props.onPress}
      disabled={props.disabled || busy}
      aria-busy={busy || undefined}
      data-testid={props.testId}
    >
      {busy ? <span className="dots" aria-hidden="true" /> : props.icon && <Icon name={props.icon} />}
      <span>{props.children}</span>
    </button>
  );
}

export type IconButtonProps = {
  readonly icon: IconName;
  /** Said by screen readers; the drawing alone says it to the eye. */
  readonly label: string;
  readonly onPress: () => void;
  readonly disabled?: boolean;
  readonly testId?: string;
};

export function IconButton({ icon, label, onPress, disabled, testId }: IconButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      onClick={onPress}
      disabled={disabled}
      data-testid={testId}
    >
      <Icon name={icon} />
    </button>
  );
}
