import { lerp, type Vec3 } from '../people/math.ts';
import { tubeSurface } from '../people/mesh-tools.ts';
import { createRandom } from '../people/noise.ts';
import type { Material, Pose, Rgb, SceneMesh } from '../scene-types.ts';
import type { Placement, SheetSize } from './sheet.ts';
import type { Surface } from './surfaces.ts';
import { accomplice } from './target.ts';

/** Who holds the instrument: stands behind it, hidden by it for the most part. */
export type Holder = (pose: Pose, place: Placement) => SceneMesh[];

/** Where a hand holds: beside an edge of the instrument, in its own axes; `side` -1 is the image's left. */
type Grip = { readonly side: -1 | 1; readonly at: Vec3 };

/** The seed decides who it is, how far behind, and where the hands are: both, one, or low down. */
export function holderOf(seed: number, size: SheetSize, surface: Surface): Holder {
  const random = createRandom(seed * 29 + 12);
  const person = accomplice(seed);
  const behindMm = random.range(120, 260);
  const hands: readonly (-1 | 1)[] = random.pick([[-1, 1], [-1, 1], [1], [-1]] as const);
  const tone = person.traits.skinReflectance;
  const skin: Rgb = [Math.min(0.75, tone * 1.35), tone * 0.88, tone * 0.66];
  const bottomMm = -size.heightMm / 2 - size.eyesAboveMiddleMm;
  const grips: Grip[] = hands.map((side) => ({
    side,
    at: surface((side * size.widthMm) / 2, bottomMm + random.range(0.1, 0.45) * size.heightMm),
  }));
  return (pose, place) => {
    const { x, y, z } = pose.offsetMm;
    const meshes = person.meshes({
      ...pose,
      yawDeg: pose.yawDeg * 0.3,
      pitchDeg: pose.pitchDeg * 0.3,
      rollDeg: 0,
      offsetMm: { x: x * 0.5, y: y * 0.5 - 8, z: z * 0.5 - behindMm },
    });
    for (const grip of grips) meshes.push(...hand(grip, skin, person.traits.clothColor, place));
    return meshes;
  };
}

/** A thumb in front, a palm behind the edge, and a forearm down to the body. */
function hand(grip: Grip, skin: Rgb, cloth: Rgb, place: Placement): SceneMesh[] {
  const { side, at: edge } = grip;
  const at = (x: number, y: number, z: number): Vec3 => place([edge[0] + side * x, edge[1] + y, edge[2] + z]);
  const material: Material = { kind: 'skin', albedo: skin, specular: 0.05, shininess: 14, twoSided: true };
  const sleeve: Material = { kind: 'cloth', albedo: cloth, twoSided: true };
  const thumb = [at(14, -26, -4), at(3, -16, 9), at(-14, -3, 11), at(-22, 3, 9)];
  const palm = [at(16, -44, -12), at(10, -20, -14), at(-16, 2, -16)];
  const wrist = at(24, -70, -34);
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
