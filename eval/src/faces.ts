import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { decodeImage, FacePool, similarity } from '@smile/face';

const FALSE_MATCH_RATES = ['1e-2', '1e-3', '1e-4'] as const;
type FalseMatchRate = (typeof FALSE_MATCH_RATES)[number];

export type OperatingPoint = {
  /** Share of genuine pairs that are refused at `threshold`. */
  readonly fnmr: number;
  /**
   * Wilson's 95 % interval of `fnmr`. It takes the pairs for independent, which pairs of the same people are not: the
   * truth is less certain than it says.
   */
  readonly low95: number;
  readonly high95: number;
  /** Pairs that score this or more match. */
  readonly threshold: number;
  /** Present where the impostor pairs are too few to show the rate. */
  readonly note?: string;
};

export type FacesReport = {
  /** Picture files found, of all people. */
  readonly images: number;
  /** Pictures that gave no face (or could not be read): failures to acquire, which no rate below includes. */
  readonly noFace: number;
  /** `noFace` as a share of the pictures. */
  readonly failureToAcquire: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  /** Equal error rate; null without genuine or impostor pairs. */
  readonly eer: number | null;
  /** Null without genuine or impostor pairs. */
  readonly fnmrAtFmr: Record<FalseMatchRate, OperatingPoint> | null;
  /** Both error rates over the range of scores, by rising threshold; empty without genuine or impostor pairs. */
  readonly det: readonly DetPoint[];
};

export type DetPoint = { readonly threshold: number; readonly fmr: number; readonly fnmr: number };

const PICTURE = /\.(png|jpe?g|webp)$/i;
/** Every pair is compared, so the work grows with the square. */
const MAX_IMAGES = 6000;
const MAX_THREADS = 4;

type Sample = { readonly person: number; readonly embedding: Float32Array };

/**
 * Face matching on `dir`/person/picture: every picture is embedded as the platform would, every pair compared. Throws an
 * Error with a plain message when the folder cannot be used.
 */
export async function runFaces(options: { dir: string }): Promise<FacesReport> {
  const pictures = await listPictures(options.dir);
  const samples = await embedAll(pictures);
  const { genuine, impostor } = compareAll(samples);
  return {
    images: pictures.length,
    noFace: pictures.length - samples.length,
    failureToAcquire: (pictures.length - samples.length) / pictures.length,
    genuinePairs: genuine.length,
    impostorPairs: impostor.length,
    ...errorRates(genuine, impostor),
    det: detPoints(genuine, impostor),
  };
}

/** The rates for genuine and impostor scores; sorts both in place. */
export function errorRates(genuine: Float64Array, impostor: Float64Array): Pick<FacesReport, 'eer' | 'fnmrAtFmr'> {
  if (genuine.length === 0 || impostor.length === 0) return { eer: null, fnmrAtFmr: null };
  genuine.sort();
  impostor.sort();
  const points = FALSE_MATCH_RATES.map((rate) => [rate, operatingPoint(genuine, impostor, rate)] as const);
  return {
    eer: equalErrorRate(genuine, impostor),
    fnmrAtFmr: Object.fromEntries(points) as Record<FalseMatchRate, OperatingPoint>,
  };
}

const DET_STEP = 0.02;

/** Both error rates at every step of the threshold from -1 to 1 at which one of them changes; the scores must be sorted. */
export function detPoints(genuine: Float64Array, impostor: Float64Array): DetPoint[] {
  if (genuine.length === 0 || impostor.length === 0) return [];
  const points: DetPoint[] = [];
  for (let step = -1 / DET_STEP; step <= 1 / DET_STEP; step++) {
    const threshold = step * DET_STEP;
    const fmr = 1 - countBelow(impostor, threshold) / impostor.length;
    const fnmr = countBelow(genuine, threshold) / genuine.length;
    const last = points.at(-1);
    if (last?.fmr !== fmr || last.fnmr !== fnmr) points.push({ threshold, fmr, fnmr });
  }
  return points;
}

/** Wilson's 95 % score interval of `errors` in `trials` (Wilson 1927). */
export function wilson95(errors: number, trials: number): { low: number; high: number } {
  const z = 1.959964;
  const share = errors / trials;
  const centre = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z / (1 + (z * z) / trials)) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return { low: errors === 0 ? 0 : Math.max(0, centre - half), high: errors === trials ? 1 : centre + half };
}

