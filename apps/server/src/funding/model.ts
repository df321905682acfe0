import type { FUNDING_SOURCE_STATES, TopUpState } from '@smile/contract';

export type SourceState = (typeof FUNDING_SOURCE_STATES)[number];

export type SourceRow = {
  readonly id: string;
  readonly personId: string;
  readonly provider: string;
  readonly state: SourceState;
  readonly setupReference: string | null;
  readonly methodReference: string | null;
  readonly brand: string | null;
  readonly lastFour: string | null;
  readonly expiresOn: string | null;
  readonly isDefault: boolean;
  readonly createdAt: Date;
};

export type TopUpRow = {
  readonly id: string;
  readonly personId: string;
  readonly provider: string;
  readonly source: string;
  readonly automatic: boolean;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly state: TopUpState;
  readonly reference: string | null;
  readonly failureCode: string | null;
  readonly createdAt: Date;
};

export type AutoTopUpRow = {
  readonly enabled: boolean;
  readonly amountMinor: bigint;
  readonly perDayMinor: bigint;
};

/** What a provider can say of a charge. */
export type ChargeNews = 'succeeded' | 'processing' | 'requires_action' | 'failed';

/**
 * The life of a top-up as data. News come late, twice and in any order, so what is not a move is no error: it is old. Only
 * the move to `succeeded` brings money, and from there none leads away. A failed one may succeed: the person tried another card, or a
 * success was told after the failure before it.
 */
export const TOP_UP_MOVES: Readonly<Record<TopUpState, Partial<Record<ChargeNews, TopUpState>>>> = {
  pending: {
    succeeded: 'succeeded',
    processing: 'pending',
    requires_action: 'requires_action',
    failed: 'failed',
  },
  requires_action: { succeeded: 'succeeded', processing: 'pending', failed: 'failed' },
  failed: { succeeded: 'succeeded' },
  succeeded: {},
};

export const MAX_SOURCES = 10;
/** Top-ups of one person that are neither through nor failed. */
export const MAX_OPEN_TOP_UPS = 5;
/** After this nobody waits for an event any more: the provider is asked. */
export const ASK_AFTER_MS = 10 * 60_000;
/** A person who has not finished by then does not come back to it. */
export const ABANDONED_AFTER_MS = 24 * 3_600_000;
/** A top-up that never reached the provider, as far as we know. */
export const LOST_AFTER_MS = 3_600_000;
export const DAY_MS = 24 * 3_600_000;
export const AUTO_TOP_UP_DEFAULTS = { enabled: false, amountMinor: 2_000n, perDayMinor: 10_000n } as const;
