import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BLAZEFACE } from './detector.ts';
import { loadPackagedModel } from './model-files.ts';

let cacheDir: string;
beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'smile-face-cache-'));
});
afterEach(() => rmSync(cacheDir, { recursive: true, force: true }));

const onnxFiles = () => readdirSync(cacheDir).filter((name) => name.endsWith('.onnx'));

describe('the cache of imported models', () => {
  it('is filled once and then used', async () => {
    const imported = await loadPackagedModel(BLAZEFACE, cacheDir);
    const [name] = onnxFiles();
    const writtenMs = statSync(join(cacheDir, name)).mtimeMs;
    const cached = await loadPackagedModel(BLAZEFACE, cacheDir);
    expect(Buffer.from(cached.bytes).equals(imported.bytes)).toBe(true);
    expect(cached.sourceSha256).toBe(imported.sourceSha256);
    expect(statSync(join(cacheDir, name)).mtimeMs).toBe(writtenMs);
    expect(readdirSync(cacheDir)).toHaveLength(2);
  });

  it('keeps other outputs and sizes of a model apart', async () => {
    await loadPackagedModel(BLAZEFACE, cacheDir);
    await loadPackagedModel({ ...BLAZEFACE, inputSize: { widthPx: 160, heightPx: 128 } }, cacheDir);
    await loadPackagedModel({ ...BLAZEFACE, outputs: ['Identity'] }, cacheDir);
    expect(onnxFiles()).toHaveLength(3);
  });

  it('is not trusted when a file was changed', async () => {
    const imported = await loadPackagedModel(BLAZEFACE, cacheDir);
    const path = join(cacheDir, onnxFiles()[0]);
    const changed = readFileSync(path);
    changed[changed.length >> 1] ^= 1;
    writeFileSync(path, changed);
    expect(Buffer.from((await loadPackagedModel(BLAZEFACE, cacheDir)).bytes).equals(imported.bytes)).toBe(true);
    expect(readFileSync(path).equals(imported.bytes)).toBe(true);
  });

  it('may be written by several at once', async () => {
    const models = await Promise.all(Array.from({ length: 4 }, () => loadPackagedModel(BLAZEFACE, cacheDir)));
    for (const { bytes } of models) expect(Buffer.from(bytes).equals(models[0].bytes)).toBe(true);
    expect(readdirSync(cacheDir)).toHaveLength(2);
  });

  it('is done without where it cannot be written', async () => {
    const file = join(cacheDir, 'not-a-folder');
    writeFileSync(file, '');
    expect((await loadPackagedModel(BLAZEFACE, file)).bytes.byteLength).toBeGreaterThan(100_000);
  });
});
