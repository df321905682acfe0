import type { ScanHint } from '@smile/contract';
import { type FaceQuality, QUALITY_GATES, type QualityComponent, qualityFaults } from '@smile/face';
import type { ScanPurpose } from '../model.ts';

/** Guidance asks for these by the measured distance and the pose, and who stands beside is told by the choice of the face. */
const LEFT_TO_GUIDANCE: readonly QualityComponent[] = ['pose', 'eyeDistance', 'onePerson'];
/**
 * Whoever cannot give the picture that an enrolment wants (the light of this shop, a face that is hard to see) is taken
 * as payments take everybody after this long: better a plainer template than a person turned away.
 */
const ENROLMENT_PATIENCE_MS = 8_000;

/** Whether pictures of this scan are good enough to compare by, and what to mend when they are not. */
export class PictureGate {
  readonly #isEnrolment: boolean;
  #firstMs: number | null = null;
  #hint: ScanHint | null = null;

  constructor(purpose: ScanPurpose) {
    this.#isEnrolment = purpose === 'enrolment';
  }

  /** What the last picture that was looked at asks for; null when it was good. */
  get hint(): ScanHint | null {
    return this.#hint;
  }

  /** Whether a template may be made of this picture. */
  passes(quality: FaceQuality, timeMs: number): boolean {
    this.#firstMs ??= timeMs;
    const strict = this.#isEnrolment && timeMs - this.#firstMs < ENROLMENT_PATIENCE_MS;
    const gate = QUALITY_GATES[strict ? 'enrolment' : 'verification'];
    const [worst] = qualityFaults(quality, gate, LEFT_TO_GUIDANCE);
    this.#hint = worst?.hint ?? null;
    return !worst;
  }
}
