import type { Frame } from '@smile/camera';
import type { ScanHint } from '@smile/contract';
import type { FaceMesh, FaceQuality, Iris } from '@smile/face';
import { DEFAULT_LIVENESS_POLICY, type FaceObservation, LIGHT_SLOT_COUNT, type LightSchedule } from '@smile/liveness';
import type { FaceFacts } from '../../faces/index.ts';
import type { LightAnswer, ScanPurpose } from '../model.ts';
import { Candidates } from './candidates.ts';
import type { FaceInView } from './face-choice.ts';
import { FaceFinder, type FoundFace } from './face-finder.ts';
import { type FaceState, hintFor, isMeasurable } from './guidance.ts';
import { headPose } from './head-pose.ts';
import { createLifeMeter, type LifeDecision, type LifeMeter } from './life-meter.ts';
import { PictureGate } from './picture-gate.ts';
import { PoseGuide } from './pose-guide.ts';
import { makeTemplate } from './template.ts';
import type {
  FaceReader,
  JudgedFrame,
  JudgeFindings,
  ScanProgress,
  ScanReason,
  ScanTemplate,
  ScanVerdict,
} from './types.ts';

export type JudgeOptions = {
  readonly purpose: ScanPurpose;
  /** Cosine below which two frames of one scan are not the same person: the threshold of a payment. */
  readonly samePersonFrom: number;
  /** Another meter of life, for tests of everything around it. */
  readonly createLifeMeter?: () => LifeMeter;
};

/** A decision needs this many measured frames over this long; asked again at each further checkpoint (liveness.md). */
const MIN_FRAMES = 5;
const CHECKPOINTS_MS = [350, 600, 700, 800, 900, 1_000, 1_100, 1_200];
const LATER_CHECKPOINTS_MS = 400;
/** Fewer frames than this over a whole light challenge cannot read it, however still the face. */
const MIN_LIGHT_FRAMES = 9;
/** The eyes are looked at in every second good frame, so that a blink does not decide, and a few times only. */
const EYES_EVERY = 2;
/** What was seen of the eyes says nothing about a picture later than this. */
const EYES_STAY_MS = 400;
const MOST_EYE_LOOKS = 5;
/** A refusal waits for a second look that says the same: a hand before the face passes. */
const ATTACK_FROM_MS = 900;
/** A face that was away for longer may be another one that came. */
const LOST_AFTER_MS = 700;
/** Between two frames a face does not move by more than its own width, nor change its size by half. */
const JUMP_WIDTHS = 1;
const JUMP_SCALE = 1.5;
const JUMP_WITHIN_MS = 250;
/** Frames kept for the template until the decision. */
const KEPT_FRAMES = 3;
/** So many are compared with each other at least: who is there has stayed the same. */
const MIN_COMPARED_FRAMES = 2;
/** Turned further than this, a face is not what the liveness cues were fitted on. */
const LIVENESS_YAW_DEG = 20;
const TEMPLATE_YAW_DEG = 18;
const TEMPLATE_PITCH_DEG = 22;

type Track = { readonly centreX: number; readonly centreY: number; readonly widthPx: number; readonly timeMs: number };

/**
 * Judges one scan, frame by frame: finds the guest's face, says what to mend, collects evidence of life and decides as
 * early as that allows. Keeps numbers, and at most a few pictures for the template, which are gone with the decision.
 * Calls must not overlap. Time is the device's own clock, which the frame chain keeps honest within bounds.
 */
export class ScanJudge {
  readonly #reader: FaceReader;
  readonly #options: JudgeOptions;
  readonly #finder: FaceFinder;
  #liveness: LifeMeter;
  #candidates = new Candidates(KEPT_FRAMES);
  readonly #gate: PictureGate;
  #quality: FaceQuality | null = null;
  #eyes: { readonly ratio: number; readonly timeMs: number } | null = null;
  #poses: PoseGuide | null = null;
  #track: Track | null = null;
  #goodTimesMs: number[] = [];
  #checkpoint = 0;
  #attackSuspected = false;
  #framesJudged = 0;
  #framesWithFace = 0;
  #depthSeen = false;
  #startedOver = false;
  #light: LightSchedule | null = null;
  #lightMissed = false;
  readonly #hints = new Map<ScanHint, number>();
  #verdict: ScanVerdict | null = null;

  constructor(reader: FaceReader, options: JudgeOptions) {
    this.#reader = reader;
    this.#options = options;
    this.#finder = new FaceFinder(reader);
    this.#gate = new PictureGate(options.purpose);
    this.#liveness = this.#newMeter();
  }

