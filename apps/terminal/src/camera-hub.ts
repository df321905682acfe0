import type { CameraInfo, DepthCamera, Frame } from '@smile/camera';

export type CameraHubState =
  | { readonly state: 'starting' | 'missing'; readonly info: null; readonly message: string | null }
  | { readonly state: 'ready'; readonly info: CameraInfo; readonly message: null }
  | { readonly state: 'failed'; readonly info: CameraInfo | null; readonly message: string };

export type FrameListener = (frame: Frame) => void;

/**
 * Owns the camera. Frames flow only while somebody listens (a scan or a preview), every listener sees every frame,
 * and a camera that fails is opened again, a little later each time.
 */
export class CameraHub {
  readonly #open: () => Promise<DepthCamera | null>;
  readonly #listeners = new Set<FrameListener>();
  readonly #reopenDelaysMs = [500, 1_000, 2_000, 5_000, 10_000];
  #camera: DepthCamera | null = null;
  #state: CameraHubState = { state: 'starting', info: null, message: null };
  #pump: AbortController | null = null;
  #pumping: Promise<void> = Promise.resolve();
  #failures = 0;
  #reopenTimer: NodeJS.Timeout | null = null;
  #closed = false;

  /** @param open opens the camera, or answers null when there is none. */
  constructor(open: () => Promise<DepthCamera | null>) {
    this.#open = open;
  }

  get state(): CameraHubState {
    return this.#state;
  }

  async start(): Promise<void> {
    try {
      this.#camera = await this.#open();
      this.#state = this.#camera
        ? { state: 'ready', info: this.#camera.info, message: null }
        : { state: 'missing', info: null, message: 'no camera is configured' };
      if (this.#camera && this.#listeners.size > 0) this.#startPump();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Frames come to `listener` until the returned function is called. */
  subscribe(listener: FrameListener): () => void {
    this.#listeners.add(listener);
    if (this.#camera && !this.#pump) this.#startPump();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#pump?.abort();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#reopenTimer) clearTimeout(this.#reopenTimer);
    this.#pump?.abort();
    await this.#pumping;
    await this.#camera?.close();
    this.#camera = null;
  }

  #startPump(): void {
    const controller = new AbortController();
    this.#pump = controller;
    this.#pumping = this.#run(controller);
  }

  async #run(controller: AbortController): Promise<void> {
    const camera = this.#camera;
    if (!camera) return;
    try {
      for await (const frame of camera.frames(controller.signal)) {
        this.#failures = 0;
        for (const listener of this.#listeners) listener(frame);
        if (controller.signal.aborted) break;
      }
      // A live camera never ends by itself; a recording does, and is simply over.
    } catch (error) {
      if (!controller.signal.aborted) {
        await camera.close().catch(() => undefined);
        this.#camera = null;
        this.#fail(error);
      }
    } finally {
      if (this.#pump === controller) this.#pump = null;
    }
    // Somebody may have come while the last pump was ending.
    if (controller.signal.aborted && this.#camera && this.#listeners.size > 0 && !this.#closed) this.#startPump();
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#state = { state: 'failed', info: this.#camera?.info ?? null, message };
    if (this.#closed) return;
    const delayMs = this.#reopenDelaysMs[Math.min(this.#failures, this.#reopenDelaysMs.length - 1)];
    this.#failures += 1;
    this.#reopenTimer = setTimeout(() => void this.start(), delayMs);
  }
}
