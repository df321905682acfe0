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
