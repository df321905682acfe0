import { OnnxGraph } from './onnx-model.ts';
import {
  integerList,
  ModelImportError,
  type TfjsGraph,
  type TfjsNode,
  type TfjsWeight,
  textAttribute,
  textList,
} from './tfjs-graph.ts';

/** Part of the key of cached models: raise it with every change of what the importer writes. */
export const IMPORTER_VERSION = '1';

/** Where each axis of an NHWC tensor lies in the NCHW one. */
const NCHW_AXIS_OF = [0, 2, 3, 1];
/** Which NHWC axis stands at each place of an NCHW tensor. */
const NHWC_AXIS_AT = [0, 3, 1, 2];

/** A value of the ONNX graph. Images (rank 4 in the source) are kept in NCHW; everything else as it was. */
type Value = { readonly name: string; readonly isImage: boolean };

/**
 * Turns a TensorFlow.js graph into the bytes of an ONNX model that computes the named outputs.
 *
 * The model's input has the source's name and is NCHW (the source's is NHWC): callers fill planes, and no transpose is
 * spent on it. Outputs that are images are NCHW too. A first dimension of -1 in the source stays free. Only nodes the
 * outputs depend on are taken over.
 * Throws ModelImportError naming the node when the graph uses an operator, or a form of one, that is not known here.
 */
export function importGraph(source: TfjsGraph, outputs: readonly string[]): Uint8Array {
  const importer = new Importer(source);
  for (const output of outputs) importer.output(output);
  return importer.graph.finish('smile-face', IMPORTER_VERSION);
}

class Importer {
  readonly graph = new OnnxGraph();
  readonly #source: TfjsGraph;
  readonly #values = new Map<string, Value>();

  constructor(source: TfjsGraph) {
    this.#source = source;
  }

  output(name: string): void {
    this.graph.output(this.value(name).name);
  }

  /** The value of a node, imported when it is first asked for: dead branches are never visited. */
  value(name: string): Value {
    const known = this.#values.get(name);
    if (known) return known;
    const node = this.node(name);
    const convert = converters[node.op];
    if (!convert) throw new ModelImportError(`operator ${node.op} (node ${name}) is not supported`);
    const value = convert(this, node);
    this.#values.set(name, value);
    return value;
  }

  node(name: string): TfjsNode {
    const node = this.#source.nodes.get(name);
    if (!node) throw new ModelImportError(`node ${name} does not exist`);
    return node;
  }

  weight(name: string): TfjsWeight | undefined {
    return this.#source.weights.get(name);
  }

  /** The weight at an input that must be constant, such as a kernel or a shape. */
  weightAt(node: TfjsNode, index: number): TfjsWeight {
    const weight = this.weight(node.inputs[index] ?? '');
    if (!weight) throw new ModelImportError(`input ${index} of ${describe(node)} must be a weight`);
    return weight;
  }

  toNhwc(value: Value): string {
    return this.graph.node('Transpose', [value.name], this.graph.freshName(`${value.name}/nhwc`), {
      perm: [0, 2, 3, 1],
    });
  }

  /** The node's result under the node's own name, which outputs and later nodes refer to. */
  emit(
    node: TfjsNode,
    operator: string,
    inputs: readonly string[],
    isImage: boolean,
    attributes: Parameters<OnnxGraph['node']>[3] = {},
  ): Value {
    return { name: this.graph.node(operator, inputs, this.graph.freshName(node.name), attributes), isImage };
  }

  /** An operand of an elementwise operator; weights are reshaped so that they broadcast over NCHW. */
  operand(node: TfjsNode, index: number, besideImage: boolean): string {
    const weight = this.weight(node.inputs[index]);
    if (!weight) return this.value(node.inputs[index]).name;
    if (weight.values.length === 1) return this.graph.floats(weight.name, [], weight.values);
    const channels = weight.shape[weight.shape.length - 1];
    if (channels !== weight.values.length) {
      throw new ModelImportError(`${describe(node)} broadcasts a weight of shape [${weight.shape.join(', ')}]`);
    }
    return this.graph.floats(weight.name, besideImage ? [1, channels, 1, 1] : [channels], weight.values);
  }

  scalarAt(node: TfjsNode, index: number): number | undefined {
    const weight = this.weight(node.inputs[index]);
    return weight?.values.length === 1 ? weight.values[0] : undefined;
  }

