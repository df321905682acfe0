import { query } from '@smile/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moving, openTestBooks, type TestBooks } from './testing.ts';

let books: TestBooks;
beforeAll(async () => {
  books = await openTestBooks();
});
afterAll(() => books.close());

describe('a hot account', () => {
  it('has the money of its shards', async () => {
    const { fees, ada } = await books.accounts('ada');
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => books.ledger.post(moving(`fee:${fees}:${index}`, ada, fees, 2n))),
    );
    expect(await books.ledger.balance(fees)).toMatchObject({ postedMinor: 40n, availableMinor: 40n });
    const [{ own }] = await query<{ own: bigint }>(
      books.database.pool,
      'SELECT credits_posted AS own FROM ledger_accounts WHERE id = $1',
      [fees],
    );
    expect(own).toBe(0n);
  });

  it('does not make payments wait for each other', async () => {
    const { fees, ada, bo } = await books.accounts('ada', 'bo');
    const first = await books.database.pool.connect();
    const second = await books.database.pool.connect();
    try {
      await first.query('BEGIN');
      expect(await books.ledger.on(first).post(moving(`first:${fees}`, ada, fees, 5n))).toMatchObject({ ok: true });
      // The first is not committed. On the account itself the second would wait for it, for ever.
      expect(await books.ledger.on(second).post(moving(`second:${fees}`, bo, fees, 7n))).toMatchObject({ ok: true });
      await first.query('COMMIT');
    } finally {
      first.release();
      second.release();
    }
    expect(await books.ledger.balance(fees)).toMatchObject({ postedMinor: 12n });
  });

  it('pays out what its shards hold, and no more', async () => {
    const { fees, ada, bo } = await books.accounts('ada', 'bo');
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => books.ledger.post(moving(`in:${fees}:${index}`, ada, fees, 5n))),
    );
    expect(await books.ledger.post(moving(`much:${fees}`, fees, bo, 51n))).toMatchObject({
      ok: false,
      error: { code: 'insufficient_funds' },
    });
    const [paid, failed] = await books.ledger.postBatch([
      moving(`all:${fees}`, fees, bo, 50n),
      moving(`more:${fees}`, fees, bo, 1n),
    ]);
    expect(paid).toMatchObject({ ok: true, replayed: false });
    expect(failed).toMatchObject({ ok: false, error: { code: 'insufficient_funds' } });
    expect(await books.ledger.post(moving(`all:${fees}`, fees, bo, 50n))).toMatchObject({ ok: true, replayed: true });
    expect(await books.ledger.balance(fees)).toMatchObject({ postedMinor: 0n });
  });

  it('is gathered by a job', async () => {
    const { fees, ada } = await books.accounts('ada');
    await books.ledger.post(moving(`fee:${fees}`, ada, fees, 9n));
    expect(await books.ledger.gatherShards(fees)).toEqual({ gathered: 1 });
    expect(await books.ledger.gatherShards(fees)).toEqual({ gathered: 0 });
    expect(await books.ledger.balance(fees)).toMatchObject({ postedMinor: 9n });
  });

  it('can be made of one that has money', async () => {
    const { bank, ada } = await books.accounts('ada');
    const { balance, createAccount, post } = books.ledger;
    await createAccount({ id: bank, currency: 'EUR', kind: 'bank', bounds: 'none', hot: true });
    await post(moving(`out:${bank}`, ada, bank, 30n));
    await post(moving(`in:${bank}`, bank, ada, 10n));
    expect(await balance(bank)).toMatchObject({ postedMinor: -80n });
  });
});
