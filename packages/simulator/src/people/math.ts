/** Small scalar helpers shared by everything that sculpts, paints or grows a person. */
export function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}

export function lerp(from: number, to: number, t: number): number {
  return from + (to - from) * t;
}

/** Hermite step: 0 at `from`, 1 at `to` (which may be the smaller one), flat at both ends. */
export function smoothstep(from: number, to: number, value: number): number {
  const t = clamp((value - from) / (to - from), 0, 1);
  return t * t * (3 - 2 * t);
}

/** The unnormalised Gaussian exp(-d^2); beyond three widths it is taken as nought, which saves most of the calls. */
export function bell(d: number): number {
  return d > 3 || d < -3 ? 0 : Math.exp(-d * d);
}

/** Maximum with a rounded fillet of width `blend` where the two surfaces meet. */
export function smoothMax(a: number, b: number, blend: number): number {
  const h = clamp(0.5 + (0.5 * (a - b)) / blend, 0, 1);
  return b + (a - b) * h + blend * h * (1 - h);
}

export type Vec3 = [x: number, y: number, z: number];

export function normalize(v: Vec3): Vec3 {
  const length = Math.hypot(v[0], v[1], v[2]) || 1;
  return [v[0] / length, v[1] / length, v[2] / length];
}

/** A cubic Hermite curve through unevenly spaced keys, with one channel a column. */
export type KeyCurve = { at(t: number, out: Float64Array): void; readonly lastKey: number };

export function keyCurve(keys: readonly (readonly number[])[]): KeyCurve {
  const times = keys.map((key) => key[0]);
  const channels = keys[0].length - 1;
  const slope = (i: number, c: number): number => {
    const secant = (k: number) => (keys[k + 1][c] - keys[k][c]) / (times[k + 1] - times[k]);
    if (i === 0) return secant(0);
    if (i === keys.length - 1) return secant(i - 1);
    const before = times[i] - times[i - 1];
    const after = times[i + 1] - times[i];
    return (secant(i - 1) * after + secant(i) * before) / (before + after);
  };
  const slopes = keys.map((_, i) => Float64Array.from({ length: channels }, (__, c) => slope(i, c + 1)));
  const lastKey = times[times.length - 1];
  return {
    lastKey,
    at(t, out) {
      const clamped = clamp(t, times[0], lastKey);
      let i = 0;
      while (i < keys.length - 2 && clamped > times[i + 1]) i++;
      const span = times[i + 1] - times[i];
      const u = (clamped - times[i]) / span;
      const u2 = u * u;
      const u3 = u2 * u;
      for (let c = 0; c < channels; c++) {
        out[c] =
          (2 * u3 - 3 * u2 + 1) * keys[i][c + 1] +
          (u3 - 2 * u2 + u) * span * slopes[i][c] +
          (3 * u2 - 2 * u3) * keys[i + 1][c + 1] +
          (u3 - u2) * span * slopes[i + 1][c];
      }
    },
  };
}
