import { frameFault } from '@smile/camera';
import { describe, expect, it } from 'vitest';
import { proceduralPerson } from '../people/person.ts';
import { isReportingSeed } from '../people/person-seeds.ts';
import { BONA_FIDE_SUBGROUPS, bonaFide } from '../variety/bona-fide.ts';
import { captureFrames, captureInTurn } from './capture-frames.ts';
import { idleMotion, MOTION_PERIOD_MS } from './motion.ts';
import { DEFAULT_SHUTTER, paintToStampMs } from './shutter.ts';

const person = proceduralPerson(3, { hairStyle: 'buzz' });

describe('a capture', () => {
  it('is the same, bit by bit, for the same options, and another for another seed', () => {
    const capture = (seed: number) => captureFrames({ subject: person, seed, frames: 2 });
    const [a, b, c] = [capture(1), capture(1), capture(2)];
    for (const frame of a) expect(frameFault(frame)).toBeNull();
    expect(Buffer.from(a[1].colour.rgb).equals(Buffer.from(b[1].colour.rgb))).toBe(true);
    expect(a[1].depth?.values).toEqual(b[1].depth?.values);
    expect(Buffer.from(a[1].colour.rgb).equals(Buffer.from(c[1].colour.rgb))).toBe(false);
  });

  it('numbers its frames and stamps them by its rate', () => {
    const frames = captureFrames({ subject: null, seed: 1, frames: 3, framesPerSecond: 20, startMs: 500 });
    expect(frames.map(({ sequence, deviceTimeMs }) => [sequence, deviceTimeMs])).toEqual([
      [0, 500],
      [1, 550],
      [2, 600],
    ]);
  });

  it('renders no frame that nobody asks for, and turns when it is told to', () => {
    let turn = 0;
    const frames = captureInTurn({
      subject: person,
      seed: 1,
      frames: 600,
      posesPerSecond: 1,
      motion: 0,
      sensor: { noise: 0 },
      turnedToDeg: () => turn,
    });
    /** By how much the face is nearer right of the picture's middle than left of it. */
    const rightAheadMm = () => {
      const { value } = frames.next();
      if (!value?.depth) throw new Error('no depth');
      const { values, unitMm } = value.depth;
      const mean = (left: number) => {
        const seen: number[] = [];
        for (let y = 255; y < 280; y += 1)
          for (let x = left; x < left + 20; x += 1) if (values[y * 640 + x] > 0) seen.push(values[y * 640 + x]);
        return (unitMm * seen.reduce((sum, z) => sum + z, 0)) / seen.length;
      };
      return mean(280) - mean(340);
    };
    const ahead = rightAheadMm();
    turn = 20;
    const turned = rightAheadMm();
    expect(Math.abs(ahead)).toBeLessThan(8);
    // The nose and the far side of the face now lie to the right; the cheek recedes on the left.
    expect(turned).toBeGreaterThan(12);
    expect(turned).toBeLessThan(40);
  });

  it('refuses options without sense', () => {
    for (const wrong of [
      { frames: 0 },
      { frames: 1.5 },
      { framesPerSecond: 0 },
      { seed: 0.1 },
      { distanceMm: 10 },
      { posesPerSecond: 0 },
    ]) {
      expect(() => captureFrames({ subject: null, seed: 1, frames: 1, ...wrong })).toThrow(RangeError);
    }
  });

  it('knows its own latency', () => {
    // The middle row gathers light from 10 to 26 ms after the stamp: 18 ms, and light is 56 ms late.
    expect(paintToStampMs(DEFAULT_SHUTTER)).toBe(38);
  });
});

describe('standing still', () => {
  it('meets its own beginning, and trembles only if told to', () => {
    const calm = idleMotion({ seed: 4, smiling: false });
    expect(calm(MOTION_PERIOD_MS).yawDeg).toBeCloseTo(calm(0).yawDeg, 9);
    const shaky = idleMotion({ seed: 4, smiling: false, tremor: 1 });
    const reversals = (motion: typeof calm) => {
      let [count, before] = [0, 0];
      for (let t = 0; t < 2_000; t += 10) {
        const step = motion(t + 10).offsetMm.x - motion(t).offsetMm.x;
        if (step * before < 0) count += 1;
        before = step;
      }
      return count;
    };
    expect(reversals(shaky)).toBeGreaterThan(reversals(calm) + 8);
  });
});

describe('genuine people in their variety', () => {
  it('has every subgroup within a few dozen people, each person the same again', () => {
    const seen = new Set(Array.from({ length: 60 }, (_, i) => bonaFide(10_000 + i)).flatMap((one) => one.subgroups));
    expect([...BONA_FIDE_SUBGROUPS].filter((name) => !seen.has(name))).toEqual([]);
    expect(bonaFide(10_003).capture).toEqual(bonaFide(10_003).capture);
    for (let seed = 10_000; seed < 10_040; seed += 1) {
      const { distanceMm = 0, yawDeg = 0 } = bonaFide(seed).capture;
      expect(distanceMm).toBeGreaterThan(400);
      expect(distanceMm).toBeLessThan(750);
      expect(Math.abs(yawDeg)).toBeLessThan(12);
    }
  });

  it('keeps the people of reports apart from all others', () => {
    expect(isReportingSeed(10_000)).toBe(true);
    for (const other of [0, 999, 9_999, 100_000_000, 1_999_000_000]) expect(isReportingSeed(other)).toBe(false);
  });
});
