import { DEPTH_SHAPE_CALIBRATION, type DepthShapeCalibration, shapeEvidenceNats } from './depth-crop.ts';
import {
  type CheckpointCalibration,
  type CueName,
  checkpointAt,
  evidenceOf,
  FUSION_CALIBRATION,
  type FusionCalibration,
  LIGHT_CUES,
  softAndNats,
} from './evidence.ts';
import type { LightSchedule } from './light/schedule.ts';
import type { FrameCues, FrameProblemCode } from './observe.ts';
import { type ScanCues, scanCues } from './scan-cues.ts';

export type LivenessOutcome = 'live' | 'attack' | 'undecided';

export type LivenessReasonCode =
  | 'too_few_frames'
  | 'too_close'
  | 'too_far'
  | 'depth_incomplete'
  | 'cue_missing'
  | 'face_size_implausible'
  | 'surface_flat'
  | 'nose_flat'
  | 'nose_elsewhere'
  | 'shape_like_paper'
  | 'shape_like_face'
  | 'evidence_weak'
  | 'frames_disagree'
  | 'too_early'
  | 'edge_straight'
  | 'eyes_closed'
  | 'light_other_code'
  | 'light_against_shape'
  | 'light_unreadable'
  | 'light_running'
  | FrameProblemCode;

/** One reason in plain words, with the number it rests on where there is one. */
export type LivenessReason = {
  readonly code: LivenessReasonCode;
  readonly message: string;
  readonly value: number | null;
  readonly unit: string | null;
  readonly threshold: number | null;
};

export type LivenessDecision = {
  readonly outcome: LivenessOutcome;
  /**
   * Log-odds of life, natural logarithm: the soft AND of the evidence against instruments (shape and surroundings) and,
   * where light was demanded and could be read, of that against wrong light; null when a scan could not be measured.
   */
  readonly evidenceNats: number | null;
  /** Clipped log-likelihood ratio of each cue that was measured. */
  readonly evidence: Readonly<Record<string, number>>;
  readonly reasons: readonly LivenessReason[];
  readonly framesSeen: number;
  readonly framesUsed: number;
  readonly cues: ScanCues;
};

export type LivenessPolicy = {
  readonly minFrames: number;
  /** From the first usable frame to the last; no scan is live before. */
  readonly minSpanMs: number;
  readonly minDistanceMm: number;
  readonly maxDistanceMm: number;
  readonly minCoverageShare: number;
  readonly minIpdMm: number;
  readonly maxIpdMm: number;
  /** Median of the lesser principal curvature within the face. */
  readonly minLesserCurvaturePerM: number;
  readonly minNoseReliefMm: number;
  readonly maxNoseOffsetMm: number;
  /** Ends of the surface beside the face that lie nearer to a straight line than this, RMS, are a sheet's. */
  readonly minEdgeRmsMm: number;
  /** Lids' distance over the eye's width, median over the frames looked at: who sleeps does not want to pay. */
  readonly minEyeOpenRatio: number;
  /** Share of usable frames that may look unlike a face on their own (motion, a hand) in a live scan. */
  readonly maxUnlikeShare: number;
  /**
   * Whether a scan during which the screen showed a code must answer in it to be live. `required`: without an answer
   * that can be read the scan is undecided, whatever else speaks for life. `supporting`: an answer helps, none is no
   * loss. Without a code shown neither says anything.
   */
  readonly light: 'required' | 'supporting';
  /** Slots that must have been seen: after fewer, an old recording may have begun in the same colours by chance. */
  readonly minLightSlots: number;
  /** Evidence of a light cue below this is impossible for a face under the screen: not to be outweighed. */
  readonly lightVetoNats: number;
};

