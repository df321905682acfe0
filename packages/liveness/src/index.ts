export type { ContourCue } from './cues/contour.ts';
export type { CurvatureMapCue } from './cues/curvature-map.ts';
export type { ExpressionCue } from './cues/expression.ts';
export type { MetricSizeCue } from './cues/metric-size.ts';
export type { NoseCue } from './cues/nose.ts';
export type { NoseBumpCue } from './cues/nose-bump.ts';
export type { OutlineCue } from './cues/outline.ts';
export type { QuadricCue } from './cues/quadric.ts';
export {
  DEFAULT_LIVENESS_POLICY,
  decide,
  type FrameEvidenceCalibration,
  frameLooksLive,
  type LivenessDecision,
  type LivenessOutcome,
  type LivenessPolicy,
  type LivenessReason,
  type LivenessReasonCode,
  type ScanCues,
} from './decide.ts';
export {
  type DepthCrop,
  type DepthCropDecision,
  type DepthShapeCalibration,
  decideDepthCrop,
} from './depth-crop.ts';
export type { FaceObservation } from './landmarks.ts';
export {
  drawLightChallenge,
  isLightCode,
  LIGHT_CODE_BITS,
  LIGHT_SLOT_COUNT,
  LIGHT_SLOT_MS,
  type LightChallenge,
  type LightStep,
  lightChallenge,
  lightSteps,
  MIN_PAUSE_BETWEEN_CHALLENGES_MS,
} from './light/challenge.ts';
export {
  LIGHT_COLOURS,
  LIGHT_PALETTE,
  type LightColour,
  type LinearRgb,
  toCssColour,
  toSrgb8,
} from './light/palette.ts';
export {
  type FrameLight,
  faultOfSchedule,
  frameLight,
  idealSchedule,
  type LightSchedule,
  type LightScheduleFault,
  lightColour,
} from './light/schedule.ts';
export { type FrameCues, type FrameProblemCode, observeFrame } from './observe.ts';
export { LivenessSession } from './session.ts';
export type { ShapeCues } from './shape.ts';
