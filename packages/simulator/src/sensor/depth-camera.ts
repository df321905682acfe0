import type { DepthImage } from '@smile/camera';
import type { Backdrop } from '../render/backdrop.ts';
import { type Layers, MATERIAL_CODES } from '../render/layers.ts';
import { regionSize, type View } from '../render/view.ts';
import { noiseTiles, placeStream, TILE_MASK, TILE_SIDE } from './noise-tiles.ts';

/** A structured-light sensor: a projector beside the camera, triangulation in whole fractions of a pixel. */
export type DepthSensor = {
  /** The projector stands this far to the camera's right in the picture. */
  readonly baselineMm: number;
  readonly disparityStepPx: number;
  /** 1 is the sensor's own noise, 0 none (steps and holes stay). */
  readonly noise: number;
  readonly unitMm: 0.1 | 1;
};

export const DEFAULT_DEPTH_SENSOR: DepthSensor = { baselineMm: 75, disparityStepPx: 1 / 16, noise: 1, unitMm: 0.1 };

const MIN_RANGE_MM = 200;
const MAX_RANGE_MM = 4_000;
/** Variances of white noise, of noise smooth over ~3 px that changes, and of such that stays; they add up to 1. */
const WHITE_SHARE = 0.4;
const SMOOTH_SHARE = 0.35;
const FIXED_SHARE = 0.25;
/** Light that grazes a surface does not come back. */
const MIN_COSINE = 0.22;
/** A surface seen by the projector before this many pixels of disparity is in front and casts a shadow. */
const SHADOW_DISPARITY_PX = 0.9;

/** Standard deviation in mm at a distance in mm: 1.2 mm + 1.9 mm/m2 (z - 0.4 m)^2. */
export function depthSigmaMm(depthMm: number): number {
  return 1.2 + 1.9 * (depthMm / 1_000 - 0.4) ** 2;
}

/** How a surface answers the projector: factor on noise, chance of a hole in 256ths. */
type Answer = { readonly noise: number; readonly holes: number };
const ANSWERS: readonly Answer[] = (() => {
  const answers: Answer[] = Array.from({ length: 11 }, () => ({ noise: 1, holes: 2 }));
  answers[0] = { noise: 1.1, holes: 5 };
  answers[MATERIAL_CODES.hair] = { noise: 2.2, holes: 100 };
  answers[MATERIAL_CODES.eye] = { noise: 1.6, holes: 90 };
  answers[MATERIAL_CODES.teeth] = { noise: 1.4, holes: 50 };
  answers[MATERIAL_CODES.glass] = { noise: 1.8, holes: 130 };
  answers[MATERIAL_CODES.solid] = { noise: 1.4, holes: 110 };
  answers[MATERIAL_CODES.cloth] = { noise: 1.2, holes: 6 };
  answers[MATERIAL_CODES.paper] = { noise: 1, holes: 3 };
  answers[MATERIAL_CODES.screen] = { noise: 1.5, holes: 36 };
  answers[MATERIAL_CODES.gloss] = { noise: 1.2, holes: 16 };
  return answers;
})();
/** Panels mirror the projector's light in places: what is measured then lies this far behind them. */
const MIRROR_MM = 420;
const MIRROR_BLOB = 70;

/** What the sensor sees of one scene before noise: the same for every frame of it. */
export type SensedDepth = {
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** In pixels; 0 where nothing comes back. */
  readonly disparity: Float32Array;
  /** Standard deviation of the disparity. */
  readonly sigma: Float32Array;
  /** Chance of a hole in 256ths. */
  readonly holes: Uint8Array;
};

