import { finishWith, loadFaceModel, similarity } from '@smile/face';
import { type DiscardReport, discardReport } from './faces/discard.ts';
import { type ScoreHistogram, scoreHistogram } from './faces/histogram.ts';
import { compareLeavingOut } from './faces/leave-out.ts';
import { embedPictures, type Sample } from './faces/ours.ts';
import { type Compared, compareAll, type Pairs, pairsAmong } from './faces/pairs.ts';
import { bootstrapPeople, type PeopleBootstrap } from './faces/people-bootstrap.ts';
import { listFolders, type Picture, type PictureFolder } from './faces/pictures.ts';
import {
  type DetPoint,
  detPoints,
  type ErrorRates,
  errorRates,
  FALSE_MATCH_RATES,
  type FalseMatchRate,
} from './faces/rates.ts';
import { type TemplatesReport, templatesReport } from './faces/templates.ts';
import { describePictures } from './faces/theirs.ts';

type Counts = {
  /** Picture files found, of all people. */
  readonly images: number;
  /** Pictures that gave no face (or could not be read): failures to acquire, which no rate below includes. */
  readonly noFace: number;
  /** `noFace` as a share of the pictures. */
  readonly failureToAcquire: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
};

/** What one folder, one group or one library gave. */
export type PartReport = Counts & ErrorRates & { readonly name: string };

export type FacesReport = Counts &
  ErrorRates & {
    readonly modelVersion: string;
    readonly date: string;
    readonly people: number;
    /** Bounds from which people happened to be there; null without pairs. */
    readonly bounds: PeopleBootstrap | null;
    /** Both error rates by rising threshold; empty without genuine or impostor pairs. */
    readonly det: readonly DetPoint[];
    readonly histogram: ScoreHistogram | null;
    /** Whether the quality of a picture predicts errors; null without genuine pairs. */
    readonly discard: DiscardReport | null;
    /**
     * The same pairs centred by the mean of everybody else in these folders instead of the stored one, which may have been
     * made from these very people; null for folders of fewer than four.
     */
    readonly leavingOut: ErrorRates | null;
    /** Templates of several pictures; null where people have too few. */
    readonly templates: TemplatesReport | null;
    readonly folders: readonly PartReport[];
    /** Where groups.json labels people: pairs within a group, at the thresholds of all people. */
    readonly groups: readonly GroupReport[];
    /** The Human library on the same pictures; null unless asked for. */
    readonly human: HumanReport | null;
  };

export type GroupReport = {
  readonly attribute: string;
  readonly value: string;
  readonly people: number;
  readonly images: number;
  readonly genuinePairs: number;
  readonly impostorPairs: number;
  /** At the threshold that all pictures together give for a false match rate; null without such pairs. */
  readonly atFmr: Readonly<Record<FalseMatchRate, { readonly fnmr: number | null; readonly fmr: number | null }>>;
};

export type HumanReport = PartReport & {
  /** Pictures that it needed room around. */
  readonly padded: number;
  readonly det: readonly DetPoint[];
  /** Genuine pairs refused at each rate: ours, Human's, and the ratio (null where Human refused none). */
  readonly errorsBeside: Readonly<
    Record<FalseMatchRate, { readonly ours: number; readonly human: number; readonly ratio: number | null }>
  > | null;
};

/**
 * Face matching on `dir`/person/picture of every folder: each picture is embedded as the platform would, all pairs
 * within a folder are compared. Throws an Error with a plain message for a folder that cannot be used.
 */
