import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import provenance from '../data/cohort-mean.json' with { type: 'json' };
import { FACERES } from './embedder.ts';
import { packagedFiles } from './model-files.ts';

/** One file of numbers that something was learnt into, for the model card. */
export type WeightFile = {
  readonly name: string;
  readonly usedFor: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly licence: string;
  readonly source: string;
};

const HUMAN = { licence: 'MIT', source: '@vladmandic/human 3.3.6 (npm)' };
const USES: Readonly<Record<string, string>> = {
  blazeface: 'finding faces and six points of each',
  facemesh: '468 points of a face: quality, pose, liveness',
  iris: 'whether the eyes are open',
  [FACERES.modelName]: 'the embedding; its answers about age and gender are not used',
};

/** Every file of weights the face engine loads with its packaged models. */
export async function weightFiles(): Promise<WeightFile[]> {
  const files: WeightFile[] = [];
  for (const [name, usedFor] of Object.entries(USES)) {
    for (const { name: file, bytes } of await packagedFiles(name)) files.push(describe(file, bytes, usedFor, HUMAN));
  }
  const mean = await readFile(join(import.meta.dirname, '../data/cohort-mean.f32'));
  const people = provenance.sources.map(
    (source) => `${source.images} pictures of ${source.people} people (${source.name})`,
  );
  const own = {
    licence: 'Apache-2.0',
    source: `made by packages/face/tools/fit-cohort.ts from ${people.join(' and ')}`,
  };
  files.push(describe('cohort-mean.f32', mean, 'what all faces share, taken away from every embedding', own));
  return files;
}

function describe(
  name: string,
  bytes: Uint8Array,
  usedFor: string,
  from: { readonly licence: string; readonly source: string },
): WeightFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, usedFor, bytes: bytes.byteLength, sha256, ...from };
}
