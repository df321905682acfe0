import type { Vec3 } from '../people/math.ts';
import { createRandom, type Random, valueNoise } from '../people/noise.ts';

/** Where a point of flat paper (x, y in mm from the picture's eyes) comes to lie; z is towards the camera. */
export type Surface = (x: number, y: number) => Vec3;

export const FLAT: Surface = (x, y) => [x, y, 0];

/** Rolled to a radius about an axis through the eyes that leans from the vertical; paper keeps its lengths. */
export function rolled(radiusMm: number, axisDeg = 0): Surface {
  const [cos, sin] = [Math.cos((axisDeg * Math.PI) / 180), Math.sin((axisDeg * Math.PI) / 180)];
  return (x, y) => {
    const across = cos * x + sin * y;
    const along = -sin * x + cos * y;
    const angle = across / radiusMm;
    const rolledX = radiusMm * Math.sin(angle);
    return [cos * rolledX - sin * along, sin * rolledX + cos * along, radiusMm * (Math.cos(angle) - 1)];
  };
}

/** Part of a cone whose tip lies `tipMm` above the eyes (below if negative); `sine` of its half angle, 0..1. */
export function cone(tipMm: number, sine: number): Surface {
  const cosine = Math.sqrt(1 - sine * sine);
  const upwards = Math.sign(tipMm);
  const reach = Math.abs(tipMm);
  const raw = (x: number, y: number): Vec3 => {
    const down = reach - upwards * y;
    const length = Math.hypot(x, down);
    const turn = Math.atan2(x, down) / sine;
    const z = length * sine * Math.cos(turn);
    const fall = length * cosine;
    // Tilted so that the line through the eyes stands upright.
    return [length * sine * Math.sin(turn), upwards * (reach - (cosine * fall + sine * z)), cosine * z - sine * fall];
  };
  const [, , zero] = raw(0, 0);
  return (x, y) => {
    const [rx, ry, rz] = raw(x, y);
    return [rx, ry, rz - zero];
  };
}

/** An S or a wave about a leaning axis: z runs as a sine along the paper, which is shortened by as much as it rises. */
export function wave(heightMm: number, lengthMm: number, phase: number, axisDeg: number): Surface {
  const [cos, sin] = [Math.cos((axisDeg * Math.PI) / 180), Math.sin((axisDeg * Math.PI) / 180)];
  const steepness = (2 * Math.PI * heightMm) / lengthMm;
  const stepMm = 2;
  const reach = 300;
  const count = Math.round(reach / stepMm);
  // Where paper of a length ends up across: the integral of sqrt(1 - slope^2).
  const places = new Float64Array(2 * count + 1);
  const slopeAt = (s: number) => steepness * Math.cos((2 * Math.PI * s) / lengthMm + phase);
  for (const side of [-1, 1]) {
    for (let i = 1; i <= count; i += 1) {
      const slope = Math.min(0.95, Math.abs(slopeAt(side * (i - 0.5) * stepMm)));
      const at = count + side * i;
      places[at] = places[at - side] + side * stepMm * Math.sqrt(1 - slope * slope);
    }
  }
  return (x, y) => {
    const across = Math.max(-reach + 1, Math.min(reach - 1, cos * x + sin * y));
    const along = -sin * x + cos * y;
    const at = across / stepMm + count;
    const i = Math.floor(at);
    const place = places[i] + (places[i + 1] - places[i]) * (at - i);
    const z = heightMm * (Math.sin((2 * Math.PI * across) / lengthMm + phase) - Math.sin(phase));
    return [cos * place - sin * along, sin * place + cos * along, z];
  };
}

/** Crumpled and smoothed out again: facets and ridges of a few millimetres, with seldom a bend over the whole. */
export function crumpled(seed: number): Surface {
  const random = createRandom(seed * 19 + 4);
  const heightMm = random.range(2.5, 8);
  const sizeMm = random.range(24, 60);
  const base = random.next() < 0.4 ? rolled(random.range(120, 350), random.range(-90, 90)) : FLAT;
  return (x, y) => {
    const ridge = (scale: number, k: number) => 1 - 2 * Math.abs(valueNoise(x / scale, y / scale, seed * 3 + k));
    const z = heightMm * (0.65 * ridge(sizeMm, 1) + 0.35 * ridge(sizeMm / 2.3, 2));
    const [bx, by, bz] = base(x, y);
    return [bx, by, bz + z];
  };
}

/** A part of an ellipsoid that bulges towards the camera. */
export function ellipsoid(halfWidthMm: number, halfHeightMm: number, depthMm: number, centreYMm: number): Surface {
  return (x, y) => {
    const inside = 1 - (x / halfWidthMm) ** 2 - ((y - centreYMm) / halfHeightMm) ** 2;
    return [x, y, depthMm * (Math.sqrt(Math.max(0, inside)) - 1)];
  };
}

/** Lifts paper by a share of the height of a face. Not developable: wet paper and plaster stretch. */
export function moulded(height: (x: number, y: number) => number, share: number, fromMm: number): Surface {
  return (x, y) => [x, y, share * (Math.max(fromMm, height(x, y)) - fromMm)];
}

export function both(first: Surface, second: Surface): Surface {
  return (x, y) => {
    const [ax, ay, az] = first(x, y);
    return [ax, ay, az + second(x, y)[2]];
  };
}

/** Evenly over logarithms: tight and wide bends alike. */
export function logRange(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.next();
}
