import { CameraError, type CameraInfo, type DepthCamera, type Frame } from '@smile/camera';
import type { ColourLock } from '@smile/contract';

export type CameraHubState =
  | { readonly state: 'starting' | 'missing'; readonly info: null; readonly message: string | null }
  | { readonly state: 'ready'; readonly info: CameraInfo; readonly message: null }
  | { readonly state: 'failed'; readonly info: CameraInfo | null; readonly message: string };

export type FrameListener = (frame: Frame) => void;

export type CameraHubOptions = {
  /** Waits before the first, second... reopening; the last one repeats. */
  readonly reopenDelaysMs?: readonly number[];
  /** A camera without a picture for so long counts as failed. */
  readonly silenceMs?: number;
};

const REOPEN_DELAYS_MS = [500, 1_000, 2_000, 5_000, 10_000];
const SILENCE_MS = 10_000;
/** A camera that will not close is left behind after this. */
const CLOSE_TIMEOUT_MS = 3_000;
const LET_GO_TIMEOUT_MS = 250;
const LOCK_TIMEOUT_MS = 300;

/**
 * Owns the camera. Frames flow only while somebody listens (a scan or a preview), every listener sees every frame,
 * and a camera that fails, ends or cannot be found is opened again, a little later each time.
 */
export class CameraHub {
  readonly #open: () => Promise<DepthCamera | null>;
  readonly #listeners = new Map<FrameListener, ((message: string) => void) | undefined>();
  readonly #reopenDelaysMs: readonly number[];
  readonly #silenceMs: number;
  #camera: DepthCamera | null = null;
  #state: CameraHubState = { state: 'starting', info: null, message: null };
  #pump: AbortController | null = null;
  #pumping: Promise<void> = Promise.resolve();
  #failures = 0;
  #reopenTimer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param open opens the camera, or answers null when there is to be none. */
  constructor(open: () => Promise<DepthCamera | null>, options: CameraHubOptions = {}) {
    this.#open = open;
    this.#reopenDelaysMs = options.reopenDelaysMs ?? REOPEN_DELAYS_MS;
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
  }

  get state(): CameraHubState {
    return this.#state;
  }

  /** Never rejects: a camera that cannot be opened shows in the state and is tried again. */
  async start(): Promise<void> {
    let camera: DepthCamera | null;
    try {
      camera = await this.#open();
    } catch (error) {
      return this.#fail(error, null);
    }
    if (this.#closed) return closeQuietly(camera);
    this.#camera = camera;
    this.#state = camera
      ? { state: 'ready', info: camera.info, message: null }
      : { state: 'missing', info: null, message: 'no camera is configured' };
    if (this.#listeners.size > 0) this.#startPump();
  }

  /**
   * Frames come to `listener` until the returned function is called; `onLost` hears why, should the camera fail
   * meanwhile. Frames come again by themselves when the camera is back.
   */
  subscribe(listener: FrameListener, onLost?: (message: string) => void): () => void {
    this.#listeners.set(listener, onLost);
    this.#startPump();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#pump?.abort();
    };
  }

  /**
   * Has the camera hold its exposure, gain and white balance, or let go of them. Never rejects: a camera that does not answer in
   * time is as good as one that follows the scene.
   */
  async lockColour(locked: boolean): Promise<ColourLock> {
    const camera = this.#camera;
    if (!camera?.lockColour) return 'unsupported';
    const held = await Promise.race([camera.lockColour(locked).catch(() => false), rest(LOCK_TIMEOUT_MS)]);
    return held === true ? 'locked' : 'free';
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    if (this.#reopenTimer) clearTimeout(this.#reopenTimer);
    this.#pump?.abort();
    const camera = this.#camera;
    this.#camera = null;
    await Promise.race([this.#pumping, rest(CLOSE_TIMEOUT_MS)]);
    await closeQuietly(camera);
  }

  #startPump(): void {
    if (!this.#camera || this.#pump || this.#closed) return;
    this.#pump = new AbortController();
    this.#pumping = this.#run(this.#camera, this.#pump);
  }

  async #run(camera: DepthCamera, controller: AbortController): Promise<void> {
    let failure: unknown = null;
    try {
      await this.#deliver(camera, controller.signal);
      // A live camera never ends by itself; a recording does, and starts again from a fresh opening.
      if (!controller.signal.aborted) failure = new Error('the camera has stopped');
    } catch (error) {
      if (!controller.signal.aborted) failure = error;
    }
    this.#pump = null;
    if (failure === null) {
      // Somebody may have come while the last pump was ending.
      if (this.#listeners.size > 0) this.#startPump();
      return;
    }
    controller.abort();
    this.#camera = null;
    await closeQuietly(camera);
    this.#fail(failure, camera.info);
  }

  async #deliver(camera: DepthCamera, signal: AbortSignal): Promise<void> {
    const frames = camera.frames(signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await within(frames.next(), this.#silenceMs);
        if (next.done || signal.aborted) return;
        this.#failures = 0;
        for (const listener of this.#listeners.keys()) {
          try {
            listener(next.value);
          } catch {
            // One careless listener is no failure of the camera and no reason to starve the others.
            this.#listeners.delete(listener);
          }
        }
      }
    } finally {
      // A hanging camera never answers this.
      await Promise.race([Promise.resolve(frames.return?.()).catch(() => undefined), rest(LET_GO_TIMEOUT_MS)]);
    }
  }

  #fail(error: unknown, info: CameraInfo | null): void {
    if (this.#closed) return;
    const message = error instanceof Error ? error.message : String(error);
    const isMissing = error instanceof CameraError && error.code === 'camera_not_found';
    this.#state = isMissing ? { state: 'missing', info: null, message } : { state: 'failed', info, message };
    for (const onLost of this.#listeners.values()) onLost?.(message);
    const delayMs = this.#reopenDelaysMs[Math.min(this.#failures, this.#reopenDelaysMs.length - 1)];
    this.#failures += 1;
    this.#reopenTimer = setTimeout(() => void this.start(), delayMs);
  }
}

async function closeQuietly(camera: DepthCamera | null): Promise<void> {
  if (camera) await Promise.race([camera.close().catch(() => undefined), rest(CLOSE_TIMEOUT_MS)]);
}

function rest(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs).unref());
}

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the camera delivers no pictures')), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
