import type { Pose } from '../scene-types.ts';
import type { Face } from './face.ts';
import type { HeadMesh } from './head-mesh.ts';
import { type LidVertices, lidVertices, moveLids } from './lids.ts';
import { bell, clamp, lerp, smoothstep, type Vec3 } from './math.ts';
import { smileFoldAt } from './relief.ts';

/** At a full smile the mouth is wider than at rest by this share of the distance between the pupils. */
export const SMILE_WIDENING_PER_IPD = 0.09;
const JAW_OPEN_RADIANS = (14 * Math.PI) / 180;
/** The hinge of the jaw, in front of the ears. */
const JAW_HINGE = { y: -22, z: 2 };

/** Displacements of the skin at full strength of each expression, three numbers a vertex. */
export type Expressions = {
  readonly smile: Float32Array;
  /** Lips apart over the teeth, as in a broad smile. */
  readonly part: Float32Array;
  readonly open: Float32Array;
  readonly browRaise: Float32Array;
  readonly lids: LidVertices;
};

/** How far the parts of an expression are driven by a pose. */
export type ExpressionState = {
  readonly smile: number;
  readonly part: number;
  readonly open: number;
  readonly browRaise: number;
  /** 1 open at rest, 0 shut. */
  readonly openness: number;
};

/** A broad smile parts the lips and narrows the eyes a little; a look up or down takes the upper lid along. */
export function expressionState(pose: Pose, gazePitchDeg: number, restingSmile: number): ExpressionState {
  const smile = restingSmile + (1 - restingSmile) * clamp(pose.smile, 0, 1);
  const blink = clamp(pose.blink, 0, 1);
  const rest = clamp(
    1 - 0.1 * smile + 0.007 * clamp(gazePitchDeg, -25, 15) + 0.08 * clamp(pose.browRaise, 0, 1),
    0,
    1.1,
  );
  return {
    smile,
    part: smoothstep(0.48, 0.95, smile),
    open: clamp(pose.mouthOpen, 0, 1),
    browRaise: clamp(pose.browRaise, 0, 1),
    openness: rest * (1 - blink),
  };
}

export function buildExpressions(face: Face, head: HeadMesh): Expressions {
  const count = head.positionsMm.length / 3;
  const smile = new Float32Array(count * 3);
  const part = new Float32Array(count * 3);
  const open = new Float32Array(count * 3);
  const browRaise = new Float32Array(count * 3);
  const lipSide = new Int8Array(count);
  for (const v of head.lipEdges.upper) lipSide[v] = 1;
  for (const v of head.lipEdges.lower) lipSide[v] = lipSide[v] === 1 ? 0 : -1;
  const widening = smileWidening(face);
  for (let i = 0; i < count; i++) {
    const [x, y, z] = head.positionsMm.subarray(i * 3, i * 3 + 3);
    if (z < -10) continue;
    const front = smoothstep(5, 30, z);
    const overSeam = y - face.lips.seam(x) + lipSide[i] * 1e-3;
    if (front > 0) {
      smile.set(scaled(smileShift(face, x, y, widening), front), i * 3);
      part[i * 3 + 1] = front * partShift(face, x, overSeam);
      browRaise.set(scaled(browShift(face, x, y), front), i * 3);
    }
    open.set(jawShift(face, x, y, z, overSeam), i * 3);
  }
  return { smile, part, open, browRaise, lids: lidVertices(face, head) };
}

function scaled(v: Vec3, factor: number): Vec3 {
  return [v[0] * factor, v[1] * factor, v[2] * factor];
}

/** Factor that makes the sideways pull at the corners exactly the wished one. */
function smileWidening(face: Face): number {
  const { halfWidth } = face.lips;
  const raw = smileShift(face, halfWidth, face.lips.seam(halfWidth), 1)[0];
  const { ipdMm, restingSmile } = face.traits;
  return (SMILE_WIDENING_PER_IPD * ipdMm) / 2 / raw / (1 - restingSmile);
}

