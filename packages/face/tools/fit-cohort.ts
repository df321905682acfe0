/**
 * Computes the cohort mean: `node packages/face/tools/fit-cohort.ts --from NAME=DIR ... [--note TEXT]`, where DIR holds
 * one folder of pictures per person. Writes data/cohort-mean.f32 and data/cohort-mean.json. Only an average over all
 * people is written: 1,024 numbers, from which no picture and no person can be had back.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeImage } from '../src/decode-image.ts';
import { FaceDetector } from '../src/detector.ts';
import { FACERES, FaceEmbedder } from '../src/embedder.ts';
import { loadPackagedModel } from '../src/model-files.ts';
import { normalise } from '../src/similarity.ts';

const { values } = parseArgs({
  options: { from: { type: 'string', multiple: true, default: [] }, note: { type: 'string', default: '' } },
});
if (values.from.length === 0) {
  console.error('usage: fit-cohort.ts --from NAME=DIR [--from NAME=DIR ...] [--note TEXT]');
  process.exit(2);
}

const detector = await FaceDetector.load();
const { bytes: onnx, sourceSha256 } = await loadPackagedModel({ name: FACERES.modelName, outputs: [FACERES.output] });
const embedder = await FaceEmbedder.load(FACERES, onnx);
const sources = [];
const sum = new Float64Array(FACERES.dimension);
for (const argument of values.from) {
  const separator = argument.indexOf('=');
  const name = argument.slice(0, separator);
  const source = await meanOfFolder(argument.slice(separator + 1));
  console.error(`${name}: ${source.people} people, ${source.images} pictures, ${source.noFace} without a face`);
  // Every source weighs the same: a cohort stands for the kinds of pictures met, not for how many of each there were.
  for (let index = 0; index < sum.length; index++) sum[index] += source.mean[index] / values.from.length;
  sources.push({ name, people: source.people, images: source.images, noFace: source.noFace });
}
const bytes = new Uint8Array(Float32Array.from(sum).buffer);
const folder = join(import.meta.dirname, '../data');
await writeFile(join(folder, 'cohort-mean.f32'), bytes);
const record = {
  what: 'Mean of the normalised embeddings (crop plus mirror) of a cohort, taken away from every embedding.',
  model: FACERES.modelName,
  modelSha256: sourceSha256,
  meanSha256: createHash('sha256').update(bytes).digest('hex'),
  dimension: FACERES.dimension,
  sources,
  note: values.note,
};
await writeFile(join(folder, 'cohort-mean.json'), `${JSON.stringify(record, null, 2)}\n`);
console.error(`wrote ${join(folder, 'cohort-mean.json')}`);
process.exit(0);

/** Averages each person's pictures first, so that nobody counts more for having more of them. */
async function meanOfFolder(folder: string) {
  const mean = new Float64Array(FACERES.dimension);
  let people = 0;
  let images = 0;
  let noFace = 0;
  for (const person of (await readdir(folder)).sort()) {
    const own = new Float64Array(FACERES.dimension);
    let found = 0;
    for (const file of (await readdir(join(folder, person))).sort()) {
      const decoded = await decodeImage(await readFile(join(folder, person, file)));
      if (!decoded.ok) throw new Error(`${person}/${file}: ${decoded.message}`);
      const [face] = await detector.detect(decoded.image, { maxFaces: 1 });
      const alignments = face && embedder.align((await detector.refine(decoded.image, face)).keypoints);
      images++;
      if (!alignments) {
        noFace++;
        continue;
      }
      const embedding = normalise(await embedder.embedRaw(decoded.image, alignments));
      for (let index = 0; index < own.length; index++) own[index] += embedding[index];
      found++;
    }
    if (found === 0) continue;
    people++;
    for (let index = 0; index < own.length; index++) mean[index] += own[index] / found;
  }
  if (people === 0) throw new Error(`no face in ${folder}`);
  return { mean: mean.map((value) => value / people), people, images, noFace };
}
