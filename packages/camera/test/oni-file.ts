import type { Frame } from '../src/index.ts';

/**
 * Writes frames as an uncompressed OpenNI recording, so that the driver can be tested against the real library
 * without a camera. All numbers little-endian; a record is a 28-byte head, fields and a payload.
 */
const MAGIC_RECORD = Buffer.from('NIR\0', 'latin1');
const HEAD_BYTES = 28;
const CODEC_NONE = 0x454e4f4e;
const RECORD = {
  intProperty: 0x03,
  generalProperty: 0x06,
  nodeRemoved: 0x07,
  dataBegin: 0x08,
  nodeReady: 0x09,
  data: 0x0a,
  end: 0x0b,
  nodeAdded: 0x0d,
  seekTable: 0x0e,
} as const;

type Node = {
  readonly id: number;
  readonly name: string;
  readonly nodeType: number;
  readonly legacyFormat: number;
  readonly format: number;
  readonly bytesPerPixel: number;
  readonly payload: (frame: Frame) => Buffer;
};

const NODES: readonly Node[] = [
  {
    id: 1,
    name: 'Depth',
    nodeType: 2,
    legacyFormat: 4,
    format: 100,
    bytesPerPixel: 2,
    payload: ({ depth }) => Buffer.from(depth!.values.buffer, depth!.values.byteOffset, depth!.values.byteLength),
  },
  {
    id: 2,
    name: 'Image',
    nodeType: 3,
    legacyFormat: 1,
    format: 200,
    bytesPerPixel: 3,
    payload: ({ colour }) => Buffer.from(colour.rgb),
  },
];

/** @param frames of one size, depth in whole millimetres */
export function oniFile(frames: readonly Frame[]): Buffer {
  const { widthPx, heightPx, fxPx, fyPx } = frames[0].intrinsics;
  const startMs = frames[0].deviceTimeMs;
  const timesUs = frames.map((frame) => Math.round((frame.deviceTimeMs - startMs) * 1000));
  const lastUs = timesUs.at(-1)!;
  const parts: Buffer[] = [];
  let position = 0;
  const put = (part: Buffer): number => {
    const at = position;
    parts.push(part);
    position += part.length;
    return at;
  };

  put(Buffer.concat([Buffer.from('NI10', 'latin1'), Buffer.from([1, 0, 1, 0, 0, 0, 0, 0]), u64(lastUs), u32(2)]));
  const mode = Buffer.concat([u32(widthPx), u32(heightPx), u32(30)]);
  const fieldOfView = Buffer.concat([f64(2 * Math.atan(widthPx / 2 / fxPx)), f64(2 * Math.atan(heightPx / 2 / fyPx))]);
  // Without a cropping property the player drops every frame silently.
  const cropping = Buffer.alloc(12);
  cropping.writeUInt16LE(widthPx, 8);
  cropping.writeUInt16LE(heightPx, 10);

  const addedAt = new Map<number, { at: number; seekFieldAt: number }>();
  for (const node of NODES) {
    const fields = Buffer.concat([
      text(node.name),
      u32(node.nodeType),
      u32(CODEC_NONE),
      u32(frames.length),
      u64(0),
      u64(lastUs),
      u64(0),
    ]);
    const at = put(record(RECORD.nodeAdded, node.id, fields));
    addedAt.set(node.id, { at, seekFieldAt: at + HEAD_BYTES + fields.length - 8 });
    put(intProperty(node.id, 'oniRequiredFrameSize', widthPx * heightPx * node.bytesPerPixel));
    if (node.id === 1) put(intProperty(node.id, 'xnDeviceMaxDepth', 10_000));
    put(generalProperty(node.id, 'xnMapOutputMode', mode));
    put(intProperty(node.id, 'xnPixelFormat', node.legacyFormat));
    put(intProperty(node.id, 'oniPixelFormat', node.format));
    put(generalProperty(node.id, 'xnFOV', fieldOfView));
    put(generalProperty(node.id, 'xnCropping', cropping));
    put(intProperty(node.id, 'xnMirror', 0));
    put(record(RECORD.nodeReady, node.id, Buffer.alloc(0)));
  }
  for (const node of NODES) put(record(RECORD.dataBegin, node.id, Buffer.concat([u32(frames.length), u64(lastUs)])));

  const dataAt = new Map<number, number[]>(NODES.map((node) => [node.id, []]));
  frames.forEach((frame, i) => {
    for (const node of NODES) {
      const earlier = dataAt.get(node.id)!;
      const fields = Buffer.concat([u64(timesUs[i]), u32(i + 1)]);
      earlier.push(put(record(RECORD.data, node.id, fields, node.payload(frame), earlier.at(-1) ?? 0)));
    }
  });

  const seekTableAt = new Map<number, number>();
  for (const node of NODES) {
    put(record(RECORD.nodeRemoved, node.id, Buffer.alloc(0), Buffer.alloc(0), addedAt.get(node.id)!.at));
    // The first entry is left empty: frames count from 1.
    const table = Buffer.alloc(20 * (frames.length + 1));
    dataAt.get(node.id)!.forEach((at, i) => {
      table.writeBigUInt64LE(BigInt(timesUs[i]), 20 * (i + 1));
      table.writeBigUInt64LE(BigInt(at), 20 * (i + 1) + 12);
    });
    seekTableAt.set(node.id, put(record(RECORD.seekTable, node.id, Buffer.alloc(0), table)));
  }
  put(record(RECORD.end, 0, Buffer.alloc(0)));
  const file = Buffer.concat(parts);
  for (const node of NODES) {
    file.writeBigUInt64LE(BigInt(seekTableAt.get(node.id)!), addedAt.get(node.id)!.seekFieldAt);
  }
  return file;
}

function record(type: number, node: number, fields: Buffer, payload: Buffer = Buffer.alloc(0), undoAt = 0): Buffer {
  return Buffer.concat([
    MAGIC_RECORD,
    u32(type),
    u32(node),
    u32(HEAD_BYTES + fields.length),
    u32(payload.length),
    u64(undoAt),
    fields,
    payload,
  ]);
}

function intProperty(node: number, name: string, value: number): Buffer {
  return record(RECORD.intProperty, node, Buffer.concat([text(name), u32(8), u64(value)]));
}

function generalProperty(node: number, name: string, value: Buffer): Buffer {
  return record(RECORD.generalProperty, node, Buffer.concat([text(name), u32(value.length), value]));
}

function text(value: string): Buffer {
  return Buffer.concat([u32(value.length + 1), Buffer.from(`${value}\0`, 'latin1')]);
}

function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

function f64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleLE(value);
  return buffer;
}
