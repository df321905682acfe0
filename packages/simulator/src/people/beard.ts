import type { Face } from './face.ts';
import { rootPoint, sampleRoots } from './hair.ts';
import { beardDensity } from './hairlines.ts';
import type { HeadMesh } from './head-mesh.ts';
import { clamp, lerp, normalize, type Vec3 } from './math.ts';
import { createRandom } from './noise.ts';
import { finishStrands, type Strands } from './strands.ts';

const HAIRS = { full: 3500, goatee: 2200, moustache: 1300 };
const SEGMENTS = 1;

/** A beard long enough to stand off the skin; shorter ones are painted. The locks follow the skin they grow from. */
export function growBeard(face: Face, head: HeadMesh, skinNormals: Float32Array, seed: number): Strands | undefined {
  const { traits, marks } = face;
  if (traits.beard === 'none' || traits.beard === 'stubble') return undefined;
  const random = createRandom(seed + 888);
  const count = HAIRS[traits.beard];
  const p = head.positionsMm;
  // Short hair covers less, so more of it grows on the lip.
  const density = (v: number) =>
    beardDensity(face, p[v * 3], p[v * 3 + 1], p[v * 3 + 2]) *
    (p[v * 3 + 1] > marks.mouthY && Math.abs(p[v * 3]) < 36 ? 1 : 0.42);
  const sampled = sampleRoots(head, density, count, random);
  const points = new Float32Array(count * (SEGMENTS + 1) * 3);
  const normals = new Float32Array(points.length);
  const roots = new Uint32Array(count);
  const colors = new Float32Array(count * 3);
  const length = traits.beard === 'full' ? random.range(5, 10) : random.range(4.5, 8);
  for (let hair = 0; hair < count; hair++) {
    roots[hair] = head.indices[sampled.triangle[hair]];
    const at = rootPoint(head, sampled, hair);
    const n = skinNormals.subarray(roots[hair] * 3, roots[hair] * 3 + 3);
    const isLip = at[1] > marks.mouthY;
    const direction = normalize([
      n[0] * 0.32 + at[0] / (isLip ? 45 : 190) + 0.2 * random.normal(),
      n[1] * 0.3 - 0.85 + 0.2 * random.normal(),
      n[2] * (isLip ? 0.25 : 0.35) + 0.15 * random.normal(),
    ]);
    const reach = length * random.range(0.55, 1.1) * (isLip ? 0.62 : 1);
    for (let g = 0; g <= SEGMENTS; g++) {
      const t = (g / SEGMENTS) * reach;
      const o = (hair * (SEGMENTS + 1) + g) * 3;
      points.set([at[0] + direction[0] * t, at[1] + direction[1] * t - 0.02 * t * t, at[2] + direction[2] * t], o);
      normals.set(normalize([n[0], n[1] + 0.1 * random.normal(), n[2]] as Vec3), o);
    }
    const grey = clamp(traits.hairGrey * 0.8 + 0.15 * random.normal(), 0, 1) * Math.min(1, traits.hairGrey * 4);
    const light = 1.15 * (1 + 0.18 * random.normal());
    for (let c = 0; c < 3; c++)
      colors[hair * 3 + c] = Math.max(0.006, lerp(traits.hairColor[c] * 0.9, 0.34, grey) * light);
  }
  const ambientRootTip = [0.5, 0.9] as const;
  return finishStrands({
    name: 'beard',
    count,
    segments: SEGMENTS,
    widthMm: 1.35,
    points,
    normals,
    roots,
    colors,
    ambientRootTip,
    seed,
  });
}
