/** The size of a face as a 3D camera measures it. Facts about a person: kept as secret as the template. */
export type FaceFacts = {
  /** Between the centres of the eyes. */
  readonly ipdMm: number | null;
  /** At the cheekbones. */
  readonly faceWidthMm: number | null;
};
export const NO_FACTS: FaceFacts = { ipdMm: null, faceWidthMm: null };

/**
 * By how much the size of a face may differ when it is measured again; more is another face. Over 108 simulated people the
 * distance of the irises differs by 0.6 mm (standard deviation; at most 1.6), the width at the cheekbones, whose landmarks
 * lie on the grazing rim, by 1.8 mm (at most 6.2).
 */
const SIZE_TOLERANCE_MM = { ipd: 6, faceWidth: 9 };

/** Null when nothing was measured on both occasions. */
export function sizeFits(one: FaceFacts, other: FaceFacts): boolean | null {
  const ipd = within(SIZE_TOLERANCE_MM.ipd, one.ipdMm, other.ipdMm);
  const faceWidth = within(SIZE_TOLERANCE_MM.faceWidth, one.faceWidthMm, other.faceWidthMm);
  return ipd === null && faceWidth === null ? null : ipd !== false && faceWidth !== false;
}

function within(toleranceMm: number, oneMm: number | null, otherMm: number | null): boolean | null {
  return oneMm === null || otherMm === null ? null : Math.abs(oneMm - otherMm) <= toleranceMm;
}

/** What an enrolment gives: the mean that payments are compared with, one vector for each pose, and the size. */
export type FaceTemplate = {
  /** Unit length. */
  readonly mean: Float32Array;
  readonly subTemplates: readonly Float32Array[];
  readonly facts: FaceFacts;
};

/** What is kept: with the mean as it was at the enrolment, which later updates of the mean must stay near. */
export type KeptTemplate = FaceTemplate & { readonly anchor: Float32Array };

export const MAX_SUB_TEMPLATES = 3;
const MAX_DIMENSION = 4_096;
/** From before the vault: the mean and the sub-templates, without anchor and facts. */
const FIRST_FORMAT = 1;
const FIRST_HEADER_BYTES = 4;
const FORMAT = 2;
const HEADER_BYTES = 12;
const PROBE_HEADER_BYTES = 9;

/**
 * u8 format, u8 number of sub-templates, u16 dimension, float32 inter-pupil distance and face width (NaN where not
 * measured), then little-endian float32: the anchor, the mean, the sub-templates.
 */
export function packTemplate(template: KeptTemplate): Buffer {
  const dimension = template.mean.length;
  const vectors = [template.anchor, template.mean, ...template.subTemplates];
  if (template.subTemplates.length > MAX_SUB_TEMPLATES) throw new RangeError('too many sub-templates');
  if (dimension === 0 || dimension > MAX_DIMENSION) throw new RangeError(`a template of ${dimension} numbers`);
  const bytes = Buffer.alloc(HEADER_BYTES + vectors.length * dimension * 4);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeUInt8(template.subTemplates.length, 1);
  bytes.writeUInt16LE(dimension, 2);
  bytes.writeFloatLE(template.facts.ipdMm ?? Number.NaN, 4);
  bytes.writeFloatLE(template.facts.faceWidthMm ?? Number.NaN, 8);
  vectors.forEach((vector, index) => {
    if (vector.length !== dimension) throw new RangeError('the vectors of a template differ in length');
    writeVector(bytes, HEADER_BYTES + index * dimension * 4, vector);
  });
  return bytes;
}

/** Throws when the bytes are no template: they were authenticated, so this is a fault of ours. */
export function unpackTemplate(bytes: Uint8Array): KeptTemplate {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = bytes.length < FIRST_HEADER_BYTES ? 0 : view.getUint8(0);
  const first = format === FIRST_FORMAT;
  if (!first && (format !== FORMAT || bytes.length < HEADER_BYTES)) throw new Error('this is not a face template');
  const headerBytes = first ? FIRST_HEADER_BYTES : HEADER_BYTES;
  const subCount = view.getUint8(1);
  const vectorCount = subCount + (first ? 1 : 2);
  const stride = view.getUint16(2, true) * 4;
  if (subCount > MAX_SUB_TEMPLATES || stride === 0 || bytes.length !== headerBytes + vectorCount * stride) {
    throw new Error('a face template does not have the length it announces');
  }
  const vectors = Array.from({ length: vectorCount }, (_, index) => {
    const from = headerBytes + index * stride;
    return unpackVector(bytes.subarray(from, from + stride));
  });
  if (first) {
    const [mean, ...subTemplates] = vectors;
    return { anchor: mean.slice(), mean, subTemplates, facts: NO_FACTS };
  }
  const [anchor, mean, ...subTemplates] = vectors;
  const facts = { ipdMm: measured(view.getFloat32(4, true)), faceWidthMm: measured(view.getFloat32(8, true)) };
  return { anchor, mean, subTemplates, facts };
}

/** Overwrites the numbers of a template. */
export function wipeVectors(template: KeptTemplate): void {
  for (const vector of [template.anchor, template.mean, ...template.subTemplates]) vector.fill(0);
}

/** The same template with each vector sent through `turn`. */
export function turned(template: KeptTemplate, turn: (vector: Float32Array) => Float32Array): KeptTemplate {
  return {
    anchor: turn(template.anchor),
    mean: turn(template.mean),
    subTemplates: template.subTemplates.map(turn),
    facts: template.facts,
  };
}

/** Float32 knows 63.2 as 63.200001: tenths of a millimetre are more than was measured anyway. */
function measured(valueMm: number): number | null {
  return Number.isNaN(valueMm) ? null : Math.round(valueMm * 10) / 10;
}

function writeVector(bytes: Buffer, at: number, vector: Float32Array): void {
  for (let i = 0; i < vector.length; i += 1) bytes.writeFloatLE(vector[i], at + i * 4);
}

/** A scan's template, until the phone number is typed: u8 format, the two sizes as above, then the vector. */
export function packProbe(probe: Float32Array, facts: FaceFacts): Buffer {
  const bytes = Buffer.alloc(PROBE_HEADER_BYTES + probe.length * 4);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeFloatLE(facts.ipdMm ?? Number.NaN, 1);
  bytes.writeFloatLE(facts.faceWidthMm ?? Number.NaN, 5);
  writeVector(bytes, PROBE_HEADER_BYTES, probe);
  return bytes;
}

/** Throws when the bytes are no probe: they were authenticated, so this is a fault of ours. */
export function unpackProbe(bytes: Uint8Array): { readonly probe: Float32Array; readonly facts: FaceFacts } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PROBE_HEADER_BYTES || view.getUint8(0) !== FORMAT) throw new Error('this is not a probe');
  const facts = { ipdMm: measured(view.getFloat32(1, true)), faceWidthMm: measured(view.getFloat32(5, true)) };
  return { probe: unpackVector(bytes.subarray(PROBE_HEADER_BYTES)), facts };
}

function unpackVector(bytes: Uint8Array): Float32Array {
  if (bytes.length % 4 !== 0) throw new Error('a vector of float32 has a multiple of 4 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
