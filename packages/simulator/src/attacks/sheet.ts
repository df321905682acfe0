import { Studio } from '../camera/shot.ts';
import { FACE_AHEAD_MM } from '../render/view.ts';
import {
  type LinearTexture,
  type Material,
  NEUTRAL_POSE,
  type Pose,
  type SceneMesh,
  type Subject,
} from '../scene-types.ts';
import type { Exposure } from '../sensor/colour-camera.ts';

/** The instruments of this version, numbered as in the catalogue of species. */
export const ATTACK_SPECIES = {
  print: { id: 1, name: 'matte print, held and tilted', inScope: true },
  'bent-print': { id: 4, name: 'print bent about the vertical', inScope: true },
  tablet: { id: 12, name: 'replay on a tablet, life size', inScope: true },
} as const;
export type AttackKind = keyof typeof ATTACK_SPECIES;

const PHOTO_DISTANCE_MM = 600;
const COLUMNS = 48;

/**
 * A flat or bent sheet that shows a photo of `target`, life size, taken by the simulated camera itself. The sheet
 * follows the pose it is given, as a hand would hold it; expressions do not move it.
 */
export function sheetAttack(
  kind: AttackKind,
  target: Subject,
  options: { readonly seed: number; readonly radiusMm?: number },
): Subject {
  let photo: { texture: LinearTexture; widthMm: number; heightMm: number } | null = null;
  const radiusMm = kind === 'bent-print' ? (options.radiusMm ?? 120) : Number.POSITIVE_INFINITY;
  return {
    id: `${kind}-of-${target.id}`,
    label: `${ATTACK_SPECIES[kind].name}: ${target.label}`,
    meshes(pose) {
      photo ??= photograph(target, options.seed, kind === 'tablet');
      return [sheetMesh(photo, kind, radiusMm, pose)];
    },
  };
}

function photograph(target: Subject, seed: number, screen: boolean) {
  const studio = new Studio({ seed, distanceMm: PHOTO_DISTANCE_MM, light: 'normal' });
  const shot = studio.render(target, { ...NEUTRAL_POSE, smile: 0.4 });
  const exposure: Exposure = studio.exposureFor(shot);
  const { colour, intrinsics } = studio.take(shot, { sequence: 0, deviceTimeMs: 0, exposure, noiseSeed: seed });
  const rgb = new Float32Array(colour.rgb.length);
  // Ink never gets quite black nor quite white; a panel does.
  const [floor, range] = screen ? [0, 1] : [0.03, 0.78];
  for (let i = 0; i < rgb.length; i += 1) rgb[i] = floor + range * linear(colour.rgb[i] / 255);
  return {
    texture: { widthPx: colour.widthPx, heightPx: colour.heightPx, rgb },
    widthMm: (colour.widthPx * PHOTO_DISTANCE_MM) / intrinsics.fxPx,
    heightMm: (colour.heightPx * PHOTO_DISTANCE_MM) / intrinsics.fyPx,
  };
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** The middle 55 % of the picture's width is the sheet: about A4 held upright. */
const SHEET_SHARE = 0.36;

function sheetMesh(
  photo: { texture: LinearTexture; widthMm: number; heightMm: number },
  kind: AttackKind,
  radiusMm: number,
  pose: Pose,
): SceneMesh {
  const halfMm = (photo.widthMm * SHEET_SHARE) / 2;
  const count = (COLUMNS + 1) * 2;
  const positionsMm = new Float32Array(count * 3);
  const normals = new Float32Array(count * 3);
  const uv = new Float32Array(count * 2);
  const turn = rotation(pose);
  for (let column = 0; column <= COLUMNS; column += 1) {
    const alongMm = -halfMm + (2 * halfMm * column) / COLUMNS;
    const angle = Number.isFinite(radiusMm) ? alongMm / radiusMm : 0;
    const x = Number.isFinite(radiusMm) ? radiusMm * Math.sin(angle) : alongMm;
    const z = Number.isFinite(radiusMm) ? radiusMm * (Math.cos(angle) - 1) : 0;
    for (let row = 0; row < 2; row += 1) {
      const index = column * 2 + row;
      const y = row === 0 ? photo.heightMm / 2 : -photo.heightMm / 2;
      const place = turn([x, y, z]);
      positionsMm[index * 3] = place[0] + pose.offsetMm.x;
      positionsMm[index * 3 + 1] = place[1] + pose.offsetMm.y;
      positionsMm[index * 3 + 2] = place[2] + pose.offsetMm.z + FACE_AHEAD_MM;
      normals.set(turn([Math.sin(angle), 0, Math.cos(angle)]), index * 3);
      uv[index * 2] = 0.5 + alongMm / photo.widthMm;
      uv[index * 2 + 1] = row;
    }
  }
  const indices = new Uint32Array(COLUMNS * 6);
  for (let column = 0; column < COLUMNS; column += 1) {
    const a = column * 2;
    indices.set([a, a + 1, a + 2, a + 2, a + 1, a + 3], column * 6);
  }
  const material: Material =
    kind === 'tablet'
      ? {
          kind: 'screen',
          albedo: [0.02, 0.02, 0.02],
          texture: photo.texture,
          emission: 0.8,
          specular: 0.3,
          shininess: 200,
          twoSided: true,
        }
      : { kind: 'paper', albedo: [1, 1, 1], texture: photo.texture, specular: 0.04, shininess: 10, twoSided: true };
  return { name: kind, positionsMm, normals, indices, uv, material };
}

type Vector = readonly [number, number, number];

function rotation({ yawDeg, pitchDeg }: Pose): (v: Vector) => Vector {
  const [yaw, pitch] = [(yawDeg * Math.PI) / 180, (pitchDeg * Math.PI) / 180];
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return ([x, y, z]) => {
    const [x1, z1] = [cy * x + sy * z, -sy * x + cy * z];
    return [x1, cp * y + sp * z1, -sp * y + cp * z1];
  };
}
