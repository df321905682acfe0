/**
 * The part of the protocol buffers wire format that writing an ONNX model takes: variable-length integers, 32-bit
 * floats and length-delimited fields. See https://protobuf.dev/programming-guides/encoding.
 */
const WIRE_VARINT = 0;
const WIRE_LENGTH_DELIMITED = 2;
const WIRE_32_BIT = 5;

const utf8 = new TextEncoder();

/** One message under construction. Fields are written in the order of the calls. */
export class ProtobufMessage {
  readonly #chunks: Uint8Array[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** An int32, int64 or enum field; negative values take ten bytes, as the format demands. */
  integer(field: number, value: number | bigint): this {
    this.#tag(field, WIRE_VARINT);
    return this.#push(varint(BigInt(value)));
  }

  float(field: number, value: number): this {
    this.#tag(field, WIRE_32_BIT);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  /** The bytes are kept by reference until `finish`, so they must not change before. */
  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, WIRE_LENGTH_DELIMITED);
    this.#push(varint(BigInt(value.byteLength)));
    return this.#push(value);
  }

  message(field: number, value: ProtobufMessage): this {
    this.#tag(field, WIRE_LENGTH_DELIMITED);
    this.#push(varint(BigInt(value.#byteLength)));
    for (const chunk of value.#chunks) this.#push(chunk);
    return this;
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#byteLength);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return bytes;
  }

  #tag(field: number, wireType: number): void {
    this.#push(varint(BigInt(field * 8 + wireType)));
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.byteLength;
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
