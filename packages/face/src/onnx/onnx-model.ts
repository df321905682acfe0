import { ProtobufMessage } from './protobuf.ts';

/**
 * Writes ONNX models. Field numbers and enum values are those of onnx.proto (https://github.com/onnx/onnx); only
 * what the importer needs is here.
 */
const IR_VERSION = 8;
const OPSET_VERSION = 13;
const ELEMENT_FLOAT = 1;
const ELEMENT_INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

export type OnnxAttribute = number | string | readonly number[];

/** A dimension: its size, or a name where the size is chosen at run time. */
export type OnnxDimension = number | string;

/** A graph under construction; nodes must be added after the nodes whose outputs they take. */
export class OnnxGraph {
  readonly #graph = new ProtobufMessage();
  readonly #names = new Set<string>();
  #counter = 0;

  /** A name that no value of this graph has yet. */
  freshName(hint: string): string {
    let name = hint;
    while (this.#names.has(name)) {
      this.#counter++;
      name = `${hint}#${this.#counter}`;
    }
    this.#names.add(name);
    return name;
  }

  /** Attribute numbers must be whole: no operator used here takes a float attribute. */
  node(
    operator: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const node = new ProtobufMessage();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(3, `${operator}:${output}`).text(4, operator);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    this.#graph.message(1, node);
    return output;
  }

  floats(hint: string, shape: readonly number[], values: Float32Array): string {
    if (!isLittleEndian()) throw new Error('weights can only be written on a little-endian machine');
    return this.#initialiser(hint, shape, values.length, ELEMENT_FLOAT, values);
  }

  integers(hint: string, values: readonly number[]): string {
    const wide = BigInt64Array.from(values, (value) => BigInt(value));
    return this.#initialiser(hint, [values.length], values.length, ELEMENT_INT64, wide);
  }

  input(name: string, shape: readonly OnnxDimension[]): void {
    this.#graph.message(11, floatValue(name, shape));
  }

  output(name: string): void {
    this.#graph.message(12, floatValue(name, null));
  }

  /** The finished model as the bytes of a ModelProto. */
  finish(producer: string, producerVersion: string): Uint8Array {
    this.#graph.text(2, 'imported');
    return new ProtobufMessage()
      .integer(1, IR_VERSION)
      .text(2, producer)
      .text(3, producerVersion)
      .message(7, this.#graph)
      .message(8, new ProtobufMessage().text(1, '').integer(2, OPSET_VERSION))
      .finish();
  }

  #initialiser(
    hint: string,
    shape: readonly number[],
    length: number,
    elementType: number,
    values: Float32Array | BigInt64Array,
  ): string {
    const expected = shape.reduce((product, size) => product * size, 1);
    if (expected !== length) throw new Error(`${hint}: ${length} values do not fill the shape [${shape.join(', ')}]`);
    const name = this.freshName(hint);
    const tensor = new ProtobufMessage();
    for (const size of shape) tensor.integer(1, size);
    tensor.integer(2, elementType).text(8, name);
    tensor.bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#graph.message(5, tensor);
    return name;
  }
}

function attribute(name: string, value: OnnxAttribute): ProtobufMessage {
  const message = new ProtobufMessage().text(1, name);
  if (typeof value === 'string') return message.text(4, value).integer(20, ATTRIBUTE_STRING);
  if (typeof value === 'number') return message.integer(3, value).integer(20, ATTRIBUTE_INT);
  for (const item of value) message.integer(8, item);
  return message.integer(20, ATTRIBUTE_INTS);
}

function floatValue(name: string, shape: readonly OnnxDimension[] | null): ProtobufMessage {
  const tensorType = new ProtobufMessage().integer(1, ELEMENT_FLOAT);
  if (shape) {
    const shapeMessage = new ProtobufMessage();
    for (const size of shape) {
      const dimension = new ProtobufMessage();
      shapeMessage.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size));
    }
    tensorType.message(2, shapeMessage);
  }
  return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensorType));
}

function isLittleEndian(): boolean {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
}
