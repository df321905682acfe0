import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { query } from './database.ts';
import { inPipelinedTransaction, together } from './pipeline.ts';
import { prepared, runWrites } from './statements.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase([]);
  await database.pool.query('CREATE TABLE jars (id text PRIMARY KEY, coins int NOT NULL CHECK (coins >= 0))');
  await database.pool.query('CREATE TABLE notes (jar text NOT NULL, words text NOT NULL)');
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('DELETE FROM notes; DELETE FROM jars');
  await database.pool.query("INSERT INTO jars VALUES ('a', 10), ('b', 10)");
});

const coins = async () => {
  const rows = await query<{ id: string; coins: number }>(database.pool, 'SELECT id, coins FROM jars ORDER BY id');
  return Object.fromEntries(rows.map((row) => [row.id, row.coins]));
};
const take = (id: string, count: number, rows?: number) => ({
  text: 'UPDATE jars SET coins = coins - $2 WHERE id = $1',
  values: [id, count],
  rows,
});
const note = (jar: string, words: string) => ({
  text: 'INSERT INTO notes (jar, words) VALUES ($1, $2)',
  values: [jar, words],
  rows: 1,
});

it('a prepared statement is planned once by each connection', async () => {
  const client = await database.pool.connect();
  try {
    for (const id of ['a', 'b', 'c']) await prepared(client, 'SELECT coins FROM jars WHERE id = $1', [id]);
    const kept = await query<{ calls: bigint }>(
      client,
      `SELECT generic_plans + custom_plans AS calls FROM pg_prepared_statements WHERE statement LIKE 'SELECT coins%'`,
    );
    expect(kept).toEqual([{ calls: 3n }]);
  } finally {
    client.release();
  }
});

describe('writes in one statement', () => {
  it('keep their own parameters and are counted', async () => {
    await runWrites(database.pool, [take('a', 3, 1), note('a', 'three for $1')]);
    expect(await coins()).toEqual({ a: 7, b: 10 });
    expect(await query(database.pool, 'SELECT * FROM notes')).toEqual([{ jar: 'a', words: 'three for $1' }]);
  });

  it('throw when one touches other rows than its caller said', async () => {
    await expect(runWrites(database.pool, [note('a', 'x'), take('nobody', 1, 1)])).rejects.toThrow(
      'touched other rows',
    );
  });
});

describe('a pipelined transaction', () => {
  it('needs as many waits as it has steps', async () => {
    const seen = await inPipelinedTransaction(database.pool, async (client, finish) => {
      const [first, second] = await together(client, () => [
        prepared<{ coins: number }>(client, "SELECT coins FROM jars WHERE id = 'a' FOR UPDATE"),
        prepared<{ coins: number }>(client, "SELECT coins FROM jars WHERE id = 'b' FOR UPDATE"),
      ]);
      await finish(() => [
        runWrites(client, [take('a', 4, 1), note('a', 'four')]),
        runWrites(client, [take('b', 1, 1)]),
      ]);
      return first.rows[0].coins + second.rows[0].coins;
    });
    expect(seen).toBe(20);
    expect(await coins()).toEqual({ a: 6, b: 9 });
  });

  it('commits nothing when one of the last statements fails, and the connection is good for the next', async () => {
    for (let round = 0; round < 3; round += 1) {
      const failed = inPipelinedTransaction(database.pool, (client, finish) =>
        finish(() => [
          runWrites(client, [take('a', 1, 1)]),
          runWrites(client, [take('b', 11, 1)]),
          runWrites(client, [note('b', 'never')]),
        ]),
      );
      await expect(failed).rejects.toThrow('jars_coins_check');
    }
    expect(await coins()).toEqual({ a: 10, b: 10 });
    await inPipelinedTransaction(database.pool, (client, finish) =>
      finish(() => [runWrites(client, [take('a', 1, 1)]), runWrites(client, [note('b', 'now')])]),
    );
    expect(await coins()).toEqual({ a: 9, b: 10 });
  });

  it('commits nothing when a write touches other rows than it should', async () => {
    const failed = inPipelinedTransaction(database.pool, (client, finish) =>
      finish(() => [
        runWrites(client, [take('a', 1, 1)]),
        runWrites(client, [take('nobody', 1, 1), note('b', 'never')]),
      ]),
    );
    await expect(failed).rejects.toThrow('touched other rows');
    expect(await coins()).toEqual({ a: 10, b: 10 });
  });

  it('commits nothing when its work throws before the last statements', async () => {
    const failed = inPipelinedTransaction(database.pool, async (client) => {
      await runWrites(client, [take('a', 1, 1)]);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await coins()).toEqual({ a: 10, b: 10 });
  });

  it('says that nothing is known when the connection breaks, and the pool gives another', async () => {
    const broken = inPipelinedTransaction(database.pool, async (client, finish) => {
      await finish(() => [
        client.query('SELECT pg_terminate_backend(pg_backend_pid())'),
        runWrites(client, [take('a', 1, 1)]),
      ]);
    });
    await expect(broken).rejects.toThrow();
    expect(await coins()).toEqual({ a: 10, b: 10 });
  });
});