function smileShift(face: Face, x: number, y: number, widening: number): Vec3 {
  const { marks, traits, lips } = face;
  const a = Math.abs(x);
  const side = x < 0 ? -1 : 1;
  const half = lips.halfWidth;
  const dy = y - marks.mouthY;
  const nearLips = bell(dy / 11) * smoothstep(half + 10, half - 6, a);
  const corner = bell((a - half) / 13) * bell(dy / 13);
  const cheek = bell((a - 37) / 15) * bell((y + 35) / 14);
  let sx = widening * (3 * bell((a - half) / 17) * bell(dy / 15) + 1.1 * nearLips * Math.min(1, a / half));
  let sy = 5.4 * corner - 0.8 * bell(a / 14) * bell((dy + 2) / 9) + 4 * cheek;
  let sz = -3.6 * corner - 2 * bell(x / 18) * bell(dy / 11) + 3 * cheek;
  sy += 1.3 * bell((a - marks.eyeX) / 14) * bell((y + 11) / 5);
  const fold = smileFoldAt(face, y);
  sz += fold.strength * (1.1 * bell((a - fold.x - 9) / 6) - 1.5 * bell((a - fold.x - 2) / 3.6));
  sx += 1.2 * bell((a - traits.noseHalfWidthMm) / 7) * bell((y - marks.subnasaleY - 6) / 7);
  // A stretched lip is a thinner one.
  if (a < half + 4) sy -= 0.2 * (y - lips.seam(x)) * bell(dy / 10) * smoothstep(half + 4, half - 6, a);
  return [side * sx, sy, sz];
}

function partShift(face: Face, x: number, overSeam: number): number {
  const opening = Math.max(0, 1 - (Math.abs(x) / (face.lips.halfWidth * 0.96)) ** 2) ** 0.6;
  if (opening === 0) return 0;
  return overSeam > 0 ? opening * 3.2 * Math.exp(-overSeam / 9) : -opening * 4.4 * Math.exp(overSeam / 11);
}

/** The lower jaw turns about its hinge; beside the mouth the cheek hands the motion over gently. */
function jawShift(face: Face, x: number, y: number, z: number, overSeam: number): Vec3 {
  const { marks, lips } = face;
  const a = Math.abs(x);
  const atLips = overSeam < 0 ? 1 : 0;
  const atCheek = smoothstep(14, -30, overSeam);
  const weight =
    lerp(atLips, atCheek, smoothstep(lips.halfWidth * 0.3, lips.halfWidth * 1.02, a)) *
    smoothstep(marks.mentonY - 42, marks.mentonY - 6, y) *
    smoothstep(-6, 34, z) *
    smoothstep(74, 50, a);
  if (weight <= 0) return [0, 0, 0];
  const turned: Vec3 = [x, y, z];
  turnJaw(turned, 0, weight);
  const narrowing = -x * 0.05 * weight * bell((y - marks.mouthY) / 16);
  return [narrowing, turned[1] - y, turned[2] - z];
}

/** Turns the point at `offset` about the jaw's hinge; `share` 1 is a mouth wide open. */
export function turnJaw(points: Float32Array | Vec3, offset: number, share: number): void {
  const c = Math.cos(JAW_OPEN_RADIANS * share);
  const s = Math.sin(JAW_OPEN_RADIANS * share);
  const y = points[offset + 1] - JAW_HINGE.y;
  const z = points[offset + 2] - JAW_HINGE.z;
  points[offset + 1] = JAW_HINGE.y + y * c - z * s;
  points[offset + 2] = JAW_HINGE.z + y * s + z * c;
}

function browShift(face: Face, x: number, y: number): Vec3 {
  const lift =
    bell((Math.abs(x) - 27) / 24) *
    (y > face.marks.browY ? bell((y - face.marks.browY) / 26) : bell((y - face.marks.browY) / 9));
  return [0, 5.5 * lift, 0.8 * lift];
}

/** The skin under an expression, in head space; the arrays at rest stay untouched. */
export function deformHead(face: Face, rest: Float32Array, shapes: Expressions, state: ExpressionState): Float32Array {
  const out = rest.slice();
  if (state.openness !== 1) moveLids(face, out, shapes.lids, state.openness);
  addShape(out, shapes.smile, state.smile);
  addShape(out, shapes.part, state.part * (1 - 0.6 * state.open));
  addShape(out, shapes.open, state.open);
  addShape(out, shapes.browRaise, state.browRaise);
  return out;
}

function addShape(positions: Float32Array, shape: Float32Array, strength: number): void {
  if (strength <= 0) return;
  for (let i = 0; i < positions.length; i++) positions[i] += shape[i] * strength;
}