  clip(node: TfjsNode, input: Value, low: number | null, high: number | null): Value {
    const bound = (name: string, value: number | null) =>
      value === null ? '' : this.graph.floats(`${node.name}/${name}`, [], Float32Array.of(value));
    return this.emit(node, 'Clip', [input.name, bound('low', low), bound('high', high)], input.isImage);
  }
}

type Converter = (importer: Importer, node: TfjsNode) => Value;

const converters: Record<string, Converter | undefined> = {
  Placeholder: placeholder,
  Identity: (importer, node) => unary(importer, node, 'Identity'),
  Relu: (importer, node) => unary(importer, node, 'Relu'),
  Sigmoid: (importer, node) => unary(importer, node, 'Sigmoid'),
  Softmax: softmax,
  Relu6: (importer, node) => importer.clip(node, importer.value(node.inputs[0]), 0, 6),
  Prelu: (importer, node) => prelu(importer, node, importer.value(node.inputs[0]), 1),
  Add: (importer, node) => elementwise(importer, node, 'Add'),
  AddV2: (importer, node) => elementwise(importer, node, 'Add'),
  Mul: (importer, node) => elementwise(importer, node, 'Mul'),
  Minimum: minimum,
  Maximum: maximum,
  Conv2D: (importer, node) => convolution(importer, node, false),
  _FusedConv2D: (importer, node) => convolution(importer, node, false),
  DepthwiseConv2dNative: (importer, node) => convolution(importer, node, true),
  MaxPool: maxPool,
  Pad: pad,
  Reshape: reshape,
  ConcatV2: concat,
  Mean: mean,
  MatMul: matMul,
  _FusedMatMul: matMul,
};

function placeholder(importer: Importer, node: TfjsNode): Value {
  const shape = node.attributes.shape?.shape?.dim?.map((dimension) => Number(dimension.size));
  if (shape?.length !== 4 || shape.slice(1).some((size) => !(size > 0))) {
    throw new ModelImportError(`${describe(node)} is not an image of fixed size`);
  }
  const name = importer.graph.freshName(node.name);
  importer.graph.input(name, [shape[0] > 0 ? shape[0] : 'batch', shape[3], shape[1], shape[2]]);
  return { name, isImage: true };
}

function unary(importer: Importer, node: TfjsNode, operator: string): Value {
  const input = importer.value(node.inputs[0]);
  return importer.emit(node, operator, [input.name], input.isImage);
}

function softmax(importer: Importer, node: TfjsNode): Value {
  const input = importer.value(node.inputs[0]);
  // The last axis of an NHWC image is its channels, axis 1 here.
  return importer.emit(node, 'Softmax', [input.name], input.isImage, { axis: input.isImage ? 1 : -1 });
}

function elementwise(importer: Importer, node: TfjsNode, operator: string): Value {
  const isImage = node.inputs.some((input) => !importer.weight(input) && importer.value(input).isImage);
  const operands = node.inputs.map((_, index) => importer.operand(node, index, isImage));
  return importer.emit(node, operator, operands, isImage);
}

function minimum(importer: Importer, node: TfjsNode): Value {
  const high = importer.scalarAt(node, 1);
  if (high === undefined) return elementwise(importer, node, 'Min');
  return importer.clip(node, importer.value(node.inputs[0]), null, high);
}

/** Keras writes ReLU6 as max(min(relu(x), 6), 0): one Clip says the same, and the runtime fuses it into the convolution. */
function maximum(importer: Importer, node: TfjsNode): Value {
  const low = importer.scalarAt(node, 1);
  if (low === undefined) return elementwise(importer, node, 'Max');
  const inner = importer.node(node.inputs[0]);
  const high = inner.op === 'Minimum' ? importer.scalarAt(inner, 1) : undefined;
  if (high === undefined || high < low) return importer.clip(node, importer.value(node.inputs[0]), low, null);
  const innermost = importer.node(inner.inputs[0]);
  const input = low === 0 && innermost.op === 'Relu' ? innermost.inputs[0] : inner.inputs[0];
  return importer.clip(node, importer.value(input), low, high);
}

