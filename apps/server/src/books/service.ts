import { createLedger, type Ledger, type PostingOutcome } from '@smile/ledger';
import type { Client, Pool } from '@smile/postgres';
import { fail, ok, type Result } from '../result.ts';
import { ACCOUNTS, CHART, type ChartEntry, type ChartKind } from './chart.ts';

export { ACCOUNTS } from './chart.ts';

export const CURRENCIES_KEPT = ['EUR'] as const;

export type PaymentMove = {
  readonly paymentId: string;
  readonly personId: string;
  readonly merchantId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Of the merchant, to the platform; 0 when there is none. */
  readonly feeMinor: bigint;
  /** The part of the fee that goes to the cover fund, at most all of it; 0 when there is none. */
  readonly premiumMinor: bigint;
};

const EXPIRED_AT_ONCE = 500;
/** A forgotten hold ends by itself; payments release theirs long before. */
const HOLD_LIFE_MS = 30 * 86_400_000;

type Funds = Result<null, 'insufficient_funds'>;

/**
 * Every way money moves through the platform. Amounts are minor units. A movement happens in the caller's transaction
 * and its posting carries the id of its cause, so that none can happen twice.
 */
export type Books = {
  /** Makes the platform's own accounts where they are missing. */
  open(banks?: readonly string[]): Promise<void>;
  openWallet(client: Client, personId: string, currency: string): Promise<void>;
  openMerchant(merchantId: string, currency: string): Promise<void>;
  contributeToCoverFund(move: { contributionId: string; amountMinor: bigint; currency: string }): Promise<void>;

  /** What the person can spend: without what is on hold. */
  walletBalance(db: Client | Pool, personId: string): Promise<bigint>;
  topUp(
    client: Client,
    /** `bank` is where the money came from; the sandbox, unless it is named. */
    move: { topUpId: string; personId: string; amountMinor: bigint; currency: string; bank?: string },
  ): Promise<void>;

  /** What these people can spend. A person without a wallet is not in it. */
  walletBalances(db: Client | Pool, personIds: readonly string[]): Promise<ReadonlyMap<string, bigint>>;
  /**
   * Payments, all or none: for each its money, or a hold of it. Who calls has looked whether wallets suffice and holds
   * their owners; where they do not suffice all the same it throws, and the transaction is lost.
   */
  payAll(client: Client, moves: readonly (PaymentMove & { readonly as: 'paid' | 'held' })[]): Promise<void>;
  /** Of a hold, `amountMinor` of the move; the rest of the hold is given back. */
  capture(client: Client, move: PaymentMove): Promise<void>;
  release(client: Client, paymentId: string): Promise<void>;
  /** From the merchant's balance back to the person; the fee of the payment stays where it is. */
  refund(client: Client, move: RefundMove): Promise<Result<null, 'merchant_balance_insufficient'>>;

  /** What can be paid out to a merchant now. */
  merchantBalance(db: Client | Pool, merchantId: string, currency: string): Promise<bigint>;
  /** On its way out: from the merchant to the clearing account. */
  sendPayout(client: Client, move: PayoutMove): Promise<Funds>;
  /** The bank has paid it. */
  settlePayout(client: Client, move: PayoutMove): Promise<void>;
  /** The bank did not pay it, or had it sent back (`paid`): the merchant has it again. */
  takeBackPayout(client: Client, move: PayoutMove, was: 'unpaid' | 'paid'): Promise<void>;
  /** On the clearing account: what was sent and neither settled nor taken back. */
  payoutsOnTheWay(db: Client | Pool, currency: string): Promise<bigint>;

  /** From the cover fund to the person. */
  payClaim(client: Client, move: ClaimMove): Promise<Result<null, 'cover_fund_short'>>;
  /** Takes back a provisional credit, as far as the wallet holds it; returns how much that was. */
  takeBackClaim(client: Client, move: ClaimMove): Promise<bigint>;

  /** One round of what is to be done from time to time: holds past their time, and what hot accounts have received. */
  sweep(): Promise<{ expired: number; gathered: number }>;
};
export type PayoutMove = {
  readonly payoutId: string;
  readonly merchantId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
};
export type RefundMove = {
  readonly refundId: string;
  readonly personId: string;
  readonly merchantId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
};
export type ClaimMove = {
  readonly claimId: string;
  readonly personId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
};

