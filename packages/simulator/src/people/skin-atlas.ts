import type { Landmarks } from './landmarks.ts';
import { clamp, lerp } from './math.ts';
import type { Skull } from './skull.ts';

const TEXEL_MM = 0.55;

/**
 * How the skin is laid out flat: unrolled around the head (so that the cheeks are not stretched as under a projection
 * from the front), with most texels where a camera looks and few on the back and the crown.
 */
export type SkinAtlas = {
  readonly widthPx: number;
  readonly heightPx: number;
  uOfAngle(angle: number): number;
  vOfLevel(level: number): number;
  angleOfU(u: number): number;
  levelOfV(v: number): number;
};

export function createSkinAtlas(skull: Skull, marks: Landmarks): SkinAtlas {
  const around = lengthTable(-Math.PI, Math.PI, 360, (angle) => {
    const density = Math.abs(angle) < 1.35 ? 1 : 0.22;
    return density * Math.hypot(72 * Math.cos(angle), 98 * Math.sin(angle));
  });
  const down = lengthTable(0, skull.lastLevel, 340, (level) => {
    const above = skull.ring(Math.max(0, level - 0.01));
    const below = skull.ring(Math.min(skull.lastLevel, level + 0.01));
    const perLevel = Math.hypot(above.frontY - below.frontY, above.frontZ - below.frontZ) / 0.02;
    const y = skull.ring(level).frontY;
    return perLevel * (y > marks.hairlineY + 12 ? 0.35 : level > 12.3 ? 0.35 : 1);
  });
  return {
    widthPx: Math.round(around.total / TEXEL_MM),
    heightPx: Math.round(down.total / TEXEL_MM),
    uOfAngle: around.share,
    vOfLevel: down.share,
    angleOfU: around.inverse,
    levelOfV: down.inverse,
  };
}

type LengthTable = { total: number; share(value: number): number; inverse(share: number): number };

/** The running integral of a density as a pair of lookups, normalised to 0..1. */
function lengthTable(from: number, to: number, steps: number, density: (value: number) => number): LengthTable {
  const sums = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++) {
    sums[i + 1] = sums[i] + (density(lerp(from, to, (i + 0.5) / steps)) * (to - from)) / steps;
  }
  const total = sums[steps];
  return {
    total,
    share(value) {
      const at = clamp(((value - from) / (to - from)) * steps, 0, steps);
      const i = Math.min(steps - 1, Math.floor(at));
      return lerp(sums[i], sums[i + 1], at - i) / total;
    },
    inverse(share) {
      const wanted = clamp(share, 0, 1) * total;
      let low = 0;
      let high = steps;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (sums[middle] <= wanted) low = middle;
        else high = middle;
      }
      const span = sums[high] - sums[low] || 1;
      return lerp(from, to, (low + (wanted - sums[low]) / span) / steps);
    },
  };
}
