import type { Frame } from '@smile/camera';

/** A frame without anybody: a grey wall a metre away, with noise so that no two frames are alike. */
export function emptyRoom(sequence: number, options: { widthPx?: number; heightPx?: number } = {}): Frame {
  const { widthPx = 320, heightPx = 240 } = options;
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  const values = new Uint16Array(widthPx * heightPx);
  let state = (sequence + 1) * 2_654_435_761;
  for (let i = 0; i < values.length; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const noise = state >>> 29;
    rgb.fill(120 + noise, i * 3, i * 3 + 3);
    values[i] = 1_000 + noise;
  }
  return {
    sequence,
    deviceTimeMs: 5_000 + sequence * 66,
    colour: { widthPx, heightPx, rgb },
    depth: { widthPx, heightPx, unitMm: 1, values },
    intrinsics: {
      widthPx,
      heightPx,
      fxPx: widthPx * 0.9,
      fyPx: widthPx * 0.9,
      cxPx: (widthPx - 1) / 2,
      cyPx: (heightPx - 1) / 2,
    },
  };
}
