import type { Face } from './face.ts';
import { smoothstep } from './math.ts';
import { reliefZ } from './relief.ts';
import { type Ring, type Skull, skullPoint } from './skull.ts';

/** Puts skin coordinates into space; the relief fades out towards the sides, the crown and the throat. */
export type SkinSurface = {
  /** Returns the z the point would have without relief. */
  point(level: number, angle: number, out: Float64Array): number;
  /** The same without relief, which leaves x and y alone. */
  flat(level: number, angle: number, out: Float64Array): void;
};

export function createSkinSurface(face: Face, skull: Skull): SkinSurface {
  let lastLevel = Number.NaN;
  let ring: Ring = skull.ring(0);
  const flat = (level: number, angle: number, out: Float64Array) => {
    if (level !== lastLevel) {
      ring = skull.ring(level);
      lastLevel = level;
    }
    skullPoint(ring, angle, out);
  };
  const point = (level: number, angle: number, out: Float64Array) => {
    flat(level, angle, out);
    const bareZ = out[2];
    const weight = reliefWeight(level, angle);
    if (weight > 0) out[2] += (reliefZ(face, out[0], out[1], bareZ) - bareZ) * weight;
    return bareZ;
  };
  return { point, flat };
}

function reliefWeight(level: number, angle: number): number {
  const ahead = Math.cos(angle);
  if (ahead <= 0 || level <= 2 || level >= 12.6) return 0;
  return smoothstep(0.06, 0.3, ahead) * smoothstep(12.6, 11.9, level);
}