/** Prepares the part of the picture where somebody stands. */
export function senseLayers(layers: Layers, view: View, sensor: DepthSensor, seed: number): SensedDepth {
  const { widthPx, heightPx } = regionSize(layers);
  const { depthMm, farDepthMm, material } = layers;
  const { blobs } = noiseTiles();
  const place = placeStream(seed * 31 + 7);
  const blobAt = place();
  const mirrorAt = place();
  const focalMm = view.intrinsics.fxPx * sensor.baselineMm;
  const count = widthPx * heightPx;
  const disparity = new Float32Array(count);
  const sigma = new Float32Array(count);
  const holes = new Uint8Array(count);
  const shadow = projectorShadow(depthMm, widthPx, heightPx, focalMm);
  for (let y = 0, at = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1, at += 1) {
      let z = depthMm[at];
      if (z < MIN_RANGE_MM || z > MAX_RANGE_MM || shadow[at]) continue;
      const code = material[at];
      const answer = ANSWERS[code];
      let chance = answer.holes;
      const tile = blobs[(blobAt + y * TILE_SIDE + x) & TILE_MASK];
      if (farDepthMm[at] > z) {
        // The pattern breaks at an edge: mostly nothing is found, else something between near and far.
        if (tile > 90) continue;
        z += (farDepthMm[at] - z) * (tile / 120) * 0.5;
        chance = 120;
      }
      const cosine = cosineTowardsCamera(depthMm, at, x, y, widthPx, heightPx, view.intrinsics.fxPx);
      if (cosine < MIN_COSINE) continue;
      if (cosine < 0.45) chance += Math.round((110 * (0.45 - cosine)) / 0.45);
      if (
        code === MATERIAL_CODES.screen &&
        blobs[(mirrorAt + (y >> 2) * TILE_SIDE + (x >> 2)) & TILE_MASK] < MIRROR_BLOB
      ) {
        if (tile < 150) continue;
        z += MIRROR_MM;
      }
      disparity[at] = focalMm / z;
      sigma[at] = (sensor.noise * answer.noise * depthSigmaMm(z) * focalMm) / (z * z) / Math.sqrt(cosine);
      holes[at] = Math.min(250, chance);
    }
  }
  return { leftPx: layers.leftPx, topPx: layers.topPx, widthPx, heightPx, disparity, sigma, holes };
}

/** Prepares the shop behind: far, smooth, without shadows. */
export function senseBackdrop(backdrop: Backdrop, view: View, sensor: DepthSensor): SensedDepth {
  const { widthPx, heightPx, depthMm } = backdrop;
  const focalMm = view.intrinsics.fxPx * sensor.baselineMm;
  const answer = ANSWERS[0];
  return {
    leftPx: 0,
    topPx: 0,
    widthPx,
    heightPx,
    disparity: depthMm.map((z) => (z > MAX_RANGE_MM ? 0 : focalMm / z)),
    sigma: depthMm.map((z) => (sensor.noise * answer.noise * depthSigmaMm(z) * focalMm) / (z * z)),
    holes: new Uint8Array(depthMm.length).fill(answer.holes),
  };
}

/** One depth frame: fresh noise on what the sensor sees. The seed of the scene keeps the noise that stays. */
export function takeDepth(
  backdrop: SensedDepth,
  subject: SensedDepth,
  view: View,
  sensor: DepthSensor,
  seeds: { readonly scene: number; readonly frame: number },
): DepthImage {
  const { widthPx, heightPx } = backdrop;
  const values = new Uint16Array(widthPx * heightPx);
  const fixed = placeStream(seeds.scene);
  const fresh = placeStream(seeds.frame * 2 + 1);
  const noise = {
    fixedAt: fixed(),
    smoothAt: fresh(),
    blobAt: fresh(),
  };
  const read = reader(view, sensor, noise);
  for (let y = 0; y < heightPx; y += 1) {
    const row = y * widthPx;
    const whiteAt = fresh();
    const own = y - subject.topPx;
    if (own < 0 || own >= subject.heightPx) {
      read(backdrop, row, values, row, widthPx, whiteAt, y, 0);
      continue;
    }
    const right = subject.leftPx + subject.widthPx;
    read(backdrop, row, values, row, subject.leftPx, whiteAt, y, 0);
    read(subject, own * subject.widthPx, values, row + subject.leftPx, subject.widthPx, whiteAt, y, subject.leftPx);
    read(backdrop, row + right, values, row + right, widthPx - right, whiteAt, y, right);
  }
  return { widthPx, heightPx, unitMm: sensor.unitMm, values };
}