export async function runFaces(options: {
  dirs: readonly string[];
  human?: boolean;
  /** Another embedder than the packaged one. */
  manifestPath?: string;
}): Promise<FacesReport> {
  const model = await loadFaceModel(options.manifestPath);
  const folders = await listFolders(options.dirs);
  const pictures = folders.flatMap((folder) => folder.pictures);
  const samples = await embedPictures(pictures, options.manifestPath);
  const compared = compareAll(samples, (one, other) => similarity(one.embedding, other.embedding));
  const { genuine, impostor } = compared;
  const all = part('all', pictures, samples, compared);
  const { name: _, ...rates } = all;
  const leftOut = compareLeavingOut(samples);
  return {
    ...rates,
    modelVersion: model.modelVersion,
    date: new Date().toISOString().slice(0, 10),
    people: countPeople(pictures),
    bounds: all.fnmrAtFmr && bootstrapPeople(genuine, impostor, (place) => samples[place].person, all.fnmrAtFmr),
    det: detPoints(genuine.scores, impostor.scores),
    histogram: scoreHistogram(genuine.scores, impostor.scores),
    discard: discardReport(genuine, samples),
    leavingOut: leftOut && errorRates(leftOut.genuine.scores, leftOut.impostor.scores),
    templates: templatesReport(samples, (raw) => finishWith(model, raw)),
    folders: folders.map(({ name }, index) => {
      const within = (place: number) => samples[place].folder === index;
      return part(
        name,
        pictures.filter(({ folder }) => folder === index),
        samples.filter(({ folder }) => folder === index),
        { genuine: pairsAmong(genuine, within), impostor: pairsAmong(impostor, within) },
      );
    }),
    groups: groupReports(folders, samples, compared, all),
    human: options.human ? await humanReport(pictures, all) : null,
  };
}

function part(
  name: string,
  pictures: readonly Picture[],
  samples: readonly Picture[],
  { genuine, impostor }: Compared,
): PartReport {
  const noFace = pictures.length - samples.length;
  return {
    name,
    images: pictures.length,
    noFace,
    failureToAcquire: noFace / pictures.length,
    genuinePairs: genuine.scores.length,
    impostorPairs: impostor.scores.length,
    ...errorRates(genuine.scores, impostor.scores),
  };
}

function groupReports(
  folders: readonly PictureFolder[],
  samples: readonly Sample[],
  { genuine, impostor }: Compared,
  { fnmrAtFmr }: ErrorRates,
): GroupReport[] {
  if (!fnmrAtFmr) return [];
  const members = new Map<string, Set<number>>();
  for (const [person, labels] of folders.flatMap(({ groups }) => [...groups])) {
    for (const label of Object.entries(labels)) {
      const key = JSON.stringify(label);
      members.set(key, (members.get(key) ?? new Set()).add(person));
    }
  }
  return [...members].sort().map(([key, people]) => {
    const [attribute, value] = JSON.parse(key) as [string, string];
    const within = (place: number) => people.has(samples[place].person);
    const pairs = { genuine: pairsAmong(genuine, within), impostor: pairsAmong(impostor, within) };
    const atFmr = FALSE_MATCH_RATES.map((rate) => {
      const { threshold } = fnmrAtFmr[rate];
      const matching = (of: Pairs) =>
        of.scores.length === 0 ? null : of.scores.filter((score) => score >= threshold).length / of.scores.length;
      const matched = matching(pairs.genuine);
      return [rate, { fnmr: matched === null ? null : 1 - matched, fmr: matching(pairs.impostor) }] as const;
    });
    return {
      attribute,
      value,
      people: people.size,
      images: samples.filter(({ person }) => people.has(person)).length,
      genuinePairs: pairs.genuine.scores.length,
      impostorPairs: pairs.impostor.scores.length,
      atFmr: Object.fromEntries(atFmr) as GroupReport['atFmr'],
    };
  });
}

async function humanReport(pictures: readonly Picture[], ours: PartReport): Promise<HumanReport> {
  const run = await describePictures(pictures);
  const compared = compareAll(run.samples, run.similarity);
  const theirs = part('Human', pictures, run.samples, compared);
  return {
    ...theirs,
    padded: run.padded,
    det: detPoints(compared.genuine.scores, compared.impostor.scores),
    errorsBeside: errorsBeside(ours, theirs),
  };
}

function errorsBeside(ours: PartReport, theirs: PartReport): HumanReport['errorsBeside'] {
  const [own, other] = [ours.fnmrAtFmr, theirs.fnmrAtFmr];
  if (!own || !other) return null;
  const entries = FALSE_MATCH_RATES.map((rate) => {
    const refused = Math.round(own[rate].fnmr * ours.genuinePairs);
    const refusedByHuman = Math.round(other[rate].fnmr * theirs.genuinePairs);
    const ratio = other[rate].fnmr === 0 ? null : own[rate].fnmr / other[rate].fnmr;
    return [rate, { ours: refused, human: refusedByHuman, ratio }] as const;
  });
  return Object.fromEntries(entries) as NonNullable<HumanReport['errorsBeside']>;
}

function countPeople(pictures: readonly Picture[]): number {
  return new Set(pictures.map(({ person }) => person)).size;
}
