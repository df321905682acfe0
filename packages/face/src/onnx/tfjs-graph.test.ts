import { describe, expect, it } from 'vitest';
import { halfToNumber, ModelImportError, readTfjsGraph, weightFileNames } from './tfjs-graph.ts';

const model = (weights: object[]) =>
  JSON.stringify({
    modelTopology: { node: [{ name: 'in', op: 'Placeholder' }] },
    weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights }],
  });

describe('reading a TensorFlow.js graph', () => {
  it('reads float32, float16 and int32 weights one after the other', () => {
    const bytes = new Uint8Array(14);
    const view = new DataView(bytes.buffer);
    view.setFloat32(0, 1.5, true);
    view.setUint16(4, 0x3c00, true);
    view.setUint16(6, 0xc000, true);
    view.setUint16(8, 0x3555, true);
    view.setInt32(10, -7, true);
    const graph = readTfjsGraph(
      model([
        { name: 'single', shape: [], dtype: 'float32' },
        { name: 'half', shape: [3], dtype: 'float32', quantization: { dtype: 'float16' } },
        { name: 'whole', shape: [1], dtype: 'int32' },
      ]),
      bytes,
    );
    expect([...graph.weights.get('single')!.values]).toEqual([1.5]);
    expect([...graph.weights.get('half')!.values]).toEqual([1, -2, Math.fround(0.333251953125)]);
    expect([...graph.weights.get('whole')!.values]).toEqual([-7]);
  });

  it('names the weight files in their order', () => {
    expect(weightFileNames(model([]))).toEqual(['a.bin', 'b.bin']);
  });

  it.each([
    ['the weight file ends inside w', [{ name: 'w', shape: [2], dtype: 'float32' }], 7],
    ['2 bytes too many', [{ name: 'w', shape: [1], dtype: 'float32' }], 6],
    [
      'unsupported format float32 as uint8',
      [{ name: 'w', shape: [4], dtype: 'float32', quantization: { dtype: 'uint8', scale: 1 } }],
      4,
    ],
    ['unsupported format string', [{ name: 'w', shape: [4], dtype: 'string' }], 4],
  ])('refuses damage: %s', (message, weights, byteLength) => {
    expect(() => readTfjsGraph(model(weights), new Uint8Array(byteLength))).toThrow(ModelImportError);
    expect(() => readTfjsGraph(model(weights), new Uint8Array(byteLength))).toThrow(message);
  });

  it.each(['{', 'null', '{}', '[]'])('refuses %s as a model', (json) => {
    expect(() => readTfjsGraph(json, new Uint8Array(0))).toThrow(ModelImportError);
  });
});

describe('half precision', () => {
  it.each([
    [0x0000, 0],
    [0x0001, 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7bff, 65504],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('%i is %d', (bits, value) => {
    expect(halfToNumber(bits)).toBe(value);
  });
});