/** Distance and coverage are what the sensor needs; the others are what no face falls short of. */
export const DEFAULT_LIVENESS_POLICY: LivenessPolicy = {
  minFrames: 3,
  minSpanMs: 350,
  minDistanceMm: 350,
  maxDistanceMm: 900,
  minCoverageShare: 0.7,
  // Children's, down to the youngest (liveness.md). A doll of a grown-up may be larger: it is not as large as its model
  // was at the enrolment, which is compared when a payer is looked for.
  minIpdMm: 45,
  maxIpdMm: 78,
  // Procedural heads have 6 and more, bent prints at most 2.4, sheets worn with eyes and nose through them 3.8.
  minLesserCurvaturePerM: 4,
  minNoseReliefMm: 9,
  maxNoseOffsetMm: 16,
  // A depth pixel is 1 mm wide at 0.55 m. Hair, cheeks and neck are not straight to a pixel over the height of a head.
  minEdgeRmsMm: 1,
  // By the iris network: 60 portraits of open eyes 0.35 and more (median 0.48), shut eyes of 14 simulated people 0.31 at most.
  minEyeOpenRatio: 0.33,
  maxUnlikeShare: 0.25,
  light: 'required',
  // There are 625 ways to begin a code in four slots.
  minLightSlots: 4,
  lightVetoNats: -3,
};

export type DecisionBasis = {
  /** What the screen showed during the scan, as far as is known yet; null or missing when it showed nothing. */
  readonly light?: LightSchedule | null;
  readonly calibration?: FusionCalibration;
  readonly shapeCalibration?: DepthShapeCalibration;
};

/**
 * Decides on the cues of one scan's frames. In this order: can it be judged at all (else undecided, never live); is
 * one thing impossible for a face (attack); do the frames agree; does the sum of the evidence suffice by the
 * calibration of the checkpoint that was reached (live, attack or undecided). Undecided means "go on" while frames
 * come, and "try again" at the end.
 */
export function decide(
  frames: readonly FrameCues[],
  policy: LivenessPolicy = DEFAULT_LIVENESS_POLICY,
  basis: DecisionBasis = {},
): LivenessDecision {
  const { light = null, calibration = FUSION_CALIBRATION, shapeCalibration = DEPTH_SHAPE_CALIBRATION } = basis;
  const usable = frames.filter((frame) => frame.usable);
  const cues = scanCues(usable, light);
  const decided = (
    outcome: LivenessOutcome,
    reasons: LivenessReason[],
    parts: Evidence | null = null,
  ): LivenessDecision => ({
    outcome,
    evidenceNats: parts && evidenceNatsOf(parts, light !== null && policy.light === 'required'),
    evidence: parts ?? {},
    reasons,
    framesSeen: frames.length,
    framesUsed: usable.length,
    cues,
  });

  if (usable.length < policy.minFrames) return decided('undecided', tooFewFrames(frames, usable.length, policy));
  const unfit = sensorReasons(cues, policy);
  if (unfit.length > 0) return decided('undecided', unfit);
  if (!cues.shape) return decided('undecided', [missing('the shape of the face')]);
  const spanMs = usable[usable.length - 1].deviceTimeMs - usable[0].deviceTimeMs;
  const checkpoint = checkpointAt(calibration, spanMs);
  const parts = evidenceOf(cues, checkpoint, shapeCalibration);
  const impossible = [...vetoReasons(cues, policy), ...lightVetoReasons(parts, policy)];
  if (impossible.length > 0) return decided('attack', impossible, parts);

  const unlike = usable.filter((frame) => !frameLooksLive(frame, policy, shapeCalibration)).length / usable.length;
  if (unlike > policy.maxUnlikeShare) {
    const message = 'Some pictures show a face and others do not.';
    return decided('undecided', [reason('frames_disagree', message, unlike, 'share', policy.maxUnlikeShare)], parts);
  }
  const { eyeOpenRatio } = cues;
  if (eyeOpenRatio !== null && eyeOpenRatio < policy.minEyeOpenRatio) {
    const message = 'The eyes are closed.';
    return decided('undecided', [reason('eyes_closed', message, eyeOpenRatio, 'ratio', policy.minEyeOpenRatio)], parts);
  }
  const { acceptFromNats, refuseBelowNats } = checkpoint;
  const nats = instrumentNats(parts);
  if (nats < refuseBelowNats) {
    const message = 'What the camera saw looks more like a picture than like a face.';
    return decided('attack', [reason('shape_like_paper', message, nats, 'nats', refuseBelowNats)], parts);
  }
  if (nats < acceptFromNats) {
    const message = 'What the camera saw is not enough to decide.';
    return decided('undecided', [reason('evidence_weak', message, nats, 'nats', acceptFromNats)], parts);
  }
  const unlit = light && policy.light === 'required' ? unansweredReason(parts, cues, policy, checkpoint) : null;
  if (unlit) return decided('undecided', [unlit], parts);
  if (spanMs < policy.minSpanMs) {
    const message = 'The face was not seen for long enough yet.';
    return decided('undecided', [reason('too_early', message, spanMs, 'ms', policy.minSpanMs)], parts);
  }
  const message = 'Shape, light and surroundings are those of a face.';
  return decided('live', [reason('shape_like_face', message, nats, 'nats', acceptFromNats)], parts);
}

