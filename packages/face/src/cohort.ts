import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import provenance from '../data/cohort-mean.json' with { type: 'json' };

const MEAN_PATH = join(import.meta.dirname, '../data/cohort-mean.f32');

/** What the cohort mean was computed from; see data/cohort-mean.json. */
export const COHORT_PROVENANCE = provenance;

/** Raise it with every change of alignment, pixel format or post-processing: embeddings of two versions do not compare. */
const FEED_VERSION = 2;

/**
 * Names what made an embedding: network, feed and cohort mean. Only embeddings of the same version may be compared;
 * another version means enrolling again.
 */
export const MODEL_VERSION = `faceres-${provenance.modelSha256.slice(0, 8)}-feed${FEED_VERSION}-cohort${provenance.meanSha256.slice(0, 8)}`;

/** The packaged mean and the weights it belongs to. Throws when its file is damaged: the installation is broken then. */
export async function loadPackagedMean(): Promise<{ readonly cohortMean: Float32Array; readonly modelSha256: string }> {
  const bytes = await readFile(MEAN_PATH);
  if (createHash('sha256').update(bytes).digest('hex') !== provenance.meanSha256) {
    throw new Error('the cohort mean does not have the recorded hash');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cohortMean = Float32Array.from({ length: bytes.byteLength / 4 }, (_, index) =>
    view.getFloat32(index * 4, true),
  );
  return { cohortMean, modelSha256: provenance.modelSha256 };
}
