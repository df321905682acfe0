import { describe, expect, it } from 'vitest';
import type { Rgb } from '../scene-types.ts';
import { Automatics, exposureFor, type Meter } from './automatics.ts';

/** Skin under a warm lamp, before a screen that adds a tenth to it. */
const METER: Meter = { ambient: [60, 45, 35], screen: [6, 4.5, 3.5] };
const RESTING: Rgb = [0.5, 0.5, 0.5];
const AMBER: Rgb = [0.62, 0.28, 0];

/** What of the screen's colour is left in the picture: red over blue, against what it is at rest. */
function castOf(automatics: Automatics, colour: Rgb): number {
  const seen = (at: Rgb) => METER.ambient.map((light, c) => light + METER.screen[c] * at[c]);
  const [now, rest] = [seen(colour), seen(RESTING)];
  const { balance } = automatics;
  return (now[0] * balance[0]) / (now[2] * balance[2]) / (rest[0] / rest[2]);
}

describe('the automatics of a camera', () => {
  it('are settled at rest, and do nothing there', () => {
    const automatics = new Automatics(METER, RESTING);
    automatics.follow(10_000, RESTING);
    expect(automatics.exposure).toBeCloseTo(exposureFor(METER, RESTING), 12);
    for (const gain of automatics.balance) expect(gain).toBeCloseTo(1, 9);
  });

  it('remove the colour of a light within a second or two, which is what a scan looks for', () => {
    const automatics = new Automatics(METER, RESTING);
    const before = castOf(automatics, AMBER);
    expect(before).toBeGreaterThan(1.05);
    automatics.follow(200, AMBER);
    const afterSlot = castOf(automatics, AMBER);
    expect(afterSlot).toBeLessThan(before);
    for (let i = 0; i < 30; i += 1) automatics.follow(100, AMBER);
    expect(castOf(automatics, AMBER)).toBeCloseTo(1, 2);
    expect(automatics.exposure).toBeCloseTo(exposureFor(METER, AMBER), 6);
  });

  it('leave it where they are held, and follow again when let go', () => {
    const automatics = new Automatics(METER, RESTING);
    const before = castOf(automatics, AMBER);
    automatics.hold(true);
    automatics.follow(5_000, AMBER);
    expect(castOf(automatics, AMBER)).toBe(before);
    expect(automatics.exposure).toBeCloseTo(exposureFor(METER, RESTING), 12);
    automatics.hold(false);
    automatics.follow(5_000, AMBER);
    expect(castOf(automatics, AMBER)).toBeCloseTo(1, 2);
  });

  it('stay within what a camera can do', () => {
    const dark: Meter = { ambient: [1e-6, 1e-6, 1e-6], screen: [1, 0, 0] };
    const automatics = new Automatics(dark, RESTING);
    automatics.follow(60_000, [0, 0, 1]);
    expect(automatics.exposure).toBeLessThanOrEqual(1 / 18);
    for (const gain of automatics.balance) expect(gain).toBeLessThanOrEqual(2);
  });
});
