import type { Frame } from '@smile/camera';
import { NEUTRAL_POSE, type Rgb, type Subject } from '../scene-types.ts';
import type { Exposure } from '../sensor/colour-camera.ts';
import { idleMotion, MOTION_PERIOD_MS, type MotionOptions } from './motion.ts';
import { type Shot, type Studio, shotBytes } from './shot.ts';

const MOST_POSES = 28;
const FEWEST_POSES = 8;
/** What the shots of one loop may take; near people fill more of the picture and get fewer poses. */
const LOOP_BYTES = 90 * 1024 ** 2;

export type PoseLoopOptions = Omit<MotionOptions, 'amount'> & {
  readonly studio: Studio;
  readonly subject: Subject | null;
  /** Locked; without it the first shot decides. */
  readonly exposure?: Exposure;
};

/**
 * Somebody who moves on and on: a round of poses is rendered once, bit by bit, and every frame takes one of them with
 * fresh noise. While the round is not complete, frames go to and fro over the poses there are, so that nothing jumps.
 */
export class PoseLoop {
  readonly exposure: Exposure;
  readonly #studio: Studio;
  readonly #subject: Subject | null;
  readonly #motion: ReturnType<typeof idleMotion>;
  readonly #shots: Shot[] = [];
  readonly #poseCount: number;
  #steps: Generator<void, Shot, void> | null = null;

  /** Renders the first pose, which takes a few tenths of a second. */
  constructor(options: PoseLoopOptions) {
    const { studio, subject, exposure, ...motion } = options;
    this.#studio = studio;
    this.#subject = subject;
    this.#motion = idleMotion(motion);
    const first = studio.render(subject, subject ? this.#motion(0) : NEUTRAL_POSE);
    this.#shots.push(first);
    this.exposure = exposure ?? first.exposure;
    const affordable = Math.floor(LOOP_BYTES / shotBytes(first));
    this.#poseCount = subject ? Math.min(MOST_POSES, Math.max(FEWEST_POSES, affordable)) : 1;
  }

  get complete(): boolean {
    return this.#shots.length === this.#poseCount;
  }

  /** Works on the next pose for about this long; returns when the time is over or nothing is left to do. */
  work(budgetMs: number): void {
    const endMs = performance.now() + budgetMs;
    while (!this.complete && performance.now() < endMs) {
      const timeMs = (this.#shots.length * MOTION_PERIOD_MS) / this.#poseCount;
      this.#steps ??= this.#studio.renderInSteps(this.#subject, this.#motion(timeMs));
      const step = this.#steps.next();
      if (!step.done) continue;
      this.#shots.push(step.value);
      this.#steps = null;
    }
  }

  take(options: {
    readonly sequence: number;
    readonly deviceTimeMs: number;
    readonly noiseSeed: number;
    /** Of the camera's automatics; without them the loop's own exposure stays. */
    readonly exposure?: Exposure;
    readonly balance?: Rgb;
    readonly screenColour?: Rgb | ((row: number) => Rgb);
  }): Frame {
    const step = Math.floor((options.deviceTimeMs * this.#poseCount) / MOTION_PERIOD_MS);
    return this.#studio.take(this.#shots[this.#indexAt(step)], {
      ...options,
      exposure: options.exposure ?? this.exposure,
    });
  }

  #indexAt(step: number): number {
    const there = this.#shots.length;
    if (this.complete) return step % there;
    const span = Math.max(1, 2 * there - 2);
    const at = step % span;
    return at < there ? at : span - at;
  }
}
