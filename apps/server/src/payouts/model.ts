import type { Currency, PayoutSchedule, PayoutState } from '@smile/contract';

export type PayoutAccountRow = {
  readonly merchantId: string;
  readonly holderName: string;
  readonly iban: string;
  readonly bic: string | null;
  readonly schedule: PayoutSchedule;
  readonly currency: Currency;
  readonly minimumMinor: bigint;
  readonly updatedAt: Date;
};

export type PayoutRow = {
  readonly id: string;
  readonly batchId: string;
  readonly merchantId: string;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly state: PayoutState;
  readonly endToEndId: string;
  readonly holderName: string;
  readonly iban: string;
  readonly bic: string | null;
  readonly failureCode: string | null;
  readonly scheduledFor: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
};

export type BatchRow = {
  readonly id: string;
  readonly messageId: string;
  readonly currency: Currency;
  /** ISO date. */
  readonly executionDate: string;
  readonly count: number;
  readonly totalMinor: bigint;
  readonly createdAt: Date;
  readonly submittedAt: Date | null;
};

export type BankLineRow = {
  readonly id: string;
  readonly reference: string;
  /** ISO date. */
  readonly bookedOn: string;
  readonly direction: 'credit' | 'debit';
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly endToEndId: string | null;
  readonly description: string;
  readonly state: 'matched' | 'unmatched' | 'explained';
  readonly payoutId: string | null;
  readonly note: string | null;
};

export type PayoutEvent = 'submit' | 'settle' | 'fail' | 'return';

/** The life of a payout as data. A bank may carry out or refuse what it was handed before we noted that it was fetched. */
export const PAYOUT_MOVES: Readonly<Record<PayoutState, Partial<Record<PayoutEvent, PayoutState>>>> = {
  pending: { submit: 'in_transit', settle: 'paid', fail: 'failed' },
  in_transit: { settle: 'paid', fail: 'failed' },
  paid: { return: 'returned' },
  failed: {},
  returned: {},
};

/** ISO 20022 limits end-to-end and message ids to 35 characters: the id without its prefix has 32. */
export function bankReferenceOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

/** `DE…6199`: enough for its owner to know it by. */
export function ibanHint(iban: string): string {
  return `${iban.slice(0, 2)}…${iban.slice(-4)}`;
}

/** ISO date of a moment, in UTC. */
export function dateOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

const DAY_MS = 24 * 3_600_000;

/** The next day that is not a Saturday or Sunday. Bank holidays are the bank's to know: it moves the date itself. */
export function nextWorkingDay(after: Date): string {
  let day = new Date(after.getTime() + DAY_MS);
  while (isWeekend(day)) day = new Date(day.getTime() + DAY_MS);
  return dateOf(day);
}

/** Which schedules are due on this day: none at weekends, the weekly ones on Mondays. */
export function schedulesDue(at: Date): PayoutSchedule[] {
  if (isWeekend(at)) return [];
  return at.getUTCDay() === 1 ? ['daily', 'weekly'] : ['daily'];
}

function isWeekend(day: Date): boolean {
  return day.getUTCDay() === 0 || day.getUTCDay() === 6;
}
