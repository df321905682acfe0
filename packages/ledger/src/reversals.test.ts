import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Posting } from './index.ts';
import { moving, openTestBooks, type TestBooks } from './testing.ts';

let books: TestBooks;
beforeAll(async () => {
  books = await openTestBooks();
});
afterAll(() => books.close());

const sale = (ids: Record<string, string>): Posting => ({
  id: `sale:${ids.ada}`,
  kind: 'payment',
  transfers: [
    {
      phase: 'hold',
      holdId: `sale:${ids.ada}`,
      debitAccountId: ids.ada,
      creditAccountId: ids.bo,
      amountMinor: 50n,
      currency: 'EUR',
    },
    { phase: 'post_hold', holdId: `sale:${ids.ada}`, amountMinor: 40n },
    { kind: 'fee', debitAccountId: ids.bo, creditAccountId: ids.fees, amountMinor: 3n, currency: 'EUR' },
  ],
});

describe('a reversal', () => {
  it('takes back every leg, linked both ways', async () => {
    const { ledger } = books;
    const ids = await books.accounts('ada', 'bo');
    const { id } = sale(ids);
    await ledger.post(sale(ids));
    expect(await ledger.reverse({ id: `back:${id}`, postingId: id })).toMatchObject({ ok: true, replayed: false });
    for (const [account, minor] of [
      [ids.ada, 100n],
      [ids.bo, 100n],
      [ids.fees, 0n],
    ] as const) {
      expect(await ledger.balance(account)).toMatchObject({ postedMinor: minor });
    }
    expect(await ledger.posting(id)).toMatchObject({ reversedBy: `back:${id}`, reverses: null });
    expect(await ledger.posting(`back:${id}`)).toMatchObject({ kind: 'reversal', reverses: id, reversedBy: null });
  });

  it('happens once, also when two ask at the same moment', async () => {
    const { ledger } = books;
    const ids = await books.accounts('ada', 'bo');
    const { id } = sale(ids);
    await ledger.post(sale(ids));
    const outcomes = await Promise.all(
      [1, 1, 2, 3].map((number) => ledger.reverse({ id: `back:${number}:${id}`, postingId: id })),
    );
    expect(outcomes.filter((outcome) => outcome.ok && !outcome.replayed)).toHaveLength(1);
    for (const outcome of outcomes) {
      if (!outcome.ok) expect(outcome.error.code).toBe('already_reversed');
    }
    expect(await ledger.balance(ids.ada)).toMatchObject({ postedMinor: 100n });
  });

  it('is refused for what is not there, is one itself, or left a hold open', async () => {
    const { ledger } = books;
    const { ada, bo } = await books.accounts('ada', 'bo');
    const pay = moving(`pay:${ada}`, ada, bo, 10n);
    const reverse = async (id: string, postingId: string) => {
      const outcome = await ledger.reverse({ id, postingId });
      return outcome.ok ? 'done' : outcome.error.code;
    };
    await ledger.post(pay);
    expect(await reverse(`a:${ada}`, 'nothing')).toBe('posting_not_found');
    expect(await reverse(`b:${ada}`, pay.id)).toBe('done');
    expect(await reverse(`c:${ada}`, `b:${ada}`)).toBe('not_reversible');
    const { debitAccountId, creditAccountId } = { debitAccountId: ada, creditAccountId: bo };
    await ledger.hold({
      id: `hold:${ada}`,
      kind: 'payment',
      debitAccountId,
      creditAccountId,
      amountMinor: 5n,
      currency: 'EUR',
    });
    expect(await reverse(`d:${ada}`, `hold:${ada}`)).toBe('not_reversible');
  });

  it('cannot take back what its receiver has spent', async () => {
    const { ledger } = books;
    const { ada, bo, bank } = await books.accounts('ada', 'bo');
    await ledger.post(moving(`pay:${ada}`, ada, bo, 10n));
    await ledger.post(moving(`spend:${bo}`, bo, bank, 105n));
    expect(await ledger.reverse({ id: `back:${ada}`, postingId: `pay:${ada}` })).toMatchObject({
      ok: false,
      error: { code: 'insufficient_funds' },
    });
    expect(await ledger.posting(`pay:${ada}`)).toMatchObject({ reversedBy: null });
  });
});
