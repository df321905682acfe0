import { FaceError } from './face-error.ts';

/**
 * Cosine of the angle between two embeddings, -1..1: higher means more alike. Throws FaceError `embedding_invalid` when
 * the lengths differ, or a vector has no length or holds a value that is not a number: such a thing must never match.
 */
export function similarity(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length || one.length === 0) {
    throw new FaceError('embedding_invalid', `embeddings of ${one.length} and ${other.length} values do not compare`);
  }
  let product = 0;
  let oneSquared = 0;
  let otherSquared = 0;
  for (let index = 0; index < one.length; index++) {
    product += one[index] * other[index];
    oneSquared += one[index] * one[index];
    otherSquared += other[index] * other[index];
  }
  const cosine = product / Math.sqrt(oneSquared * otherSquared);
  if (!Number.isFinite(cosine)) throw new FaceError('embedding_invalid', 'an embedding holds no direction');
  return Math.min(1, Math.max(-1, cosine));
}

/** Scales a vector to length 1 in place. Throws FaceError `embedding_invalid` when it has no direction. */
export function normalise(vector: Float32Array): Float32Array {
  let squared = 0;
  for (let index = 0; index < vector.length; index++) squared += vector[index] * vector[index];
  const length = Math.sqrt(squared);
  if (!(length > 0 && Number.isFinite(length))) {
    throw new FaceError('embedding_invalid', 'an embedding holds no direction');
  }
  for (let index = 0; index < vector.length; index++) vector[index] /= length;
  return vector;
}

/**
 * Normalises, takes away the mean of a cohort of other people, normalises again. What all faces share says nothing
 * about who somebody is; without it, impostors' scores spread around 0.
 */
export function centre(raw: Float32Array, cohortMean: Float32Array | null): Float32Array {
  const embedding = normalise(raw.slice());
  if (!cohortMean) return embedding;
  if (cohortMean.length !== embedding.length) {
    throw new FaceError('embedding_invalid', `a cohort mean of ${cohortMean.length} values does not fit`);
  }
  for (let index = 0; index < embedding.length; index++) embedding[index] -= cohortMean[index];
  return normalise(embedding);
}
