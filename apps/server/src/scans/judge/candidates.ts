import type { ColourImage } from '@smile/camera';
import type { FaceDetection } from '@smile/face';

/** A frame whose face may become part of the template. The only pictures that outlive their frame, until the decision. */
export type Candidate = {
  readonly image: ColourImage;
  readonly detection: FaceDetection;
  /** FaceQuality.overall: ranks the frames of a scan and weighs them in the template. */
  readonly quality: number;
};

/** Keeps the best few frames seen so far; the others are let go at once. */
export class Candidates {
  readonly #capacity: number;
  #best: Candidate[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  offer(candidate: Candidate): void {
    if (this.#best.length >= this.#capacity && candidate.quality <= (this.#best.at(-1)?.quality ?? 0)) return;
    this.#best.push(candidate);
    this.#best.sort((a, b) => b.quality - a.quality);
    this.#best.length = Math.min(this.#best.length, this.#capacity);
  }

  get count(): number {
    return this.#best.length;
  }

  /** Hands the frames out, best first, and forgets them. */
  take(): Candidate[] {
    const best = this.#best;
    this.#best = [];
    return best;
  }
}
