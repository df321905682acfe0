import { clamp, smoothstep } from '../people/math.ts';
import { triangulate } from './delaunay.ts';
import { type FacePoints, OVAL } from './face-points.ts';

/** Heights of a head over the photo's plane on a regular grid, rows from the top. */
export type HeightField = {
  readonly columns: number;
  readonly rows: number;
  readonly stepMm: number;
  readonly leftMm: number;
  readonly topMm: number;
  readonly heightMm: Float32Array;
  readonly outline: HeadOutline;
};

/** What is guessed of the head beyond the face: an upright oval, and a neck below it. */
export type HeadOutline = {
  readonly centreXMm: number;
  readonly centreYMm: number;
  readonly halfWidthMm: number;
  readonly halfHeightMm: number;
  readonly chinYMm: number;
};

const STEP_MM = 1.7;
const REACH_MM = 40;
const SKULL_CENTRE_Z = -12;
const SKULL_DEPTH_MM = 92;
/** The oval is a little squarer than an ellipse. */
const OVAL_POWER = 2.3;
/** Points over one another come from a side of the face that the photo does not show: the further ones are left out. */
const SAME_PLACE_MM = 3;
const FOLD_MM = 7;
/** How far the face's own depth reaches beyond its rim. */
const BLEND_MM = 34;

/** Beyond the face's rim on each side: an ear and some skull, more of it on the side turned towards the camera. */
function sideMargin(towardsDeg: number): number {
  return clamp(9 + 0.7 * towardsDeg, 2, 22);
}

export function headOutline({ mm, yawDeg }: FacePoints): HeadOutline {
  const point = (index: number, axis: 0 | 1) => mm[index * 3 + axis];
  const left = point(234, 0) - sideMargin(yawDeg);
  const right = point(454, 0) + sideMargin(-yawDeg);
  const chinYMm = point(152, 1);
  const browToChin = point(10, 1) - chinYMm;
  const crownYMm = point(10, 1) + 0.32 * browToChin;
  return {
    centreXMm: (left + right) / 2,
    centreYMm: (crownYMm + chinYMm - 4) / 2,
    halfWidthMm: clamp((right - left) / 2, 62, 96),
    halfHeightMm: (crownYMm - chinYMm + 4) / 2,
    chinYMm,
  };
}

/** 1 on the oval's outline, less inside. */
export function ovalRadius(outline: HeadOutline, x: number, y: number): number {
  const u = Math.abs(x - outline.centreXMm) / outline.halfWidthMm;
  const v = Math.abs(y - outline.centreYMm) / outline.halfHeightMm;
  return (u ** OVAL_POWER + v ** OVAL_POWER) ** (1 / OVAL_POWER);
}

/** The face's own depth inside its rim, a skull's and a neck's outside, and a smooth way from one to the other. */
export function headHeightField(points: FacePoints): HeightField {
  const outline = headOutline(points);
  const leftMm = outline.centreXMm - outline.halfWidthMm - REACH_MM;
  const topMm = outline.centreYMm + outline.halfHeightMm + REACH_MM;
  const bottomMm = outline.chinYMm - 75;
  const columns = Math.ceil((2 * (outline.halfWidthMm + REACH_MM)) / STEP_MM) + 1;
  const rows = Math.ceil((topMm - bottomMm) / STEP_MM) + 1;
  const face = faceHeights(points, { columns, rows, leftMm, topMm });
  const rim = OVAL.map((index) => {
    const [x, y, z] = points.mm.subarray(index * 3, index * 3 + 3);
    return { x, y, excess: z - baseHeight(outline, x, y) };
  });
  const heightMm = new Float32Array(columns * rows);
  for (let row = 0, at = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, at += 1) {
      if (!Number.isNaN(face[at])) {
        heightMm[at] = face[at];
        continue;
      }
      const x = leftMm + column * STEP_MM;
      const y = topMm - row * STEP_MM;
      let sum = 0;
      let weights = 0;
      let nearest = Infinity;
      for (const place of rim) {
        const squared = (x - place.x) ** 2 + (y - place.y) ** 2;
        const weight = 1 / (squared * squared + 1);
        sum += weight * place.excess;
        weights += weight;
        nearest = Math.min(nearest, squared);
      }
      heightMm[at] = baseHeight(outline, x, y) + (sum / weights) * Math.exp(-nearest / (BLEND_MM * BLEND_MM));
    }
  }
  relax(heightMm, columns, rows);
  return { columns, rows, stepMm: STEP_MM, leftMm, topMm, heightMm, outline };
}

