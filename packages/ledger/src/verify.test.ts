import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLedger, type Ledger, ledgerMigrations } from './index.ts';

let database: TestDatabase;
let ledger: Ledger;
beforeEach(async () => {
  database = await createTestDatabase([ledgerMigrations]);
  ledger = createLedger(database.pool);
  for (const id of ['bank', 'ada', 'bo']) {
    await ledger.createAccount({
      id,
      currency: 'EUR',
      kind: 'test',
      bounds: id === 'bank' ? 'none' : 'debits_within_credits',
    });
  }
  const move = (debitAccountId: string, creditAccountId: string, amountMinor: bigint) => ({
    debitAccountId,
    creditAccountId,
    amountMinor,
    currency: 'EUR',
  });
  await ledger.post({ id: 'top-up', kind: 'top_up', transfers: [move('bank', 'ada', 100n)] });
  await ledger.hold({ id: 'open', kind: 'payment', ...move('ada', 'bo', 30n) });
  await ledger.hold({ id: 'order', kind: 'payment', ...move('ada', 'bo', 20n) });
  await ledger.postHold({ id: 'capture', kind: 'payment', holdId: 'order', amountMinor: 15n });
});
afterEach(() => database.drop());

/** As somebody with all rights over the database could: past triggers and constraints. */
async function tamper(statement: string): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('SET session_replication_role = replica');
    await client.query('ALTER TABLE ledger_accounts DROP CONSTRAINT ledger_accounts_within_bounds');
    const { rowCount } = await client.query(statement);
    expect(rowCount).toBeGreaterThan(0);
  } finally {
    client.release(true);
  }
}

describe('verification', () => {
  it('finds nothing wrong with sound books', async () => {
    expect(await ledger.verify()).toEqual({ ok: true, problems: [] });
  });

  it.each([
    [
      'a richer account',
      "UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE id = 'ada'",
      'counters_equal_the_sum_of_entries',
      'ada',
    ],
    [
      'money from nowhere',
      "UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE id = 'ada'",
      'debits_equal_credits',
      'EUR',
    ],
    [
      'an entry torn out',
      "DELETE FROM ledger_entries WHERE account_id = 'ada' AND number = 2",
      'entries_are_numbered_without_gap',
      'ada',
    ],
    [
      'an entry changed',
      "UPDATE ledger_entries SET posted_change = 99 WHERE account_id = 'ada' AND number = 1",
      'entries_continue_the_one_before',
      'ada',
    ],
    [
      'a transfer changed',
      "UPDATE ledger_transfers SET posted_change = 99 WHERE posting_id = 'top-up'",
      'transfers_have_one_debit_and_one_credit_entry',
      'top-up',
    ],
    [
      'a transfer turned round',
      "UPDATE ledger_transfers SET debit_account = 'ada', credit_account = 'bank' WHERE posting_id = 'top-up'",
      'transfers_have_one_debit_and_one_credit_entry',
      'top-up',
    ],
    [
      'a transfer torn out',
      "DELETE FROM ledger_transfers WHERE posting_id = 'top-up'",
      'postings_have_transfers_without_gap',
      'top-up',
    ],
    [
      'a transfer renamed',
      "UPDATE ledger_transfers SET currency = 'USD' WHERE posting_id = 'top-up'",
      'accounts_keep_to_their_currency',
      'top-up',
    ],
    [
      'a hold that vanished',
      "DELETE FROM ledger_holds WHERE id = 'open'",
      'pending_counters_equal_the_pending_holds',
      'ada',
    ],
    [
      'a hold closed by nobody',
      "UPDATE ledger_holds SET state = 'voided', closed_by = 'top-up' WHERE id = 'open'",
      'holds_were_closed_by_their_transfer',
      'open',
    ],
    [
      'a hold posted higher',
      "UPDATE ledger_holds SET posted_amount = 20 WHERE id = 'order'",
      'holds_were_closed_by_their_transfer',
      'order',
    ],
    [
      'an overdrawn account',
      "UPDATE ledger_accounts SET debits_posted = 101 WHERE id = 'ada'",
      'accounts_are_within_their_bounds',
      'ada',
    ],
  ])('finds %s', async (_, statement, rule, subject) => {
    await tamper(statement);
    const { ok, problems } = await ledger.verify();
    expect(ok).toBe(false);
    expect(problems).toContainEqual({ rule, subject });
  });
});
