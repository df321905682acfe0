import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLedger, ledgerMigrations } from '@smile/ledger';
import { inTransaction } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chartEntries } from './chart.ts';
import { ACCOUNTS, type Books, createBooks, type PaymentMove } from './service.ts';
import { verifyPlatformBooks } from './verify-books.ts';

let database: TestDatabase;
let books: Books;
beforeAll(async () => {
  database = await createTestDatabase([ledgerMigrations]);
  books = createBooks(database.pool);
  await books.open();
  await books.openMerchant('mer_1', 'EUR');
  await inTransaction(database.pool, async (client) => {
    await books.openWallet(client, 'per_1', 'EUR');
    await books.topUp(client, { topUpId: 'top_1', personId: 'per_1', amountMinor: 10_000n, currency: 'EUR' });
  });
});
afterAll(() => database.drop());

const payment = (paymentId: string): PaymentMove => ({
  paymentId,
  personId: 'per_1',
  merchantId: 'mer_1',
  amountMinor: 1_000n,
  currency: 'EUR',
  feeMinor: 9n,
  premiumMinor: 1n,
});
const balance = async (id: string) => (await createLedger(database.pool).balance(id))!.postedMinor;

describe('a payment', () => {
  it('goes to the merchant, less the fee, of which the fund gets its premium', async () => {
    await inTransaction(database.pool, (client) => books.payAll(client, [{ ...payment('pay_1'), as: 'paid' }]));
    expect(await balance(ACCOUNTS.wallet('per_1'))).toBe(9_000n);
    expect(await balance(ACCOUNTS.merchant('mer_1', 'EUR'))).toBe(991n);
    expect(await balance(ACCOUNTS.fees('EUR'))).toBe(8n);
    expect(await balance(ACCOUNTS.coverFund('EUR'))).toBe(1n);
  });

  it('whose hold ended by itself can still be released', async () => {
    await inTransaction(database.pool, (client) => books.payAll(client, [{ ...payment('pay_2'), as: 'held' }]));
    const ledger = createLedger(database.pool);
    await ledger.expireHolds({ now: new Date(Date.now() + 400 * 86_400_000) });
    expect((await ledger.findHold('pay_2'))?.state).toBe('expired');
    await inTransaction(database.pool, (client) => books.release(client, 'pay_2'));
    expect(await books.walletBalance(database.pool, 'per_1')).toBe(9_000n);
  });
});

describe('the chart of accounts', () => {
  it('is described in the docs, kind by kind', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../../../docs/ledger.md'), 'utf8');
    for (const [kind, { class: of, meaning, bounds }] of chartEntries()) {
      expect(docs).toContain(`| \`${kind}\` | ${of} | \`${bounds}\` | ${meaning} |`);
    }
  });

  it('fits all accounts the server makes', async () => {
    const { ok, rules, totals } = await verifyPlatformBooks(database.pool);
    expect(ok).toBe(true);
    expect(rules.every(({ problems }) => problems === 0)).toBe(true);
    expect(totals.reduce((sum, { creditMinor }) => sum + creditMinor, 0n)).toBe(0n);
  });
});

describe('npm run ledger:verify', () => {
  const verify = (...options: string[]) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, 'verify.ts'), ...options], {
      env: { PATH: process.env.PATH, DATABASE_URL: database.url },
    }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
    );

  it('ends well on sound books, and says what is wrong with others', async () => {
    const sound = await verify();
    expect(sound).toMatchObject({ code: 0 });
    expect(sound.stdout).toContain('the books are sound');

    await createLedger(database.pool).createAccount({
      id: 'slush',
      currency: 'EUR',
      kind: 'slush_fund',
      bounds: 'none',
    });
    const wrong = await verify('--json');
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      ok: false,
      problems: [{ rule: 'accounts_fit_the_chart', subject: 'slush' }],
    });
  });
});