function prelu(importer: Importer, node: TfjsNode, input: Value, slopeIndex: number): Value {
  const slope = importer.weightAt(node, slopeIndex);
  if (!input.isImage || slope.values.length !== slope.shape[slope.shape.length - 1]) {
    throw new ModelImportError(`${describe(node)} has slopes that are not one per channel`);
  }
  const slopes = importer.graph.floats(slope.name, [slope.values.length, 1, 1], slope.values);
  return importer.emit(node, 'PRelu', [input.name, slopes], true);
}

function convolution(importer: Importer, node: TfjsNode, depthwise: boolean): Value {
  requireNhwc(node);
  const input = importer.value(node.inputs[0]);
  if (!input.isImage) throw new ModelImportError(`${describe(node)} does not take an image`);
  const kernel = importer.weightAt(node, 1);
  if (kernel.shape.length !== 4) throw new ModelImportError(`${describe(node)} has no four-dimensional kernel`);
  const [height, width, inChannels] = kernel.shape;
  const inputs = [input.name, depthwise ? depthwiseKernel(importer, kernel) : fullKernel(importer, kernel)];
  const { bias, activation, nextIndex } = fused(importer, node, 2);
  if (bias) inputs.push(importer.graph.floats(bias.name, [bias.values.length], bias.values));
  const attributes = {
    auto_pad: autoPad(node),
    strides: spatial(node, 'strides'),
    dilations: spatial(node, 'dilations'),
    kernel_shape: [height, width],
    group: depthwise ? inChannels : 1,
  };
  if (!activation) return importer.emit(node, 'Conv', inputs, true, attributes);
  const before = importer.graph.freshName(`${node.name}/linear`);
  importer.graph.node('Conv', inputs, before, attributes);
  return activate(importer, node, { name: before, isImage: true }, activation, nextIndex);
}

/** [height, width, in, out] to [out, in, height, width]. */
function fullKernel(importer: Importer, kernel: TfjsWeight): string {
  const [height, width, inChannels, outChannels] = kernel.shape;
  const values = new Float32Array(kernel.values.length);
  let from = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < inChannels; i++) {
        for (let o = 0; o < outChannels; o++) {
          values[((o * inChannels + i) * height + y) * width + x] = kernel.values[from++];
        }
      }
    }
  }
  return importer.graph.floats(kernel.name, [outChannels, inChannels, height, width], values);
}

/** [height, width, in, multiplier] to [in * multiplier, 1, height, width]. */
function depthwiseKernel(importer: Importer, kernel: TfjsWeight): string {
  const [height, width, inChannels, multiplier] = kernel.shape;
  const values = new Float32Array(kernel.values.length);
  let from = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < inChannels * multiplier; channel++) {
        values[(channel * height + y) * width + x] = kernel.values[from++];
      }
    }
  }
  return importer.graph.floats(kernel.name, [inChannels * multiplier, 1, height, width], values);
}

function maxPool(importer: Importer, node: TfjsNode): Value {
  requireNhwc(node);
  const input = importer.value(node.inputs[0]);
  return importer.emit(node, 'MaxPool', [input.name], true, {
    auto_pad: autoPad(node),
    kernel_shape: spatial(node, 'ksize'),
    strides: spatial(node, 'strides'),
  });
}

function pad(importer: Importer, node: TfjsNode): Value {
  const input = importer.value(node.inputs[0]);
  const amounts = importer.weightAt(node, 1).values;
  if (!input.isImage || amounts.length !== 8) throw new ModelImportError(`${describe(node)} does not pad an image`);
  const before = NHWC_AXIS_AT.map((axis) => amounts[axis * 2]);
  const after = NHWC_AXIS_AT.map((axis) => amounts[axis * 2 + 1]);
  const pads = importer.graph.integers(`${node.name}/pads`, [...before, ...after]);
  return importer.emit(node, 'Pad', [input.name, pads], true);
}

/** A reshape runs over the values in memory order, so an image has to be NHWC again before. */
function reshape(importer: Importer, node: TfjsNode): Value {
  const input = importer.value(node.inputs[0]);
  const shape = [...importer.weightAt(node, 1).values];
  if (shape.length === 4) throw new ModelImportError(`${describe(node)} reshapes into an image`);
  const flat = input.isImage ? importer.toNhwc(input) : input.name;
  return importer.emit(node, 'Reshape', [flat, importer.graph.integers(`${node.name}/shape`, shape)], false);
}

