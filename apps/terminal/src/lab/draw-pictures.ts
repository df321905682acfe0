/**
 * `npm run lab-pictures -w @smile/terminal`: renders one small picture of every species, and of a person, for the attack
 * lab's page. They show how an instrument is held; all of them are simulated. Run again when the simulator draws otherwise.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { INSTRUMENT_KINDS } from '@smile/contract';
import { attackWith, captureFrames, proceduralPerson } from '@smile/simulator';
import sharp from 'sharp';
import { picturesDir } from './pictures.ts';

const SIDE_PX = 256;
const QUALITY = 78;
/** The square that holds face, instrument and hands. */
const CUT_PX = 370;
const CUT_TOP_PX = 90;
/** Of middling skin, so that paper beside it is neither grey nor burnt out. */
const SEED = 5;

await mkdir(picturesDir, { recursive: true });
const person = proceduralPerson(SEED);
for (const kind of ['person', ...INSTRUMENT_KINDS] as const) {
  const attack = kind === 'person' ? null : attackWith(kind, person, { seed: 3 });
  const { distanceMm = 560, light = 'normal' } = attack?.arrangement ?? {};
  const capture = { subject: attack ?? person, seed: 3, frames: 1, smiling: true, motion: 0 };
  const [{ colour }] = captureFrames({ ...capture, distanceMm, light });
  const { widthPx, heightPx, rgb } = colour;
  const file = join(picturesDir, `${kind}.webp`);
  await sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .extract({ left: (widthPx - CUT_PX) / 2, top: CUT_TOP_PX, width: CUT_PX, height: CUT_PX })
    .resize(SIDE_PX, SIDE_PX)
    .webp({ quality: QUALITY })
    .toFile(file);
  console.log(file);
}
