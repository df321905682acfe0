import type { ColourImage } from '@smile/camera';
import type { Human, Tensor } from '@vladmandic/human';
import { type RunningHuman, startHuman } from '../human.ts';
import { readPicture } from './ours.ts';
import type { Picture } from './pictures.ts';

export type HumanSample = Picture & { readonly descriptor: number[] };

export type HumanRun = {
  readonly samples: readonly HumanSample[];
  /** Pictures in which Human found a face only after they were laid on a larger black square. */
  readonly padded: number;
  similarity(one: HumanSample, other: HumanSample): number;
};

/** How much larger the square is than the picture's longer side. */
const PADDING = 2;

/**
 * Human's own descriptors, with its own settings and its own distance. A picture in which it finds no face is tried
 * once more with room around it, which helps its detector; what then still fails counts as not acquired.
 */
export async function describePictures(pictures: readonly Picture[]): Promise<HumanRun> {
  const running = await startHuman();
  const samples: HumanSample[] = [];
  let padded = 0;
  try {
    for (const [done, picture] of pictures.entries()) {
      const image = await readPicture(picture.path);
      if (!image) continue;
      let descriptor = await describe(running, image);
      if (!descriptor) {
        descriptor = await describe(running, withRoom(image));
        if (descriptor) padded++;
      }
      if (descriptor) samples.push({ ...picture, descriptor });
      if ((done + 1) % 50 === 0 || done + 1 === pictures.length) {
        console.error(`Human: ${done + 1} of ${pictures.length} pictures`);
      }
    }
  } finally {
    running.close();
  }
  const { match } = running.human;
  return {
    samples,
    padded,
    // Its `similarity` is a falling function of this distance, rounded to hundredths, which would only cost it pairs.
    similarity: (one, other) => -match.distance(one.descriptor, other.descriptor),
  };
}

async function describe({ human }: RunningHuman, image: ColourImage): Promise<number[] | null> {
  const tf = human.tf as Human['tf'];
  const input: Tensor = tf.tensor3d(image.rgb, [image.heightPx, image.widthPx, 3], 'int32');
  const result = await human.detect(input);
  tf.dispose(input);
  const embedding = result.face[0]?.embedding;
  return embedding && embedding.length > 0 ? [...embedding] : null;
}

function withRoom({ widthPx, heightPx, rgb }: ColourImage): ColourImage {
  const sidePx = PADDING * Math.max(widthPx, heightPx);
  const square = new Uint8Array(sidePx * sidePx * 3);
  const left = (sidePx - widthPx) >> 1;
  const top = (sidePx - heightPx) >> 1;
  for (let row = 0; row < heightPx; row++) {
    square.set(rgb.subarray(row * widthPx * 3, (row + 1) * widthPx * 3), ((top + row) * sidePx + left) * 3);
  }
  return { widthPx: sidePx, heightPx: sidePx, rgb: square };
}