  /**
   * What the kiosk's screen has shown of its light code so far, on the clock of the frames; null where it shows none. Once
   * said, a scan is live only if the face answers in it.
   */
  showLight(schedule: LightSchedule | null): void {
    if (!this.#lightMissed) this.#useLight(schedule);
  }

  #useLight(schedule: LightSchedule | null): void {
    this.#light = schedule;
    this.#liveness.showLight(schedule);
  }

  /** After a verdict every further frame gets the same one. Throws only when the engine fails. */
  async judge(frame: Frame): Promise<JudgedFrame> {
    if (this.#verdict) return { progress: { hint: 'good', progress: 1, face: null }, verdict: this.#verdict };
    this.#framesJudged += 1;
    this.#depthSeen ||= frame.depth !== null;
    // A turned head moves too much to be carried along, and its pictures are wanted at their best.
    const found = await this.#finder.find(frame, { everyFrame: this.#poses !== null });
    if (found.kind === 'none') return this.#nobody(frame);
    this.#framesWithFace += 1;
    if (found.kind === 'unclear') return this.#nobody(frame);
    if (found.kind === 'ambiguous') {
      this.#startOver();
      return this.#answer(frame, 'one_person_please', found.face);
    }
    return this.#measure(frame, found);
  }

  /** No more frames will come: decides on what there is. */
  async end(): Promise<ScanVerdict> {
    if (this.#verdict) return this.#verdict;
    if (this.#framesWithFace === 0) {
      return this.#settle('no_face', [{ code: 'no_face', message: 'No face was in the picture.' }], null);
    }
    const decision = this.#liveness.decide();
    if (decision.outcome === 'live' && this.#goodTimesMs.length >= MIN_FRAMES && this.#canCompare) {
      const verdict = await this.#accept(decision);
      if (verdict) return verdict;
      // An enrolment whose frames end before its poses: the front will do.
      if (this.#poses) return this.#finishEnrolment(decision, this.#poses);
      return this.#settle(
        'undecided',
        [{ code: 'face_changed', message: 'The face changed during the scan.' }],
        decision,
      );
    }
    if (decision.outcome === 'attack') return this.#settle('attack', decision.reasons, decision);
    // What spoke for life does not explain why there were too few frames of it.
    const why = decision.outcome === 'live' ? [TOO_FEW_FRAMES] : decision.reasons;
    return this.#settle('undecided', [...this.#guidanceReasons(), ...why], decision);
  }

  /** Lets go of everything that was kept. */
  dispose(): void {
    this.#candidates.take();
    this.#poses = null;
    this.#liveness = this.#newMeter();
  }

  /** Pictures held at the moment: 0 after a verdict. */
  get keptFrames(): number {
    return this.#candidates.count + (this.#poses?.keptFrames ?? 0);
  }

  async #measure(frame: Frame, { face, mesh, isDetected }: FoundFace): Promise<JudgedFrame> {
    const { box } = face.detection;
    const { widthPx, heightPx } = frame.colour;
    const track: Track = {
      centreX: box.xPx + box.widthPx / 2,
      centreY: box.yPx + box.heightPx / 2,
      widthPx: box.widthPx,
      timeMs: frame.deviceTimeMs,
    };
    const speed = this.#follow(track);
    const quality = this.#qualityOf(frame, face, mesh, isDetected);
    const state: FaceState = {
      distanceMm: face.distanceMm,
      widthShare: box.widthPx / widthPx,
      centreX: track.centreX / widthPx,
      centreY: track.centreY / heightPx,
      luma: quality.luma,
      pose: headPose(mesh.points),
      speed,
    };
    const side = this.#poses?.wantsSide ?? false;
    const passes = isDetected && this.#gate.passes(quality, frame.deviceTimeMs);
    const guidance = hintFor(state, side);
    const hint = guidance === 'good' ? (this.#gate.hint ?? guidance) : guidance;
    if (!isMeasurable(state)) return this.#answer(frame, hint, face);

    const { yawDeg, pitchDeg } = state.pose;
    if (Math.abs(yawDeg) <= LIVENESS_YAW_DEG) {
      const boxPx = { x: box.xPx, y: box.yPx, width: box.widthPx, height: box.heightPx };
      const eyes = await this.#lookAtEyes(frame, mesh);
      const seen = this.#liveness.add(frame, { boxPx, meshPoints: mesh.points, ...eyes });
      if (seen.usable) {
        this.#goodTimesMs.push(frame.deviceTimeMs);
      }
      const frontal = Math.abs(yawDeg) <= TEMPLATE_YAW_DEG && Math.abs(pitchDeg) <= TEMPLATE_PITCH_DEG;
      // Only pictures the detector saw as a whole: they lie apart in time, and so does what is compared among them.
      if (passes && seen.usable && !seen.attackAlone && frontal && !this.#poses) {
        this.#candidates.offer({ image: frame.colour, detection: face.detection, quality: quality.overall });
      }
    }
    if (this.#poses) return this.#guidePose(frame, face, state, quality.overall, hint);
    const verdict = await this.#checkpointReached(frame.deviceTimeMs);
    return this.#answer(frame, hint, face, verdict);
  }

  /** Measured where the detector looked; a face carried along has the quality of that picture, at most 150 ms ago. */
  #qualityOf(frame: Frame, face: FaceInView, mesh: FaceMesh, isDetected: boolean): FaceQuality {
    if (this.#quality && !isDetected) return this.#quality;
    const fresh = this.#eyes && frame.deviceTimeMs - this.#eyes.timeMs <= EYES_STAY_MS;
    const eyeOpenRatio = fresh ? (this.#eyes?.ratio ?? null) : null;
    this.#quality = this.#reader.quality(frame.colour, face.detection, mesh, { eyeOpenRatio });
    return this.#quality;
  }

  /** How open the more open eye is, for people with one, and where the irises are; nothing for the frames between looks. */
  async #lookAtEyes(frame: Frame, mesh: FaceMesh): Promise<Pick<FaceObservation, 'eyeOpenRatio' | 'irisesPx'>> {
    if (this.#goodTimesMs.length % EYES_EVERY !== 0 || this.#goodTimesMs.length >= EYES_EVERY * MOST_EYE_LOOKS)
      return {};
    const { leftRatio, rightRatio, leftIris, rightIris } = await this.#reader.eyes(frame.colour, mesh);
    const ratio = Math.max(leftRatio, rightRatio);
    if (!Number.isFinite(ratio)) return {};
    this.#eyes = { ratio, timeMs: frame.deviceTimeMs };
    const point = ({ centre: { xPx, yPx } }: Iris) => ({ x: xPx, y: yPx });
    return { eyeOpenRatio: ratio, irisesPx: leftIris && rightIris && [point(leftIris), point(rightIris)] };
  }

  /** Enrolment, after the front: a look to either side. */
  async #guidePose(
    frame: Frame,
    face: FaceInView,
    state: FaceState,
    quality: number,
    hint: ScanHint,
  ): Promise<JudgedFrame> {
    const poses = this.#poses;
    if (!poses) throw new Error('no poses are being guided');
    poses.take(frame, face.detection, state.pose, quality);
    if (poses.wantsSide) return this.#answer(frame, hint === 'good' ? poses.hint : hint, face);
    const decision = this.#liveness.decide();
    if (decision.outcome === 'live') {
      const verdict = await this.#finishEnrolment(decision, poses);
      return this.#answer(frame, 'good', face, verdict);
    }
    const outcome = decision.outcome === 'attack' ? 'attack' : 'undecided';
    return this.#answer(frame, 'good', face, this.#settle(outcome, decision.reasons, decision));
  }

  async #checkpointReached(timeMs: number): Promise<ScanVerdict | null> {
    const [firstGoodMs] = this.#goodTimesMs;
    if (this.#goodTimesMs.length < MIN_FRAMES) return null;
    const spanMs = timeMs - firstGoodMs;
    if (spanMs < checkpointMs(this.#checkpoint)) return null;
    while (spanMs >= checkpointMs(this.#checkpoint)) this.#checkpoint += 1;
    let decision = this.#liveness.decide();
    if (this.#lightIsOver(timeMs) && asksForLight(decision)) {
      if (!this.#lightWasMissed(decision)) return this.#settle('undecided', decision.reasons, decision);
      // The guest cannot help a camera that slept: what the shape says must do, and the payment asks for the PIN.
      this.#lightMissed = true;
      this.#useLight(null);
      decision = this.#liveness.decide();
    }
    if (decision.outcome === 'live') {
      this.#attackSuspected = false;
      if (!this.#canCompare) return null;
      const verdict = await this.#accept(decision);
      if (!verdict && !this.#poses) this.#startOver();
      return verdict;
    }
    if (decision.outcome === 'attack' && spanMs >= ATTACK_FROM_MS && this.#attackSuspected) {
      return this.#settle('attack', decision.reasons, decision);
    }
    this.#attackSuspected = decision.outcome === 'attack';
    return null;
  }

  /** No frame will show more of it: whoever looks on waits for nothing. */
  #lightIsOver(timeMs: number): boolean {
    const { codeEndMs, challenge } = this.#light ?? { codeEndMs: null };
    return codeEndMs !== null && timeMs > codeEndMs + challenge.tailMs;
  }

  /** Whether the light went by while hardly a frame was looked at, as on a busy machine; else the face did not answer. */
  #lightWasMissed({ cues }: LifeDecision): boolean {
    const { leadStartMs = 0 } = this.#light ?? {};
    const frames = this.#goodTimesMs.filter((timeMs) => timeMs >= leadStartMs).length;
    const slotsSeen = cues?.lightCode?.slotsSeen ?? LIGHT_SLOT_COUNT;
    return frames < MIN_LIGHT_FRAMES || slotsSeen < DEFAULT_LIVENESS_POLICY.minLightSlots;
  }

  /** Whether there are pictures to compare; an enrolment at its poses has compared those of the front. */
  get #canCompare(): boolean {
    return this.#poses !== null || this.#candidates.count >= MIN_COMPARED_FRAMES;
  }

  /** Null when the frames kept do not agree on one person, or when an enrolment goes on with its poses. */
  async #accept(decision: LifeDecision): Promise<ScanVerdict | null> {
    if (this.#poses) return this.#finishEnrolment(decision, this.#poses);
    const template = await makeTemplate(this.#reader, this.#candidates.take(), this.#options.samePersonFrom);
    if (!template) return null;
    if (this.#options.purpose !== 'enrolment') {
      const { frames: _, ...closed } = template;
      return this.#settle('live', decision.reasons, decision, closed);
    }
    this.#poses = new PoseGuide(template);
    return null;
  }

  async #finishEnrolment(decision: LifeDecision, poses: PoseGuide): Promise<ScanVerdict> {
    const template = await poses.finish(this.#reader, this.#options.samePersonFrom);
    const reasons: ScanReason[] = [...decision.reasons];
    if (template.poseCount === 1) {
      reasons.push({ code: 'single_pose', message: 'Only the front of the face was seen.' });
    }
    return this.#settle('live', reasons, decision, template);
  }

  #nobody(frame: Frame): JudgedFrame {
    if (this.#track && frame.deviceTimeMs - this.#track.timeMs > LOST_AFTER_MS) this.#startOver();
    return this.#answer(frame, 'look_here', null);
  }

  /** Keeps to one face; answers its speed in face widths a second. Somebody else's face begins the evidence anew. */
  #follow(track: Track): number | null {
    const last = this.#track;
    this.#track = track;
    if (!last) return null;
    const elapsedMs = track.timeMs - last.timeMs;
    const moved = Math.hypot(track.centreX - last.centreX, track.centreY - last.centreY) / last.widthPx;
    const scale = Math.max(track.widthPx / last.widthPx, last.widthPx / track.widthPx);
    const allowance = Math.max(1, elapsedMs / JUMP_WITHIN_MS);
    if (elapsedMs > LOST_AFTER_MS || moved > JUMP_WIDTHS * allowance || scale > JUMP_SCALE * allowance) {
      this.#startOver();
      this.#track = track;
    }
    return (moved * 1_000) / Math.max(1, elapsedMs);
  }

  #newMeter(): LifeMeter {
    const meter = (this.#options.createLifeMeter ?? createLifeMeter)();
    if (this.#light) meter.showLight(this.#light);
    return meter;
  }

  #startOver(): void {
    this.#startedOver ||= this.#goodTimesMs.length > 0;
    this.#candidates.take();
    this.#poses = null;
    this.#liveness = this.#newMeter();
    this.#track = null;
    this.#goodTimesMs = [];
    this.#checkpoint = 0;
    this.#attackSuspected = false;
  }

  #answer(frame: Frame, hint: ScanHint, face: FaceInView | null, verdict: ScanVerdict | null = null): JudgedFrame {
    this.#hints.set(hint, (this.#hints.get(hint) ?? 0) + 1);
    return {
      progress: {
        hint,
        progress: verdict ? 1 : this.#progress(frame.deviceTimeMs),
        face: face && shareOf(frame, face),
      },
      verdict,
    };
  }

  #progress(timeMs: number): number {
    const frames = this.#goodTimesMs.length / MIN_FRAMES;
    const [firstGoodMs = timeMs] = this.#goodTimesMs;
    const time = (timeMs - firstGoodMs) / CHECKPOINTS_MS[0];
    const front = Math.min(0.95, frames, time);
    if (this.#options.purpose !== 'enrolment') return front;
    return this.#poses ? 0.5 + 0.45 * this.#poses.share : front / 2;
  }

  #settle(
    outcome: ScanVerdict['outcome'],
    reasons: readonly ScanReason[],
    decision: LifeDecision | null,
    template: ScanTemplate | null = null,
  ): ScanVerdict {
    const lab = this.#options.purpose === 'lab';
    this.#verdict = {
      outcome,
      reasons: reasons.slice(0, 10).map(({ code, message }) => ({ code, message })),
      livenessNats: decision?.evidenceNats ?? null,
      framesJudged: this.#framesJudged,
      framesUsed: decision?.framesUsed ?? 0,
      depthUsed: this.#depthSeen && (decision?.framesUsed ?? 0) > 0,
      light: answerOf(decision),
      lightMissed: this.#lightMissed,
      // In the lab it was made all the same, as for a payment, and goes no further.
      template: template && !lab ? { ...template, facts: factsOf(decision) } : null,
      findings: lab ? findingsOf(decision) : null,
    };
    this.dispose();
    return this.#verdict;
  }

  /** What was asked of the guest most of the time, for a scan that came to nothing. */
  #guidanceReasons(): ScanReason[] {
    const [most] = [...this.#hints].filter(([hint]) => hint in GUIDANCE_WORDS).sort((a, b) => b[1] - a[1]);
    const reasons: ScanReason[] = [];
    if (most && most[1] >= this.#framesJudged / 3) {
      reasons.push({ code: most[0], message: GUIDANCE_WORDS[most[0] as keyof typeof GUIDANCE_WORDS] });
    }
    if (this.#startedOver) reasons.push({ code: 'face_changed', message: 'The face changed during the scan.' });
    return reasons;
  }
}

const TOO_FEW_FRAMES: ScanReason = {
  code: 'too_few_frames',
  message: 'There are too few usable pictures to decide.',
};

const GUIDANCE_WORDS = {
  look_here: 'The face did not look at the camera.',
  come_closer: 'The face was too far away.',
  move_back: 'The face was too close.',
  one_person_please: 'More than one person stood before the camera.',
  centre_your_face: 'The face was not in the middle of the picture.',
  hold_still: 'The face moved too much.',
  more_light: 'There was too little light.',
  less_light: 'There was too much light.',
  even_light: 'The light came from one side only.',
  uncover_your_face: 'Something covered a part of the face.',
  open_your_eyes: 'The eyes were shut.',
} as const satisfies Partial<Record<ScanHint, string>>;

/** Whether all that is wanting is an answer to the light. */
function asksForLight({ outcome, reasons }: LifeDecision): boolean {
  return outcome === 'undecided' && reasons.some(({ code }) => code === 'light_unreadable' || code === 'light_running');
}

function answerOf(decision: LifeDecision | null): LightAnswer | null {
  const { lightCode, lightShape } = decision?.cues ?? {};
  if (!lightCode) return null;
  const { nats, explainedShare, gain, latenessMs, slotsSeen } = lightCode;
  return { nats, explainedShare, gain, latenessMs, slotsSeen, slope: lightShape?.slope ?? null };
}

function findingsOf(decision: LifeDecision | null): JudgeFindings {
  const { lightCode, lightShape, ...cues } = decision?.cues ?? {};
  const light = { lightExplainedShare: lightCode?.explainedShare, lightLatenessMs: lightCode?.latenessMs };
  const numbers = Object.entries({ ...cues, ...light, lightSlope: lightShape?.slope });
  return {
    evidence: { ...decision?.evidence },
    measured: Object.fromEntries(numbers.filter((entry): entry is [string, number] => Number.isFinite(entry[1]))),
    reasons: (decision?.reasons ?? [])
      .slice(0, 10)
      .map(({ code, message, value = null, unit = null, threshold = null }) => ({
        code,
        message,
        value,
        unit,
        threshold,
      })),
  };
}

function factsOf(decision: LifeDecision | null): FaceFacts {
  return { ipdMm: decision?.cues?.ipdMm ?? null, faceWidthMm: decision?.cues?.faceWidthMm ?? null };
}

function checkpointMs(index: number): number {
  return index < CHECKPOINTS_MS.length
    ? CHECKPOINTS_MS[index]
    : (CHECKPOINTS_MS.at(-1) ?? 0) + (index - CHECKPOINTS_MS.length + 1) * LATER_CHECKPOINTS_MS;
}

function shareOf(frame: Frame, face: FaceInView): NonNullable<ScanProgress['face']> {
  const { widthPx, heightPx } = frame.colour;
  const { box } = face.detection;
  const unit = (value: number) => Math.min(1, Math.max(0, value));
  const x = unit(box.xPx / widthPx);
  const y = unit(box.yPx / heightPx);
  return {
    x,
    y,
    width: unit((box.xPx + box.widthPx) / widthPx) - x,
    height: unit((box.yPx + box.heightPx) / heightPx) - y,
  };
}
