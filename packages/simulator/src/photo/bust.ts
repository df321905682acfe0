import { lerp, smoothstep, type Vec3 } from '../people/math.ts';
import { gridSurface, type Part } from '../people/mesh-tools.ts';
import type { Rgb } from '../scene-types.ts';

/** Half widths, depth of the front and of the back at heights below the eyes: a neck and plain shoulders. */
const RINGS: readonly (readonly [y: number, halfWidth: number, frontZ: number, backZ: number])[] = [
  [-60, 52, 6, -70],
  [-95, 54, 12, -74],
  [-125, 57, 20, -80],
  [-142, 66, 30, -86],
  [-158, 96, 42, -95],
  [-175, 145, 52, -100],
  [-200, 186, 62, -104],
  [-240, 208, 78, -108],
  [-380, 214, 94, -110],
];
/** The garment begins here, a little lower in front. */
const NECKLINE_Y = -146;

/** Neck and shoulders under a photographed head: skin of the given colour and a plain garment. */
export function buildBust(skin: Rgb, cloth: Rgb): { neck: Part; garment: Part } {
  const point = (down: number, along: number, from: number, to: number, off: number): Vec3 => {
    const turn = (along * 2 - 1) * Math.PI;
    const front = Math.cos(turn);
    const y = lerp(from, to, down) - (from === NECKLINE_Y ? 16 * Math.max(0, front) * (1 - down) : 0);
    const [halfWidth, frontZ, backZ] = ringAt(y);
    const middle = -25;
    const reach = front > 0 ? frontZ - middle : middle - backZ;
    const side = Math.sin(turn);
    return [
      (halfWidth + off) * Math.sign(side) * Math.abs(side) ** 0.9,
      y,
      middle + Math.sign(front) * (reach + off) * Math.abs(front) ** 0.8,
    ];
  };
  const grid = { rows: 26, columns: 61 };
  const neck = gridSurface(grid, (down, along) => point(down, along, -60, -185, 0), { closed: true });
  const garment = gridSurface(grid, (down, along) => point(down ** 1.2, along, NECKLINE_Y, -380, 4), { closed: true });
  const shade = Float32Array.from(
    { length: grid.rows * grid.columns },
    (_, i) => smoothstep(-90, -150, neck.positionsMm[i * 3 + 1]) * 0.35 + 0.5,
  );
  return {
    neck: {
      name: 'neck',
      ...neck,
      ambient: shade,
      material: { kind: 'skin', albedo: skin, specular: 0.05, shininess: 12, twoSided: true },
    },
    garment: {
      name: 'garment',
      ...garment,
      material: { kind: 'cloth', albedo: cloth, specular: 0.02, shininess: 8, twoSided: true },
    },
  };
}

function ringAt(y: number): readonly [halfWidth: number, frontZ: number, backZ: number] {
  const next = RINGS.findIndex((ring) => ring[0] < y);
  if (next === 0) return [RINGS[0][1], RINGS[0][2], RINGS[0][3]];
  if (next < 0) {
    const last = RINGS[RINGS.length - 1];
    return [last[1], last[2], last[3]];
  }
  const [above, below] = [RINGS[next - 1], RINGS[next]];
  const t = (above[0] - y) / (above[0] - below[0]);
  return [lerp(above[1], below[1], t), lerp(above[2], below[2], t), lerp(above[3], below[3], t)];
}
