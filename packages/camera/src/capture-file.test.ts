import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleFrame } from '../test/sample-frames.ts';
import {
  type CameraInfo,
  CaptureReader,
  CaptureWriter,
  type Frame,
  openRecording,
  RecordingDriver,
  readCapture,
} from './index.ts';

const camera: CameraInfo = {
  id: 'usb-1',
  driver: 'test',
  model: 'Round thing',
  serial: null,
  kind: 'structured-light',
};
let folder: string;
let whole: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 's2p-capture-'));
  const writer = await CaptureWriter.create(join(folder, 'whole.s2pcap'), { camera, label: 'five frames' });
  for (let sequence = 10; sequence < 15; sequence += 1) await writer.write(sampleFrame({ sequence }));
  await writer.close();
  whole = await readFile(join(folder, 'whole.s2pcap'));
});
afterAll(() => rm(folder, { recursive: true }));

async function capture(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `case-${bytes.length}-${Math.random()}.bin`);
  await writeFile(path, bytes);
  return path;
}

describe('a capture file', () => {
  it('gives back what was recorded, counted from 0', async () => {
    const read = await readCapture(join(folder, 'whole.s2pcap'));
    if (!read.ok) throw new Error(read.message);
    expect(read.value.header).toEqual({ camera, label: 'five frames' });
    expect(read.value.complete).toBe(true);
    expect(read.value.frames.map((frame) => frame.sequence)).toEqual([0, 1, 2, 3, 4]);
    const original = sampleFrame({ sequence: 12 });
    expect(read.value.frames[2].depth).toEqual(original.depth);
    expect(read.value.frames[2].deviceTimeMs).toBe(original.deviceTimeMs);
  });

  it('does not overwrite another capture', async () => {
    await expect(CaptureWriter.create(join(folder, 'whole.s2pcap'), { camera, label: '' })).rejects.toThrow('EEXIST');
  });

  it('keeps the whole frames of a file that was cut anywhere', async () => {
    for (const share of [0.2, 0.5, 0.8, 0.99]) {
      const path = await capture(whole.subarray(0, Math.floor(whole.length * share)));
      const read = await readCapture(path);
      if (!read.ok) throw new Error(read.message);
      expect(read.value.complete).toBe(false);
      expect(read.value.frames.length).toBeLessThanOrEqual(5);
      expect(read.value.frames.length).toBeGreaterThanOrEqual(Math.floor(share * 5) - 1);
    }
  });

  it.each<[string, () => Uint8Array, string]>([
    ['an empty file', () => new Uint8Array(0), 'capture_truncated'],
    ['a foreign file', () => new Uint8Array(500).fill(65), 'capture_malformed'],
    ['a file cut in its header', () => whole.subarray(0, 30), 'capture_truncated'],
    ['another version', () => Uint8Array.from(whole, (byte, i) => (i === 7 ? 9 : byte)), 'capture_unknown_version'],
    [
      'a header that is no JSON',
      () => Uint8Array.from(whole, (byte, i) => (i === 12 ? 33 : byte)),
      'capture_malformed',
    ],
    ['a huge header', () => Uint8Array.from(whole, (byte, i) => (i === 11 ? 255 : byte)), 'capture_malformed'],
    [
      'a damaged frame',
      () => Uint8Array.from(whole, (byte, i) => (i > 900 && i < 1200 ? 0 : byte)),
      'capture_bad_frame',
    ],
  ])('refuses %s', async (_, bytes, code) => {
    expect(await readCapture(await capture(bytes()))).toMatchObject({ ok: false, code });
  });

  it('refuses a missing file and one with more frames than wanted', async () => {
    expect(await readCapture(join(folder, 'nothing'))).toMatchObject({ ok: false, code: 'capture_not_found' });
    expect(await readCapture(join(folder, 'whole.s2pcap'), { maxFrames: 4 })).toMatchObject({
      ok: false,
      code: 'capture_too_large',
    });
  });

  it('reads frames in any order', async () => {
    const opened = await CaptureReader.open(join(folder, 'whole.s2pcap'));
    if (!opened.ok) throw new Error(opened.message);
    const reader = opened.value;
    expect(await reader.frame(4)).toMatchObject({ ok: true, value: { sequence: 4 } });
    expect(await reader.frame(1)).toMatchObject({ ok: true, value: { sequence: 1 } });
    await expect(reader.frame(5)).rejects.toThrow(RangeError);
    await reader.close();
  });
});

describe('the recording camera', () => {
  async function collect(frames: AsyncIterable<Frame>, count = 100): Promise<Frame[]> {
    const all: Frame[] = [];
    for await (const frame of frames) {
      all.push(frame);
      if (all.length >= count) break;
    }
    return all;
  }

  it('steps through every frame and says that it is a recording', async () => {
    const driver = new RecordingDriver(folder, { pace: 'stepped' });
    expect(await driver.list()).toMatchObject([{ id: 'whole.s2pcap', kind: 'recording', model: 'Round thing' }]);
    const opened = await driver.open('whole.s2pcap');
    expect(opened.info.kind).toBe('recording');
    const frames = await collect(opened.frames(new AbortController().signal));
    expect(frames.map((frame) => frame.sequence)).toEqual([0, 1, 2, 3, 4]);
    expect(frames[0].intrinsics).toEqual(opened.intrinsics);
    await opened.close();
  });

  it('keeps the time of the device', async () => {
    const opened = await openRecording(join(folder, 'whole.s2pcap'));
    const startedMs = performance.now();
    const frames = await collect(opened.frames(new AbortController().signal));
    const spanMs = frames.at(-1)!.deviceTimeMs - frames[0].deviceTimeMs;
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(spanMs - 5);
    await opened.close();
  });

  it('goes round with numbers and time running on', async () => {
    const opened = await openRecording(join(folder, 'whole.s2pcap'), { pace: 'stepped', loop: true });
    const frames = await collect(opened.frames(new AbortController().signal), 12);
    expect(frames.map((frame) => frame.sequence)).toEqual([...Array(12).keys()]);
    for (let i = 1; i < frames.length; i += 1) {
      const gapMs = frames[i].deviceTimeMs - frames[i - 1].deviceTimeMs;
      expect(gapMs).toBeGreaterThan(30);
      expect(gapMs).toBeLessThan(40);
    }
    await opened.close();
  });

  it('stops when told, and serves one consumer at a time', async () => {
    const opened = await openRecording(join(folder, 'whole.s2pcap'), { loop: true });
    const controller = new AbortController();
    let count = 0;
    for await (const _ of opened.frames(controller.signal)) {
      count += 1;
      if (count === 2) {
        await expect(collect(opened.frames(controller.signal))).rejects.toThrow('one consumer');
        controller.abort();
      }
    }
    expect(count).toBe(2);
    await opened.close();
  });

  it('says what is wrong with a file it cannot play', async () => {
    const path = await capture(whole.subarray(0, 300));
    await expect(openRecording(path)).rejects.toThrow('capture_truncated');
    await expect(openRecording(join(folder, 'nothing'))).rejects.toThrow('capture_not_found');
    await expect(new RecordingDriver(folder).open('../whole.s2pcap')).rejects.toThrow('file name');
  });
});
