import type { Frame } from '@smile/camera';
import { DEFAULT_LIVENESS_POLICY, decide, type LivenessDecision, type LivenessPolicy } from './decide.ts';
import type { FaceObservation } from './landmarks.ts';
import { type FrameCues, observeFrame } from './observe.ts';

/** A second of frames decides; more than this only costs memory. */
const DEFAULT_MAX_FRAMES = 90;

/** One scan, frame by frame. Keeps numbers only, never pictures, and of the latest frames only. */
export class LivenessSession {
  readonly #policy: LivenessPolicy;
  readonly #maxFrames: number;
  #frames: FrameCues[] = [];

  constructor(options: { readonly policy?: LivenessPolicy; readonly maxFrames?: number } = {}) {
    this.#policy = options.policy ?? DEFAULT_LIVENESS_POLICY;
    this.#maxFrames = options.maxFrames ?? DEFAULT_MAX_FRAMES;
  }

  /** Takes the cues of a frame and remembers them. */
  add(frame: Frame, face: FaceObservation): FrameCues {
    const cues = observeFrame(frame, face);
    this.addCues(cues);
    return cues;
  }

  /** For cues that were taken elsewhere, in a worker for instance. */
  addCues(cues: FrameCues): void {
    this.#frames.push(cues);
    if (this.#frames.length > this.#maxFrames) this.#frames.shift();
  }

  get frameCount(): number {
    return this.#frames.length;
  }

  /** May be asked at any time; the answer changes as frames come. */
  decide(): LivenessDecision {
    return decide(this.#frames, this.#policy);
  }
}
