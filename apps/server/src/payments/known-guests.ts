import type { Queryable } from '@smile/postgres';

/** A year without a visit, and a guest is new again. */
const KNOWN_FOR_MS = 365 * 24 * 3_600_000;
/** So many payments in so long make a regular. */
export const REGULAR = { payments: 5, withinMs: 90 * 24 * 3_600_000 } as const;

/** How often each of these people has paid with their face at this shop in the last year; who never did is not in it. */
export async function paymentsAtShop(
  db: Queryable,
  wanted: { readonly shopId: string; readonly personIds: readonly string[]; readonly now: Date },
): Promise<ReadonlyMap<string, number>> {
  if (wanted.personIds.length === 0) return new Map();
  const since = new Date(wanted.now.getTime() - KNOWN_FOR_MS);
  const found = await db.query<{ personId: string; count: number }>(
    `SELECT person_id AS "personId", count(*)::int AS count FROM payments
     WHERE shop_id = $1 AND person_id = ANY($2) AND state = 'succeeded' AND method = 'face_and_phone'
       AND captured_at >= $3
     GROUP BY person_id`,
    [wanted.shopId, wanted.personIds, since],
  );
  return new Map(found.rows.map(({ personId, count }) => [personId, count]));
}

/** The regulars of a shop; at most `limit` of them, the most faithful first. */
export async function regularsOfShop(
  db: Queryable,
  wanted: { readonly shopId: string; readonly now: Date; readonly limit: number },
): Promise<string[]> {
  const since = new Date(wanted.now.getTime() - REGULAR.withinMs);
  const found = await db.query<{ personId: string }>(
    `SELECT person_id AS "personId" FROM payments
     WHERE shop_id = $1 AND state = 'succeeded' AND method = 'face_and_phone' AND captured_at >= $2
     GROUP BY person_id HAVING count(*) >= $3 ORDER BY count(*) DESC, person_id LIMIT $4`,
    [wanted.shopId, since, REGULAR.payments, wanted.limit],
  );
  return found.rows.map(({ personId }) => personId);
}