function reader(
  view: View,
  sensor: DepthSensor,
  { fixedAt, smoothAt, blobAt }: { fixedAt: number; smoothAt: number; blobAt: number },
) {
  const { white, smooth, blobs } = noiseTiles();
  const whiteGain = Math.sqrt(WHITE_SHARE);
  const smoothGain = Math.sqrt(SMOOTH_SHARE);
  const fixedGain = Math.sqrt(FIXED_SHARE);
  const focalMm = view.intrinsics.fxPx * sensor.baselineMm;
  const steps = 1 / sensor.disparityStepPx;
  const scale = (focalMm * steps) / sensor.unitMm;
  return (
    from: SensedDepth,
    start: number,
    to: Uint16Array,
    at: number,
    count: number,
    whiteAt: number,
    row: number,
    column: number,
  ): void => {
    const tileRow = row * TILE_SIDE + column;
    const { disparity, sigma, holes } = from;
    for (let i = 0; i < count; i += 1) {
      const clean = disparity[start + i];
      if (clean === 0) continue;
      if (blobs[(blobAt + tileRow + i) & TILE_MASK] < holes[start + i]) continue;
      const noisy =
        clean +
        sigma[start + i] *
          (whiteGain * white[(whiteAt + i) & TILE_MASK] +
            smoothGain * smooth[(smoothAt + tileRow + i) & TILE_MASK] +
            fixedGain * smooth[(fixedAt + tileRow + i) & TILE_MASK]);
      const value = scale / Math.round(noisy * steps);
      to[at + i] = value > 65_535 || value < 1 ? 0 : value + 0.5;
    }
  };
}

/**
 * 1 where the projector's light is blocked. Seen from the projector each pixel moves along its row by its disparity;
 * what lands on the same place with a smaller disparity is behind.
 */
function projectorShadow(depthMm: Float32Array, width: number, height: number, focalMm: number): Uint8Array {
  const shadow = new Uint8Array(depthMm.length);
  const reach = Math.ceil(focalMm / MIN_RANGE_MM);
  const front = new Float32Array(width + reach + 2);
  for (let y = 0; y < height; y += 1) {
    front.fill(0);
    const row = y * width;
    for (let x = 0; x < width; x += 1) {
      const d = focalMm / Math.max(MIN_RANGE_MM, depthMm[row + x]);
      // Between two pixels of one surface the projector sees that surface too.
      const next = x + 1 < width ? focalMm / Math.max(MIN_RANGE_MM, depthMm[row + x + 1]) : d;
      const from = Math.floor(x - d + reach);
      const to = Math.abs(next - d) < 2 ? Math.floor(x + 1 - next + reach) : from;
      for (let p = Math.min(from, to); p <= Math.max(from, to); p += 1) {
        if (p >= 0 && p < front.length && d > front[p]) front[p] = d;
      }
    }
    for (let x = 0; x < width; x += 1) {
      const d = focalMm / Math.max(MIN_RANGE_MM, depthMm[row + x]);
      const p = Math.floor(x - d + reach);
      if (p >= 0 && front[p] > d + SHADOW_DISPARITY_PX) shadow[row + x] = 1;
    }
  }
  return shadow;
}

function cosineTowardsCamera(
  depthMm: Float32Array,
  at: number,
  x: number,
  y: number,
  width: number,
  height: number,
  fxPx: number,
): number {
  if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return 1;
  const pixelMm = depthMm[at] / fxPx;
  // The gentler side counts, so that an edge nearby does not make a flat place steep.
  const z = depthMm[at];
  const gx = Math.min(Math.abs(depthMm[at + 1] - z), Math.abs(z - depthMm[at - 1])) / pixelMm;
  const gy = Math.min(Math.abs(depthMm[at + width] - z), Math.abs(z - depthMm[at - width])) / pixelMm;
  return 1 / Math.sqrt(1 + gx * gx + gy * gy);
}
