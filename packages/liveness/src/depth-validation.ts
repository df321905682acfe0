import { upperBound } from '@smile/rates';
import { crossValidatedScores, type NumberedExample } from './cross-validation.ts';
import type { DepthCrop } from './depth-crop.ts';
import { fitLogistic, logLikelihoodRatio } from './logistic.ts';
import { type Pinhole, surfacePatch } from './patch.ts';
import { SHAPE_FEATURES, shapeCues, shapeFeatures } from './shape.ts';

/** A recorded crop with its label, and its place among those of its kind in the order they were taken. */
export type LabelledCrop = DepthCrop & {
  readonly live: boolean;
  readonly position: number;
  readonly classSize: number;
};

/** Strength of the ridge penalty of the shape model. */
export const SHAPE_RIDGE = 1;
/**
 * Live needs evidence of 1 nat; between that and 0 the answer is "try again". Like the features, it was set by people
 * who had seen how these crops score: their cross-validated rates are optimistic, and only other crops can test them.
 */
export const SHAPE_LIVE_FROM_NATS = 1;
export const SHAPE_ATTACK_BELOW_NATS = 0;

export type CropErrorRates = {
  readonly live: number;
  readonly attacks: number;
  readonly liveRefused: number;
  readonly attackAccepted: number;
  /** Undecided crops count as refused. */
  readonly bpcer: number;
  readonly bpcerHigh95: number;
  readonly apcer: number;
  readonly apcerHigh95: number;
  readonly acer: number;
  /** The worst of both kinds, nats; null when nothing of the kind was measured. */
  readonly lowestLiveNats: number | null;
  readonly highestAttackNats: number | null;
};

/** Shape features of crops; those with too little surface are left out and counted in `unmeasured`. */
export function shapeExamples(
  crops: readonly LabelledCrop[],
  pinhole: Pinhole,
): { readonly examples: NumberedExample[]; readonly unmeasured: { live: number; attack: number } } {
  const examples: NumberedExample[] = [];
  const unmeasured = { live: 0, attack: 0 };
  for (const { widthPx, heightPx, unitMm, values, live, position, classSize } of crops) {
    const zMm = Float32Array.from(values, (value) => value * unitMm);
    const cues = shapeCues(surfacePatch(widthPx, heightPx, zMm, pinhole));
    if (cues) examples.push({ features: shapeFeatures(cues), live, position, classSize });
    else unmeasured[live ? 'live' : 'attack'] += 1;
  }
  return { examples, unmeasured };
}

/**
 * Rates of shape models that saw neither a crop nor its neighbours (see `crossValidatedScores`). With `judged`, other
 * versions of the same crops (disturbed ones, say) are judged instead, by the models fitted on the originals.
 */
export function crossValidateCrops(
  fitted: readonly NumberedExample[],
  blocks: number,
  judged: readonly NumberedExample[] = fitted,
  unmeasured: { readonly live: number; readonly attack: number } = { live: 0, attack: 0 },
): CropErrorRates {
  return ratesOf(judged, crossValidatedScores(fitted, SHAPE_FEATURES, SHAPE_RIDGE, blocks, judged), unmeasured);
}

/** Fitted on the first third in the order of recording, judged on the last: nothing near in time is shared. */
export function forwardRates(examples: readonly NumberedExample[]): CropErrorRates {
  const place = ({ position, classSize }: NumberedExample) => position / classSize;
  const model = fitLogistic(
    examples.filter((example) => place(example) < 1 / 3),
    SHAPE_FEATURES,
    SHAPE_RIDGE,
  );
  const last = examples.filter((example) => place(example) >= 2 / 3);
  return ratesOf(
    last,
    last.map(({ features }) => logLikelihoodRatio(model, features)),
    { live: 0, attack: 0 },
  );
}

function ratesOf(
  examples: readonly NumberedExample[],
  scores: readonly number[],
  unmeasured: { readonly live: number; readonly attack: number },
): CropErrorRates {
  const liveNats = scores.filter((_, i) => examples[i].live);
  const attackNats = scores.filter((_, i) => !examples[i].live);
  const live = liveNats.length + unmeasured.live;
  const attacks = attackNats.length + unmeasured.attack;
  const liveRefused = liveNats.filter((nats) => nats < SHAPE_LIVE_FROM_NATS).length + unmeasured.live;
  const attackAccepted = attackNats.filter((nats) => nats >= SHAPE_LIVE_FROM_NATS).length;
  const bpcer = live === 0 ? 0 : liveRefused / live;
  const apcer = attacks === 0 ? 0 : attackAccepted / attacks;
  return {
    live,
    attacks,
    liveRefused,
    attackAccepted,
    bpcer,
    bpcerHigh95: upperBound(liveRefused, live),
    apcer,
    apcerHigh95: upperBound(attackAccepted, attacks),
    acer: (bpcer + apcer) / 2,
    lowestLiveNats: liveNats.length > 0 ? Math.min(...liveNats) : null,
    highestAttackNats: attackNats.length > 0 ? Math.max(...attackNats) : null,
  };
}
