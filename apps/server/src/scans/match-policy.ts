import { MODEL_VERSION, OPERATING_POINTS, operatingPoint } from '@smile/face';
import type { MatchPolicy } from '../faces/index.ts';

/** What product.md promises of one-to-one matching; the threshold that was measured for it comes from the model's record. */
const FALSE_MATCH_RATE = 1e-4;
/** A hundredfold in false match rate lies between the best of a short list and the second. */
const MARGIN_RATE = 1e-2;
/** Of the packaged embedder. A template of another length is refused, not compared. */
const EMBEDDING_DIMENSION = 1_024;

const threshold = operatingPoint(FALSE_MATCH_RATE).threshold;
const margin = threshold - operatingPoint(MARGIN_RATE).threshold;
const strictest = OPERATING_POINTS.reduce((a, b) => (b.fmr < a.fmr ? b : a));

/** The packaged model and its operating points as measured (packages/face/data/thresholds.json). */
export const MATCH_POLICY: MatchPolicy = {
  modelVersion: MODEL_VERSION,
  dimension: EMBEDDING_DIMENSION,
  threshold,
  thresholdFor: (falseMatchRate) => (falseMatchRate < strictest.fmr ? null : operatingPoint(falseMatchRate).threshold),
  margin,
  // Among many people some pair always passes the threshold of one comparison. Those above the strictest one by the
  // margin are the pairs that would still be mistaken for each other in another light.
  lookAlikeFrom: strictest.threshold + margin,
};
