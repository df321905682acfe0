import { type FaceQuality, QUALITY_COMPONENTS } from '@smile/face';
import { type Pairs, pairsAmong } from './pairs.ts';
import { countBelow } from './rates.ts';

/** What is left of the errors when the pictures of lowest quality are left out, at one and the same threshold. */
export type DiscardCurve = {
  /** `overall`, or one of the components. */
  readonly measure: string;
  readonly points: readonly { readonly discarded: number; readonly fnmr: number; readonly genuinePairs: number }[];
  /**
   * Area under the curve over the area of a measure that knows nothing (a level line): below 1 the measure predicts
   * errors, above it misleads.
   */
  readonly relativeArea: number;
  /** Spearman's rank correlation of a picture's quality with its mean genuine score: 1 predicts, 0 does not. */
  readonly rankCorrelation: number;
};

export type DiscardReport = {
  readonly threshold: number;
  /** FNMR with nothing discarded. */
  readonly startFnmr: number;
  readonly note: string;
  /** The best predictor first. */
  readonly curves: readonly DiscardCurve[];
};

/** An error to start from: at the operating points there are too few errors to see any go (ISO/IEC 29794-1 does the same). */
const START_FNMR = 0.05;
const SHARES = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4];

/**
 * Error versus discard (Grother and Tabassi 2007) of the overall quality and of each component. Pictures are ranked within
 * their folder, or the curve would tell folders apart and not pictures.
 */
export function discardReport(
  genuine: Pairs,
  samples: readonly { readonly folder: number; readonly quality: FaceQuality }[],
): DiscardReport | null {
  if (genuine.scores.length === 0) return null;
  const sorted = genuine.scores.toSorted();
  const threshold = sorted[Math.min(sorted.length - 1, Math.ceil(START_FNMR * sorted.length))];
  const startFnmr = countBelow(sorted, threshold) / sorted.length;
  if (startFnmr === 0) return null;
  const meanScores = withinFolders(meanGenuineScores(genuine, samples.length), samples);
  const measures: [string, (quality: FaceQuality) => number][] = [
    ['overall', ({ overall }) => overall],
    ...QUALITY_COMPONENTS.map((name): [string, (quality: FaceQuality) => number] => [
      name,
      ({ components }) => components[name],
    ]),
  ];
  const curves = measures.flatMap(([measure, measureOf]): DiscardCurve[] => {
    const raw = samples.map(({ quality }) => measureOf(quality));
    // What is the same for all pictures ranks none of them.
    if (Math.min(...raw) === Math.max(...raw)) return [];
    const values = withinFolders(raw, samples);
    const points = discardPoints(genuine, values, threshold);
    const mean = points.reduce((sum, { fnmr }) => sum + fnmr, 0) / points.length;
    return [{ measure, points, relativeArea: mean / startFnmr, rankCorrelation: spearman(values, meanScores) }];
  });
  return {
    threshold,
    startFnmr,
    note: `at a threshold that refuses about ${100 * START_FNMR} % of the genuine pairs, so that there are errors to predict`,
    curves: curves.sort((one, other) => one.relativeArea - other.relativeArea),
  };
}

function discardPoints(genuine: Pairs, values: readonly number[], threshold: number): DiscardCurve['points'] {
  const order = values.map((_, picture) => picture).sort((one, other) => values[one] - values[other]);
  const rank = new Int32Array(values.length);
  for (const [place, picture] of order.entries()) rank[picture] = place;
  return SHARES.flatMap((share) => {
    const first = Math.floor(share * values.length);
    const left = pairsAmong(genuine, (picture) => rank[picture] >= first);
    if (left.scores.length === 0) return [];
    const refused = left.scores.reduce((sum, score) => sum + (score < threshold ? 1 : 0), 0);
    return [{ discarded: share, fnmr: refused / left.scores.length, genuinePairs: left.scores.length }];
  });
}

/** Each value's rank in its folder, 0..1; NaN stays. */
function withinFolders(values: readonly number[], samples: readonly { readonly folder: number }[]): number[] {
  const placesOf = Map.groupBy(values.keys(), (place) => samples[place].folder);
  const ranked = values.slice();
  for (const places of placesOf.values()) {
    const known = [...places].filter((place) => !Number.isNaN(values[place]));
    const ranks = meanRanks(known.map((place) => values[place]));
    for (const [at, place] of known.entries()) ranked[place] = ranks[at] / known.length;
  }
  return ranked;
}

/** NaN for a picture without a genuine pair. */
function meanGenuineScores({ scores, one, other }: Pairs, pictures: number): number[] {
  const sums = new Float64Array(pictures);
  const counts = new Float64Array(pictures);
  for (const [at, score] of scores.entries()) {
    for (const picture of [one[at], other[at]]) {
      sums[picture] += score;
      counts[picture]++;
    }
  }
  return Array.from(sums, (sum, picture) => sum / counts[picture]);
}

/** Pairs in which either value is not a number are left out; 0 where nothing varies. */
export function spearman(one: readonly number[], other: readonly number[]): number {
  const kept = one.flatMap((value, at) => (Number.isNaN(value + other[at]) ? [] : [at]));
  const ranksOf = (values: readonly number[]) => meanRanks(kept.map((at) => values[at]));
  const [left, right] = [ranksOf(one), ranksOf(other)];
  const middle = (kept.length + 1) / 2;
  let [shared, ownLeft, ownRight] = [0, 0, 0];
  for (let at = 0; at < kept.length; at++) {
    shared += (left[at] - middle) * (right[at] - middle);
    ownLeft += (left[at] - middle) ** 2;
    ownRight += (right[at] - middle) ** 2;
  }
  return ownLeft * ownRight > 0 ? shared / Math.sqrt(ownLeft * ownRight) : 0;
}

/** Ranks from 1; equal values share the mean of theirs. */
function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((one, other) => values[one] - values[other]);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++;
    for (let place = from; place <= to; place++) ranks[order[place]] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return ranks;
}
