import { CameraError } from './camera-error.ts';

/**
 * The few functions of OpenNI2's C interface (OniCAPI.h) that a camera needs, bound with koffi. Nothing is loaded
 * before somebody asks for such a camera, and without the library there is a plain message instead of a crash.
 */
export type Handle = unknown;

export const SENSOR_COLOUR = 2;
export const SENSOR_DEPTH = 3;
export const FORMAT_DEPTH_1_MM = 100;
export const FORMAT_DEPTH_100_UM = 101;
export const FORMAT_RGB888 = 200;
export const STATUS_OK = 0;
export const STATUS_TIMEOUT = 102;

const API_VERSION = 2002;
const PROPERTY_HORIZONTAL_FOV = 1;
const PROPERTY_VERTICAL_FOV = 2;
const PROPERTY_VIDEO_MODE = 3;
const PROPERTY_IMAGE_REGISTRATION = 5;
const PROPERTY_MIRRORING = 7;
/** Of streams; the numbers from 100 on mean other things of a device. */
const PROPERTY_AUTO_WHITE_BALANCE = 100;
const PROPERTY_AUTO_EXPOSURE = 101;
const PROPERTY_PLAYBACK_SPEED = 100;
const PROPERTY_PLAYBACK_REPEAT = 101;
const REGISTRATION_DEPTH_TO_COLOUR = 1;
/** The player goes one frame further with each read and loses none. */
const SPEED_STEPPED = -1;
const DEVICE_INFO_BYTES = 772;
const MAX_DEVICES = 64;

export type OpenNiDevice = { readonly uri: string; readonly vendor: string; readonly name: string };

export type OpenNiFrame = {
  readonly sensor: number;
  readonly format: number;
  readonly timestampUs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly strideBytes: number;
  readonly cropped: boolean;
  /** A copy; the library's own buffer is given back at once. */
  readonly data: Uint8Array;
};

export type OpenNi = {
  devices(): OpenNiDevice[];
  /** Opens a device by its URI, or a recording by its path. */
  openDevice(uri: string): Handle;
  closeDevice(device: Handle): void;
  deviceInfo(device: Handle): OpenNiDevice;
  createStream(device: Handle, sensor: number): Handle;
  destroyStream(stream: Handle): void;
  startStream(stream: Handle): void;
  stopStream(stream: Handle): void;
  /** False when the device does not offer the mode (a recording offers none). */
  setVideoMode(stream: Handle, format: number, widthPx: number, heightPx: number, framesPerSecond: number): boolean;
  setMirroring(stream: Handle, on: boolean): void;
  /** Switches automatic exposure and white balance; true when both can be switched and now are as asked. */
  setAutomatics(stream: Handle, on: boolean): boolean;
  fieldOfView(stream: Handle): { horizontalRad: number; verticalRad: number };
  /** Lays depth over colour in the device; false when it cannot. */
  registerDepthToColour(device: Handle): boolean;
  /** Plays a recording once, frame by frame. */
  stepRecording(device: Handle): void;
  /** Index of a stream with a new frame, or null when none came in time. Does not block the event loop. */
  waitForAny(streams: readonly Handle[], timeoutMs: number): Promise<number | null>;
  readFrame(stream: Handle): OpenNiFrame;
};

const loaded = new Map<string, Promise<OpenNi>>();

/** Loads and initialises the library once. Rejects with `driver_not_installed` where it is missing. */
export function loadOpenNi(libraryName = 'libOpenNI2.so.0'): Promise<OpenNi> {
  const known = loaded.get(libraryName);
  if (known) return known;
  const loading = bind(libraryName).catch((error: unknown) => {
    // It may be installed while we run.
    loaded.delete(libraryName);
    throw error;
  });
  loaded.set(libraryName, loading);
  return loading;
}

