import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { ColourImage } from '@smile/camera';
import { decodeImage, FacePool, type FaceQuality, faceQuality } from '@smile/face';
import type { Picture } from './pictures.ts';

const MAX_THREADS = 4;

/** A picture with a face, as the platform sees it. */
export type Sample = Picture & {
  readonly embedding: Float32Array;
  /** Before normalising and centring. */
  readonly raw: Float32Array;
  readonly quality: FaceQuality;
};

/** Null, and a line to stderr, for a file that is no picture. */
export async function readPicture(path: string): Promise<ColourImage | null> {
  const decoded = await decodeImage(await readFile(path));
  if (!decoded.ok) console.error(`${path}: ${decoded.message}`);
  return decoded.ok ? decoded.image : null;
}

/**
 * The pictures that gave a face, in the order of the files, so that two runs compare the same pairs in the same order.
 * Of several faces in a picture the most prominent one counts, as in a scan.
 */
export async function embedPictures(pictures: readonly Picture[], manifestPath?: string): Promise<Sample[]> {
  const threads = Math.min(MAX_THREADS, availableParallelism());
  const pool = await FacePool.create({ threads, manifestPath });
  const samples = new Map<Picture, Sample>();
  const waiting = [...pictures].reverse();
  let done = 0;
  const work = async () => {
    for (let picture = waiting.pop(); picture; picture = waiting.pop()) {
      const sample = await embedPicture(pool, picture);
      if (sample) samples.set(picture, sample);
      done++;
      if (done % 50 === 0 || done === pictures.length) console.error(`${done} of ${pictures.length} pictures`);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads + 1 }, work));
  } finally {
    await pool.close();
  }
  return pictures.flatMap((picture) => samples.get(picture) ?? []);
}

async function embedPicture(pool: FacePool, picture: Picture): Promise<Sample | null> {
  const image = await readPicture(picture.path);
  if (!image) return null;
  const analysed = await pool.analyse(image, { embed: true, embedRaw: true, mesh: true });
  if (!analysed.ok) throw new Error(`${picture.path}: ${analysed.message}`);
  const [face] = analysed.faces;
  if (!face?.embedding || !face.rawEmbedding || !face.mesh) {
    console.error(`${picture.path}: no face found`);
    return null;
  }
  const others = analysed.faces.map(({ detection }) => detection);
  const quality = faceQuality(image, face.detection, face.mesh, { others });
  return { ...picture, embedding: face.embedding, raw: face.rawEmbedding, quality };
}
