import type { Face } from './face.ts';
import type { SkinSurface } from './skin-surface.ts';

/** A mesh being cut: growing lists of skin coordinates, their x and y, and triangles. */
export type FaceVertices = {
  readonly surface: number[];
  readonly xy: number[];
  triangles: number[];
  readonly skin: SkinSurface;
};

/** Vertices of the lips' meeting edge from image left to right; both lists share the mouth's corners. */
export type LipEdges = { readonly upper: Uint32Array; readonly lower: Uint32Array };

/** Positive on one side of a curve, negative on the other. */
type Side = (x: number, y: number) => number;

type Cut = {
  readonly side: Side;
  /** Half the width within which the curve cuts at all; beyond it the mesh stays whole. */
  readonly reachX: number;
  /** Vertices that already lie on the curve and stay. */
  readonly pinned: ReadonlySet<number>;
};

const ON_CURVE = 1e-6;
const NOT_CUT = -1;
/** A corner closer than this share of an edge to the curve moves onto it, which spares slivers. */
const SNAP_SHARE = 0.28;

/** Removes the skin inside the lids' margins; see `HeadMesh.lidEdges` for the result. */
export function cutEyes(face: Face, vertices: FaceVertices): [Uint32Array, Uint32Array] {
  return [cutEye(face, vertices, 0), cutEye(face, vertices, 1)];
}

function cutEye(face: Face, vertices: FaceVertices, eye: 0 | 1): Uint32Array {
  const lids = face.lids[eye];
  const sign = eye === 0 ? -1 : 1;
  const corner = (dx: number) => sign * (face.marks.eyeX + dx);
  const inner = snapNearest(vertices, corner(lids.innerDx), lids.innerY + lids.centerY);
  const outer = snapNearest(vertices, corner(lids.outerDx), lids.outerY + lids.centerY);
  const side: Side = (x, y) => {
    if (x * sign < 0) return -1;
    const dx = Math.abs(x) - face.marks.eyeX;
    const dy = y - lids.centerY;
    if (dx <= lids.innerDx) return Math.min(-1e-3, dx - lids.innerDx);
    if (dx >= lids.outerDx) return Math.min(-1e-3, lids.outerDx - dx);
    return Math.min(lids.upper(dx, 1) - dy, dy - lids.lower(dx, 1));
  };
  const cut = splitAlong(vertices, { side, reachX: Number.POSITIVE_INFINITY, pinned: new Set([inner, outer]) });
  vertices.triangles = cut.negative;
  const upper: number[] = [];
  const lower: number[] = [];
  for (const v of cut.onCurve) {
    if (v === inner || v === outer) continue;
    const dx = Math.abs(vertices.xy[v * 2]) - face.marks.eyeX;
    const dy = vertices.xy[v * 2 + 1] - lids.centerY;
    const middle = (lids.upper(dx, 1) + lids.lower(dx, 1)) / 2;
    (dy > middle ? upper : lower).push(v);
  }
  const outwards = (a: number, b: number) => sign * (vertices.xy[a * 2] - vertices.xy[b * 2]);
  upper.sort(outwards);
  lower.sort((a, b) => outwards(b, a));
  return Uint32Array.from([inner, ...upper, outer, ...lower]);
}

/** Parts the lips: the seam's vertices are doubled, one set for each lip, so that the mouth can open. */
export function cutMouth(face: Face, vertices: FaceVertices): LipEdges {
  const { lips } = face;
  const left = snapNearest(vertices, -lips.halfWidth, lips.seam(-lips.halfWidth));
  const right = snapNearest(vertices, lips.halfWidth, lips.seam(lips.halfWidth));
  const corners = new Set([left, right]);
  const cut = splitAlong(vertices, { side: (x, y) => y - lips.seam(x), reachX: lips.halfWidth, pinned: corners });
  const copies = new Map<number, number>();
  for (const v of cut.onCurve) {
    const inside = Math.abs(vertices.xy[v * 2]) < lips.halfWidth && !corners.has(v);
    if (inside) copies.set(v, addVertex(vertices, vertices.surface[v * 2], vertices.surface[v * 2 + 1]));
  }
  vertices.triangles = [...cut.positive, ...cut.negative.map((v) => copies.get(v) ?? v)];
  const upper = [left, ...[...copies.keys()].sort((a, b) => vertices.xy[a * 2] - vertices.xy[b * 2]), right];
  return { upper: Uint32Array.from(upper), lower: Uint32Array.from(upper.map((v) => copies.get(v) ?? v)) };
}

