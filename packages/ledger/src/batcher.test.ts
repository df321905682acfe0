import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBatcher, type Posting, type PostingOutcome } from './index.ts';
import { moving, openTestBooks, type TestBooks } from './testing.ts';

let books: TestBooks;
beforeAll(async () => {
  books = await openTestBooks();
});
afterAll(() => books.close());

/** A ledger that answers when it is told to. */
function slowLedger() {
  const batches: { postings: readonly Posting[]; answer: () => void; fail: (error: Error) => void }[] = [];
  return {
    batches,
    postBatch: (postings: readonly Posting[]) =>
      new Promise<PostingOutcome[]>((resolve, reject) => {
        const answer = () => resolve(postings.map(({ id }) => ({ ok: true, id, replayed: false })));
        batches.push({ postings, answer, fail: reject });
      }),
  };
}
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const any = (id: string) => moving(id, 'a', 'b', 1n);

describe('postings of many callers', () => {
  it('each succeed or fail on their own', async () => {
    const { ada, bo } = await books.accounts('ada', 'bo');
    const batcher = createBatcher(books.ledger);
    const outcomes = await Promise.all([
      ...Array.from({ length: 30 }, (_, index) => batcher.post(moving(`pay:${ada}:${index}`, ada, bo, 2n))),
      batcher.post(moving(`much:${ada}`, ada, bo, 100n)),
      batcher.post(moving(`nobody:${ada}`, ada, 'nobody', 1n)),
      batcher.post(moving(`bad id`, ada, bo, 1n)),
      batcher.post(moving(`pay:${ada}:0`, ada, bo, 2n)),
      batcher.post(moving(`pay:${ada}:1`, ada, bo, 3n)),
    ]);
    const words = outcomes.map((outcome) =>
      outcome.ok ? (outcome.replayed ? 'replayed' : 'posted') : outcome.error.code,
    );
    expect(words.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'posted'));
    expect(words.slice(30)).toEqual([
      'insufficient_funds',
      'account_not_found',
      'invalid_id',
      'replayed',
      'id_conflict',
    ]);
    expect(await books.ledger.balance(bo)).toMatchObject({ postedMinor: 160n });
  });

  it('go out at once when nothing is under way, and together when something is', async () => {
    const ledger = slowLedger();
    const batcher = createBatcher(ledger, { lanes: 1, maxBatch: 3 });
    const all = [batcher.post(any('first'))];
    await turn();
    all.push(...['a', 'b', 'c', 'd'].map((id) => batcher.post(any(id))));
    await turn();
    expect(ledger.batches.map(({ postings }) => postings.length)).toEqual([1]);
    ledger.batches[0].answer();
    await turn();
    expect(ledger.batches.map(({ postings }) => postings.length)).toEqual([1, 3]);
    ledger.batches[1].answer();
    await turn();
    ledger.batches[2].answer();
    expect((await Promise.all(all)).map((outcome) => outcome.ok && outcome.id)).toEqual(['first', 'a', 'b', 'c', 'd']);
  });

  it('are refused when too many wait, or when they have waited too long', async () => {
    const ledger = slowLedger();
    const batcher = createBatcher(ledger, { lanes: 1, maxWaiting: 2, maxWaitMs: 20 });
    const first = batcher.post(any('first'));
    await turn();
    const waiting = [batcher.post(any('a')), batcher.post(any('b'))];
    expect(await batcher.post(any('c'))).toMatchObject({ ok: false, error: { code: 'busy', subject: 'c' } });
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ error: { code: 'busy' } });
    expect(batcher.waiting).toBe(0);
    ledger.batches[0].answer();
    expect(await first).toMatchObject({ ok: true });
    expect(ledger.batches).toHaveLength(1);
  });

  it('all hear of a lost connection, and the next ones go on', async () => {
    const ledger = slowLedger();
    const batcher = createBatcher(ledger);
    const lost = Promise.allSettled([batcher.post(any('a')), batcher.post(any('b'))]);
    await turn();
    ledger.batches[0].fail(new Error('connection lost'));
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = batcher.post(any('c'));
    await turn();
    ledger.batches[1].answer();
    expect(await next).toMatchObject({ ok: true });
    await batcher.close();
    expect(await batcher.post(any('d'))).toMatchObject({ error: { code: 'busy' } });
  });
});
