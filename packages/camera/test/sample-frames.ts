import type { ColourImage, DepthImage, Frame, Intrinsics } from '../src/index.ts';

/** Small made-up frames for tests: a round thing before a wall, with holes and noise that depend on the seed. */
export function sampleFrame(
  options: { sequence?: number; deviceTimeMs?: number; widthPx?: number; heightPx?: number; seed?: number } = {},
): Frame {
  const { sequence = 0, deviceTimeMs = 1000 + sequence * 33.25, widthPx = 64, heightPx = 48 } = options;
  const random = generator(options.seed ?? sequence + 1);
  return {
    sequence,
    deviceTimeMs,
    colour: sampleColour(widthPx, heightPx, random),
    depth: sampleDepth(widthPx, heightPx, random),
    intrinsics: sampleIntrinsics(widthPx, heightPx),
  };
}

export function sampleIntrinsics(widthPx: number, heightPx: number): Intrinsics {
  return {
    widthPx,
    heightPx,
    fxPx: widthPx * 0.9,
    fyPx: widthPx * 0.9,
    cxPx: (widthPx - 1) / 2,
    cyPx: (heightPx - 1) / 2,
  };
}

function sampleColour(widthPx: number, heightPx: number, random: () => number): ColourImage {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < rgb.length; i += 1) {
    const pixel = Math.floor(i / 3);
    rgb[i] = 60 + (pixel % widthPx) + Math.floor(pixel / widthPx) + 20 * (i % 3) + Math.floor(random() * 6);
  }
  return { widthPx, heightPx, rgb };
}

function sampleDepth(widthPx: number, heightPx: number, random: () => number): DepthImage {
  const values = new Uint16Array(widthPx * heightPx);
  for (let y = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1) {
      const fromCentre = Math.hypot((x - widthPx / 2) / (widthPx / 4), (y - heightPx / 2) / (heightPx / 3));
      const depth = fromCentre < 1 ? 5000 + 900 * fromCentre * fromCentre : 12_000;
      values[y * widthPx + x] = random() < 0.08 ? 0 : Math.round(depth + 20 * random());
    }
  }
  return { widthPx, heightPx, unitMm: 0.1, values };
}

function generator(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
