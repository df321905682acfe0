import { describe, expect, it } from 'vitest';
import {
  drawLightChallenge,
  isLightCode,
  LIGHT_CODE_BITS,
  LIGHT_CODES,
  LIGHT_SLOT_COUNT,
  lightChallenge,
  lightSteps,
} from './challenge.ts';
import { countFlashes, keepsFlashLimits, saturationOfRed, type TimedColour } from './flash-safety.ts';
import { LIGHT_COLOURS, LIGHT_PALETTE, type LinearRgb, relativeLuminance, toCssColour, toSrgb8 } from './palette.ts';
import { faultOfSchedule, frameLight, idealSchedule, lightColour } from './schedule.ts';

const BLACK: LinearRgb = [0, 0, 0];
const WHITE: LinearRgb = [1, 1, 1];
const RED: LinearRgb = [1, 0, 0];

function every(stepMs: number, ...colours: LinearRgb[]): TimedColour[] {
  return colours.map((colour, i) => ({ atMs: i * stepMs, colour }));
}

describe('the flash limits', () => {
  it('count pairs of opposing changes of brightness', () => {
    expect(countFlashes(every(100, BLACK, WHITE)).general).toBe(0);
    expect(countFlashes(every(100, BLACK, WHITE, BLACK)).general).toBe(1);
    expect(countFlashes(every(100, BLACK, WHITE, BLACK, WHITE, BLACK, WHITE, BLACK, WHITE, BLACK)).general).toBe(4);
    // Slower than three in a second: the same changes, further apart.
    expect(countFlashes(every(400, BLACK, WHITE, BLACK, WHITE, BLACK, WHITE, BLACK)).general).toBe(1);
  });
  it('see through a change that comes in two steps', () => {
    const half: LinearRgb = [0.06, 0.06, 0.06];
    const dim: LinearRgb = [0.12, 0.12, 0.12];
    expect(countFlashes(every(50, BLACK, half, dim, half, BLACK)).general).toBe(1);
  });
  it('let pass what stays bright, and changes below a tenth', () => {
    expect(countFlashes(every(50, [0.85, 0.85, 0.85], WHITE, [0.85, 0.85, 0.85], WHITE)).general).toBe(0);
    expect(countFlashes(every(50, [0.3, 0.3, 0.3], [0.39, 0.39, 0.39], [0.3, 0.3, 0.3])).general).toBe(0);
  });
  it('count flashes of saturated red even at one brightness', () => {
    const dark: LinearRgb = [0.2126, 0.2126, 0.2126];
    expect(countFlashes(every(100, dark, RED, dark, RED, dark))).toEqual({ general: 0, red: 2 });
    expect(keepsFlashLimits(every(100, dark, RED, dark, RED, dark, RED, dark, RED, dark))).toBe(false);
  });
});

describe('the palette', () => {
  it('has one brightness, and no saturated red', () => {
    const luminances = LIGHT_COLOURS.map((name) => relativeLuminance(LIGHT_PALETTE[name]));
    expect(Math.max(...luminances) - Math.min(...luminances)).toBeLessThan(0.02);
    for (const name of LIGHT_COLOURS) expect(saturationOfRed(LIGHT_PALETTE[name])).toBeLessThan(0.7);
  });
  it('is the same on the page', () => {
    expect(toCssColour([1, 0.5, 0])).toBe('#ffbc00');
    for (const name of LIGHT_COLOURS) {
      const back = toSrgb8(LIGHT_PALETTE[name]).map((value) => {
        const v = value / 255;
        return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
      });
      for (const c of [0, 1, 2]) expect(back[c]).toBeCloseTo(LIGHT_PALETTE[name][c], 2);
    }
    expect(() => toSrgb8([1.1, 0, 0])).toThrow(RangeError);
  });
});

