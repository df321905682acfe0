import type { Material, Rgb } from '../scene-types.ts';
import { bell, clamp, lerp, smoothstep, type Vec3 } from './math.ts';
import { gridSurface, type Part } from './mesh-tools.ts';
import { fractalNoise, valueNoise } from './noise.ts';
import type { PersonTraits } from './traits.ts';

/** Rings of the torso from the neck down: height, half width, front z, back z. */
const TORSO_RINGS: readonly (readonly [y: number, halfWidth: number, frontZ: number, backZ: number])[] = [
  [-138, 55, 27, -72],
  [-152, 66, 35, -86],
  [-166, 98, 46, -96],
  [-180, 146, 54, -100],
  [-196, 182, 62, -103],
  [-225, 208, 76, -106],
  [-280, 216, 92, -108],
  [-370, 214, 96, -108],
];

/** A point of the torso: `down` 0 at the neck to 1 at the waist, `turn` 0 in front, `offMm` away from the body. */
function torsoPoint(traits: PersonTraits, down: number, turn: number, offMm: number): Vec3 {
  const at = clamp(down, 0, 1) * (TORSO_RINGS.length - 1);
  const i = Math.min(TORSO_RINGS.length - 2, Math.floor(at));
  const ring = (c: number) => lerp(TORSO_RINGS[i][c], TORSO_RINGS[i + 1][c], at - i);
  const s = Math.sin(turn);
  const c = Math.cos(turn);
  const breadth = lerp(traits.neckWidthScale, traits.shoulderWidthScale, clamp(down * 2.5, 0, 1));
  const x = (ring(1) * breadth + offMm) * Math.sign(s) * Math.abs(s) ** 0.9;
  const middle = -22;
  const z = c > 0 ? middle + (ring(2) + offMm - middle) * c ** 0.8 : middle + (ring(3) - offMm - middle) * (-c) ** 0.8;
  // The neck opening slopes: low on the chest, high on the nape.
  return [x, ring(0) - (c > 0 ? 22 : 3) * c * (1 - down) + 0.5 * offMm * (1 - down), z];
}

/** How far down the cloth begins at this place around the neck. */
function necklineAt(traits: PersonTraits, turn: number): number {
  const front = Math.abs(turn);
  if (traits.neckline === 'v') return 0.07 + 0.4 * clamp(1 - front / 0.75, 0, 1);
  if (traits.neckline === 'collar') return 0.05 + 0.22 * smoothstep(0.5, 0, front);
  return 0.09 + 0.07 * smoothstep(1.3, 0, front);
}

/** The garment; the skin an open collar shows belongs to the head's mesh, which reaches down to the chest. */
export function buildTorso(traits: PersonTraits, seed: number): Part[] {
  const parts = [garment(traits, seed)];
  if (traits.neckline === 'collar') parts.push(shirtCollar(traits, -1), shirtCollar(traits, 1));
  return parts;
}

function garment(traits: PersonTraits, seed: number): Part {
  const grid = { rows: 22, columns: 61 };
  const surface = gridSurface(
    grid,
    (down, along) => {
      const turn = (along * 2 - 1) * Math.PI;
      const from = necklineAt(traits, turn);
      if (down === 0) return torsoPoint(traits, from + 0.004, turn, 0);
      const [x, y, z] = torsoPoint(traits, lerp(from, 1, (down - 0.03) ** 1.3), turn, 3.4);
      const fold = 1.8 * fractalNoise(x / 32, y / 60, seed, 2) * smoothstep(0.15, 0.4, down);
      return [x, y, z + fold];
    },
    { closed: true },
  );
  const count = grid.rows * grid.columns;
  const vertexAlbedo = new Float32Array(count * 3);
  for (let i = 0; i < count; i++) {
    const row = Math.floor(i / grid.columns);
    const [x, y] = surface.positionsMm.subarray(i * 3, i * 3 + 2);
    const hem = row <= 2 ? 0.82 : 1;
    const light = hem * (0.95 + 0.08 * valueNoise(x / 12, y / 12, seed + 6));
    for (let c = 0; c < 3; c++) vertexAlbedo[i * 3 + c] = traits.clothColor[c] * light;
  }
  const material: Material = { kind: 'cloth', albedo: [1, 1, 1], specular: 0.02, shininess: 8, twoSided: true };
  return { name: 'garment', ...surface, vertexAlbedo, material };
}

/** One wing of a shirt's collar: stands up from the neckline, folds and lies on the shoulder with its point in front. */
function shirtCollar(traits: PersonTraits, side: -1 | 1): Part {
  const profile: readonly (readonly [lift: number, out: number])[] = [
    [0, 2],
    [6, 0],
    [10, 1.5],
    [8, 5],
    [0, 9],
    [-13, 13],
  ];
  const surface = gridSurface(
    { rows: profile.length, columns: 19 },
    (down, along) => {
      const turn = side * lerp(0.2, Math.PI, along);
      const [lift, out] = profile[Math.round(down * (profile.length - 1))];
      const base = torsoPoint(traits, necklineAt(traits, turn), turn, 2 + out);
      const point = -15 * bell(along / 0.13) * smoothstep(0.5, 1, down);
      return [base[0], base[1] + lift + point, base[2] + (lift < 0 ? 3 : 0)];
    },
    { flip: side < 0 },
  );
  const color = traits.clothColor.map((c) => Math.min(0.8, c * 1.08)) as unknown as Rgb;
  const material: Material = { kind: 'cloth', albedo: color, specular: 0.03, shininess: 10, twoSided: true };
  return { name: side < 0 ? 'collar-left' : 'collar-right', ...surface, material };
}
