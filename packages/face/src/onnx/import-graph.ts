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
export const IMPORTER_VERSION = '7';

/** The size of a network's input in pixels. */
export type InputSize = { readonly widthPx: number; readonly heightPx: number };

/** Where each axis of an NHWC tensor lies in the NCHW one. */
const NCHW_AXIS_OF = [0, 2, 3, 1];
/** Which NHWC axis stands at each place of an NCHW tensor. */
const NHWC_AXIS_AT = [0, 3, 1, 2];

/**
 * The runtime keeps images in blocks of this many channels on processors with 512-bit vectors (8 elsewhere). Depthwise
 * layers of other widths fall out of that form, and every time the image is copied twice; so widths are rounded up with
 * channels of zeros, which cost less.
 */
const CHANNEL_BLOCK = 16;

/**
 * A value of the ONNX graph. Images (rank 4 in the source) are kept in NCHW; everything else as it was. An image may have
 * more channels than the source's: those beyond `channels` hold zeros.
 */
type Value =
  | { readonly name: string; readonly isImage: true; readonly channels: number; readonly storedChannels: number }
  | { readonly name: string; readonly isImage: false };
type ImageValue = Extract<Value, { isImage: true }>;

/**
 * Turns a TensorFlow.js graph into the bytes of an ONNX model that computes the named outputs.
 *
 * The model's input has the source's name and is NCHW (the source's is NHWC): callers fill planes, and no transpose is
 * spent on it. Outputs that are images are NHWC, as in the source. A first dimension of -1 in the source stays free. Only nodes the
 * outputs depend on are taken over. With `inputSize` the input gets another size: a network made of
 * convolutions only does not care, and its outputs grow and shrink with it.
 * Throws ModelImportError naming the node when the graph uses an operator, or a form of one, that is not known here.
 */
export function importGraph(source: TfjsGraph, outputs: readonly string[], inputSize?: InputSize): Uint8Array {
  const importer = new Importer(source, inputSize);
  // The outputs' names are theirs; the nodes they come from get others.
  for (const output of outputs) importer.graph.freshName(output);
  for (const output of outputs) importer.output(output);
  return importer.graph.finish('smile-face', IMPORTER_VERSION);
}

class Importer {
  readonly graph = new OnnxGraph();
  readonly inputSize: InputSize | undefined;
  readonly #source: TfjsGraph;
  readonly #values = new Map<string, Value>();

  constructor(source: TfjsGraph, inputSize: InputSize | undefined) {
    this.#source = source;
    this.inputSize = inputSize;
  }

