import evidence from '../calibration/frame-evidence.json' with { type: 'json' };
import { DEPTH_SHAPE_CALIBRATION, type DepthShapeCalibration, shapeEvidenceNats } from './depth-crop.ts';
import { median } from './least-squares.ts';
import type { FrameCues, FrameProblemCode } from './observe.ts';
import type { ShapeCues } from './shape.ts';

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
  | FrameProblemCode;

/** One reason in plain words, with the number it rests on where there is one. */
export type LivenessReason = {
  readonly code: LivenessReasonCode;
  readonly message: string;
  readonly value: number | null;
  readonly unit: string | null;
  readonly threshold: number | null;
};

/** Medians over the frames of a scan; null where no frame had the cue. */
export type ScanCues = {
  readonly distanceMm: number | null;
  readonly coverageShare: number | null;
  readonly ipdMm: number | null;
  readonly faceWidthMm: number | null;
  readonly faceKminPerM: number | null;
  readonly faceLesserPerM: number | null;
  readonly noseReliefMm: number | null;
  readonly noseOffsetMm: number | null;
  readonly contourStepShare: number | null;
  readonly shape: ShapeCues | null;
  /** Largest minus smallest over the frames: a smile, a blink. Reported, not weighed. */
  readonly mouthWidthChange: number | null;
  readonly eyeOpenChange: number | null;
};

export type LivenessDecision = {
  readonly outcome: LivenessOutcome;
  /** Sum of clipped log-likelihood ratios, natural logarithm; null when a scan could not be measured. */
  readonly evidenceNats: number | null;
  /** The parts of that sum. */
  readonly evidence: Readonly<Record<string, number>>;
  readonly reasons: readonly LivenessReason[];
  readonly framesSeen: number;
  readonly framesUsed: number;
  readonly cues: ScanCues;
};

export type LivenessPolicy = {
  readonly minFrames: number;
  readonly minDistanceMm: number;
  readonly maxDistanceMm: number;
  readonly minCoverageShare: number;
  readonly minIpdMm: number;
  readonly maxIpdMm: number;
  /** Median of the lesser principal curvature within the face. */
  readonly minLesserCurvaturePerM: number;
  readonly minNoseReliefMm: number;
  readonly maxNoseOffsetMm: number;
  /** Share of usable frames that may look unlike a face on their own (motion, a hand) in a live scan. */
  readonly maxUnlikeShare: number;
};

/** Distance and coverage are what the sensor needs; the others are what no face falls short of. */
export const DEFAULT_LIVENESS_POLICY: LivenessPolicy = {
  minFrames: 3,
  minDistanceMm: 350,
  maxDistanceMm: 900,
  minCoverageShare: 0.7,
  minIpdMm: 42,
  maxIpdMm: 78,
  // Procedural heads have 6 and more, bent prints at most 2.4, sheets worn with eyes and nose through them 3.8.
  minLesserCurvaturePerM: 4,
  minNoseReliefMm: 9,
  maxNoseOffsetMm: 16,
  maxUnlikeShare: 0.25,
};

type EvidenceTerm = {
  readonly midpoint: number;
  readonly natsPerUnit: number;
  readonly lowNats: number;
  readonly highNats: number;
};
const EVIDENCE_TERMS = ['faceKminPerM', 'noseReliefMm', 'noseOffsetMm', 'contourStepShare'] as const;
export type FrameEvidenceCalibration = {
  readonly liveFromNats: number;
  readonly attackBelowNats: number;
  readonly terms: Readonly<Record<(typeof EVIDENCE_TERMS)[number], EvidenceTerm>>;
};
export const FRAME_EVIDENCE_CALIBRATION: FrameEvidenceCalibration = evidence;

/**
 * Decides on the cues of one scan's frames. In this order: can it be judged at all (else undecided, never live); is
 * one thing impossible for a face (attack); does the sum of the evidence suffice (live, attack or undecided).
 */
