import { CLAIM_DECISIONS } from '../claims/model.ts';
import { TOP_UP_MOVES } from '../funding/model.ts';
import { ERRORS } from '../http/errors.ts';
import { ORDER_MOVES } from '../orders/model.ts';
import { PAYMENT_MOVES, REFUND_MOVES } from '../payments/model.ts';
import { PAYOUT_MOVES } from '../payouts/model.ts';
import { FACE_PAY_MOVES } from '../people/model.ts';
import { DELIVERY_MOVES } from '../webhooks/model.ts';

const MADE = '<!-- Made by `node apps/server/src/docs/write.ts` from the tables in the code; do not edit. -->';

/** A heading for every code, so that a link can point to it. */
export function errorsPage(): string {
  const entries = Object.entries(ERRORS).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const sections = entries.map(
    ([code, { status, type, message, remedy }]) => `## ${code}\n\n${status}, \`${type}\`: ${message}.\n\n${remedy}\n`,
  );
  return `# Errors of the API

${MADE}

Every failure has the body \`{"error": {"type", "code", "message", "param"?, "requestId", "retryAfterMs"?}}\`. \`code\` is
stable; \`message\` is for developers and may change. A failure moves no money and keeps nothing of an idempotency key.

${sections.join('\n')}`;
}

/** The states of everything that has some, drawn from the tables that the code checks every move against. */
export function statesPage(): string {
  const payments = Object.entries(PAYMENT_MOVES).flatMap(([from, steps]) =>
    Object.entries(steps).flatMap(([step, targets]) => targets.map((to) => [from, to, step] as const)),
  );
  const claims = Object.entries(CLAIM_DECISIONS).flatMap(([from, decisions]) =>
    Object.entries(decisions).map(([decision, to]) => [from, to, decision] as const),
  );
  const payouts = Object.entries(PAYOUT_MOVES).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => [from, to, event] as const),
  );
  const refunds = Object.entries(REFUND_MOVES).flatMap(([from, decisions]) =>
    Object.entries(decisions).map(([decision, to]) => [from, to, decision] as const),
  );
  const topUps = Object.entries(TOP_UP_MOVES).flatMap(([from, news]) =>
    Object.entries(news).map(([by, to]) => [from, to, by] as const),
  );
  const deliveries = Object.entries(DELIVERY_MOVES).flatMap(([from, moves]) =>
    Object.entries(moves).map(([by, to]) => [from, to, by] as const),
  );
  return `# States

${MADE}

## Payment

${diagram('requires_identification', payments)}

\`identify\` and \`confirm\` are attempts: each is kept with what came of it. A capture may take less than the hold.

## Refund

A refund is \`succeeded\` as it is made, unless it is above the cashier's limit.

${diagram('requires_approval', refunds)}

## Order

${diagram('open', movesOf(ORDER_MOVES))}

## Claim

A claim begins \`credited\` when the cover fund pays it at once, else \`under_review\`.

${diagram('under_review', claims)}

## Payout

${diagram('pending', payouts)}

## Top-up

Moved by what the provider of payments says, in whatever order it says it: what is not a move is old news.

${diagram('pending', topUps)}

## Webhook delivery

A try that fails leaves it pending until the last one.

${diagram('pending', deliveries)}

## Face pay

${diagram('off', movesOf(FACE_PAY_MOVES))}
`;
}

type Move = readonly [from: string, to: string, by: string];

function movesOf(table: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>): Move[] {
  return Object.entries(table).flatMap(([from, moves]) =>
    Object.entries(moves).map(([to, by]) => [from, to, by ?? ''] as const),
  );
}

function diagram(start: string, moves: readonly Move[]): string {
  const lines = [`[*] --> ${start}`, ...moves.map(([from, to, by]) => `${from} --> ${to}: ${by}`)];
  return ['```mermaid', 'stateDiagram-v2', ...lines.map((line) => `  ${line}`), '```'].join('\n');
}
