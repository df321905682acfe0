import { quantile, upperBound } from '@smile/rates';
import { ATTACK_SPECIES, BONA_FIDE_SUBGROUPS, PERSON_SEEDS } from '@smile/simulator';
import { listFolders } from './faces/pictures.ts';
import { openJournal } from './pad/journal.ts';
import { runTrials } from './pad/pool.ts';
import { BONA_FIDE, type CameraAutomatics, DONOR_STRIDE, type TrialResult } from './pad/trial.ts';
import type { PadRequest } from './pad/worker.ts';

export type PadOptions = {
  /** Identities; each is met once as itself and once as the target of every species. */
  readonly trials: number;
  readonly seed: number;
  /** Numbers of the species; all by default. */
  readonly species?: readonly number[];
  readonly threads?: number;
  /** A folder of photos (DIR/person/*.png|jpg): identities are then photo people, one for each person. */
  readonly photosDir?: string;
  /** `free`: before a camera whose exposure and white balance follow the screen's light (default `held`). */
  readonly automatics?: CameraAutomatics;
  /** Where trials are kept as they end: a run that was cut short goes on from there. */
  readonly journalPath?: string;
  /** Gets every trial as it ends, or at once where it was made before. */
  readonly onTrial?: (trial: TrialResult) => void;
};

export type SpeciesRates = {
  readonly id: number;
  readonly name: string;
  readonly inScope: boolean;
  readonly trials: number;
  /** Share accepted as living: the attack presentation classification error rate of ISO/IEC 30107-3. */
  readonly apcer: number;
  /** One-sided 95 % upper bound (Clopper-Pearson). */
  readonly high95: number;
  /** Neither accepted nor called an attack: asked to try again, or no face was found. Counts. */
  readonly undecided: number;
  readonly undecidedRate: number;
  readonly noFace: number;
  /** The reasons given most often. */
  readonly reasons: Readonly<Record<string, number>>;
};

export type SubgroupRates = {
  readonly name: string;
  readonly trials: number;
  readonly bpcer: number;
  readonly high95: number;
  readonly undecidedRate: number;
};

export type PadReport = {
  /** Rendered people and instruments: never evidence about real ones. */
  readonly simulated: true;
  readonly seed: number;
  /** Seeds of the people, all from the range kept for reporting. */
  readonly people: { readonly from: number; readonly to: number; readonly madeOf: 'nothing' | 'photos' };
  /** Whether the camera held exposure and white balance under the light challenge. */
  readonly automatics: CameraAutomatics;
  readonly bonaFide: { readonly trials: number; readonly refused: number; readonly undecided: number };
  /** Share of genuine people who were called an attack (ISO/IEC 30107-3). */
  readonly bpcer: number;
  readonly bpcerHigh95: number;
  /** Genuine people who were asked to try again or not found, as a share: the non-response rate. */
  readonly undecidedRate: number;
  /** Genuine people who were not accepted at the first scan for either reason. */
  readonly notAcceptedRate: number;
  /** Device time from the first frame, for genuine people who were accepted. */
  readonly decisionMs: { readonly median: number | null; readonly p95: number | null };
  /** Of one core, to verify, decode and judge a genuine scan. */
  readonly cpuMsPerScan: { readonly median: number | null; readonly p95: number | null };
  /** The highest APCER of a species in scope. */
  readonly worstApcer: number;
  /** Worst first. */
  readonly species: readonly SpeciesRates[];
  readonly subgroups: readonly SubgroupRates[];
};

/** Between the identities of two seeds: room for as many trials as anybody waits for, and for the donors of depth. */
const SEED_STRIDE = 2 * DONOR_STRIDE;
const SEEDS = Math.floor((PERSON_SEEDS.reporting.below - PERSON_SEEDS.reporting.from) / SEED_STRIDE) - 1;

/** One after another, as what people are varied by goes round with the seed. Throws RangeError for too many. */
export function identitiesOf(seed: number, trials: number): number[] {
  if (trials > DONOR_STRIDE) throw new RangeError(`at most ${DONOR_STRIDE} identities`);
  const from = PERSON_SEEDS.reporting.from + (seed % SEEDS) * SEED_STRIDE;
  return Array.from({ length: trials }, (_, i) => from + i);
}

