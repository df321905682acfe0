/**
 * How far an account may go; kept by the database.
 * - `debits_within_credits`: it pays out what it was paid, no more (wallets, merchants: what we owe to others).
 * - `credits_within_debits`: the mirror image (cash in the bank: what we own).
 * - `none`: may go either way (clearing with the outside world).
 */
export type AccountBounds = 'debits_within_credits' | 'credits_within_debits' | 'none';

export type NewAccount = {
  readonly id: string;
  readonly currency: string;
  /** Its place in the chart of accounts: `wallet`, `merchant`, `fees`... */
  readonly kind: string;
  readonly bounds: AccountBounds;
  /**
   * Met by nearly every posting (fees, a fund, clearing): what comes in is spread over shards, so that postings do not
   * wait for each other's commit. Can be set later on an account that is there, and not unset.
   */
  readonly hot?: boolean;
};

/** In minor units; they only grow, but for pending ones, which fall when a hold is posted or voided. */
export type Counters = {
  readonly debitsPending: bigint;
  readonly debitsPosted: bigint;
  readonly creditsPending: bigint;
  readonly creditsPosted: bigint;
};

export type Balance = Counters & {
  readonly accountId: string;
  readonly currency: string;
  /** Credits less debits (the other way round for `credits_within_debits`), without what is on hold. */
  readonly postedMinor: bigint;
  /** What can still be taken out: `postedMinor` less what is set aside. */
  readonly availableMinor: bigint;
};

export type Account = NewAccount &
  Balance & { readonly entryCount: bigint; readonly createdAt: Date; readonly closedAt: Date | null };

/** Small facts that travel with a posting, for people who read the books. Nothing personal. */
export type Metadata = Readonly<Record<string, string | number | boolean | null>>;

type Movement = {
  readonly debitAccountId: string;
  readonly creditAccountId: string;
  /** 1 to 2^63 - 1. */
  readonly amountMinor: bigint;
  readonly currency: string;
};

/** One leg of a posting. `kind` is the posting's unless it has its own (a fee beside a payment). */
export type Transfer = { readonly kind?: string } & (
  | ({ readonly phase?: 'direct' } & Movement)
  | ({
      readonly phase: 'hold';
      readonly holdId: string;
      /** None: the hold stays until it is posted or voided. Counted from the database's clock. */
      readonly expiresAfterMs?: number;
    } & Movement)
  /** Without an amount all of the hold is posted; of a part, the rest is given back. */
  | { readonly phase: 'post_hold'; readonly holdId: string; readonly amountMinor?: bigint }
  | { readonly phase: 'void_hold'; readonly holdId: string }
  | { readonly phase: 'expire_hold'; readonly holdId: string }
);

export type TransferPhase = NonNullable<Transfer['phase']>;

/** Transfers that happen together or not at all. */
export type Posting = {
  /** Made by the client, once for each thing it wants done: sent again, it does nothing more. */
  readonly id: string;
  readonly kind: string;
  readonly metadata?: Metadata;
  readonly transfers: readonly Transfer[];
};

/** A posting as it stands in the books. Shards of hot accounts appear as what they are. */
export type PostedPosting = {
  readonly id: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly createdAt: Date;
  readonly transfers: readonly PostedTransfer[];
  /** The posting it takes back, and the one that took it back. */
  readonly reverses: string | null;
  readonly reversedBy: string | null;
};

export type PostedTransfer = {
  readonly leg: number;
  readonly kind: string;
  readonly phase: TransferPhase;
  readonly debitAccountId: string;
  readonly creditAccountId: string;
  readonly currency: string;
  readonly pendingChange: bigint;
  readonly postedChange: bigint;
  readonly holdId: string | null;
};

export const HOLD_STATES = ['pending', 'posted', 'voided', 'expired'] as const;
export type HoldState = (typeof HOLD_STATES)[number];

/** The life of a hold: which transfer takes it where. What is not here is refused with `hold_not_pending`. */
export const HOLD_MOVES: Readonly<Record<HoldState, Partial<Record<TransferPhase, HoldState>>>> = {
  pending: { post_hold: 'posted', void_hold: 'voided', expire_hold: 'expired' },
  posted: {},
  voided: {},
  expired: {},
};

export type Hold = {
  readonly id: string;
  readonly state: HoldState;
  readonly debitAccountId: string;
  readonly creditAccountId: string;
  readonly currency: string;
  readonly amountMinor: bigint;
  /** 0 unless `posted`. */
  readonly postedMinor: bigint;
  readonly expiresAt: Date | null;
  readonly openedBy: string;
  readonly closedBy: string | null;
};

/** A line of an account's journal. */
export type Entry = {
  readonly accountId: string;
  /** 1, 2, 3... within the account. */
  readonly number: bigint;
  readonly postingId: string;
  readonly leg: number;
  readonly kind: string;
  readonly phase: TransferPhase;
  readonly side: 'debit' | 'credit';
  readonly otherAccountId: string;
  readonly pendingChange: bigint;
  readonly postedChange: bigint;
  /** The account's counters after this entry. */
  readonly after: Counters;
  readonly metadata: Metadata;
  readonly createdAt: Date;
};

/** A booked line of a statement: money that moved. What is only on hold is not in it. */
export type StatementLine = {
  readonly at: Date;
  readonly postingId: string;
  readonly leg: number;
  readonly kind: string;
  readonly otherAccountId: string;
  /** What it added to the balance; negative when it took away. */
  readonly changeMinor: bigint;
  /** The balance after it. */
  readonly balanceMinor: bigint;
  readonly metadata: Metadata;
};

/** From `from` on and before `to`, oldest line first. */
export type Statement = {
  readonly accountId: string;
  readonly currency: string;
  readonly from: Date;
  readonly to: Date;
  readonly openingMinor: bigint;
  readonly closingMinor: bigint;
  readonly lines: readonly StatementLine[];
  readonly nextCursor: string | null;
};
