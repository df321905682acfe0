import type { ClaimState, Currency } from '@smile/contract';

export type ClaimRow = {
  readonly id: string;
  readonly paymentId: string;
  readonly personId: string;
  readonly state: ClaimState;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly creditedMinor: bigint;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  readonly decisionReason: string | null;
};

type Decision = 'accept' | 'reject';

/** The life of a claim as data: what an operator's decision makes of it. A credit under the cap is provisional. */
export const CLAIM_DECISIONS: Readonly<Record<ClaimState, Partial<Record<Decision, ClaimState>>>> = {
  under_review: { accept: 'accepted', reject: 'rejected' },
  credited: { accept: 'accepted', reject: 'rejected' },
  accepted: {},
  rejected: {},
};

export const CLAIM_MONTHS = 13;
/** Credits without a person's look are limited to the cap within this time. */
export const AUTOMATIC_CREDIT_WINDOW_MS = 30 * 24 * 3_600_000;

/** The last moment a claim on a payment is accepted: 13 calendar months, as PSD2 article 71 has it. */
export function claimDeadline(paidAt: Date): Date {
  const deadline = new Date(paidAt);
  deadline.setUTCMonth(deadline.getUTCMonth() + CLAIM_MONTHS);
  return deadline;
}
