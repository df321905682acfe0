import { parentPort } from 'node:worker_threads';
import { encodeColourJpeg } from '@smile/camera';
import { captureFrames, proceduralPerson } from '@smile/simulator';
import type { PortraitReply, PortraitRequest } from './cast-portraits.ts';

// Close enough that the face fills the square that is cut out of the middle.
const DISTANCE_MM = 520;
const SIDE_PX = 300;
const TOP_PX = 90;
const JPEG_QUALITY = 82;

parentPort?.on('message', async ({ seed }: PortraitRequest) => {
  const subject = proceduralPerson(seed);
  const [{ colour }] = captureFrames({ subject, seed, frames: 1, distanceMm: DISTANCE_MM, smiling: true, motion: 0 });
  const left = Math.floor((colour.widthPx - SIDE_PX) / 2);
  const rgb = new Uint8Array(SIDE_PX * SIDE_PX * 3);
  for (let y = 0; y < SIDE_PX; y += 1) {
    const from = ((y + TOP_PX) * colour.widthPx + left) * 3;
    rgb.set(colour.rgb.subarray(from, from + SIDE_PX * 3), y * SIDE_PX * 3);
  }
  const jpeg = await encodeColourJpeg({ widthPx: SIDE_PX, heightPx: SIDE_PX, rgb }, JPEG_QUALITY);
  parentPort?.postMessage({ seed, jpeg } satisfies PortraitReply);
});
