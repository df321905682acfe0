import { buildTemplate, similarity } from '@smile/face';
import type { Sample } from './ours.ts';
import { errorRates, FALSE_MATCH_RATES, type FalseMatchRate } from './rates.ts';

/** How the templates of several pictures do, with the threshold of each way measured for itself. */
export type TemplatesReport = {
  /** Pictures a template is made of: the first of each person, the others are probes. */
  readonly enrolledWith: number;
  readonly people: number;
  readonly genuineComparisons: number;
  readonly impostorComparisons: number;
  readonly ways: readonly {
    readonly way: TemplateWay;
    /** How far the means of genuine and impostor scores lie apart, in standard deviations (d prime). */
    readonly separation: number;
    readonly eer: number | null;
    readonly atFmr: Readonly<Record<FalseMatchRate, { readonly threshold: number; readonly fnmr: number }>> | null;
  }[];
};

const TEMPLATE_WAYS = {
  one_picture: 'the first picture alone',
  mean: 'the quality-weighted mean',
  best_sub_template: 'the most similar sub-template',
  best_of_all: 'the most similar of mean and sub-templates',
  mean_and_best: 'half the mean, half the most similar sub-template',
} as const;
export type TemplateWay = keyof typeof TEMPLATE_WAYS;

const ENROLLED_WITH = 3;

type Enrolled = {
  readonly folder: number;
  readonly person: number;
  readonly scores: (probe: Float32Array) => Record<TemplateWay, number>;
};

/** Null where nobody has a picture more than a template takes. `finish` centres a raw embedding as the engine does. */
export function templatesReport(
  samples: readonly Sample[],
  finish: (raw: Float32Array) => Float32Array,
): TemplatesReport | null {
  const enrolled: Enrolled[] = [];
  const probes: Sample[] = [];
  for (const own of Map.groupBy(samples, ({ person }) => person).values()) {
    if (own.length <= ENROLLED_WITH) continue;
    const frames = own.slice(0, ENROLLED_WITH);
    // Nobody is refused here: whether pictures agree is the enrolment's question, not this one's.
    const built = buildTemplate(
      frames.map(({ raw, quality }) => ({ raw, quality: Math.max(1, quality.overall) })),
      { finish, samePersonFrom: -1 },
    );
    if (!built.ok) throw new Error(built.code);
    enrolled.push({ folder: own[0].folder, person: own[0].person, scores: scorer(frames[0].embedding, built) });
    probes.push(...own.slice(ENROLLED_WITH));
  }
  if (enrolled.length < 2) return null;
  const ways = Object.keys(TEMPLATE_WAYS) as TemplateWay[];
  const genuine = ways.map((): number[] => []);
  const impostor = ways.map((): number[] => []);
  for (const probe of probes) {
    for (const template of enrolled) {
      if (template.folder !== probe.folder) continue;
      const scores = template.scores(probe.embedding);
      const of = template.person === probe.person ? genuine : impostor;
      for (const [at, way] of ways.entries()) of[at].push(scores[way]);
    }
  }
  return {
    enrolledWith: ENROLLED_WITH,
    people: enrolled.length,
    genuineComparisons: genuine[0].length,
    impostorComparisons: impostor[0].length,
    ways: ways.map((way, at) => {
      const { eer, fnmrAtFmr } = errorRates(Float64Array.from(genuine[at]), Float64Array.from(impostor[at]));
      const separation = dPrime(genuine[at], impostor[at]);
      if (!fnmrAtFmr) return { way, separation, eer, atFmr: null };
      const points = FALSE_MATCH_RATES.map((rate) => {
        const { threshold, fnmr } = fnmrAtFmr[rate];
        return [rate, { threshold, fnmr }] as const;
      });
      return {
        way,
        separation,
        eer,
        atFmr: Object.fromEntries(points) as Record<FalseMatchRate, { threshold: number; fnmr: number }>,
      };
    }),
  };
}

function scorer(
  first: Float32Array,
  { mean, subTemplates }: { readonly mean: Float32Array; readonly subTemplates: readonly Float32Array[] },
): Enrolled['scores'] {
  return (probe) => {
    const toMean = similarity(probe, mean);
    const best = Math.max(...subTemplates.map((sub) => similarity(probe, sub)));
    return {
      one_picture: similarity(probe, first),
      mean: toMean,
      best_sub_template: best,
      best_of_all: Math.max(toMean, best),
      mean_and_best: (toMean + best) / 2,
    };
  };
}

function dPrime(genuine: readonly number[], impostor: readonly number[]): number {
  const [one, other] = [genuine, impostor].map((scores) => {
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    return { mean, variance: scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length };
  });
  return (one.mean - other.mean) / Math.sqrt((one.variance + other.variance) / 2);
}
