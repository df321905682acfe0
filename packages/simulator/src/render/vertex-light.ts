import type { SceneMesh } from '../scene-types.ts';
import type { RoomLight, ScreenLight, Vector } from './lights.ts';
import type { ShadowMap } from './shadow-map.ts';

/**
 * Light that arrives at each vertex, `LIGHT_STRIDE` numbers a vertex, in cd/m2 that a white matt surface would have:
 * room light red, green, blue; the lamp's highlight; the white screen's light; the screen's highlight.
 */
export const LIGHT_STRIDE = 6;

export type Lighting = {
  readonly room: RoomLight;
  readonly screen: ScreenLight;
  readonly keyShadow: ShadowMap;
  readonly screenShadow: ShadowMap;
  readonly cameraZMm: number;
};

/** The screen is summed over this many points by this many. */
const SCREEN_ROWS = 3;
const SCREEN_COLUMNS = 2;

export function lightVertices(mesh: SceneMesh, lighting: Lighting): Float32Array {
  const { positionsMm, normals, ambient, projected, material } = mesh;
  const { room, cameraZMm, keyShadow, screenShadow } = lighting;
  const count = positionsMm.length / 3;
  const out = new Float32Array(count * LIGHT_STRIDE);
  const key = unit(room.keyDirection);
  const sky = room.skyColour.map((c) => (c * room.skyLux) / Math.PI);
  const ground = room.groundColour.map((c) => (c * room.groundLux) / Math.PI);
  const lamp = room.keyColour.map((c) => (c * room.keyLux) / Math.PI);
  const screenPoints = pointsOf(lighting.screen);
  // Lambert's factor, and the area of one point, over the square of the distance in the same unit.
  const screenGain =
    (lighting.screen.whiteCdPerM2 * lighting.screen.widthMm * lighting.screen.heightMm) / screenPoints.length / Math.PI;
  const shine = material.specular ?? 0;
  const exponent = material.shininess ?? 20;
  const shineGain = shine * ((exponent + 8) / 8) * 0.25;
  for (let i = 0; i < count; i += 1) {
    const x = positionsMm[i * 3];
    const y = positionsMm[i * 3 + 1];
    const z = positionsMm[i * 3 + 2];
    let nx = normals[i * 3];
    let ny = normals[i * 3 + 1];
    let nz = normals[i * 3 + 2];
    let vx = -x;
    let vy = -y;
    let vz = cameraZMm - z;
    const away = 1 / Math.sqrt(vx * vx + vy * vy + vz * vz);
    vx *= away;
    vy *= away;
    vz *= away;
    let facing = nx * vx + ny * vy + nz * vz;
    if (material.twoSided && facing < 0) {
      nx = -nx;
      ny = -ny;
      nz = -nz;
      facing = -facing;
    }
    // Far from the camera's side the result is never seen.
    if (facing < -0.35) continue;
    const open = ambient ? ambient[i] : 1;
    const at = i * LIGHT_STRIDE;
    const upward = 0.5 + 0.5 * ny;
    const towardsKey = nx * key[0] + ny * key[1] + nz * key[2];
    // Skin and hair scatter light past the terminator a little.
    const wrap = material.kind === 'skin' || material.kind === 'hair' ? 0.18 : 0;
    const lit = Math.max(0, (towardsKey + wrap) / (1 + wrap));
    const fromKey = lit > 0 ? lit * keyShadow(x, y, z, nx, ny, nz) * (0.55 + 0.45 * open) : 0;
    for (let c = 0; c < 3; c += 1) {
      const beamed = projected ? projected[i * 3 + c] : 0;
      out[at + c] = open * (ground[c] + (sky[c] - ground[c]) * upward) + lamp[c] * fromKey + beamed;
    }
    if (shineGain > 0 && fromKey > 0) {
      out[at + 3] =
        shineGain * lamp[1] * fromKey * highlight(nx, ny, nz, key[0] + vx, key[1] + vy, key[2] + vz, exponent);
    }
    let screenSum = 0;
    let screenShine = 0;
    for (const point of screenPoints) {
      const lx = point[0] - x;
      const ly = point[1] - y;
      const lz = cameraZMm - z;
      if (lz < 10) continue;
      const squared = lx * lx + ly * ly + lz * lz;
      const length = Math.sqrt(squared);
      const cosine = (nx * lx + ny * ly + nz * lz) / length;
      if (cosine <= 0) continue;
      const share = (cosine * (lz / length)) / squared;
      screenSum += share;
      if (shineGain > 0) {
        screenShine += share * highlight(nx, ny, nz, lx / length + vx, ly / length + vy, lz / length + vz, exponent);
      }
    }
    if (screenSum > 0) {
      const reaching = screenGain * screenShadow(x, y, z, nx, ny, nz) * (0.6 + 0.4 * open);
      out[at + 4] = reaching * screenSum;
      out[at + 5] = reaching * shineGain * screenShine;
    }
  }
  return out;
}

/** Blinn and Phong's highlight; `h` is the sum of the directions to light and eye. */
function highlight(nx: number, ny: number, nz: number, hx: number, hy: number, hz: number, exponent: number): number {
  const cosine = (nx * hx + ny * hy + nz * hz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
  return cosine > 0 ? cosine ** exponent : 0;
}

function pointsOf({ widthMm, heightMm, centreMm }: ScreenLight): (readonly [x: number, y: number])[] {
  const points: (readonly [number, number])[] = [];
  for (let row = 0; row < SCREEN_ROWS; row += 1) {
    for (let column = 0; column < SCREEN_COLUMNS; column += 1) {
      points.push([
        centreMm.x + widthMm * ((column + 0.5) / SCREEN_COLUMNS - 0.5),
        centreMm.y + heightMm * ((row + 0.5) / SCREEN_ROWS - 0.5),
      ]);
    }
  }
  return points;
}

function unit(v: Vector): Vector {
  const length = Math.hypot(...v) || 1;
  return [v[0] / length, v[1] / length, v[2] / length];
}