export function decide(
  frames: readonly FrameCues[],
  policy: LivenessPolicy = DEFAULT_LIVENESS_POLICY,
  calibration: FrameEvidenceCalibration = FRAME_EVIDENCE_CALIBRATION,
  shapeCalibration: DepthShapeCalibration = DEPTH_SHAPE_CALIBRATION,
): LivenessDecision {
  const usable = frames.filter((frame) => frame.usable);
  const cues = scanCues(usable);
  const decided = (
    outcome: LivenessOutcome,
    reasons: LivenessReason[],
    parts: Record<string, number> | null = null,
  ): LivenessDecision => ({
    outcome,
    evidenceNats: parts && sumOf(parts),
    evidence: parts ?? {},
    reasons,
    framesSeen: frames.length,
    framesUsed: usable.length,
    cues,
  });

  if (usable.length < policy.minFrames) return decided('undecided', tooFewFrames(frames, usable.length, policy));
  const unfit = sensorReasons(cues, policy);
  if (unfit.length > 0) return decided('undecided', unfit);
  const { shape } = cues;
  if (!shape) return decided('undecided', [missing('the shape of the face')]);
  const parts = evidenceParts(cues, shape, calibration, shapeCalibration);
  const impossible = vetoReasons(cues, policy);
  if (impossible.length > 0) return decided('attack', impossible, parts);

  const unlike = usable.filter((frame) => !frameLooksLive(frame, policy, shapeCalibration)).length / usable.length;
  if (unlike > policy.maxUnlikeShare) {
    const message = 'Some pictures show a face and others do not.';
    return decided('undecided', [reason('frames_disagree', message, unlike, 'share', policy.maxUnlikeShare)], parts);
  }
  const nats = sumOf(parts);
  const threshold = calibration.liveFromNats;
  if (nats >= threshold)
    return decided(
      'live',
      [reason('shape_like_face', 'The depth has the shape of a face.', nats, 'nats', threshold)],
      parts,
    );
  if (nats < calibration.attackBelowNats) {
    return decided(
      'attack',
      [
        reason(
          'shape_like_paper',
          'The depth looks more like a picture than like a face.',
          nats,
          'nats',
          calibration.attackBelowNats,
        ),
      ],
      parts,
    );
  }
  return decided(
    'undecided',
    [reason('evidence_weak', 'What the camera saw is not enough to decide.', nats, 'nats', threshold)],
    parts,
  );
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

function evidenceParts(
  cues: ScanCues,
  shape: ShapeCues,
  calibration: FrameEvidenceCalibration,
  shapeCalibration: DepthShapeCalibration,
): Record<string, number> {
  const parts: Record<string, number> = { shape: shapeEvidenceNats(shape, shapeCalibration) };
  for (const name of EVIDENCE_TERMS) {
    const value = cues[name];
    if (value === null) continue;
    const { midpoint, natsPerUnit, lowNats, highNats } = calibration.terms[name];
    parts[name] = Math.max(lowNats, Math.min(highNats, (value - midpoint) * natsPerUnit));
  }
  return parts;
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
  const { ipdMm, faceLesserPerM, noseReliefMm, noseOffsetMm } = cues;
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
  return reasons;
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

type UsableFrameCues = Extract<FrameCues, { usable: true }>;

function scanCues(frames: readonly UsableFrameCues[]): ScanCues {
  const medianOf = (value: (frame: UsableFrameCues) => number | null | undefined) => medianOrNull(frames.map(value));
  return {
    distanceMm: medianOf((frame) => frame.distanceMm),
    coverageShare: medianOf((frame) => frame.coverageShare),
    ipdMm: medianOf((frame) => frame.size?.ipdMm),
    faceWidthMm: medianOf((frame) => frame.size?.faceWidthMm),
    faceKminPerM: medianOf((frame) => frame.faceQuadric?.kminPerM),
    faceLesserPerM: medianOf((frame) => frame.faceCurvature?.lesserMedianPerM),
    noseReliefMm: medianOf((frame) => frame.nose?.reliefMm),
    noseOffsetMm: medianOf((frame) => frame.nose?.offsetMm),
    contourStepShare: medianOf((frame) => frame.contour?.stepShare),
    shape: medianShape(frames),
    mouthWidthChange: spanOrNull(frames.map((frame) => frame.expression?.mouthWidthRatio)),
    eyeOpenChange: spanOrNull(frames.map((frame) => frame.expression?.eyeOpenRatio)),
  };
}

/** Each number's own median: a frame spoiled by motion or a hole moves none of them. */
function medianShape(frames: readonly UsableFrameCues[]): ShapeCues | null {
  const shapes = frames.flatMap((frame) => (frame.shape ? [frame.shape] : []));
  // A shape that most frames did not show is not the scan's.
  if (shapes.length === 0 || shapes.length < frames.length / 2) return null;
  const pick = (value: (shape: ShapeCues) => number) => median(shapes.map(value));
  const bumps = shapes.flatMap((shape) => (shape.noseBump ? [shape.noseBump] : []));
  return {
    kminPerM: pick((s) => s.kminPerM),
    kmaxPerM: pick((s) => s.kmaxPerM),
    planeRmsMm: pick((s) => s.planeRmsMm),
    quadricRmsMm: pick((s) => s.quadricRmsMm),
    lesserMedianPerM: pick((s) => s.lesserMedianPerM),
    lesserHighPerM: pick((s) => s.lesserHighPerM),
    peakPerM: pick((s) => s.peakPerM),
    domeShare: pick((s) => s.domeShare),
    saddleShare: pick((s) => s.saddleShare),
    gaussRootPerM: pick((s) => s.gaussRootPerM),
    coverShare: pick((s) => s.coverShare),
    cornerShare: pick((s) => s.cornerShare),
    noseBump:
      bumps.length < shapes.length / 2
        ? null
        : {
            smallestMm: median(bumps.map((bump) => bump.smallestMm)),
            meanMm: median(bumps.map((bump) => bump.meanMm)),
            offCentre: median(bumps.map((bump) => bump.offCentre)),
          },
  };
}

function medianOrNull(values: readonly (number | null | undefined)[]): number | null {
  const numbers = finite(values);
  return numbers.length > 0 && numbers.length >= values.length / 2 ? median(numbers) : null;
}

function spanOrNull(values: readonly (number | null | undefined)[]): number | null {
  const numbers = finite(values);
  return numbers.length >= 2 ? Math.max(...numbers) - Math.min(...numbers) : null;
}

function finite(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
}

function sumOf(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((sum, nats) => sum + nats, 0);
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
