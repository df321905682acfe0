import type { Intrinsics } from '@smile/camera';
import { smoothstep } from '../people/math.ts';
import { createRandom, valueNoise } from '../people/noise.ts';
import type { RoomLight, ScreenLight } from './lights.ts';

/** The shop behind everybody, out of focus; a whole picture in the same units as `Layers`. */
export type Backdrop = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly ambient: Float32Array;
  readonly screen: Float32Array;
  readonly depthMm: Float32Array;
};

const WALL_MM = 1_900;
const SHAPES = 9;

/** Soft shapes of furniture before a wall; the same seed gives the same shop. */
export function paintBackdrop(
  intrinsics: Intrinsics,
  room: RoomLight,
  screenLight: ScreenLight,
  seed: number,
): Backdrop {
  const { widthPx, heightPx } = intrinsics;
  const random = createRandom(seed * 7 + 1);
  const warm = random.range(0.94, 1.1);
  const wall = random.range(0.22, 0.42);
  const shapes = Array.from({ length: SHAPES }, () => ({
    left: random.range(-0.2, 0.95) * widthPx,
    top: random.range(-0.2, 0.8) * heightPx,
    width: random.range(0.06, 0.34) * widthPx,
    height: random.range(0.1, 0.7) * heightPx,
    light: random.range(0.45, 1.7),
    red: random.range(0.86, 1.16),
    blue: random.range(0.8, 1.14),
    soft: random.range(7, 22),
    nearerMm: random.range(0, 450),
  }));
  const count = widthPx * heightPx;
  const ambient = new Float32Array(count * 3);
  const screen = new Float32Array(count * 3);
  const depthMm = new Float32Array(count);
  const lux = room.skyLux * 0.7 + room.groundLux * 0.2 + room.keyLux * 0.35;
  const screenLux = (screenLight.whiteCdPerM2 * screenLight.widthMm * screenLight.heightMm) / WALL_MM ** 2;
  for (let y = 0, at = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1, at += 1) {
      let light = wall * (1 + 0.05 * valueNoise(x / 90, y / 90, seed));
      let red = warm;
      let blue = 1 / warm;
      let depth = WALL_MM + 0.25 * (x - widthPx / 2);
      for (const shape of shapes) {
        const inside =
          smoothstep(-shape.soft, shape.soft, Math.min(x - shape.left, shape.left + shape.width - x)) *
          smoothstep(-shape.soft, shape.soft, Math.min(y - shape.top, shape.top + shape.height - y));
        if (inside <= 0) continue;
        light *= 1 + (shape.light - 1) * inside;
        red *= 1 + (shape.red - 1) * inside;
        blue *= 1 + (shape.blue - 1) * inside;
        if (inside > 0.5) depth -= shape.nearerMm * 0.5;
      }
      const albedo = Math.min(0.85, light);
      for (let c = 0; c < 3; c += 1) {
        const tint = albedo * (c === 0 ? red : c === 2 ? blue : 1);
        ambient[at * 3 + c] = (tint * lux * room.skyColour[c]) / Math.PI;
        screen[at * 3 + c] = (tint * screenLux) / Math.PI;
      }
      depthMm[at] = Math.max(1_200, depth);
    }
  }
  return { widthPx, heightPx, ambient, screen, depthMm };
}
