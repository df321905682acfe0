/**
 * Small dense least squares. Normal equations are accumulated term by term and solved by Cholesky; the problems here
 * have at most six unknowns and centred, scaled inputs, where that is accurate enough and fast.
 */
export class NormalEquations {
  readonly #unknowns: number;
  readonly #matrix: Float64Array;
  readonly #right: Float64Array;
  readonly #lower: Float64Array;

  constructor(unknowns: number) {
    this.#unknowns = unknowns;
    this.#matrix = new Float64Array(unknowns * unknowns);
    this.#right = new Float64Array(unknowns);
    this.#lower = new Float64Array(unknowns * unknowns);
  }

  clear(): void {
    this.#matrix.fill(0);
    this.#right.fill(0);
  }

  /** Adds one observation: `row` times the unknowns should be `value`. */
  add(row: Float64Array, value: number, weight: number): void {
    const n = this.#unknowns;
    for (let i = 0; i < n; i += 1) {
      const weighted = weight * row[i];
      this.#right[i] += weighted * value;
      for (let j = i; j < n; j += 1) this.#matrix[i * n + j] += weighted * row[j];
    }
  }

  /** The unknowns, or null when the observations do not determine them. */
  solve(): Float64Array | null {
    const n = this.#unknowns;
    // Every entry that is read was written before: only the lower triangle is used.
    const lower = this.#lower;
    for (let j = 0; j < n; j += 1) {
      for (let i = j; i < n; i += 1) {
        let sum = this.#matrix[j * n + i];
        for (let k = 0; k < j; k += 1) sum -= lower[i * n + k] * lower[j * n + k];
        if (i === j) {
          // Relative to the diagonal before elimination: below this the column depends on those before it.
          if (!(sum > 1e-10 * this.#matrix[j * n + j]) || sum <= 0) return null;
          lower[j * n + j] = Math.sqrt(sum);
        } else {
          lower[i * n + j] = sum / lower[j * n + j];
        }
      }
    }
    const solution = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      let sum = this.#right[i];
      for (let k = 0; k < i; k += 1) sum -= lower[i * n + k] * solution[k];
      solution[i] = sum / lower[i * n + i];
    }
    for (let i = n - 1; i >= 0; i -= 1) {
      let sum = solution[i];
      for (let k = i + 1; k < n; k += 1) sum -= lower[k * n + i] * solution[k];
      solution[i] = sum / lower[i * n + i];
    }
    return solution.every(Number.isFinite) ? solution : null;
  }
}

/** The value below which `share` (0..1) of the numbers lie; NaN of none. Sorts a copy. */
export function quantile(values: ArrayLike<number>, share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
