import type { CameraInfo, DepthCamera, Frame, Intrinsics } from '@smile/camera';

const WIDTH_PX = 64;
const HEIGHT_PX = 48;
const INTRINSICS: Intrinsics = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, fxPx: 57, fyPx: 57, cxPx: 31.5, cyPx: 23.5 };
const INFO: CameraInfo = { id: 'fake', driver: 'fake', model: 'Fake', serial: null, kind: 'simulated' };

/** A small frame; each sequence number has a picture of its own. */
export function fakeFrame(sequence: number): Frame {
  return {
    sequence,
    deviceTimeMs: 1_000 + sequence * 40,
    colour: {
      widthPx: WIDTH_PX,
      heightPx: HEIGHT_PX,
      rgb: new Uint8Array(WIDTH_PX * HEIGHT_PX * 3).fill(sequence % 251),
    },
    depth: {
      widthPx: WIDTH_PX,
      heightPx: HEIGHT_PX,
      unitMm: 1,
      values: new Uint16Array(WIDTH_PX * HEIGHT_PX).fill(500 + sequence),
    },
    intrinsics: INTRINSICS,
  };
}

/** A camera that delivers a frame whenever the test says so, and can be unplugged. */
export class FakeCamera implements DepthCamera {
  readonly info: CameraInfo;
  readonly intrinsics = INTRINSICS;
  isClosed = false;
  /** How often somebody began to read it. */
  readings = 0;
  isRead = false;
  #queue: (Frame | Error | null)[] = [];
  #wake: () => void = () => undefined;
  #sequence = 0;

  constructor(info: CameraInfo = INFO) {
    this.info = info;
  }

  deliver(change: Partial<Frame> = {}): void {
    this.#put({ ...fakeFrame(this.#sequence), ...change });
    this.#sequence += 1;
  }

  unplug(message: string): void {
    this.#put(new Error(message));
  }

  /** As a recording does. */
  end(): void {
    this.#put(null);
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    this.readings += 1;
    this.isRead = true;
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort);
    try {
      while (!signal.aborted) {
        const next = this.#queue.shift();
        if (next === null) return;
        if (next instanceof Error) throw next;
        if (next) yield next;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.isRead = false;
    }
  }

  /** What was asked of it. */
  readonly locks: boolean[] = [];
  /** What it answers when it is to hold its colours. */
  canLock = true;

  async lockColour(locked: boolean): Promise<boolean> {
    this.locks.push(locked);
    return locked && this.canLock;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#wake();
  }

  #put(item: Frame | Error | null): void {
    this.#queue.push(item);
    this.#wake();
  }
}
