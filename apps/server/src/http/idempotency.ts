import { createHmac, type KeyObject } from 'node:crypto';
import { type Client, inTransactionOr, type Pool, prepared, Rollback, type Write } from '@smile/postgres';
import { type Failure, fail, ok, type Result } from '../result.ts';
import type { HttpErrorCode } from './failures.ts';

const KEY = /^[A-Za-z0-9_.:-]{8,100}$/;
/** How long an answer is kept for a retry. What must never happen twice is guarded by states as well, for ever. */
const KEPT_DAYS = 7;

export type IdempotentRequest = {
  readonly key: string;
  /** Who calls: keys of different callers never meet. */
  readonly scope: string;
  readonly operation: string;
  readonly requestHash: string;
};

export function readIdempotencyKey(header: string | string[] | undefined): Result<string, HttpErrorCode> {
  if (header === undefined || header === '') return fail('idempotency_key_missing');
  return typeof header === 'string' && KEY.test(header) ? ok(header) : fail('idempotency_key_invalid');
}

/**
 * Method, path and body bytes: what a retry has to repeat. Keyed, since a body may hold a PIN: a plain hash of it in a
 * stolen table would give the six digits away within a second.
 */
export function hashRequest(key: KeyObject, method: string, path: string, body: Buffer | undefined): string {
  return createHmac('sha256', key)
    .update(`${method} ${path}\n`)
    .update(body ?? '')
    .digest('hex');
}

/** The answer this key got before: null when it is new. */
export async function findAnswer(
  pool: Pool | Client,
  request: IdempotentRequest,
): Promise<Result<unknown, HttpErrorCode> | null> {
  return (await findAnswers(pool, [request]))[0];
}

/** The same for several requests, in their order. */
export async function findAnswers(
  db: Pool | Client,
  requests: readonly IdempotentRequest[],
): Promise<(Result<unknown, HttpErrorCode> | null)[]> {
  const { rows } = await prepared<{ hash: string | null; response: unknown }>(
    db,
    `SELECT k.request_hash AS hash, k.response
     FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (scope, operation, key, n)
     LEFT JOIN idempotency_keys AS k ON k.scope = asked.scope AND k.operation = asked.operation AND k.key = asked.key
     ORDER BY asked.n`,
    [requests.map(({ scope }) => scope), requests.map(({ operation }) => operation), requests.map(({ key }) => key)],
  );
  return rows.map(({ hash, response }, index) => {
    if (hash === null) return null;
    return hash === requests[index].requestHash ? ok(response) : fail('idempotency_key_reused');
  });
}

/**
 * Keeps answers together with what they tell of, as a write beside the effects. It fails where a key has been used since
 * it was looked for, also by a transaction that is still under way (for whose end it waits).
 */
export function keptAnswers(successes: readonly { request: IdempotentRequest; answer: unknown }[]): Write {
  return {
    text: `INSERT INTO idempotency_keys (scope, operation, key, request_hash, response)
      SELECT scope, operation, key, request_hash, response
      FROM jsonb_to_recordset($1) AS a (scope text, operation text, key text, request_hash text, response jsonb)
      ORDER BY scope, operation, key
      ON CONFLICT DO NOTHING`,
    values: [
      JSON.stringify(
        successes.map(({ request, answer }) => ({
          scope: request.scope,
          operation: request.operation,
          key: request.key,
          request_hash: request.requestHash,
          response: answer,
        })),
      ),
    ],
    rows: successes.length,
  };
}

/**
 * Runs `effect` and keeps its answer under the key, both in one transaction. A retry gets the kept answer; a retry at
 * the same moment waits for the first (on the key's unique index) and then gets it. A failure keeps nothing: its
 * effect is rolled back, and the same key may try again. So success is never repeated and failure never sticks.
 */
export async function runOnce<T, C extends string>(
  pool: Pool,
  request: IdempotentRequest,
  effect: (client: Client) => Promise<Result<T, C>>,
): Promise<Result<T, C | HttpErrorCode>> {
  return inTransactionOr(pool, async (client) => {
    const claimed = await prepared(
      client,
      `INSERT INTO idempotency_keys (scope, operation, key, request_hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT (scope, operation, key) DO NOTHING`,
      [request.scope, request.operation, request.key, request.requestHash],
    );
    if (claimed.rowCount === 0) {
      const answer = await findAnswer(client, request);
      if (!answer) throw new Error('an idempotency key was taken and is not there');
      return answer as Result<T, HttpErrorCode>;
    }
    const result: Result<T, C> = await effect(client);
    if (!result.ok) throw new Rollback<Failure<C>>(result);
    await prepared(
      client,
      'UPDATE idempotency_keys SET response = $4 WHERE scope = $1 AND operation = $2 AND key = $3',
      [request.scope, request.operation, request.key, JSON.stringify(result.value)],
    );
    return result;
  });
}

export async function forgetOldKeys(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(days => $1)`, [KEPT_DAYS]);
}
