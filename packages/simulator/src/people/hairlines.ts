import type { Face } from './face.ts';
import { bell, clamp, type KeyCurve, keyCurve, lerp, smoothstep } from './math.ts';
import { valueNoise } from './noise.ts';

/**
 * Where hair grows on the head: 0..1 at a skull angle (0 front, pi back) and height. The edge wanders a little, as a
 * hairline does. `seed` is the person's.
 */
export type ScalpMask = (angle: number, x: number, y: number) => number;

export function createScalpMask(face: Face, seed: number): ScalpMask {
  const { traits } = face;
  if (traits.hairStyle === 'bald') return () => 0;
  const line = hairlineCurve(face);
  const height = new Float64Array(1);
  const width = traits.headWidthScale * traits.faceWidthScale;
  const receding = traits.hairStyle === 'receding' ? 1 : 0;
  return (angle, x, y) => {
    const around = Math.abs(angle);
    line.at(around, height);
    const a = Math.abs(x) / width;
    let edge = height[0];
    if (around < 1) {
      edge += receding * (9 + 15 * bell((a - 30) / 16)) * smoothstep(1, 0.7, around);
      edge -= traits.widowsPeakMm * 0.8 * bell(x / 9);
    }
    const wander = 0.55 * valueNoise(x / 5, y / 5, seed + 300) + 0.3 * valueNoise(x / 1.7, y / 1.7, seed + 301);
    const softness = around < 1.05 ? 4 : around < 1.7 ? 5 : 8;
    return clamp((y - edge) / softness + 0.5 + wander, 0, 1);
  };
}

/** Height of the hairline over the angle: forehead, temple, sideburn before the ear, then down to the nape. */
function hairlineCurve(face: Face): KeyCurve {
  const front = face.marks.hairlineY + face.traits.hairlineOffsetMm;
  const burn = face.traits.sex === 'male' ? -16 : -4;
  return keyCurve([
    [0, front],
    [0.4, front + 1],
    [0.78, front - 11],
    [0.98, lerp(front, 38, 0.75)],
    [1.12, 20],
    [1.22, burn + 8],
    [1.32, burn],
    [1.55, burn + 2],
    [1.75, 0],
    [2.0, -18],
    [2.3, -50],
    [2.7, -70],
    [Math.PI, -74],
  ]);
}

/** Where a beard of the person's style grows, 0..1. `stubble` and `none` have the reach of a full one. */
export function beardDensity(face: Face, x: number, y: number, z: number): number {
  const { lips, marks, traits } = face;
  if (z < 6 || y > marks.subnasaleY + 45 || y < marks.mentonY - 26) return 0;
  const a = Math.abs(x);
  const upper = lips.upper(x);
  const lower = lips.lower(x);
  // Hair keeps off the red of the lips and off the mouth's corners, which move.
  if (y > lower - 1.8 && y < upper + 0.6 && a < lips.halfWidth + 0.5) return 0;
  if (Math.hypot(a - lips.halfWidth, (y - lips.seam(x)) * 1.1) < 7.5) return 0;
  const moustache =
    smoothstep(upper, upper + 1.6, y) *
    smoothstep(marks.subnasaleY - 0.5, marks.subnasaleY - 4, y) *
    smoothstep(lips.halfWidth + 4, lips.halfWidth - 3, a);
  if (traits.beard === 'moustache') return moustache;
  const throat = smoothstep(marks.mentonY - 17, marks.mentonY - 6, y) * smoothstep(28, 46, z + 0.6 * a);
  const underLip = 1 - 0.75 * bell((a - 9) / 6) * bell((y - lips.lower(0) + 4) / 4);
  if (traits.beard === 'goatee') {
    const chin =
      smoothstep(lips.halfWidth + 8, lips.halfWidth + 1, a) *
      smoothstep(marks.subnasaleY - 6, marks.subnasaleY - 10, y) *
      smoothstep(marks.mentonY - 9, marks.mentonY - 1, y);
    return clamp(moustache + chin * underLip * throat, 0, 1);
  }
  const cheekLine = lerp(marks.mouthY - 5, -10, smoothstep(28, 66, a));
  const jaw = smoothstep(cheekLine + 5, cheekLine - 8, y);
  return clamp(moustache + jaw * underLip * throat, 0, 1);
}
