import { createHmac } from 'node:crypto';
import { inTransaction, type Pool } from '@smile/postgres';

/** How many attempts go, in which time, and what happens then. */
export type AttemptPolicy = {
  readonly name: string;
  readonly limit: number;
  /** The count begins anew after this. */
  readonly windowMs: number;
  /** The lock from the `limit`th attempt on. Doubled with each further one when `doubling`, up to `maxLockMs`. */
  readonly lockMs: number;
  readonly doubling?: true;
  readonly maxLockMs?: number;
};

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const ATTEMPTS = {
  codesPerPhone: { name: 'codes-phone', limit: 5, windowMs: 10 * MINUTE_MS, lockMs: 10 * MINUTE_MS },
  pin: { name: 'pin', limit: 5, windowMs: DAY_MS, lockMs: 15 * MINUTE_MS },
  /** Failures in a row with one number; a success begins anew. */
  face: { name: 'face', limit: 5, windowMs: 30 * DAY_MS, lockMs: 30_000, doubling: true, maxLockMs: DAY_MS },
  /** Failures at one terminal, whoever's number was typed: slows down the search for numbers that fit a face. */
  terminal: { name: 'terminal', limit: 20, windowMs: 10 * MINUTE_MS, lockMs: 2 * MINUTE_MS },
  /** One try without the full number for each scan: four digits are not to be guessed one after the other. */
  shortStep: { name: 'short-step', limit: 1, windowMs: 10 * MINUTE_MS, lockMs: 10 * MINUTE_MS },
  /** Cards that are entered, of one person: nobody tries out stolen numbers here. */
  newCards: { name: 'new-cards', limit: 10, windowMs: DAY_MS, lockMs: DAY_MS },
  /** Kept cards that are declined. */
  declinedCards: { name: 'declined-cards', limit: 10, windowMs: DAY_MS, lockMs: DAY_MS },
  pairing: { name: 'pairing', limit: 10, windowMs: 10 * MINUTE_MS, lockMs: 10 * MINUTE_MS },
} as const satisfies Record<string, AttemptPolicy>;

export type Attempts = {
  /**
   * Counts an attempt before it is made, so that attempts in parallel count as well. Refused while locked. A success
   * is to be followed by `forget`.
   */
  take(policy: AttemptPolicy, subject: string): Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;
  forget(policy: AttemptPolicy, subject: string): Promise<void>;
  /** Takes back one counted attempt that turned out not to be a failure; earlier failures stay counted. */
  giveBack(policy: AttemptPolicy, subject: string): Promise<void>;
  /** Deletes counters whose time is over. */
  sweep(): Promise<void>;
};

type Counter = { readonly count: number; readonly windowEndsAt: Date; readonly lockedUntil: Date | null };

export function createAttempts(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly deriveKey: (purpose: string) => Buffer;
}): Attempts {
  const key = deps.deriveKey('attempts');
  const keyOf = (policy: AttemptPolicy, subject: string) =>
    `${policy.name}:${createHmac('sha256', key).update(`${policy.name}\n${subject}`).digest('base64url')}`;

  return {
    async take(policy, subject) {
      const now = deps.now();
      return inTransaction(deps.pool, async (client) => {
        const id = keyOf(policy, subject);
        // The update that changes nothing locks the row and returns it.
        const found = await client.query<Counter>(
          `INSERT INTO risk_attempts AS a (key, count, window_ends_at) VALUES ($1, 0, $2)
           ON CONFLICT (key) DO UPDATE SET count = a.count
           RETURNING count, window_ends_at AS "windowEndsAt", locked_until AS "lockedUntil"`,
          [id, new Date(now.getTime() + policy.windowMs)],
        );
        const counter = found.rows[0];
        if (counter.lockedUntil && counter.lockedUntil > now) {
          return { ok: false, retryAfterMs: counter.lockedUntil.getTime() - now.getTime() };
        }
        const next = countOne(policy, counter, now);
        await client.query(
          'UPDATE risk_attempts SET count = $2, window_ends_at = $3, locked_until = $4 WHERE key = $1',
          [id, next.count, next.windowEndsAt, next.lockedUntil],
        );
        return { ok: true };
      });
    },
    async forget(policy, subject) {
      await deps.pool.query('DELETE FROM risk_attempts WHERE key = $1', [keyOf(policy, subject)]);
    },
    async giveBack(policy, subject) {
      await deps.pool.query(
        `UPDATE risk_attempts SET count = greatest(count - 1, 0),
           locked_until = CASE WHEN count <= $2 THEN NULL ELSE locked_until END
         WHERE key = $1`,
        [keyOf(policy, subject), policy.limit],
      );
    },
    async sweep() {
      await deps.pool.query(
        'DELETE FROM risk_attempts WHERE window_ends_at < $1 AND (locked_until IS NULL OR locked_until < $1)',
        [deps.now()],
      );
    },
  };
}

/** The counter with one more attempt. After a lock that doubles, each further failure locks again; after another the count begins anew. */
function countOne(policy: AttemptPolicy, counter: Counter, now: Date): Counter {
  const fresh = counter.windowEndsAt <= now || (counter.lockedUntil !== null && !policy.doubling);
  const count = fresh ? 1 : counter.count + 1;
  const windowEndsAt = fresh ? new Date(now.getTime() + policy.windowMs) : counter.windowEndsAt;
  if (count < policy.limit) return { count, windowEndsAt, lockedUntil: null };
  const lockMs = policy.doubling
    ? Math.min(policy.lockMs * 2 ** (count - policy.limit), policy.maxLockMs ?? policy.lockMs)
    : policy.lockMs;
  return { count, windowEndsAt, lockedUntil: new Date(now.getTime() + lockMs) };
}
