import { CameraError } from './camera-error.ts';
import type {
  CameraInfo,
  ColourImage,
  DepthCamera,
  DepthCameraDriver,
  DepthImage,
  Frame,
  Intrinsics,
} from './frame.ts';
import {
  FORMAT_DEPTH_1_MM,
  FORMAT_DEPTH_100_UM,
  FORMAT_RGB888,
  type Handle,
  loadOpenNi,
  type OpenNi,
  type OpenNiDevice,
  type OpenNiFrame,
  SENSOR_COLOUR,
  SENSOR_DEPTH,
} from './openni-library.ts';
import { intrinsicsFault } from './validate.ts';

const WIDTH_PX = 640;
const HEIGHT_PX = 480;
const FRAMES_PER_SECOND = 30;
/** Half a frame: depth and colour further apart belong to different moments. */
const MAX_PAIR_GAP_US = 17_000;
/** How long one wait may take; also how fast the camera notices that it is to stop. */
const WAIT_MS = 250;
/** A camera that is silent for so long has been unplugged or hangs. */
const SILENCE_MS = 4_000;

/**
 * Structured-light cameras of the PrimeSense and Orbbec class through OpenNI2, and its `.oni` recordings by path.
 * All failures are CameraErrors.
 */
export class OpenNiDriver implements DepthCameraDriver {
  readonly name = 'openni2';

  async list(): Promise<CameraInfo[]> {
    const openNi = await loadOpenNi();
    return openNi.devices().map((device) => infoOf(device, false));
  }

  /** @param id a camera's id from `list`, or the path of an `.oni` file */
  async open(id: string): Promise<DepthCamera> {
    return openCamera(await loadOpenNi(), id);
  }
}

function openCamera(openNi: OpenNi, id: string): DepthCamera {
  const recorded = id.endsWith('.oni');
  const device = openNi.openDevice(id);
  const streams: Handle[] = [];
  try {
    const depth = openNi.createStream(device, SENSOR_DEPTH);
    streams.push(depth);
    const colour = openNi.createStream(device, SENSOR_COLOUR);
    streams.push(colour);
    if (recorded) {
      openNi.stepRecording(device);
    } else {
      const fine = openNi.setVideoMode(depth, FORMAT_DEPTH_100_UM, WIDTH_PX, HEIGHT_PX, FRAMES_PER_SECOND);
      if (!fine) openNi.setVideoMode(depth, FORMAT_DEPTH_1_MM, WIDTH_PX, HEIGHT_PX, FRAMES_PER_SECOND);
      openNi.setVideoMode(colour, FORMAT_RGB888, WIDTH_PX, HEIGHT_PX, FRAMES_PER_SECOND);
      if (!openNi.registerDepthToColour(device)) {
        throw new CameraError('camera_unsupported', 'this camera cannot lay its depth over its colour image');
      }
    }
    for (const stream of streams) openNi.setMirroring(stream, false);
    const intrinsics = intrinsicsOf(openNi, depth);
    return new OpenNiCamera(openNi, device, depth, colour, infoOf(openNi.deviceInfo(device), recorded), intrinsics);
  } catch (error) {
    for (const stream of streams) openNi.destroyStream(stream);
    openNi.closeDevice(device);
    throw error;
  }
}

class OpenNiCamera implements DepthCamera {
  readonly info: CameraInfo;
  readonly intrinsics: Intrinsics;
  readonly #openNi: OpenNi;
  readonly #device: Handle;
  readonly #depth: Handle;
  readonly #colour: Handle;
  #reading: Promise<void> | null = null;
  #closed = false;

