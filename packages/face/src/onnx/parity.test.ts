import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/random.ts';
import { packagedFiles, runInTfjs } from '../../test/tfjs-reference.ts';
import { Network } from '../session.ts';
import { importGraph } from './import-graph.ts';
import { readTfjsGraph } from './tfjs-graph.ts';

/**
 * Two runtimes add in different orders, so the last bits differ: an output may be off by this share of its largest
 * value. Between BlazeFace's 60 layers that is a hundredth of a pixel.
 */
const TOLERANCE = 1e-4;

const models = [
  { name: 'blazeface', sidePx: 256, low: -1, high: 1, outputs: ['Identity', 'Identity_1', 'Identity_2', 'Identity_3'] },
  { name: 'facemesh', sidePx: 192, low: 0, high: 1, outputs: ['Identity_2', 'Identity_1', 'Identity'] },
  {
    name: 'faceres',
    sidePx: 224,
    low: -120,
    high: 150,
    outputs: ['global_pooling/Mean', 'age_pred/Softmax', 'gender_pred/Sigmoid'],
  },
  // Not used by the engine, but they cover concatenation and a mean that keeps its dimensions.
  { name: 'iris', sidePx: 64, low: 0, high: 1, outputs: ['Identity'] },
  { name: 'emotion', sidePx: 64, low: -1, high: 1, outputs: ['Identity'], channels: 1 },
];

describe('imported models agree with TensorFlow.js', () => {
  it.each(models)('$name', async ({ name, sidePx, low, high, outputs, channels = 3 }) => {
    const files = packagedFiles(name);
    const nhwc = smoothPicture(sidePx, channels, low, high);
    const expected = await runInTfjs(files, nhwc, [1, sidePx, sidePx, channels], outputs);

    const network = await Network.load(importGraph(readTfjsGraph(files.json, files.weights), outputs));
    const actual = await network.run(toPlanes(nhwc, channels), [1, channels, sidePx, sidePx]);
    await network.close();

    for (const output of outputs) {
      expect(actual[output].length).toBe(expected[output].length);
      expect(largestDifference(actual[output], expected[output])).toBeLessThan(TOLERANCE);
    }
  });

  it('runs two crops in one batch as it runs them one by one', async () => {
    const output = 'global_pooling/Mean';
    const files = packagedFiles('faceres');
    const network = await Network.load(importGraph(readTfjsGraph(files.json, files.weights), [output]));
    const one = toPlanes(smoothPicture(224, 3, -120, 150, 1), 3);
    const other = toPlanes(smoothPicture(224, 3, -120, 150, 2), 3);
    const both = new Float32Array(one.length * 2);
    both.set(one);
    both.set(other, one.length);
    const batch = (await network.run(both, [2, 3, 224, 224]))[output];
    const first = (await network.run(one, [1, 3, 224, 224]))[output];
    const second = (await network.run(other, [1, 3, 224, 224]))[output];
    await network.close();
    expect(largestDifference(batch.subarray(0, 1024), first)).toBeLessThan(TOLERANCE);
    expect(largestDifference(batch.subarray(1024), second)).toBeLessThan(TOLERANCE);
  });
});

/** Blobs of colour: noise alone would leave most of the networks' units silent. */
function smoothPicture(sidePx: number, channels: number, low: number, high: number, seed = 7): Float32Array {
  const random = seededRandom(seed);
  const waves = Array.from({ length: 6 * channels }, () => [random() * 9, random() * 9, random() * 7]);
  const values = new Float32Array(sidePx * sidePx * channels);
  for (let at = 0; at < values.length; at++) {
    const channel = at % channels;
    const x = (Math.floor(at / channels) % sidePx) / sidePx;
    const y = Math.floor(at / channels / sidePx) / sidePx;
    let sum = 0;
    for (let wave = channel; wave < waves.length; wave += channels) {
      const [fx, fy, phase] = waves[wave];
      sum += Math.sin(fx * x * 6 + fy * y * 6 + phase);
    }
    values[at] = low + (high - low) * (0.5 + sum / 12 + (random() - 0.5) * 0.1);
  }
  return values;
}

function toPlanes(nhwc: Float32Array, channels: number): Float32Array {
  const area = nhwc.length / channels;
  return nhwc.map((_, at) => nhwc[(at % area) * channels + Math.floor(at / area)]);
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  // A probability near 0 is compared on the scale of probabilities, not against itself.
  let largest = 1;
  for (let index = 0; index < expected.length; index++) {
    difference = Math.max(difference, Math.abs(actual[index] - expected[index]));
    largest = Math.max(largest, Math.abs(expected[index]));
  }
  return difference / largest;
}
