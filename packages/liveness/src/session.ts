import type { Frame } from '@smile/camera';
import { DEFAULT_LIVENESS_POLICY, decide, type LivenessDecision, type LivenessPolicy } from './decide.ts';
import type { FaceObservation } from './landmarks.ts';
import type { LightSchedule } from './light/schedule.ts';
import { type FrameCues, type ObserveOptions, observeFrame } from './observe.ts';

/** A second of frames decides; more than this only costs memory. */
const DEFAULT_MAX_FRAMES = 90;

export type LivenessSessionOptions = Pick<ObserveOptions, 'screen'> & {
  readonly policy?: LivenessPolicy;
  readonly maxFrames?: number;
};

/** One scan, frame by frame. Keeps numbers only, never pictures, and of the latest frames only. */
export class LivenessSession {
  readonly #policy: LivenessPolicy;
  readonly #maxFrames: number;
  readonly #screen: ObserveOptions['screen'];
  #light: LightSchedule | null = null;
  #frames: FrameCues[] = [];

  constructor(options: LivenessSessionOptions = {}) {
    this.#screen = options.screen;
    this.#policy = options.policy ?? DEFAULT_LIVENESS_POLICY;
    this.#maxFrames = options.maxFrames ?? DEFAULT_MAX_FRAMES;
  }

  /** Takes the cues of a frame and remembers them. */
  add(frame: Frame, face: FaceObservation, options: Pick<ObserveOptions, 'infrared'> = {}): FrameCues {
    const cues = observeFrame(frame, face, { ...options, screen: this.#screen });
    this.addCues(cues);
    return cues;
  }

  /** For cues that were taken elsewhere, in a worker for instance. */
  addCues(cues: FrameCues): void {
    this.#frames.push(cues);
    if (this.#frames.length > this.#maxFrames) this.#frames.shift();
  }

  /**
   * What the screen shows during this scan, as far as it has been painted; said again whenever more is known. From the
   * first call on, a decision demands an answer to it (see `LivenessPolicy.light`). Null takes it back.
   */
  showLight(schedule: LightSchedule | null): void {
    this.#light = schedule;
  }

  get frameCount(): number {
    return this.#frames.length;
  }

  /** May be asked at any time; the answer changes as frames come. */
  decide(): LivenessDecision {
    return decide(this.#frames, this.#policy, { light: this.#light });
  }
}
