import type { FrameSigner } from '@smile/camera';
import type { ColourLock, LightNote, LocalLight, LocalPainted } from '@smile/contract';
import {
  LIGHT_PALETTE,
  type LightChallenge,
  type LinearRgb,
  MIN_PAUSE_BETWEEN_CHALLENGES_MS,
  toCssColour,
} from '@smile/liveness';

/** A message that seems to have been under way for longer comes from a page whose clock is another. */
const LONGEST_WAY_MS = 500;
/** The first frame may have come late; so many together tell the clock. */
const FRAMES_TO_TELL_THE_CLOCK = 3;
/** Frames whose arrival is compared with their time stamps: the quickest of them had the least delay on the way. */
const CLOCK_FRAMES = 20;

/** Brings times of this process to the clock that stamps the frames. */
export class DeviceClock {
  readonly #offsetsMs: number[] = [];

  sawFrame(deviceTimeMs: number, arrivedAtMs: number): void {
    this.#offsetsMs.push(arrivedAtMs - deviceTimeMs);
    if (this.#offsetsMs.length > CLOCK_FRAMES) this.#offsetsMs.shift();
  }

  /** Null before the first frames. */
  deviceTimeMs(localMs: number): number | null {
    return this.#offsetsMs.length < FRAMES_TO_TELL_THE_CLOCK ? null : localMs - Math.min(...this.#offsetsMs);
  }
}

/** Keeps two challenges before the same eyes apart, whichever page shows them and however often it is loaded anew. */
export class LightPause {
  #endedAtMs = Number.NEGATIVE_INFINITY;

  /** A scan is over in which light was shown; a page that is in the midst of it stops now. */
  ended(nowMs: number): void {
    this.#endedAtMs = nowMs;
  }

  /** How long a challenge that is known now has to wait for its first colour. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#endedAtMs + MIN_PAUSE_BETWEEN_CHALLENGES_MS - nowMs);
  }
}

/** What the page is told of a challenge. */
export function lightForPage(challenge: LightChallenge, pauseMs = 0): LocalLight {
  const { slots, slotMs, leadMs, tailMs } = challenge;
  const colours = slots.map((name) => toCssColour(LIGHT_PALETTE[name]));
  return { type: 'light', rest: toCssColour(LIGHT_PALETTE.grey), slots: colours, slotMs, leadMs, tailMs, pauseMs };
}

export type LightReporterOptions = {
  readonly challenge: LightChallenge;
  readonly clock: DeviceClock;
  readonly signer: Pick<FrameSigner, 'signNote'>;
  readonly send: (message: Uint8Array) => void;
  /** Told when the rest colour stands, and for how long it has: the first colour follows after the lead. */
  readonly onLead?: (sinceMs: number) => void;
  /** Whether the camera's automatics are held now. */
  readonly colourLock?: () => ColourLock;
  /** Told what the screen shows since when, for a simulated scene to be lit by. */
  readonly onColour?: (colour: LinearRgb, sinceUnixMs: number) => void;
  readonly now?: () => number;
  readonly unixNow?: () => number;
};

/**
 * Passes on what the page says it has painted, as signed notes in the frame chain. Only what is due is taken: a page that
 * stammers is ignored, and the server sees that something is missing.
 */
export class LightReporter {
  readonly #options: LightReporterOptions;
  readonly #waiting: { readonly shown: LocalPainted['shown']; readonly atMs: number }[] = [];
  #due: LocalPainted['shown'] | null = 'lead';

  constructor(options: LightReporterOptions) {
    this.#options = options;
  }

  painted({ shown, agoMs, sentAtUnixMs }: LocalPainted): void {
    if (shown !== this.#due) return;
    const { challenge, onColour, onLead, now = () => performance.now(), unixNow = () => Date.now() } = this.#options;
    const unixMs = unixNow();
    const wayMs = sentAtUnixMs === undefined ? 0 : unixMs - sentAtUnixMs;
    const sinceMs = agoMs + (wayMs > 0 && wayMs <= LONGEST_WAY_MS ? wayMs : 0);
    const last = challenge.slots.length - 1;
    this.#due = shown === 'lead' ? 0 : shown === 'end' ? null : shown === last ? 'end' : shown + 1;
    const colour = typeof shown === 'number' ? challenge.slots[shown] : 'grey';
    onColour?.(LIGHT_PALETTE[colour], unixMs - sinceMs);
    if (shown === 'lead') onLead?.(sinceMs);
    this.#waiting.push({ shown, atMs: now() - sinceMs });
    this.flush();
  }

  /** Sends what waits for the first frames, whose clock it needs. */
  flush(): void {
    const { clock, signer, send, colourLock } = this.#options;
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const deviceTimeMs = clock.deviceTimeMs(first.atMs);
      if (deviceTimeMs === null) return;
      this.#waiting.shift();
      const { shown } = first;
      const held = typeof shown === 'number' ? (colourLock?.() ?? null) : null;
      const note: LightNote = { type: 'light', shown, deviceTimeMs, exposureMs: null, colourLock: held };
      send(signer.signNote(new TextEncoder().encode(JSON.stringify(note))));
    }
  }
}
