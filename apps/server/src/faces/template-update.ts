import { similarity } from '@smile/face';

/** How a template follows a face that changes, and how far. */
export type UpdatePolicy = {
  /** Cosine from which a probe is so surely the person's that something may be learnt from it. */
  readonly strongFrom: number;
  /** The share of the probe in the new mean. */
  readonly weight: number;
  /** Cosine between the mean and the enrolled anchor that is never gone below. */
  readonly anchorFrom: number;
  /** Between two updates of one person. */
  readonly restMs: number;
};

/**
 * A tenth of each probe, once a week, never more than 18 degrees (cosine 0.95) from what was enrolled before somebody's
 * eyes. These are choices, not measurements: slow enough that nobody walks a template over to another face, which would
 * take them past the anchor's bound; a face that ages further is enrolled anew.
 */
export const UPDATE_RULES: Omit<UpdatePolicy, 'strongFrom'> = {
  weight: 0.1,
  anchorFrom: 0.95,
  restMs: 7 * 24 * 3_600_000,
};

/** The mean moved a little towards the probe, of unit length; null when that would leave the anchor. */
export function movedMean(
  kept: { readonly mean: Float32Array; readonly anchor: Float32Array },
  probe: Float32Array,
  { weight, anchorFrom }: Pick<UpdatePolicy, 'weight' | 'anchorFrom'>,
): Float32Array | null {
  const probeLength = Math.hypot(...probe);
  const moved = kept.mean.map((value, i) => (1 - weight) * value + (weight * probe[i]) / probeLength);
  const length = Math.hypot(...moved);
  for (let i = 0; i < moved.length; i += 1) moved[i] /= length;
  return similarity(moved, kept.anchor) >= anchorFrom ? moved : null;
}