  output(name: string): void {
    const value = this.value(name);
    this.graph.node('Identity', [value.isImage ? this.toNhwc(value) : value.name], name);
    this.graph.output(name);
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

  image(node: TfjsNode, index: number): ImageValue {
    const value = this.value(node.inputs[index]);
    if (!value.isImage) throw new ModelImportError(`input ${index} of ${describe(node)} is not an image`);
    return value;
  }

  /** An image with the source's channels only, for what would not leave zeros alone or counts channels. */
  narrow(value: ImageValue): ImageValue {
    if (value.storedChannels === value.channels) return value;
    const name = this.graph.freshName(`${value.name}/narrow`);
    const bounds = [[0], [value.channels], [1]].map((list) => this.graph.integers(`${name}/bounds`, list));
    this.graph.node('Slice', [value.name, ...bounds], name);
    return { ...value, name, storedChannels: value.channels };
  }

  toNhwc(value: ImageValue): string {
    const { name } = this.narrow(value);
    return this.graph.node('Transpose', [name], this.graph.freshName(`${name}/nhwc`), { perm: [0, 2, 3, 1] });
  }

  /** The node's result, named after the node. */
  emit(
    node: TfjsNode,
    operator: string,
    inputs: readonly string[],
    attributes: Parameters<OnnxGraph['node']>[3] = {},
  ): string {
    return this.graph.node(operator, inputs, this.graph.freshName(node.name), attributes);
  }

  /** One value per channel (or one for all), shaped to broadcast over an image or over plain values. */
  perChannel(node: TfjsNode, weight: TfjsWeight, image: ImageValue | null): string {
    if (weight.values.length === 1) return this.graph.floats(weight.name, [], weight.values);
    const channels = weight.shape[weight.shape.length - 1];
    if (channels !== weight.values.length || (image && image.channels !== channels)) {
      throw new ModelImportError(`${describe(node)} broadcasts a weight of shape [${weight.shape.join(', ')}]`);
    }
    if (!image) return this.graph.floats(weight.name, [channels], weight.values);
    return this.graph.floats(
      weight.name,
      [1, image.storedChannels, 1, 1],
      extended(weight.values, image.storedChannels),
    );
  }

  scalarAt(node: TfjsNode, index: number): number | undefined {
    const weight = this.weight(node.inputs[index]);
    return weight?.values.length === 1 ? weight.values[0] : undefined;
  }

  clip(node: TfjsNode, value: Value, low: number | null, high: number | null): Value {
    const keepsZero = (low ?? 0) <= 0 && (high ?? 0) >= 0;
    const input = value.isImage && !keepsZero ? this.narrow(value) : value;
    const bound = (name: string, limit: number | null) =>
      limit === null ? '' : this.graph.floats(`${node.name}/${name}`, [], Float32Array.of(limit));
    return { ...input, name: this.emit(node, 'Clip', [input.name, bound('low', low), bound('high', high)]) };
  }
}

type Converter = (importer: Importer, node: TfjsNode) => Value;

const converters: Record<string, Converter | undefined> = {
  Placeholder: placeholder,
  Identity: (importer, node) => unary(importer, node, 'Identity'),
  Relu: (importer, node) => unary(importer, node, 'Relu'),
  Relu6: (importer, node) => importer.clip(node, importer.value(node.inputs[0]), 0, 6),
  Prelu: (importer, node) => prelu(importer, node, importer.image(node, 0), importer.weightAt(node, 1)),
  Sigmoid: sigmoid,
  Softmax: softmax,
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
  const [batch, height, width, channels] = shape;
  const size = importer.inputSize;
  importer.graph.input(name, [batch > 0 ? batch : 'batch', channels, size?.heightPx ?? height, size?.widthPx ?? width]);
  return { name, isImage: true, channels, storedChannels: channels };
}

/** An operator that leaves zeros alone. */
function unary(importer: Importer, node: TfjsNode, operator: string): Value {
  const input = importer.value(node.inputs[0]);
  return { ...input, name: importer.emit(node, operator, [input.name]) };
}

function sigmoid(importer: Importer, node: TfjsNode): Value {
  const value = importer.value(node.inputs[0]);
  const input = value.isImage ? importer.narrow(value) : value;
  return { ...input, name: importer.emit(node, 'Sigmoid', [input.name]) };
}

function softmax(importer: Importer, node: TfjsNode): Value {
  const value = importer.value(node.inputs[0]);
  const input = value.isImage ? importer.narrow(value) : value;
  // The last axis of an NHWC image is its channels, axis 1 here.
  return { ...input, name: importer.emit(node, 'Softmax', [input.name], { axis: input.isImage ? 1 : -1 }) };
}

function elementwise(importer: Importer, node: TfjsNode, operator: 'Add' | 'Mul' | 'Min' | 'Max'): Value {
  const weights = node.inputs.map((name) => importer.weight(name));
  const values = node.inputs.map((name, index) => (weights[index] ? null : importer.value(name)));
  const images = values.filter((value) => value?.isImage) as ImageValue[];
  if (images.length === 0) {
    const names = values.map((value, index) => value?.name ?? importer.perChannel(node, weights[index]!, null));
    return { name: importer.emit(node, operator, names), isImage: false };
  }
  // A single number added to (or compared with) everything would fill the channels of zeros, and operands of different
  // width would not line up: both go back to the source's channels first.
  const [first] = images;
  const keepsZero = operator === 'Mul' || weights.every((weight) => weight?.values.length !== 1);
  const alike = images.every(({ storedChannels }) => storedChannels === first.storedChannels);
  const narrowed = keepsZero && alike ? images : images.map((image) => importer.narrow(image));
  let used = 0;
  const names = values.map((value, index) => {
    if (value?.isImage) return narrowed[used++].name;
    if (value) throw new ModelImportError(`${describe(node)} mixes an image with other values`);
    return importer.perChannel(node, weights[index]!, narrowed[0]);
  });
  return { ...narrowed[0], name: importer.emit(node, operator, names) };
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

/**
 * PReLU as s x + (1 - s) relu(x), with one weight s per channel, by 1 x 1 depthwise layers: the runtime has no PReLU for
 * blocked channels and would copy the image out of that form and back for each of them. Where no slope is above 1, the
 * second term is relu((1 - s) x), which fuses into one step.
 */
function prelu(importer: Importer, node: TfjsNode, input: ImageValue, slope: TfjsWeight): Value {
  const { channels, storedChannels } = input;
  if (slope.values.length !== channels || slope.shape[slope.shape.length - 1] !== channels) {
    throw new ModelImportError(`${describe(node)} has slopes that are not one per channel`);
  }
  const slopes = extended(slope.values, storedChannels);
  const rest = slopes.map((value) => 1 - value);
  const scale = (from: string, hint: string, factors: Float32Array) => {
    const kernel = importer.graph.floats(`${slope.name}/${hint}`, [storedChannels, 1, 1, 1], factors);
    const name = importer.graph.freshName(`${node.name}/${hint}`);
    return importer.graph.node('Conv', [from, kernel], name, { group: storedChannels, kernel_shape: [1, 1] });
  };
  const relu = (from: string) => importer.graph.node('Relu', [from], importer.graph.freshName(`${node.name}/relu`));
  const bent = rest.every((value) => value >= 0)
    ? relu(scale(input.name, 'bent', rest))
    : scale(relu(input.name), 'bent', rest);
  return { ...input, name: importer.emit(node, 'Add', [scale(input.name, 'straight', slopes), bent]) };
}

function convolution(importer: Importer, node: TfjsNode, depthwise: boolean): Value {
  requireNhwc(node);
  const kernel = importer.weightAt(node, 1);
  if (kernel.shape.length !== 4) throw new ModelImportError(`${describe(node)} has no four-dimensional kernel`);
  const [height, width, inChannels, last] = kernel.shape;
  const given = importer.image(node, 0);
  if (given.channels !== inChannels) {
    throw new ModelImportError(`${describe(node)} has a kernel for ${inChannels} channels, not ${given.channels}`);
  }
  // With a multiplier the results of the channels of zeros would come to lie between the others.
  const input = depthwise && last !== 1 ? importer.narrow(given) : given;
  const channels = depthwise ? inChannels * last : last;
  const storedChannels = depthwise ? input.storedChannels * last : roundUp(channels, CHANNEL_BLOCK);
  const inputs = [
    input.name,
    depthwise
      ? depthwiseKernel(importer, kernel, storedChannels)
      : fullKernel(importer, kernel, input.storedChannels, storedChannels),
  ];
  const { bias, activation, slope } = fused(importer, node);
  if (bias) inputs.push(importer.graph.floats(bias.name, [storedChannels], extended(bias.values, storedChannels)));
  const attributes = {
    auto_pad: autoPad(node),
    strides: spatial(node, 'strides'),
    dilations: spatial(node, 'dilations'),
    kernel_shape: [height, width],
    group: depthwise ? input.storedChannels : 1,
  };
  const name = importer.graph.freshName(activation ? `${node.name}/linear` : node.name);
  importer.graph.node('Conv', inputs, name, attributes);
  const value: ImageValue = { name, isImage: true, channels, storedChannels };
  return activation ? activate(importer, node, value, activation, slope) : value;
}

/** [height, width, in, out] to [stored out, stored in, height, width], with zeros for what the source has not. */
function fullKernel(importer: Importer, kernel: TfjsWeight, storedIn: number, storedOut: number): string {
  const [height, width, inChannels, outChannels] = kernel.shape;
  const values = new Float32Array(storedOut * storedIn * height * width);
  let from = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < inChannels; i++) {
        for (let o = 0; o < outChannels; o++) {
          values[((o * storedIn + i) * height + y) * width + x] = kernel.values[from++];
        }
      }
    }
  }
  return importer.graph.floats(kernel.name, [storedOut, storedIn, height, width], values);
}

