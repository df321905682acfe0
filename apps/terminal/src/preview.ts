import { type ColourImage, encodeColourJpeg, type Frame } from '@smile/camera';
import type { Logger } from 'pino';
import type WebSocket from 'ws';

const JPEG_QUALITY = 90;
const MAX_BUFFERED_BYTES = 256 * 1024;

const made = new WeakMap<ColourImage, Promise<Uint8Array>>();

/** The frame's picture as JPEG. Made once, however many previews and scans want it. */
export function jpegOf(frame: Frame): Promise<Uint8Array> {
  const known = made.get(frame.colour);
  if (known) return known;
  const making = encodeColourJpeg(frame.colour, JPEG_QUALITY);
  made.set(frame.colour, making);
  return making;
}

/** Shows frames to a page, in order; skips some when the page or this machine is slower than the camera. Never throws. */
export function previewTo(page: WebSocket, log: Logger): (frame: Frame) => void {
  let busy = false;
  return (frame) => {
    if (busy || page.readyState !== page.OPEN || page.bufferedAmount > MAX_BUFFERED_BYTES) return;
    busy = true;
    jpegOf(frame)
      .then((jpeg) => {
        if (page.readyState === page.OPEN) page.send(jpeg);
      })
      .catch((error: unknown) => log.warn({ err: error }, 'a picture could not be shown'))
      .finally(() => {
        busy = false;
      });
  };
}
