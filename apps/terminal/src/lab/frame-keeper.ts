import type { CaptureWriter, Frame } from '@smile/camera';
import type { Logger } from 'pino';

/** Frames that may wait for the disk; a slower one costs frames, not memory. */
const MAX_WAITING = 12;

/** Writes the frames of one attempt, where there is consent to keep them. The file is made with the first of them. */
export class FrameKeeper {
  readonly #open: () => Promise<CaptureWriter>;
  readonly #log: Logger;
  #writer: CaptureWriter | null = null;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(open: () => Promise<CaptureWriter>, log: Logger) {
    this.#open = open;
    this.#log = log;
  }

  keep(frame: Frame): void {
    if (this.#waiting >= MAX_WAITING) return;
    this.#waiting += 1;
    this.#last = this.#last
      .then(async () => {
        this.#writer ??= await this.#open();
        await this.#writer.write(frame);
      })
      .catch((error: unknown) => this.#log.warn({ err: error }, 'a frame of the lab could not be kept'))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** The number of frames that were kept. */
  async close(): Promise<number> {
    await this.#last;
    await this.#writer?.close();
    return this.#writer?.frameCount ?? 0;
  }
}
