import type { LabelledCrop } from '@smile/liveness';

/**
 * What the recordings lack, laid over real crops: holes, hats, beards, hair cut off, turned heads, noise. A disturbed
 * crop is half simulated; rates on it say how much the shape model can take, not how often such people are refused.
 */
type Disturb = (crop: Grid, random: () => number) => Float32Array;
type Grid = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly zMm: Float32Array;
  readonly camera: { readonly fxPx: number; readonly fyPx: number; readonly cxPx: number; readonly cyPx: number };
};

export const DISTURBANCES: Readonly<Record<string, Disturb>> = {
  holes: (grid, random) => blobs(grid, random, 10, 0.075),
  speckle: ({ zMm }, random) => zMm.map((z) => (random() < 0.2 ? 0 : z)),
  noise: ({ zMm }, random) => zMm.map((z) => (z > 0 ? z + 2.5 * bell(random) : 0)),
  'upper third missing': ({ zMm, widthPx, heightPx }) => zMm.map((z, i) => (i < (widthPx * heightPx) / 3 ? 0 : z)),
  'hat with a brim': (grid) => brim(grid),
  beard: (grid, random) => beard(grid, random),
  'yaw 25': (grid, random) => turned(grid, random() < 0.5 ? 25 : -25, 'yaw'),
  'yaw 35': (grid, random) => turned(grid, random() < 0.5 ? 35 : -35, 'yaw'),
  'pitch 20': (grid, random) => turned(grid, random() < 0.5 ? 20 : -20, 'pitch'),
  'off centre': (grid, random) => shifted(grid, Math.round(14 * (random() - 0.5)), Math.round(10 * (random() - 0.5))),
};

export function disturbed(crop: LabelledCrop, camera: Grid['camera'], name: string, seed: number): LabelledCrop {
  const zMm = Float32Array.from(crop.values, (value) => value * crop.unitMm);
  const grid = { widthPx: crop.widthPx, heightPx: crop.heightPx, zMm, camera };
  const changed = DISTURBANCES[name](grid, generator(seed));
  return { ...crop, values: Uint16Array.from(changed, (z) => (z > 0 ? Math.round(z / crop.unitMm) : 0)) };
}

function blobs(
  { zMm, widthPx, heightPx }: Grid,
  random: () => number,
  count: number,
  radiusShare: number,
): Float32Array {
  const out = zMm.slice();
  for (let n = 0; n < count; n += 1) {
    const x0 = random() * widthPx;
    const y0 = random() * heightPx;
    const radius = radiusShare * widthPx * (0.6 + 0.8 * random());
    for (let i = 0; i < out.length; i += 1) {
      if (Math.hypot((i % widthPx) - x0, Math.floor(i / widthPx) - y0) < radius) out[i] = 0;
    }
  }
  return out;
}

/** Above a third of the crop a cap; at its edge a brim that stands out by 35 mm in the middle. */
function brim({ zMm, widthPx, heightPx }: Grid): Float32Array {
  const present = zMm.filter((z) => z > 0).sort();
  const front = present[present.length >> 2] ?? 0;
  const edge = Math.round(0.3 * heightPx);
  return zMm.map((z, i) => {
    const row = Math.floor(i / widthPx);
    if (row >= edge || front === 0) return z;
    if (row < edge - 3) return z > 0 ? z - 8 : 0;
    const side = Math.abs((i % widthPx) - (widthPx - 1) / 2);
    return side < 0.38 * widthPx ? front - 35 + 0.8 * side : z;
  });
}

function beard({ zMm, widthPx, heightPx }: Grid, random: () => number): Float32Array {
  return zMm.map((z, i) => {
    if (z === 0 || Math.floor(i / widthPx) < 0.65 * heightPx) return z;
    return random() < 0.35 ? 0 : z - 3 - 4 * random();
  });
}

function shifted({ zMm, widthPx, heightPx }: Grid, dx: number, dy: number): Float32Array {
  return zMm.map((_, i) => {
    const x = (i % widthPx) - dx;
    const y = Math.floor(i / widthPx) - dy;
    return x >= 0 && y >= 0 && x < widthPx && y < heightPx ? zMm[y * widthPx + x] : 0;
  });
}

const TURN_SAMPLES = 3;
/** The axis of the neck lies this far behind the face's front. */
const AXIS_BEHIND_MM = 40;
const MAX_STEP_MM = 14;

/** The surface turned about the neck and seen from the same camera; what was hidden before stays a hole. */
function turned({ zMm, widthPx, heightPx, camera }: Grid, degrees: number, about: 'yaw' | 'pitch'): Float32Array {
  const cos = Math.cos((degrees * Math.PI) / 180);
  const sin = Math.sin((degrees * Math.PI) / 180);
  const present = zMm.filter((z) => z > 0).sort();
  const axisMm = (present[present.length >> 1] ?? 0) + AXIS_BEHIND_MM;
  const out = new Float32Array(zMm.length);
  for (let y = 0; y + 1 < heightPx; y += 1) {
    for (let x = 0; x + 1 < widthPx; x += 1) {
      const at = y * widthPx + x;
      const corners = [zMm[at], zMm[at + 1], zMm[at + widthPx], zMm[at + widthPx + 1]];
      if (Math.min(...corners) <= 0 || Math.max(...corners) - Math.min(...corners) > MAX_STEP_MM) continue;
      for (let i = 0; i < TURN_SAMPLES * TURN_SAMPLES; i += 1) {
        const u = (i % TURN_SAMPLES) / TURN_SAMPLES;
        const v = Math.floor(i / TURN_SAMPLES) / TURN_SAMPLES;
        const z =
          corners[0] * (1 - u) * (1 - v) + corners[1] * u * (1 - v) + corners[2] * (1 - u) * v + corners[3] * u * v;
        const px = ((x + u - camera.cxPx) * z) / camera.fxPx;
        const py = ((y + v - camera.cyPx) * z) / camera.fyPx;
        const pz = z - axisMm;
        const [ax, ay] = about === 'yaw' ? [cos * px + sin * pz, py] : [px, cos * py + sin * pz];
        const az = axisMm + cos * pz - sin * (about === 'yaw' ? px : py);
        const column = Math.round((ax * camera.fxPx) / az + camera.cxPx);
        const row = Math.round((ay * camera.fyPx) / az + camera.cyPx);
        if (column < 0 || row < 0 || column >= widthPx || row >= heightPx) continue;
        const to = row * widthPx + column;
        if (out[to] === 0 || az < out[to]) out[to] = az;
      }
    }
  }
  return out;
}

/** About normal, of unit deviation. */
function bell(random: () => number): number {
  return (random() + random() + random() + random() - 2) * 1.73;
}

function generator(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