/**
 * Does this one frame look like a living face? Medians forgive single frames, so whoever compares faces must only use
 * frames that pass here: else somebody living could show another's photo for a moment in between.
 */
export function frameLooksLive(
  frame: FrameCues,
  policy: LivenessPolicy = DEFAULT_LIVENESS_POLICY,
  shapeCalibration: DepthShapeCalibration = DEPTH_SHAPE_CALIBRATION,
): boolean {
  if (!frame.usable || !frame.shape || !frame.nose || !frame.faceCurvature) return false;
  return (
    shapeEvidenceNats(frame.shape, shapeCalibration) > 0 &&
    frame.nose.reliefMm >= policy.minNoseReliefMm &&
    frame.faceCurvature.lesserMedianPerM >= policy.minLesserCurvaturePerM
  );
}

/** What keeps the sensor from judging. */
function sensorReasons(cues: ScanCues, policy: LivenessPolicy): LivenessReason[] {
  const reasons: LivenessReason[] = [];
  const { distanceMm, coverageShare } = cues;
  if (distanceMm !== null && distanceMm < policy.minDistanceMm) {
    reasons.push(reason('too_close', 'The face is too close to the camera.', distanceMm, 'mm', policy.minDistanceMm));
  }
  if (distanceMm !== null && distanceMm > policy.maxDistanceMm) {
    reasons.push(reason('too_far', 'The face is too far from the camera.', distanceMm, 'mm', policy.maxDistanceMm));
  }
  if (coverageShare !== null && coverageShare < policy.minCoverageShare) {
    reasons.push(
      reason(
        'depth_incomplete',
        'The camera gets too little depth from the face.',
        coverageShare,
        'share',
        policy.minCoverageShare,
      ),
    );
  }
  if (cues.ipdMm === null) reasons.push(missing('the distance between the eyes'));
  if (cues.noseReliefMm === null || cues.noseOffsetMm === null) reasons.push(missing('the nose'));
  if (cues.faceLesserPerM === null) reasons.push(missing('the curvature of the face'));
  return reasons;
}

/** What no living face can be. */
function vetoReasons(cues: ScanCues, policy: LivenessPolicy): LivenessReason[] {
  const reasons: LivenessReason[] = [];
  const { ipdMm, faceLesserPerM, noseReliefMm, noseOffsetMm, edgeRmsMm } = cues;
  if (ipdMm !== null && (ipdMm < policy.minIpdMm || ipdMm > policy.maxIpdMm)) {
    const threshold = ipdMm < policy.minIpdMm ? policy.minIpdMm : policy.maxIpdMm;
    reasons.push(
      reason('face_size_implausible', 'The eyes are not as far apart as a person’s.', ipdMm, 'mm', threshold),
    );
  }
  if (faceLesserPerM !== null && faceLesserPerM < policy.minLesserCurvaturePerM) {
    reasons.push(
      reason(
        'surface_flat',
        'The surface is flat or only bent, like paper or a screen.',
        faceLesserPerM,
        '1/m',
        policy.minLesserCurvaturePerM,
      ),
    );
  }
  if (noseReliefMm !== null && noseReliefMm < policy.minNoseReliefMm) {
    reasons.push(reason('nose_flat', 'The nose does not stand out.', noseReliefMm, 'mm', policy.minNoseReliefMm));
  }
  if (noseOffsetMm !== null && noseOffsetMm > policy.maxNoseOffsetMm) {
    reasons.push(
      reason(
        'nose_elsewhere',
        'The nose in the picture is not where the depth has it.',
        noseOffsetMm,
        'mm',
        policy.maxNoseOffsetMm,
      ),
    );
  }
  if (edgeRmsMm !== null && edgeRmsMm < policy.minEdgeRmsMm) {
    const message = 'The surface ends along a straight edge, as a sheet does.';
    reasons.push(reason('edge_straight', message, edgeRmsMm, 'mm', policy.minEdgeRmsMm));
  }
  return reasons;
}

