import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CaptureReader } from './capture-file.ts';
import type { CameraInfo, DepthCamera, DepthCameraDriver, Frame, Intrinsics } from './frame.ts';

export type RecordingPace =
  /** As fast as the device delivered; frames the consumer is too slow for are dropped, as with a camera. */
  | 'device'
  /** Every frame, as soon as the consumer asks. */
  | 'stepped';

export type RecordingOptions = {
  readonly pace?: RecordingPace;
  /** Start again at the end, with numbers and device time going on. */
  readonly loop?: boolean;
};

/** Pauses in a recording are not waited for longer than this. */
const MAX_WAIT_MS = 5_000;
const DEFAULT_GAP_MS = 33;

/**
 * Opens a capture file as a camera of kind `recording`. Throws an Error with a plain message when the file is not a
 * usable capture: whoever opens a camera can do nothing else with that.
 */
export async function openRecording(path: string, options: RecordingOptions = {}): Promise<DepthCamera> {
  const opened = await CaptureReader.open(path);
  if (!opened.ok) throw new Error(`${basename(path)}: ${opened.message} (${opened.code})`);
  const reader = opened.value;
  if (reader.frameCount === 0) {
    await reader.close();
    throw new Error(`${basename(path)}: the capture holds no frame (capture_truncated)`);
  }
  const first = await reader.frame(0);
  if (!first.ok) {
    await reader.close();
    throw new Error(`${basename(path)}: ${first.message} (${first.code})`);
  }
  return new RecordingCamera(path, reader, first.value.intrinsics, options);
}

class RecordingCamera implements DepthCamera {
  readonly info: CameraInfo;
  readonly intrinsics: Intrinsics;
  readonly #reader: CaptureReader;
  readonly #pace: RecordingPace;
  readonly #loop: boolean;
  #busy = false;

  constructor(path: string, reader: CaptureReader, intrinsics: Intrinsics, options: RecordingOptions) {
    this.info = recordingInfo(path, reader);
    this.intrinsics = intrinsics;
    this.#reader = reader;
    this.#pace = options.pace ?? 'device';
    this.#loop = options.loop ?? false;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    if (this.#busy) throw new Error('a camera can be read by one consumer at a time');
    this.#busy = true;
    try {
      yield* this.#play(signal);
    } finally {
      this.#busy = false;
    }
  }

  async *#play(signal: AbortSignal): AsyncGenerator<Frame> {
    const startedMs = performance.now();
    let firstDeviceTimeMs: number | null = null;
    let roundOffsetMs = 0;
    let sequence = 0;
    let lastDeviceTimeMs = 0;
    let lastGapMs = DEFAULT_GAP_MS;
    do {
      for (let i = 0; i < this.#reader.frameCount && !signal.aborted; i += 1) {
        const decoded = await this.#reader.frame(i);
        if (!decoded.ok) throw new Error(`${decoded.message} (${decoded.code})`);
        const frame = decoded.value;
        firstDeviceTimeMs ??= frame.deviceTimeMs;
        const deviceTimeMs = frame.deviceTimeMs + roundOffsetMs;
        if (this.#pace === 'device') {
          const dueInMs = deviceTimeMs - firstDeviceTimeMs - (performance.now() - startedMs);
          // More than a frame late: the consumer is slow, so this one is dropped and the next is tried.
          if (dueInMs < -lastGapMs && i + 1 < this.#reader.frameCount) continue;
          if (dueInMs > 0) await sleep(Math.min(dueInMs, MAX_WAIT_MS), signal);
          if (signal.aborted) return;
        }
        if (deviceTimeMs > lastDeviceTimeMs && sequence > 0) lastGapMs = deviceTimeMs - lastDeviceTimeMs;
        lastDeviceTimeMs = deviceTimeMs;
        yield { ...frame, sequence, deviceTimeMs };
        sequence += 1;
      }
      roundOffsetMs = lastDeviceTimeMs + DEFAULT_GAP_MS - (firstDeviceTimeMs ?? 0);
    } while (this.#loop && !signal.aborted);
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }
}

/** Lists the `.s2pcap` files of one folder as cameras; ids are file names. */
export class RecordingDriver implements DepthCameraDriver {
  readonly name = 'recording';
  readonly #folder: string;
  readonly #options: RecordingOptions;

  constructor(folder: string, options: RecordingOptions = {}) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Files that are not captures are left out. */
  async list(): Promise<CameraInfo[]> {
    const found: CameraInfo[] = [];
    for (const name of (await readdir(this.#folder)).sort()) {
      if (!name.endsWith('.s2pcap')) continue;
      const opened = await CaptureReader.open(join(this.#folder, name));
      if (!opened.ok) continue;
      found.push(recordingInfo(name, opened.value));
      await opened.value.close();
    }
    return found;
  }

  async open(id: string): Promise<DepthCamera> {
    if (basename(id) !== id) throw new Error('a recording is named by its file name');
    return openRecording(join(this.#folder, id), this.#options);
  }
}

/** The recording is the camera here, whatever camera it was made with: nobody may take it for a live one. */
function recordingInfo(path: string, reader: CaptureReader): CameraInfo {
  const { model, serial } = reader.header.camera;
  return { id: basename(path), driver: 'recording', model, serial, kind: 'recording' };
}

async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  await delay(durationMs, undefined, { signal }).catch(() => undefined);
}
