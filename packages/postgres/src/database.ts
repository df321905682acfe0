import pg from 'pg';

export type Pool = pg.Pool;
export type Client = pg.PoolClient;
/** Something a statement can be sent to: a pool for one statement, a client within a transaction. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>;

const INT8 = 20;
const NUMERIC = 1700;

/** Money and counters are whole numbers beyond 2^53: int8 comes as bigint, and so does a whole numeric. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return (text: string) => BigInt(text);
    if (oid === NUMERIC) return (text: string) => (/^-?\d+$/.test(text) ? BigInt(text) : text);
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

const IDLE_CONNECTION_MS = 10 * 60_000;

export type PoolOptions = {
  readonly maxConnections?: number;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  /** A transaction that waits this long for its own process is ended, so that it frees its locks. */
  readonly idleInTransactionTimeoutMs?: number;
  readonly onError?: (error: Error) => void;
};

export function createPool(url: string, options: PoolOptions = {}): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections ?? 16,
    // A new connection has to learn tables and plans anew, which costs more than a hundred statements.
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: options.statementTimeoutMs ?? 10_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 15_000,
    types,
    // Statements of one client need not wait for the answers to those before. @types/pg 8.23.1 does not know it yet.
    ...({ pipeline: true } as object),
  });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  const onError = options.onError ?? (() => undefined);
  pool.on('error', onError);
  // The pool listens to idle connections only: one that breaks between two statements of a transaction is told here.
  pool.on('connect', (client) => client.on('error', onError));
  return pool;
}

/** Sends one parameterised statement and returns its rows; the caller names their shape. */
export async function query<Row extends object>(
  db: Queryable,
  text: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const result = await (db as pg.Pool).query<Row>(text, parameters as unknown[]);
  return result.rows;
}

/** SQLSTATEs that say "nothing was wrong with this transaction, run it again". */
const RETRYABLE = new Set(['40001', '40P01']);
const MAX_ATTEMPTS = 6;
const FIRST_DELAY_MS = 4;

/**
 * Runs `attempt` again after a serialisation failure or a deadlock, at most `maxAttempts` times in all, with growing,
 * jittered pauses (8, 16, 32 ms... give or take half). Every other error comes out at once.
 */
export async function withRetries<T>(attempt: () => Promise<T>, maxAttempts: number = MAX_ATTEMPTS): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (count >= maxAttempts || !RETRYABLE.has(sqlState(error) ?? '')) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, FIRST_DELAY_MS * 2 ** count * (0.5 + Math.random())));
  }
}

export type TransactionOptions = {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly maxAttempts?: number;
};

/**
 * Runs `work` in one transaction and commits. A serialisation failure or deadlock runs it again, a bounded number of
 * times with growing, jittered pauses: so `work` must have no effect outside the database. Any throw rolls back.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: Client) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  return withRetries(() => runOnce(pool, work, options), options.maxAttempts);
}

async function runOnce<T>(pool: Pool, work: (client: Client) => Promise<T>, options: TransactionOptions): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(options.isolation ? `BEGIN ISOLATION LEVEL ${options.isolation.toUpperCase()}` : 'BEGIN');
    const result = await work(client);
    const ended = await client.query('COMMIT');
    // PostgreSQL answers COMMIT with ROLLBACK, and no error, when a failed statement's error was swallowed on the way.
    if (ended.command !== 'COMMIT') throw new Error('a statement failed in this transaction, so nothing was committed');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Ends a transaction early with a value: thrown inside `work`, it rolls everything back and comes out of
 * `inTransactionOr` as its result. For expected failures found half-way.
 */
export class Rollback<T> extends Error {
  readonly value: T;
  constructor(value: T) {
    super('rolled back on purpose');
    this.value = value;
  }
}

/** As `inTransaction`, but a thrown `Rollback` becomes the result. */
export async function inTransactionOr<T>(
  pool: Pool,
  work: (client: Client) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  try {
    return await inTransaction(pool, work, options);
  } catch (error) {
    if (error instanceof Rollback) return error.value as T;
    throw error;
  }
}

export function sqlState(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** The violated constraint's name, for mapping it to a domain error. */
export function violatedConstraint(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'constraint' in error && typeof error.constraint === 'string'
    ? error.constraint
    : undefined;
}
