import type { Currency, Payment, PaymentState, PhoneStep } from '@smile/contract';
import type { ScanEvidence } from '../context.ts';
import type { RiskDecision } from '../risk/no-pin.ts';

export type IdentificationEvidence = {
  readonly similarity: number;
  readonly threshold: number;
  readonly modelVersion: string;
  /** Whether the measured size of the face fitted; null when it was not measured both times. */
  readonly sizeFits?: boolean | null;
  /** How much of the number was typed, and among how many people the face was looked for. */
  readonly phoneStep?: PhoneStep;
  readonly listLength?: number;
  readonly scan: ScanEvidence;
};

export type PaymentRow = {
  readonly id: string;
  readonly orderId: string;
  readonly shopId: string;
  readonly shopName: string;
  readonly merchantId: string;
  readonly terminalId: string;
  readonly state: PaymentState;
  readonly captureMethod: 'automatic' | 'manual';
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly personId: string | null;
  readonly payerHint: string | null;
  readonly method: Payment['method'];
  readonly scanId: string | null;
  readonly pinRequired: boolean;
  readonly pinReason: Payment['pinReason'];
  readonly pinUsed: boolean;
  readonly evidence: IdentificationEvidence | null;
  readonly risk: RiskDecision | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly identifiedAt: Date | null;
  readonly confirmedAt: Date | null;
  readonly capturedAt: Date | null;
};

type Step = 'identify' | 'confirm' | 'capture' | 'cancel';

/** The life of a payment as data: what each step makes of each state. What is not here is refused. */
export const PAYMENT_MOVES: Readonly<Record<PaymentState, Partial<Record<Step, readonly PaymentState[]>>>> = {
  requires_identification: { identify: ['requires_confirmation'], cancel: ['canceled'] },
  requires_confirmation: { confirm: ['succeeded', 'requires_capture'], cancel: ['canceled'] },
  requires_capture: { capture: ['succeeded'], cancel: ['canceled'] },
  succeeded: {},
  canceled: {},
};

export function mayStep(state: PaymentState, step: Step): boolean {
  return PAYMENT_MOVES[state][step] !== undefined;
}

/** Throws when the table does not know the move: a state is never set beside it. */
export function step(from: PaymentState, by: Step, to: PaymentState): PaymentState {
  if (!PAYMENT_MOVES[from][by]?.includes(to)) throw new Error(`a payment cannot ${by} from ${from} to ${to}`);
  return to;
}

/** Money held for a manual capture is released after this. */
export const HOLD_LIFE_MS = 7 * 24 * 3_600_000;