/** [height, width, in, multiplier] to [stored, 1, height, width]. */
function depthwiseKernel(importer: Importer, kernel: TfjsWeight, stored: number): string {
  const [height, width, inChannels, multiplier] = kernel.shape;
  const values = new Float32Array(stored * height * width);
  let from = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < inChannels * multiplier; channel++) {
        values[(channel * height + y) * width + x] = kernel.values[from++];
      }
    }
  }
  return importer.graph.floats(kernel.name, [stored, 1, height, width], values);
}

function maxPool(importer: Importer, node: TfjsNode): Value {
  requireNhwc(node);
  const input = importer.image(node, 0);
  const name = importer.emit(node, 'MaxPool', [input.name], {
    auto_pad: autoPad(node),
    kernel_shape: spatial(node, 'ksize'),
    strides: spatial(node, 'strides'),
  });
  return { ...input, name };
}

function pad(importer: Importer, node: TfjsNode): Value {
  const amounts = importer.weightAt(node, 1).values;
  const given = importer.image(node, 0);
  if (amounts.length !== 8) throw new ModelImportError(`${describe(node)} does not pad four axes`);
  const before = NHWC_AXIS_AT.map((axis) => amounts[axis * 2]);
  const after = NHWC_AXIS_AT.map((axis) => amounts[axis * 2 + 1]);
  const channels = before[1] + given.channels + after[1];
  const input = before[1] === 0 ? given : importer.narrow(given);
  const storedChannels = before[1] === 0 ? roundUp(channels, CHANNEL_BLOCK) : channels;
  after[1] = storedChannels - before[1] - input.storedChannels;
  const image = (name: string): Value => ({ name, isImage: true, channels, storedChannels });
  const pixelsAlso = [...before, ...after].some((amount, place) => amount !== 0 && place % 4 !== 1);
  // Channels of zeros that are stored already become the padding.
  if (!pixelsAlso && before[1] === 0 && after[1] === 0) return image(input.name);
  if (!pixelsAlso && before[1] === 0) return image(widen(importer, node, input, storedChannels));
  const pads = importer.graph.integers(`${node.name}/pads`, [...before, ...after]);
  return image(importer.emit(node, 'Pad', [input.name, pads]));
}

