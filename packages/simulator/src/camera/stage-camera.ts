import { Worker } from 'node:worker_threads';
import type { CameraInfo, DepthCamera, DepthCameraDriver, Frame, Intrinsics } from '@smile/camera';
import type { LightName } from '../render/lights.ts';
import { DEFAULT_INTRINSICS } from '../render/view.ts';
import type { Rgb } from '../scene-types.ts';
import type { StageSubject } from './stage-subjects.ts';

export type StageScene = {
  readonly subject: StageSubject;
  readonly smiling: boolean;
  readonly distanceMm: number;
  readonly offCentreMm: number;
  readonly light: LightName;
  readonly bystander: StageSubject | null;
  /** Where the guest was asked to turn, added to the small movements. */
  readonly yawDeg?: number;
};

/** To the rendering thread and back. */
export type StageRequest =
  | { readonly kind: 'scene'; readonly scene: StageScene; readonly version: number }
  | { readonly kind: 'screen'; readonly colour: Rgb; readonly sinceUnixMs: number }
  | { readonly kind: 'hold'; readonly held: boolean }
  | { readonly kind: 'play'; readonly playing: boolean };
export type StageAnswer =
  | { readonly kind: 'ready'; readonly version: number }
  | { readonly kind: 'failed'; readonly message: string; readonly version: number }
  | { readonly kind: 'frame'; readonly frame: Frame };

const INFO: CameraInfo = {
  id: 'simulated',
  driver: 'simulator',
  model: 'Simulated structured light',
  serial: null,
  kind: 'simulated',
};
const SCENE_TIMEOUT_MS = 20_000;
const MAX_FRAMES_PER_SECOND = 60;
const RANGE_MM = [250, 2_000] as const;
const MAX_OFF_CENTRE_MM = 600;
const MAX_YAW_DEG = 60;

const OPENING_SCENE: StageScene = {
  subject: { kind: 'empty' },
  smiling: false,
  distanceMm: 550,
  offCentreMm: 0,
  light: 'normal',
  bystander: null,
};

/**
 * A live simulated camera. A thread of its own renders a loop of poses, one at first and then more, and gives every
 * frame fresh noise, so the caller's event loop stays free. Nobody stands before it until `setScene`.
 */
export class StageCamera implements DepthCamera {
  readonly info = INFO;
  readonly intrinsics: Intrinsics = DEFAULT_INTRINSICS;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #onFrame: ((frame: Frame | null) => void) | null = null;
  #scene: StageScene = OPENING_SCENE;
  #version = 0;
  #broken: Error | null = null;

