/**
 * Fits the depth-shape calibration and writes it with its provenance:
 *
 *     node packages/liveness/tools/fit-depth.ts --data DIR --note "what the crops are" [--out FILE]
 *
 * DIR holds live/*.png and attack/*.png (16-bit depth crops, numbered in the order they were taken) and camera.json.
 * Rates are cross-validated in contiguous blocks of file numbers; the model that is kept is fitted on all of them.
 * The features were chosen, and the threshold set, with the scores of the same crops in sight: the rates that come out
 * are optimistic to an unknown degree.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeDepthPng } from '@smile/camera';
import {
  crossValidateCrops,
  type LabelledCrop,
  SHAPE_ATTACK_BELOW_NATS,
  SHAPE_LIVE_FROM_NATS,
  SHAPE_RIDGE,
  shapeExamples,
} from '../src/depth-validation.ts';
import { fitLogistic } from '../src/logistic.ts';
import { SHAPE_FEATURES } from '../src/shape.ts';

const BLOCKS = 10;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    note: { type: 'string', default: '' },
    out: { type: 'string', default: new URL('../calibration/depth-shape.json', import.meta.url).pathname },
  },
});
if (!options.data) {
  console.error('usage: fit-depth.ts --data DIR --note "what the crops are" [--out FILE]');
  process.exit(2);
}

const dir = options.data;
const camera = JSON.parse(await readFile(join(dir, 'camera.json'), 'utf8'));
const pinhole = { fxPx: camera.fx, fyPx: camera.fy, cxPx: camera.cx, cyPx: camera.cy };
const digest = createHash('sha256');
const crops: LabelledCrop[] = [];
for (const kind of ['live', 'attack'] as const) {
  const names = (await readdir(join(dir, kind))).filter((name) => name.endsWith('.png')).sort();
  for (const [position, name] of names.entries()) {
    const bytes = await readFile(join(dir, kind, name));
    digest.update(bytes);
    const png = await decodeDepthPng(bytes);
    if (!png.ok) throw new Error(`${kind}/${name}: ${png.message}`);
    crops.push({
      ...png.value,
      unitMm: camera.depthUnitMm,
      live: kind === 'live',
      position,
      classSize: names.length,
    });
  }
}

const { examples, unmeasured } = shapeExamples(crops, pinhole);
const rates = crossValidateCrops(examples, BLOCKS, examples, unmeasured);
const crossValidation = Object.fromEntries(
  Object.entries({ blocks: BLOCKS, ...rates }).map(([name, value]) => [name, value === null ? null : round(value)]),
);
const model = fitLogistic(examples, SHAPE_FEATURES, SHAPE_RIDGE);
const calibration = {
  about:
    'Shape of a depth crop round a face: live against flat and bent paper. Log-likelihood ratio, natural logarithm.',
  provenance: {
    command: 'node packages/liveness/tools/fit-depth.ts --data DIR',
    data: options.note,
    dataSha256: digest.digest('hex'),
    live: rates.live,
    attacks: rates.attacks,
    unmeasured,
    ridge: SHAPE_RIDGE,
    crossValidation,
    caution:
      'Features and threshold were chosen by people who had seen these crops: the rates are optimistic. Only crops that nobody looked at can test them.',
  },
  liveFromNats: SHAPE_LIVE_FROM_NATS,
  attackBelowNats: SHAPE_ATTACK_BELOW_NATS,
  model: {
    bias: round(model.bias),
    terms: model.terms.map(({ feature, mean, scale, weight }) => ({
      feature,
      mean: round(mean),
      scale: round(scale),
      weight: round(weight),
    })),
  },
};
await writeFile(options.out, `${JSON.stringify(calibration, null, 2)}\n`);
console.log(JSON.stringify(crossValidation, null, 2));

function round(value: number): number {
  return Number(value.toFixed(4));
}
