export type { ContextCue } from './cues/context.ts';
export type { ContourCue } from './cues/contour.ts';
export type { CurvatureMapCue } from './cues/curvature-map.ts';
export type { ExpressionCue } from './cues/expression.ts';
export type { ExpressionDepthCue } from './cues/expression-depth.ts';
export type { InfraredCue, InfraredImage } from './cues/infrared.ts';
export type { LightCodeCue } from './cues/light-code.ts';
export { DEFAULT_SCREEN, type LightShapeCue, type ScreenGeometry } from './cues/light-shape.ts';
export type { MetricSizeCue } from './cues/metric-size.ts';
export type { NoseCue } from './cues/nose.ts';
export type { NoseBumpCue } from './cues/nose-bump.ts';
export type { OutlineCue } from './cues/outline.ts';
export type { QuadricCue } from './cues/quadric.ts';
export type { ScreenTextureCue } from './cues/screen-texture.ts';
export {
  DEFAULT_LIVENESS_POLICY,
  type DecisionBasis,
  decide,
  frameLooksLive,
  type LivenessDecision,
  type LivenessOutcome,
  type LivenessPolicy,
  type LivenessReason,
  type LivenessReasonCode,
} from './decide.ts';
export {
  type DepthCrop,
  type DepthCropDecision,
  type DepthShapeCalibration,
  decideDepthCrop,
} from './depth-crop.ts';
export {
  type CropErrorRates,
  crossValidateCrops,
  forwardRates,
  type LabelledCrop,
  shapeExamples,
} from './depth-validation.ts';
export { type CueName, FUSION_CALIBRATION, type FusionCalibration, softAndNats } from './evidence.ts';
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
export { type FrameCues, type FrameProblemCode, type ObserveOptions, observeFrame } from './observe.ts';
export type { ScanCues } from './scan-cues.ts';
export { LivenessSession, type LivenessSessionOptions } from './session.ts';
export type { ShapeCues } from './shape.ts';
