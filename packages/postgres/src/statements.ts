import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type Queryable, sqlState } from './database.ts';

const names = new Map<string, string>();
/** A program has its statements in its source; one that makes them up for each call must not fill every connection with them. */
const MAX_NAMES = 1_000;

/**
 * Sends a statement that each connection parses and plans once and keeps under a name. For texts that stand in the
 * source; whatever differs from call to call is a value.
 */
export function prepared<Row extends object>(
  db: Queryable,
  text: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  return (db as pg.Pool).query<Row>({ name: nameOf(text), text, values: values as unknown[] });
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_NAMES) return known;
  const name = `s_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  names.set(text, name);
  return name;
}

/**
 * A write as a value: so that several can go to the database as one statement. `text` is a plain INSERT, UPDATE or
 * DELETE without RETURNING, with its parameters numbered from $1.
 */
export type Write = {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Rows it must touch; anything else throws. Undefined where that is open. */
  readonly rows?: number;
};

export function runWrite(db: Queryable, write: Write): Promise<void> {
  return runWrites(db, [write]);
}

/**
 * All writes in one statement and one round trip. They see the database as it was before any of them, and each table may
 * be written by one of them only. The database itself checks the rows, so that a COMMIT sent right behind does not come
 * true where they differ.
 */
export async function runWrites(db: Queryable, writes: readonly Write[]): Promise<void> {
  if (writes.length === 0) return;
  const values = writes.flatMap((write) => (write.rows === undefined ? write.values : [...write.values, write.rows]));
  try {
    await prepared(db, combined(writes), values);
  } catch (error) {
    if (sqlState(error) === DIVISION_BY_ZERO) throw new UnexpectedRows(error);
    throw error;
  }
}

/** A write touched more or fewer rows than its caller said; nothing of its transaction can be committed. */
export class UnexpectedRows extends Error {
  constructor(cause: unknown) {
    super('a write touched other rows than it should', { cause });
  }
}

const DIVISION_BY_ZERO = '22012';
const combinations = new Map<string, string>();

function combined(writes: readonly Write[]): string {
  const key = writes.map(({ text, rows }) => `${text} ${rows === undefined}`).join(';\n');
  const known = combinations.get(key);
  if (known !== undefined) return known;
  let taken = 0;
  const checks: string[] = [];
  const parts = writes.map(({ text, values, rows }, index) => {
    const shifted = text.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + taken}`);
    taken += values.length;
    if (rows !== undefined) {
      taken += 1;
      // The portable way to fail within a statement.
      checks.push(`1 / (CASE (SELECT count(*) FROM w${index}) WHEN $${taken}::int THEN 1 ELSE 0 END)`);
    }
    return `w${index} AS (${shifted} RETURNING 1)`;
  });
  const text = `WITH ${parts.join(',\n')}\nSELECT ${checks.join(', ')}`;
  if (combinations.size < MAX_NAMES) combinations.set(key, text);
  return text;
}
