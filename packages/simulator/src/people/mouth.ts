import type { Material, Rgb } from '../scene-types.ts';
import { type ExpressionState, turnJaw } from './expression.ts';
import type { Face } from './face.ts';
import type { HeadMesh } from './head-mesh.ts';
import { bell, lerp, smoothstep } from './math.ts';
import { computeNormals, gridSurface, type Part, plainAlbedo } from './mesh-tools.ts';

const ENAMEL: Rgb = [0.82, 0.77, 0.68];
const GUM: Rgb = [0.42, 0.17, 0.16];
const INNER: Rgb = [0.1, 0.03, 0.026];

/** What an opening mouth shows, at rest in head space. */
export type MouthInside = {
  readonly upperTeeth: Part;
  readonly lowerTeeth: Part;
  readonly tongue: Part;
  readonly cavity: Part;
};

export function buildMouthInside(face: Face, head: HeadMesh): MouthInside {
  const middle = head.lipEdges.upper[head.lipEdges.upper.length >> 1];
  const lipZ = head.positionsMm[middle * 3 + 2];
  return {
    upperTeeth: teethRow(face, lipZ, true),
    lowerTeeth: teethRow(face, lipZ, false),
    tongue: tongue(face, lipZ),
    cavity: cavity(face, lipZ),
  };
}

function teethRow(face: Face, lipZ: number, isUpper: boolean): Part {
  const y0 = face.marks.mouthY;
  const grid = { rows: 7, columns: 65 };
  const scale = face.traits.mouthHalfWidthMm / 25;
  const width = isUpper ? 8.4 : 6;
  /** 0 between two teeth, 1 in the middle of one. */
  const bulge = (x: number) => Math.abs(Math.sin(((Math.abs(x) + (isUpper ? 0 : 3)) / width) * Math.PI)) ** 0.3;
  const surface = gridSurface(grid, (down, along) => {
    const x = lerp(-25, 25, along);
    const a = Math.abs(x);
    const z = lipZ - 4.6 - 0.028 * x * x - 0.9 * (1 - bulge(x)) + (isUpper ? 0 : -2.2);
    const root = isUpper ? y0 + 8 : y0 - 11;
    const edge = isUpper ? y0 - 3 + 0.055 * a + 0.5 * (1 - bulge(x)) : y0 - 1.2;
    return [x * scale, isUpper ? lerp(root, edge, down) : lerp(edge, root, down), z];
  });
  const albedo = new Float32Array(surface.positionsMm.length);
  const ambient = new Float32Array(albedo.length / 3);
  for (let i = 0; i < ambient.length; i++) {
    const x = surface.positionsMm[i * 3] / scale;
    const y = surface.positionsMm[i * 3 + 1] - y0;
    const gum = isUpper ? smoothstep(4.6, 5.6, y + 1.1 * bulge(x)) : smoothstep(-8, -9.2, y);
    const light = 0.8 + 0.2 * bulge(x);
    for (let c = 0; c < 3; c++) albedo[i * 3 + c] = lerp(ENAMEL[c] * light, GUM[c], gum);
    ambient[i] = (isUpper ? 1 : 0.75) * (1 - 0.6 * smoothstep(11, 23, Math.abs(x)));
  }
  const material: Material = { kind: 'teeth', albedo: [1, 1, 1], specular: 0.35, shininess: 60, twoSided: true };
  return { name: isUpper ? 'upper-teeth' : 'lower-teeth', ...surface, vertexAlbedo: albedo, ambient, material };
}

function tongue(face: Face, lipZ: number): Part {
  const surface = gridSurface({ rows: 8, columns: 13 }, (back, along) => {
    const x = lerp(-15, 15, along);
    return [x, face.marks.mouthY - 8.5 - 0.02 * x * x + 3 * Math.sin(Math.PI * back), lipZ - 13 - 22 * (1 - back)];
  });
  const count = surface.positionsMm.length / 3;
  const material: Material = { kind: 'skin', albedo: [0.38, 0.15, 0.14], specular: 0.3, shininess: 30, twoSided: true };
  return { name: 'tongue', ...surface, ambient: new Float32Array(count).fill(0.4), material };
}

function cavity(face: Face, lipZ: number): Part {
  const surface = gridSurface({ rows: 6, columns: 13 }, (down, along) => {
    const x = lerp(-27, 27, along);
    return [x, face.marks.mouthY + lerp(12, -22, down), lipZ - 24 - 0.03 * x * x - 10 * bell((down - 0.45) / 0.4)];
  });
  const count = surface.positionsMm.length / 3;
  const material: Material = { kind: 'skin', albedo: INNER, twoSided: true };
  return { name: 'mouth-cavity', ...surface, ambient: new Float32Array(count).fill(0.25), material };
}

/** The parts in place for an expression: the lower ones turn with the jaw. Nothing while the lips are closed. */
export function poseMouthInside(inside: MouthInside, state: ExpressionState): Part[] {
  if (state.part < 0.02 && state.open < 0.02) return [];
  const lower = (part: Part, share: number): Part => {
    const positionsMm = part.positionsMm.slice();
    for (let i = 0; i < positionsMm.length; i += 3) turnJaw(positionsMm, i, share * state.open);
    return { ...part, positionsMm };
  };
  return [inside.upperTeeth, lower(inside.lowerTeeth, 1), lower(inside.tongue, 1), lower(inside.cavity, 0.5)];
}

/** The wet inner side of the lips: from the cut edge back over the teeth. `skin` is the head as deformed. */
export function innerLips(face: Face, head: HeadMesh, skin: Float32Array, red: Rgb): Part {
  const edges = [head.lipEdges.upper, head.lipEdges.lower];
  const count = edges[0].length;
  const positionsMm = new Float32Array(count * 4 * 3);
  const indices = new Uint32Array((count - 1) * 12);
  for (let side = 0; side < 2; side++) {
    const first = side * count * 2;
    for (let k = 0; k < count; k++) {
      const [x, y, z] = skin.subarray(edges[side][k] * 3, edges[side][k] * 3 + 3);
      const taper = 1 - (Math.abs(x) / (face.lips.halfWidth * 1.15)) ** 2;
      positionsMm.set([x, y, z], (first + k) * 3);
      positionsMm.set([x * 0.97, y + (side === 0 ? 2.2 : -2.2) * Math.max(0, taper), z - 4.5], (first + count + k) * 3);
      if (k === count - 1) continue;
      const a = first + k;
      indices.set([a, a + count, a + 1, a + 1, a + count, a + count + 1], (side * (count - 1) + k) * 6);
    }
  }
  const normals = new Float32Array(positionsMm.length);
  computeNormals(positionsMm, indices, normals);
  const vertexAlbedo = plainAlbedo(count * 4, [red[0] * 0.72, red[1] * 0.55, red[2] * 0.55]);
  const ambient = new Float32Array(count * 4).fill(0.55);
  const material: Material = { kind: 'skin', albedo: [1, 1, 1], specular: 0.3, shininess: 30, twoSided: true };
  return { name: 'inner-lips', positionsMm, normals, indices, vertexAlbedo, ambient, material };
}
