import type { SceneMesh } from '../scene-types.ts';
import type { Vector } from './lights.ts';
import { createVisibilityBuffer, drawTriangles } from './rasteriser.ts';

/**
 * How much of a light reaches a point of a surface, 0..1, softened over a few millimetres. The surface's normal keeps a
 * slanted place from being shaded by its own neighbourhood.
 */
export type ShadowMap = (x: number, y: number, z: number, nx: number, ny: number, nz: number) => number;

const SIDE = 288;
/** What a map covers: head and shoulders. */
const HALF_EXTENT_MM = 290;
/** A surface does not shade itself by its own roughness in the map. */
const BIAS_MM = 5;
/** Where light grazes, the surface is taken to fall no steeper than this. */
const MAX_SLOPE = 3;

/** Looks at the scene from a point light and remembers what is nearest to it; `softMm` is the reach of the penumbra. */
export function castShadows(meshes: readonly SceneMesh[], light: Vector, target: Vector, softMm: number): ShadowMap {
  const back = unit([light[0] - target[0], light[1] - target[1], light[2] - target[2]]);
  const right = unit(Math.abs(back[1]) > 0.95 ? [back[2], 0, -back[0] || 1e-6] : [back[2], 0, -back[0]]);
  const up: Vector = [
    back[1] * right[2] - back[2] * right[1],
    back[2] * right[0] - back[0] * right[2],
    back[0] * right[1] - back[1] * right[0],
  ];
  const distance = Math.hypot(light[0] - target[0], light[1] - target[1], light[2] - target[2]);
  const scale = ((SIDE / 2) * distance) / HALF_EXTENT_MM;
  const buffer = createVisibilityBuffer(SIDE, SIDE);
  for (const { positionsMm, indices, coverage } of meshes) {
    const screen = new Float32Array(positionsMm.length);
    for (let i = 0; i < screen.length; i += 3) {
      const dx = positionsMm[i] - light[0];
      const dy = positionsMm[i + 1] - light[1];
      const dz = positionsMm[i + 2] - light[2];
      const away = -(dx * back[0] + dy * back[1] + dz * back[2]);
      if (away < 20) continue;
      screen[i] = SIDE / 2 + (scale * (dx * right[0] + dy * right[1] + dz * right[2])) / away;
      screen[i + 1] = SIDE / 2 - (scale * (dx * up[0] + dy * up[1] + dz * up[2])) / away;
      screen[i + 2] = 1 / away;
    }
    drawTriangles(buffer, { screen, indices, twoSided: true, coverage }, 0);
  }
  const { inverseDepth } = buffer;
  const reach = (softMm * scale) / distance;
  return (x, y, z, nx, ny, nz) => {
    const dx = x - light[0];
    const dy = y - light[1];
    const dz = z - light[2];
    const away = -(dx * back[0] + dy * back[1] + dz * back[2]);
    if (away < 20) return 1;
    const u = SIDE / 2 + (scale * (dx * right[0] + dy * right[1] + dz * right[2])) / away;
    const v = SIDE / 2 - (scale * (dx * up[0] + dy * up[1] + dz * up[2])) / away;
    if (!(u > reach && v > reach && u < SIDE - 1 - reach && v < SIDE - 1 - reach)) return 1;
    const facing = Math.max(1e-3, nx * back[0] + ny * back[1] + nz * back[2]);
    const slope = (along: number) => Math.min(MAX_SLOPE, Math.max(-MAX_SLOPE, along / facing)) * softMm;
    const fallRight = slope(nx * right[0] + ny * right[1] + nz * right[2]);
    const fallDown = -slope(nx * up[0] + ny * up[1] + nz * up[2]);
    let open = 0;
    for (let j = -1; j <= 1; j += 1) {
      for (let i = -1; i <= 1; i += 1) {
        const limit = 1 / (away + i * fallRight + j * fallDown - BIAS_MM);
        if (inverseDepth[Math.floor(v + j * reach) * SIDE + Math.floor(u + i * reach)] <= limit) open += 1;
      }
    }
    return open / 9;
  };
}

function unit(v: Vector): Vector {
  const length = Math.hypot(...v) || 1;
  return [v[0] / length, v[1] / length, v[2] / length];
}