  constructor(options: { readonly framesPerSecond?: number } = {}) {
    const { framesPerSecond = 15 } = options;
    if (!(framesPerSecond >= 1 && framesPerSecond <= MAX_FRAMES_PER_SECOND)) {
      throw new RangeError(`${framesPerSecond} frames/s cannot be had`);
    }
    this.#worker = new Worker(new URL('./stage-worker.ts', import.meta.url), {
      workerData: { framesPerSecond },
      // A caller's own flags (a test runner's loader, say) are not meant for the thread.
      execArgv: [],
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: StageAnswer) => this.#take(answer));
    this.#worker.on('error', (error) => this.#break(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#break(new Error('the simulated camera ended')));
    this.setScene(OPENING_SCENE).catch(() => undefined);
  }

  get scene(): StageScene {
    return this.#scene;
  }

  /** Resolves when the first picture of the scene is there; rejects when it makes no sense or the camera is closed. */
  setScene(scene: StageScene): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    const fault = sceneFault(scene);
    if (fault) return Promise.reject(new RangeError(fault));
    this.#scene = scene;
    this.#version += 1;
    const version = this.#version;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(version);
        reject(new Error('the stage was not ready in time'));
      }, SCENE_TIMEOUT_MS);
      timer.unref();
      const settle = (act: () => void) => () => {
        clearTimeout(timer);
        this.#waiting.delete(version);
        act();
      };
      this.#waiting.set(version, { resolve: settle(resolve), reject: (error) => settle(() => reject(error))() });
      this.#post({ kind: 'scene', scene, version });
    });
  }

  /** A willing guest turns; positive is towards the image's right. */
  turnTo(yawDeg: number): void {
    void this.setScene({ ...this.#scene, yawDeg }).catch(() => undefined);
  }

  /**
   * The linear colour that the kiosk's screen was told to show, 0..1 of its white, and since when. It may be said a
   * little later, as frames are delivered `DELIVERY_MS` after they were exposed.
   */
  showColour(colour: Rgb, sinceUnixMs: number = Date.now()): void {
    if (!colour.every((c) => c >= 0 && c <= 1)) throw new RangeError('a colour has channels from 0 to 1');
    if (!Number.isFinite(sinceUnixMs)) throw new RangeError('a colour is shown from some time on');
    if (!this.#broken) this.#post({ kind: 'screen', colour, sinceUnixMs });
  }

  /** Until it is held, exposure and white balance follow what the screen casts on the scene, as those of webcams do. */
  async lockColour(locked: boolean): Promise<boolean> {
    if (this.#broken) return false;
    this.#post({ kind: 'hold', held: locked });
    return locked;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    if (this.#onFrame) throw new Error('a camera can be read by one consumer at a time');
    let latest: Frame | null = null;
    let wake: () => void = () => undefined;
    let sequence = 0;
    this.#onFrame = (frame) => {
      latest = frame ?? latest;
      wake();
    };
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort);
    if (!this.#broken) this.#post({ kind: 'play', playing: true });
    try {
      while (!signal.aborted) {
        if (this.#broken) throw this.#broken;
        if (!latest) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const frame: Frame = latest;
        latest = null;
        yield { ...frame, sequence };
        sequence += 1;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#onFrame = null;
      if (!this.#broken) this.#post({ kind: 'play', playing: false });
    }
  }

  async close(): Promise<void> {
    this.#break(new Error('the simulated camera is closed'));
    await this.#worker.terminate();
  }

  #post(request: StageRequest): void {
    this.#worker.postMessage(request);
  }

  #take(answer: StageAnswer): void {
    switch (answer.kind) {
      case 'frame':
        this.#onFrame?.(answer.frame);
        return;
      case 'ready':
        this.#waiting.get(answer.version)?.resolve();
        return;
      case 'failed':
        this.#waiting.get(answer.version)?.reject(new Error(answer.message));
    }
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#broken);
    this.#waiting.clear();
    this.#onFrame?.(null);
  }
}

function sceneFault({ distanceMm, offCentreMm, yawDeg = 0 }: StageScene): string | null {
  if (!(distanceMm >= RANGE_MM[0] && distanceMm <= RANGE_MM[1])) return `nobody can stand at ${distanceMm} mm`;
  if (!(Math.abs(offCentreMm) <= MAX_OFF_CENTRE_MM)) return `nobody is seen ${offCentreMm} mm beside the middle`;
  if (!(Math.abs(yawDeg) <= MAX_YAW_DEG)) return `nobody is asked to turn by ${yawDeg} degrees`;
  return null;
}

/** One simulated camera, found like a real one; it opens with the scene given here, or with nobody before it. */
export class SimulatedCameraDriver implements DepthCameraDriver {
  readonly name = 'simulator';
  readonly #options: { readonly framesPerSecond?: number; readonly scene?: StageScene };

  constructor(options: { readonly framesPerSecond?: number; readonly scene?: StageScene } = {}) {
    this.#options = options;
  }

  async list(): Promise<CameraInfo[]> {
    return [INFO];
  }

  async open(id: string): Promise<StageCamera> {
    if (id !== INFO.id) throw new Error(`there is no simulated camera called ${id}`);
    const camera = new StageCamera({ framesPerSecond: this.#options.framesPerSecond });
    if (this.#options.scene) await camera.setScene(this.#options.scene);
    return camera;
  }
}
