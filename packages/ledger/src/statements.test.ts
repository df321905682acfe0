import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatementLine } from './index.ts';
import { moving, openTestBooks, type TestBooks } from './testing.ts';

let books: TestBooks;
beforeAll(async () => {
  books = await openTestBooks();
});
afterAll(() => books.close());

/** A moment that lies between what was posted before and what comes after. */
async function moment(): Promise<Date> {
  const { rows } = await books.database.pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  await new Promise((resolve) => setTimeout(resolve, 5));
  return new Date(rows[0].now.getTime() + 1);
}
const read = async (accountId: string, from: Date, to: Date, page: { limit?: number; cursor?: string } = {}) => {
  const outcome = await books.ledger.statement({ accountId, from, to, ...page });
  if (!outcome.ok) throw new Error(outcome.error.code);
  return outcome.statement;
};

describe('a balance at a time', () => {
  it('is what it was then', async () => {
    const { ada, bo } = await books.accounts('ada', 'bo');
    const seen: { at: Date; minor: bigint }[] = [];
    for (let count = 1; count <= 6; count += 1) {
      await books.ledger.post(moving(`pay:${ada}:${count}`, ada, bo, BigInt(count)));
      seen.push({ at: await moment(), minor: (await books.ledger.balance(ada))!.postedMinor });
    }
    for (const { at, minor } of seen) {
      expect((await books.ledger.balanceAt(ada, at))!.postedMinor).toBe(minor);
    }
    expect((await books.ledger.balanceAt(ada, new Date(0)))!.postedMinor).toBe(0n);
    expect(await books.ledger.balanceAt('nobody', new Date())).toBeNull();
  });
});

describe('a statement', () => {
  it('goes from the balance before to the balance after, line by line and page by page', async () => {
    const { ada, bo } = await books.accounts('ada', 'bo');
    await books.ledger.post(moving(`early:${ada}`, ada, bo, 1n));
    const from = await moment();
    for (let count = 1; count <= 7; count += 1) {
      const [debit, credit] = count % 3 === 0 ? [bo, ada] : [ada, bo];
      await books.ledger.post(moving(`pay:${ada}:${count}`, debit, credit, BigInt(count)));
    }
    const to = await moment();
    await books.ledger.post(moving(`late:${ada}`, ada, bo, 1n));

    const whole = await read(ada, from, to);
    expect(whole).toMatchObject({ openingMinor: 99n, closingMinor: 89n, currency: 'EUR', nextCursor: null });
    expect(whole.lines.map(({ changeMinor }) => changeMinor)).toEqual([-1n, -2n, 3n, -4n, -5n, 6n, -7n]);

    const paged: StatementLine[] = [];
    let cursor: string | undefined;
    do {
      const page = await read(ada, from, to, { limit: 2, cursor });
      paged.push(...page.lines);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(paged).toEqual(whole.lines);
    expect(paged.at(-1)!.balanceMinor).toBe(whole.closingMinor);
  });

  it('of a hot account joins its shards and leaves out what goes on between them', async () => {
    const { fees, ada, bo } = await books.accounts('ada', 'bo');
    const from = await moment();
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => books.ledger.post(moving(`fee:${fees}:${index}`, ada, fees, 2n))),
    );
    await books.ledger.gatherShards(fees);
    await books.ledger.post(moving(`out:${fees}`, fees, bo, 10n));
    const to = await moment();
    const paged: StatementLine[] = [];
    let cursor: string | undefined;
    do {
      const page = await read(fees, from, to, { limit: 5, cursor });
      paged.push(...page.lines);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(paged).toHaveLength(13);
    expect(new Set(paged.map(({ postingId }) => postingId)).size).toBe(13);
    expect(paged.at(-1)).toMatchObject({ changeMinor: -10n, balanceMinor: 14n });
    expect(await read(fees, from, to)).toMatchObject({ openingMinor: 0n, closingMinor: 14n });
  });

  it('refuses a cursor it did not make', async () => {
    const { ada } = await books.accounts('ada');
    for (const cursor of ['x', 'W10', Buffer.from('["a","b","c","d"]').toString('base64url')]) {
      const outcome = await books.ledger.statement({ accountId: ada, from: new Date(0), to: new Date(), cursor });
      expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid_cursor' } });
    }
    const unknown = await books.ledger.statement({ accountId: 'nobody', from: new Date(0), to: new Date() });
    expect(unknown).toMatchObject({ ok: false, error: { code: 'account_not_found' } });
  });
});
