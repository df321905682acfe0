import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from './database.ts';
import { migrate } from './migrate.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let database: TestDatabase;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'migrations-'));
  database = await createTestDatabase([]);
});
afterEach(async () => {
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

const write = (name: string, sql: string) => writeFile(join(dir, name), sql);
const run = () => migrate(database.pool, [{ domain: 'fruit', dir }]);

describe('migrations', () => {
  it('run once, in the order of their numbers', async () => {
    await write('002-add-colour.sql', "ALTER TABLE fruit ADD COLUMN colour text DEFAULT 'green'");
    await write('001-fruit.sql', "CREATE TABLE fruit (name text); INSERT INTO fruit VALUES ('apple')");
    expect(await run()).toEqual({ applied: ['fruit/001-fruit.sql', 'fruit/002-add-colour.sql'] });
    expect(await run()).toEqual({ applied: [] });
    expect(await query(database.pool, 'SELECT * FROM fruit')).toEqual([{ name: 'apple', colour: 'green' }]);
  });

  it('run once though several servers start together', async () => {
    await write('001-fruit.sql', "CREATE TABLE fruit (name text); INSERT INTO fruit VALUES ('apple')");
    const results = await Promise.all([run(), run(), run(), run()]);
    expect(results.flatMap(({ applied }) => applied)).toEqual(['fruit/001-fruit.sql']);
  });

  it('leave nothing behind when one fails', async () => {
    await write('001-fruit.sql', 'CREATE TABLE fruit (name text); SELECT 1/0;');
    await expect(run()).rejects.toThrow('division by zero');
    await write('001-fruit.sql', 'CREATE TABLE fruit (name text);');
    expect((await run()).applied).toHaveLength(1);
  });

  it('are refused when changed after they ran, but line ends do not count', async () => {
    await write('001-fruit.sql', 'CREATE TABLE fruit\n(name text)');
    await run();
    await write('001-fruit.sql', 'CREATE TABLE fruit\r\n(name text)');
    expect(await run()).toEqual({ applied: [] });
    await write('001-fruit.sql', 'CREATE TABLE fruit (name text, price int)');
    await expect(run()).rejects.toThrow('was changed since');
  });

  it('are refused when one has vanished or comes too late', async () => {
    await write('002-fruit.sql', 'CREATE TABLE fruit (name text)');
    await run();
    await write('001-before.sql', 'CREATE TABLE before (name text)');
    await expect(run()).rejects.toThrow('give it the next number');
    await rm(join(dir, '001-before.sql'));
    await rm(join(dir, '002-fruit.sql'));
    await expect(run()).rejects.toThrow('does not know it');
  });

  it('need a name of the agreed form and a number of their own', async () => {
    await write('first.sql', 'SELECT 1');
    await expect(run()).rejects.toThrow('not named like');
    await rm(join(dir, 'first.sql'));
    await write('001-a.sql', 'SELECT 1');
    await write('001-b.sql', 'SELECT 1');
    await expect(run()).rejects.toThrow('have the number 001');
  });
});
