/** Frame types: what a depth camera delivers and what everything behind it works on. */

/** Pinhole intrinsics of the colour image, in pixels. No distortion: drivers rectify before they deliver. */
export type Intrinsics = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fxPx: number;
  readonly fyPx: number;
  readonly cxPx: number;
  readonly cyPx: number;
};

/** sRGB, 8 bit, interleaved RGB, row by row from the top left; `rgb.length === widthPx * heightPx * 3`. */
export type ColourImage = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array;
};

/**
 * Depth along the optical axis, registered to the colour image: same grid, same camera. One value is `unitMm`
 * millimetres; 0 means no reading. `values.length === widthPx * heightPx`.
 */
export type DepthImage = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly unitMm: 0.1 | 1;
  readonly values: Uint16Array;
};

export type Frame = {
  /** Counts from 0 within one capture, without gaps. */
  readonly sequence: number;
  /** The device's own monotonic clock, in milliseconds. */
  readonly deviceTimeMs: number;
  readonly colour: ColourImage;
  /** Null where the camera has no depth for this frame (a 2D-only camera never has). */
  readonly depth: DepthImage | null;
  readonly intrinsics: Intrinsics;
};

/** How a camera came to its frames. Recordings and simulations are refused by a server outside test mode. */
export type CameraKind = 'structured-light' | 'stereo' | 'time-of-flight' | 'colour-only' | 'simulated' | 'recording';

export type CameraInfo = {
  /** Stable within its driver: USB path, file name, `simulated`. */
  readonly id: string;
  readonly driver: string;
  readonly model: string;
  readonly serial: string | null;
  readonly kind: CameraKind;
};

/** An opened camera. `frames` may be iterated once at a time; ending the loop or aborting stops delivery. */
export interface DepthCamera {
  readonly info: CameraInfo;
  readonly intrinsics: Intrinsics;
  /** Delivers frames as they come; when the consumer is slow, older frames are dropped, never queued. */
  frames(signal: AbortSignal): AsyncIterable<Frame>;
  /**
   * Holds exposure, gain and white balance as they are now (true), or lets the camera's automatics follow the scene again
   * (false). Answers whether they are held. Missing where a camera has no such control. An automatic white balance may take
   * the screen's coloured light for the light of the room and remove it, which is what a scan wants to see.
   */
  lockColour?(locked: boolean): Promise<boolean>;
  close(): Promise<void>;
}

export interface DepthCameraDriver {
  readonly name: string;
  list(): Promise<CameraInfo[]>;
  open(id: string): Promise<DepthCamera>;
}