export function createBooks(pool: Pool, ledger: Ledger = createLedger(pool)): Books {
  const on = (db: Client | Pool) => (db === pool ? ledger : ledger.on(db as Client));

  async function account(db: Client | Pool, id: string, kind: ChartKind, currency: string): Promise<void> {
    const { bounds, hot = false }: ChartEntry = CHART[kind];
    const made = await on(db).createAccount({ id, currency, kind, bounds, hot });
    if (!made.ok) throw new Error(`account ${kind}: ${made.error.code}`);
  }

  async function available(db: Client | Pool, accountId: string): Promise<bigint> {
    const balance = await on(db).balance(accountId);
    if (!balance) throw new Error('an account that must be there is not');
    return balance.availableMinor;
  }

  const shares = (move: PaymentMove) => {
    const { merchantId, currency, feeMinor, premiumMinor } = move;
    return [
      // The premium is a part of the fee. It goes to the fund directly: by way of the fees account it would have to wait
      // there for every other payment, since what a hot account pays out is not spread over its shards.
      ...(feeMinor > premiumMinor
        ? [
            {
              kind: 'fee',
              debitAccountId: ACCOUNTS.merchant(merchantId, currency),
              creditAccountId: ACCOUNTS.fees(currency),
              amountMinor: feeMinor - premiumMinor,
              currency,
            },
          ]
        : []),
      ...(premiumMinor > 0n
        ? [
            {
              kind: 'cover_premium',
              debitAccountId: ACCOUNTS.merchant(merchantId, currency),
              creditAccountId: ACCOUNTS.coverFund(currency),
              amountMinor: premiumMinor,
              currency,
            },
          ]
        : []),
    ];
  };
  const wholeOf = (move: PaymentMove) => ({
    debitAccountId: ACCOUNTS.wallet(move.personId),
    creditAccountId: ACCOUNTS.merchant(move.merchantId, move.currency),
    amountMinor: move.amountMinor,
    currency: move.currency,
  });
  // Only the account that pays can be short: a fee is a part of what came in just before, a premium a part of the fee.
  const fundsOf = (outcome: PostingOutcome): Funds => {
    if (outcome.ok) return ok(null);
    if (outcome.error.code === 'insufficient_funds') return fail('insufficient_funds');
    throw new Error(`the ledger refused a payment: ${outcome.error.code}`);
  };

  return {
    async open(banks = []) {
      for (const currency of CURRENCIES_KEPT) {
        await account(pool, ACCOUNTS.sandboxBank(currency), 'bank', currency);
        for (const bank of banks) await account(pool, ACCOUNTS.bank(bank, currency), 'bank', currency);
        await account(pool, ACCOUNTS.operatorCapital(currency), 'capital', currency);
        await account(pool, ACCOUNTS.fees(currency), 'fees', currency);
        await account(pool, ACCOUNTS.payouts(currency), 'payouts', currency);
        await account(pool, ACCOUNTS.coverFund(currency), 'cover_fund', currency);
      }
    },
    openWallet: (client, personId, currency) => account(client, ACCOUNTS.wallet(personId), 'wallet', currency),
    openMerchant: (merchantId, currency) =>
      account(pool, ACCOUNTS.merchant(merchantId, currency), 'merchant', currency),

    async contributeToCoverFund({ contributionId, amountMinor, currency }) {
      settled(
        await ledger.post({
          id: `cover_contribution:${contributionId}`,
          kind: 'cover_contribution',
          transfers: [
            {
              debitAccountId: ACCOUNTS.operatorCapital(currency),
              creditAccountId: ACCOUNTS.coverFund(currency),
              amountMinor,
              currency,
            },
          ],
        }),
      );
    },

    walletBalance: (db, personId) => available(db, ACCOUNTS.wallet(personId)),

    async topUp(client, { topUpId, personId, amountMinor, currency, bank = 'sandbox' }) {
      settled(
        await on(client).post({
          id: topUpId,
          kind: 'top_up',
          transfers: [
            {
              debitAccountId: ACCOUNTS.bank(bank, currency),
              creditAccountId: ACCOUNTS.wallet(personId),
              amountMinor,
              currency,
            },
          ],
        }),
      );
    },

    async walletBalances(db, personIds) {
      const owners = new Map(personIds.map((id) => [ACCOUNTS.wallet(id), id]));
      const balances = await on(db).availableOf([...owners.keys()]);
      return new Map([...balances].map(([account, minor]) => [owners.get(account) ?? '', minor]));
    },

    payAll: (client, moves) =>
      on(client).postAll(
        moves.map((move) => ({
          id: move.paymentId,
          kind: 'payment',
          transfers:
            move.as === 'paid'
              ? [wholeOf(move), ...shares(move)]
              : [{ phase: 'hold', holdId: move.paymentId, ...wholeOf(move), expiresAfterMs: HOLD_LIFE_MS }],
        })),
      ),

    async capture(client, move) {
      settled(
        await on(client).post({
          id: `${move.paymentId}:capture`,
          kind: 'payment',
          transfers: [{ phase: 'post_hold', holdId: move.paymentId, amountMinor: move.amountMinor }, ...shares(move)],
        }),
      );
    },

    async release(client, paymentId) {
      const released = await on(client).voidHold({
        id: `${paymentId}:void`,
        kind: 'payment_canceled',
        holdId: paymentId,
      });
      // It may have ended by itself: the money is free then, which is all that is wanted.
      if (!released.ok && (await on(client).findHold(paymentId))?.state === 'expired') return;
      settled(released);
    },

    merchantBalance: (db, merchantId, currency) => available(db, ACCOUNTS.merchant(merchantId, currency)),

    async sendPayout(client, { payoutId, merchantId, amountMinor, currency }) {
      const [debitAccountId, creditAccountId] = [ACCOUNTS.merchant(merchantId, currency), ACCOUNTS.payouts(currency)];
      const transfers = [{ debitAccountId, creditAccountId, amountMinor, currency }];
      return fundsOf(await on(client).post({ id: payoutId, kind: 'payout', transfers }));
    },

    async settlePayout(client, { payoutId, amountMinor, currency }) {
      const [debitAccountId, creditAccountId] = [ACCOUNTS.payouts(currency), ACCOUNTS.sandboxBank(currency)];
      const transfers = [{ debitAccountId, creditAccountId, amountMinor, currency }];
      settled(await on(client).post({ id: `${payoutId}:paid`, kind: 'payout_paid', transfers }));
    },

    async takeBackPayout(client, { payoutId, merchantId, amountMinor, currency }, was) {
      const debitAccountId = was === 'paid' ? ACCOUNTS.sandboxBank(currency) : ACCOUNTS.payouts(currency);
      const creditAccountId = ACCOUNTS.merchant(merchantId, currency);
      const transfers = [{ debitAccountId, creditAccountId, amountMinor, currency }];
      settled(await on(client).post({ id: `${payoutId}:back`, kind: 'payout_taken_back', transfers }));
    },

    payoutsOnTheWay: (db, currency) => available(db, ACCOUNTS.payouts(currency)),

    async refund(client, { refundId, personId, merchantId, amountMinor, currency }) {
      const outcome = await on(client).post({
        id: refundId,
        kind: 'refund',
        transfers: [
          {
            debitAccountId: ACCOUNTS.merchant(merchantId, currency),
            creditAccountId: ACCOUNTS.wallet(personId),
            amountMinor,
            currency,
          },
        ],
      });
      return fundsOf(outcome).ok ? ok(null) : fail('merchant_balance_insufficient');
    },

    async payClaim(client, { claimId, personId, amountMinor, currency }) {
      const debitAccountId = ACCOUNTS.coverFund(currency);
      const outcome = await on(client).post({
        id: claimId,
        kind: 'claim_credit',
        transfers: [{ debitAccountId, creditAccountId: ACCOUNTS.wallet(personId), amountMinor, currency }],
      });
      return fundsOf(outcome).ok ? ok(null) : fail('cover_fund_short');
    },

    async takeBackClaim(client, { claimId, personId, amountMinor, currency }) {
      const wallet = ACCOUNTS.wallet(personId);
      const held = await available(client, wallet);
      let takenMinor = amountMinor;
      if (held < takenMinor) takenMinor = held;
      if (takenMinor === 0n) return 0n;
      settled(
        await on(client).post({
          id: `${claimId}:back`,
          kind: 'claim_taken_back',
          transfers: [
            {
              debitAccountId: wallet,
              creditAccountId: ACCOUNTS.coverFund(currency),
              amountMinor: takenMinor,
              currency,
            },
          ],
        }),
      );
      return takenMinor;
    },

    async sweep() {
      const { expired } = await ledger.expireHolds({ limit: EXPIRED_AT_ONCE });
      const { gathered } = await ledger.gatherShards();
      return { expired, gathered };
    },
  };
}

function settled(outcome: PostingOutcome): void {
  if (!outcome.ok) throw new Error(`the ledger refused what it may not refuse: ${outcome.error.code}`);
}
