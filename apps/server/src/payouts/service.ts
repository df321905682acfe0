import {
  amountOf,
  type BankFileResult,
  type BankLine,
  type Currency,
  money,
  type Payout,
  type PayoutAccount,
  type PayoutBatch,
  type PayoutSchedule,
  type Reconciliation,
  type SetPayoutAccountSchema,
} from '@smile/contract';
import { type Client, inTransaction, inTransactionOr, type Pool, Rollback } from '@smile/postgres';
import { electronicFormatIBAN, isValidIBAN } from 'ibantools';
import type { z } from 'zod';
import { type Books, CURRENCIES_KEPT } from '../books/service.ts';
import type { AuditPort } from '../context.ts';
import { newId } from '../ids.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Shops } from '../shops/service.ts';
import { readCamt053, readPain002, type StatementLine, type StatusLine } from './bank-files.ts';
import { payoutsCsv } from './csv.ts';
import type { PayoutsErrorCode } from './errors.ts';
import {
  type BankLineRow,
  type BatchRow,
  bankReferenceOf,
  dateOf,
  ibanHint,
  nextWorkingDay,
  PAYOUT_MOVES,
  type PayoutAccountRow,
  type PayoutEvent,
  type PayoutRow,
  schedulesDue,
} from './model.ts';
import { type PayoutSource, pain001 } from './pain001.ts';
import * as store from './store.ts';

/** A batch is made in one transaction, which holds the merchants' accounts: no more than takes a moment. */
const MAX_PAYOUTS_IN_BATCH = 500;
const ACCOUNTS_AT_ONCE = 200;
/** Schedules run from two in the morning, UTC, when shops of the day before have closed. */
const SCHEDULE_HOUR = 2;
const LATE_AFTER_MS = 3 * 24 * 3_600_000;
const MOST_SHOWN = 100;

type Outcome = 'applied' | 'unchanged' | 'unknown';
type Failing<T> = Promise<Result<T, PayoutsErrorCode>>;
type Paged<T> = { data: T[]; nextCursor: string | null };

/** Merchants' balances on their way to their banks, and what the banks say of it. */
export type Payouts = {
  setAccount(
    merchantId: string,
    account: z.output<typeof SetPayoutAccountSchema>,
    operatorId: string,
  ): Failing<PayoutAccount>;
  account(merchantId: string): Failing<PayoutAccount>;
  listOfMerchant(merchantId: string, page: { limit: number; cursor?: string }): Promise<Paged<Payout>>;

  /** Every merchant's balance, from its minimum on, in one batch of at most 500; the rest waits for the next. */
  createBatch(
    client: Client,
    wanted: { currency: Currency; executionDate?: string },
    operatorId: string,
  ): Failing<PayoutBatch>;
  batch(batchId: string): Failing<PayoutBatch>;
  listBatches(page: { limit: number; cursor?: string }): Promise<Paged<PayoutBatch>>;
  /** The order to the bank. Fetching it says that the bank will have it: the payouts are in transit from then on. */
  bankOrder(batchId: string, operatorId: string): Failing<{ fileName: string; xml: string }>;
  csv(batchId: string): Failing<{ fileName: string; csv: string }>;

  /** A pain.002 status report or camt.053 statement. Read twice it changes nothing. */
  readBankFile(xml: string, operatorId: string): Failing<BankFileResult>;
  reconciliation(currency: Currency): Promise<Reconciliation>;
  explainLine(lineId: string, note: string, operatorId: string): Failing<BankLine>;

  /** Makes the batches of the schedules that are due; once a day. Returns how many it made. */
  runSchedules(): Promise<number>;
};

