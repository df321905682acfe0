export { CameraError, type CameraErrorCode } from './camera-error.ts';
export {
  type CaptureErrorCode,
  type CaptureHeader,
  CaptureReader,
  CaptureWriter,
  MAX_CAPTURE_FRAMES,
  readCapture,
} from './capture-file.ts';
export {
  type ChainErrorCode,
  chainStart,
  DEFAULT_MAX_GAP_MS,
  DEFAULT_MIN_GAP_MS,
  devicePublicKey,
  FrameSigner,
  FrameVerifier,
  isNoteMessage,
  MAX_NOTE_BYTES,
  nextLink,
  packSignedFrame,
  SIGNED_FRAME_OVERHEAD_BYTES,
  type SignedFrame,
  unpackSignedFrame,
  type VerifiedFrame,
  type VerifierOptions,
} from './chain.ts';
export { type ColourCodecErrorCode, decodeColourJpeg, encodeColourJpeg, MAX_COLOUR_PIXELS } from './colour-codec.ts';
export { compressDepth, decompressDepth } from './depth-codec.ts';
export { type DepthPng, decodeDepthPng, encodeDepthPng } from './depth-png.ts';
export * from './frame.ts';
export {
  DEFAULT_FRAME_LIMITS,
  decodeFrame,
  type EncodeFrameOptions,
  encodeFrame,
  FRAME_HEADER_BYTES,
  type FrameCodecErrorCode,
  type FrameHeader,
  type FrameLimits,
  peekFrameHeader,
} from './frame-codec.ts';
export { OpenNiDriver } from './openni-camera.ts';
export { openRecording, RecordingDriver, type RecordingOptions, type RecordingPace } from './recording-camera.ts';
export type { Result } from './result.ts';
export { type DepthCodecErrorCode, decodeDepthRvl, encodeDepthRvl, MAX_DEPTH_PIXELS } from './rvl.ts';
export { frameFault, intrinsicsFault, MAX_FRAME_HEIGHT_PX, MAX_FRAME_WIDTH_PX } from './validate.ts';