/** The lowest threshold at which no more than the stated share of impostor pairs matches. */
function operatingPoint(genuine: Float64Array, impostor: Float64Array, rate: FalseMatchRate): OperatingPoint {
  const allowed = Math.floor(Number(rate) * impostor.length);
  // The first impostor who must be refused: matching begins just above.
  const threshold = justAbove(impostor[impostor.length - 1 - allowed]);
  const refused = countBelow(genuine, threshold);
  const { low, high } = wilson95(refused, genuine.length);
  const point = { fnmr: refused / genuine.length, low95: low, high95: high, threshold };
  if (allowed > 0) return point;
  return {
    ...point,
    note: `${impostor.length} impostor pairs are too few for this rate: the threshold lies just above all of them`,
  };
}

/** Where both rates are equal, or their mean where they cross between two scores. */
function equalErrorRate(genuine: Float64Array, impostor: Float64Array): number {
  let best = 1;
  let gap = Number.POSITIVE_INFINITY;
  const scores = [genuine, impostor];
  for (const list of scores) {
    for (const score of list) {
      const fnmr = countBelow(genuine, score) / genuine.length;
      const fmr = 1 - countBelow(impostor, score) / impostor.length;
      if (Math.abs(fnmr - fmr) < gap) {
        gap = Math.abs(fnmr - fmr);
        best = (fnmr + fmr) / 2;
      }
    }
  }
  return best;
}

/** How many of the ascending values are below the limit. */
function countBelow(ascending: Float64Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Scores come from single-precision numbers, so this step is small and still seen. */
function justAbove(score: number): number {
  return score + 1e-7;
}

type Picture = { readonly person: number; readonly path: string };

export async function listPictures(dir: string): Promise<Picture[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => {
    throw new Error(`${dir} is not a folder that can be read`);
  });
  const people = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const pictures: Picture[] = [];
  for (const [person, name] of people.sort().entries()) {
    for (const file of (await readdir(join(dir, name))).sort()) {
      if (PICTURE.test(file)) pictures.push({ person, path: join(dir, name, file) });
    }
  }
  if (pictures.length === 0) throw new Error(`${dir} holds no person/*.png, *.jpg or *.webp`);
  if (pictures.length > MAX_IMAGES)
    throw new Error(`${dir} holds ${pictures.length} pictures, more than ${MAX_IMAGES}`);
  return pictures;
}

async function embedAll(pictures: readonly Picture[]): Promise<Sample[]> {
  const threads = Math.min(MAX_THREADS, availableParallelism());
  const pool = await FacePool.create({ threads });
  const samples = new Map<Picture, Sample>();
  const waiting = [...pictures].reverse();
  let done = 0;
  const work = async () => {
    for (let picture = waiting.pop(); picture; picture = waiting.pop()) {
      const embedding = await embedPicture(pool, picture.path);
      if (embedding) samples.set(picture, { person: picture.person, embedding });
      done++;
      if (done % 50 === 0 || done === pictures.length) console.error(`${done} of ${pictures.length} pictures`);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads + 1 }, work));
  } finally {
    await pool.close();
  }
  // In the order of the files, so that two runs compare the same pairs in the same order.
  return pictures.flatMap((picture) => samples.get(picture) ?? []);
}

async function embedPicture(pool: FacePool, path: string): Promise<Float32Array | null> {
  const decoded = await decodeImage(await readFile(path));
  if (!decoded.ok) {
    console.error(`${path}: ${decoded.message}`);
    return null;
  }
  const analysed = await pool.analyse(decoded.image, { embed: true });
  if (!analysed.ok) throw new Error(`${path}: ${analysed.message}`);
  const embedding = analysed.faces[0]?.embedding;
  if (!embedding) console.error(`${path}: no face found`);
  return embedding ?? null;
}

function compareAll(samples: readonly Sample[]): { genuine: Float64Array; impostor: Float64Array } {
  const pairs = (samples.length * (samples.length - 1)) / 2;
  const genuine = new Float64Array(pairs);
  const impostor = new Float64Array(pairs);
  let genuineCount = 0;
  let impostorCount = 0;
  for (const [index, one] of samples.entries()) {
    for (let earlier = 0; earlier < index; earlier++) {
      const other = samples[earlier];
      const score = similarity(one.embedding, other.embedding);
      if (one.person === other.person) genuine[genuineCount++] = score;
      else impostor[impostorCount++] = score;
    }
  }
  return { genuine: genuine.slice(0, genuineCount), impostor: impostor.slice(0, impostorCount) };
}
