import { inTransaction, inTransactionOr, Rollback } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLedger, type Ledger, ledgerMigrations, MAX_AMOUNT_MINOR, type Metadata, type Posting } from './index.ts';

let database: TestDatabase;
let ledger: Ledger;
beforeAll(async () => {
  database = await createTestDatabase([ledgerMigrations]);
  ledger = createLedger(database.pool);
});
afterAll(async () => {
  expect(await ledger.verify()).toEqual({ ok: true, problems: [] });
  await database.drop();
});

// Every test has accounts of its own: the bank, from which money comes, and the wallets of Ada and Bo.
let test = 0;
let bank: string;
let ada: string;
let bo: string;
beforeEach(async () => {
  test += 1;
  [bank, ada, bo] = ['bank', 'ada', 'bo'].map((name) => `${name}:${test}`);
  await ledger.createAccount({ id: bank, currency: 'EUR', kind: 'bank', bounds: 'none' });
  for (const id of [ada, bo]) {
    await ledger.createAccount({ id, currency: 'EUR', kind: 'wallet', bounds: 'debits_within_credits' });
  }
  await pay('start', bank, ada, 100n);
});

const named = (name: string) => `${name}:${test}`;
const transfer = (debitAccountId: string, creditAccountId: string, amountMinor: bigint, currency = 'EUR') => ({
  debitAccountId,
  creditAccountId,
  amountMinor,
  currency,
});
const payment = (name: string, from: string, to: string, amountMinor: bigint, metadata?: Metadata): Posting => ({
  id: named(name),
  kind: 'payment',
  metadata,
  transfers: [transfer(from, to, amountMinor)],
});
const pay = (name: string, from: string, to: string, amountMinor: bigint) =>
  ledger.post(payment(name, from, to, amountMinor));
const hold = (name: string, amountMinor: bigint, more: { expiresAfterMs?: number } = {}) =>
  ledger.hold({ id: named(name), kind: 'payment', ...transfer(ada, bo, amountMinor), ...more });
const posted = async (id: string) => (await ledger.balance(id))!.postedMinor;
const available = async (id: string) => (await ledger.balance(id))!.availableMinor;
const refused = (code: string) => ({ ok: false, error: { code } });

describe('a payment', () => {
  it('moves money from one account to the other', async () => {
    expect(await pay('lunch', ada, bo, 30n)).toEqual({ ok: true, id: named('lunch'), replayed: false });
    expect([await posted(ada), await posted(bo)]).toEqual([70n, 30n]);
  });

  it('is made once, however often it is sent', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => pay('lunch', ada, bo, 30n)));
    expect(outcomes.filter((outcome) => outcome.ok && !outcome.replayed)).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.ok && outcome.replayed)).toHaveLength(7);
    expect(await posted(bo)).toBe(30n);
  });

  it('does not take the id of another one', async () => {
    await pay('lunch', ada, bo, 30n);
    expect(await pay('lunch', ada, bo, 31n)).toMatchObject(refused('id_conflict'));
    expect(await ledger.post(payment('lunch', ada, bo, 30n, { table: 4 }))).toMatchObject(refused('id_conflict'));
    expect(await posted(bo)).toBe(30n);
  });

  it('never overdraws, and leaves no trace when refused', async () => {
    expect(await pay('lunch', ada, bo, 101n)).toMatchObject(refused('insufficient_funds'));
    expect(await pay('lunch', ada, bo, 100n)).toMatchObject({ ok: true, replayed: false });
    expect([await posted(ada), await posted(bo)]).toEqual([0n, 100n]);
  });

  it('with several legs happens altogether or not at all', async () => {
    const meal = (name: string, tip: bigint): Posting => ({
      id: named(name),
      kind: 'meal',
      transfers: [transfer(ada, bo, 90n), { ...transfer(ada, bank, tip), kind: 'tip' }],
    });
    expect(await ledger.post(meal('dear', 11n))).toMatchObject(refused('insufficient_funds'));
    expect(await posted(bo)).toBe(0n);
    expect(await ledger.post(meal('fair', 10n))).toMatchObject({ ok: true });
    expect([await posted(ada), await posted(bo)]).toEqual([0n, 90n]);
    const { entries } = await ledger.entries(ada);
    expect(entries.map(({ kind, postedChange }) => [kind, postedChange])).toEqual([
      ['tip', 10n],
      ['meal', 90n],
      ['payment', 100n],
    ]);
  });

  it('cannot spend in its first leg what comes in by its second', async () => {
    const posting = (name: string, transfers: Posting['transfers']) =>
      ledger.post({ id: named(name), kind: 'round', transfers });
    const [out, back] = [transfer(bo, bank, 5n), transfer(ada, bo, 5n)];
    expect(await posting('early', [out, back])).toMatchObject(refused('insufficient_funds'));
    expect(await posting('late', [back, out])).toMatchObject({ ok: true });
  });
});

