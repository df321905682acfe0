import type { Currency, Payment, RiskRule } from '@smile/contract';

export type Place = { readonly latitude: number; readonly longitude: number };

/** What a decision is made of. Nothing in it says who the person is. */
export type RiskFacts = {
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly shopId: string;
  readonly cameraKind: '3d' | '2d';
  readonly at: Date;
  /** Paid in a row by face alone, without a PIN. */
  readonly row: { readonly payments: number; readonly sumMinor: bigint };
  readonly knownTerminal: boolean;
  /** Where this shop is; null when nobody has said. */
  readonly place: Place | null;
  /** Payments by face of the last 24 hours, newest first. */
  readonly uses: readonly {
    readonly shopId: string;
    readonly amountMinor: bigint;
    readonly currency: string;
    readonly at: Date;
    readonly place: Place | null;
  }[];
};

export type RiskDecision = {
  readonly pinRequired: boolean;
  readonly pinReason: Payment['pinReason'];
  readonly refused: boolean;
  /** Of the rules; 0 for those of the configuration. */
  readonly version: number;
  /** Every rule that was asked, with what it saw: kept with the payment, so that a decision can be explained later. */
  readonly rules: readonly {
    readonly rule: string;
    readonly seen: string;
    readonly limit: string;
    readonly fired: 'pin' | 'refuse' | null;
  }[];
};

type Finding = { readonly seen: string; readonly limit: string; readonly fires: boolean };
type Limits = Extract<RiskRule, { kind: 'amount' }>['above'];

/** Whether a payment by face needs the PIN, or is refused. All rules are asked; the strictest answer counts. */
export function decideRisk(facts: RiskFacts, rules: readonly RiskRule[], version: number): RiskDecision {
  const asked = rules.map((rule) => ({ rule, finding: FINDERS[rule.kind](rule as never, facts) }));
  const fired = asked.filter(({ finding }) => finding.fires);
  const first = fired.find(({ rule }) => rule.outcome === 'pin');
  return {
    pinRequired: first !== undefined,
    pinReason: first ? REASONS[first.rule.kind] : null,
    refused: fired.some(({ rule }) => rule.outcome === 'refuse'),
    version,
    rules: asked.map(({ rule, finding: { seen, limit, fires } }) => ({
      rule: rule.id,
      seen,
      limit,
      fired: fires ? rule.outcome : null,
    })),
  };
}

/** The decision, with what the search for look-alikes says: two people who might be taken for each other both show the PIN. */
export function withLookAlike(decision: RiskDecision, hasLookAlike: boolean): RiskDecision {
  const fired = hasLookAlike ? ('pin' as const) : null;
  return {
    ...decision,
    pinRequired: decision.pinRequired || hasLookAlike,
    // Neutral words: nobody is told whom they resemble.
    pinReason: decision.pinReason ?? (hasLookAlike ? 'risk' : null),
    rules: [...decision.rules, { rule: 'look_alike', seen: String(hasLookAlike), limit: 'false', fired }],
  };
}

/**
 * The decision, with what became of the light challenge: where one is asked for and the scan had none (the guest would
 * rather not, the screen was too slow), depth alone stands behind the scan, and the PIN is asked for.
 */
export function withLight(decision: RiskDecision, state: string): RiskDecision {
  const fired = state === 'shown' || state === 'off' ? null : ('pin' as const);
  return {
    ...decision,
    pinRequired: decision.pinRequired || fired !== null,
    pinReason: decision.pinReason ?? (fired && 'risk'),
    rules: [...decision.rules, { rule: 'light', seen: state, limit: 'shown', fired }],
  };
}