function addVertex(vertices: FaceVertices, level: number, angle: number): number {
  const scratch = new Float64Array(3);
  vertices.skin.flat(level, angle, scratch);
  vertices.surface.push(level, angle);
  vertices.xy.push(scratch[0], scratch[1]);
  return vertices.surface.length / 2 - 1;
}

function moveVertex(vertices: FaceVertices, v: number, level: number, angle: number): void {
  const scratch = new Float64Array(3);
  vertices.skin.flat(level, angle, scratch);
  vertices.surface[v * 2] = level;
  vertices.surface[v * 2 + 1] = angle;
  vertices.xy[v * 2] = scratch[0];
  vertices.xy[v * 2 + 1] = scratch[1];
}

/** Moves the front vertex nearest to (x, y) exactly there, by Newton steps in skin coordinates. */
function snapNearest(vertices: FaceVertices, x: number, y: number): number {
  let best = -1;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (let v = 0; v < vertices.surface.length / 2; v++) {
    if (Math.abs(vertices.surface[v * 2 + 1]) > 1.5) continue;
    const distance = (vertices.xy[v * 2] - x) ** 2 + (vertices.xy[v * 2 + 1] - y) ** 2;
    if (distance < bestDistance) {
      best = v;
      bestDistance = distance;
    }
  }
  const [level, angle] = invert(vertices.skin, vertices.surface[best * 2], vertices.surface[best * 2 + 1], x, y);
  moveVertex(vertices, best, level, angle);
  return best;
}

function invert(skin: SkinSurface, level: number, angle: number, x: number, y: number): [number, number] {
  const here = new Float64Array(3);
  const probe = new Float64Array(3);
  for (let step = 0; step < 6; step++) {
    skin.flat(level, angle, here);
    const h = 1e-4;
    skin.flat(level + h, angle, probe);
    const xl = (probe[0] - here[0]) / h;
    const yl = (probe[1] - here[1]) / h;
    skin.flat(level, angle + h, probe);
    const xa = (probe[0] - here[0]) / h;
    const ya = (probe[1] - here[1]) / h;
    const determinant = xl * ya - xa * yl;
    const dx = x - here[0];
    const dy = y - here[1];
    level += (dx * ya - dy * xa) / determinant;
    angle += (dy * xl - dx * yl) / determinant;
  }
  return [level, angle];
}

type Split = { positive: number[]; negative: number[]; onCurve: Set<number> };

/** Splits every triangle the curve crosses, so that each side is made of whole triangles. */
function splitAlong(vertices: FaceVertices, cut: Cut): Split {
  const values = sideValues(vertices, cut);
  snapToCurve(vertices, cut, values);
  const crossings = new Map<number, number>();
  const onCurve = new Set<number>(cut.pinned);
  const cross = (a: number, b: number): number => {
    const key = Math.min(a, b) * 2 ** 22 + Math.max(a, b);
    const known = crossings.get(key);
    if (known !== undefined) return known;
    const point = crossingPoint(vertices, cut, a, b);
    const made = point ? addVertex(vertices, ...point) : NOT_CUT;
    crossings.set(key, made);
    if (!point) return made;
    values[made] = 0;
    onCurve.add(made);
    return made;
  };
  const out: Split = { positive: [], negative: [], onCurve };
  const t = vertices.triangles;
  for (let i = 0; i < t.length; i += 3) splitTriangle(t[i], t[i + 1], t[i + 2], values, cross, out);
  return out;
}

