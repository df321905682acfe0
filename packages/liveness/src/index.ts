export {
  DEPTH_SHAPE_CALIBRATION,
  type DepthCrop,
  type DepthCropDecision,
  type DepthShapeCalibration,
  decideDepthCrop,
} from './depth-crop.ts';
