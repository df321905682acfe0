/**
 * What is kept of an enrolled face. `mean` is what payments are compared with; the sub-templates (one for each pose
 * that was shown) are kept for a finer comparison later and are never needed for the one of today.
 */
export type FaceTemplate = {
  /** Unit length. */
  readonly mean: Float32Array;
  readonly subTemplates: readonly Float32Array[];
};

export const MAX_SUB_TEMPLATES = 3;
const HEADER_BYTES = 4;
const FORMAT = 1;
const MAX_DIMENSION = 4_096;

/** u8 format, u8 number of sub-templates, u16 dimension, then little-endian float32: the mean, the sub-templates. */
export function packTemplate(template: FaceTemplate): Uint8Array {
  const dimension = template.mean.length;
  const vectors = [template.mean, ...template.subTemplates];
  if (template.subTemplates.length > MAX_SUB_TEMPLATES) throw new RangeError('too many sub-templates');
  if (dimension === 0 || dimension > MAX_DIMENSION) throw new RangeError(`a template of ${dimension} numbers`);
  const bytes = Buffer.alloc(HEADER_BYTES + vectors.length * dimension * 4);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeUInt8(template.subTemplates.length, 1);
  bytes.writeUInt16LE(dimension, 2);
  vectors.forEach((vector, index) => {
    if (vector.length !== dimension) throw new RangeError('the vectors of a template differ in length');
    bytes.set(packVector(vector), HEADER_BYTES + index * dimension * 4);
  });
  return bytes;
}

/** Throws when the bytes are no template: they were authenticated, so this is a fault of ours. */
export function unpackTemplate(bytes: Uint8Array): FaceTemplate {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint8(0) !== FORMAT) throw new Error('this is not a face template');
  const count = view.getUint8(1);
  const stride = view.getUint16(2, true) * 4;
  if (count > MAX_SUB_TEMPLATES || stride === 0 || bytes.length !== HEADER_BYTES + (1 + count) * stride) {
    throw new Error('a face template does not have the length it announces');
  }
  const [mean, ...subTemplates] = Array.from({ length: 1 + count }, (_, index) => {
    const from = HEADER_BYTES + index * stride;
    return unpackVector(bytes.subarray(from, from + stride));
  });
  return { mean, subTemplates };
}

export function packVector(vector: Float32Array): Uint8Array {
  const bytes = Buffer.alloc(vector.length * 4);
  for (let i = 0; i < vector.length; i += 1) bytes.writeFloatLE(vector[i], i * 4);
  return bytes;
}

export function unpackVector(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new Error('a vector of float32 has a multiple of 4 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