export function createPayouts(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly books: Books;
  readonly shops: Pick<Shops, 'hasMerchant'>;
  readonly audit: AuditPort;
  readonly source: PayoutSource | null;
}): Payouts {
  const { pool, now, books, audit } = deps;

  async function makeBatch(
    client: Client,
    wanted: { currency: Currency; executionDate: string; schedules: readonly PayoutSchedule[] | null; by: string },
  ): Promise<BatchRow | null> {
    const at = now();
    const scheduledFor = wanted.schedules ? dateOf(at) : null;
    const batchId = newId('payoutBatch');
    const made: Omit<PayoutRow, 'state' | 'failureCode' | 'settledAt'>[] = [];
    for (let after = ''; made.length < MAX_PAYOUTS_IN_BATCH; ) {
      const due = wanted.schedules && scheduledFor ? { schedules: wanted.schedules, day: scheduledFor } : null;
      const limit = Math.min(ACCOUNTS_AT_ONCE, MAX_PAYOUTS_IN_BATCH - made.length);
      const accounts = await store.accountsToPay(client, { currency: wanted.currency, due, after, limit });
      for (const account of accounts) {
        const amountMinor = await books.merchantBalance(client, account.merchantId, wanted.currency);
        if (amountMinor < account.minimumMinor) continue;
        const id = newId('payout');
        const { merchantId, holderName, iban, bic, currency } = account;
        // A refund may have been quicker: then the merchant waits for the next batch.
        if (!(await books.sendPayout(client, { payoutId: id, merchantId, amountMinor, currency })).ok) continue;
        const endToEndId = bankReferenceOf(id);
        made.push({
          id,
          batchId,
          merchantId,
          amountMinor,
          currency,
          endToEndId,
          holderName,
          iban,
          bic,
          scheduledFor,
          createdAt: at,
        });
      }
      if (accounts.length < limit) break;
      after = accounts[accounts.length - 1].merchantId;
    }
    if (made.length === 0) return null;
    const batch = {
      id: batchId,
      messageId: bankReferenceOf(batchId),
      currency: wanted.currency,
      executionDate: wanted.executionDate,
      count: made.length,
      totalMinor: made.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
      createdAt: at,
    };
    await store.insertBatch(client, batch);
    for (const payout of made) await store.insertPayout(client, payout);
    await audit.record(client, {
      actor: wanted.by,
      action: 'payout_batch.created',
      subject: batchId,
      details: { count: batch.count, totalMinor: batch.totalMinor.toString(), currency: batch.currency },
    });
    return { ...batch, submittedAt: null };
  }

  async function toBatches(db: Client | Pool, rows: readonly BatchRow[]): Promise<PayoutBatch[]> {
    const counts = await store.countStates(
      db,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => ({
      id: row.id,
      messageId: row.messageId,
      currency: row.currency,
      executionDate: row.executionDate,
      count: row.count,
      total: money(row.totalMinor, row.currency),
      states: Object.fromEntries(
        counts.filter(({ batchId }) => batchId === row.id).map(({ state, count }) => [state, Number(count)]),
      ),
      createdAt: row.createdAt.toISOString(),
      submittedAt: row.submittedAt?.toISOString() ?? null,
    }));
  }

  /** Moves a locked payout and its money; says whether the table of moves allowed it. */
  async function move(client: Client, payout: PayoutRow, event: PayoutEvent, reason: string | null): Promise<Outcome> {
    const state = PAYOUT_MOVES[payout.state][event];
    if (!state) return TARGETS[event] === payout.state ? 'unchanged' : 'unknown';
    const moved = { ...payout, payoutId: payout.id };
    if (event === 'settle') await books.settlePayout(client, moved);
    if (event === 'fail') await books.takeBackPayout(client, moved, 'unpaid');
    if (event === 'return') await books.takeBackPayout(client, moved, 'paid');
    const settledAt = event === 'submit' ? null : now();
    await store.setPayoutState(client, payout.id, { state, failureCode: reason, settledAt });
    return 'applied';
  }

  async function applyStatus(line: StatusLine): Promise<Outcome> {
    const event = STATUS_EVENTS[line.status];
    if (!event) return 'unknown';
    return inTransaction(pool, async (client) => {
      if (line.endToEndId) {
        const payout = await store.lockPayout(client, line.endToEndId);
        return payout ? move(client, payout, event, line.reasonCode) : 'unknown';
      }
      const batch = line.messageId ? await store.findBatchByMessage(client, line.messageId) : null;
      if (!batch) return 'unknown';
      let outcome: Outcome = 'unchanged';
      for (const { endToEndId } of await store.payoutsOfBatch(client, batch.id)) {
        const payout = await store.lockPayout(client, endToEndId);
        // What was said of a payment by itself stands.
        if (!payout || (payout.state !== 'pending' && payout.state !== 'in_transit')) continue;
        if ((await move(client, payout, event, line.reasonCode)) === 'applied') outcome = 'applied';
      }
      return outcome;
    });
  }

  async function applyStatement(line: StatementLine): Promise<Outcome> {
    return inTransactionOr<Outcome>(pool, async (client) => {
      const id = newId('bankLine');
      const { reference, bookedOn, direction, amountMinor, currency, endToEndId } = line;
      const fields = { id, reference, bookedOn, direction, amountMinor, currency, endToEndId };
      const description = line.text;
      const state = 'unmatched';
      const row = { ...fields, description, state, payoutId: null, createdAt: now() } as const;
      if (!(await store.insertLine(client, row))) throw new Rollback<Outcome>('unchanged');
      const matched = await matchLine(client, line);
      if (!matched) return 'unknown';
      await store.setLineMatched(client, id, matched.payoutId);
      return 'applied';
    });
  }

  /** What the line settles or sends back. Null where nothing of ours has this reference and this amount. */
  async function matchLine(client: Client, line: StatementLine): Promise<{ payoutId: string | null } | null> {
    if (line.endToEndId) {
      const payout = await store.lockPayout(client, line.endToEndId);
      if (!payout || payout.amountMinor !== line.amountMinor || payout.currency !== line.currency) return null;
      const event = line.direction === 'debit' ? 'settle' : payout.state === 'paid' ? 'return' : 'fail';
      const outcome = await move(client, payout, event, line.reasonCode);
      return outcome === 'unknown' ? null : { payoutId: payout.id };
    }
    if (line.direction !== 'debit' || line.batchMessageId === null) return null;
    const batch = await store.findBatchByMessage(client, line.batchMessageId);
    if (!batch || batch.currency !== line.currency) return null;
    const payouts = (await store.payoutsOfBatch(client, batch.id)).filter(({ state }) => state !== 'failed');
    if (payouts.reduce((sum, { amountMinor }) => sum + amountMinor, 0n) !== line.amountMinor) return null;
    for (const { endToEndId } of payouts) {
      const payout = await store.lockPayout(client, endToEndId);
      if (payout) await move(client, payout, 'settle', null);
    }
    return { payoutId: null };
  }

  return {
    async setAccount(merchantId, given, operatorId) {
      if (!(await deps.shops.hasMerchant(merchantId))) return fail('merchant_not_found');
      const iban = electronicFormatIBAN(given.iban) ?? '';
      if (!isValidIBAN(iban)) return fail('iban_invalid', { param: 'iban' });
      const account: PayoutAccountRow = {
        merchantId,
        holderName: given.holderName,
        iban,
        bic: given.bic ?? null,
        schedule: given.schedule,
        currency: given.minimum.currency,
        minimumMinor: amountOf(given.minimum) || 1n,
        updatedAt: now(),
      };
      await inTransaction(pool, async (client) => {
        await store.putAccount(client, { ...account, updatedBy: operatorId });
        await audit.record(client, {
          actor: operatorId,
          action: 'payout_account.set',
          subject: merchantId,
          details: { iban: ibanHint(iban), schedule: account.schedule },
        });
      });
      return ok(toAccount(account));
    },

    async account(merchantId) {
      const found = await store.findAccount(pool, merchantId);
      return found ? ok(toAccount(found)) : fail('payout_account_not_found');
    },

    async listOfMerchant(merchantId, { limit, cursor }) {
      const rows = await store.payoutsOfMerchant(pool, merchantId, { before: cursor ?? null, limit: limit + 1 });
      return paged(rows, limit, (row) => row.id, rows.slice(0, limit).map(toPayout));
    },

    async createBatch(client, { currency, executionDate }, operatorId) {
      const batch = await makeBatch(client, {
        currency,
        executionDate: executionDate ?? nextWorkingDay(now()),
        schedules: null,
        by: operatorId,
      });
      if (!batch) return fail('nothing_to_pay_out');
      return ok((await toBatches(client, [batch]))[0]);
    },

    async batch(batchId) {
      const found = await store.findBatch(pool, batchId);
      return found ? ok((await toBatches(pool, [found]))[0]) : fail('payout_batch_not_found');
    },

    async listBatches({ limit, cursor }) {
      const rows = await store.listBatches(pool, { before: cursor ?? null, limit: limit + 1 });
      return paged(rows, limit, (row) => row.id, await toBatches(pool, rows.slice(0, limit)));
    },

    async bankOrder(batchId, operatorId) {
      const { source } = deps;
      if (!source) return fail('payout_source_missing');
      return inTransaction(pool, async (client) => {
        const batch = await store.findBatch(client, batchId);
        if (!batch) return fail('payout_batch_not_found');
        const xml = pain001(batch, await store.payoutsOfBatch(client, batchId), source);
        await store.markSubmitted(client, batchId, now());
        await store.submitPending(client, batchId);
        await audit.record(client, { actor: operatorId, action: 'payout_batch.fetched', subject: batchId });
        return ok({ fileName: `pain.001-${batch.messageId}.xml`, xml });
      });
    },

    async csv(batchId) {
      const batch = await store.findBatch(pool, batchId);
      if (!batch) return fail('payout_batch_not_found');
      const csv = payoutsCsv(await store.payoutsOfBatch(pool, batchId));
      return ok({ fileName: `payouts-${batch.messageId}.csv`, csv });
    },

    async readBankFile(xml, operatorId) {
      const result = { read: 0, applied: 0, unchanged: 0, unknown: 0 };
      const count = (outcome: Outcome) => {
        result.read += 1;
        result[outcome] += 1;
      };
      const statuses = readPain002(xml);
      if (statuses) {
        // What is said of single payments goes before what is said of all the others.
        const single = statuses.filter(({ endToEndId }) => endToEndId);
        const groups = statuses.filter(({ endToEndId }) => !endToEndId);
        for (const line of [...single, ...groups]) count(await applyStatus(line));
      } else {
        const statement = readCamt053(xml);
        if (!statement) return fail('bank_file_invalid');
        // A payment and its return may stand in one statement, in any order.
        const debits = statement.filter(({ direction }) => direction === 'debit');
        const credits = statement.filter(({ direction }) => direction === 'credit');
        for (const line of [...debits, ...credits]) count(await applyStatement(line));
      }
      await audit.record(pool, {
        actor: operatorId,
        action: statuses ? 'bank_file.status_report' : 'bank_file.statement',
        subject: 'payouts',
        details: result,
      });
      return ok(result);
    },

    async reconciliation(currency) {
      // One snapshot: books and payouts are compared as they stood at the same moment.
      return inTransaction(
        pool,
        async (client) => {
          const clearingMinor = await books.payoutsOnTheWay(client, currency);
          const outstandingMinor = await store.sumOutstanding(client, currency);
          const before = new Date(now().getTime() - LATE_AFTER_MS);
          const late = await store.latePayouts(client, { currency, before, limit: MOST_SHOWN });
          const { lines, count } = await store.unmatchedLines(client, currency, MOST_SHOWN);
          return {
            currency,
            clearing: money(clearingMinor, currency),
            outstanding: money(outstandingMinor, currency),
            agrees: clearingMinor === outstandingMinor,
            late: late.map(toPayout),
            unmatched: lines.map(toLine),
            unmatchedCount: count,
          };
        },
        { isolation: 'repeatable read' },
      );
    },

    async explainLine(lineId, note, operatorId) {
      return inTransaction(pool, async (client) => {
        const line = await store.explainLine(client, lineId, note, operatorId);
        if (!line) return fail((await store.findLine(client, lineId)) ? 'bank_line_matched' : 'bank_line_not_found');
        await audit.record(client, { actor: operatorId, action: 'bank_line.explained', subject: lineId });
        return ok(toLine(line));
      });
    },

    async runSchedules() {
      const at = now();
      const schedules = schedulesDue(at);
      if (schedules.length === 0 || at.getUTCHours() < SCHEDULE_HOUR) return 0;
      let batches = 0;
      for (const currency of CURRENCIES_KEPT) {
        if (await store.hasRun(pool, currency, dateOf(at))) continue;
        const wanted = { currency, executionDate: nextWorkingDay(at), schedules, by: 'schedule' };
        while (await inTransaction(pool, (client) => makeBatch(client, wanted))) batches += 1;
        await store.insertRun(pool, currency, dateOf(at), at);
      }
      return batches;
    },
  };
}

