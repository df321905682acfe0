import type { DepthImage, Frame, Intrinsics } from './frame.ts';

/** The largest picture a frame may carry. */
export const MAX_FRAME_WIDTH_PX = 1280;
export const MAX_FRAME_HEIGHT_PX = 960;
export const MIN_FRAME_SIDE_PX = 16;
/** A capture of a day at 60 frames a second stays below. */
export const MAX_SEQUENCE = 0xffff_ffff;
/** A device clock that counts milliseconds exactly in a double. */
export const MAX_DEVICE_TIME_MS = Number.MAX_SAFE_INTEGER;

/**
 * What is wrong with these intrinsics, in words, or null. Focal lengths between 0.25 and 5 picture widths are fields
 * of view from 11 to 127 degrees; the optical axis must meet the picture; pixels may not be more oblong than 1:2.
 */
export function intrinsicsFault(intrinsics: Intrinsics): string | null {
  const { widthPx, heightPx, fxPx, fyPx, cxPx, cyPx } = intrinsics;
  if (!isSide(widthPx, MAX_FRAME_WIDTH_PX) || !isSide(heightPx, MAX_FRAME_HEIGHT_PX)) {
    return `a picture of ${widthPx}x${heightPx} is not accepted`;
  }
  if (![fxPx, fyPx, cxPx, cyPx].every(Number.isFinite)) return 'intrinsics are not finite numbers';
  const longerSidePx = Math.max(widthPx, heightPx);
  for (const focalPx of [fxPx, fyPx]) {
    if (focalPx < 0.25 * longerSidePx || focalPx > 5 * longerSidePx) return `a focal length of ${focalPx} px is absurd`;
  }
  if (fxPx / fyPx > 2 || fyPx / fxPx > 2) return 'the focal lengths contradict each other';
  if (cxPx < 0 || cxPx > widthPx || cyPx < 0 || cyPx > heightPx) return 'the optical axis misses the picture';
  return null;
}

export function sequenceFault(sequence: number): string | null {
  return Number.isInteger(sequence) && sequence >= 0 && sequence <= MAX_SEQUENCE
    ? null
    : `sequence ${sequence} is out of range`;
}

export function deviceTimeFault(deviceTimeMs: number): string | null {
  return Number.isFinite(deviceTimeMs) && deviceTimeMs >= 0 && deviceTimeMs <= MAX_DEVICE_TIME_MS
    ? null
    : `device time ${deviceTimeMs} is out of range`;
}

/** What is wrong with a whole frame, in words, or null: sizes that disagree, numbers that are none. */
export function frameFault(frame: Frame): string | null {
  const { colour, depth, intrinsics } = frame;
  const fault = intrinsicsFault(intrinsics) ?? sequenceFault(frame.sequence) ?? deviceTimeFault(frame.deviceTimeMs);
  if (fault) return fault;
  if (colour.widthPx !== intrinsics.widthPx || colour.heightPx !== intrinsics.heightPx) {
    return 'the colour image and the intrinsics differ in size';
  }
  if (colour.rgb.length !== colour.widthPx * colour.heightPx * 3) return 'the colour image has the wrong length';
  return depth ? depthFault(depth, intrinsics) : null;
}

function depthFault(depth: DepthImage, intrinsics: Intrinsics): string | null {
  if (depth.widthPx !== intrinsics.widthPx || depth.heightPx !== intrinsics.heightPx) {
    return 'the depth image is not registered to the colour image';
  }
  if (depth.unitMm !== 0.1 && depth.unitMm !== 1) return `a depth unit of ${depth.unitMm} mm is not known`;
  return depth.values.length === depth.widthPx * depth.heightPx ? null : 'the depth image has the wrong length';
}

function isSide(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= MIN_FRAME_SIDE_PX && value <= max;
}
