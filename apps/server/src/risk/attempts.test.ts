import type { Pool } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../migrations.ts';
import { createKeyDerivation } from '../secrets.ts';
import { type AttemptPolicy, type Attempts, createAttempts } from './attempts.ts';

const MINUTE_MS = 60_000;
const plain: AttemptPolicy = { name: 'plain', limit: 3, windowMs: 10 * MINUTE_MS, lockMs: MINUTE_MS };
const growing: AttemptPolicy = { ...plain, name: 'growing', doubling: true, maxLockMs: 3 * MINUTE_MS };

let database: TestDatabase;
let pool: Pool;
let attempts: Attempts;
let nowMs = Date.parse('2026-11-23T12:00:00Z');
const later = (ms: number) => {
  nowMs += ms;
};
beforeAll(async () => {
  database = await createTestDatabase(MIGRATIONS);
  pool = database.pool;
  attempts = createAttempts({ pool, now: () => new Date(nowMs), deriveKey: createKeyDerivation('s'.repeat(32)) });
});
afterAll(() => database.drop());

const take = async (policy: AttemptPolicy, subject: string, times: number) => {
  const results: (true | number)[] = [];
  for (let time = 0; time < times; time += 1) {
    const taken = await attempts.take(policy, subject);
    results.push(taken.ok ? true : taken.retryAfterMs);
  }
  return results;
};

describe('counted attempts', () => {
  it('are refused after the limit, until the lock is over', async () => {
    expect(await take(plain, 'ada', 5)).toEqual([true, true, true, MINUTE_MS, MINUTE_MS]);
    expect(await take(plain, 'bo', 1)).toEqual([true]);
    later(MINUTE_MS);
    expect(await take(plain, 'ada', 4)).toEqual([true, true, true, MINUTE_MS]);
  });

  it('lock for twice as long each time where the policy says so, up to its most', async () => {
    expect(await take(growing, 'ada', 4)).toEqual([true, true, true, MINUTE_MS]);
    later(MINUTE_MS);
    expect(await take(growing, 'ada', 2)).toEqual([true, 2 * MINUTE_MS]);
    later(2 * MINUTE_MS);
    expect(await take(growing, 'ada', 2)).toEqual([true, 3 * MINUTE_MS]);
  });

  it('begin anew after a success, and after the window', async () => {
    await take(plain, 'cy', 2);
    await attempts.forget(plain, 'cy');
    expect(await take(plain, 'cy', 2)).toEqual([true, true]);
    later(11 * MINUTE_MS);
    expect(await take(plain, 'cy', 3)).toEqual([true, true, true]);
  });

  it('can be given back one at a time, with the lock they brought', async () => {
    expect(await take(plain, 'di', 3)).toEqual([true, true, true]);
    await attempts.giveBack(plain, 'di');
    expect(await take(plain, 'di', 2)).toEqual([true, MINUTE_MS]);
  });

  it('in parallel are counted one by one', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, () => attempts.take(plain, 'crowd')));
    expect(taken.filter(({ ok }) => ok)).toHaveLength(3);
  });

  it('leave no trace of whom', async () => {
    await attempts.take(plain, '+491701234567');
    const { rows } = await pool.query<{ key: string }>('SELECT key FROM risk_attempts');
    expect(rows.map(({ key }) => key).join()).not.toContain('1701234567');
    later(24 * 60 * MINUTE_MS);
    await attempts.sweep();
    expect((await pool.query('SELECT 1 FROM risk_attempts')).rows).toEqual([]);
  });
});
