import { type Currency, type RiskRule, type RiskRuleSet, RiskRulesSchema } from '@smile/contract';
import { inTransaction, type Pool, type Queryable } from '@smile/postgres';
import type { AuditPort } from '../context.ts';
import { decideRisk, type Place, type RiskDecision } from './rules.ts';

export type RiskQuestion = {
  readonly personId: string;
  readonly shopId: string;
  readonly terminalId: string;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly cameraKind: '3d' | '2d';
};

export type Risk = {
  /** The decision on a payment by face, with the person's history and the newest rules as they are now. */
  decide(db: Queryable, payment: RiskQuestion): Promise<RiskDecision>;
  /** Keeps count when money moves; the caller holds the person's row, so that payments count one after the other. */
  countPayment(
    db: Queryable,
    payment: Omit<RiskQuestion, 'cameraKind'> & { paymentId: string; withPin: boolean },
  ): Promise<void>;
  currentRules(): Promise<RiskRuleSet>;
  /** A new version, from the next decision on. */
  setRules(rules: readonly RiskRule[], operatorId: string): Promise<RiskRuleSet>;
  setPlace(shopId: string, place: Place, operatorId: string): Promise<void>;
};

const DAY_MS = 24 * 3_600_000;
/** More than any rule counts to. */
const USES_READ = 200;

type Facts = {
  readonly payments: number;
  readonly sumMinor: bigint;
  readonly version: number | null;
  readonly knownTerminal: boolean;
  readonly place: Place | null;
  readonly uses: { shopId: string; amountMinor: string; currency: string; atMs: number; place: Place | null }[] | null;
};
type RuleSetRow = { readonly version: number; readonly rules: unknown; readonly createdAt: Date };

/** @param defaults the rules until an operator sets some: version 0 */
export function createRisk(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly audit: AuditPort;
  readonly defaults: readonly RiskRule[];
}): Risk {
  const { pool, now } = deps;
  // A version never changes, so it is read and checked once.
  let newest: { readonly version: number; readonly rules: readonly RiskRule[] } = { version: 0, rules: deps.defaults };

  async function load(db: Queryable, version: number): Promise<readonly RiskRule[]> {
    if (version === 0) return deps.defaults;
    if (newest.version === version) return newest.rules;
    const found = await db.query<RuleSetRow>('SELECT rules FROM risk_rule_sets WHERE version = $1', [version]);
    newest = { version, rules: RiskRulesSchema.parse(found.rows[0]?.rules) };
    return newest.rules;
  }

  return {
    async decide(db, payment) {
      const at = now();
      const place = `jsonb_build_object('latitude', p.latitude, 'longitude', p.longitude)`;
      const found = await db.query<Facts>(
        `SELECT coalesce(r.payments, 0) AS payments, coalesce(r.sum_minor, 0)::bigint AS "sumMinor",
           (SELECT max(version) FROM risk_rule_sets) AS version,
           EXISTS (SELECT 1 FROM risk_uses WHERE person_id = $1 AND terminal_id = $2) AS "knownTerminal",
           (SELECT ${place} FROM risk_shop_places AS p WHERE p.shop_id = $3) AS place,
           (SELECT jsonb_agg(jsonb_build_object('shopId', u.shop_id, 'amountMinor', u.amount_minor::text,
               'currency', u.currency, 'atMs', floor(extract(epoch FROM u.at) * 1000),
               'place', CASE WHEN p.shop_id IS NULL THEN NULL ELSE ${place} END) ORDER BY u.at DESC)
            FROM (SELECT * FROM risk_uses WHERE person_id = $1 AND at > $4 ORDER BY at DESC LIMIT $5) AS u
            LEFT JOIN risk_shop_places AS p ON p.shop_id = u.shop_id) AS uses
         FROM (SELECT 1) AS one LEFT JOIN risk_no_pin_rows AS r ON r.person_id = $1`,
        [payment.personId, payment.terminalId, payment.shopId, new Date(at.getTime() - DAY_MS), USES_READ],
      );
      const { payments, sumMinor, version, knownTerminal, place: here, uses } = found.rows[0];
      const rules = await load(db, version ?? 0);
      return decideRisk(
        {
          amountMinor: payment.amountMinor,
          currency: payment.currency,
          shopId: payment.shopId,
          cameraKind: payment.cameraKind,
          at,
          row: { payments, sumMinor },
          knownTerminal,
          place: here,
          uses: (uses ?? []).map((use) => ({
            ...use,
            amountMinor: BigInt(use.amountMinor),
            at: new Date(use.atMs),
          })),
        },
        rules,
        version ?? 0,
      );
    },

    async countPayment(db, payment) {
      // One way to the database for both counts.
      const row = payment.withPin
        ? 'DELETE FROM risk_no_pin_rows WHERE person_id = $2'
        : `INSERT INTO risk_no_pin_rows AS r (person_id, payments, sum_minor) VALUES ($2, 1, $5)
           ON CONFLICT (person_id) DO UPDATE SET payments = r.payments + 1, sum_minor = r.sum_minor + excluded.sum_minor`;
      await db.query(
        `WITH counted AS (INSERT INTO risk_uses (payment_id, person_id, shop_id, terminal_id, amount_minor, currency, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7))
         ${row}`,
        [
          payment.paymentId,
          payment.personId,
          payment.shopId,
          payment.terminalId,
          payment.amountMinor,
          payment.currency,
          now(),
        ],
      );
    },

    async currentRules() {
      const found = await pool.query<RuleSetRow>(
        'SELECT version, rules, created_at AS "createdAt" FROM risk_rule_sets ORDER BY version DESC LIMIT 1',
      );
      const row = found.rows[0];
      if (!row) return { version: 0, rules: [...deps.defaults], createdAt: null };
      return { version: row.version, rules: RiskRulesSchema.parse(row.rules), createdAt: row.createdAt.toISOString() };
    },

    setRules: (rules, operatorId) =>
      inTransaction(
        pool,
        async (client) => {
          const at = now();
          const inserted = await client.query<{ version: number }>(
            `INSERT INTO risk_rule_sets (version, rules, created_by, created_at)
             SELECT coalesce(max(version), 0) + 1, $1, $2, $3 FROM risk_rule_sets RETURNING version`,
            [JSON.stringify(rules), operatorId, at],
          );
          const { version } = inserted.rows[0];
          await deps.audit.record(client, {
            actor: operatorId,
            action: 'risk.rules_set',
            subject: `risk_rules:${version}`,
          });
          return { version, rules: [...rules], createdAt: at.toISOString() };
        },
        // Two operators at once get two versions, one after the other.
        { isolation: 'serializable' },
      ),

    setPlace: (shopId, place, operatorId) =>
      inTransaction(pool, async (client) => {
        await client.query(
          `INSERT INTO risk_shop_places (shop_id, latitude, longitude) VALUES ($1, $2, $3)
           ON CONFLICT (shop_id) DO UPDATE SET latitude = excluded.latitude, longitude = excluded.longitude`,
          [shopId, place.latitude, place.longitude],
        );
        await deps.audit.record(client, { actor: operatorId, action: 'risk.place_set', subject: shopId });
      }),
  };
}
