import type { Material, Rgb } from '../scene-types.ts';
import type { Face } from './face.ts';
import { bell, clamp, lerp, smoothstep, type Vec3 } from './math.ts';
import { gridSurface, type Part } from './mesh-tools.ts';

const GRID = { rows: 17, columns: 37 };
/** The share of the rows that forms the front; the rest folds round the rim to the back. */
const FRONT_SHARE = 0.8;

/**
 * An ear as a shell: from the bowl (rho 0) over the inner ridge and the hollow to the rolled rim (rho 1), then behind
 * it back to the head. `turn` runs around it, 0 to the back of the head, a quarter turn at the top.
 */
export function buildEar(face: Face, side: -1 | 1, tone: Rgb): Part {
  const frame = earFrame(face, side);
  const point = (down: number, along: number): Vec3 => {
    const turn = along * 2 * Math.PI;
    const isBack = down > FRONT_SHARE;
    const rho = isBack ? 1 : down / FRONT_SHARE;
    const back = isBack ? (down - FRONT_SHARE) / (1 - FRONT_SHARE) : 0;
    const outline = earOutline(turn);
    const radial = rho * (1 - 0.42 * back);
    const out = earHeight(rho, turn) * (1 - back) - 9 * back;
    return frame(radial * outline[0], radial * outline[1], out);
  };
  // Seen from outside, the columns run the same way round on both ears only if one of the grids is flipped.
  const surface = gridSurface(GRID, point, { closed: true, flip: side < 0 });
  const count = GRID.rows * GRID.columns;
  const vertexAlbedo = new Float32Array(count * 3);
  const ambient = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const down = Math.floor(i / GRID.columns) / (GRID.rows - 1);
    const turn = ((i % GRID.columns) / (GRID.columns - 1)) * 2 * Math.PI;
    const rho = Math.min(1, down / FRONT_SHARE);
    const hollow = clamp(0.62 * bell(rho / 0.4) + 0.3 * bell((rho - 0.74) / 0.09) * behind(turn), 0, 0.8);
    ambient[i] = down > FRONT_SHARE ? 0.5 : 1 - 0.85 * hollow;
    vertexAlbedo.set([tone[0] * 0.95, tone[1] * (0.84 - 0.25 * hollow), tone[2] * (0.82 - 0.25 * hollow)], i * 3);
  }
  const material: Material = { kind: 'skin', albedo: [1, 1, 1], specular: 0.12, shininess: 20 };
  return { name: side < 0 ? 'ear-left' : 'ear-right', ...surface, vertexAlbedo, ambient, material };
}

/** Maps ear coordinates (backwards, upwards, out of the ear's face) to head space. */
function earFrame({ traits }: Face, side: -1 | 1): (u: number, v: number, out: number) => Vec3 {
  const width = traits.headWidthScale * traits.faceWidthScale;
  const angle = 0.3 + 0.55 * traits.earProtrusion;
  const sideways = Math.sin(angle);
  const backwards = Math.cos(angle);
  const lean = -0.17;
  const scale = traits.earScale;
  const attach: Vec3 = [side * (71 * width), -13 + traits.earHeightOffsetMm, 0];
  return (u, v, out) => {
    const us = (u + 13.5) * scale;
    const vs = v * scale;
    const along = us * Math.cos(lean) - vs * Math.sin(lean);
    const up = us * Math.sin(lean) + vs * Math.cos(lean);
    return [
      attach[0] + side * (sideways * along + backwards * out * 0.9),
      attach[1] + up,
      attach[2] - backwards * along + sideways * out * 0.9,
    ];
  };
}

/** 1 on the free side of the ear, 0 where it grows from the cheek. */
function behind(turn: number): number {
  return smoothstep(-0.7, 0.1, Math.cos(turn));
}

/** An egg, wide at the top and drawn to the lobe. */
function earOutline(turn: number): [u: number, v: number] {
  const c = Math.cos(turn);
  const s = Math.sin(turn);
  const taper = s < 0 ? 1 - 0.34 * (-s) ** 1.4 : 1 + 0.08 * s;
  return [16.5 * c * taper + (s < 0 ? 2.5 * s : 0), (s < 0 ? 32 : 30) * s];
}

function earHeight(rho: number, turn: number): number {
  const c = Math.cos(turn);
  const s = Math.sin(turn);
  const free = behind(turn);
  const notLobe = smoothstep(-0.85, -0.35, s);
  const rim = 3.6 * bell((rho - 0.92) / 0.1) * Math.max(free, smoothstep(0.3, 0.9, s)) * notLobe;
  const ridge = 3 * bell((rho - 0.56) / 0.13) * lerp(0.2, 1, free);
  const bowl = -6.5 * bell(rho / 0.4);
  const tragus = 3.4 * bell((rho - 0.5) / 0.2) * bell((c + 1) / 0.35) * bell(s / 0.6);
  const root = -3.2 * smoothstep(-0.2, -0.95, c) * rho;
  const lobe = 1.5 * (1 - notLobe) * bell((rho - 0.7) / 0.3);
  return 2.4 + 2.6 * rho + rim + ridge + bowl + tragus + root + lobe - (rho > 0.98 ? 1.6 : 0);
}
