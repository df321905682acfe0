import { useEffect, useRef } from 'react';
import { Icon } from './icon.tsx';

const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;

export type KeypadProps = {
  readonly onDigit: (digit: string) => void;
  readonly onDelete: () => void;
  /** Enter on a real keyboard. */
  readonly onDone?: () => void;
  /** The key left of the zero: a plus for foreign numbers, or nothing. */
  readonly extraKey?: '+';
  readonly deleteLabel: string;
  readonly disabled?: boolean;
};

/** Big digits for fingers; a keyboard's digits, Backspace and Enter do the same. */
export function Keypad(props: KeypadProps) {
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { onDigit, onDelete, onDone, extraKey, disabled } = latest.current;
      if (disabled || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^[0-9]$/.test(event.key) || (event.key === '+' && extraKey === '+')) onDigit(event.key);
      else if (event.key === 'Backspace') onDelete();
      // A focused button takes Enter as its own press.
      else if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) onDone?.();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const key = (digit: string) => (
    <button
      key={digit}
      type="button"
      className="key"
      disabled={props.disabled}
      onClick={() => props.onDigit(digit)}
      data-testid={digit === '+' ? 'keypad-plus' : `keypad-${digit}`}
    >
      {digit}
    </button>
  );
  return (
    <div className="keypad">
      {DIGITS.map(key)}
      {props.extraKey ? key(props.extraKey) : <span />}
      {key('0')}
      <button
        type="button"
        className="key key-quiet"
        aria-label={props.deleteLabel}
        disabled={props.disabled}
        onClick={props.onDelete}
        data-testid="keypad-delete"
      >
        <Icon name="delete" />
      </button>
    </div>
  );
}

/** Places for a code or PIN; a hidden one shows dots only. */
export function DigitSlots({ value, length, hidden }: { value: string; length: number; hidden: boolean }) {
  return (
    <div className="slots" data-testid="digit-slots" data-filled={value.length}>
      {Array.from({ length }, (_, place) => (
        <span key={place} className={`slot ${place < value.length ? 'slot-full' : ''} ${hidden ? 'slot-hidden' : ''}`}>
          {place < value.length ? (hidden ? '●' : value[place]) : ''}
        </span>
      ))}
    </div>
  );
}
