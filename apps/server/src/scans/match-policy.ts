import { type FaceModel, operatingPointOf } from '@smile/face';
import type { MatchPolicy } from '../faces/index.ts';

/** What product.md promises of one-to-one matching; the threshold that was measured for it comes from the model's record. */
const FALSE_MATCH_RATE = 1e-4;
/** A hundredfold in false match rate lies between the best of a short list and the second. */
const MARGIN_RATE = 1e-2;

/** A model and its operating points as measured. Throws where nobody measured it at the rates that are promised. */
export function matchPolicyOf(model: FaceModel): MatchPolicy {
  const strictest = model.operatingPoints.at(-1);
  if (!strictest || strictest.fmr > FALSE_MATCH_RATE) {
    throw new Error(`${model.modelVersion} has no threshold measured for a false match rate of ${FALSE_MATCH_RATE}`);
  }
  const thresholdAt = (rate: number) => operatingPointOf(model, rate).threshold;
  const threshold = thresholdAt(FALSE_MATCH_RATE);
  const margin = threshold - thresholdAt(MARGIN_RATE);
  return {
    modelVersion: model.modelVersion,
    dimension: model.dimension,
    threshold,
    thresholdFor: (falseMatchRate) => (falseMatchRate < strictest.fmr ? null : thresholdAt(falseMatchRate)),
    margin,
    // Among many people some pair always passes the threshold of one comparison. Those above the strictest one by the
    // margin are the pairs that would still be mistaken for each other in another light.
    lookAlikeFrom: strictest.threshold + margin,
  };
}
