import type { PayoutSchedule, PayoutState } from '@smile/contract';
import type { Queryable } from '@smile/postgres';
import type { BankLineRow, BatchRow, PayoutAccountRow, PayoutRow } from './model.ts';

const ACCOUNT = `merchant_id AS "merchantId", holder_name AS "holderName", iban, bic, schedule, currency,
  minimum_minor AS "minimumMinor", updated_at AS "updatedAt"`;
const BATCH = `id, message_id AS "messageId", currency, to_char(execution_date, 'YYYY-MM-DD') AS "executionDate", count,
  total_minor AS "totalMinor", created_at AS "createdAt", submitted_at AS "submittedAt"`;
const PAYOUT = `id, batch_id AS "batchId", merchant_id AS "merchantId", amount_minor AS "amountMinor", currency, state,
  end_to_end_id AS "endToEndId", holder_name AS "holderName", iban, bic, failure_code AS "failureCode",
  to_char(scheduled_for, 'YYYY-MM-DD') AS "scheduledFor", created_at AS "createdAt", settled_at AS "settledAt"`;
const LINE = `id, reference, to_char(booked_on, 'YYYY-MM-DD') AS "bookedOn", direction, amount_minor AS "amountMinor",
  currency, end_to_end_id AS "endToEndId", description, state, payout_id AS "payoutId", note`;

export type Page = { readonly before: string | null; readonly limit: number };

