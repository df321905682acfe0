/** One-sided 95 % Clopper-Pearson upper bound of `errors` in `trials`, by bisection of the binomial tail. */
export function upperBound(errors: number, trials: number): number {
  if (errors >= trials) return 1;
  let [low, high] = [errors / trials, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (binomialCdf(errors, trials, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

function binomialCdf(most: number, trials: number, rate: number): number {
  let term = (1 - rate) ** trials;
  let sum = term;
  for (let k = 1; k <= most; k += 1) {
    term *= ((trials - k + 1) / k) * (rate / (1 - rate));
    sum += term;
  }
  return sum;
}

/** The value below which a share of the values lies (nearest rank); null without values. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

export type DetPoint = { readonly threshold: number; readonly apcer: number; readonly bpcer: number };

/**
 * Error rates at every threshold on a score: attacks at or above it are accepted, genuine people below it are not.
 * Points are ordered by threshold. A trial without a score (vetoed, or not measured) can be given as -Infinity.
 */
export function detCurve(genuine: readonly number[], attacks: readonly number[]): DetPoint[] {
  const finite = [...genuine, ...attacks].filter(Number.isFinite);
  const thresholds = [...new Set(finite)].sort((a, b) => a - b);
  const live = genuine.toSorted((a, b) => a - b);
  const fake = attacks.toSorted((a, b) => a - b);
  let [liveBelow, fakeBelow] = [0, 0];
  return thresholds.map((threshold) => {
    while (liveBelow < live.length && live[liveBelow] < threshold) liveBelow += 1;
    while (fakeBelow < fake.length && fake[fakeBelow] < threshold) fakeBelow += 1;
    return {
      threshold,
      apcer: fake.length ? (fake.length - fakeBelow) / fake.length : 0,
      bpcer: live.length ? liveBelow / live.length : 0,
    };
  });
}
