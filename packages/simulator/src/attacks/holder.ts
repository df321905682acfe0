import { lerp, type Vec3 } from '../people/math.ts';
import { tubeSurface } from '../people/mesh-tools.ts';
import { proceduralPerson } from '../people/person.ts';
import type { Material, Pose, Rgb, SceneMesh } from '../scene-types.ts';
import type { Placement } from './sheet.ts';

/** Who holds the instrument: stands behind it, hidden by it for the most part. */
export type Holder = (pose: Pose, place: Placement, edges: HeldEdges) => SceneMesh[];

/** Where the hands are, in the instrument's own axes. */
export type HeldEdges = { readonly halfWidthMm: number; readonly heightMm: number; readonly bendMm: number };

/** From the instrument to the holder's face. */
const BEHIND_MM = 190;

export function holder(seed: number): Holder {
  const person = proceduralPerson(seed, { glasses: 'none', hat: 'none' });
  const tone = person.traits.skinReflectance;
  const skin: Rgb = [Math.min(0.75, tone * 1.35), tone * 0.88, tone * 0.66];
  return (pose, place, edges) => {
    const { x, y, z } = pose.offsetMm;
    const meshes = person.meshes({
      ...pose,
      yawDeg: pose.yawDeg * 0.3,
      pitchDeg: pose.pitchDeg * 0.3,
      rollDeg: 0,
      offsetMm: { x: x * 0.5, y: y * 0.5 - 8, z: z * 0.5 - BEHIND_MM },
    });
    for (const side of [-1, 1] as const) meshes.push(...hand(side, skin, person.traits.clothColor, place, edges));
    return meshes;
  };
}

/** A thumb in front, a palm behind the edge, and a forearm down to the body. */
function hand(side: -1 | 1, skin: Rgb, cloth: Rgb, place: Placement, edges: HeldEdges): SceneMesh[] {
  const { halfWidthMm, heightMm, bendMm } = edges;
  const at = (x: number, y: number, z: number): Vec3 => place([side * x, heightMm + y, z - bendMm]);
  const material: Material = { kind: 'skin', albedo: skin, specular: 0.05, shininess: 14, twoSided: true };
  const sleeve: Material = { kind: 'cloth', albedo: cloth, twoSided: true };
  const thumb = [
    at(halfWidthMm + 14, -26, -4),
    at(halfWidthMm + 3, -16, 9),
    at(halfWidthMm - 14, -3, 11),
    at(halfWidthMm - 22, 3, 9),
  ];
  const palm = [at(halfWidthMm + 16, -44, -12), at(halfWidthMm + 10, -20, -14), at(halfWidthMm - 16, 2, -16)];
  const wrist = at(halfWidthMm + 24, -70, -34);
  const elbow: Vec3 = [wrist[0] + side * 60, wrist[1] - 190, wrist[2] - 120];
  const arm = [0, 0.5, 1].map((t) => [0, 1, 2].map((c) => lerp(wrist[c], elbow[c], t)) as unknown as Vec3);
  return [
    { name: 'thumb', ...tubeSurface(smooth(thumb), 9, false, 10), material },
    { name: 'palm', ...tubeSurface(smooth([wrist, ...palm]), 20, false, 12), material },
    { name: 'sleeve', ...tubeSurface(smooth(arm), 34, false, 14), material: sleeve },
  ];
}

/** More points along a path, so that a tube through them bends gently. */
function smooth(path: readonly Vec3[]): Vec3[] {
  let points = [...path];
  for (let round = 0; round < 2; round += 1) {
    const finer: Vec3[] = [points[0]];
    for (let i = 0; i + 1 < points.length; i += 1) {
      const mix = (t: number) => [0, 1, 2].map((c) => lerp(points[i][c], points[i + 1][c], t)) as unknown as Vec3;
      finer.push(mix(0.25), mix(0.75));
    }
    finer.push(points[points.length - 1]);
    points = finer;
  }
  return points;
}