const FINDERS: {
  readonly [K in RiskRule['kind']]: (rule: Extract<RiskRule, { kind: K }>, facts: RiskFacts) => Finding;
} = {
  // Colour alone is easier to deceive than depth.
  camera_2d: (_rule, { cameraKind }) => ({ seen: cameraKind, limit: '3d', fires: cameraKind === '2d' }),
  amount: ({ above }, facts) => exceeds(facts.amountMinor, above, facts.currency),
  row_payments: ({ most }, { row }) => exceedsCount(row.payments + 1, most),
  row_sum: ({ above }, facts) => exceeds(facts.row.sumMinor + facts.amountMinor, above, facts.currency),
  day_sum: ({ above }, facts) =>
    exceeds(
      sumOf(facts, () => true),
      above,
      facts.currency,
    ),
  shop_day_sum: ({ above }, facts) =>
    exceeds(
      sumOf(facts, (use) => use.shopId === facts.shopId),
      above,
      facts.currency,
    ),
  velocity: ({ most, withinMinutes }, { uses, at }) => {
    const sinceMs = at.getTime() - withinMinutes * 60_000;
    return exceedsCount(uses.filter((use) => use.at.getTime() > sinceMs).length + 1, most);
  },
  new_terminal: ({ above }, facts) => {
    const found = exceeds(facts.amountMinor, above, facts.currency);
    return { ...found, seen: facts.knownTerminal ? 'known' : found.seen, fires: !facts.knownTerminal && found.fires };
  },
  far_apart: ({ beyondKm, fasterThanKmh }, { uses, place, at }) => {
    const limit = `${fasterThanKmh} km/h beyond ${beyondKm} km`;
    const last = uses[0];
    if (!place || !last?.place) return { seen: 'unknown', limit, fires: false };
    const km = distanceKm(place, last.place);
    // Two payments at one moment count as a second apart, which is fast enough for any distance that matters.
    const hours = Math.max(1_000, at.getTime() - last.at.getTime()) / 3_600_000;
    return {
      seen: `${km.toFixed(0)} km in ${(hours * 60).toFixed(0)} min`,
      limit,
      fires: km > beyondKm && km / hours > fasterThanKmh,
    };
  },
};

const REASONS: Readonly<Record<RiskRule['kind'], NonNullable<Payment['pinReason']>>> = {
  camera_2d: 'camera_2d',
  amount: 'amount',
  row_payments: 'too_many_without',
  row_sum: 'too_many_without',
  day_sum: 'risk',
  shop_day_sum: 'risk',
  velocity: 'risk',
  new_terminal: 'risk',
  far_apart: 'risk',
};

function exceeds(valueMinor: bigint, above: Limits, currency: Currency): Finding {
  const limit = above[currency];
  return {
    seen: valueMinor.toString(),
    limit: limit ?? 'none',
    fires: limit === undefined || valueMinor > BigInt(limit),
  };
}

function exceedsCount(count: number, most: number): Finding {
  return { seen: String(count), limit: String(most), fires: count > most };
}

function sumOf(facts: RiskFacts, counts: (use: RiskFacts['uses'][number]) => boolean): bigint {
  const same = facts.uses.filter((use) => use.currency === facts.currency && counts(use));
  return same.reduce((sum, use) => sum + use.amountMinor, facts.amountMinor);
}

/** Along a great circle of the mean earth radius (haversine formula). */
function distanceKm(a: Place, b: Place): number {
  const rad = Math.PI / 180;
  const sinLat = Math.sin(((b.latitude - a.latitude) * rad) / 2);
  const sinLon = Math.sin(((b.longitude - a.longitude) * rad) / 2);
  const h = sinLat ** 2 + Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * sinLon ** 2;
  return 2 * 6_371 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/**
 * What applies until an operator says otherwise. The first four are the limits of contactless cards in the EU (PSD2 RTS
 * article 11: 50 a payment, then 150 or five payments in a row); other currencies have round amounts at or below them.
 */
export function defaultRules(eur: { paymentMinor: bigint; rowMinor: bigint; rowPayments: number }): RiskRule[] {
  const times = (factor: bigint): Limits => ({
    EUR: (5_000n * factor).toString(),
    USD: (5_000n * factor).toString(),
    GBP: (4_000n * factor).toString(),
    CNY: (35_000n * factor).toString(),
    JPY: (7_000n * factor).toString(),
    KWD: (15_000n * factor).toString(),
  });
  return [
    { id: 'camera_2d', kind: 'camera_2d', outcome: 'pin' },
    { id: 'amount', kind: 'amount', outcome: 'pin', above: { ...times(1n), EUR: eur.paymentMinor.toString() } },
    { id: 'row_payments', kind: 'row_payments', outcome: 'pin', most: eur.rowPayments },
    { id: 'row_sum', kind: 'row_sum', outcome: 'pin', above: { ...times(3n), EUR: eur.rowMinor.toString() } },
    { id: 'day_limit', kind: 'day_sum', outcome: 'refuse', above: times(40n) },
    { id: 'shop_day', kind: 'shop_day_sum', outcome: 'pin', above: times(6n) },
    { id: 'velocity', kind: 'velocity', outcome: 'pin', most: 10, withinMinutes: 10 },
    { id: 'far_apart', kind: 'far_apart', outcome: 'pin', beyondKm: 20, fasterThanKmh: 150 },
  ];
}
