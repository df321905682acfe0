import type { Client, Pool } from '@smile/postgres';

/**
 * The platform's chart of accounts and every way money may move through it. Amounts are minor units. All movements
 * happen in the caller's transaction and carry the id of their cause, so that none can happen twice.
 */
export type Books = {
  openWallet(client: Client, personId: string, currency: string): Promise<void>;
  openMerchant(client: Client, merchantId: string, currency: string): Promise<void>;
  walletBalance(db: Client | Pool, personId: string): Promise<bigint>;
  topUp(client: Client, move: { topUpId: string; personId: string; amountMinor: bigint }): Promise<void>;
};
