import type { AccountBounds } from '@smile/ledger';

type AccountClass = 'asset' | 'liability' | 'equity' | 'income' | 'expense';

export type ChartEntry = {
  readonly class: AccountClass;
  /** The side that makes it more. */
  readonly normalSide: 'debit' | 'credit';
  readonly bounds: AccountBounds;
  /** Met by nearly every payment, and so spread over shards. */
  readonly hot?: boolean;
  /** The ids of its accounts, those of shards aside. */
  readonly idPattern: RegExp;
  readonly meaning: string;
};

/**
 * The chart of accounts: every kind there is, what may be done with it, and what it means. Nobody makes an account but by
 * it, `npm run ledger:verify` compares all accounts with it, and docs/ledger.md describes it (a test compares them).
 */
export const CHART = {
  bank: {
    class: 'asset',
    normalSide: 'debit',
    bounds: 'none',
    hot: true,
    idPattern: /^bank:[a-z0-9_]+:[A-Z]{3}$/,
    meaning: 'clearing with a bank: money that came in or is on its way out',
  },
  wallet: {
    class: 'liability',
    normalSide: 'credit',
    bounds: 'debits_within_credits',
    idPattern: /^wallet:[A-Za-z0-9_]+(:[A-Z]{3})?$/,
    meaning: 'what the platform owes to a person',
  },
  merchant: {
    class: 'liability',
    normalSide: 'credit',
    bounds: 'debits_within_credits',
    idPattern: /^merchant:[A-Za-z0-9_]+:[A-Z]{3}$/,
    meaning: 'what the platform owes to a merchant, until it is paid out',
  },
  cover_fund: {
    class: 'liability',
    normalSide: 'credit',
    bounds: 'debits_within_credits',
    hot: true,
    idPattern: /^cover:[A-Z]{3}$/,
    meaning: 'set aside for payments that were not the person’s: premiums and contributions in, claims out',
  },
  payouts: {
    class: 'liability',
    normalSide: 'credit',
    bounds: 'debits_within_credits',
    idPattern: /^payouts:[A-Z]{3}$/,
    meaning: 'clearing of payouts: left the merchants and has not reached their banks',
  },
  fees: {
    class: 'income',
    normalSide: 'credit',
    bounds: 'debits_within_credits',
    hot: true,
    idPattern: /^fees:[A-Z]{3}$/,
    meaning: 'what merchants paid for payments, less the premiums of the cover fund',
  },
  capital: {
    class: 'equity',
    normalSide: 'credit',
    bounds: 'none',
    idPattern: /^capital:[A-Z]{3}$/,
    meaning: 'what the operator has put in of its own',
  },
} as const satisfies Record<string, ChartEntry>;

export type ChartKind = keyof typeof CHART & string;
type Entries = { readonly [K in ChartKind]: ChartEntry };

/** The chart with each entry in its general form. */
export const chartEntries = (): readonly (readonly [ChartKind, ChartEntry])[] =>
  Object.entries(CHART as Entries) as [ChartKind, ChartEntry][];

/** The ids of accounts. What stands in the credit is what the platform owes to somebody. */
export const ACCOUNTS = {
  wallet: (personId: string) => `wallet:${personId}`,
  merchant: (merchantId: string, currency: string) => `merchant:${merchantId}:${currency}`,
  /** The outside world: money that people bring in comes from here. */
  sandboxBank: (currency: string) => ACCOUNTS.bank('sandbox', currency),
  /** Clearing with a provider of payments. */
  bank: (name: string, currency: string) => `bank:${name}:${currency}`,
  fees: (currency: string) => `fees:${currency}`,
  coverFund: (currency: string) => `cover:${currency}`,
  /** Left the merchants and has not reached the bank yet. */
  payouts: (currency: string) => `payouts:${currency}`,
  /** What the operator has put in of its own. */
  operatorCapital: (currency: string) => `capital:${currency}`,
} as const;

export type AccountFacts = {
  readonly id: string;
  readonly kind: string;
  readonly bounds: string;
  /** The account it is a shard of. */
  readonly parentId: string | null;
};

/** Why an account does not fit the chart; null when it does. */
export function misfit({ id, kind, bounds, parentId }: AccountFacts): string | null {
  const entry = chartEntries().find(([name]) => name === kind)?.[1];
  if (!entry) return `kind ${kind} is not in the chart`;
  if (bounds !== entry.bounds) return `bounds are ${bounds}, the chart wants ${entry.bounds}`;
  if (!entry.idPattern.test(parentId ?? id)) return `its id is not like those of kind ${kind}`;
  if (parentId !== null && !entry.hot) return `kind ${kind} has no shards`;
  return null;
}
