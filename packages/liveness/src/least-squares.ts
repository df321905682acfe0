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

  /**
   * Adds all points of a surface at once: z is to be 1, x, y (and for six unknowns x^2, x y, y^2) times the unknowns.
   * The same as `add` point by point to within rounding, several times as fast: every product is summed once, in a local.
   */
  addSurface({ x: xs, y: ys, z: zs, weights, count }: SurfacePoints): void {
    let [s00, s10, s01, s20, s11, s02] = [0, 0, 0, 0, 0, 0];
    let [s30, s21, s12, s03, s40, s31, s22, s13, s04] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
    let [r00, r10, r01, r20, r11, r02] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < count; i += 1) {
      const x = xs[i];
      const y = ys[i];
      const z = zs[i];
      const w = weights[i];
      const wx = w * x;
      const wy = w * y;
      const wxx = wx * x;
      const wxy = wx * y;
      const wyy = wy * y;
      s00 += w;
      s10 += wx;
      s01 += wy;
      s20 += wxx;
      s11 += wxy;
      s02 += wyy;
      r00 += w * z;
      r10 += wx * z;
      r01 += wy * z;
      r20 += wxx * z;
      r11 += wxy * z;
      r02 += wyy * z;
      s30 += wxx * x;
      s21 += wxx * y;
      s12 += wyy * x;
      s03 += wyy * y;
      s40 += wxx * x * x;
      s31 += wxx * x * y;
      s22 += wxx * y * y;
      s13 += wyy * y * x;
      s04 += wyy * y * y;
    }
    const upper = [s00, s10, s01, s20, s11, s02, s20, s11, s30, s21, s12, s02, s21, s12, s03];
    upper.push(s40, s31, s22, s22, s13, s04);
    const right = [r00, r10, r01, r20, r11, r02];
    const n = this.#unknowns;
    for (let i = 0, from = 0; i < n; from += SURFACE_TERMS - i, i += 1) {
      this.#right[i] += right[i];
      for (let j = i; j < n; j += 1) this.#matrix[i * n + j] += upper[from + j - i];
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

const SURFACE_TERMS = 6;

/** Points of a surface over a plane, each with its weight, to be filled one after the other; the first `count` count. */
export class SurfacePoints {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly weights: Float64Array;
  count = 0;

  constructor(capacity: number) {
    this.x = new Float64Array(capacity);
    this.y = new Float64Array(capacity);
    this.z = new Float64Array(capacity);
    this.weights = new Float64Array(capacity).fill(1);
  }

  add(x: number, y: number, z: number): void {
    this.x[this.count] = x;
    this.y[this.count] = y;
    this.z[this.count] = z;
    this.count += 1;
  }
}

/** The value below which `share` (0..1) of the numbers lie; NaN of none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  return quantileInPlace(new Float64Array(values), share);
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** As `quantile`, leaving the numbers in another order. */
export function quantileInPlace(values: Float64Array, share: number): number {
  if (values.length === 0) return Number.NaN;
  const at = share * (values.length - 1);
  const below = Math.floor(at);
  const lower = hasNaN(values) ? values.sort()[below] : select(values, below);
  // What follows the place is no smaller: the next in order is the least of it.
  let upper = below + 1 < values.length ? values[below + 1] : lower;
  for (let i = below + 2; i < values.length; i += 1) if (values[i] < upper) upper = values[i];
  return lower + (upper - lower) * (at - below);
}

/** What is no number counts as larger than any. */
function hasNaN(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i += 1) if (Number.isNaN(values[i])) return true;
  return false;
}

/**
 * The value that would stand at `place` were the numbers sorted, which they are only so far that it stands there, with
 * none larger before it and none smaller behind it (Hoare's selection). All must be numbers.
 */
export function select(values: Float64Array, place: number): number {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = middleOf(values[from], values[(from + to) >> 1], values[to]);
    let low = from;
    let high = to;
    while (low <= high) {
      while (values[low] < pivot) low += 1;
      while (values[high] > pivot) high -= 1;
      if (low > high) break;
      const swapped = values[low];
      values[low] = values[high];
      values[high] = swapped;
      low += 1;
      high -= 1;
    }
    if (place <= high) to = high;
    else if (place >= low) from = low;
    else break;
  }
  return values[place];
}

function middleOf(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : Math.max(a, c);
  return a < c ? a : Math.max(b, c);
}
