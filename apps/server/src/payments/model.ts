import type { Currency, Payment, PaymentAttempt, PaymentState, PhoneStep, Refund, RefundState } from '@smile/contract';
import type { ScanEvidence } from '../context.ts';
import type { RiskDecision } from '../risk/rules.ts';

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
  /** Null when a merchant's own till started it. */
  readonly orderId: string | null;
  readonly shopId: string;
  readonly shopName: string;
  readonly merchantId: string;
  readonly terminalId: string;
  readonly state: PaymentState;
  readonly captureMethod: 'automatic' | 'manual';
  /** All that is to be paid, the tip included. */
  readonly amountMinor: bigint;
  readonly tipMinor: bigint;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
  readonly feeMinor: bigint;
  readonly livemode: boolean;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly cancelReason: string | null;
  readonly claimedAt: Date | null;
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

export type AttemptRow = Omit<PaymentAttempt, 'createdAt'> & { readonly createdAt: Date };

export type RefundRow = {
  readonly id: string;
  readonly paymentId: string;
  readonly shopId: string;
  readonly merchantId: string;
  readonly livemode: boolean;
  readonly state: RefundState;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly reason: Refund['reason'];
  readonly metadata: Readonly<Record<string, string>>;
  readonly requestedBy: string;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
};

/** The life of a refund above the cashier's limit; within it, it succeeds as it is made. */
export const REFUND_MOVES: Readonly<Record<RefundState, Partial<Record<'approve' | 'decline', RefundState>>>> = {
  requires_approval: { approve: 'succeeded', decline: 'declined' },
  succeeded: {},
  declined: {},
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