/** Skull and neck as anybody has them; the higher one counts, with a rounded fold between them. */
function baseHeight(outline: HeadOutline, x: number, y: number): number {
  const inside = 1 - ovalRadius(outline, x, y) ** 2;
  const skull = SKULL_CENTRE_Z + SKULL_DEPTH_MM * Math.sqrt(Math.max(0, inside)) - 60 * Math.max(0, -inside);
  const across = (x - outline.centreXMm * 0.5) / 60;
  const below = smoothstep(outline.chinYMm + 25, outline.chinYMm - 25, y);
  const neck =
    -38 + 62 * Math.sqrt(Math.max(0, 1 - across * across)) - 70 * Math.max(0, Math.abs(across) - 1) - 400 * (1 - below);
  const fold = clamp(0.5 + (skull - neck) / 24, 0, 1);
  return neck + (skull - neck) * fold + 12 * fold * (1 - fold);
}

/** The mesh's depth on the grid; NaN outside its rim. */
function faceHeights(
  points: FacePoints,
  grid: { readonly columns: number; readonly rows: number; readonly leftMm: number; readonly topMm: number },
): Float32Array {
  const { columns, rows, leftMm, topMm } = grid;
  const used = visiblePoints(points.mm);
  const flat = new Float32Array(used.length * 2);
  used.forEach((index, i) => {
    flat[i * 2] = points.mm[index * 3];
    flat[i * 2 + 1] = points.mm[index * 3 + 1];
  });
  const indices = triangulate(flat);
  const rim = OVAL.map((index) => [points.mm[index * 3], points.mm[index * 3 + 1]] as const);
  const heights = new Float32Array(columns * rows).fill(Number.NaN);
  for (let t = 0; t < indices.length; t += 3) {
    const [a, b, c] = [indices[t], indices[t + 1], indices[t + 2]];
    const [ax, ay, bx, by, cx, cy] = [a, b, c].flatMap((i) => [flat[i * 2], flat[i * 2 + 1]]);
    // The hull of the points is wider than the face where the rim is hollow.
    if (!insidePolygon(rim, (ax + bx + cx) / 3, (ay + by + cy) / 3)) continue;
    const [az, bz, cz] = [a, b, c].map((i) => points.mm[used[i] * 3 + 2]);
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    const first = Math.max(0, Math.ceil((topMm - Math.max(ay, by, cy)) / STEP_MM));
    const last = Math.min(rows - 1, Math.floor((topMm - Math.min(ay, by, cy)) / STEP_MM));
    for (let row = first; row <= last; row += 1) {
      const y = topMm - row * STEP_MM;
      const from = Math.max(0, Math.ceil((Math.min(ax, bx, cx) - leftMm) / STEP_MM));
      const to = Math.min(columns - 1, Math.floor((Math.max(ax, bx, cx) - leftMm) / STEP_MM));
      for (let column = from; column <= to; column += 1) {
        const x = leftMm + column * STEP_MM;
        const wa = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area;
        const wb = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area;
        const wc = 1 - wa - wb;
        if (wa < -1e-6 || wb < -1e-6 || wc < -1e-6) continue;
        heights[row * columns + column] = wa * az + wb * bz + wc * cz;
      }
    }
  }
  return heights;
}

function visiblePoints(mm: Float32Array): number[] {
  const count = mm.length / 3;
  const used: number[] = [];
  for (let i = 0; i < count; i += 1) {
    let hidden = false;
    for (let k = 0; k < count && !hidden; k += 1) {
      if (k === i) continue;
      const distance = Math.hypot(mm[i * 3] - mm[k * 3], mm[i * 3 + 1] - mm[k * 3 + 1]);
      if (distance < SAME_PLACE_MM && mm[k * 3 + 2] - mm[i * 3 + 2] > FOLD_MM) hidden = true;
      if (distance < 1e-3 && k < i) hidden = true;
    }
    if (!hidden) used.push(i);
  }
  return used;
}

function insidePolygon(polygon: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, k = polygon.length - 1; i < polygon.length; k = i, i += 1) {
    const [xi, yi] = polygon[i];
    const [xk, yk] = polygon[k];
    if (yi > y !== yk > y && x < ((xk - xi) * (y - yi)) / (yk - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Takes the facets of the triangles and the seam at the rim away; a nose loses less than a millimetre. */
function relax(values: Float32Array, columns: number, rows: number): void {
  for (let pass = 0; pass < 3; pass += 1) {
    const before = values.slice();
    for (let row = 1; row < rows - 1; row += 1) {
      for (let column = 1; column < columns - 1; column += 1) {
        const at = row * columns + column;
        values[at] =
          0.4 * before[at] + 0.15 * (before[at - 1] + before[at + 1] + before[at - columns] + before[at + columns]);
      }
    }
  }
}
