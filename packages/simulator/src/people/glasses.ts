import type { Material } from '../scene-types.ts';
import type { Face } from './face.ts';
import type { HeadMesh } from './head-mesh.ts';
import { lerp, type Vec3 } from './math.ts';
import { type Part, tubeSurface } from './mesh-tools.ts';
import { createRandom } from './noise.ts';

/** Frames without lenses: our renderer knows no transparency, and the depth camera sees frames, not clear glass. */
export function buildGlasses(face: Face, head: HeadMesh, seed: number): Part[] {
  const { traits } = face;
  if (traits.glasses === 'none') return [];
  const random = createRandom(seed + 77);
  const isSquare = traits.glasses === 'square';
  const shape: Rim = {
    centerX: face.marks.eyeX + 1.2,
    centerY: -2.5,
    halfWidth: Math.min(isSquare ? 27 : 25, face.marks.eyeX - 5.5),
    halfHeight: isSquare ? 18.5 : 22,
    squareness: isSquare ? 0.62 : 0.95,
    frontZ: Math.max(98, noseBridgeZ(head) + 1.5, 96 + traits.eyeDepthMm),
  };
  const wire = random.range(0.8, 1.7);
  const material: Material = {
    kind: 'solid',
    albedo: traits.glassesColor,
    specular: 0.5,
    shininess: 40,
    twoSided: true,
  };
  const part = (name: string, path: Vec3[], closed: boolean, radius = wire): Part => ({
    name,
    ...tubeSurface(path, radius, closed),
    material,
  });
  return ([-1, 1] as const)
    .flatMap((side) => [
      part(`glasses-rim-${side}`, rimPath(shape, side), true),
      part(`glasses-temple-${side}`, templePath(face, shape, side), false),
    ])
    .concat(part('glasses-bridge', bridgePath(shape), false));
}

type Rim = {
  centerX: number;
  centerY: number;
  halfWidth: number;
  halfHeight: number;
  squareness: number;
  frontZ: number;
};

function noseBridgeZ(head: HeadMesh): number {
  let z = 0;
  for (let i = 0; i < head.positionsMm.length; i += 3) {
    const [x, y] = [head.positionsMm[i], head.positionsMm[i + 1]];
    if (Math.abs(x) < 9 && y > -6 && y < 8) z = Math.max(z, head.positionsMm[i + 2]);
  }
  return z;
}

function rimPath(shape: Rim, side: -1 | 1): Vec3[] {
  const power = (value: number) => Math.sign(value) * Math.abs(value) ** shape.squareness;
  return Array.from({ length: 36 }, (_, i): Vec3 => {
    const turn = (i / 36) * 2 * Math.PI;
    const dx = shape.halfWidth * power(Math.cos(turn));
    const dy = shape.halfHeight * power(Math.sin(turn));
    // The front is bent a little round the face.
    return [side * (shape.centerX + dx), shape.centerY + dy, shape.frontZ - 0.09 * (dx + 25) - 0.001 * dx * dx];
  });
}

function templePath(face: Face, shape: Rim, side: -1 | 1): Vec3[] {
  const { traits } = face;
  const headHalf = 77 * traits.headWidthScale * traits.faceWidthScale;
  const hingeX = shape.centerX + shape.halfWidth;
  const hinge: Vec3 = [hingeX, shape.centerY + shape.halfHeight * 0.45, shape.frontZ - 5];
  const corner: Vec3 = [Math.max(hingeX + 5, headHalf - 5), hinge[1], shape.frontZ - 14];
  const ear: Vec3 = [headHalf + 3, 3 + traits.earHeightOffsetMm, -2];
  const path: Vec3[] = [hinge];
  for (let i = 0; i <= 6; i++) {
    const t = i / 6;
    path.push([lerp(corner[0], ear[0], t), lerp(corner[1], ear[1], t ** 1.6), lerp(corner[2], ear[2], t)]);
  }
  return path.map(([x, y, z]) => [side * x, y, z]);
}

function bridgePath(shape: Rim): Vec3[] {
  const half = shape.centerX - shape.halfWidth;
  return Array.from({ length: 9 }, (_, i): Vec3 => {
    const u = (i / 8) * 2 - 1;
    const arch = 1 - u * u;
    return [u * half, shape.centerY + shape.halfHeight * 0.35 + 2.5 * arch, shape.frontZ - 0.3 + 2.2 * arch];
  });
}
