import { type RiskRule, RiskRulesSchema } from '@smile/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideRisk, defaultRules, type RiskFacts } from './rules.ts';

const RULES = defaultRules({ paymentMinor: 5_000n, rowMinor: 15_000n, rowPayments: 5 });
const AT = new Date('2026-11-23T12:00:00Z');
const BERLIN = { latitude: 52.52, longitude: 13.405 };
const HAMBURG = { latitude: 53.551, longitude: 9.994 };
const FACTS: RiskFacts = {
  amountMinor: 1_000n,
  currency: 'EUR',
  shopId: 'shp_here',
  cameraKind: '3d',
  at: AT,
  row: { payments: 0, sumMinor: 0n },
  knownTerminal: true,
  place: BERLIN,
  uses: [],
};
const use = (minutesAgo: number, amountMinor = 100n, more: Partial<RiskFacts['uses'][number]> = {}) => ({
  shopId: 'shp_here',
  amountMinor,
  currency: 'EUR',
  at: new Date(AT.getTime() - minutesAgo * 60_000),
  place: BERLIN,
  ...more,
});
const fired = (facts: Partial<RiskFacts>, rules: readonly RiskRule[] = RULES) =>
  decideRisk({ ...FACTS, ...facts }, rules, 1)
    .rules.filter((rule) => rule.fired)
    .map(({ rule, fired: outcome }) => `${rule}:${outcome}`);
const strangers: RiskRule = { id: 'stranger', kind: 'new_terminal', outcome: 'pin', above: { EUR: '2000' } };

describe('the rules', () => {
  it.each<[string, Partial<RiskFacts>, string[]]>([
    ['a small payment', {}, []],
    ['50.00', { amountMinor: 5_000n }, []],
    ['50.01', { amountMinor: 5_001n }, ['amount:pin']],
    ['a flat camera', { cameraKind: '2d' }, ['camera_2d:pin']],
    ['the fifth in a row', { row: { payments: 4, sumMinor: 400n } }, []],
    ['the sixth in a row', { row: { payments: 5, sumMinor: 500n } }, ['row_payments:pin']],
    ['150.00 in a row', { row: { payments: 2, sumMinor: 14_000n } }, []],
    ['150.01 in a row', { row: { payments: 2, sumMinor: 14_001n } }, ['row_sum:pin']],
    ['7,000 yen', { currency: 'JPY', amountMinor: 7_000n }, []],
    ['7,001 yen', { currency: 'JPY', amountMinor: 7_001n }, ['amount:pin']],
    ['15.000 dinars', { currency: 'KWD', amountMinor: 15_000n }, []],
    ['350.01 yuan', { currency: 'CNY', amountMinor: 35_001n }, ['amount:pin']],
    ['2,000.00 in a day', { uses: [use(600, 199_000n, { shopId: 'shp_there' })] }, []],
    ['2,000.01 in a day', { uses: [use(600, 199_001n, { shopId: 'shp_there' })] }, ['day_limit:refuse']],
    ['300.01 in one shop', { uses: [use(600, 29_001n)] }, ['shop_day:pin']],
    ['the tenth in ten minutes', { uses: Array.from({ length: 9 }, () => use(9)) }, []],
    ['the eleventh in ten minutes', { uses: Array.from({ length: 10 }, () => use(9)) }, ['velocity:pin']],
    ['ten a while ago', { uses: Array.from({ length: 10 }, () => use(11)) }, []],
    ['Hamburg half an hour ago', { uses: [use(30, 100n, { place: HAMBURG })] }, ['far_apart:pin']],
    ['Hamburg two hours ago', { uses: [use(120, 100n, { place: HAMBURG })] }, []],
    ['a shop nobody knows the place of', { uses: [use(1, 100n, { place: null })] }, []],
  ])('on %s', (_what, facts, expected) => {
    expect(fired(facts)).toEqual(expected);
  });

  it('for a terminal new to the person look at the amount', () => {
    expect(fired({ knownTerminal: false, amountMinor: 2_000n }, [strangers])).toEqual([]);
    expect(fired({ knownTerminal: false, amountMinor: 2_001n }, [strangers])).toEqual(['stranger:pin']);
    expect(fired({ knownTerminal: true, amountMinor: 2_001n }, [strangers])).toEqual([]);
    // No limit for a currency is no permission.
    expect(fired({ knownTerminal: false, currency: 'USD', amountMinor: 1n }, [strangers])).toEqual(['stranger:pin']);
  });

  it('are checked before they count', () => {
    expect(RiskRulesSchema.safeParse(RULES).success).toBe(true);
    expect(RiskRulesSchema.safeParse([...RULES, RULES[0]]).success).toBe(false);
    expect(RiskRulesSchema.safeParse(RULES.slice(1)).success).toBe(false);
    expect(RiskRulesSchema.safeParse([...RULES, { ...strangers, above: { EUR: '-1' } }]).success).toBe(false);
  });

  it('never let more be paid in a row than the limits, whatever is bought', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 20_000n }), { maxLength: 60 }), (amounts) => {
        let row = { payments: 0, sumMinor: 0n };
        for (const amountMinor of amounts) {
          const { pinRequired } = decideRisk({ ...FACTS, amountMinor, row }, RULES, 0);
          row = pinRequired
            ? { payments: 0, sumMinor: 0n }
            : { payments: row.payments + 1, sumMinor: row.sumMinor + amountMinor };
          expect(row.payments).toBeLessThanOrEqual(5);
          expect(row.sumMinor <= 15_000n).toBe(true);
        }
      }),
    );
  });
});
