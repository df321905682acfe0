import type { ScanHint } from '@smile/contract';
import type { HeadPose } from './head-pose.ts';

/** What guidance looks at in one frame with one face. */
export type FaceState = {
  readonly distanceMm: number | null;
  /** The face box's width over the picture's. */
  readonly widthShare: number;
  /** Centre of the face, 0..1 of the picture. */
  readonly centreX: number;
  readonly centreY: number;
  /** Mean luma, 0..255. */
  readonly luma: number;
  readonly pose: HeadPose;
  /** Face widths a second; null in the first frame. */
  readonly speed: number | null;
};

/** Where a face should be. Guidance asks for the middle of what liveness accepts, so that a swaying guest stays within. */
const IDEAL_NEAR_MM = 400;
const IDEAL_FAR_MM = 750;
const WIDEST_SHARE = 0.55;
const NARROWEST_SHARE = 0.12;
const MAX_OFF_X = 0.24;
const MAX_OFF_Y = 0.27;
const DARK_LUMA = 45;
const MAX_YAW_DEG = 20;
const MAX_PITCH_DEG = 22;
const RESTLESS_SPEED = 1.2;

/** The first thing to be mended, or `good`. `turned` is true while a pose to the side is wanted. */
export function hintFor(state: FaceState, turned: boolean): ScanHint {
  const { distanceMm, widthShare, pose } = state;
  if (distanceMm === null ? widthShare > WIDEST_SHARE : distanceMm < IDEAL_NEAR_MM) return 'move_back';
  if (distanceMm === null ? widthShare < NARROWEST_SHARE : distanceMm > IDEAL_FAR_MM) return 'come_closer';
  if (Math.abs(state.centreX - 0.5) > MAX_OFF_X || Math.abs(state.centreY - 0.5) > MAX_OFF_Y) return 'centre_your_face';
  if (state.luma < DARK_LUMA) return 'more_light';
  if (turned) return 'good';
  if (Math.abs(pose.yawDeg) > MAX_YAW_DEG || Math.abs(pose.pitchDeg) > MAX_PITCH_DEG) return 'look_here';
  if (state.speed !== null && state.speed > RESTLESS_SPEED) return 'hold_still';
  return 'good';
}

/** What a frame must be to be measured at all: wider than what guidance asks for. */
const NEAREST_MM = 350;
const FARTHEST_MM = 900;
const DARKEST_LUMA = 15;
const MOST_YAW_DEG = 40;
const MOST_PITCH_DEG = 32;
const FASTEST_SPEED = 4;

export function isMeasurable(state: FaceState): boolean {
  const { distanceMm, pose, speed } = state;
  if (distanceMm !== null && (distanceMm < NEAREST_MM || distanceMm > FARTHEST_MM)) return false;
  if (state.luma < DARKEST_LUMA) return false;
  if (Math.abs(pose.yawDeg) > MOST_YAW_DEG || Math.abs(pose.pitchDeg) > MOST_PITCH_DEG) return false;
  return speed === null || speed <= FASTEST_SPEED;
}
