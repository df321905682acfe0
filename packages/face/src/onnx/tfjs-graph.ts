/** Reads TensorFlow.js graph models: a JSON file with the graph and the list of weights, and the weights' bytes. */

export type TfjsWeight = {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whole numbers for int32 weights (shapes, axes, paddings), which are small enough to be exact. */
  readonly values: Float32Array;
  readonly dtype: 'float32' | 'int32';
};

type TfjsAttribute = {
  readonly s?: string;
  readonly i?: string | number;
  readonly b?: boolean;
  readonly list?: { readonly i?: readonly (string | number)[]; readonly s?: readonly string[] };
  readonly shape?: { readonly dim?: readonly { readonly size: string | number }[] };
};

export type TfjsNode = {
  readonly name: string;
  readonly op: string;
  /** Names of the values it takes; control inputs are left out. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, TfjsAttribute>>;
};

export type TfjsGraph = {
  readonly nodes: ReadonlyMap<string, TfjsNode>;
  readonly weights: ReadonlyMap<string, TfjsWeight>;
};

/** A model that cannot be imported: its files are damaged or it uses what the importer does not know. */
export class ModelImportError extends Error {
  override readonly name = 'ModelImportError';
}

type ModelJson = {
  modelTopology?: { node?: { name: string; op: string; input?: string[]; attr?: Record<string, TfjsAttribute> }[] };
  weightsManifest?: {
    paths: string[];
    weights: { name: string; shape: number[]; dtype: string; quantization?: { dtype?: string; scale?: number } }[];
  }[];
};

/** The names of the weight files, relative to the JSON file, in the order in which their bytes follow each other. */
export function weightFileNames(modelJson: string): string[] {
  return (parse(modelJson).weightsManifest ?? []).flatMap((group) => group.paths);
}

/** Throws ModelImportError when the files are damaged, contradict each other or use an unknown weight format. */
export function readTfjsGraph(modelJson: string, weightBytes: Uint8Array): TfjsGraph {
  const json = parse(modelJson);
  const weights = new Map<string, TfjsWeight>();
  let offset = 0;
  for (const entry of (json.weightsManifest ?? []).flatMap((group) => group.weights)) {
    const format = entry.quantization?.dtype ?? entry.dtype;
    const read = readers[format];
    // Only float16 is a plain cast; the affine uint8 and uint16 formats would need their scale and offset applied.
    if (!read || (entry.dtype !== 'float32' && entry.dtype !== 'int32')) {
      throw new ModelImportError(`weight ${entry.name} has the unsupported format ${entry.dtype} as ${format}`);
    }
    const length = entry.shape.reduce((product, size) => product * size, 1);
    const byteLength = length * read.bytesPerValue;
    if (offset + byteLength > weightBytes.byteLength) {
      throw new ModelImportError(`the weight file ends inside ${entry.name}`);
    }
    const view = new DataView(weightBytes.buffer, weightBytes.byteOffset + offset, byteLength);
    const values = new Float32Array(length);
    for (let index = 0; index < length; index++) values[index] = read.value(view, index);
    weights.set(entry.name, { name: entry.name, shape: entry.shape, values, dtype: entry.dtype });
    offset += byteLength;
  }
  if (offset !== weightBytes.byteLength) {
    throw new ModelImportError(`the weight file has ${weightBytes.byteLength - offset} bytes too many`);
  }
  const nodes = new Map<string, TfjsNode>();
  for (const node of json.modelTopology?.node ?? []) {
    const inputs = (node.input ?? []).filter((input) => !input.startsWith('^')).map(valueName);
    nodes.set(node.name, { name: node.name, op: node.op, inputs, attributes: node.attr ?? {} });
  }
  if (nodes.size === 0) throw new ModelImportError('the model has no graph');
  return { nodes, weights };
}

/** A list of whole numbers, such as strides. */
export function integerList(node: TfjsNode, name: string): number[] | undefined {
  return node.attributes[name]?.list?.i?.map(Number);
}

/** Strings are stored as base64. */
export function textAttribute(node: TfjsNode, name: string): string | undefined {
  const encoded = node.attributes[name]?.s;
  return encoded === undefined ? undefined : decodeText(encoded);
}

export function textList(node: TfjsNode, name: string): string[] {
  return (node.attributes[name]?.list?.s ?? []).map(decodeText);
}

/** IEEE 754 half precision to number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const readers: Record<string, { bytesPerValue: number; value(view: DataView, index: number): number } | undefined> = {
  float32: { bytesPerValue: 4, value: (view, index) => view.getFloat32(index * 4, true) },
  float16: { bytesPerValue: 2, value: (view, index) => halfToNumber(view.getUint16(index * 2, true)) },
  int32: { bytesPerValue: 4, value: (view, index) => view.getInt32(index * 4, true) },
};

function valueName(input: string): string {
  const colon = input.indexOf(':');
  if (colon === -1) return input;
  // All known operators have one output, so a second one would be an operator that must not be guessed at.
  if (input.slice(colon) !== ':0') throw new ModelImportError(`input ${input} names a second output`);
  return input.slice(0, colon);
}

function decodeText(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8');
}

function parse(modelJson: string): ModelJson {
  try {
    const json: unknown = JSON.parse(modelJson);
    if (typeof json !== 'object' || json === null) throw new ModelImportError('the model is not a JSON object');
    return json as ModelJson;
  } catch (error) {
    if (error instanceof ModelImportError) throw error;
    throw new ModelImportError('the model is not valid JSON');
  }
}
