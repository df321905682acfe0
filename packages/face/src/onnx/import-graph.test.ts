import { describe, expect, it } from 'vitest';
import { Network } from '../session.ts';
import { importGraph } from './import-graph.ts';
import { ModelImportError, type TfjsGraph, type TfjsNode } from './tfjs-graph.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
type Attributes = TfjsNode['attributes'];

/** A graph with one image input and the given nodes; weights as [shape, values]. */
function graphOf(
  inputShape: number[],
  nodes: [name: string, op: string, inputs: string[], attributes?: Attributes][],
  weights: Record<string, [number[], number[]]> = {},
): TfjsGraph {
  const input: TfjsNode = {
    name: 'in',
    op: 'Placeholder',
    inputs: [],
    attributes: { shape: { shape: { dim: inputShape.map((size) => ({ size })) } } },
  };
  return {
    nodes: new Map([
      ['in', input],
      ...nodes.map(([name, op, inputs, attributes = {}]) => [name, { name, op, inputs, attributes }] as const),
    ]),
    weights: new Map(
      Object.entries(weights).map(([name, [shape, values]]) => [
        name,
        { name, shape, values: Float32Array.from(values), dtype: 'float32' },
      ]),
    ),
  };
}

async function run(graph: TfjsGraph, output: string, planes: number[], shape: number[]): Promise<number[]> {
  const network = await Network.load(importGraph(graph, [output]));
  const values = (await network.run(Float32Array.from(planes), shape))[output];
  await network.close();
  return [...values];
}

const convolution: Attributes = {
  strides: { list: { i: [1, 2, 2, 1] } },
  padding: { s: base64('SAME') },
  data_format: { s: base64('NHWC') },
};