function concat(importer: Importer, node: TfjsNode): Value {
  const values = node.inputs.slice(0, -1).map((name) => importer.value(name));
  const isImage = values[0].isImage;
  if (values.some((value) => value.isImage !== isImage)) {
    throw new ModelImportError(`${describe(node)} joins images with other values`);
  }
  const axis = importer.weightAt(node, node.inputs.length - 1).values[0];
  const names = values.map((value) => value.name);
  return importer.emit(node, 'Concat', names, isImage, { axis: isImage ? NCHW_AXIS_OF[(axis + 4) % 4] : axis });
}

function mean(importer: Importer, node: TfjsNode): Value {
  const input = importer.value(node.inputs[0]);
  const axes = [...importer.weightAt(node, 1).values].map((axis) => (axis + 4) % 4).sort();
  const overPixels = input.isImage && axes.length === 2 && axes[0] === 1 && axes[1] === 2;
  if (!overPixels) throw new ModelImportError(`${describe(node)} is not a mean over an image's pixels`);
  if (node.attributes.keep_dims?.b) return importer.emit(node, 'GlobalAveragePool', [input.name], true);
  const pooled = importer.graph.freshName(`${node.name}/pooled`);
  importer.graph.node('GlobalAveragePool', [input.name], pooled);
  return importer.emit(node, 'Flatten', [pooled], false, { axis: 1 });
}

function matMul(importer: Importer, node: TfjsNode): Value {
  if (node.attributes.transpose_a?.b) throw new ModelImportError(`${describe(node)} transposes its first operand`);
  const input = importer.value(node.inputs[0]);
  if (input.isImage) throw new ModelImportError(`${describe(node)} multiplies an image`);
  const matrix = importer.weightAt(node, 1);
  const inputs = [input.name, importer.graph.floats(matrix.name, matrix.shape, matrix.values)];
  const { bias, activation, nextIndex } = fused(importer, node, 2);
  if (bias) inputs.push(importer.graph.floats(bias.name, [bias.values.length], bias.values));
  const attributes = { transB: node.attributes.transpose_b?.b ? 1 : 0 };
  if (!activation) return importer.emit(node, 'Gemm', inputs, false, attributes);
  const before = importer.graph.freshName(`${node.name}/linear`);
  importer.graph.node('Gemm', inputs, before, attributes);
  return activate(importer, node, { name: before, isImage: false }, activation, nextIndex);
}

/** What is fused into a convolution or product: a bias and then one activation, which may have a weight too. */
function fused(importer: Importer, node: TfjsNode, firstIndex: number) {
  const operations = textList(node, 'fused_ops');
  const hasBias = operations[0] === 'BiasAdd';
  const rest = hasBias ? operations.slice(1) : operations;
  if (rest.length > 1) throw new ModelImportError(`${describe(node)} fuses ${operations.join(', ')}`);
  return {
    bias: hasBias ? importer.weightAt(node, firstIndex) : undefined,
    activation: rest[0],
    nextIndex: firstIndex + (hasBias ? 1 : 0),
  };
}

function activate(importer: Importer, node: TfjsNode, input: Value, activation: string, weightIndex: number): Value {
  switch (activation) {
    case 'Relu':
    case 'Sigmoid':
      return importer.emit(node, activation, [input.name], input.isImage);
    case 'Relu6':
      return importer.clip(node, input, 0, 6);
    case 'Prelu':
      return prelu(importer, node, input, weightIndex);
    default:
      throw new ModelImportError(`${describe(node)} fuses the unknown activation ${activation}`);
  }
}

function autoPad(node: TfjsNode): string {
  const padding = textAttribute(node, 'padding');
  // TensorFlow puts the odd pixel of SAME padding at the end, which is ONNX's SAME_UPPER.
  if (padding === 'SAME') return 'SAME_UPPER';
  if (padding === 'VALID') return 'VALID';
  throw new ModelImportError(`${describe(node)} has the unknown padding ${padding}`);
}

/** The height and width entries of an NHWC attribute such as strides; 1 where it is missing. */
function spatial(node: TfjsNode, name: string): number[] {
  return integerList(node, name)?.slice(1, 3) ?? [1, 1];
}

function requireNhwc(node: TfjsNode): void {
  const format = textAttribute(node, 'data_format');
  if (format !== undefined && format !== 'NHWC') throw new ModelImportError(`${describe(node)} works in ${format}`);
}

function describe(node: TfjsNode): string {
  return `${node.op} (node ${node.name})`;
}
