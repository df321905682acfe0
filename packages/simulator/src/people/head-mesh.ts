import type { Face } from './face.ts';
import { cutEyes, cutMouth, type FaceVertices, type LipEdges } from './face-cuts.ts';
import { columnWelds, gridIndices } from './mesh-tools.ts';
import { createSkinSurface, type SkinSurface } from './skin-surface.ts';
import { createSkull, type Skull } from './skull.ts';

/** The head's skin at rest with its eye openings and its mouth cut in. */
export type HeadMesh = {
  readonly positionsMm: Float32Array;
  /** (level, angle) of every vertex on the skull: the skin's own coordinates. */
  readonly surface: Float32Array;
  /** The skull's z under each vertex, before the relief. */
  readonly bareZ: Float32Array;
  readonly indices: Uint32Array;
  readonly welds: Uint32Array;
  /** Vertices along each eye's opening, inner to outer corner over the top and back along the bottom. */
  readonly lidEdges: readonly [Uint32Array, Uint32Array];
  readonly lipEdges: LipEdges;
};

export function buildHeadMesh(face: Face): HeadMesh {
  const skull = createSkull(face.traits, face.marks);
  const skin = createSkinSurface(face, skull);
  const levels = ringLevels(face, skull);
  const angles = ringAngles();
  const grid = { rows: levels.length, columns: angles.length };
  const vertices: FaceVertices = { surface: [], xy: [], triangles: Array.from(gridIndices(grid)), skin };
  const scratch = new Float64Array(3);
  for (const level of levels) {
    for (const angle of angles) {
      skin.flat(level, angle, scratch);
      vertices.surface.push(level, angle);
      vertices.xy.push(scratch[0], scratch[1]);
    }
  }
  const lidEdges = cutEyes(face, vertices);
  const lipEdges = cutMouth(face, vertices);
  return {
    ...place(vertices, skin),
    surface: Float32Array.from(vertices.surface),
    indices: Uint32Array.from(vertices.triangles),
    welds: columnWelds(grid),
    lidEdges,
    lipEdges,
  };
}

function place(vertices: FaceVertices, skin: SkinSurface): { positionsMm: Float32Array; bareZ: Float32Array } {
  const count = vertices.surface.length / 2;
  const positionsMm = new Float32Array(count * 3);
  const bareZ = new Float32Array(count);
  const scratch = new Float64Array(3);
  for (let i = 0; i < count; i++) {
    bareZ[i] = skin.point(vertices.surface[i * 2], vertices.surface[i * 2 + 1], scratch);
    positionsMm.set(scratch, i * 3);
  }
  return { positionsMm, bareZ };
}

/** Distance to the next ring: fine at eyes, nostrils and mouth, coarse on the crown and the throat. */
function ringSpacingMm(face: Face, level: number, y: number): number {
  const { marks } = face;
  if (level > 12.2) return 9;
  if (y > marks.hairlineY + 6) return 8;
  if (y > marks.browY + 6) return 5;
  if (y > 12) return 2.3;
  if (y > -12) return 1.5;
  if (y > marks.noseTipY + 6) return 2.4;
  if (y > marks.subnasaleY - 3) return 1.6;
  if (y > marks.mouthY - face.traits.lowerLipMm - 6) return 1.55;
  return 2.6;
}

/** Walks down the front of the head, choosing levels so that rings lie the wished distance apart. */
function ringLevels(face: Face, skull: Skull): number[] {
  const levels = [0];
  let level = 0;
  let here = skull.ring(0);
  let step = 0.05;
  while (level < skull.lastLevel) {
    const wanted = ringSpacingMm(face, level, here.frontY);
    for (let attempt = 0; attempt < 8; attempt++) {
      const next = skull.ring(Math.min(skull.lastLevel, level + step));
      const distance = Math.max(Math.hypot(next.frontY - here.frontY, next.frontZ - here.frontZ), 1e-6);
      if (Math.abs(distance - wanted) < 0.08 * wanted) break;
      step = Math.min(0.6, Math.max(0.004, (step * wanted) / distance));
    }
    level = Math.min(skull.lastLevel, level + step);
    here = skull.ring(level);
    levels.push(level);
  }
  return levels;
}

function ringAngles(): number[] {
  const half = [0];
  let angle = 0;
  while (angle < Math.PI) {
    angle = Math.min(Math.PI, angle + (angle < 0.62 ? 0.0235 : angle < 0.85 ? 0.034 : angle < 1.4 ? 0.06 : 0.2));
    half.push(angle);
  }
  const mirrored = half
    .slice(1)
    .reverse()
    .map((a) => -a);
  return [...mirrored, ...half];
}
