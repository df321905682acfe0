import { similarity } from './similarity.ts';

/** One picture of a person for a template. */
export type TemplateFrame = {
  /** As FaceEngine.embedRaw gives it: its length says how sure the network is, so it is not normalised. */
  readonly raw: Float32Array;
  /** Its weight in the mean, above 0; FaceQuality.overall is meant. */
  readonly quality: number;
};

export type BuiltTemplate =
  | {
      readonly ok: true;
      /** Of length 1, for `similarity`. */
      readonly mean: Float32Array;
      /** Means of the frames by appearance, the one with most weight first. */
      readonly subTemplates: readonly Float32Array[];
    }
  | { readonly ok: false; readonly code: 'no_frames' | 'not_one_person' };

export type BuildTemplateOptions = {
  /** Makes a raw embedding (or a sum) comparable: FaceEngine.finishEmbedding. */
  readonly finish: (raw: Float32Array) => Float32Array;
  /** Any two frames must be at least this similar, or they may not show one person. */
  readonly samePersonFrom: number;
  /** 1 to 3 (default 3). */
  readonly maxSubTemplates?: number;
};

const MAX_SUB_TEMPLATES = 3;
/** Frames more alike than this are one appearance: a sub-template of its own would add nothing. */
const SAME_APPEARANCE = 0.9;

/**
 * The template of several frames of one person: their quality-weighted mean, and two or three sub-templates where the
 * frames differ (poses, glasses). The frames are grouped about the best one and then those least like any group so far
 * (Gonzalez 1985, farthest first), which needs to know nothing of poses. Throws RangeError for a quality that is not a
 * positive number: such a frame has no weight.
 */
export function buildTemplate(frames: readonly TemplateFrame[], options: BuildTemplateOptions): BuiltTemplate {
  if (frames.length === 0) return { ok: false, code: 'no_frames' };
  for (const { quality } of frames) {
    if (!(quality > 0 && Number.isFinite(quality))) throw new RangeError(`a frame of quality ${quality}`);
  }
  const { finish, samePersonFrom } = options;
  const ordered = frames.toSorted((one, other) => other.quality - one.quality);
  const singles = ordered.map(({ raw }) => finish(raw));
  for (let one = 1; one < singles.length; one++) {
    for (let other = 0; other < one; other++) {
      if (similarity(singles[one], singles[other]) < samePersonFrom) return { ok: false, code: 'not_one_person' };
    }
  }
  const centres = farthestFirst(singles, Math.min(MAX_SUB_TEMPLATES, options.maxSubTemplates ?? MAX_SUB_TEMPLATES));
  const groups = centres.map((): TemplateFrame[] => []);
  for (const [index, frame] of ordered.entries()) {
    const likeness = centres.map((centre) => similarity(singles[index], singles[centre]));
    groups[likeness.indexOf(Math.max(...likeness))].push(frame);
  }
  const weight = (group: readonly TemplateFrame[]) => group.reduce((sum, { quality }) => sum + quality, 0);
  const subTemplates = groups
    .toSorted((one, other) => weight(other) - weight(one))
    .map((group) => finish(weightedMean(group)));
  return { ok: true, mean: finish(weightedMean(ordered)), subTemplates };
}

/** Mean of the raw embeddings, weighted by quality. Throws RangeError when there is none. */
export function weightedMean(frames: readonly TemplateFrame[]): Float32Array {
  if (frames.length === 0) throw new RangeError('there is no mean of no frames');
  const sum = new Float64Array(frames[0].raw.length);
  let weights = 0;
  for (const { raw, quality } of frames) {
    if (raw.length !== sum.length) throw new RangeError('the frames come from different models');
    for (let index = 0; index < sum.length; index++) sum[index] += quality * raw[index];
    weights += quality;
  }
  return Float32Array.from(sum, (value) => value / weights);
}

function farthestFirst(vectors: readonly Float32Array[], most: number): number[] {
  const centres = [0];
  while (centres.length < most) {
    const nearest = vectors.map((vector) => Math.max(...centres.map((centre) => similarity(vector, vectors[centre]))));
    const least = Math.min(...nearest);
    if (least >= SAME_APPEARANCE) break;
    centres.push(nearest.indexOf(least));
  }
  return centres;
}