describe('bad input', () => {
  it.each([0n, -1n, MAX_AMOUNT_MINOR + 1n])('refuses an amount of %s', async (amountMinor) => {
    expect(await pay('odd', ada, bo, amountMinor)).toMatchObject(refused('amount_out_of_range'));
  });

  it.each([12.5, '12', Number.NaN, null])('refuses %s as an amount', async (amountMinor) => {
    expect(await pay('odd', ada, bo, amountMinor as never)).toMatchObject(refused('amount_out_of_range'));
  });

  it('refuses what would pass the end of a counter', async () => {
    expect(await pay('all', bank, bo, MAX_AMOUNT_MINOR)).toMatchObject(refused('counter_overflow'));
    expect(await posted(bo)).toBe(0n);
  });

  it('refuses unknown accounts, the same account twice and foreign currencies', async () => {
    await ledger.createAccount({
      id: named('yen'),
      currency: 'JPY',
      kind: 'wallet',
      bounds: 'debits_within_credits',
    });
    expect(await pay('a', ada, 'nobody', 1n)).toMatchObject(refused('account_not_found'));
    expect(await pay('b', 'nobody', bo, 1n)).toMatchObject(refused('account_not_found'));
    expect(await pay('c', ada, 'no body', 1n)).toMatchObject(refused('account_not_found'));
    expect(await pay('d', ada, ada, 1n)).toMatchObject(refused('same_account'));
    expect(await pay('e', ada, named('yen'), 1n)).toMatchObject(refused('currency_mismatch'));
    for (const [currency, code] of [
      ['JPY', 'currency_mismatch'],
      ['euro', 'invalid_currency'],
    ]) {
      const transfers = [transfer(ada, bo, 1n, currency)];
      expect(await ledger.post({ id: named('f'), kind: 'odd', transfers })).toMatchObject(refused(code));
    }
  });

  it('refuses odd ids, kinds, sizes and metadata', async () => {
    const good = payment('good', ada, bo, 1n);
    const cases: [Partial<Posting>, string][] = [
      [{ id: '' }, 'invalid_id'],
      [{ id: "'; DROP TABLE ledger_accounts; --" }, 'invalid_id'],
      [{ id: 'x'.repeat(101) }, 'invalid_id'],
      [{ kind: 'Payment!' }, 'invalid_kind'],
      [{ transfers: [] }, 'transfers_out_of_range'],
      [{ transfers: Array.from({ length: 101 }, () => good.transfers[0]) }, 'transfers_out_of_range'],
      [{ metadata: { note: 'x'.repeat(5_000) } }, 'invalid_metadata'],
      [{ metadata: { note: 'zero\0' } }, 'invalid_metadata'],
      [{ metadata: { note: '\ud83d' } }, 'invalid_metadata'],
      [{ metadata: { big: 10n as never } }, 'invalid_metadata'],
      [{ metadata: { list: [] as never } }, 'invalid_metadata'],
      [{ metadata: { rate: Number.NaN } }, 'invalid_metadata'],
    ];
    for (const [change, code] of cases) {
      expect(await ledger.post({ ...good, ...change }), code).toMatchObject(refused(code));
    }
    expect(await posted(bo)).toBe(0n);
  });
});

