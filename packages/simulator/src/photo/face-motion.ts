import { bell, clamp, smoothstep } from '../people/math.ts';
import type { Pose } from '../scene-types.ts';
import { EYES, type FacePoints, LIPS_MIDDLE, MOUTH_CORNERS } from './face-points.ts';

/** Lids and brow: skin between them is stretched when the eye shuts. */
const LID_REACH_MM = 11;

/**
 * Moves places of a photographed face as its muscles would: lids close, corners of the mouth rise. Only the skin moves,
 * with the photo on it; teeth that the photo does not show do not appear.
 */
export function faceMotion(points: FacePoints): (xyz: Float32Array, pose: Pose) => void {
  const at = (index: number) => [points.mm[index * 3], points.mm[index * 3 + 1]] as const;
  const eyes = EYES.map(({ upper, lower }) => ({ upper: curve(upper.map(at)), lower: curve(lower.map(at)) }));
  const corners = MOUTH_CORNERS.map(at);
  const lips = LIPS_MIDDLE.map(at);
  const mouthX = (corners[0][0] + corners[1][0]) / 2;
  const mouthY = (lips[0][1] + lips[1][1]) / 2;
  const browY = at(105)[1];
  return (xyz, pose) => {
    const { smile, blink, mouthOpen, browRaise } = pose;
    for (let i = 0; i < xyz.length; i += 3) {
      const x = xyz[i];
      const y = xyz[i + 1];
      if (smile > 0) smileAt(xyz, i, smile);
      if (mouthOpen > 0 && y < mouthY) {
        xyz[i + 1] -= 8 * mouthOpen * smoothstep(0, -5, y - mouthY) * bell((x - mouthX) / 55);
      }
      if (browRaise > 0) xyz[i + 1] += 3.5 * browRaise * bell((y - browY) / 16) * bell(x / 70);
      if (blink > 0) for (const eye of eyes) xyz[i + 1] = lidAt(eye, x, xyz[i + 1], blink);
    }
  };

  function smileAt(xyz: Float32Array, i: number, smile: number): void {
    const x = xyz[i];
    const y = xyz[i + 1];
    for (const [k, corner] of corners.entries()) {
      const side = k === 0 ? -1 : 1;
      const near = smile * bell((x - corner[0]) / 21) * bell((y - corner[1]) / 19);
      xyz[i] += 3.6 * side * near;
      xyz[i + 1] += 3.2 * near;
      xyz[i + 2] -= 1.6 * near;
      const cheek = smile * bell((x - corner[0] - side * 12) / 20) * bell((y - corner[1] - 26) / 17);
      xyz[i + 1] += 1.6 * cheek;
      xyz[i + 2] += 2 * cheek;
    }
  }
}

type Eye = { readonly upper: Curve; readonly lower: Curve };

/** Between the lids the photo is squeezed onto the lower lid; above, the upper lid's skin is drawn down. */
function lidAt({ upper, lower }: Eye, x: number, y: number, blink: number): number {
  const top = upper(x);
  const bottom = lower(x);
  if (top === null || bottom === null || top <= bottom) return y;
  const reach = top + LID_REACH_MM;
  if (y >= reach || y <= bottom) return y;
  const margin = top + blink * 0.94 * (bottom - top);
  if (y >= top) return margin + ((y - top) * (reach - margin)) / LID_REACH_MM;
  return bottom + ((y - bottom) * (margin - bottom)) / (top - bottom);
}

/** Height over x along a polyline; null beyond its ends. */
type Curve = (x: number) => number | null;

function curve(points: readonly (readonly [x: number, y: number])[]): Curve {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  return (x) => {
    if (x <= sorted[0][0] || x >= sorted[sorted.length - 1][0]) return null;
    const next = sorted.findIndex((point) => point[0] > x);
    const [x0, y0] = sorted[next - 1];
    const [x1, y1] = sorted[next];
    return y0 + (y1 - y0) * clamp((x - x0) / Math.max(1e-6, x1 - x0), 0, 1);
  };
}
