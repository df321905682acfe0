export {
  type BuildTemplateOptions,
  type BuiltTemplate,
  buildTemplate,
  type TemplateFrame,
  weightedMean,
} from './build-template.ts';
export { type CarriedDetection, carryDetection } from './carry-detection.ts';
export { COHORT_PROVENANCE, MODEL_VERSION } from './cohort.ts';
export { type DecodeImageErrorCode, type DecodeImageResult, decodeImage } from './decode-image.ts';
export { DEFAULT_MIN_SCORE, type DetectOptions, type FaceDetection, type FaceKeypoints } from './detector.ts';
export type { EyeReading, Iris } from './eye-reader.ts';
export { FaceEngine, type FaceEngineOptions } from './face-engine.ts';
export { FaceError, type FaceErrorCode, imageFault, MAX_IMAGE_PIXELS, MIN_IMAGE_SIDE_PX } from './face-error.ts';
export { createFaceIndex, type FaceHit, type FaceIndex, INDEX_TOLERANCE } from './face-index.ts';
export { type FaceModel, finishWith, loadFaceModel, type ModelManifest, operatingPointOf } from './face-model.ts';
export {
  type AnalysedFace,
  type AnalyseOptions,
  type AnalyseResult,
  FacePool,
  type FacePoolOptions,
} from './face-pool.ts';
export { type Box, boxOverlap, type Point, type Similarity } from './geometry.ts';
export { type FaceMesh, MESH_POINTS } from './mesher.ts';
export { type WeightFile, weightFiles } from './model-inventory.ts';
export { byProminence, type ImageSize } from './prominence.ts';
export {
  type FaceQuality,
  faceQuality,
  QUALITY_COMPONENTS,
  QUALITY_GATES,
  type QualityComponent,
  type QualityComponents,
  type QualityContext,
  type QualityFault,
  type QualityGate,
  type QualityHint,
  qualityFaults,
} from './quality.ts';
export { similarity } from './similarity.ts';
export { OPERATING_POINTS, type OperatingPoint, operatingPoint } from './thresholds.ts';