describe('accounts', () => {
  it('are made once', async () => {
    const account = { id: ada, currency: 'EUR', kind: 'wallet', bounds: 'debits_within_credits' } as const;
    expect(await ledger.createAccount(account)).toMatchObject({ ok: true, account: { postedMinor: 100n } });
    expect(await ledger.createAccount({ ...account, currency: 'USD' })).toMatchObject(refused('id_conflict'));
    for (const [change, code] of [
      [{ id: 'not an id' }, 'invalid_id'],
      [{ kind: 'No Kind' }, 'invalid_kind'],
      [{ currency: 'euro' }, 'invalid_currency'],
    ] as const) {
      expect(await ledger.createAccount({ ...account, ...change })).toMatchObject(refused(code));
    }
  });

  it('that hold what we own may not be credited beyond it', async () => {
    const cash = named('cash');
    await ledger.createAccount({ id: cash, currency: 'EUR', kind: 'cash', bounds: 'credits_within_debits' });
    await pay('deposit', cash, bank, 50n);
    expect(await available(cash)).toBe(50n);
    expect(await pay('too-much', bank, cash, 51n)).toMatchObject(refused('insufficient_funds'));
  });

  it('can be closed when empty, and take nothing then', async () => {
    expect(await ledger.closeAccount(ada)).toMatchObject(refused('account_not_empty'));
    expect(await ledger.closeAccount(bo)).toMatchObject({ ok: true, account: { closedAt: expect.any(Date) } });
    expect(await pay('late', ada, bo, 1n)).toMatchObject({ ...refused('account_closed'), error: { subject: bo } });
    expect(await ledger.closeAccount('nobody')).toMatchObject(refused('account_not_found'));
  });

  it('show their journal page by page, newest first', async () => {
    for (const amount of [1n, 2n, 3n]) await pay(`p${amount}`, ada, bo, amount);
    const first = await ledger.entries(ada, { limit: 3 });
    expect(first.entries.map(({ number, postedChange }) => [number, postedChange])).toEqual([
      [4n, 3n],
      [3n, 2n],
      [2n, 1n],
    ]);
    expect(first.entries[0]).toMatchObject({ side: 'debit', otherAccountId: bo, after: { debitsPosted: 6n } });
    const second = await ledger.entries(ada, { limit: 3, cursor: first.nextCursor! });
    expect(second).toMatchObject({ entries: [{ number: 1n, side: 'credit' }], nextCursor: null });
    expect((await ledger.entries('nobody')).entries).toEqual([]);
  });
});

