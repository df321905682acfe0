export type ScoreHistogram = {
  /** The lower end of each bin and the upper end of the last. */
  readonly edges: readonly number[];
  readonly genuine: readonly number[];
  readonly impostor: readonly number[];
};

const BINS = 50;

/** Counts over the range of all scores. */
export function scoreHistogram(genuine: Float64Array, impostor: Float64Array): ScoreHistogram | null {
  if (genuine.length + impostor.length === 0) return null;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const scores of [genuine, impostor]) {
    for (const score of scores) {
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
  }
  const width = (high - low) / BINS || 1;
  const count = (scores: Float64Array) => {
    const bins = new Array<number>(BINS).fill(0);
    for (const score of scores) bins[Math.min(BINS - 1, Math.floor((score - low) / width))]++;
    return bins;
  };
  return {
    edges: Array.from({ length: BINS + 1 }, (_, bin) => low + bin * width),
    genuine: count(genuine),
    impostor: count(impostor),
  };
}
