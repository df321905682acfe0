import fusion from '../calibration/fusion.json' with { type: 'json' };
import {
  DEPTH_SHAPE_CALIBRATION,
  type DepthShapeCalibration,
  MAX_EVIDENCE_NATS,
  shapeEvidenceNats,
} from './depth-crop.ts';
import { type LogisticModel, logLikelihoodRatio } from './logistic.ts';
import type { ScanCues } from './scan-cues.ts';

/**
 * Cues that are weighed. `shape` was fitted on real crops (see `depth-crop.ts`); the others on captures by
 * `tools/calibrate.ts`.
 */
export type CueName = 'shape' | FusedCueName;
export type FusedCueName = 'nose' | 'context' | 'lightCode' | 'lightShape' | 'expressionDepth' | 'texture';

type CueDefinition = {
  /** Numbers that the cue's model may use; null when the cue was not measured. */
  features(cues: ScanCues): Readonly<Record<string, number>> | null;
  /**
   * The most the cue may say for life and against it, nats. Cues whose good answer anybody can imitate (a neck behind
   * a print, no moire) may say little for life; that is set by what the cue is, not by how it separates in a simulation.
   */
  readonly highNats: number;
  readonly lowNats: number;
};

const WEAK_NATS = 1.5;
/** Features are held within what can be met, so that one wild value cannot carry the sum. */
const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

export const FUSED_CUES: Readonly<Record<FusedCueName, CueDefinition>> = {
  nose: {
    features: ({ noseReliefMm, noseOffsetMm, faceLesserPerM }) =>
      noseReliefMm === null || noseOffsetMm === null || faceLesserPerM === null
        ? null
        : {
            noseReliefMm: within(noseReliefMm, 0, 30),
            noseOffsetMm: within(noseOffsetMm, 0, 24),
            faceLesserPerM: within(faceLesserPerM, 0, 10),
          },
    highNats: MAX_EVIDENCE_NATS,
    lowNats: -MAX_EVIDENCE_NATS,
  },
  context: {
    features: ({ bodyShare, edgeRmsMm, holeShare, behindShare, contourStepShare }) =>
      holeShare === null || behindShare === null
        ? null
        : {
            // Where the picture ends below the chin, or no edge is met, nothing is held against anybody.
            bodyShare: bodyShare ?? 1,
            edgeRmsMm: within(edgeRmsMm ?? 5, 0, 5),
            holeShare: within(holeShare, 0, 0.4),
            behindShare: within(behindShare, 0, 0.2),
            contourStepShare: contourStepShare ?? 0.5,
          },
    highNats: WEAK_NATS,
    lowNats: -MAX_EVIDENCE_NATS,
  },
  lightCode: {
    features: ({ lightCode }) => lightCode && { nats: within(lightCode.nats, -12, 12) },
    highNats: MAX_EVIDENCE_NATS,
    lowNats: -MAX_EVIDENCE_NATS,
  },
  lightShape: {
    // Chins that the room hardly lights raise the slope beyond 1; no attack does.
    features: ({ lightShape }) => lightShape && { slope: within(lightShape.slope, -0.5, 1.1) },
    highNats: MAX_EVIDENCE_NATS,
    lowNats: -MAX_EVIDENCE_NATS,
  },
  expressionDepth: {
    features: ({ expressionDepth }) =>
      expressionDepth && { reliefPerTenthMm: within(expressionDepth.reliefPerTenthMm, -6, 6) },
    highNats: WEAK_NATS,
    lowNats: -WEAK_NATS,
  },
  texture: {
    features: ({ texturePeakNepers }) =>
      texturePeakNepers === null ? null : { peakNepers: within(texturePeakNepers, 0, 5) },
    // The absence of a pattern says nothing.
    highNats: 0,
    lowNats: -4,
  },
};
export const FUSED_CUE_NAMES = Object.keys(FUSED_CUES) as readonly FusedCueName[];

/**
 * Attacks come in two families, and evidence against one is none against the other: what stands before the camera
 * (paper, panels, dolls) may well answer to the light, and a picture lit in the wrong way may have a living shape.
 */
export const LIGHT_CUES: readonly CueName[] = ['lightCode', 'lightShape'];

/** As `tools/calibrate.ts` writes it. */
export type FusionCalibration = {
  /** Chances over all checkpoints, if the evidence were true likelihood ratios. */
  readonly errorBudget: {
    readonly acceptInstrument: number;
    readonly acceptWrongLight: number;
    readonly refuseLive: number;
  };
  readonly checkpoints: readonly CheckpointCalibration[];
};

export type CheckpointCalibration = {
  /** From the first usable frame of a scan to its last, ms. */
  readonly atMs: number;
  /** Evidence of shape and surroundings at or above this, and of light at or above the next where it is demanded: live. */
  readonly acceptFromNats: number;
  readonly lightFromNats: number;
  /** Either below this: attack. */
  readonly refuseBelowNats: number;
  /** Null where too few captures had the cue: it is then not weighed. */
  readonly cues: Readonly<Record<FusedCueName, LogisticModel | null>>;
};

export const FUSION_CALIBRATION: FusionCalibration = fusion;

/** The calibration of the last checkpoint that a scan has reached; of the first one before it. */
export function checkpointAt(calibration: FusionCalibration, spanMs: number): CheckpointCalibration {
  const { checkpoints } = calibration;
  return checkpoints.findLast(({ atMs }) => spanMs >= atMs) ?? checkpoints[0];
}

/** Clipped log-likelihood ratios of the cues that were measured, nats, positive for live. A cue that is missing is no evidence. */
export function evidenceOf(
  cues: ScanCues,
  checkpoint: CheckpointCalibration,
  shapeCalibration: DepthShapeCalibration = DEPTH_SHAPE_CALIBRATION,
): Partial<Record<CueName, number>> {
  const parts: Partial<Record<CueName, number>> = {};
  if (cues.shape) parts.shape = shapeEvidenceNats(cues.shape, shapeCalibration);
  for (const name of FUSED_CUE_NAMES) {
    const model = checkpoint.cues[name];
    const features = FUSED_CUES[name].features(cues);
    if (!model || !features) continue;
    parts[name] = within(logLikelihoodRatio(model, features), FUSED_CUES[name].lowNats, FUSED_CUES[name].highNats);
  }
  return parts;
}

/**
 * Thresholds of K checkpoints that share an error budget. For a true log-likelihood ratio, the chance that an attack
 * reaches t is at most e^-t (Markov's inequality; Wald 1945), so K checkpoints with t = ln(K / budget) accept an attack
 * with a chance of at most the budget in all, and likewise for refusing the living.
 */
export function thresholdNats(checkpointCount: number, budget: number): number {
  return Math.log(checkpointCount / budget);
}

/**
 * Liveness and match together: the log-odds that both hold, if they are independent, from the log-odds of each. A
 * soft AND, never a sum: it lies below the lesser of the two, so a perfect replay gains nothing by matching perfectly.
 * sigma(and) = sigma(a) sigma(b).
 */
export function softAndNats(a: number, b: number): number {
  // -ln(e^-a + e^-b + e^-(a+b)), with the largest exponent taken out.
  const exponents = [-a, -b, -a - b];
  const highest = Math.max(...exponents);
  return -(highest + Math.log(exponents.reduce((sum, exponent) => sum + Math.exp(exponent - highest), 0)));
}
