import {
  type Client,
  createGatherer,
  inPipelinedTransaction,
  type Pool,
  runWrites,
  sqlState,
  together,
  UnexpectedRows,
  type Write,
} from '@smile/postgres';
import { fail, ok, type Result } from '../result.ts';
import type { HttpErrorCode } from './failures.ts';
import { findAnswers, type IdempotentRequest, keptAnswers } from './idempotency.ts';

/** This one meets another of the same transaction (the same payment, the same person): it takes part in the next. */
export const LATER = 'later';

export type Plan<T, C extends string> = {
  /** In the order of the calls. */
  readonly outcomes: readonly (Result<T, C> | typeof LATER)[];
  /** What makes the successes among them true; of a failure nothing may be written. */
  readonly writes: readonly Write[];
  /** Sent behind the writes. Whatever it cannot do it must throw: the COMMIT is already on its way. */
  readonly also?: (client: Client) => Promise<unknown>;
};

/** What one endpoint does for several requests at once, in one transaction and with few waits. */
export type BatchedEffect<Call, Seen, T, C extends string> = {
  /** A first look at what all these calls are about, without locks. It sends its statements before its first `await`. */
  look(client: Client, calls: readonly Call[]): Promise<Seen>;
  /** Takes the locks and decides each call; each succeeds or fails for itself. */
  plan(client: Client, calls: readonly Call[], seen: Seen): Promise<Plan<T, C>>;
};

export type Batched<Call, T, C extends string> = {
  /** As `runOnce` of idempotency.ts: success is never repeated, failure never sticks. */
  run(request: IdempotentRequest, call: Call): Promise<Result<T, C | HttpErrorCode>>;
};

const OPTIONS = { maxBatch: 32, lanes: 2, maxWaiting: 2_000, maxWaitMs: 5_000 } as const;

type Item<Call> = { readonly request: IdempotentRequest; readonly call: Call };
/** An error is the answer of one, and not thrown to the others. */
type Answer<T, C extends string> = Result<T, C | HttpErrorCode> | typeof LATER | { readonly thrown: unknown };

/**
 * Runs an endpoint's concurrent requests in common transactions: one commit, and one statement where each alone would
 * need its own. The promises are those of a request alone: its effect and its kept answer are committed together before
 * it is answered, and what becomes of it does not depend on the others. Where a transaction of several fails, each is
 * tried again by itself.
 */
export function createBatched<Call, Seen, T, C extends string>(
  pool: Pool,
  effect: BatchedEffect<Call, Seen, T, C>,
): Batched<Call, T, C> {
  async function runTogether(items: readonly Item<Call>[]): Promise<Answer<T, C>[]> {
    return inPipelinedTransaction(pool, async (client, finish) => {
      const [earlier, seen] = await together<[Awaited<ReturnType<typeof findAnswers>>, Seen]>(client, () => [
        findAnswers(
          client,
          items.map(({ request }) => request),
        ),
        effect.look(
          client,
          items.map(({ call }) => call),
        ),
      ]);
      const keys = new Set<string>();
      const fresh = items.filter(({ request }, index) => {
        if (earlier[index] || keys.has(keyOf(request))) return false;
        keys.add(keyOf(request));
        return true;
      });
      const { outcomes, writes, also } = await effect.plan(
        client,
        fresh.map(({ call }) => call),
        seen,
      );
      const successes = fresh.flatMap(({ request }, index) => {
        const outcome = outcomes[index];
        return outcome !== LATER && outcome.ok ? [{ request, answer: outcome.value }] : [];
      });
      await finish(() => [
        runWrites(client, [...(successes.length > 0 ? [keptAnswers(successes)] : []), ...writes]),
        ...(also ? [also(client)] : []),
      ]);
      const byItem = new Map(fresh.map((item, index) => [item, outcomes[index]]));
      return items.map((item, index) => earlier[index] ?? byItem.get(item) ?? LATER) as Answer<T, C>[];
    });
  }

  async function run(items: readonly Item<Call>[]): Promise<Answer<T, C>[]> {
    try {
      return await runTogether(items);
    } catch (error) {
      if (items.length > 1 ? !isOfOne(error) : !isRace(error)) throw error;
    }
    // One of them cannot be: a key that another server has just used, money that has just gone. Alone each finds out.
    const answers: Answer<T, C>[] = [];
    for (const item of items) {
      answers.push(...(await runTogether([item]).catch((thrown: unknown) => [{ thrown }])));
    }
    return answers;
  }

  const gatherer = createGatherer<Item<Call>, Answer<T, C>>(run, { ...OPTIONS, busy: () => fail('unavailable') });
  return {
    async run(request, call) {
      for (;;) {
        const answer = await gatherer.add({ request, call });
        if (answer === LATER) continue;
        if ('thrown' in answer) throw answer.thrown;
        return answer.ok ? ok(answer.value) : answer;
      }
    },
  };
}

const keyOf = ({ scope, operation, key }: IdempotentRequest) => `${scope}\n${operation}\n${key}`;

/** Whether it is about what somebody wants, rather than about the way to the database. */
function isOfOne(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return error instanceof Error && !/connection|terminat|timeout/i.test(error.message);
  return /^(22|23|LG|P0)/.test(state);
}

/** Somebody else was in between: the second look sees what they did. */
function isRace(error: unknown): boolean {
  return isOfOne(error) && (sqlState(error) !== undefined || error instanceof UnexpectedRows);
}
