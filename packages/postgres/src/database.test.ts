import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTransaction, inTransactionOr, query, Rollback, sqlState, withRetries } from './database.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase([]);
  await database.pool.query('CREATE TABLE counters (id int PRIMARY KEY, value bigint NOT NULL)');
  await database.pool.query('INSERT INTO counters VALUES (1, 0), (2, 0), (3, 0)');
});
afterAll(() => database.drop());

const readValue = async (id: number) =>
  (await query<{ value: bigint }>(database.pool, 'SELECT value FROM counters WHERE id = $1', [id]))[0].value;

describe('numbers', () => {
  it('come as bigint when whole, and keep every digit', async () => {
    const [row] = await query<Record<string, unknown>>(
      database.pool,
      "SELECT 9223372036854775807::bigint AS big, 123456789012345678901234567890::numeric AS huge, 1.50::numeric AS exact, 7::int AS small, 'NaN'::numeric AS nan",
    );
    expect(row).toEqual({
      big: 9223372036854775807n,
      huge: 123456789012345678901234567890n,
      exact: '1.50',
      small: 7,
      nan: 'NaN',
    });
  });
});

describe('a transaction', () => {
  it('is undone by any throw', async () => {
    const failed = inTransaction(database.pool, async (client) => {
      await client.query('UPDATE counters SET value = 99 WHERE id = 1');
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await readValue(1)).toBe(0n);
  });

  it('is undone by a Rollback, whose value comes out', async () => {
    const result = await inTransactionOr(database.pool, async (client) => {
      await client.query('UPDATE counters SET value = 99 WHERE id = 1');
      throw new Rollback({ ok: false as const, code: 'sold_out' });
    });
    expect(result).toEqual({ ok: false, code: 'sold_out' });
    expect(await readValue(1)).toBe(0n);
  });

  it('never claims to have committed what a swallowed error has undone', async () => {
    const claimed = inTransaction(database.pool, async (client) => {
      await client.query('UPDATE counters SET value = 99 WHERE id = 1');
      await client.query('SELECT 1/0').catch(() => undefined);
    });
    await expect(claimed).rejects.toThrow('nothing was committed');
    expect(await readValue(1)).toBe(0n);
  });

  it('is run again when another one got in between, and loses no update', async () => {
    let attempts = 0;
    const addOne = () =>
      inTransaction(
        database.pool,
        async (client) => {
          attempts += 1;
          const [{ value }] = await query<{ value: bigint }>(client, 'SELECT value FROM counters WHERE id = 2');
          await new Promise((resolve) => setTimeout(resolve, 20));
          await client.query('UPDATE counters SET value = $1 WHERE id = 2', [value + 1n]);
        },
        { isolation: 'serializable', maxAttempts: 20 },
      );
    await Promise.all([addOne(), addOne(), addOne()]);
    expect(await readValue(2)).toBe(3n);
    expect(attempts).toBeGreaterThan(3);
  });

  it('survives a deadlock', async () => {
    const cross = (first: number, second: number) =>
      inTransaction(database.pool, async (client) => {
        await client.query('UPDATE counters SET value = value + 1 WHERE id = $1', [first]);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await client.query('UPDATE counters SET value = value + 1 WHERE id = $1', [second]);
      });
    const before = await readValue(3);
    await Promise.all([cross(1, 3), cross(3, 1)]);
    expect(await readValue(3)).toBe(before + 2n);
  });

  it('does not bring the process down when its connection is cut', async () => {
    const cut = inTransaction(database.pool, async (client) => {
      const [{ pid }] = await query<{ pid: number }>(client, 'SELECT pg_backend_pid() AS pid');
      await database.pool.query('SELECT pg_terminate_backend($1)', [pid]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await client.query('SELECT 1');
    });
    await expect(cut).rejects.toThrow();
    expect(await readValue(2)).toBe(3n);
  });
});

describe('retries', () => {
  it('are bounded', async () => {
    let attempts = 0;
    const always = withRetries(async () => {
      attempts += 1;
      throw Object.assign(new Error('could not serialize'), { code: '40001' });
    }, 3);
    await expect(always).rejects.toThrow('could not serialize');
    expect(attempts).toBe(3);
  });

  it('are not for other errors', async () => {
    let attempts = 0;
    const once = withRetries(async () => {
      attempts += 1;
      await database.pool.query('SELECT 1/0');
    });
    expect(sqlState(await once.catch((error) => error))).toBe('22012');
    expect(attempts).toBe(1);
  });
});
