import { IconButton } from './button.tsx';

export type StepperProps = {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
  readonly lessLabel: string;
  readonly moreLabel: string;
  readonly testId?: string;
};

/** A small number with a minus and a plus, for fingers. */
export function Stepper({ value, min, max, onChange, lessLabel, moreLabel, testId }: StepperProps) {
  return (
    <span className="stepper" data-testid={testId}>
      <IconButton
        icon="minus"
        label={lessLabel}
        disabled={value <= min}
        onPress={() => onChange(value - 1)}
        testId={testId && `${testId}-less`}
      />
      <output>{value}</output>
      <IconButton
        icon="plus"
        label={moreLabel}
        disabled={value >= max}
        onPress={() => onChange(value + 1)}
        testId={testId && `${testId}-more`}
      />
    </span>
  );
}
