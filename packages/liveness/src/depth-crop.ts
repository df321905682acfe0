import calibration from '../calibration/depth-shape.json' with { type: 'json' };
import { type LogisticModel, logLikelihoodRatio } from './logistic.ts';
import { type Pinhole, surfacePatch } from './patch.ts';
import { type ShapeCues, shapeCues, shapeFeatures } from './shape.ts';

/** A shape model with its thresholds, as `tools/fit-depth.ts` writes it. */
export type DepthShapeCalibration = {
  readonly model: LogisticModel;
  /** At or above: live. Below `attackBelowNats`: attack. Between: undecided. Natural logarithm. */
  readonly liveFromNats: number;
  readonly attackBelowNats: number;
};

export const DEPTH_SHAPE_CALIBRATION: DepthShapeCalibration = calibration;

export type DepthCrop = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly unitMm: number;
  /** 0 = no reading; `values.length === widthPx * heightPx`. */
  readonly values: Uint16Array;
};

export type DepthCropErrorCode = 'depth_wrong_size' | 'intrinsics_absurd';

export type DepthCropDecision =
  | {
      readonly ok: true;
      readonly outcome: 'live' | 'attack' | 'undecided';
      /** Evidence of the shape, natural logarithm, positive for live; null when there was too little surface. */
      readonly evidenceNats: number | null;
      readonly cues: ShapeCues | null;
    }
  | { readonly ok: false; readonly code: DepthCropErrorCode; readonly message: string };

/** No single sensor may say more than this, whatever it measured (365 to 1); a scan is accepted from more. */
export const MAX_EVIDENCE_NATS = 5.9;
const MAX_SIDE_PX = 160;
/** Steps between neighbouring nodes beyond these do not show a nose, or are no face crop. */
const MIN_PITCH_MM = 1;
const MAX_PITCH_MM = 8;

/**
 * Judges one crop of depth round a face, without colour, landmarks or time: the shape alone. For measuring the shape
 * cues on recorded crops; a scan decides on more (see `decide`).
 */
export function decideDepthCrop(
  crop: DepthCrop,
  intrinsics: Pinhole,
  calibrated: DepthShapeCalibration = DEPTH_SHAPE_CALIBRATION,
): DepthCropDecision {
  const { widthPx, heightPx, values, unitMm } = crop;
  if (!isSide(widthPx) || !isSide(heightPx) || values.length !== widthPx * heightPx) {
    return { ok: false, code: 'depth_wrong_size', message: `a depth crop of ${widthPx}x${heightPx} is not accepted` };
  }
  const zMm = Float32Array.from(values, (value) => value * unitMm);
  const typicalMm = zMm.reduce((sum, z) => sum + z, 0) / Math.max(1, values.filter((value) => value > 0).length);
  if (!pinholeIsPlausible(intrinsics, typicalMm)) {
    return { ok: false, code: 'intrinsics_absurd', message: 'the intrinsics do not fit a crop of a face' };
  }
  const cues = shapeCues(surfacePatch(widthPx, heightPx, zMm, intrinsics));
  if (!cues) return { ok: true, outcome: 'undecided', evidenceNats: null, cues: null };
  const evidenceNats = shapeEvidenceNats(cues, calibrated);
  return { ok: true, outcome: outcomeOf(evidenceNats, calibrated), evidenceNats, cues };
}

/** The shape's log-likelihood ratio for live, clipped. */
export function shapeEvidenceNats(cues: ShapeCues, calibrated: DepthShapeCalibration): number {
  const nats = logLikelihoodRatio(calibrated.model, shapeFeatures(cues));
  return Math.max(-MAX_EVIDENCE_NATS, Math.min(MAX_EVIDENCE_NATS, nats));
}

export function outcomeOf(nats: number, calibrated: DepthShapeCalibration): 'live' | 'attack' | 'undecided' {
  if (nats >= calibrated.liveFromNats) return 'live';
  return nats < calibrated.attackBelowNats ? 'attack' : 'undecided';
}

function pinholeIsPlausible({ fxPx, fyPx, cxPx, cyPx }: Pinhole, typicalMm: number): boolean {
  if (![fxPx, fyPx, cxPx, cyPx].every(Number.isFinite) || fxPx <= 0 || fyPx <= 0) return false;
  // Without a reading there is no pitch to judge; the crop is undecided anyway.
  if (typicalMm === 0) return true;
  return [fxPx, fyPx].every((f) => typicalMm / f >= MIN_PITCH_MM && typicalMm / f <= MAX_PITCH_MM);
}

function isSide(value: number): boolean {
  return Number.isInteger(value) && value >= 16 && value <= MAX_SIDE_PX;
}
