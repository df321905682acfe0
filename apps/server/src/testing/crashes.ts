import type { Client, Pool } from '@smile/postgres';

/** Where a connection breaks: before the statement leaves, or after it was done and before its answer is heard. */
export type CrashPoint = { readonly statement: number; readonly when: 'before' | 'after' };

export type Crasher = {
  /** The `statement`th that the server sends from now on, counted from 1, loses its connection. */
  arm(point: CrashPoint): void;
  /** Whether it has come to that since; afterwards nothing breaks any more. */
  disarm(): boolean;
};

type Callback = (error: Error | null, result?: unknown) => void;

/**
 * Breaks connections between any two statements, as the death of a server or of its database does: what was sent may have
 * happened, and nobody knows.
 */
export function createCrasher(pool: Pool): Crasher {
  let point: CrashPoint | null = null;
  let seen = 0;
  let crashed = false;
  const known = new WeakSet<object>();

  function watch(client: Client): void {
    if (known.has(client)) return;
    known.add(client);
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown> | undefined;
    const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection;
    const watched = (...args: unknown[]) => {
      seen += point ? 1 : 0;
      if (!point || seen !== point.statement) return query(...args);
      crashed = true;
      const { when } = point;
      point = null;
      if (when === 'before') {
        stream.destroy();
        return query(...args);
      }
      const lost = new Error('Connection terminated unexpectedly');
      const last = args.at(-1);
      if (typeof last === 'function') {
        return query(...args.slice(0, -1), () => {
          stream.destroy();
          (last as Callback)(lost);
        });
      }
      return query(...args)?.finally(() => {
        stream.destroy();
        throw lost;
      });
    };
    client.query = watched as typeof client.query;
  }

  const connect = pool.connect.bind(pool);
  pool.connect = ((callback?: (error: Error | undefined, client: Client, done: () => void) => void) => {
    if (!callback) {
      return connect().then((client) => {
        watch(client);
        return client;
      });
    }
    return connect((error, client, done) => {
      if (client) watch(client);
      callback(error, client as Client, done);
    });
  }) as typeof pool.connect;

  return {
    arm(wanted) {
      [point, seen, crashed] = [wanted, 0, false];
    },
    disarm() {
      point = null;
      return crashed;
    },
  };
}
