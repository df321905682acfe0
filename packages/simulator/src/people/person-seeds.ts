/**
 * Seeds of made-up people are shared out, so that nobody is met twice: error rates are reported on people with seeds of
 * the reporting range and on nobody else; calibrations, thresholds and tests of them draw from outside it. Those who
 * hold and wear the instruments of attacks come from the accomplices of either side.
 */
export const PERSON_SEEDS = {
  reporting: { from: 10_000, below: 100_000_000 },
  accomplices: { ofCalibration: 700, ofReporting: 7_000 },
} as const;

export function isReportingSeed(seed: number): boolean {
  return seed >= PERSON_SEEDS.reporting.from && seed < PERSON_SEEDS.reporting.below;
}
