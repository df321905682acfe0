import type { Frame } from '@smile/camera';
import type { ScanHint } from '@smile/contract';
import { type FaceDetection, similarity, type TemplateFrame, weightedMean } from '@smile/face';
import { Candidates } from './candidates.ts';
import type { HeadPose } from './head-pose.ts';
import type { OpenTemplate } from './template.ts';
import type { FaceReader, ScanTemplate } from './types.ts';

/** So far a head has to turn, and so far it may. */
const MIN_YAW_DEG = 12;
const MAX_YAW_DEG = 38;
const FRAMES_A_SIDE = 2;
/** A guest who does not turn is asked the other way round, then left in peace: the front alone will do. */
const ASK_AGAIN_AFTER_MS = 2_500;
const GIVE_UP_AFTER_MS = 5_000;
/** Payments are made looking straight ahead: the mean stays near the front. */
const TURNED_WEIGHT = 0.5;
/** A turned face resembles its front less than another front does; still far above what strangers reach. */
const TURNED_SIMILARITY_SHARE = 0.7;

type Side = { readonly frames: Candidates; signOfYaw: number; startedMs: number | null; done: boolean };

/**
 * The second part of an enrolment: a look to the left and one to the right, in whichever order the guest does it. Left
 * is the guest's own, which is the image's right. What is not shown in time is done without.
 */
export class PoseGuide {
  readonly #front: OpenTemplate;
  readonly #sides: Side[] = [1, -1].map((signOfYaw) => ({
    frames: new Candidates(FRAMES_A_SIDE),
    signOfYaw,
    startedMs: null,
    done: false,
  }));
  #askedForMs = 0;
  /** The guest takes left for right (or follows a mirror): from then on the words are exchanged. */
  #mirrored = false;

  constructor(front: OpenTemplate) {
    this.#front = front;
  }

  get wantsSide(): boolean {
    return this.#sides.some((side) => !side.done);
  }

  /** 0..1 of the sides. */
  get share(): number {
    return this.#sides.filter((side) => side.done).length / this.#sides.length;
  }

  get keptFrames(): number {
    return this.#sides.reduce((sum, side) => sum + side.frames.count, 0);
  }

  get hint(): ScanHint {
    const wanted = this.#sides.find((side) => !side.done);
    if (!wanted) return 'good';
    return this.#signAskedFor(wanted) > 0 ? 'turn_left' : 'turn_right';
  }

  #signAskedFor(side: Side): number {
    const otherWord = this.#mirrored !== this.#askedForMs > ASK_AGAIN_AFTER_MS;
    return otherWord ? -side.signOfYaw : side.signOfYaw;
  }

  take(frame: Frame, detection: FaceDetection, pose: HeadPose, quality: number): void {
    const wanted = this.#sides.find((side) => !side.done);
    if (!wanted) return;
    wanted.startedMs ??= frame.deviceTimeMs;
    this.#askedForMs = frame.deviceTimeMs - wanted.startedMs;
    const turned = Math.abs(pose.yawDeg);
    const side = this.#sides.find((other) => !other.done && Math.sign(pose.yawDeg) === other.signOfYaw);
    if (side && turned >= MIN_YAW_DEG && turned <= MAX_YAW_DEG) {
      side.frames.offer({ image: frame.colour, detection, quality });
      if (side.frames.count < FRAMES_A_SIDE) return;
      this.#mirrored = side.signOfYaw !== this.#signAskedFor(wanted);
      this.#finishSide(side);
    } else if (this.#askedForMs > GIVE_UP_AFTER_MS) {
      this.#finishSide(wanted);
    }
  }

  /** The whole template; sides that are missing or do not resemble the front are left out. */
  async finish(reader: FaceReader, samePersonFrom: number): Promise<ScanTemplate> {
    const front = this.#front;
    const poses = [...front.poses];
    const frames = [...front.frames];
    let frameCount = front.frameCount;
    for (const side of this.#sides) {
      const own: TemplateFrame[] = [];
      for (const frame of side.frames.take()) {
        const raw = await reader.embedRaw(frame.image, frame.detection);
        const alike = similarity(reader.finishEmbedding(raw), front.mean);
        if (alike >= TURNED_SIMILARITY_SHARE * samePersonFrom) own.push({ raw, quality: frame.quality });
      }
      if (own.length === 0) continue;
      poses.push(reader.finishEmbedding(weightedMean(own)));
      frames.push(...own.map(({ raw, quality }) => ({ raw, quality: TURNED_WEIGHT * quality })));
      frameCount += own.length;
    }
    return { mean: reader.finishEmbedding(weightedMean(frames)), poses, frameCount, poseCount: poses.length };
  }

  #finishSide(side: Side): void {
    side.done = true;
    this.#askedForMs = 0;
    for (const other of this.#sides) other.startedMs = null;
  }
}
