import { LIGHT_REST_MS, LIGHT_SLOT_MS, type LightChallenge } from './challenge.ts';
import { LIGHT_PALETTE, type LightColour, type LinearRgb, REST_COLOUR } from './palette.ts';

/**
 * What really happened on the screen, on the clock that also stamps the frames. The page says when it painted each
 * slot; the terminal brings that to the device clock. Slots that have not been painted yet are simply missing, so a
 * schedule can be used while the challenge still runs.
 */
export type LightSchedule = {
  readonly challenge: LightChallenge;
  /** When the rest colour before the code was painted, device time, ms. */
  readonly leadStartMs: number;
  /** When each slot was painted, device time, ms, ascending; shorter than the code while it runs. */
  readonly slotStartsMs: readonly number[];
  /** When the rest colour after the code was painted; null before that. */
  readonly codeEndMs: number | null;
  /**
   * From a paint to the first frame time that shows it, ms: the screen's own delay, half the exposure and how late the
   * camera stamps its frames. Calibrated per terminal.
   */
  readonly latencyMs: number;
  /** The answer is looked for within so much of the latency, as clocks are known that well; 0 or missing is exactly there. */
  readonly latencySearchMs?: number;
  /** How long the shutter is open, ms. */
  readonly exposureMs: number;
};

export type LightScheduleFault = 'slots_out_of_order' | 'slot_too_short' | 'slot_too_long' | 'times_absurd';

/** A slot may be held this much shorter than asked, a few pictures of a 60 Hz screen: else the camera may miss it. */
const SLOT_SHORT_MS = 40;
/** Held longer, a colour only takes longer to see, as on a busy machine that paints a few pictures a second. */
const SLOT_LONG_MS = 300;
const MAX_LATENCY_MS = 400;
const MAX_EXPOSURE_MS = 100;

/**
 * Checks what a terminal reports. A page that dropped frames may have shown a slot too briefly to be seen, and a
 * schedule out of bounds is no basis for evidence: the light then says nothing (and the flash limits are at stake).
 */
export function faultOfSchedule(schedule: LightSchedule): LightScheduleFault | null {
  const { leadStartMs, slotStartsMs, codeEndMs, latencyMs, exposureMs, challenge } = schedule;
  const ends = codeEndMs === null ? [] : [codeEndMs];
  const times = [leadStartMs, ...slotStartsMs, ...ends];
  if (![...times, latencyMs, exposureMs].every(Number.isFinite)) return 'times_absurd';
  if (latencyMs < -MAX_LATENCY_MS || latencyMs > MAX_LATENCY_MS) return 'times_absurd';
  if (exposureMs < 0 || exposureMs > MAX_EXPOSURE_MS) return 'times_absurd';
  if (slotStartsMs.length > challenge.slots.length) return 'slots_out_of_order';
  if (codeEndMs !== null && slotStartsMs.length < challenge.slots.length) return 'slots_out_of_order';
  for (let i = 1; i < times.length; i += 1) {
    const heldMs = times[i] - times[i - 1];
    if (heldMs <= 0) return 'slots_out_of_order';
    if (heldMs < (i === 1 ? LIGHT_REST_MS : LIGHT_SLOT_MS) - SLOT_SHORT_MS) return 'slot_too_short';
    if (i > 1 && heldMs > LIGHT_SLOT_MS + SLOT_LONG_MS) return 'slot_too_long';
  }
  return null;
}

/** Times as they would be if every slot were painted when it is due. For tests and simulations. */
export function idealSchedule(
  challenge: LightChallenge,
  leadStartMs: number,
  timing: { readonly latencyMs?: number; readonly exposureMs?: number } = {},
): LightSchedule {
  const firstMs = leadStartMs + challenge.leadMs;
  return {
    challenge,
    leadStartMs,
    slotStartsMs: challenge.slots.map((_, slot) => firstMs + slot * challenge.slotMs),
    codeEndMs: firstMs + challenge.slots.length * challenge.slotMs,
    latencyMs: timing.latencyMs ?? 0,
    exposureMs: timing.exposureMs ?? 0,
  };
}

/** Which light fell on the scene while a frame was exposed. Shares of the exposure add up to 1. */
export type FrameLight = {
  /** Share per slot of the challenge; the rest of 1 is the rest colour. */
  readonly slotShares: readonly number[];
  readonly restShare: number;
  /** The slot that lit at least `PURE_SHARE` of the exposure; `rest` for the rest colour; null when it straddles two. */
  readonly pure: number | 'rest' | null;
};

const PURE_SHARE = 0.95;

/**
 * The light of a frame stamped `deviceTimeMs`. Null before the rest colour was painted, after the tail, and where the
 * schedule does not reach yet: nothing is known about the screen then.
 *
 * @param latencyMs another latency than the schedule's, to look for the one that fits
 */
export function frameLight(
  schedule: LightSchedule,
  deviceTimeMs: number,
  latencyMs: number = schedule.latencyMs,
): FrameLight | null {
  const { challenge, leadStartMs, slotStartsMs, codeEndMs, exposureMs } = schedule;
  const middleMs = deviceTimeMs - latencyMs;
  const openMs = middleMs - exposureMs / 2;
  const shutMs = middleMs + exposureMs / 2;
  const lastStartMs = slotStartsMs.at(-1) ?? leadStartMs;
  // While the code runs, nothing is known beyond the length of the slot that is being shown.
  const knownUntilMs = codeEndMs === null ? lastStartMs + challenge.slotMs : codeEndMs + challenge.tailMs;
  if (openMs < leadStartMs || shutMs > knownUntilMs) return null;
  const overlap = (fromMs: number, toMs: number) => {
    if (exposureMs === 0) return middleMs >= fromMs && middleMs < toMs ? 1 : 0;
    return Math.max(0, Math.min(shutMs, toMs) - Math.max(openMs, fromMs)) / exposureMs;
  };
  const slotShares = challenge.slots.map((_, slot) => {
    const fromMs = slotStartsMs[slot];
    if (fromMs === undefined) return 0;
    return overlap(fromMs, slotStartsMs[slot + 1] ?? codeEndMs ?? knownUntilMs);
  });
  const restShare = Math.max(0, 1 - slotShares.reduce((sum, share) => sum + share, 0));
  const slot = slotShares.findIndex((share) => share >= PURE_SHARE);
  return { slotShares, restShare, pure: slot >= 0 ? slot : restShare >= PURE_SHARE ? 'rest' : null };
}

/** The mean colour that the screen gave during a frame, if it had shown these colours in these slots. */
export function lightColour(light: FrameLight, slots: readonly LightColour[]): LinearRgb {
  const colour: [number, number, number] = [0, 0, 0];
  const add = (name: LightColour, share: number) => {
    for (let c = 0; c < 3; c += 1) colour[c] += LIGHT_PALETTE[name][c] * share;
  };
  for (const [slot, share] of light.slotShares.entries()) add(slots[slot], share);
  add(REST_COLOUR, light.restShare);
  return colour;
}