describe('importing a graph', () => {
  it('pads SAME at the end where the padding is odd, as TensorFlow does', async () => {
    const graph = graphOf(
      [1, 2, 2, 1],
      [
        ['conv', 'Conv2D', ['in', 'k'], convolution],
        ['out', 'Reshape', ['conv', 's']],
      ],
      {
        k: [
          [3, 3, 1, 1],
          [1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8],
        ],
        s: [[1], [-1]],
      },
    );
    // The one output looks at rows 0..2 and columns 0..2 of the image, of which the last are padding.
    expect(await run(graph, 'out', [1, 2, 3, 4], [1, 1, 2, 2])).toEqual([1 + 20 + 3000 + 40000]);
  });

  it('reads kernels as height, width, in, out and adds the bias', async () => {
    const graph = graphOf(
      [1, 1, 1, 2],
      [
        ['conv', '_FusedConv2D', ['in', 'k', 'b'], { ...convolution, fused_ops: { list: { s: [base64('BiasAdd')] } } }],
        ['out', 'Reshape', ['conv', 's']],
      ],
      {
        k: [
          [1, 1, 2, 3],
          [1, 2, 3, 10, 20, 30],
        ],
        b: [[3], [100, 200, 300]],
        s: [[2], [1, 3]],
      },
    );
    expect(await run(graph, 'out', [1, 2], [1, 2, 1, 1])).toEqual([121, 242, 363]);
  });

  it('brings images back to NHWC before they are reshaped', async () => {
    const graph = graphOf([1, 1, 2, 3], [['out', 'Reshape', ['in', 's']]], { s: [[2], [1, 6]] });
    const planes = [1, 4, 2, 5, 3, 6];
    expect(await run(graph, 'out', planes, [1, 3, 1, 2])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('hands channels of zeros through pads, sums and pools, and drops them at the end', async () => {
    const graph = graphOf(
      [1, 2, 2, 2],
      [
        ['conv', 'Conv2D', ['in', 'k'], { ...convolution, strides: { list: { i: [1, 1, 1, 1] } } }],
        ['wide', 'Pad', ['conv', 'p']],
        ['sum', 'AddV2', ['wide', 'wide']],
        ['sigmoid', 'Sigmoid', ['sum']],
        ['pool', 'MaxPool', ['sigmoid'], { ...convolution, ksize: { list: { i: [1, 2, 2, 1] } } }],
        ['out', 'Reshape', ['pool', 's']],
      ],
      {
        k: [
          [1, 1, 2, 3],
          [1, 0, 0, 0, 1, 0],
        ],
        // Three channels become twenty: more than one block.
        p: [
          [4, 2],
          [0, 0, 0, 0, 0, 0, 0, 17],
        ],
        s: [[2], [1, 20]],
      },
    );
    const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
    const values = await run(graph, 'out', [1, 2, 3, 4, -5, -6, -7, -8], [1, 2, 2, 2]);
    expect(values).toHaveLength(20);
    expect(values[0]).toBeCloseTo(sigmoid(8), 6);
    expect(values[1]).toBeCloseTo(sigmoid(-10), 6);
    expect(values.slice(2).every((value) => Math.abs(value - 0.5) < 1e-6)).toBe(true);
  });

  it.each([
    ['at most 1', [0.25, -0.5]],
    ['above 1 too', [0.25, 3]],
  ])('bends negative values by slopes %s', async (_, slopes) => {
    const graph = graphOf(
      [1, 1, 2, 2],
      [
        ['bent', 'Prelu', ['in', 'a']],
        ['out', 'Reshape', ['bent', 's']],
      ],
      { a: [[1, 1, 2], slopes], s: [[1], [-1]] },
    );
    const values = await run(graph, 'out', [4, -4, 2, -2], [1, 2, 1, 2]);
    expect(values).toEqual([4, 2, -4 * slopes[0], -2 * slopes[1]]);
  });

  it('writes max(min(relu(x), 6), 0) as one clip', async () => {
    const graph = graphOf(
      [1, 1, 3, 1],
      [
        ['relu', 'Relu', ['in']],
        ['min', 'Minimum', ['relu', 'six']],
        ['max', 'Maximum', ['min', 'zero']],
        ['out', 'Reshape', ['max', 's']],
      ],
      { six: [[], [6]], zero: [[], [0]], s: [[1], [-1]] },
    );
    const text = Buffer.from(importGraph(graph, ['out'])).toString('latin1');
    expect(text).toContain('Clip');
    expect(text).not.toContain('Relu');
    expect(await run(graph, 'out', [-1, 5, 7], [1, 1, 1, 3])).toEqual([0, 5, 6]);
  });

  it('joins images along their channels', async () => {
    const graph = graphOf(
      [1, 1, 1, 2],
      [
        ['double', 'Mul', ['in', 'two']],
        ['joined', 'ConcatV2', ['in', 'double', 'axis']],
        ['out', 'Reshape', ['joined', 's']],
      ],
      { two: [[], [2]], axis: [[], [-1]], s: [[2], [1, 4]] },
    );
    expect(await run(graph, 'out', [3, 5], [1, 2, 1, 1])).toEqual([3, 5, 6, 10]);
  });

  it('gives images back in NHWC under their own name', async () => {
    const graph = graphOf([1, 1, 2, 3], [['out', 'Relu', ['in']]]);
    expect(await run(graph, 'out', [1, 4, 2, 5, 3, 6], [1, 3, 1, 2])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('leaves out what the outputs do not need, unknown operators included', () => {
    const graph = graphOf(
      [1, 1, 1, 1],
      [
        ['out', 'Reshape', ['in', 's']],
        ['unused', 'Mystery', ['in']],
      ],
      { s: [[1], [-1]] },
    );
    expect(importGraph(graph, ['out']).byteLength).toBeGreaterThan(0);
  });

  it.each<[string, TfjsGraph]>([
    ['operator Mystery (node out) is not supported', graphOf([1, 1, 1, 1], [['out', 'Mystery', ['in']]])],
    ['node missing does not exist', graphOf([1, 1, 1, 1], [['out', 'Relu', ['missing']]])],
    ['is not an image of fixed size', graphOf([1, -1, -1, 3], [['out', 'Relu', ['in']]])],
    ['works in NCHW', graphOf([1, 1, 1, 1], [['out', 'MaxPool', ['in'], { data_format: { s: base64('NCHW') } }]])],
    [
      'unknown padding EXPLICIT',
      graphOf([1, 1, 1, 1], [['out', 'MaxPool', ['in'], { ...convolution, padding: { s: base64('EXPLICIT') } }]]),
    ],
    [
      'unknown activation Elu',
      graphOf(
        [1, 1, 1, 1],
        [['out', '_FusedConv2D', ['in', 'k'], { ...convolution, fused_ops: { list: { s: [base64('Elu')] } } }]],
        { k: [[1, 1, 1, 1], [1]] },
      ),
    ],
  ])('refuses what it does not know: %s', (message, graph) => {
    expect(() => importGraph(graph, ['out'])).toThrow(ModelImportError);
    expect(() => importGraph(graph, ['out'])).toThrow(message);
  });
});
