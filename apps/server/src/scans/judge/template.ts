import { similarity } from '@smile/face';
import type { Candidate } from './candidates.ts';
import type { FaceReader, ScanTemplate } from './types.ts';

/** A template to which more frames may still be added. */
export type OpenTemplate = ScanTemplate & {
  /** Sum of the raw embeddings; the mean is made of it. */
  readonly rawSum: Float32Array;
};

/** Overwrites the numbers, once they are sealed or stored. */
export function wipeTemplate(template: ScanTemplate): void {
  template.mean.fill(0);
  for (const pose of template.poses) pose.fill(0);
}

/**
 * Embeds the frames and averages them before normalising, which weighs a sure answer of the network more than a vague
 * one. Null when there is no frame, or when two frames do not show one person: somebody may have put another face
 * before the camera after the living one was measured.
 */
export async function makeTemplate(
  reader: FaceReader,
  frames: readonly Candidate[],
  samePersonFrom: number,
): Promise<OpenTemplate | null> {
  if (frames.length === 0) return null;
  const raws: Float32Array[] = [];
  for (const frame of frames) raws.push(await reader.embedRaw(frame.image, frame.detection));
  const singles = raws.map((raw) => reader.finishEmbedding(raw));
  for (let i = 1; i < singles.length; i += 1) {
    for (let j = 0; j < i; j += 1) if (similarity(singles[i], singles[j]) < samePersonFrom) return null;
  }
  const rawSum = sumOf(raws);
  const mean = reader.finishEmbedding(rawSum);
  return { mean, poses: [mean], frameCount: raws.length, poseCount: 1, rawSum };
}

export function sumOf(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i += 1) sum[i] += vector[i];
  return sum;
}
