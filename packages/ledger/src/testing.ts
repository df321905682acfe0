import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { createLedger, type Ledger, ledgerMigrations, type Posting } from './index.ts';

/** A bank that has no bounds, and wallets that have: a small world for tests. */
export type TestBooks = {
  readonly database: TestDatabase;
  readonly ledger: Ledger;
  /** Accounts of their own for a test: a bank, a hot account for fees, and wallets with 100 each. */
  accounts(...wallets: string[]): Promise<Record<string, string>>;
  close(): Promise<void>;
};

let tests = 0;

export async function openTestBooks(): Promise<TestBooks> {
  const database = await createTestDatabase([ledgerMigrations]);
  const ledger = createLedger(database.pool);
  return {
    database,
    ledger,
    async accounts(...wallets) {
      tests += 1;
      const ids: Record<string, string> = { bank: `bank:${tests}`, fees: `fees:${tests}` };
      await ledger.createAccount({ id: ids.bank, currency: 'EUR', kind: 'bank', bounds: 'none' });
      await ledger.createAccount({
        id: ids.fees,
        currency: 'EUR',
        kind: 'fees',
        bounds: 'debits_within_credits',
        hot: true,
      });
      for (const name of wallets) {
        ids[name] = `${name}:${tests}`;
        await ledger.createAccount({ id: ids[name], currency: 'EUR', kind: 'wallet', bounds: 'debits_within_credits' });
        await ledger.post(moving(`start:${ids[name]}`, ids.bank, ids[name], 100n));
      }
      return ids;
    },
    async close() {
      const { problems } = await ledger.verify();
      await database.drop();
      if (problems.length > 0) throw new Error(`the books are wrong: ${JSON.stringify(problems)}`);
    },
  };
}

export function moving(id: string, debitAccountId: string, creditAccountId: string, amountMinor: bigint): Posting {
  return { id, kind: 'payment', transfers: [{ debitAccountId, creditAccountId, amountMinor, currency: 'EUR' }] };
}
