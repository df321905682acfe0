import { describe, expect, it } from 'vitest';
import { captureFrames } from '../camera/capture-frames.ts';
import { IDEAL_SHUTTER } from '../camera/shutter.ts';
import { ROOM_LIGHTS, type RoomLight } from '../render/lights.ts';
import type { Material, Rgb } from '../scene-types.ts';
import { square, still } from '../testing/scenes.ts';
import { decodeSrgb, encodeSrgb, linearOf } from './colour-camera.ts';

const DARK_ROOM: RoomLight = { ...ROOM_LIGHTS.normal, skyLux: 0, groundLux: 0, keyLux: 0 };

function wallOf(albedo: number) {
  const material: Material = { kind: 'paper', albedo: [albedo, albedo, albedo] };
  const wall = square(600, { z: 90 }, material);
  return still(`wall-${albedo}`, () => [wall]);
}

/** Mean and deviation of the middle's 8-bit values, channel by channel. */
function middleOf(rgb: Uint8Array, rows: readonly [number, number] = [220, 260]) {
  const values: number[][] = [[], [], []];
  for (let y = rows[0]; y < rows[1]; y += 1)
    for (let x = 290; x < 350; x += 1) for (let c = 0; c < 3; c += 1) values[c].push(rgb[(y * 640 + x) * 3 + c]);
  const mean = values.map((list) => list.reduce((sum, v) => sum + v, 0) / list.length);
  const sigma = values.map((list, c) => Math.sqrt(list.reduce((sum, v) => sum + (v - mean[c]) ** 2, 0) / list.length));
  return { mean, sigma };
}

describe('the colour camera', () => {
  it('encodes light as sRGB', () => {
    for (const linear of [0, 0.002, 0.18, 0.5, 1]) expect(decodeSrgb(encodeSrgb(linear))).toBeCloseTo(linear, 9);
    expect(linearOf(255)).toBe(1);
    expect(encodeSrgb(0.18)).toBeCloseTo(0.4613, 3);
  });

  it('exposes faces and paper to a middle brightness and stays there', () => {
    const [first] = captureFrames({ subject: wallOf(0.7), seed: 1, frames: 1 });
    const { mean } = middleOf(first.colour.rgb);
    expect(mean[1]).toBeGreaterThan(110);
    expect(mean[1]).toBeLessThan(150);
    // With the exposure locked, twice the reflectance is twice the light.
    const exposure = 1 / 400;
    const seen = [0.2, 0.4].map((albedo) => {
      const [frame] = captureFrames({ subject: wallOf(albedo), seed: 1, frames: 1, exposure });
      return decodeSrgb(middleOf(frame.colour.rgb).mean[1] / 255);
    });
    expect(seen[1] / seen[0]).toBeCloseTo(2, 1);
  });

  it('answers the screen channel by channel, and light adds up', () => {
    const seen = (colour: Rgb, light: RoomLight) => {
      const [frame] = captureFrames({
        subject: wallOf(0.6),
        seed: 1,
        frames: 1,
        light,
        exposure: 1 / 60,
        screenColour: () => colour,
        shutter: IDEAL_SHUTTER,
      });
      return middleOf(frame.colour.rgb).mean.map((value) => decodeSrgb(value / 255));
    };
    const dim = { ...DARK_ROOM, skyLux: 25, groundLux: 25, skyColour: [1, 1, 1], groundColour: [1, 1, 1] } as const;
    const room = seen([0, 0, 0], dim);
    const rose = seen([0.75, 0.17, 0.6], DARK_ROOM);
    const both = seen([0.75, 0.17, 0.6], dim);
    for (let c = 0; c < 3; c += 1) expect(both[c]).toBeCloseTo(room[c] + rose[c], 1);
    expect(rose[0] / rose[1]).toBeCloseTo(0.75 / 0.17, 0);
    expect(rose[2] / rose[0]).toBeCloseTo(0.6 / 0.75, 1);
  });

  it('is noisier in little light', () => {
    const noise = (light: 'bright' | 'dim') => {
      const [frame] = captureFrames({ subject: wallOf(0.5), seed: 1, frames: 1, light });
      return middleOf(frame.colour.rgb).sigma[1];
    };
    expect(noise('bright')).toBeGreaterThan(0.3);
    expect(noise('bright')).toBeLessThan(4);
    expect(noise('dim')).toBeGreaterThan(1.2 * noise('bright'));
  });

  it('sees colours late, mixed while the shutter is open, and by rows', () => {
    const switchAtMs = 200;
    const frames = captureFrames({
      subject: wallOf(0.6),
      seed: 1,
      frames: 9,
      framesPerSecond: 25,
      posesPerSecond: 0.1,
      light: DARK_ROOM,
      exposure: 1 / 60,
      screenColour: (elapsedMs) => (elapsedMs < switchAtMs ? [1, 0, 0] : [0, 1, 0]),
      shutter: { screenLatencyMs: 50, screenResponseMs: 0, exposureMs: 20, readoutMs: 20 },
    });
    const green = frames.map((frame) => middleOf(frame.colour.rgb).mean[1]);
    // Frames begin every 40 ms; the light turns at 250 ms, which the frames from 280 ms on show in full.
    for (const value of green.slice(0, 6)) expect(value).toBeLessThan(25);
    for (const value of green.slice(7)) expect(value).toBeGreaterThan(60);
    // The one that begins at 240 ms has the switch while its first rows gather light, and its last ones after it.
    const sixth = frames[6].colour.rgb;
    const [top, middle, bottom] = [
      [10, 20],
      [235, 245],
      [460, 470],
    ].map((rows) => {
      return decodeSrgb(middleOf(sixth, rows as [number, number]).mean[1] / 255);
    });
    expect(top).toBeLessThan(0.7 * middle);
    expect(top).toBeGreaterThan(0.2 * middle);
    expect(bottom).toBeGreaterThan(0.5 * middle);
  });

  it('refuses timing without sense', () => {
    expect(() => captureFrames({ subject: null, seed: 1, frames: 1, shutter: { exposureMs: -1 } })).toThrow(RangeError);
    expect(() => captureFrames({ subject: null, seed: 1, frames: 1, shutter: { readoutMs: Number.NaN } })).toThrow(
      RangeError,
    );
  });
});