/** More channels by a 1 x 1 convolution that hands the given ones through: unlike Pad it works on blocked channels. */
function widen(importer: Importer, node: TfjsNode, input: ImageValue, storedChannels: number): string {
  const kernel = new Float32Array(storedChannels * input.storedChannels);
  for (let channel = 0; channel < input.storedChannels; channel++) kernel[channel * input.storedChannels + channel] = 1;
  const shape = [storedChannels, input.storedChannels, 1, 1];
  const inputs = [input.name, importer.graph.floats(`${node.name}/identity`, shape, kernel)];
  return importer.emit(node, 'Conv', inputs, { kernel_shape: [1, 1] });
}

/** A reshape runs over the values in memory order, so an image has to be NHWC again before. */
function reshape(importer: Importer, node: TfjsNode): Value {
  const input = importer.value(node.inputs[0]);
  const shape = [...importer.weightAt(node, 1).values];
  if (shape.length === 4) throw new ModelImportError(`${describe(node)} reshapes into an image`);
  // How many rows a detector's head gives follows from the size of its input, whatever is written in the shape.
  if (input.isImage && shape.length === 3) shape[1] = -1;
  const flat = input.isImage ? importer.toNhwc(input) : input.name;
  const name = importer.emit(node, 'Reshape', [flat, importer.graph.integers(`${node.name}/shape`, shape)]);
  return { name, isImage: false };
}

