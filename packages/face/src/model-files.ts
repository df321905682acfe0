import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { IMPORTER_VERSION, type InputSize, importGraph } from './onnx/import-graph.ts';
import { readTfjsGraph, weightFileNames } from './onnx/tfjs-graph.ts';

/** A model of the npm package `@vladmandic/human` (MIT) and the outputs that are used of it. */
export type PackagedModel = {
  readonly name: string;
  readonly outputs: readonly string[];
  /** Another size of the input than the packaged one's, for networks that allow it. */
  readonly inputSize?: InputSize;
};

export type OnnxFile = {
  readonly bytes: Uint8Array;
  /** SHA-256 of the files the model was imported from, hexadecimal: what the model is, whoever imported it. */
  readonly sourceSha256: string;
};

/** Where imported models are kept between starts: beside the packages, as build tools do. */
export function defaultCacheDir(): string {
  return join(packageRoot(), '..', '..', '.cache', 'smile-face');
}

/**
 * The ONNX form of a packaged model: from the cache when there, else imported now and put there. A cache that cannot be
 * written or was damaged costs time, never correctness. Throws ModelImportError when the package's files are damaged.
 */
export async function loadPackagedModel(model: PackagedModel, cacheDir = defaultCacheDir()): Promise<OnnxFile> {
  const folder = join(packageRoot(), 'models');
  const modelJson = await readFile(join(folder, `${model.name}.json`));
  const text = modelJson.toString('utf8');
  const weights = Buffer.concat(await Promise.all(weightFileNames(text).map((name) => readFile(join(folder, name)))));
  const sourceSha256 = createHash('sha256').update(modelJson).update(weights).digest('hex');
  const key = createHash('sha256')
    .update([IMPORTER_VERSION, sourceSha256, JSON.stringify(model.inputSize ?? null), ...model.outputs].join('\n'))
    .digest('hex');
  const path = join(cacheDir, `${model.name}-${key.slice(0, 24)}.onnx`);
  const cached = await readCached(path);
  if (cached) return { bytes: cached, sourceSha256 };
  const bytes = importGraph(readTfjsGraph(text, weights), model.outputs, model.inputSize);
  await writeCached(path, bytes);
  return { bytes, sourceSha256 };
}

/** The files of a packaged model as they are installed: its graph and its weights. */
export async function packagedFiles(model: string): Promise<{ readonly name: string; readonly bytes: Uint8Array }[]> {
  const folder = join(packageRoot(), 'models');
  const graph = await readFile(join(folder, `${model}.json`));
  const names = weightFileNames(graph.toString('utf8'));
  const weights = names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) }));
  return [{ name: `${model}.json`, bytes: graph }, ...(await Promise.all(weights))];
}

/** The folder of the model package. Its exports hide package.json, but every entry point lies in its `dist`. */
function packageRoot(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve('@vladmandic/human')));
}

async function readCached(path: string): Promise<Uint8Array | null> {
  try {
    const [bytes, digest] = await Promise.all([readFile(path), readFile(`${path}.sha256`, 'utf8')]);
    return sha256(bytes) === digest ? bytes : null;
  } catch {
    return null;
  }
}

/** Several workers may start at once: each writes files of its own and renames them, so a reader sees all or nothing. */
async function writeCached(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
    await writeFile(temporary, sha256(bytes));
    await rename(temporary, `${path}.sha256`);
  } catch {
    // A read-only installation works from memory.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
