/** Runs a packaged model in TensorFlow.js (WebAssembly backend): what the imported models must agree with. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);
const modelsFolder = join(dirname(dirname(require.resolve('@vladmandic/human'))), 'models');

export type PackagedFiles = { readonly json: string; readonly weights: Uint8Array };

export function packagedFiles(model: string): PackagedFiles {
  return {
    json: readFileSync(join(modelsFolder, `${model}.json`), 'utf8'),
    weights: readFileSync(join(modelsFolder, `${model}.bin`)),
  };
}

/** The values of the named outputs for an NHWC input. */
export async function runInTfjs(
  files: PackagedFiles,
  input: Float32Array,
  shape: [number, number, number, number],
  outputs: string[],
): Promise<Record<string, Float32Array>> {
  setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  const json = JSON.parse(files.json);
  const model = await loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap((group: { weights: object[] }) => group.weights),
      weightData: Uint8Array.from(files.weights).buffer,
    }),
  });
  const tensor = tf.tensor4d(input, shape);
  const results = [model.execute(tensor, outputs)].flat();
  const values: Record<string, Float32Array> = {};
  for (const [index, name] of outputs.entries()) values[name] = Float32Array.from(await results[index].data());
  tf.dispose([tensor, ...results]);
  model.dispose();
  return values;
}