describe('a hold', () => {
  it('sets money aside, and posting it moves the money', async () => {
    await hold('order', 60n);
    expect([await posted(ada), await available(ada), await posted(bo)]).toEqual([100n, 40n, 0n]);
    expect(await pay('more', ada, bo, 41n)).toMatchObject(refused('insufficient_funds'));
    expect(await ledger.postHold({ id: named('done'), kind: 'payment', holdId: named('order') })).toMatchObject({
      ok: true,
    });
    expect([await posted(ada), await available(ada), await posted(bo)]).toEqual([40n, 40n, 60n]);
    expect(await ledger.findHold(named('order'))).toMatchObject({ state: 'posted', postedMinor: 60n });
  });

  it('can be posted in part, and gives the rest back', async () => {
    await hold('order', 60n);
    const capture = { id: named('done'), kind: 'payment', holdId: named('order') };
    expect(await ledger.postHold({ ...capture, amountMinor: 61n })).toMatchObject(refused('hold_amount_exceeded'));
    expect(await ledger.postHold({ ...capture, amountMinor: 25n })).toMatchObject({ ok: true });
    expect([await available(ada), await posted(bo)]).toEqual([75n, 25n]);
  });

  it('can be voided, and then nothing else', async () => {
    await hold('order', 60n);
    const holdId = named('order');
    const cancel = { id: named('cancel'), kind: 'payment', holdId };
    expect(await ledger.voidHold(cancel)).toMatchObject({ ok: true, replayed: false });
    expect(await ledger.voidHold(cancel)).toMatchObject({ ok: true, replayed: true });
    expect(await available(ada)).toBe(100n);
    const again = { id: named('again'), kind: 'payment', holdId };
    expect(await ledger.postHold(again)).toMatchObject(refused('hold_not_pending'));
    expect(await ledger.voidHold(again)).toMatchObject(refused('hold_not_pending'));
    expect(await ledger.voidHold({ ...again, holdId: 'nothing' })).toMatchObject(refused('hold_not_found'));
  });

  it('is used up once though many try at the same moment', async () => {
    await hold('order', 60n);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        ledger[index % 2 === 0 ? 'postHold' : 'voidHold']({
          id: named(`try-${index}`),
          kind: 'payment',
          holdId: named('order'),
        }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('cannot be used twice within one posting', async () => {
    await hold('order', 60n);
    const leg = { phase: 'post_hold', holdId: named('order') } as const;
    const twice = await ledger.post({ id: named('twice'), kind: 'payment', transfers: [leg, leg] });
    expect(twice).toMatchObject(refused('hold_not_pending'));
    expect(await available(ada)).toBe(40n);
  });

  it('does not take the id of another one', async () => {
    await hold('order', 60n);
    expect(await hold('order', 60n)).toMatchObject({ ok: true, replayed: true });
    const transfers = [{ phase: 'hold', holdId: named('order'), ...transfer(ada, bo, 1n) } as const];
    const other = await ledger.post({ id: named('other'), kind: 'payment', transfers });
    expect(other).toMatchObject(refused('id_conflict'));
    expect(await available(ada)).toBe(40n);
  });

  it('expires, and gives everything back', async () => {
    await hold('short', 10n, { expiresAfterMs: 1 });
    await hold('long', 20n, { expiresAfterMs: 3_600_000 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const capture = { id: named('late'), kind: 'payment', holdId: named('short') };
    expect(await ledger.postHold(capture)).toMatchObject(refused('hold_expired'));
    expect(await ledger.expireHolds()).toEqual({ expired: 1 });
    expect(await ledger.expireHolds()).toEqual({ expired: 0 });
    expect(await ledger.findHold(named('short'))).toMatchObject({ state: 'expired' });
    expect(await available(ada)).toBe(80n);
    expect(await ledger.postHold(capture)).toMatchObject(refused('hold_not_pending'));
    expect(await ledger.expireHolds({ now: new Date(Date.now() + 7_200_000) })).toEqual({ expired: 1 });
  });

  it.each([0, -1, 1.5, Number.NaN, 1e15])('cannot last %s ms', async (expiresAfterMs) => {
    expect(await hold('odd', 1n, { expiresAfterMs })).toMatchObject(refused('invalid_expiry'));
  });
});

describe('within a transaction of the caller', () => {
  it('money moves when the rest does', async () => {
    const settle = (fails: boolean) =>
      inTransaction(database.pool, async (client) => {
        expect(await ledger.on(client).post(payment('lunch', ada, bo, 30n))).toMatchObject({ ok: true });
        if (fails) throw new Error('the kitchen is on fire');
      });
    await expect(settle(true)).rejects.toThrow('on fire');
    expect(await posted(bo)).toBe(0n);
    await settle(false);
    expect(await posted(bo)).toBe(30n);
  });

  it('a refusal leaves the transaction usable', async () => {
    await inTransaction(database.pool, async (client) => {
      const inside = ledger.on(client);
      expect(await inside.post(payment('dear', ada, bo, 500n))).toMatchObject(refused('insufficient_funds'));
      expect(await inside.post(payment('odd', ada, 'nobody', 5n))).toMatchObject(refused('account_not_found'));
      expect(await inside.post(payment('fair', ada, bo, 5n))).toMatchObject({ ok: true });
    });
    expect(await posted(bo)).toBe(5n);
  });

  it('a failure can undo everything and come out as a value', async () => {
    const result = await inTransactionOr(database.pool, async (client) => {
      const inside = ledger.on(client);
      await inside.post(payment('fair', ada, bo, 5n));
      const outcome = await inside.post(payment('dear', ada, bo, 500n));
      if (!outcome.ok) throw new Rollback(outcome);
      return outcome;
    });
    expect(result).toMatchObject(refused('insufficient_funds'));
    expect(await posted(bo)).toBe(0n);
  });
});

describe('a batch', () => {
  it('does each posting as if it came alone', async () => {
    const outcomes = await ledger.postBatch([
      payment('a', ada, bo, 60n),
      payment('b', ada, bo, 60n),
      payment('c', bo, ada, 30n),
      payment('b2', ada, bo, 60n),
      payment('a', ada, bo, 60n),
      payment('a', ada, bo, 61n),
      payment('d', ada, 'nobody', 1n),
      payment('e', ada, bo, 0n),
    ]);
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.replayed : outcome.error.code))).toEqual([
      false,
      'insufficient_funds',
      false,
      false,
      true,
      'id_conflict',
      'account_not_found',
      'amount_out_of_range',
    ]);
    expect([await posted(ada), await posted(bo)]).toEqual([10n, 90n]);
  });

  it('spends nothing before it has come in', async () => {
    const outcomes = await ledger.postBatch([payment('out', bo, ada, 10n), payment('in', ada, bo, 10n)]);
    expect(outcomes).toMatchObject([refused('insufficient_funds'), { ok: true }]);
    expect(await posted(bo)).toBe(10n);
  });

  it('may open a hold and close it', async () => {
    const opened: Posting = {
      id: named('open'),
      kind: 'payment',
      transfers: [{ phase: 'hold', holdId: named('open'), ...transfer(ada, bo, 10n) }],
    };
    const closed: Posting = {
      id: named('close'),
      kind: 'payment',
      transfers: [{ phase: 'post_hold', holdId: named('open') }],
    };
    expect(await ledger.postBatch([opened, closed])).toMatchObject([{ ok: true }, { ok: true }]);
    expect(await posted(bo)).toBe(10n);
  });

  it('has a limit, and may be empty', async () => {
    expect(await ledger.postBatch([])).toEqual([]);
    const many = Array.from({ length: 1_001 }, () => payment('many', ada, bo, 1n));
    await expect(ledger.postBatch(many)).rejects.toThrow('at most 1000');
  });
});

describe('what is written', () => {
  it.each(['ledger_postings', 'ledger_transfers', 'ledger_entries'])(
    'in %s can be neither changed nor deleted',
    async (table) => {
      for (const statement of [`DELETE FROM ${table}`, `TRUNCATE ${table} CASCADE`]) {
        await expect(database.pool.query(statement)).rejects.toThrow('never changed');
      }
      const column = table === 'ledger_postings' ? 'kind' : 'posted_change';
      await expect(database.pool.query(`UPDATE ${table} SET ${column} = ${column}`)).rejects.toThrow('never changed');
    },
  );

  it('about accounts and holds keeps its identity', async () => {
    for (const statement of [
      "UPDATE ledger_accounts SET currency = 'USD'",
      "UPDATE ledger_accounts SET bounds = 'none'",
      'DELETE FROM ledger_accounts',
      'DELETE FROM ledger_holds',
      'UPDATE ledger_holds SET amount = amount + 1',
    ]) {
      await expect(database.pool.query(statement), statement).rejects.toThrow('never changed');
    }
    await hold('order', 1n);
    await ledger.voidHold({ id: named('void'), kind: 'payment', holdId: named('order') });
    const reopen = "UPDATE ledger_holds SET state = 'pending', closed_by = NULL WHERE id = $1";
    await expect(database.pool.query(reopen, [named('order')])).rejects.toThrow('never changed');
  });

  it('cannot go beyond an account’s bounds even by hand', async () => {
    const byHand = database.pool.query('UPDATE ledger_accounts SET debits_posted = 101 WHERE id = $1', [ada]);
    await expect(byHand).rejects.toMatchObject({ constraint: 'ledger_accounts_within_bounds' });
  });
});
