import { expect, it } from 'vitest';
import { OPERATING_POINTS, operatingPoint } from './thresholds.ts';

it('answers the measured point for a rate, or the next stricter', () => {
  expect(operatingPoint(1e-4).fmr).toBe(1e-4);
  expect(operatingPoint(5e-4).fmr).toBe(1e-4);
  expect(operatingPoint(1e-3).fmr).toBe(1e-3);
  expect(operatingPoint(0.5).fmr).toBe(1e-2);
});

it('has no threshold for a rate nobody measured', () => {
  expect(() => operatingPoint(1e-6)).toThrow(RangeError);
  expect(() => operatingPoint(Number.NaN)).toThrow(RangeError);
});

it('asks for more likeness where fewer impostors may pass', () => {
  for (let index = 1; index < OPERATING_POINTS.length; index++) {
    expect(OPERATING_POINTS[index].fmr).toBeLessThan(OPERATING_POINTS[index - 1].fmr);
    expect(OPERATING_POINTS[index].threshold).toBeGreaterThan(OPERATING_POINTS[index - 1].threshold);
  }
});