/** Simulated people and attacks through the whole of a scan: signed, verified, decoded, judged. */
export async function runPad(options: PadOptions): Promise<PadReport> {
  const { trials, seed } = options;
  const everybody = identitiesOf(seed, trials);
  const from = everybody[0];
  const photos = options.photosDir ? await photosFor(options.photosDir, everybody) : null;
  const people = photos ? [...photos.keys()] : everybody;
  const wanted = ATTACK_SPECIES.filter(({ id }) => !options.species || options.species.includes(id));
  const species = [BONA_FIDE, ...wanted.map(({ id }) => id)];
  const { automatics = 'held', journalPath } = options;
  const journal = journalPath ? openJournal(journalPath, { seed, automatics, photos: photos !== null }) : null;
  const results = (journal?.earlier ?? []).filter(
    (trial) => people.includes(trial.person) && species.includes(trial.species),
  );
  for (const trial of results) options.onTrial?.(trial);
  const made = new Set(results.map((trial) => `${trial.person} ${trial.species}`));
  const requests = people.flatMap((person, i): PadRequest[] => {
    const left = species.filter((id) => !made.has(`${person} ${id}`));
    return left.length > 0 ? [{ kind: 'identity', person, species: left, withPictures: i === 0 }] : [];
  });
  let done = people.length - requests.length;
  const lastOf = new Map(requests.map((request) => [request.person, request.species.at(-1)]));
  await runTrials(requests, { threads: options.threads ?? 2, photos, automatics }, (result) => {
    results.push(result);
    journal?.add(result);
    options.onTrial?.(result);
    if (result.species !== lastOf.get(result.person)) return;
    done += 1;
    if (done % 5 === 0 || done === people.length) console.error(`${done} of ${people.length} identities`);
  });
  const to = from + people.length - 1;
  return padReport(results, { seed, from, to, photos: photos !== null, automatics });
}

/** One photo for each identity, the first that each person has; fewer where there are fewer people. */
async function photosFor(dir: string, people: readonly number[]): Promise<Map<number, string>> {
  const firsts = new Map<number, string>();
  const [folder] = await listFolders([dir]);
  for (const { person, path } of folder.pictures) if (!firsts.has(person)) firsts.set(person, path);
  return new Map([...firsts.values()].slice(0, people.length).map((path, i) => [people[i], path]));
}

type PadRun = {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly photos?: boolean;
  readonly automatics?: CameraAutomatics;
};

/** Rates of a set of trials. */
export function padReport(
  results: readonly TrialResult[],
  { seed, from, to, photos = false, automatics = 'held' }: PadRun,
): PadReport {
  const genuine = results.filter(({ species }) => species === BONA_FIDE);
  const species = ATTACK_SPECIES.flatMap(({ id, name, inScope }) => {
    const own = results.filter((result) => result.species === id);
    return own.length > 0 ? [{ id, name, inScope, ...attackRates(own) }] : [];
  }).toSorted((a, b) => Number(b.inScope) - Number(a.inScope) || b.apcer - a.apcer || a.id - b.id);
  const accepted = genuine.filter(({ outcome }) => outcome === 'live');
  const refused = genuine.filter(({ outcome }) => outcome === 'attack').length;
  const undecided = genuine.length - accepted.length - refused;
  const spread = (values: readonly number[]) => ({ median: quantile(values, 0.5), p95: quantile(values, 0.95) });
  return {
    simulated: true,
    seed,
    people: { from, to, madeOf: photos ? 'photos' : 'nothing' },
    automatics,
    bonaFide: { trials: genuine.length, refused, undecided },
    bpcer: refused / genuine.length,
    bpcerHigh95: upperBound(refused, genuine.length),
    undecidedRate: undecided / genuine.length,
    notAcceptedRate: (refused + undecided) / genuine.length,
    decisionMs: spread(accepted.map(({ decisionMs }) => decisionMs)),
    cpuMsPerScan: spread(genuine.map(({ cpuMs }) => cpuMs)),
    worstApcer: Math.max(0, ...species.filter(({ inScope }) => inScope).map(({ apcer }) => apcer)),
    species,
    subgroups: BONA_FIDE_SUBGROUPS.flatMap((name) => subgroupRates(name, genuine)).toSorted(
      (a, b) => b.bpcer + b.undecidedRate - (a.bpcer + a.undecidedRate),
    ),
  };
}

function attackRates(own: readonly TrialResult[]) {
  const live = own.filter(({ outcome }) => outcome === 'live').length;
  const undecided = own.filter(({ outcome }) => outcome === 'undecided' || outcome === 'no_face').length;
  const reasons = new Map<string, number>();
  for (const { reason } of own) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return {
    trials: own.length,
    apcer: live / own.length,
    high95: upperBound(live, own.length),
    undecided,
    undecidedRate: undecided / own.length,
    noFace: own.filter(({ outcome }) => outcome === 'no_face').length,
    reasons: Object.fromEntries([...reasons].toSorted((a, b) => b[1] - a[1]).slice(0, 4)),
  };
}

function subgroupRates(name: string, genuine: readonly TrialResult[]): SubgroupRates[] {
  const own = genuine.filter(({ subgroups }) => subgroups.includes(name));
  if (own.length === 0) return [];
  const refused = own.filter(({ outcome }) => outcome === 'attack').length;
  const undecided = own.filter(({ outcome }) => outcome === 'undecided' || outcome === 'no_face').length;
  return [
    {
      name,
      trials: own.length,
      bpcer: refused / own.length,
      high95: upperBound(refused, own.length),
      undecidedRate: undecided / own.length,
    },
  ];
}
