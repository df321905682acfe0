import { Worker } from 'node:worker_threads';
import type { CameraInfo, ColourImage, DepthCamera, Frame, Intrinsics } from '@smile/camera';
import type { LightName } from '../render/lights.ts';
import { DEFAULT_INTRINSICS } from '../render/view.ts';

/** Who or what stands on the stage, described so that it can cross to the thread that renders it. */
export type StageSubject =
  | { readonly kind: 'empty' }
  | { readonly kind: 'procedural'; readonly seed: number }
  | { readonly kind: 'photo'; readonly image: ColourImage; readonly meshPoints: Float32Array }
  | { readonly kind: 'print' | 'bent-print' | 'tablet'; readonly of: StageSubject };

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
export type StageRequest = { readonly scene: StageScene; readonly version: number } | { readonly frames: boolean };
export type StageAnswer =
  | { readonly ready: number }
  | { readonly failed: string; readonly version: number }
  | { readonly frame: Frame };

const INFO: CameraInfo = {
  id: 'simulated',
  driver: 'simulator',
  model: 'Simulated structured light',
  serial: null,
  kind: 'simulated',
};
const SCENE_TIMEOUT_MS = 20_000;

const OPENING_SCENE: StageScene = {
  subject: { kind: 'empty' },
  smiling: false,
  distanceMm: 550,
  offCentreMm: 0,
  light: 'normal',
  bystander: null,
};

/**
 * A live simulated camera. A thread of its own renders a loop of poses, a few at first and then more, and gives every
 * frame fresh noise, so the caller's event loop stays free.
 */
export class StageCamera implements DepthCamera {
  readonly info = INFO;
  readonly intrinsics: Intrinsics = DEFAULT_INTRINSICS;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #onFrame: ((frame: Frame | null) => void) | null = null;
  #scene: StageScene = OPENING_SCENE;
  #version = 0;
  #sequence = 0;
  #broken: Error | null = null;

  constructor(options: { readonly framesPerSecond?: number } = {}) {
    this.#worker = new Worker(new URL('./stage-worker.ts', import.meta.url), {
      workerData: { framesPerSecond: options.framesPerSecond ?? 15 },
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: StageAnswer) => this.#take(answer));
    this.#worker.on('error', (error) => this.#break(error));
    this.#worker.on('exit', () => this.#break(new Error('the simulated camera ended')));
  }

  get scene(): StageScene {
    return this.#scene;
  }

  /** Resolves when the first pictures of the scene are there. */
  setScene(scene: StageScene): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    this.#scene = scene;
    this.#version += 1;
    const version = this.#version;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(version);
        reject(new Error('the stage was not ready in time'));
      }, SCENE_TIMEOUT_MS);
      const settle = (act: () => void) => () => {
        clearTimeout(timer);
        this.#waiting.delete(version);
        act();
      };
      this.#waiting.set(version, { resolve: settle(resolve), reject: (error) => settle(() => reject(error))() });
      this.#post({ scene, version });
    });
  }

  /** A willing guest turns; positive is towards the image's right. */
  turnTo(yawDeg: number): void {
    void this.setScene({ ...this.#scene, yawDeg }).catch(() => undefined);
  }

  async *frames(signal: AbortSignal): AsyncIterable<Frame> {
    if (this.#onFrame) throw new Error('the frames of a camera are read once at a time');
    let latest: Frame | null = null;
    let wake: () => void = () => undefined;
    this.#onFrame = (frame) => {
      latest = frame ?? latest;
      wake();
    };
    const onAbort = () => wake();
    signal.addEventListener('abort', onAbort);
    this.#post({ frames: true });
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
        yield { ...frame, sequence: this.#sequence++ };
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#onFrame = null;
      if (!this.#broken) this.#post({ frames: false });
    }
  }

  async close(): Promise<void> {
    this.#broken ??= new Error('the simulated camera is closed');
    await this.#worker.terminate();
  }

  #post(request: StageRequest): void {
    this.#worker.postMessage(request);
  }

  #take(answer: StageAnswer): void {
    if ('frame' in answer) this.#onFrame?.(answer.frame);
    else if ('ready' in answer) {
      // A scene that was replaced while it was being made has been answered by its successor.
      for (const [version, waiting] of this.#waiting) if (version <= answer.ready) waiting.resolve();
    } else this.#waiting.get(answer.version)?.reject(new Error(answer.failed));
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#broken);
    this.#waiting.clear();
    this.#onFrame?.(null);
  }
}