describe('a light challenge', () => {
  /** The page before and after may be any colour: white is as far from the palette as black is not. */
  const timeline = (slots: (typeof LIGHT_CODES)[number], page: LinearRgb, slotJitterMs = 0): TimedColour[] => {
    const { steps, endMs } = lightSteps(lightChallenge(slots));
    return [
      { atMs: -500, colour: page },
      ...steps.map((step, i) => ({ atMs: step.atMs + (i % 2 ? slotJitterMs : 0), colour: step.colour })),
      { atMs: endMs, colour: page },
    ];
  };

  it('keeps the flash limits, whatever code is drawn and whatever page it is shown on', () => {
    for (const slots of LIGHT_CODES) {
      for (const page of [WHITE, BLACK, RED]) {
        const flashes = countFlashes(timeline(slots, page));
        // Within the code itself nothing flashes at all; the page around it changes once there and once back.
        expect(flashes.general).toBeLessThanOrEqual(1);
        expect(flashes.red).toBeLessThanOrEqual(1);
      }
      const { steps } = lightSteps(lightChallenge(slots));
      expect(countFlashes(steps)).toEqual({ general: 0, red: 0 });
    }
  });

  it('keeps them even on a screen that shows every colour wrong', () => {
    // The worst any screen could make of steps 200 ms apart, 17 ms early or late: black, white, black...
    const steps = timeline(LIGHT_CODES[0], WHITE, 17).map(({ atMs }, i) => ({ atMs, colour: i % 2 ? WHITE : BLACK }));
    expect(keepsFlashLimits(steps)).toBe(true);
  });

  it('never shows a colour twice running, nor the rest colour at either end', () => {
    for (const code of LIGHT_CODES) {
      expect(code).toHaveLength(LIGHT_SLOT_COUNT);
      for (const [slot, colour] of code.entries()) expect(colour).not.toBe(code[slot + 1]);
      expect([code[0], code.at(-1)]).not.toContain('grey');
    }
    expect(new Set(LIGHT_CODES.map((code) => code.join())).size).toBe(LIGHT_CODES.length);
    expect(LIGHT_CODE_BITS).toBeGreaterThan(11);
    expect(LIGHT_CODE_BITS).toBeLessThan(12);
  });

  it('is drawn from random bytes alone, evenly', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    expect(drawLightChallenge(bytes)).toEqual(drawLightChallenge(bytes.slice()));
    expect(() => drawLightChallenge(bytes.subarray(0, 7))).toThrow(RangeError);
    const seen = new Map<string, number>();
    let state = 1n;
    for (let i = 0; i < 4_000; i += 1) {
      state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
      const drawn = drawLightChallenge(
        Uint8Array.from({ length: 8 }, (_, b) => Number((state >> BigInt(8 * b)) % 256n)),
      );
      seen.set(drawn.slots[0], (seen.get(drawn.slots[0]) ?? 0) + 1);
    }
    expect(seen.size).toBe(5);
    for (const count of seen.values()) expect(Math.abs(count - 800)).toBeLessThan(120);
  });

  it('refuses codes that were never drawn', () => {
    expect(isLightCode(['amber', 'amber', 'teal', 'rose', 'lime'])).toBe(false);
    expect(isLightCode(['grey', 'amber', 'teal', 'rose', 'lime'])).toBe(false);
    expect(isLightCode(['amber', 'teal'])).toBe(false);
    expect(isLightCode(['pink', 'teal', 'amber', 'rose', 'lime'])).toBe(false);
    expect(() => lightChallenge(['amber'])).toThrow(RangeError);
  });
});

describe('the light of a frame', () => {
  const challenge = lightChallenge(['amber', 'teal', 'grey', 'rose', 'lime']);
  const schedule = idealSchedule(challenge, 1_000, { latencyMs: 60, exposureMs: 30 });

  it('is the slot that was on while the shutter was open', () => {
    expect(frameLight(schedule, 1_000)).toBeNull();
    expect(frameLight(schedule, 1_100)).toMatchObject({ pure: 'rest', restShare: 1 });
    expect(frameLight(schedule, 1_300)).toMatchObject({ pure: 0 });
    expect(frameLight(schedule, 1_560)?.pure).toBe(1);
    expect(frameLight(schedule, 2_350)?.pure).toBe('rest');
    expect(frameLight(schedule, 2_600)).toBeNull();
  });
  it('is a mixture where it straddles two', () => {
    const light = frameLight(schedule, 1_200 + 200 + 60 + 5)!;
    expect(light.pure).toBeNull();
    expect(light.slotShares[0]).toBeCloseTo(1 / 3, 6);
    expect(light.slotShares[1]).toBeCloseTo(2 / 3, 6);
    const [red, green, blue] = lightColour(light, challenge.slots);
    expect(red).toBeCloseTo(0.62 / 3, 6);
    expect(green).toBeCloseTo(0.28 / 3 + (0.37 * 2) / 3, 6);
    expect(blue).toBeCloseTo((0.83 * 2) / 3, 6);
  });
  it('is known only as far as the page has painted', () => {
    const running = { ...schedule, slotStartsMs: schedule.slotStartsMs.slice(0, 2), codeEndMs: null };
    expect(frameLight(running, 1_560)?.pure).toBe(1);
    expect(frameLight(running, 1_700)).toBeNull();
  });

  it('is not taken from a schedule that cannot be', () => {
    expect(faultOfSchedule(schedule)).toBeNull();
    const starts = schedule.slotStartsMs;
    expect(faultOfSchedule({ ...schedule, slotStartsMs: [...starts].reverse() })).toBe('slots_out_of_order');
    expect(faultOfSchedule({ ...schedule, slotStartsMs: starts.map((t, i) => (i === 1 ? t - 100 : t)) })).toBe(
      'slot_too_short',
    );
    expect(faultOfSchedule({ ...schedule, codeEndMs: 2_600 })).toBe('slot_too_long');
    expect(faultOfSchedule({ ...schedule, latencyMs: Number.NaN })).toBe('times_absurd');
    expect(faultOfSchedule({ ...schedule, codeEndMs: null, slotStartsMs: starts.slice(0, 3) })).toBeNull();
    expect(faultOfSchedule({ ...schedule, slotStartsMs: starts.slice(0, 3) })).toBe('slots_out_of_order');
  });
});
