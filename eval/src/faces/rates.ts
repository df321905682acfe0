export const FALSE_MATCH_RATES = ['1e-2', '1e-3', '1e-4'] as const;
export type FalseMatchRate = (typeof FALSE_MATCH_RATES)[number];

export type OperatingPoint = {
  /** Share of genuine pairs that are refused at `threshold`. */
  readonly fnmr: number;
  /**
   * Wilson's 95 % interval of `fnmr`. It takes the pairs for independent, which pairs of the same people are not: see
   * `people` in the report for bounds that know it.
   */
  readonly low95: number;
  readonly high95: number;
  /** Pairs that score this or more match. */
  readonly threshold: number;
  /** Present where the impostor pairs are too few to show the rate. */
  readonly note?: string;
};

export type ErrorRates = {
  /** Equal error rate; null without genuine or impostor pairs. */
  readonly eer: number | null;
  /** Null without genuine or impostor pairs. */
  readonly fnmrAtFmr: Readonly<Record<FalseMatchRate, OperatingPoint>> | null;
};

export type DetPoint = { readonly threshold: number; readonly fmr: number; readonly fnmr: number };

/** The rates for genuine and impostor scores, which need no order. */
export function errorRates(genuineScores: Float64Array, impostorScores: Float64Array): ErrorRates {
  if (genuineScores.length === 0 || impostorScores.length === 0) return { eer: null, fnmrAtFmr: null };
  const genuine = genuineScores.toSorted();
  const impostor = impostorScores.toSorted();
  const points = FALSE_MATCH_RATES.map((rate) => [rate, operatingPoint(genuine, impostor, rate)] as const);
  return {
    eer: equalErrorRate(genuine, impostor),
    fnmrAtFmr: Object.fromEntries(points) as Record<FalseMatchRate, OperatingPoint>,
  };
}

/** At most this many points of a DET curve are kept; between them it is a straight line. */
const DET_POINTS = 400;

/**
 * Both error rates by rising threshold, at scores of either kind chosen so that the corners of the curve, where a handful
 * of pairs decide, are kept: every one of the highest impostors and lowest genuine scores, then ever fewer.
 */
export function detPoints(genuineScores: Float64Array, impostorScores: Float64Array): DetPoint[] {
  if (genuineScores.length === 0 || impostorScores.length === 0) return [];
  const genuine = genuineScores.toSorted();
  const impostor = impostorScores.toSorted();
  const thresholds = new Set([Math.min(genuine[0], impostor[0])]);
  for (const place of thinned(genuine.length)) thresholds.add(justAbove(genuine[place]));
  for (const place of thinned(impostor.length)) thresholds.add(justAbove(impostor[impostor.length - 1 - place]));
  return [...thresholds]
    .sort((one, other) => one - other)
    .map((threshold) => ({
      threshold,
      fmr: 1 - countBelow(impostor, threshold) / impostor.length,
      fnmr: countBelow(genuine, threshold) / genuine.length,
    }));
}

/** 0, 1, 2 and so on, then steps that grow with the number, up to the last place. */
function thinned(count: number): number[] {
  const places: number[] = [];
  const growth = 1 + 8 / DET_POINTS;
  for (let place = 0; place < count; place = Math.max(place + 1, Math.floor(place * growth))) places.push(place);
  if (places.at(-1) !== count - 1) places.push(count - 1);
  return places;
}

/** Wilson's 95 % score interval of `errors` in `trials` (Wilson 1927). */
export function wilson95(errors: number, trials: number): { low: number; high: number } {
  const z = 1.959964;
  const share = errors / trials;
  const centre = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z / (1 + (z * z) / trials)) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return { low: errors === 0 ? 0 : Math.max(0, centre - half), high: errors === trials ? 1 : centre + half };
}

/** The lowest threshold at which no more than the stated share of impostor pairs matches; ascending scores. */
export function thresholdFor(impostor: Float64Array, rate: number): number {
  // The first impostor who must be refused: matching begins just above.
  return justAbove(impostor[impostor.length - 1 - Math.floor(rate * impostor.length)]);
}

function operatingPoint(genuine: Float64Array, impostor: Float64Array, rate: FalseMatchRate): OperatingPoint {
  const threshold = thresholdFor(impostor, Number(rate));
  const refused = countBelow(genuine, threshold);
  const { low, high } = wilson95(refused, genuine.length);
  const point = { fnmr: refused / genuine.length, low95: low, high95: high, threshold };
  if (Math.floor(Number(rate) * impostor.length) > 0) return point;
  return {
    ...point,
    note: `${impostor.length} impostor pairs are too few for this rate: the threshold lies just above all of them`,
  };
}

/** Where both rates are equal, or their mean where they cross between two scores. */
function equalErrorRate(genuine: Float64Array, impostor: Float64Array): number {
  let best = 1;
  let gap = Number.POSITIVE_INFINITY;
  for (const list of [genuine, impostor]) {
    for (const score of list) {
      const fnmr = countBelow(genuine, score) / genuine.length;
      const fmr = 1 - countBelow(impostor, score) / impostor.length;
      if (Math.abs(fnmr - fmr) < gap) {
        gap = Math.abs(fnmr - fmr);
        best = (fnmr + fmr) / 2;
      }
    }
  }
  return best;
}

/** How many of the ascending values are below the limit. */
export function countBelow(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Scores come from single-precision numbers, so this step is small and still seen. */
function justAbove(score: number): number {
  return score + 1e-7;
}
