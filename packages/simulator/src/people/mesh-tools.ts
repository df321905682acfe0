import type { Material, Rgb } from '../scene-types.ts';
import type { Vec3 } from './math.ts';

/** A surface at rest, in head space; `pose` decides which of them follow the head. */
export type Part = {
  readonly name: string;
  readonly positionsMm: Float32Array;
  readonly normals: Float32Array;
  readonly indices: Uint32Array;
  readonly uv?: Float32Array;
  readonly ambient?: Float32Array;
  readonly vertexAlbedo?: Float32Array;
  readonly coverage?: Float32Array;
  readonly material: Material;
};

/** Area-weighted vertex normals; `welds` are pairs of vertices at the same place that must share theirs. */
export function computeNormals(
  positions: Float32Array,
  indices: Uint32Array,
  normals: Float32Array,
  welds?: Uint32Array,
): void {
  normals.fill(0);
  for (let i = 0; i < indices.length; i += 3)
    addFaceNormal(positions, normals, indices[i], indices[i + 1], indices[i + 2]);
  if (welds) shareNormals(normals, welds);
  for (let i = 0; i < normals.length; i += 3) {
    const length = Math.sqrt(normals[i] ** 2 + normals[i + 1] ** 2 + normals[i + 2] ** 2);
    if (length < 1e-12) {
      // A vertex no triangle uses, or one in a fold without area: any unit vector is better than none.
      normals[i + 2] = 1;
      continue;
    }
    normals[i] /= length;
    normals[i + 1] /= length;
    normals[i + 2] /= length;
  }
}

function addFaceNormal(p: Float32Array, n: Float32Array, ia: number, ib: number, ic: number): void {
  const a = ia * 3;
  const b = ib * 3;
  const c = ic * 3;
  const ux = p[b] - p[a];
  const uy = p[b + 1] - p[a + 1];
  const uz = p[b + 2] - p[a + 2];
  const vx = p[c] - p[a];
  const vy = p[c + 1] - p[a + 1];
  const vz = p[c + 2] - p[a + 2];
  const nx = uy * vz - uz * vy;
  const ny = uz * vx - ux * vz;
  const nz = ux * vy - uy * vx;
  n[a] += nx;
  n[a + 1] += ny;
  n[a + 2] += nz;
  n[b] += nx;
  n[b + 1] += ny;
  n[b + 2] += nz;
  n[c] += nx;
  n[c + 1] += ny;
  n[c + 2] += nz;
}

function shareNormals(normals: Float32Array, welds: Uint32Array): void {
  for (let w = 0; w < welds.length; w += 2) {
    for (let k = 0; k < 3; k++) {
      const sum = normals[welds[w] * 3 + k] + normals[welds[w + 1] * 3 + k];
      normals[welds[w] * 3 + k] = sum;
      normals[welds[w + 1] * 3 + k] = sum;
    }
  }
}

export type Grid = { readonly rows: number; readonly columns: number };

/**
 * Triangles of a grid whose rows run downwards and whose columns run to the right as seen from outside, so that they
 * wind counter-clockwise; `flip` for a grid that runs the other way.
 */
export function gridIndices({ rows, columns }: Grid, flip = false): Uint32Array {
  const indices = new Uint32Array((rows - 1) * (columns - 1) * 6);
  let k = 0;
  for (let i = 0; i < rows - 1; i++) {
    for (let j = 0; j < columns - 1; j++) {
      const a = i * columns + j;
      const below = a + columns;
      const quad = flip ? [a, a + 1, below, a + 1, below + 1, below] : [a, below, a + 1, a + 1, below, below + 1];
      indices.set(quad, k);
      k += 6;
    }
  }
  return indices;
}

/** `point(down, along)` with both in 0..1; `welds` as in `computeNormals`. */
export function gridSurface(
  grid: Grid,
  point: (down: number, along: number) => Vec3,
  options: { flip?: boolean; closed?: boolean } = {},
): { positionsMm: Float32Array; normals: Float32Array; indices: Uint32Array } {
  const { rows, columns } = grid;
  const positionsMm = new Float32Array(rows * columns * 3);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      positionsMm.set(point(i / (rows - 1), j / (columns - 1)), (i * columns + j) * 3);
    }
  }
  const indices = gridIndices(grid, options.flip);
  const normals = new Float32Array(positionsMm.length);
  computeNormals(positionsMm, indices, normals, options.closed ? columnWelds(grid) : undefined);
  return { positionsMm, normals, indices };
}

/** The pairs that close a grid whose last column lies on its first. */
export function columnWelds({ rows, columns }: Grid): Uint32Array {
  const welds = new Uint32Array(rows * 2);
  for (let i = 0; i < rows; i++) {
    welds[i * 2] = i * columns;
    welds[i * 2 + 1] = i * columns + columns - 1;
  }
  return welds;
}

/** A tube of hexagonal section along a path, for frames of glasses and the like. */
export function tubeSurface(path: readonly Vec3[], radiusMm: number, closed: boolean, sides = 6) {
  const count = path.length;
  const rows = closed ? count + 1 : count;
  return gridSurface(
    { rows, columns: sides + 1 },
    (down, along) => {
      const i = Math.round(down * (rows - 1)) % count;
      const before = path[closed ? (i - 1 + count) % count : Math.max(0, i - 1)];
      const after = path[closed ? (i + 1) % count : Math.min(count - 1, i + 1)];
      return tubePoint(path[i], before, after, radiusMm, along * 2 * Math.PI);
    },
    { closed: true, flip: true },
  );
}

function tubePoint(center: Vec3, before: Vec3, after: Vec3, radiusMm: number, angle: number): Vec3 {
  const t = unit([after[0] - before[0], after[1] - before[1], after[2] - before[2]]);
  const side = unit(Math.abs(t[1]) < 0.9 ? [t[2], 0, -t[0]] : [0, -t[2], t[1]]);
  const up: Vec3 = [t[1] * side[2] - t[2] * side[1], t[2] * side[0] - t[0] * side[2], t[0] * side[1] - t[1] * side[0]];
  const c = Math.cos(angle) * radiusMm;
  const s = Math.sin(angle) * radiusMm;
  return [
    center[0] + c * side[0] + s * up[0],
    center[1] + c * side[1] + s * up[1],
    center[2] + c * side[2] + s * up[2],
  ];
}

function unit(v: Vec3): Vec3 {
  const length = Math.hypot(...v) || 1;
  return [v[0] / length, v[1] / length, v[2] / length];
}

/** One colour for every vertex, to be shaded afterwards. */
export function plainAlbedo(vertexCount: number, color: Rgb): Float32Array {
  const albedo = new Float32Array(vertexCount * 3);
  for (let i = 0; i < vertexCount; i++) albedo.set(color, i * 3);
  return albedo;
}
