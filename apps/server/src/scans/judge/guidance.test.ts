import { describe, expect, it } from 'vitest';
import { meshTurned } from '../testing/scripted-faces.ts';
import { type FaceState, hintFor, isMeasurable } from './guidance.ts';
import { headPose } from './head-pose.ts';

const WELL_PLACED: FaceState = {
  distanceMm: 550,
  widthShare: 0.25,
  centreX: 0.5,
  centreY: 0.5,
  luma: 120,
  pose: { yawDeg: 0, pitchDeg: 0 },
  speed: 0,
};

describe('what a guest is asked to do', () => {
  it.each<[string, Partial<FaceState>, string]>([
    ['stands well', {}, 'good'],
    ['is too far', { distanceMm: 800 }, 'come_closer'],
    ['is too near', { distanceMm: 390 }, 'move_back'],
    ['is far, by the size of the face where there is no depth', { distanceMm: null, widthShare: 0.08 }, 'come_closer'],
    ['is near, by the size of the face', { distanceMm: null, widthShare: 0.7 }, 'move_back'],
    ['stands at the side', { centreX: 0.8 }, 'centre_your_face'],
    ['is too low', { centreY: 0.85 }, 'centre_your_face'],
    ['stands in the dark', { luma: 30 }, 'more_light'],
    ['looks away', { pose: { yawDeg: 28, pitchDeg: 0 } }, 'look_here'],
    ['looks down', { pose: { yawDeg: 0, pitchDeg: -30 } }, 'look_here'],
    ['moves', { speed: 2 }, 'hold_still'],
  ])('when the guest %s', (_what, change, hint) => {
    expect(hintFor({ ...WELL_PLACED, ...change }, false)).toBe(hint);
  });

  it('does not ask somebody to look here who was asked to turn', () => {
    expect(hintFor({ ...WELL_PLACED, pose: { yawDeg: 28, pitchDeg: 0 }, speed: 2 }, true)).toBe('good');
  });

  it('measures a guest who is a little outside of what guidance asks for', () => {
    expect(isMeasurable({ ...WELL_PLACED, distanceMm: 800 })).toBe(true);
    expect(isMeasurable({ ...WELL_PLACED, distanceMm: 950 })).toBe(false);
    expect(isMeasurable({ ...WELL_PLACED, distanceMm: 300 })).toBe(false);
    expect(isMeasurable({ ...WELL_PLACED, pose: { yawDeg: 45, pitchDeg: 0 } })).toBe(false);
    expect(isMeasurable({ ...WELL_PLACED, luma: 5 })).toBe(false);
  });
});

describe('the pose of a head', () => {
  it.each([-30, -12, 0, 15, 30])('tells a yaw of %d degrees', (yawDeg) => {
    expect(headPose(meshTurned(yawDeg)).yawDeg).toBeCloseTo(yawDeg, 4);
  });
  it.each([-20, 0, 20])('tells a pitch of %d degrees', (pitchDeg) => {
    expect(headPose(meshTurned(0, pitchDeg)).pitchDeg).toBeCloseTo(pitchDeg, 4);
  });
});
