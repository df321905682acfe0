import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaceEngine } from './face-engine.ts';
import { loadFaceModel, type ModelManifest, operatingPointOf } from './face-model.ts';
import { FacePool } from './face-pool.ts';
import { OnnxGraph } from './onnx/onnx-model.ts';
import { similarity } from './similarity.ts';
import { drawFace } from './testing.ts';

/** An embedder of a few bytes: the mean colours of 7 x 7 tiles of a 112 px crop. */
function tinyEmbedder(batch: number | string): Uint8Array {
  const graph = new OnnxGraph();
  graph.input('picture', [batch, 3, 112, 112]);
  const tiles = graph.node('AveragePool', ['picture'], 'tiles', { kernel_shape: [16, 16], strides: [16, 16] });
  graph.node('Flatten', [tiles], 'numbers', { axis: 1 });
  graph.output('numbers');
  return graph.finish('test', '1');
}

const DIMENSION = 3 * 7 * 7;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'smile-model-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function writeModel(change: Record<string, unknown> = {}, batch: number | string = 'batch'): Promise<string> {
  const onnx = tinyEmbedder(batch);
  const manifest: Record<string, unknown> = {
    format: 1,
    name: 'tiny-tiles',
    file: 'tiny.onnx',
    sha256: sha256(onnx),
    licence: 'Apache-2.0',
    source: 'made by this test',
    input: { sidePx: 112, channelOrder: 'rgb', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
    flip: true,
    output: { name: 'numbers', dimension: DIMENSION },
    ...change,
  } satisfies Record<keyof Omit<ModelManifest, 'alignment' | 'evenLuma' | 'cohortMean' | 'thresholds'>, unknown>;
  await writeFile(join(dir, 'tiny.onnx'), onnx);
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
  return join(dir, 'manifest.json');
}

async function embedding(manifestPath: string): Promise<Float32Array> {
  const engine = await FaceEngine.create({ manifestPath });
  const image = drawFace();
  const [face] = await engine.detect(image);
  const numbers = await engine.embed(image, face);
  await engine.close();
  return numbers;
}

describe("an operator's own embedder", () => {
  it('embeds by its manifest, also in a pool, under a version of its own', async () => {
    const manifestPath = await writeModel();
    const numbers = await embedding(manifestPath);
    expect(numbers).toHaveLength(DIMENSION);
    expect(Math.hypot(...numbers)).toBeCloseTo(1, 5);
    const pool = await FacePool.create({ threads: 1, manifestPath });
    const analysed = await pool.analyse(drawFace(), { embed: true });
    await pool.close();
    expect(analysed.faces[0].embedding).toEqual(numbers);
    const { modelVersion, dimension, licence } = await loadFaceModel(manifestPath);
    expect(modelVersion).toMatch(/^tiny-tiles-[0-9a-f]{8}-feed[0-9a-f]{8}$/);
    expect({ dimension, licence }).toEqual({ dimension: DIMENSION, licence: 'Apache-2.0' });
    expect(modelVersion).not.toBe((await loadFaceModel()).modelVersion);
  });

  it('gives the same numbers through a network that takes one picture at a time', async () => {
    const together = await embedding(await writeModel());
    const alone = await embedding(await writeModel({ sha256: sha256(tinyEmbedder(1)) }, 1));
    expect(similarity(together, alone)).toBeCloseTo(1, 6);
  });

  it('obeys mean, standard deviations, channels, alignment and mirror, and each changes the version', async () => {
    const versions = new Set<string>();
    const plain = await embedding(await writeModel({ flip: false }));
    const input = { sidePx: 112, channelOrder: 'rgb', mean: [0, 0, 0], std: [255, 255, 255] };
    const point = ([x, y]: number[]) => [x, y];
    const higher = {
      sidePx: 112,
      leftEye: point([38, 40]),
      rightEye: point([74, 40]),
      noseTip: point([56, 60]),
      mouthCentre: point([56, 80]),
    };
    for (const change of [
      { flip: true },
      { flip: false, input },
      { flip: false, input: { ...input, std: [255, 128, 64] } },
      { flip: false, input: { ...input, channelOrder: 'bgr' } },
      { flip: false, alignment: { template: higher } },
      { flip: false, alignment: { zoom: 0.7 } },
      { flip: false, evenLuma: 60 },
    ]) {
      const path = await writeModel(change);
      versions.add((await loadFaceModel(path)).modelVersion);
      expect(similarity(await embedding(path), plain), JSON.stringify(change)).toBeLessThan(0.9999);
    }
    expect(versions.size).toBe(7);
  });

  it('has thresholds that were measured with exactly it, or none', async () => {
    const bare = await loadFaceModel(await writeModel());
    expect(() => operatingPointOf(bare, 1e-4)).toThrow(RangeError);
    const point = { fnmr: 0, low95: 0, high95: 0.1, fmrLow95: 0, fmrHigh95: 0.1, data: 'x', people: 2 };
    const pairs = { genuinePairs: 9, impostorPairs: 9, measuredOn: '2026-01-01' };
    const points = [
      { fmr: 1e-4, threshold: 0.7, ...point, ...pairs },
      { fmr: 1e-2, threshold: 0.5, ...point, ...pairs },
    ];
    const path = await writeModel({ thresholds: 'thresholds.json' });
    await writeFile(join(dir, 'thresholds.json'), JSON.stringify({ modelVersion: bare.modelVersion, points }));
    const model = await loadFaceModel(path);
    expect([operatingPointOf(model, 1e-2), operatingPointOf(model, 1e-3)]).toMatchObject([
      { threshold: 0.5 },
      { threshold: 0.7 },
    ]);
    await writeFile(join(dir, 'thresholds.json'), JSON.stringify({ modelVersion: 'another', points }));
    await expect(loadFaceModel(path)).rejects.toThrow('were measured with another');
  });

  it.each([
    [{ sha256: '0'.repeat(64) }, 'SHA-256'],
    [{ output: { name: 'numbers', dimension: 512 } }, 'numbers of 147'],
    [{ output: { name: 'elsewhere', dimension: DIMENSION } }, 'numbers of 147'],
    [{ input: { sidePx: 96, channelOrder: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] } }, 'does not take a picture'],
    [{ file: '../tiny.onnx' }, 'a file beside the manifest'],
    [{ licence: '' }, 'licence'],
    [{ surprise: 1 }, 'surprise'],
  ])('says plainly what is wrong: %o', async (change, message) => {
    const path = await writeModel(change);
    await expect(FaceEngine.create({ manifestPath: path })).rejects.toThrow(message);
  });
});