/** Light that a face before this screen cannot have returned. */
function lightVetoReasons(parts: Evidence, policy: LivenessPolicy): LivenessReason[] {
  const { lightCode, lightShape } = parts;
  const limit = policy.lightVetoNats;
  if (lightCode !== undefined && lightCode <= limit) {
    const message = 'The face was lit by other colours than the screen showed.';
    return [reason('light_other_code', message, lightCode, 'nats', limit)];
  }
  if (lightShape !== undefined && lightShape <= limit) {
    const message = 'The light does not fall on the face as its shape demands.';
    return [reason('light_against_shape', message, lightShape, 'nats', limit)];
  }
  return [];
}

/** What is missing of an answer to the code that was shown. */
function unansweredReason(
  { lightCode, lightShape }: Evidence,
  cues: ScanCues,
  policy: LivenessPolicy,
  { lightFromNats }: CheckpointCalibration,
): LivenessReason | null {
  if (cues.lightCode && cues.lightCode.slotsSeen < policy.minLightSlots) {
    const message = 'Too few of the screen’s colours were seen yet.';
    return reason('light_running', message, cues.lightCode.slotsSeen, 'slots', policy.minLightSlots);
  }
  // Neither half answers for the other: a tint has the colours, a lit print before foreign depth has them too.
  const bothSpeakForLife = lightCode !== undefined && lightShape !== undefined && Math.min(lightCode, lightShape) >= 0;
  const nats = bothSpeakForLife ? lightCode + lightShape : null;
  if (nats !== null && nats >= lightFromNats) return null;
  const message = 'The screen’s light could not be read on the face: there may be too much other light.';
  return reason('light_unreadable', message, nats, 'nats', lightFromNats);
}

function tooFewFrames(frames: readonly FrameCues[], usable: number, policy: LivenessPolicy): LivenessReason[] {
  const reasons = [
    reason('too_few_frames', 'There are too few usable pictures to decide.', usable, 'frames', policy.minFrames),
  ];
  const counts = new Map<FrameProblemCode, { count: number; message: string }>();
  for (const frame of frames) {
    if (frame.usable) continue;
    const known = counts.get(frame.code);
    counts.set(frame.code, { count: (known?.count ?? 0) + 1, message: frame.message });
  }
  const most = [...counts].sort((a, b) => b[1].count - a[1].count)[0];
  if (most) reasons.push(reason(most[0], `In most pictures ${most[1].message}.`, most[1].count, 'frames', null));
  return reasons;
}

type Evidence = Readonly<Partial<Record<CueName, number>>>;

/** Evidence against whatever else could stand there: all but the light's. */
function instrumentNats(parts: Evidence): number {
  return sumOf(parts, (name) => !LIGHT_CUES.includes(name));
}

function evidenceNatsOf(parts: Evidence, lightCounts: boolean): number {
  const hasLight = lightCounts && LIGHT_CUES.some((name) => parts[name] !== undefined);
  const nats = instrumentNats(parts);
  return hasLight
    ? softAndNats(
        nats,
        sumOf(parts, (name) => LIGHT_CUES.includes(name)),
      )
    : nats;
}

function sumOf(parts: Evidence, counts: (name: CueName) => boolean): number {
  return Object.entries(parts).reduce((sum, [name, nats]) => (counts(name as CueName) ? sum + nats : sum), 0);
}

function missing(what: string): LivenessReason {
  return reason('cue_missing', `The camera could not measure ${what}.`, null, null, null);
}

function reason(
  code: LivenessReasonCode,
  message: string,
  value: number | null,
  unit: string | null,
  threshold: number | null,
): LivenessReason {
  return { code, message, value, unit, threshold };
}
