import { createHash } from 'node:crypto';
import type { CameraInfo } from '@smile/camera';
import { type ColourLock, type LightNote, LightNoteSchema } from '@smile/contract';
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
  readonly #latency: ExpectedLatency;
  #leadStartMs: number | null = null;
  readonly #slotStartsMs: number[] = [];
  #codeEndMs: number | null = null;
  #exposureMs = DEFAULT_EXPOSURE_MS;
  #colourLock: ColourLock | null = null;
  #fault: LightScheduleFault | null = null;
  #firstFrameMs: number | null = null;
  #gaveUp = false;

  constructor(challenge: LightChallenge, latency: ExpectedLatency) {
    this.#challenge = challenge;
    this.#latency = latency;
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
    // One colour under a camera that followed it is enough to say so.
    if (note.colourLock && (this.#colourLock ?? 'locked') === 'locked') this.#colourLock = note.colourLock;
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

  /** Whether the camera's exposure and white balance were held under the colours; null where the terminal did not say. */
  get colourLock(): ColourLock | null {
    return this.#colourLock;
  }

  get fault(): LightScheduleFault | null {
    return this.#fault;
  }

  get challenge(): LightChallenge {
    return this.#challenge;
  }

  /** When the rest colour was painted, from the first frame on: below 0 where it was there before; null where it never was. */
  get leadAfterFirstFrameMs(): number | null {
    return this.#leadStartMs === null || this.#firstFrameMs === null ? null : this.#leadStartMs - this.#firstFrameMs;
  }

  /** False while the terminal's latency is still being learned. */
  get knowsLatency(): boolean {
    return this.#latency.searchMs <= KNOWN_SEARCH_MS;
  }

  get latencyMs(): number {
    return this.#latency.latencyMs;
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
      latencyMs: this.#latency.latencyMs,
      latencySearchMs: this.#latency.searchMs,
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

/** What is known of a terminal's latency, and with which camera it was learned. */
export type LightCalibration = { readonly latencyMs: number; readonly samples: number; readonly camera: string };

/** Latency to expect, and how far around it the answer is looked for. */
export type ExpectedLatency = { readonly latencyMs: number; readonly searchMs: number };

/**
 * Of a terminal that nothing is known of: its screen shows a paint after some 50 ms, and its camera delivers frames
 * 0 to 120 ms after their exposure, which on the terminal's clock is latency too. Looked for widely.
 */
const UNKNOWN_LATENCY: ExpectedLatency = { latencyMs: 90, searchMs: 130 };
/** From so many genuine scans on a terminal is known; what is left is how well a few frames tell the camera's clock. */
const KNOWN_FROM_SAMPLES = 5;
export const KNOWN_SEARCH_MS = 30;
const MIN_LATENCY_MS = UNKNOWN_LATENCY.latencyMs - UNKNOWN_LATENCY.searchMs;
const MAX_LATENCY_MS = UNKNOWN_LATENCY.latencyMs + UNKNOWN_LATENCY.searchMs;
/** Once known, one scan moves the estimate by no more: a wrong reading, or somebody who relays, cannot carry it away. */
const MAX_STEP_MS = 10;
const SLOWEST_SHARE = 0.1;
/** An answer this late is worth a word in the log. */
export const LATE_WARNING_MS = 80;

/** Tells cameras apart: another model, another piece of it, or another driver is another latency. */
export function cameraKey({ driver, model, serial }: Pick<CameraInfo, 'driver' | 'model' | 'serial'>): string {
  return [driver, model, serial ?? ''].join('/');
}

export function expectedLatency(calibration: LightCalibration | null, camera: string): ExpectedLatency {
  if (!calibration || calibration.camera !== camera) return UNKNOWN_LATENCY;
  const { latencyMs, samples } = calibration;
  return { latencyMs, searchMs: samples < KNOWN_FROM_SAMPLES ? UNKNOWN_LATENCY.searchMs : KNOWN_SEARCH_MS };
}

/** The latency to expect next time, after a scan whose answer came `latenessMs` later than expected. */
export function nextLatencyMs(latencyMs: number, samples: number, latenessMs: number): number {
  const share = Math.max(SLOWEST_SHARE, 1 / (samples + 1));
  const limitMs = samples < KNOWN_FROM_SAMPLES ? UNKNOWN_LATENCY.searchMs : MAX_STEP_MS;
  const stepMs = Math.max(-limitMs, Math.min(limitMs, latenessMs * share));
  return Math.max(MIN_LATENCY_MS, Math.min(MAX_LATENCY_MS, latencyMs + stepMs));
}