function concat(importer: Importer, node: TfjsNode): Value {
  const axis = importer.weightAt(node, node.inputs.length - 1).values[0];
  const values = node.inputs.slice(0, -1).map((name) => importer.value(name));
  if (values.every((value) => !value.isImage)) {
    const names = values.map(({ name }) => name);
    return { name: importer.emit(node, 'Concat', names, { axis }), isImage: false };
  }
  const images = values.map((value) => {
    if (!value.isImage) throw new ModelImportError(`${describe(node)} joins images with other values`);
    return importer.narrow(value);
  });
  const names = images.map(({ name }) => name);
  const nchwAxis = NCHW_AXIS_OF[(axis + 4) % 4];
  const channels = nchwAxis === 1 ? images.reduce((sum, image) => sum + image.channels, 0) : images[0].channels;
  const name = importer.emit(node, 'Concat', names, { axis: nchwAxis });
  return { name, isImage: true, channels, storedChannels: channels };
}

function mean(importer: Importer, node: TfjsNode): Value {
  const input = importer.narrow(importer.image(node, 0));
  const axes = [...importer.weightAt(node, 1).values].map((axis) => (axis + 4) % 4).sort();
  if (axes.length !== 2 || axes[0] !== 1 || axes[1] !== 2) {
    throw new ModelImportError(`${describe(node)} is not a mean over an image's pixels`);
  }
  if (node.attributes.keep_dims?.b) {
    return { ...input, name: importer.emit(node, 'GlobalAveragePool', [input.name]) };
  }
  const pooled = importer.graph.freshName(`${node.name}/pooled`);
  importer.graph.node('GlobalAveragePool', [input.name], pooled);
  return { name: importer.emit(node, 'Flatten', [pooled], { axis: 1 }), isImage: false };
}

function matMul(importer: Importer, node: TfjsNode): Value {
  if (node.attributes.transpose_a?.b) throw new ModelImportError(`${describe(node)} transposes its first operand`);
  const input = importer.value(node.inputs[0]);
  if (input.isImage) throw new ModelImportError(`${describe(node)} multiplies an image`);
  const matrix = importer.weightAt(node, 1);
  const inputs = [input.name, importer.graph.floats(matrix.name, matrix.shape, matrix.values)];
  const { bias, activation, slope } = fused(importer, node);
  if (bias) inputs.push(importer.graph.floats(bias.name, [bias.values.length], bias.values));
  const name = importer.graph.freshName(activation ? `${node.name}/linear` : node.name);
  importer.graph.node('Gemm', inputs, name, { transB: node.attributes.transpose_b?.b ? 1 : 0 });
  const value: Value = { name, isImage: false };
  return activation ? activate(importer, node, value, activation, slope) : value;
}

type Fused = { readonly bias?: TfjsWeight; readonly activation?: string; readonly slope?: TfjsWeight };

/** What is fused into a convolution or product, from its third input on: a bias, then one activation. */
function fused(importer: Importer, node: TfjsNode): Fused {
  const operations = textList(node, 'fused_ops');
  const hasBias = operations[0] === 'BiasAdd';
  const [activation, ...more] = hasBias ? operations.slice(1) : operations;
  if (more.length > 0) throw new ModelImportError(`${describe(node)} fuses ${operations.join(', ')}`);
  return {
    bias: hasBias ? importer.weightAt(node, 2) : undefined,
    activation,
    slope: activation === 'Prelu' ? importer.weightAt(node, hasBias ? 3 : 2) : undefined,
  };
}

function activate(
  importer: Importer,
  node: TfjsNode,
  input: Value,
  activation: string,
  slope: TfjsWeight | undefined,
): Value {
  if (activation === 'Relu') return { ...input, name: importer.emit(node, 'Relu', [input.name]) };
  if (activation === 'Relu6') return importer.clip(node, input, 0, 6);
  if (activation === 'Prelu' && slope && input.isImage) return prelu(importer, node, input, slope);
  throw new ModelImportError(`${describe(node)} fuses the unknown activation ${activation}`);
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

function extended(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const longer = new Float32Array(length);
  longer.set(values);
  return longer;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

function describe(node: TfjsNode): string {
  return `${node.op} (node ${node.name})`;
}
