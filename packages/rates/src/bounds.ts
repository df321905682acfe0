/**
 * What counted errors allow to be said about a rate. Bounds are one-sided, 95 %, exact (Clopper and Pearson 1934): the
 * rate at which so many errors, or fewer (more), would still come out in 5 of 100 such tests. They hold for trials that
 * do not depend on each other: a hundred attempts with one and the same print say little about other prints.
 */
const DOUBT = 0.05;
const ROUNDS = 60;
/** Nobody makes more trials by hand; the search for a number ends there. */
const MOST_TRIALS = 10_000_000;

/** The rate is at most this. 1 when nothing was tried. */
export function upperBound(errors: number, trials: number): number {
  check(errors, trials);
  if (errors >= trials) return 1;
  return crossing(errors / trials, 1, (rate) => atMost(errors, trials, rate) > DOUBT);
}

/** The rate is at least this. 0 when nothing was tried. */
export function lowerBound(errors: number, trials: number): number {
  check(errors, trials);
  if (errors === 0) return 0;
  return crossing(0, errors / trials, (rate) => 1 - atMost(errors - 1, trials, rate) < DOUBT);
}

/**
 * How many trials in all are needed for `upperBound` to fall below `rate`, if no more errors come than these. Without
 * any error that is about 3 / rate (the rule of three). Throws a RangeError for a rate that is no rate.
 */
export function trialsNeeded(rate: number, errors = 0): number {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`${rate} is no rate to be below of`);
  check(errors, errors);
  const enough = (trials: number) => upperBound(errors, trials) < rate;
  let high = errors + 1;
  while (!enough(high)) {
    high *= 2;
    if (high > MOST_TRIALS) throw new RangeError('nobody makes so many trials');
  }
  let low = errors;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function check(errors: number, trials: number): void {
  if (!(Number.isInteger(errors) && Number.isInteger(trials) && errors >= 0 && errors <= trials)) {
    throw new RangeError(`${errors} errors in ${trials} trials cannot be`);
  }
}

/** Where a condition that holds from `low` on ceases to. */
function crossing(from: number, to: number, holds: (rate: number) => boolean): number {
  let [low, high] = [from, to];
  for (let round = 0; round < ROUNDS; round += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return high;
}

/** Chance of so many errors or fewer; in logarithms, as (1 - rate)^trials is 0 for a machine long before it is small. */
function atMost(most: number, trials: number, rate: number): number {
  let logTerm = trials * Math.log1p(-rate);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= most; k += 1) {
    logTerm += Math.log((trials - k + 1) / k) + Math.log(rate) - Math.log1p(-rate);
    sum += Math.exp(logTerm);
  }
  return sum;
}
