import type { Rgb } from '../scene-types.ts';

/** When the screen's colours become light, and when light becomes a picture. */
export type ShutterTiming = {
  /** From a colour being commanded to the panel beginning to show it. */
  readonly screenLatencyMs: number;
  /** Time constant of the panel, which answers like a first-order filter as liquid crystals roughly do; 0 is at once. */
  readonly screenResponseMs: number;
  /** How long each row gathers light. */
  readonly exposureMs: number;
  /** From the first row's exposure to the last one's: a rolling shutter. 0 is a global one. */
  readonly readoutMs: number;
};

/** A usual panel at 60 Hz and a usual USB camera in a lit room. */
export const DEFAULT_SHUTTER: ShutterTiming = {
  screenLatencyMs: 50,
  screenResponseMs: 6,
  exposureMs: 16,
  readoutMs: 20,
};

/** Everything is at once: for tests of what light does. */
export const IDEAL_SHUTTER: ShutterTiming = {
  screenLatencyMs: 0,
  screenResponseMs: 0,
  exposureMs: 0,
  readoutMs: 0,
};

/**
 * From a colour being commanded to the stamp of the frame whose middle row gathers its light around that moment: what a
 * terminal calibrates as its latency. Stamps say when the first row began to gather light.
 */
export function paintToStampMs({ screenLatencyMs, screenResponseMs, exposureMs, readoutMs }: ShutterTiming): number {
  return screenLatencyMs + screenResponseMs - (exposureMs + readoutMs) / 2;
}

const MAX_TIMING_MS = 1_000;
const STEP_MS = 1;

/** What is wrong with a timing, or null. */
export function shutterFault(timing: ShutterTiming): string | null {
  for (const [name, value] of Object.entries(timing)) {
    if (!(value >= 0 && value <= MAX_TIMING_MS)) return `${name} cannot be ${value}`;
  }
  return null;
}

/**
 * The mean colour that the screen casts on the scene while each row gathers light. `commanded` gives linear colours
 * (0..1 of white) by time; the first row's exposure begins at `startMs` of the same clock. Rows are numbered from 0 to
 * `rows - 1`.
 */
export function rowColours(
  commanded: (elapsedMs: number) => Rgb,
  startMs: number,
  rows: number,
  timing: ShutterTiming,
): (row: number) => Rgb {
  const { screenLatencyMs, screenResponseMs, exposureMs, readoutMs } = timing;
  // The panel's memory of what it showed before fades within a few time constants.
  const warmUpMs = Math.ceil(5 * screenResponseMs);
  const count = warmUpMs + Math.ceil((exposureMs + readoutMs) / STEP_MS) + 2;
  const keep = screenResponseMs > 0 ? Math.exp(-STEP_MS / screenResponseMs) : 0;
  const sums = new Float64Array((count + 1) * 3);
  let shown = [...commanded(startMs - warmUpMs - screenLatencyMs)];
  for (let i = 0; i < count; i += 1) {
    const colour = commanded(startMs - warmUpMs + i * STEP_MS - screenLatencyMs);
    shown = shown.map((value, c) => keep * value + (1 - keep) * colour[c]);
    for (let c = 0; c < 3; c += 1) sums[(i + 1) * 3 + c] = sums[i * 3 + c] + shown[c];
  }
  const windowSteps = Math.max(1, Math.round(exposureMs / STEP_MS));
  return (row) => {
    const from = warmUpMs + Math.round((readoutMs * row) / Math.max(1, rows - 1) / STEP_MS);
    const to = Math.min(count, from + windowSteps);
    return [0, 1, 2].map((c) => (sums[to * 3 + c] - sums[from * 3 + c]) / (to - from)) as unknown as Rgb;
  };
}