function sideValues(vertices: FaceVertices, { side, pinned }: Cut): number[] {
  const values: number[] = [];
  for (let v = 0; v < vertices.surface.length / 2; v++) {
    const front = Math.abs(vertices.surface[v * 2 + 1]) < 1.5;
    values.push(pinned.has(v) ? 0 : front ? side(vertices.xy[v * 2], vertices.xy[v * 2 + 1]) : Number.NaN);
  }
  return values;
}

function crosses(a: number, b: number): boolean {
  return (a > ON_CURVE && b < -ON_CURVE) || (a < -ON_CURVE && b > ON_CURVE);
}

/** The place on an edge where the curve crosses it, by bisection, in skin coordinates; none beyond the cut's reach. */
function crossingPoint(
  vertices: FaceVertices,
  { side, reachX }: Cut,
  a: number,
  b: number,
): [number, number] | undefined {
  const scratch = new Float64Array(3);
  const at = (s: number): [number, number] => [
    vertices.surface[a * 2] * (1 - s) + vertices.surface[b * 2] * s,
    vertices.surface[a * 2 + 1] * (1 - s) + vertices.surface[b * 2 + 1] * s,
  ];
  const positiveAtA = side(vertices.xy[a * 2], vertices.xy[a * 2 + 1]) > 0;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 24; step++) {
    const middle = (low + high) / 2;
    const [level, angle] = at(middle);
    vertices.skin.flat(level, angle, scratch);
    if (side(scratch[0], scratch[1]) > 0 === positiveAtA) low = middle;
    else high = middle;
  }
  const found = at((low + high) / 2);
  vertices.skin.flat(found[0], found[1], scratch);
  return Math.abs(scratch[0]) < reachX ? found : undefined;
}

function snapToCurve(vertices: FaceVertices, cut: Cut, values: number[]): void {
  const t = vertices.triangles;
  const moves = new Map<number, { share: number; level: number; angle: number }>();
  const consider = (a: number, b: number) => {
    if (!crosses(values[a], values[b])) return;
    const share = values[a] / (values[a] - values[b]);
    const near = share < SNAP_SHARE ? a : share > 1 - SNAP_SHARE ? b : -1;
    if (near < 0 || cut.pinned.has(near)) return;
    const closeness = near === a ? share : 1 - share;
    const known = moves.get(near);
    if (known && known.share <= closeness) return;
    const point = crossingPoint(vertices, cut, a, b);
    if (point) moves.set(near, { share: closeness, level: point[0], angle: point[1] });
  };
  for (let i = 0; i < t.length; i += 3) {
    consider(t[i], t[i + 1]);
    consider(t[i + 1], t[i + 2]);
    consider(t[i + 2], t[i]);
  }
  for (const [v, move] of moves) {
    moveVertex(vertices, v, move.level, move.angle);
    values[v] = 0;
  }
}

function splitTriangle(
  a: number,
  b: number,
  c: number,
  values: number[],
  cross: (a: number, b: number) => number,
  out: Split,
): void {
  const corners = [a, b, c];
  const ring: number[] = [];
  for (let k = 0; k < 3; k++) {
    const here = corners[k];
    const next = corners[(k + 1) % 3];
    ring.push(here);
    if (Math.abs(values[here]) <= ON_CURVE) out.onCurve.add(here);
    const made = crosses(values[here], values[next]) ? cross(here, next) : NOT_CUT;
    if (made !== NOT_CUT) ring.push(made);
  }
  if (ring.length === 3) {
    const positive = corners.some((v) => values[v] > ON_CURVE);
    (positive ? out.positive : out.negative).push(a, b, c);
    return;
  }
  fan(
    ring.filter((v) => !(values[v] < -ON_CURVE)),
    out.positive,
  );
  fan(
    ring.filter((v) => !(values[v] > ON_CURVE)),
    out.negative,
  );
}

function fan(ring: number[], out: number[]): void {
  for (let k = 1; k + 1 < ring.length; k++) out.push(ring[0], ring[k], ring[k + 1]);
}
