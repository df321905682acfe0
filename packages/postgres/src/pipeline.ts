import { type Client, type Pool, type TransactionOptions, withRetries } from './database.ts';

/**
 * Lets statements that do not wait for each other's answers travel together: `send` starts them all before its first
 * `await`. They go in one packet, and are waited for once.
 */
export async function together<T extends readonly unknown[]>(
  client: Client,
  send: () => { readonly [K in keyof T]: Promise<T[K]> },
): Promise<T> {
  const release = holdBack(client);
  try {
    const sent = send();
    release();
    return (await Promise.all(sent)) as unknown as T;
  } finally {
    release();
  }
}

/** What is written to the connection from now on leaves when the returned function is called. */
function holdBack(client: Client): () => void {
  // The driver writes each message by itself; a packet of its own for each would wake the database as often.
  const { stream } = (client as unknown as { connection: { stream: { cork(): void; uncork(): void } } }).connection;
  stream.cork();
  let held = true;
  return () => {
    if (held) stream.uncork();
    held = false;
  };
}

/** Sends the last statements of a transaction and its COMMIT in one go, and resolves when it is committed. */
export type Finish = <T extends readonly unknown[]>(
  send: () => { readonly [K in keyof T]: Promise<T[K]> },
) => Promise<T>;

/**
 * As `inTransaction`, with fewer waits: BEGIN travels with the statements that `work` starts
 * before its first `await`, and COMMIT with those it starts in `finish`, which `work` must call as its last deed. A failed
 * statement makes the COMMIT a rollback, so what `finish` sends must fail where it is not to be committed.
 */
export async function inPipelinedTransaction<T>(
  pool: Pool,
  work: (client: Client, finish: Finish) => Promise<T>,
  options: Pick<TransactionOptions, 'maxAttempts'> = {},
): Promise<T> {
  return withRetries(() => runPipelinedOnce(pool, work), options.maxAttempts);
}

/**
 * Plans are made once and from the indexes: left to itself PostgreSQL makes a new plan for each call with a list of a
 * length it has not assumed, which takes longer than running it, and reads a table whole while that is small.
 */
const BEGIN = 'BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off';

async function runPipelinedOnce<T>(pool: Pool, work: (client: Client, finish: Finish) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  let finished = false;
  const finish: Finish = async (send) => {
    finished = true;
    const release = holdBack(client);
    try {
      const sent = send();
      const ended = client.query('COMMIT');
      release();
      const [results, committed] = await Promise.all([Promise.all(sent), ended]);
      if (committed.command !== 'COMMIT')
        throw new Error('a statement failed in this transaction, so nothing was committed');
      return results as never;
    } finally {
      release();
    }
  };
  const release = holdBack(client);
  try {
    const begun = client.query(BEGIN);
    const working = work(client, finish);
    release();
    const [, result] = await Promise.all([begun, working]);
    if (!finished) throw new Error('a pipelined transaction was not finished');
    return result;
  } catch (error) {
    // Behind whatever is still under way. Where COMMIT has become a rollback it does nothing.
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    release();
    client.release(broken);
  }
}