  constructor(openNi: OpenNi, device: Handle, depth: Handle, colour: Handle, info: CameraInfo, intrinsics: Intrinsics) {
    this.#openNi = openNi;
    this.#device = device;
    this.#depth = depth;
    this.#colour = colour;
    this.info = info;
    this.intrinsics = intrinsics;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    if (this.#closed) throw new CameraError('camera_failed', 'the camera is closed');
    if (this.#reading) throw new Error('a camera can be read by one consumer at a time');
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reading = promise;
    try {
      this.#openNi.startStream(this.#depth);
      this.#openNi.startStream(this.#colour);
      yield* this.#read(signal);
    } finally {
      this.#openNi.stopStream(this.#depth);
      this.#openNi.stopStream(this.#colour);
      this.#reading = null;
      resolve();
    }
  }

  /** The library keeps only the newest frame of a stream, so a slow consumer loses frames and nothing piles up. */
  async *#read(signal: AbortSignal): AsyncGenerator<Frame> {
    const streams = [this.#depth, this.#colour];
    let depth: OpenNiFrame | null = null;
    let colour: OpenNiFrame | null = null;
    let sequence = 0;
    let silentMs = 0;
    while (!signal.aborted && !this.#closed) {
      const index = await this.#openNi.waitForAny(streams, WAIT_MS);
      if (signal.aborted || this.#closed) return;
      if (index === null) {
        // A recording that has been played to its end is silent, too.
        if (this.info.kind === 'recording') return;
        silentMs += WAIT_MS;
        if (silentMs >= SILENCE_MS) throw new CameraError('camera_failed', 'the camera has stopped delivering frames');
        continue;
      }
      silentMs = 0;
      const frame = this.#openNi.readFrame(streams[index]);
      if (frame.sensor === SENSOR_DEPTH) depth = frame;
      else colour = frame;
      if (!depth || !colour || Math.abs(depth.timestampUs - colour.timestampUs) > MAX_PAIR_GAP_US) continue;
      yield {
        sequence,
        deviceTimeMs: depth.timestampUs / 1000,
        colour: colourOf(colour, this.intrinsics),
        depth: depthOf(depth, this.intrinsics),
        intrinsics: this.intrinsics,
      };
      sequence += 1;
      depth = null;
      colour = null;
    }
  }

  /** By the driver's switches for automatic exposure and white balance. Not tried on a device yet. */
  async lockColour(locked: boolean): Promise<boolean> {
    if (this.#closed) return false;
    return this.#openNi.setAutomatics(this.#colour, !locked) && locked;
  }

  /** Waits for a running `frames` loop to end: the library must not lose a stream it is waiting on. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#reading;
    this.#openNi.destroyStream(this.#depth);
    this.#openNi.destroyStream(this.#colour);
    this.#openNi.closeDevice(this.#device);
  }
}

function infoOf(device: OpenNiDevice, recorded: boolean): CameraInfo {
  return {
    id: device.uri,
    driver: 'openni2',
    model: [device.vendor, device.name].filter(Boolean).join(' '),
    serial: null,
    kind: recorded ? 'recording' : 'structured-light',
  };
}

/** OpenNI2 knows fields of view only; the optical axis is taken to meet the middle. */
function intrinsicsOf(openNi: OpenNi, depth: Handle): Intrinsics {
  const { horizontalRad, verticalRad } = openNi.fieldOfView(depth);
  const intrinsics: Intrinsics = {
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    fxPx: WIDTH_PX / 2 / Math.tan(horizontalRad / 2),
    fyPx: HEIGHT_PX / 2 / Math.tan(verticalRad / 2),
    cxPx: (WIDTH_PX - 1) / 2,
    cyPx: (HEIGHT_PX - 1) / 2,
  };
  const fault = intrinsicsFault(intrinsics);
  if (fault) throw new CameraError('camera_unsupported', `the camera's field of view makes no sense: ${fault}`);
  return intrinsics;
}

function depthOf(frame: OpenNiFrame, intrinsics: Intrinsics): DepthImage {
  if (frame.format !== FORMAT_DEPTH_1_MM && frame.format !== FORMAT_DEPTH_100_UM) {
    throw new CameraError('camera_unsupported', `depth format ${frame.format} is not known`);
  }
  const rows = wholeRows(frame, intrinsics, 2);
  return {
    widthPx: frame.widthPx,
    heightPx: frame.heightPx,
    unitMm: frame.format === FORMAT_DEPTH_1_MM ? 1 : 0.1,
    values: new Uint16Array(rows.buffer, rows.byteOffset, rows.length / 2),
  };
}

function colourOf(frame: OpenNiFrame, intrinsics: Intrinsics): ColourImage {
  if (frame.format !== FORMAT_RGB888) {
    throw new CameraError('camera_unsupported', `colour format ${frame.format} is not known`);
  }
  return { widthPx: frame.widthPx, heightPx: frame.heightPx, rgb: wholeRows(frame, intrinsics, 3) };
}

/** The frame's pixels without padding between rows. */
function wholeRows(frame: OpenNiFrame, { widthPx, heightPx }: Intrinsics, bytesPerPixel: number): Uint8Array {
  const rowBytes = widthPx * bytesPerPixel;
  if (frame.widthPx !== widthPx || frame.heightPx !== heightPx || frame.cropped) {
    throw new CameraError('camera_unsupported', `a ${frame.widthPx}x${frame.heightPx} image is not what is needed`);
  }
  if (frame.strideBytes < rowBytes || frame.data.length < frame.strideBytes * (heightPx - 1) + rowBytes) {
    throw new CameraError('camera_failed', 'the camera delivered an incomplete image');
  }
  if (frame.strideBytes === rowBytes) return frame.data.subarray(0, rowBytes * heightPx);
  const rows = new Uint8Array(rowBytes * heightPx);
  for (let y = 0; y < heightPx; y += 1) {
    rows.set(frame.data.subarray(y * frame.strideBytes, y * frame.strideBytes + rowBytes), y * rowBytes);
  }
  return rows;
}
