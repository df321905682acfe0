import type { ColourImage } from '@smile/camera';
import type { FaceDetection } from '@smile/face';

/** A frame whose face may become part of the template. The only pictures that outlive their frame, until the decision. */
export type Candidate = {
  readonly image: ColourImage;
  readonly detection: FaceDetection;
  readonly score: number;
};

/** Keeps the best few frames seen so far; the others are let go at once. */
export class Candidates {
  readonly #capacity: number;
  #best: Candidate[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  offer(candidate: Candidate): void {
    if (this.#best.length >= this.#capacity && candidate.score <= (this.#best.at(-1)?.score ?? 0)) return;
    this.#best.push(candidate);
    this.#best.sort((a, b) => b.score - a.score);
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

/**
 * How fit a frame is for the template: sharp, turned the way that is wanted, and large up to the size from which the
 * embedder's crop (224 px over some 1.5 face widths) gains nothing. Compares frames of one scan.
 */
export function candidateScore(view: {
  readonly sharpness: number;
  readonly faceWidthPx: number;
  readonly offPoseDeg: number;
}): number {
  const size = Math.min(1, view.faceWidthPx / 150);
  const pose = Math.max(0, 1 - view.offPoseDeg / 45);
  return view.sharpness * size * pose * pose;
}
