/** For tests and benchmarks of this and other packages; nothing here belongs into the running system. */
import type { ColourImage } from '@smile/camera';
import { BLAZEFACE } from './detector.ts';
import { FACERES } from './embedder.ts';
import { FACEMESH } from './mesher.ts';
import { loadPackagedModel } from './model-files.ts';
import { Network } from './session.ts';

const NETWORKS = {
  blazeface: { model: BLAZEFACE, sidePx: 256 },
  facemesh: { model: FACEMESH, sidePx: 192 },
  faceres: { model: { name: FACERES.modelName, outputs: [FACERES.output] }, sidePx: FACERES.sidePx },
};

/** One of the engine's networks alone, to time it on values of one's own: `3 * sidePx * sidePx` of them, in planes. */
export async function loadNetwork(
  name: keyof typeof NETWORKS,
): Promise<{ readonly sidePx: number; run(planes: Float32Array): Promise<void>; close(): Promise<void> }> {
  const { model, sidePx } = NETWORKS[name];
  const network = await Network.load((await loadPackagedModel(model)).bytes);
  return {
    sidePx,
    run: async (planes) => {
      await network.run(planes, [1, 3, sidePx, sidePx]);
    },
    close: () => network.close(),
  };
}

/** Where a drawn face stands. */
export type DrawnFaceOptions = {
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly centreXPx?: number;
  readonly centreYPx?: number;
  /** From hairline to chin. */
  readonly faceHeightPx?: number;
  /** Clockwise as seen. */
  readonly rollDeg?: number;
  /** 0..1; changes the width of the face, the eyes and the mouth a little. */
  readonly look?: number;
};

/**
 * A face painted with a few shaded ellipses: enough for the detector and the mesh to accept, and nobody's likeness. For
 * tests and for measuring speed where no picture of a person is at hand; it says nothing about accuracy.
 */
export function drawFace(options: DrawnFaceOptions = {}): ColourImage {
  const { widthPx = 640, heightPx = 480 } = options;
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  const { centreXPx = widthPx / 2, centreYPx = heightPx / 2, faceHeightPx = 200, rollDeg = 0, look = 0.5 } = options;
  const roll = (rollDeg * Math.PI) / 180;
  const cos = Math.cos(roll) / (faceHeightPx / 2);
  const sin = Math.sin(roll) / (faceHeightPx / 2);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      // Face coordinates: the origin between nose and eyes, the chin at v = 1, the hairline at v = -1.
      const dx = x + 0.5 - centreXPx;
      const dy = y + 0.5 - centreYPx;
      const colour = paint(dx * cos + dy * sin, dy * cos - dx * sin, look, (x * 7 + y * 13) % 5);
      const at = (y * widthPx + x) * 3;
      rgb[at] = colour[0];
      rgb[at + 1] = colour[1];
      rgb[at + 2] = colour[2];
    }
  }
  return { widthPx, heightPx, rgb };
}

type Colour = readonly [number, number, number];

const BACKDROP: Colour = [168, 176, 182];
const HAIR: Colour = [52, 38, 30];
const SKIN: Colour = [214, 170, 146];
const SHADOW: Colour = [142, 96, 80];
const LIP: Colour = [172, 88, 86];
const WHITE: Colour = [236, 232, 228];
const IRIS: Colour = [62, 44, 34];
const SHIRT: Colour = [70, 92, 120];

function paint(u: number, v: number, look: number, grain: number): Colour {
  const width = 0.7 + 0.08 * look;
  const head = disc(u, v, 0, 0, width, 1.02);
  let colour = mix(BACKDROP, SHIRT, step(1.35 + 0.25 * u * u - v));
  colour = mix(colour, SHADOW, step(Math.abs(u) - 0.36) * step(0.7 - v) * step(v - 1.45));
  colour = mix(colour, HAIR, step(disc(u, v, 0, -0.28, width + 0.14, 1.0) - 1));
  const side = 1 - Math.min(1, (u / width) ** 2);
  colour = mix(colour, mix(SHADOW, SKIN, 0.35 + 0.65 * Math.sqrt(side)), step(head - 1));
  if (head < 1) colour = mix(colour, HAIR, step(v + 0.7 - 0.35 * u * u));
  for (const sign of [-1, 1]) {
    const eyeX = sign * (0.3 + 0.03 * look);
    colour = mix(colour, SHADOW, 0.55 * soft(disc(u, v, eyeX, -0.19, 0.21, 0.13)));
    colour = mix(colour, HAIR, step(disc(u, v, eyeX, -0.35 + 0.5 * (u - eyeX) ** 2, 0.2, 0.045) - 1));
    colour = mix(colour, HAIR, step(disc(u, v, eyeX, -0.195, 0.145, 0.075) - 1));
    colour = mix(colour, WHITE, step(disc(u, v, eyeX, -0.18, 0.13, 0.06) - 1));
    colour = mix(colour, IRIS, step(disc(u, v, eyeX, -0.185, 0.058, 0.058) - 1));
    colour = mix(colour, WHITE, step(disc(u, v, eyeX + 0.02, -0.205, 0.014, 0.014) - 1));
    colour = mix(colour, SHADOW, 0.8 * soft(disc(u, v, sign * 0.075, 0.235, 0.05, 0.035)));
    colour = mix(colour, SHADOW, 0.35 * soft(disc(u, v, sign * 0.13, 0.14, 0.07, 0.12)));
  }
  colour = mix(colour, WHITE, 0.3 * soft(disc(u, v, 0, 0.05, 0.05, 0.25)));
  colour = mix(colour, SHADOW, 0.5 * soft(disc(u, v, 0, 0.27, 0.12, 0.04)));
  const mouth = 0.24 + 0.05 * look;
  colour = mix(colour, LIP, step(disc(u, v, 0, 0.53 - 0.3 * u * u, mouth, 0.075) - 1));
  colour = mix(colour, HAIR, 0.75 * step(disc(u, v, 0, 0.525 - 0.3 * u * u, mouth, 0.014) - 1));
  colour = mix(colour, SHADOW, 0.4 * soft(disc(u, v, 0, 0.67, 0.16, 0.05)));
  return [colour[0] + grain, colour[1] + grain, colour[2] + grain];
}

/** 1 on the ellipse, below 1 inside. */
function disc(u: number, v: number, centreU: number, centreV: number, radiusU: number, radiusV: number): number {
  return Math.hypot((u - centreU) / radiusU, (v - centreV) / radiusV);
}

/** 1 where the value is negative, with an edge a few pixels wide. */
function step(value: number): number {
  return Math.min(1, Math.max(0, 0.5 - value * 14));
}

function soft(distance: number): number {
  return Math.max(0, 1 - distance * distance * 0.6);
}

function mix(one: Colour, other: Colour, share: number): Colour {
  return [
    one[0] + (other[0] - one[0]) * share,
    one[1] + (other[1] - one[1]) * share,
    one[2] + (other[2] - one[2]) * share,
  ];
}

/** Seeded numbers of the standard normal distribution (mulberry32, Box-Muller), for made-up embeddings. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A made-up face: a direction of its own, of length 1. */
export function madeUpEmbedding(next: () => number, dimension: number): Float32Array {
  return ofLength1(Float32Array.from({ length: dimension }, next));
}

/** The same made-up face at another time: `likeness` is the cosine between the two, up to chance. */
export function sameFaceAgain(face: Float32Array, likeness: number, next: () => number): Float32Array {
  const other = madeUpEmbedding(next, face.length);
  const aside = Math.sqrt(1 - likeness ** 2);
  return ofLength1(face.map((value, index) => likeness * value + aside * other[index]));
}

function ofLength1(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
