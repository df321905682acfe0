import { FaceEngine, operatingPoint } from '@smile/face';
import { ScanJudge } from '@smile/server/scan-judge';
import {
  ATTACK_SPECIES,
  attackWith,
  captureFrames,
  isPresented,
  proceduralPerson,
  type Subject,
} from '@smile/simulator';

export type PadOptions = {
  readonly trials: number;
  readonly seed: number;
  /** Numbers of the species; all that can be held before a camera by default. */
  readonly species?: readonly number[];
};
export type PadReport = {
  /** Rendered people and instruments: never evidence about real ones. */
  readonly simulated: true;
  readonly seed: number;
  readonly bonaFide: { readonly trials: number; readonly refused: number; readonly undecided: number };
  /** Genuine people who did not end live: attacks, undecided and not found together. */
  readonly bpcer: number;
  readonly species: readonly {
    readonly id: number;
    readonly name: string;
    readonly inScope: boolean;
    readonly trials: number;
    readonly apcer: number;
    /** One-sided 95 % upper bound (Clopper-Pearson). */
    readonly high95: number;
    readonly undecided: number;
  }[];
};

const FRAMES_PER_TRIAL = 16;
const FRAMES_PER_SECOND = 15;
/** Bona fide people of the evaluation; attack targets come from another range, so that no identity is both. */
const PEOPLE_FROM = 100_000;
const TARGETS_FROM = 200_000;

/** Simulated people and attacks through the judge of the server's scan workers, N trials a species. */
export async function runPad(options: PadOptions): Promise<PadReport> {
  const engine = await FaceEngine.create();
  try {
    const genuine = await count(engine, options, 'people', (seed) => proceduralPerson(PEOPLE_FROM + seed));
    const species: PadReport['species'][number][] = [];
    for (const { id, kind, name, inScope } of ATTACK_SPECIES) {
      if (!isPresented(kind) || (options.species && !options.species.includes(id))) continue;
      const found = await count(engine, options, kind, (seed) =>
        attackWith(kind, proceduralPerson(TARGETS_FROM + seed), { seed }),
      );
      species.push({
        id,
        name,
        inScope,
        trials: options.trials,
        apcer: found.live / options.trials,
        high95: upperBound(found.live, options.trials),
        undecided: found.undecided,
      });
    }
    return {
      simulated: true,
      seed: options.seed,
      bonaFide: { trials: options.trials, refused: options.trials - genuine.live, undecided: genuine.undecided },
      bpcer: (options.trials - genuine.live) / options.trials,
      species: species.toSorted((a, b) => b.apcer - a.apcer || a.id - b.id),
    };
  } finally {
    await engine.close();
  }
}

type Outcomes = { live: number; undecided: number };

async function count(
  engine: FaceEngine,
  options: PadOptions,
  name: string,
  make: (seed: number) => Subject,
): Promise<Outcomes> {
  const outcomes: Outcomes = { live: 0, undecided: 0 };
  for (let trial = 0; trial < options.trials; trial += 1) {
    const seed = options.seed * 10_000 + trial;
    const outcome = await judge(engine, make(seed), seed);
    if (outcome === 'live') outcomes.live += 1;
    else if (outcome !== 'attack') outcomes.undecided += 1;
    if ((trial + 1) % 10 === 0) console.error(`${name}: ${trial + 1} of ${options.trials}`);
  }
  return outcomes;
}

async function judge(engine: FaceEngine, subject: Subject, seed: number): Promise<string> {
  const frames = captureFrames({
    subject,
    seed,
    frames: FRAMES_PER_TRIAL,
    framesPerSecond: FRAMES_PER_SECOND,
    distanceMm: 480 + ((seed * 37) % 200),
    smiling: seed % 2 === 0,
    light: (['normal', 'dim', 'bright'] as const)[seed % 3],
    yawDeg: ((seed * 7) % 13) - 6,
  });
  const scan = new ScanJudge(engine, { purpose: 'payment', samePersonFrom: operatingPoint(1e-4).threshold });
  for (const frame of frames) {
    const { verdict } = await scan.judge(frame);
    if (verdict) return verdict.outcome;
  }
  return scan.end().then((verdict) => verdict.outcome);
}

/** One-sided 95 % Clopper-Pearson upper bound of `errors` in `trials`, by bisection of the binomial tail. */
export function upperBound(errors: number, trials: number): number {
  if (errors >= trials) return 1;
  let [low, high] = [errors / trials, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (binomialCdf(errors, trials, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

function binomialCdf(most: number, trials: number, rate: number): number {
  let term = (1 - rate) ** trials;
  let sum = term;
  for (let k = 1; k <= most; k += 1) {
    term *= ((trials - k + 1) / k) * (rate / (1 - rate));
    sum += term;
  }
  return sum;
}
