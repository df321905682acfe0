import { describe, expect, it } from 'vitest';
import { captureFrames } from '../camera/capture-frames.ts';
import type { Material } from '../scene-types.ts';
import { square, still } from '../testing/scenes.ts';
import { type DepthSensor, depthSigmaMm } from './depth-camera.ts';

/** Depths in mm of the middle of a wall that faces the camera, frame by frame; holes are 0. */
function wallDepths(
  distanceMm: number,
  options: { sensor?: Partial<DepthSensor>; material?: Material; frames?: number } = {},
) {
  // The face of a subject is taken to be 90 mm before its origin.
  const wall = square(600, { z: 90 }, options.material);
  const frames = captureFrames({
    subject: still('wall', () => [wall]),
    seed: 3,
    frames: options.frames ?? 12,
    posesPerSecond: 0.1,
    distanceMm,
    sensor: options.sensor,
  });
  return frames.map(({ depth }) => {
    if (!depth) throw new Error('no depth');
    const values: number[] = [];
    for (let y = 200; y < 280; y += 1)
      for (let x = 280; x < 360; x += 1) values.push(depth.values[y * depth.widthPx + x] * depth.unitMm);
    return values;
  });
}

function deviation(values: readonly number[]): number {
  const seen = values.filter((value) => value > 0);
  const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
  return Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / seen.length);
}

describe('the depth sensor', () => {
  it.each([400, 600, 900, 1_300])('is as noisy as liveness.md says, at %i mm', (distanceMm) => {
    // Steps fine enough not to add noise of their own.
    const frames = wallDepths(distanceMm, { sensor: { disparityStepPx: 1 / 512 } });
    const measured = deviation(frames.flat());
    const expected = 1.2 + 1.9 * (distanceMm / 1_000 - 0.4) ** 2;
    expect(depthSigmaMm(distanceMm)).toBeCloseTo(expected, 9);
    expect(measured / expected).toBeGreaterThan(0.85);
    expect(measured / expected).toBeLessThan(1.15);
  });

  it('has noise of which a part is smooth over a few pixels', () => {
    const [values] = wallDepths(600, { sensor: { disparityStepPx: 1 / 512 }, frames: 1 });
    const correlation = (apart: number) => {
      let products = 0;
      let squares = 0;
      for (let i = 0; i + apart < values.length; i += 1) {
        if (values[i] === 0 || values[i + apart] === 0 || (i % 80) + apart >= 80) continue;
        products += (values[i] - 600) * (values[i + apart] - 600);
        squares += (values[i] - 600) ** 2;
      }
      return products / squares;
    };
    expect(correlation(1)).toBeGreaterThan(0.3);
    expect(correlation(1)).toBeGreaterThan(correlation(3));
    expect(Math.abs(correlation(40))).toBeLessThan(0.2);
  });

  it('measures in whole steps of disparity', () => {
    const [values] = wallDepths(800, { frames: 1 });
    const focalMm = 575 * 75;
    const steps = new Set(values.filter((v) => v > 0).map((v) => Math.round((focalMm / v) * 16)));
    for (const value of values) {
      if (value === 0) continue;
      const disparity = (focalMm / value) * 16;
      // Depth itself is given in tenths of a millimetre.
      expect(Math.abs(disparity - Math.round(disparity))).toBeLessThan(0.15);
    }
    expect(steps.size).toBeGreaterThan(2);
    expect(steps.size).toBeLessThan(30);
  });

  it('sees paper nearly everywhere and hair only in places', () => {
    const holes = (material: Material) => {
      const values = wallDepths(600, { material, frames: 3 }).flat();
      return values.filter((value) => value === 0).length / values.length;
    };
    expect(holes({ kind: 'paper', albedo: [0.8, 0.8, 0.8] })).toBeLessThan(0.05);
    const hair = holes({ kind: 'hair', albedo: [0.1, 0.1, 0.1] });
    expect(hair).toBeGreaterThan(0.25);
    expect(hair).toBeLessThan(0.6);
  });

  it('measures a mirroring panel far behind itself in places', () => {
    const values = wallDepths(600, { material: { kind: 'screen', albedo: [0.03, 0.03, 0.03] }, frames: 3 }).flat();
    const behind = values.filter((value) => value > 950).length / values.length;
    expect(behind).toBeGreaterThan(0.02);
    expect(behind).toBeLessThan(0.4);
  });

  it('sees nothing beside an edge, where the projector does not reach', () => {
    const [near, far] = [square(120, { z: 90 }), square(600, { z: -200 })];
    const [{ depth }] = captureFrames({
      subject: still('step', () => [far, near]),
      seed: 3,
      frames: 1,
      distanceMm: 500,
    });
    if (!depth) throw new Error('no depth');
    const row = depth.values.subarray(240 * 640, 241 * 640);
    const holesBeside = (from: number, to: number) => row.subarray(from, to).filter((value) => value === 0).length;
    // The near square spans 251 to 388; the shadow beside it is as wide as the disparities differ, 31 pixels.
    const [left, right] = [holesBeside(208, 248), holesBeside(391, 431)];
    expect(Math.max(left, right)).toBeGreaterThan(25);
    expect(Math.min(left, right)).toBeLessThan(12);
  });
});
