import type { HeadMesh } from './head-mesh.ts';
import { clamp, normalize, type Vec3 } from './math.ts';
import type { PersonTraits } from './traits.ts';

/** The surface hair lies on: an ellipsoid about the skull, corrected by how far the real scalp stands out of it. */
export type ScalpShell = {
  normal(at: Vec3): Vec3;
  /** Moves a point, in place, to a height over the scalp. */
  rest(at: Vec3, heightMm: number): void;
};

const AROUND = 36;
const UP = 18;
/** Millimetres to one unit of the ellipsoid's own measure, near enough on all sides. */
const MM_PER_UNIT = 90;

export function createScalpShell(traits: PersonTraits, head: HeadMesh): ScalpShell {
  const width = traits.headWidthScale * traits.faceWidthScale;
  const center: Vec3 = [0, 16, -4];
  const radii: Vec3 = [77 * width, 97 * traits.headHeightScale, 100 * traits.headLengthScale];
  const scaled = (p: Vec3): Vec3 => [
    (p[0] - center[0]) / radii[0],
    (p[1] - center[1]) / radii[1],
    (p[2] - center[2]) / radii[2],
  ];
  const bumps = measureBumps(head, scaled);
  return {
    normal(p) {
      const [x, y, z] = scaled(p);
      return normalize([x / radii[0], y / radii[1], z / radii[2]]);
    },
    rest(p, heightMm) {
      const unit = scaled(p);
      const length = Math.max(0.3, Math.hypot(...unit));
      const wanted = sampleBump(bumps, unit) + heightMm / MM_PER_UNIT;
      for (let c = 0; c < 3; c++) p[c] = center[c] + ((p[c] - center[c]) * wanted) / length;
    },
  };
}

/** Place of a direction on the map: columns around the head, rows from below to the crown. */
function cellOf([x, y, z]: Vec3): { column: number; row: number } {
  const length = Math.hypot(x, y, z) || 1;
  return {
    column: ((Math.atan2(x, z) / (2 * Math.PI) + 0.5) * AROUND + AROUND) % AROUND,
    row: clamp((Math.asin(clamp(y / length, -1, 1)) / Math.PI + 0.5) * UP, 0, UP - 1e-6),
  };
}

/** The farthest the head reaches in each direction, in the ellipsoid's measure; gaps take their neighbours' value. */
function measureBumps(head: HeadMesh, scaled: (p: Vec3) => Vec3): Float32Array {
  const map = new Float32Array(AROUND * UP);
  const p = head.positionsMm;
  for (let i = 0; i < p.length; i += 3) {
    if (p[i + 1] < -60) continue;
    const unit = scaled([p[i], p[i + 1], p[i + 2]]);
    const { column, row } = cellOf(unit);
    const k = Math.floor(row) * AROUND + Math.floor(column);
    map[k] = Math.max(map[k], Math.hypot(...unit));
  }
  for (let k = 0; k < map.length; k++) {
    if (map[k] > 0) continue;
    const row = Math.floor(k / AROUND);
    const left = map[row * AROUND + ((k + AROUND - 1) % AROUND)];
    map[k] = left > 0 ? left : row > 0 ? map[k - AROUND] || 1 : 1;
  }
  return map;
}

function sampleBump(map: Float32Array, unit: Vec3): number {
  const { column, row } = cellOf(unit);
  const c = column - 0.5 + AROUND;
  const r = clamp(row - 0.5, 0, UP - 1.001);
  const [c0, r0] = [Math.floor(c), Math.floor(r)];
  const at = (i: number, j: number) => map[j * AROUND + (i % AROUND)];
  const low = at(c0, r0) * (1 - c + c0) + at(c0 + 1, r0) * (c - c0);
  const high = at(c0, r0 + 1) * (1 - c + c0) + at(c0 + 1, r0 + 1) * (c - c0);
  return low * (1 - r + r0) + high * (r - r0);
}
