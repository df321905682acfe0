export { lowerBound, trialsNeeded, upperBound } from './bounds.ts';
export { quantile } from './quantile.ts';
