/**
 * Fits the depth-shape calibration and writes it with its provenance:
 *
 *     node packages/liveness/tools/fit-depth.ts --data DIR --note "what the crops are" [--out FILE]
 *
 * DIR holds live/*.png and attack/*.png (16-bit depth crops, numbered in the order they were taken) and camera.json.
 * Rates are cross-validated in contiguous blocks of file numbers; the model that is kept is fitted on all of them.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodeDepthPng } from '@smile/camera';
import { crossValidatedScores, type NumberedExample, upperBound95 } from '../src/cross-validation.ts';
import { fitLogistic } from '../src/logistic.ts';
import { surfacePatch } from '../src/patch.ts';
import { SHAPE_FEATURES, shapeCues, shapeFeatures } from '../src/shape.ts';

const BLOCKS = 10;
const RIDGE = 1;
/** Live needs evidence of 1 nat: between that and 0 the answer is "try again". Chosen before the fit, not tuned. */
const LIVE_FROM_NATS = 1;
const ATTACK_BELOW_NATS = 0;

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
const examples: NumberedExample[] = [];
const unmeasured = { live: 0, attack: 0 };
for (const kind of ['live', 'attack'] as const) {
  const names = (await readdir(join(dir, kind))).filter((name) => name.endsWith('.png')).sort();
  for (const [position, name] of names.entries()) {
    const bytes = await readFile(join(dir, kind, name));
    digest.update(bytes);
    const png = await decodeDepthPng(bytes);
    if (!png.ok) throw new Error(`${kind}/${name}: ${png.message}`);
    const { widthPx, heightPx, values } = png.value;
    const zMm = Float32Array.from(values, (value) => value * camera.depthUnitMm);
    const cues = shapeCues(surfacePatch(widthPx, heightPx, zMm, pinhole));
    if (!cues) unmeasured[kind] += 1;
    else examples.push({ features: shapeFeatures(cues), live: kind === 'live', position, classSize: names.length });
  }
}

const scores = crossValidatedScores(examples, SHAPE_FEATURES, RIDGE, BLOCKS);
const live = scores.filter((_, i) => examples[i].live);
const attack = scores.filter((_, i) => !examples[i].live);
const liveRefused = live.filter((score) => score < LIVE_FROM_NATS).length + unmeasured.live;
const attackAccepted = attack.filter((score) => score >= LIVE_FROM_NATS).length;
const liveTotal = live.length + unmeasured.live;
const attackTotal = attack.length + unmeasured.attack;
const crossValidation = {
  blocks: BLOCKS,
  liveRefused,
  attackAccepted,
  bpcer: liveRefused / liveTotal,
  bpcerHigh95: round(upperBound95(liveRefused, liveTotal)),
  apcer: attackAccepted / attackTotal,
  apcerHigh95: round(upperBound95(attackAccepted, attackTotal)),
  acer: (liveRefused / liveTotal + attackAccepted / attackTotal) / 2,
  lowestLiveNats: round(Math.min(...live)),
  highestAttackNats: round(Math.max(...attack)),
};
const model = fitLogistic(examples, SHAPE_FEATURES, RIDGE);
const calibration = {
  about:
    'Shape of a depth crop round a face: live against flat and bent paper. Log-likelihood ratio, natural logarithm.',
  provenance: {
    command: 'node packages/liveness/tools/fit-depth.ts --data DIR',
    data: options.note,
    dataSha256: digest.digest('hex'),
    live: liveTotal,
    attacks: attackTotal,
    unmeasured,
    ridge: RIDGE,
    crossValidation,
  },
  liveFromNats: LIVE_FROM_NATS,
  attackBelowNats: ATTACK_BELOW_NATS,
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