async function bind(libraryName: string): Promise<OpenNi> {
  const { default: koffi } = await import('koffi');
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(libraryName);
  } catch (error) {
    throw new CameraError(
      'driver_not_installed',
      `OpenNI2 is not installed (${libraryName} was not found); on Debian: apt install libopenni2-0`,
      { cause: error },
    );
  }

  const videoMode = koffi.struct({ format: 'int', widthPx: 'int', heightPx: 'int', framesPerSecond: 'int' });
  const frameType = koffi.struct({
    dataSize: 'int',
    data: 'void *',
    sensor: 'int',
    timestampUs: 'uint64_t',
    frameIndex: 'int',
    widthPx: 'int',
    heightPx: 'int',
    videoMode,
    croppingEnabled: 'int',
    cropX: 'int',
    cropY: 'int',
    stride: 'int',
  });
  const text = koffi.array('char', 256);
  const deviceType = koffi.struct({ uri: text, vendor: text, name: text, vendorId: 'uint16_t', productId: 'uint16_t' });

  const fn = {
    initialize: library.func('int oniInitialize(int)'),
    extendedError: library.func('const char *oniGetExtendedError()'),
    getDeviceList: library.func('int oniGetDeviceList(_Out_ void **, _Out_ int *)'),
    releaseDeviceList: library.func('int oniReleaseDeviceList(void *)'),
    deviceOpen: library.func('int oniDeviceOpen(const char *, _Out_ void **)'),
    deviceClose: library.func('int oniDeviceClose(void *)'),
    deviceGetInfo: library.func('int oniDeviceGetInfo(void *, void *)'),
    deviceCreateStream: library.func('int oniDeviceCreateStream(void *, int, _Out_ void **)'),
    deviceSetProperty: library.func('int oniDeviceSetProperty(void *, int, void *, int)'),
    deviceSyncOn: library.func('int oniDeviceEnableDepthColorSync(void *)'),
    registrationSupported: library.func('int oniDeviceIsImageRegistrationModeSupported(void *, int)'),
    streamDestroy: library.func('void oniStreamDestroy(void *)'),
    streamStart: library.func('int oniStreamStart(void *)'),
    streamStop: library.func('void oniStreamStop(void *)'),
    streamGetProperty: library.func('int oniStreamGetProperty(void *, int, void *, _Inout_ int *)'),
    streamSetProperty: library.func('int oniStreamSetProperty(void *, int, void *, int)'),
    streamHasProperty: library.func('int oniStreamIsPropertySupported(void *, int)'),
    streamReadFrame: library.func('int oniStreamReadFrame(void *, _Out_ void **)'),
    frameRelease: library.func('void oniFrameRelease(void *)'),
    waitForAny: library.func('int oniWaitForAnyStream(void **, int, _Out_ int *, int)'),
  };

  const check = (status: number, what: string): void => {
    if (status === STATUS_OK) return;
    const detail = String(fn.extendedError() ?? '').trim();
    throw new CameraError('camera_failed', `OpenNI2: ${what} failed (${status}${detail ? `: ${detail}` : ''})`);
  };
  check(fn.initialize(API_VERSION), 'starting');

  const cleanText = (value: unknown): string => String(value).replace(/\0.*$/s, '');
  const deviceOf = (pointer: unknown, offset: number): OpenNiDevice => {
    const info = koffi.decode(pointer, offset, deviceType);
    return { uri: cleanText(info.uri), vendor: cleanText(info.vendor), name: cleanText(info.name) };
  };
  const int32 = (value: number): Buffer => {
    const buffer = Buffer.alloc(4);
    buffer.writeInt32LE(value);
    return buffer;
  };
  const float32 = (value: number): Buffer => {
    const buffer = Buffer.alloc(4);
    buffer.writeFloatLE(value);
    return buffer;
  };
  const readAngle = (stream: Handle, property: number): number => {
    const buffer = Buffer.alloc(4);
    check(fn.streamGetProperty(stream, property, buffer, [4]), 'reading the field of view');
    return buffer.readFloatLE(0);
  };

  return {
    devices() {
      const list: unknown[] = [null];
      const count: number[] = [0];
      check(fn.getDeviceList(list, count), 'listing cameras');
      try {
        const found = Math.min(count[0], MAX_DEVICES);
        return Array.from({ length: found }, (_, i) => deviceOf(list[0], i * DEVICE_INFO_BYTES));
      } finally {
        fn.releaseDeviceList(list[0]);
      }
    },
    openDevice(uri) {
      const device: unknown[] = [null];
      const status = fn.deviceOpen(uri, device);
      if (status !== STATUS_OK) {
        const detail = String(fn.extendedError() ?? '').trim();
        throw new CameraError(
          'camera_not_found',
          `OpenNI2 cannot open ${uri} (${status}${detail ? `: ${detail}` : ''})`,
        );
      }
      return device[0];
    },
    closeDevice(device) {
      fn.deviceClose(device);
    },
    deviceInfo(device) {
      const buffer = Buffer.alloc(DEVICE_INFO_BYTES);
      check(fn.deviceGetInfo(device, buffer), 'asking the camera for its name');
      const field = (from: number) => cleanText(buffer.toString('latin1', from, from + 256));
      return { uri: field(0), vendor: field(256), name: field(512) };
    },
    createStream(device, sensor) {
      const stream: unknown[] = [null];
      check(fn.deviceCreateStream(device, sensor, stream), sensor === SENSOR_DEPTH ? 'depth' : 'colour');
      return stream[0];
    },
    destroyStream(stream) {
      fn.streamDestroy(stream);
    },
    startStream(stream) {
      check(fn.streamStart(stream), 'starting a stream');
    },
    stopStream(stream) {
      fn.streamStop(stream);
    },
    setVideoMode(stream, format, widthPx, heightPx, framesPerSecond) {
      const mode = Buffer.concat([int32(format), int32(widthPx), int32(heightPx), int32(framesPerSecond)]);
      return fn.streamSetProperty(stream, PROPERTY_VIDEO_MODE, mode, mode.length) === STATUS_OK;
    },
    setMirroring(stream, on) {
      fn.streamSetProperty(stream, PROPERTY_MIRRORING, int32(on ? 1 : 0), 4);
    },
    setAutomatics(stream, on) {
      // Each is tried, whatever became of the other: one held is better than none.
      const done = [PROPERTY_AUTO_EXPOSURE, PROPERTY_AUTO_WHITE_BALANCE].map((property) => {
        if (fn.streamHasProperty(stream, property) !== 1) return false;
        if (fn.streamSetProperty(stream, property, int32(on ? 1 : 0), 4) !== STATUS_OK) return false;
        const now = Buffer.alloc(4);
        return fn.streamGetProperty(stream, property, now, [4]) === STATUS_OK && now.readInt32LE(0) === (on ? 1 : 0);
      });
      return done.every(Boolean);
    },
    fieldOfView(stream) {
      return {
        horizontalRad: readAngle(stream, PROPERTY_HORIZONTAL_FOV),
        verticalRad: readAngle(stream, PROPERTY_VERTICAL_FOV),
      };
    },
    registerDepthToColour(device) {
      if (fn.registrationSupported(device, REGISTRATION_DEPTH_TO_COLOUR) !== 1) return false;
      fn.deviceSyncOn(device);
      const mode = int32(REGISTRATION_DEPTH_TO_COLOUR);
      return fn.deviceSetProperty(device, PROPERTY_IMAGE_REGISTRATION, mode, 4) === STATUS_OK;
    },
    stepRecording(device) {
      check(fn.deviceSetProperty(device, PROPERTY_PLAYBACK_REPEAT, int32(0), 4), 'playing once');
      check(fn.deviceSetProperty(device, PROPERTY_PLAYBACK_SPEED, float32(SPEED_STEPPED), 4), 'playing stepwise');
    },
    waitForAny(streams, timeoutMs) {
      return new Promise((resolve, reject) => {
        const index: number[] = [0];
        fn.waitForAny.async([...streams], streams.length, index, timeoutMs, (error: unknown, status: number) => {
          if (error) return reject(error);
          if (status === STATUS_TIMEOUT) return resolve(null);
          try {
            check(status, 'waiting for a frame');
            resolve(index[0]);
          } catch (failure) {
            reject(failure);
          }
        });
      });
    },
    readFrame(stream) {
      const pointer: unknown[] = [null];
      check(fn.streamReadFrame(stream, pointer), 'reading a frame');
      try {
        const frame = koffi.decode(pointer[0], frameType);
        return {
          sensor: frame.sensor,
          format: frame.videoMode.format,
          timestampUs: Number(frame.timestampUs),
          widthPx: frame.widthPx,
          heightPx: frame.heightPx,
          strideBytes: frame.stride,
          cropped: frame.croppingEnabled !== 0,
          data: new Uint8Array(koffi.view(frame.data, frame.dataSize)).slice(),
        };
      } finally {
        fn.frameRelease(pointer[0]);
      }
    },
  };
}