const TARGETS = { submit: 'in_transit', settle: 'paid', fail: 'failed', return: 'returned' } as const;

/** ISO 20022 external payment status codes, by what they mean for a payout. Those not listed change nothing. */
const STATUS_EVENTS: Readonly<Record<string, PayoutEvent | undefined>> = {
  RCVD: 'submit',
  ACTC: 'submit',
  ACCP: 'submit',
  ACSP: 'submit',
  ACWC: 'submit',
  PDNG: 'submit',
  ACSC: 'settle',
  ACCC: 'settle',
  RJCT: 'fail',
  CANC: 'fail',
};

function paged<R, T>(rows: readonly R[], limit: number, idOf: (row: R) => string, data: T[]): Paged<T> {
  return { data, nextCursor: rows.length > limit ? idOf(rows[limit - 1]) : null };
}

function toAccount(row: PayoutAccountRow): PayoutAccount {
  return {
    merchantId: row.merchantId,
    holderName: row.holderName,
    ibanHint: ibanHint(row.iban),
    schedule: row.schedule,
    minimum: money(row.minimumMinor, row.currency),
    updatedAt: row.updatedAt.toISOString(),
  };
}

function toPayout(row: PayoutRow): Payout {
  return {
    id: row.id,
    batchId: row.batchId,
    merchantId: row.merchantId,
    amount: money(row.amountMinor, row.currency),
    state: row.state,
    ibanHint: ibanHint(row.iban),
    endToEndId: row.endToEndId,
    failureCode: row.failureCode,
    createdAt: row.createdAt.toISOString(),
    settledAt: row.settledAt?.toISOString() ?? null,
  };
}

function toLine(row: BankLineRow): BankLine {
  return {
    id: row.id,
    bookedOn: row.bookedOn,
    direction: row.direction,
    amount: money(row.amountMinor, row.currency),
    reference: row.reference,
    endToEndId: row.endToEndId,
    text: row.description,
    state: row.state,
    payoutId: row.payoutId,
    note: row.note,
  };
}
