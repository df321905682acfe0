import { createHash } from 'node:crypto';
import { type LightNote, LightNoteSchema } from '@smile/contract';
import {
  drawLightChallenge,
  faultOfSchedule,
  type LightChallenge,
  type LightSchedule,
  type LightScheduleFault,
} from '@smile/liveness';

/** Whether a scan had light, and if not, why. Kept with its evidence. */
export type LightState = 'shown' | 'faulty' | 'not_shown' | 'declined' | 'unsupported' | 'off';

/** Drawn from the nonce, which is used once: so is the challenge. */
export function challengeOfScan(scanId: string, nonce: string): LightChallenge {
  return drawLightChallenge(createHash('sha256').update(`smile-light-v1\0${scanId}\0${nonce}`, 'utf8').digest());
}

export type LightReportErrorCode = 'light_report_malformed' | 'light_report_out_of_order' | 'light_report_implausible';

/** A paint and a frame that are further apart on the device's clock do not belong together. */
const MAX_APART_MS = 1_500;
/** A screen that has not begun by then will not: the scan goes on without light. */
const BEGIN_WITHIN_MS = 1_500;
const DEFAULT_EXPOSURE_MS = 10;
/** A lead that is still to come lies after every frame. */
const NOT_YET_MS = Number.MAX_SAFE_INTEGER;

/**
 * What the terminal says the screen showed, as it says it. It must come in order and fit the frames' clock, else the
 * stream ends; a screen that was merely slow makes the light worthless, but the scan goes on.
 */
export class LightWatch {
  readonly #challenge: LightChallenge;
  readonly #latencyMs: number;
  #leadStartMs: number | null = null;
  readonly #slotStartsMs: number[] = [];
  #codeEndMs: number | null = null;
  #exposureMs = DEFAULT_EXPOSURE_MS;
  #fault: LightScheduleFault | null = null;
  #firstFrameMs: number | null = null;
  #gaveUp = false;

  constructor(challenge: LightChallenge, latencyMs: number) {
    this.#challenge = challenge;
    this.#latencyMs = latencyMs;
  }

  /** Takes a verified note. `frameTimeMs` is the device time of the latest frame; null before the first. */
  take(noteBytes: Uint8Array, frameTimeMs: number | null): LightReportErrorCode | null {
    const note = parseNote(noteBytes);
    if (!note) return 'light_report_malformed';
    if (frameTimeMs !== null && Math.abs(note.deviceTimeMs - frameTimeMs) > MAX_APART_MS) {
      return 'light_report_implausible';
    }
    if (!this.#isDue(note.shown)) return 'light_report_out_of_order';
    const lastMs = this.#slotStartsMs.at(-1) ?? this.#leadStartMs;
    if (lastMs !== null && note.deviceTimeMs <= lastMs) return 'light_report_out_of_order';
    if (note.exposureMs !== null) this.#exposureMs = note.exposureMs;
    if (note.shown === 'lead') this.#leadStartMs = note.deviceTimeMs;
    else if (note.shown === 'end') this.#codeEndMs = note.deviceTimeMs;
    else this.#slotStartsMs.push(note.deviceTimeMs);
    this.#fault ??= faultOfSchedule(this.#reported());
    return null;
  }

  /** Lets time pass, by the frames. */
  sawFrame(deviceTimeMs: number): void {
    this.#firstFrameMs ??= deviceTimeMs;
    if (this.#leadStartMs === null && deviceTimeMs - this.#firstFrameMs > BEGIN_WITHIN_MS) this.#gaveUp = true;
  }

  get state(): LightState {
    if (this.#fault) return 'faulty';
    return this.#leadStartMs === null ? 'not_shown' : 'shown';
  }

  get fault(): LightScheduleFault | null {
    return this.#fault;
  }

  get challenge(): LightChallenge {
    return this.#challenge;
  }

  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** What the frames are to be judged by at the moment; null when there is no light to be expected any more. */
  get schedule(): LightSchedule | null {
    return this.#fault || this.#gaveUp ? null : this.#reported();
  }

  #reported(): LightSchedule {
    return {
      challenge: this.#challenge,
      leadStartMs: this.#leadStartMs ?? NOT_YET_MS,
      slotStartsMs: [...this.#slotStartsMs],
      codeEndMs: this.#codeEndMs,
      latencyMs: this.#latencyMs,
      exposureMs: this.#exposureMs,
    };
  }

  #isDue(shown: LightNote['shown']): boolean {
    if (this.#codeEndMs !== null) return false;
    if (shown === 'lead') return this.#leadStartMs === null;
    if (this.#leadStartMs === null) return false;
    const seen = this.#slotStartsMs.length;
    return shown === 'end'
      ? seen === this.#challenge.slots.length
      : shown === seen && seen < this.#challenge.slots.length;
  }
}

function parseNote(bytes: Uint8Array): LightNote | null {
  try {
    const parsed = LightNoteSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Latency of a terminal that nothing is known of yet: a screen and a camera of 60 and 30 pictures a second. */
export const FIRST_LATENCY_MS = 40;
const MIN_LATENCY_MS = -60;
const MAX_LATENCY_MS = 200;
/** One scan moves the estimate by no more: a wrong reading, or somebody who relays, cannot carry it away. */
const MAX_STEP_MS = 10;
const SLOWEST_SHARE = 0.1;
/** An answer this late is worth a word in the log. */
export const LATE_WARNING_MS = 80;

/** The latency to expect next time, after a scan whose answer came `latenessMs` later than expected. */
export function nextLatencyMs(latencyMs: number, samples: number, latenessMs: number): number {
  const share = Math.max(SLOWEST_SHARE, 1 / (samples + 2));
  const stepMs = Math.max(-MAX_STEP_MS, Math.min(MAX_STEP_MS, latenessMs * share));
  return Math.max(MIN_LATENCY_MS, Math.min(MAX_LATENCY_MS, latencyMs + stepMs));
}
