import record from '../data/thresholds.json' with { type: 'json' };
import { MODEL_VERSION } from './cohort.ts';

/** What was measured at one threshold, and on what. */
export type OperatingPoint = {
  /** Share of impostor pairs that the threshold lets through, 0..1. */
  readonly fmr: number;
  /** Pairs whose `similarity` is this or more match. */
  readonly threshold: number;
  /** Share of genuine pairs that it refuses, with Wilson's 95 % interval. */
  readonly fnmr: number;
  readonly low95: number;
  readonly high95: number;
  /** 95 % bounds of the false match rate of this threshold on other people, drawn by people; see `eval -- faces`. */
  readonly fmrLow95: number;
  readonly fmrHigh95: number;
  readonly data: string;
  readonly people: number;
  readonly measuredOn: string;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
};

/**
 * Measured by `eval -- faces`, recorded by tools/record-thresholds.ts with where they come from. Rising thresholds, falling false match rates.
 */
export const OPERATING_POINTS: readonly OperatingPoint[] = record.points;

/**
 * The operating point for a false match rate: the measured one with that rate or, if there is none, the next stricter.
 * Throws RangeError for a rate stricter than any measured: evidence is not made up. Throws Error when the thresholds
 * were recorded for another model.
 */
export function operatingPoint(fmr: number): OperatingPoint {
  if (record.modelVersion !== MODEL_VERSION) {
    throw new Error(`the thresholds were recorded for ${record.modelVersion}, not for ${MODEL_VERSION}`);
  }
  return pointFor(OPERATING_POINTS, fmr);
}

/** As `operatingPoint`, among points of falling false match rates. */
export function pointFor(points: readonly OperatingPoint[], fmr: number): OperatingPoint {
  const point = points.find((candidate) => candidate.fmr <= fmr * (1 + 1e-9));
  if (!point) throw new RangeError(`no threshold was measured for a false match rate of ${fmr}`);
  return point;
}
