import { clamp, type Vec3 } from './math.ts';
import type { Part } from './mesh-tools.ts';

const DIRECTIONS = 26;
const CELL_MM = 5;
const HALF_CELLS = 62;
const CELLS = HALF_CELLS * 2;
/** Depth within which a neighbour on the same surface does not count as an occluder. */
const BIAS_MM = 5;

type Geometry = Pick<Part, 'positionsMm' | 'indices'>;

/**
 * How much of the surroundings each vertex of `target` sees, 0..1: the share of directions, weighted by their cosine,
 * in which nothing of the `cloud` (see `occluderCloud`) lies before it. Depth maps of 5 mm cells filled with vertices and centroids are
 * coarse, but shade folds, throat and what lies under hair in a few tens of milliseconds.
 */
export function bakeAmbient(target: Part, cloud: Float32Array): Float32Array {
  const count = target.positionsMm.length / 3;
  const seen = new Float32Array(count);
  const total = new Float32Array(count);
  const map = new Float32Array(CELLS * CELLS);
  for (let k = 0; k < DIRECTIONS; k++) {
    const up = 1 - (2 * (k + 0.5)) / DIRECTIONS;
    const level = Math.sqrt(1 - up * up);
    const turn = k * 2.399963;
    const direction: Vec3 = [level * Math.sin(turn), up, level * Math.cos(turn)];
    // From behind nothing matters that a camera in front could see.
    if (direction[2] < -0.5) continue;
    const axes = axesOf(direction);
    map.fill(-1e6);
    splat(map, axes, cloud);
    gather(map, axes, target, seen, total);
  }
  const raw = seen.map((value, i) => (total[i] > 0 ? clamp(value / total[i], 0.12, 1) : 0.5));
  return smoothed(raw, target.indices);
}

type Axes = { readonly right: Vec3; readonly up: Vec3; readonly towards: Vec3 };

function axesOf(towards: Vec3): Axes {
  const helper: Vec3 = Math.abs(towards[1]) > 0.9 ? [1, 0, 0] : [0, 1, 0];
  const right = unitCross(helper, towards);
  return { right, up: unitCross(towards, right), towards };
}

function unitCross(a: Vec3, b: Vec3): Vec3 {
  const v: Vec3 = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const length = Math.hypot(...v);
  return [v[0] / length, v[1] / length, v[2] / length];
}

const dot = (a: Vec3, x: number, y: number, z: number) => a[0] * x + a[1] * y + a[2] * z;

/** The middle of the depth maps: half way down a head and shoulders. */
const CENTER_Y = -40;

/** Vertices and triangle centres of everything, as one list of points. */
export function occluderCloud(occluders: readonly Geometry[]): Float32Array {
  const size = occluders.reduce((sum, o) => sum + o.positionsMm.length + o.indices.length, 0);
  const cloud = new Float32Array(size);
  let k = 0;
  for (const { positionsMm: p, indices } of occluders) {
    cloud.set(p, k);
    k += p.length;
    for (let t = 0; t < indices.length; t += 3) {
      const [a, b, c] = [indices[t] * 3, indices[t + 1] * 3, indices[t + 2] * 3];
      for (let axis = 0; axis < 3; axis++) cloud[k++] = (p[a + axis] + p[b + axis] + p[c + axis]) / 3;
    }
  }
  return cloud;
}

function splat(map: Float32Array, { right, up, towards }: Axes, cloud: Float32Array): void {
  const [rx, ry, rz] = right.map((c) => c / CELL_MM);
  const [ux, uy, uz] = up.map((c) => c / CELL_MM);
  const [tx, ty, tz] = towards;
  for (let k = 0; k < cloud.length; k += 3) {
    const x = cloud[k];
    const y = cloud[k + 1] - CENTER_Y;
    const z = cloud[k + 2];
    const i = rx * x + ry * y + rz * z + HALF_CELLS;
    const j = ux * x + uy * y + uz * z + HALF_CELLS;
    if (i < 0 || j < 0 || i >= CELLS || j >= CELLS) continue;
    const cell = (j | 0) * CELLS + (i | 0);
    const depth = tx * x + ty * y + tz * z;
    if (depth > map[cell]) map[cell] = depth;
  }
}

function gather(map: Float32Array, axes: Axes, target: Part, seen: Float32Array, total: Float32Array): void {
  const { positionsMm: p, normals: n } = target;
  for (let v = 0; v < seen.length; v++) {
    const o = v * 3;
    const cosine = dot(axes.towards, n[o], n[o + 1], n[o + 2]);
    if (cosine < 0.12) continue;
    const x = dot(axes.right, p[o], p[o + 1] - CENTER_Y, p[o + 2]) / CELL_MM + HALF_CELLS - 0.5;
    const y = dot(axes.up, p[o], p[o + 1] - CENTER_Y, p[o + 2]) / CELL_MM + HALF_CELLS - 0.5;
    const depth = dot(axes.towards, p[o], p[o + 1] - CENTER_Y, p[o + 2]);
    const slope = Math.sqrt(1 - Math.min(1, cosine * cosine)) / cosine;
    total[v] += cosine;
    seen[v] += cosine * visibility(map, x, y, depth + BIAS_MM + CELL_MM * slope);
  }
}

function visibility(map: Float32Array, x: number, y: number, depth: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  if (i < 0 || j < 0 || i >= CELLS - 1 || j >= CELLS - 1) return 1;
  const u = x - i;
  const v = y - j;
  const k = j * CELLS + i;
  return (
    (map[k] <= depth ? (1 - u) * (1 - v) : 0) +
    (map[k + 1] <= depth ? u * (1 - v) : 0) +
    (map[k + CELLS] <= depth ? (1 - u) * v : 0) +
    (map[k + CELLS + 1] <= depth ? u * v : 0)
  );
}

/** Two rounds of averaging with the neighbours. */
function smoothed(values: Float32Array, indices: Uint32Array): Float32Array {
  let current = values;
  for (let round = 0; round < 2; round++) {
    const sum = current.slice();
    const weight = new Float32Array(current.length).fill(1);
    for (let t = 0; t < indices.length; t += 3) {
      for (let k = 0; k < 3; k++) {
        const from = indices[t + k];
        const to = indices[t + ((k + 1) % 3)];
        sum[from] += current[to];
        sum[to] += current[from];
        weight[from]++;
        weight[to]++;
      }
    }
    current = sum.map((value, i) => value / weight[i]);
  }
  return current;
}
