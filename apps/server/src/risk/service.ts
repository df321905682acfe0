import { type Currency, type RiskRule, type RiskRuleSet, RiskRulesSchema } from '@smile/contract';
import { inTransaction, type Pool, prepared, type Queryable, type Write } from '@smile/postgres';
import type { AuditPort } from '../context.ts';
import { idAt } from '../ids.ts';
import { decideRisk, type Place, type RiskDecision } from './rules.ts';

/** Who pays, and where. */
export type Payer = { readonly personId: string; readonly shopId: string; readonly terminalId: string };
/** A payment by face, as far as rules look at it. */
type Weighed = { readonly amountMinor: bigint; readonly currency: Currency; readonly cameraKind: '3d' | '2d' };

export type Risk = {
  /**
   * Reads the histories of these people and the newest rules as they are now; returns for each, in their order, what
   * decides on a payment. It sends its statement before its first `await`.
   */
  weigh(db: Queryable, payers: readonly Payer[]): Promise<((payment: Weighed) => RiskDecision)[]>;
  /**
   * Keeps count when money moves, of one payment a person; the caller holds their rows, so that payments of one person
   * count one after the other.
   */
  counted(payments: readonly CountedPayment[]): Write[];
  /** Forgets uses that are too old to matter, a bounded number of them. */
  sweep(): Promise<void>;
  currentRules(): Promise<RiskRuleSet>;
  /** A new version, from the next decision on. */
  setRules(rules: readonly RiskRule[], operatorId: string): Promise<RiskRuleSet>;
  setPlace(shopId: string, place: Place, operatorId: string): Promise<void>;
};

type CountedPayment = Payer & Omit<Weighed, 'cameraKind'> & { readonly paymentId: string; readonly withPin: boolean };

const DAY_MS = 24 * 3_600_000;
/** A terminal that somebody has not used for so long is new to them again; longer than claims are accepted. */
const USES_KEPT_MS = 400 * DAY_MS;
const SWEPT_AT_ONCE = 5_000;
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

const PLACE = `jsonb_build_object('latitude', p.latitude, 'longitude', p.longitude)`;
const FACTS = `
  SELECT coalesce(r.payments, 0) AS payments, coalesce(r.sum_minor, 0)::bigint AS "sumMinor",
    (SELECT max(version) FROM risk_rule_sets) AS version,
    EXISTS (SELECT 1 FROM risk_uses AS k WHERE k.person_id = q.person_id AND k.terminal_id = q.terminal_id)
      AS "knownTerminal",
    (SELECT ${PLACE} FROM risk_shop_places AS p WHERE p.shop_id = q.shop_id) AS place,
    (SELECT jsonb_agg(jsonb_build_object('shopId', u.shop_id, 'amountMinor', u.amount_minor::text,
        'currency', u.currency, 'atMs', floor(extract(epoch FROM u.at) * 1000),
        'place', CASE WHEN p.shop_id IS NULL THEN NULL ELSE ${PLACE} END) ORDER BY u.at DESC)
     FROM (SELECT * FROM risk_uses AS t WHERE t.person_id = q.person_id AND t.at > $4 ORDER BY t.at DESC LIMIT $5) AS u
     LEFT JOIN risk_shop_places AS p ON p.shop_id = u.shop_id) AS uses
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS q (person_id, terminal_id, shop_id, n)
  LEFT JOIN risk_no_pin_rows AS r ON r.person_id = q.person_id
  ORDER BY q.n`;

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
    async weigh(db, payers) {
      if (payers.length === 0) return [];
      const at = now();
      const found = await prepared<Facts>(db, FACTS, [
        payers.map(({ personId }) => personId),
        payers.map(({ terminalId }) => terminalId),
        payers.map(({ shopId }) => shopId),
        new Date(at.getTime() - DAY_MS),
        USES_READ,
      ]);
      const version = found.rows[0].version ?? 0;
      const rules = await load(db, version);
      return payers.map(({ shopId }, index) => {
        const { payments, sumMinor, knownTerminal, place, uses } = found.rows[index];
        const facts = {
          shopId,
          at,
          row: { payments, sumMinor },
          knownTerminal,
          place,
          uses: (uses ?? []).map((use) => ({ ...use, amountMinor: BigInt(use.amountMinor), at: new Date(use.atMs) })),
        };
        return (payment: Weighed) => decideRisk({ ...facts, ...payment }, rules, version);
      });
    },

    counted(payments) {
      const without = payments.filter(({ withPin }) => !withPin);
      const withPin = payments.filter((payment) => payment.withPin);
      const writes: Write[] = [];
      if (payments.length > 0) {
        writes.push({
          text: `INSERT INTO risk_uses (payment_id, person_id, shop_id, terminal_id, amount_minor, currency, at)
            SELECT payment_id, person_id, shop_id, terminal_id, amount_minor, currency, $2
            FROM jsonb_to_recordset($1) AS u (payment_id text, person_id text, shop_id text, terminal_id text,
              amount_minor bigint, currency text)`,
          values: [
            JSON.stringify(
              payments.map((payment) => ({
                payment_id: payment.paymentId,
                person_id: payment.personId,
                shop_id: payment.shopId,
                terminal_id: payment.terminalId,
                amount_minor: payment.amountMinor.toString(),
                currency: payment.currency,
              })),
            ),
            now(),
          ],
          rows: payments.length,
        });
      }
      if (without.length > 0) {
        writes.push({
          text: `INSERT INTO risk_no_pin_rows AS r (person_id, payments, sum_minor)
            SELECT n.person_id, 1, n.amount_minor
            FROM jsonb_to_recordset($1) AS n (person_id text, amount_minor bigint) ORDER BY n.person_id
            ON CONFLICT (person_id)
              DO UPDATE SET payments = r.payments + 1, sum_minor = r.sum_minor + excluded.sum_minor`,
          values: [
            JSON.stringify(
              without.map(({ personId, amountMinor }) => ({
                person_id: personId,
                amount_minor: amountMinor.toString(),
              })),
            ),
          ],
          rows: without.length,
        });
      }
      if (withPin.length > 0) {
        writes.push({
          text: 'DELETE FROM risk_no_pin_rows WHERE person_id = ANY ($1)',
          values: [withPin.map(({ personId }) => personId)],
        });
      }
      return writes;
    },

    async sweep() {
      await prepared(
        pool,
        `DELETE FROM risk_uses WHERE payment_id IN
           (SELECT payment_id FROM risk_uses WHERE payment_id < $1 ORDER BY payment_id LIMIT $2)`,
        [idAt('payment', new Date(now().getTime() - USES_KEPT_MS)), SWEPT_AT_ONCE],
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