export async function putAccount(db: Queryable, account: PayoutAccountRow & { updatedBy: string }): Promise<void> {
  await db.query(
    `INSERT INTO payouts_accounts
       (merchant_id, holder_name, iban, bic, schedule, currency, minimum_minor, updated_at, updated_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (merchant_id) DO UPDATE SET holder_name = excluded.holder_name, iban = excluded.iban,
       bic = excluded.bic, schedule = excluded.schedule, currency = excluded.currency,
       minimum_minor = excluded.minimum_minor, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
    [
      account.merchantId,
      account.holderName,
      account.iban,
      account.bic,
      account.schedule,
      account.currency,
      account.minimumMinor,
      account.updatedAt,
      account.updatedBy,
    ],
  );
}

export async function findAccount(db: Queryable, merchantId: string): Promise<PayoutAccountRow | null> {
  const found = await db.query<PayoutAccountRow>(`SELECT ${ACCOUNT} FROM payouts_accounts WHERE merchant_id = $1`, [
    merchantId,
  ]);
  return found.rows[0] ?? null;
}

/** Whom to pay: on demand everybody, else those of these schedules who have not been paid out for that day. */
export async function accountsToPay(
  db: Queryable,
  wanted: {
    currency: string;
    due: { schedules: readonly PayoutSchedule[]; day: string } | null;
    after: string;
    limit: number;
  },
): Promise<PayoutAccountRow[]> {
  const found = await db.query<PayoutAccountRow>(
    `SELECT ${ACCOUNT} FROM payouts_accounts a
     WHERE currency = $1 AND merchant_id > $2
       AND ($3::text[] IS NULL OR (schedule = ANY ($3) AND NOT EXISTS (
         SELECT FROM payouts p WHERE p.merchant_id = a.merchant_id AND p.currency = a.currency AND p.scheduled_for = $4)))
     ORDER BY merchant_id LIMIT $5`,
    [wanted.currency, wanted.after, wanted.due?.schedules ?? null, wanted.due?.day ?? null, wanted.limit],
  );
  return found.rows;
}

export async function insertBatch(db: Queryable, batch: Omit<BatchRow, 'submittedAt'>): Promise<void> {
  await db.query(
    `INSERT INTO payouts_batches (id, message_id, currency, execution_date, count, total_minor, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [batch.id, batch.messageId, batch.currency, batch.executionDate, batch.count, batch.totalMinor, batch.createdAt],
  );
}

export async function insertPayout(
  db: Queryable,
  payout: Omit<PayoutRow, 'state' | 'failureCode' | 'settledAt'>,
): Promise<void> {
  await db.query(
    `INSERT INTO payouts (id, batch_id, merchant_id, amount_minor, currency, state, end_to_end_id, holder_name, iban, bic,
       scheduled_for, created_at)
     VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11)`,
    [
      payout.id,
      payout.batchId,
      payout.merchantId,
      payout.amountMinor,
      payout.currency,
      payout.endToEndId,
      payout.holderName,
      payout.iban,
      payout.bic,
      payout.scheduledFor,
      payout.createdAt,
    ],
  );
}

export async function findBatch(db: Queryable, batchId: string): Promise<BatchRow | null> {
  const found = await db.query<BatchRow>(`SELECT ${BATCH} FROM payouts_batches WHERE id = $1`, [batchId]);
  return found.rows[0] ?? null;
}

export async function listBatches(db: Queryable, page: Page): Promise<BatchRow[]> {
  const found = await db.query<BatchRow>(
    `SELECT ${BATCH} FROM payouts_batches WHERE $1::text IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
    [page.before, page.limit],
  );
  return found.rows;
}

/** How many payouts of these batches are in which state. */
export async function countStates(
  db: Queryable,
  batchIds: readonly string[],
): Promise<{ batchId: string; state: PayoutState; count: bigint }[]> {
  const found = await db.query<{ batchId: string; state: PayoutState; count: bigint }>(
    `SELECT batch_id AS "batchId", state, count(*) AS count FROM payouts WHERE batch_id = ANY ($1) GROUP BY 1, 2`,
    [batchIds],
  );
  return found.rows;
}

export async function markSubmitted(db: Queryable, batchId: string, at: Date): Promise<void> {
  await db.query('UPDATE payouts_batches SET submitted_at = $2 WHERE id = $1 AND submitted_at IS NULL', [batchId, at]);
}

export async function payoutsOfBatch(db: Queryable, batchId: string): Promise<PayoutRow[]> {
  const found = await db.query<PayoutRow>(`SELECT ${PAYOUT} FROM payouts WHERE batch_id = $1 ORDER BY id`, [batchId]);
  return found.rows;
}

export async function payoutsOfMerchant(db: Queryable, merchantId: string, page: Page): Promise<PayoutRow[]> {
  const found = await db.query<PayoutRow>(
    `SELECT ${PAYOUT} FROM payouts WHERE merchant_id = $1 AND ($2::text IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [merchantId, page.before, page.limit],
  );
  return found.rows;
}

export async function lockPayout(db: Queryable, endToEndId: string): Promise<PayoutRow | null> {
  const found = await db.query<PayoutRow>(`SELECT ${PAYOUT} FROM payouts WHERE end_to_end_id = $1 FOR UPDATE`, [
    endToEndId,
  ]);
  return found.rows[0] ?? null;
}

export async function setPayoutState(
  db: Queryable,
  payoutId: string,
  change: { state: PayoutState; failureCode: string | null; settledAt: Date | null },
): Promise<void> {
  await db.query('UPDATE payouts SET state = $2, failure_code = $3, settled_at = $4 WHERE id = $1', [
    payoutId,
    change.state,
    change.failureCode,
    change.settledAt,
  ]);
}

export async function submitPending(db: Queryable, batchId: string): Promise<void> {
  await db.query(`UPDATE payouts SET state = 'in_transit' WHERE batch_id = $1 AND state = 'pending'`, [batchId]);
}

export async function findBatchByMessage(db: Queryable, messageId: string): Promise<BatchRow | null> {
  const found = await db.query<BatchRow>(`SELECT ${BATCH} FROM payouts_batches WHERE message_id = $1`, [messageId]);
  return found.rows[0] ?? null;
}

export async function sumOutstanding(db: Queryable, currency: string): Promise<bigint> {
  const found = await db.query<{ sum: bigint }>(
    `SELECT coalesce(sum(amount_minor), 0)::bigint AS sum FROM payouts
     WHERE currency = $1 AND state IN ('pending', 'in_transit')`,
    [currency],
  );
  return found.rows[0].sum;
}

export async function latePayouts(
  db: Queryable,
  wanted: { currency: string; before: Date; limit: number },
): Promise<PayoutRow[]> {
  const found = await db.query<PayoutRow>(
    `SELECT ${PAYOUT} FROM payouts
     WHERE currency = $1 AND state IN ('pending', 'in_transit') AND created_at < $2 ORDER BY created_at LIMIT $3`,
    [wanted.currency, wanted.before, wanted.limit],
  );
  return found.rows;
}

/** False when this line was read before. */
export async function insertLine(
  db: Queryable,
  line: Omit<BankLineRow, 'note'> & { createdAt: Date },
): Promise<boolean> {
  const inserted = await db.query(
    `INSERT INTO payouts_bank_lines
       (id, reference, booked_on, direction, amount_minor, currency, end_to_end_id, description, state, payout_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (reference) DO NOTHING`,
    [
      line.id,
      line.reference,
      line.bookedOn,
      line.direction,
      line.amountMinor,
      line.currency,
      line.endToEndId,
      line.description,
      line.state,
      line.payoutId,
      line.createdAt,
    ],
  );
  return inserted.rowCount === 1;
}

/** `payoutId` is null for the line of a whole batch. */
export async function setLineMatched(db: Queryable, lineId: string, payoutId: string | null): Promise<void> {
  await db.query(`UPDATE payouts_bank_lines SET state = 'matched', payout_id = $2 WHERE id = $1`, [lineId, payoutId]);
}

export async function findLine(db: Queryable, lineId: string): Promise<BankLineRow | null> {
  const found = await db.query<BankLineRow>(`SELECT ${LINE} FROM payouts_bank_lines WHERE id = $1`, [lineId]);
  return found.rows[0] ?? null;
}

export async function explainLine(
  db: Queryable,
  lineId: string,
  note: string,
  by: string,
): Promise<BankLineRow | null> {
  const updated = await db.query<BankLineRow>(
    `UPDATE payouts_bank_lines SET state = 'explained', note = $2, noted_by = $3
     WHERE id = $1 AND state <> 'matched' RETURNING ${LINE}`,
    [lineId, note, by],
  );
  return updated.rows[0] ?? null;
}

export async function unmatchedLines(
  db: Queryable,
  currency: string,
  limit: number,
): Promise<{ lines: BankLineRow[]; count: number }> {
  const found = await db.query<BankLineRow & { all: bigint }>(
    `SELECT ${LINE}, count(*) OVER () AS "all" FROM payouts_bank_lines
     WHERE currency = $1 AND state = 'unmatched' ORDER BY booked_on, id LIMIT $2`,
    [currency, limit],
  );
  return { lines: found.rows.map(({ all: _, ...line }) => line), count: Number(found.rows[0]?.all ?? 0) };
}

export async function hasRun(db: Queryable, currency: string, day: string): Promise<boolean> {
  const found = await db.query('SELECT FROM payouts_runs WHERE currency = $1 AND day = $2', [currency, day]);
  return found.rowCount === 1;
}

export async function insertRun(db: Queryable, currency: string, day: string, at: Date): Promise<void> {
  await db.query('INSERT INTO payouts_runs (currency, day, ran_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    currency,
    day,
    at,
  ]);
}
