import type { Pairs } from './pairs.ts';
import { FALSE_MATCH_RATES, type FalseMatchRate } from './rates.ts';

export type Interval = { readonly low: number; readonly high: number };

/** 95 % intervals at the threshold that the scores themselves give for a false match rate. */
export type PeopleBounds = {
  /** FNMR when the threshold is drawn anew from the same people as the error is: what other people would make of both. */
  readonly fnmr: Interval;
  /** FMR of the threshold that was reported, on other people like these. */
  readonly fmr: Interval;
  /** Where the threshold itself falls. */
  readonly threshold: Interval;
};

export type PeopleBootstrap = {
  readonly method: string;
  readonly people: number;
  readonly rounds: number;
  readonly seed: number;
  readonly atFmr: Readonly<Record<FalseMatchRate, PeopleBounds>>;
  /** Of the rate itself, and of Human's where it was asked for. */
  readonly note: string;
};

const ROUNDS = 1000;
const SEED = 1;
const METHOD =
  'bootstrap over people (Bolle, Ratha and Pankanti 2004): people are drawn with replacement, a pair counts as often as both its people were drawn together';
const NOTE =
  'people share pictures, pairs share people: these bounds know it, and are right only for many people; below some 20 they are too narrow, and no error seen gives an upper bound of 0, where Wilson gives one';

/**
 * Bounds from which people happened to be there. The weight of a genuine pair is how often its person was drawn, that of
 * an impostor pair the product of both; so a person of many pictures comes or goes as a whole.
 */
export function bootstrapPeople(
  genuine: Pairs,
  impostor: Pairs,
  personOf: (picture: number) => number,
  thresholds: Readonly<Record<FalseMatchRate, { readonly threshold: number }>>,
): PeopleBootstrap | null {
  if (genuine.scores.length === 0 || impostor.scores.length === 0) return null;
  const people = indexPeople(genuine, impostor, personOf);
  const mates = scored(genuine, people.of);
  const strangers = scored(impostor, people.of);
  const perPair = countPerPair(strangers, people.count);
  const perPerson = new Float64Array(people.count);
  for (const person of mates.one) perPerson[person]++;
  const next = mulberry32(SEED);
  const weights = new Float64Array(people.count);
  const drawn = FALSE_MATCH_RATES.map(() => ({ fnmr: [] as number[], fmr: [] as number[], threshold: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    weights.fill(0);
    for (let draw = 0; draw < people.count; draw++) weights[Math.floor(next() * people.count)]++;
    const allMates = dot(weights, perPerson);
    const allStrangers = perPair.reduce((sum, { one, other, count }) => sum + weights[one] * weights[other] * count, 0);
    // Nobody with two pictures, or one person alone: nothing can be compared.
    if (allMates === 0 || allStrangers === 0) continue;
    for (const [index, rate] of FALSE_MATCH_RATES.entries()) {
      const { threshold: reported } = thresholds[rate];
      const threshold = weightedThreshold(strangers, weights, Number(rate) * allStrangers);
      drawn[index].threshold.push(threshold);
      drawn[index].fnmr.push(weightBelow(mates, weights, threshold) / allMates);
      drawn[index].fmr.push(weightFrom(strangers, weights, reported) / allStrangers);
    }
  }
  const at = FALSE_MATCH_RATES.map((rate, index) => [rate, mapValues(drawn[index], interval)] as const);
  return {
    method: METHOD,
    people: people.count,
    rounds: ROUNDS,
    seed: SEED,
    atFmr: Object.fromEntries(at) as Record<FalseMatchRate, PeopleBounds>,
    note: NOTE,
  };
}

/** Pairs by falling score, with the people of both pictures numbered from 0. */
type Scored = { readonly scores: Float64Array; readonly one: Int32Array; readonly other: Int32Array };

function indexPeople(genuine: Pairs, impostor: Pairs, personOf: (picture: number) => number) {
  const places = new Map<number, number>();
  for (const { one, other } of [genuine, impostor]) {
    for (const pictures of [one, other]) {
      for (const picture of pictures) {
        const person = personOf(picture);
        if (!places.has(person)) places.set(person, places.size);
      }
    }
  }
  return { count: places.size, of: (picture: number) => places.get(personOf(picture)) ?? 0 };
}

function scored(pairs: Pairs, personOf: (picture: number) => number): Scored {
  const order = Uint32Array.from(pairs.scores.keys()).sort((one, other) => pairs.scores[other] - pairs.scores[one]);
  return {
    scores: Float64Array.from(order, (at) => pairs.scores[at]),
    one: Int32Array.from(order, (at) => personOf(pairs.one[at])),
    other: Int32Array.from(order, (at) => personOf(pairs.other[at])),
  };
}

function countPerPair({ one, other }: Scored, people: number): { one: number; other: number; count: number }[] {
  const counts = new Map<number, number>();
  for (let at = 0; at < one.length; at++) {
    const key = one[at] * people + other[at];
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => ({ one: Math.floor(key / people), other: key % people, count }));
}

/** Just above the first stranger who must be refused, if the strangers above may weigh no more than `allowed`. */
function weightedThreshold({ scores, one, other }: Scored, weights: Float64Array, allowed: number): number {
  let weight = 0;
  for (let at = 0; at < scores.length; at++) {
    weight += weights[one[at]] * weights[other[at]];
    if (weight > allowed) return scores[at] + 1e-7;
  }
  return scores[scores.length - 1];
}

function weightFrom({ scores, one, other }: Scored, weights: Float64Array, threshold: number): number {
  let weight = 0;
  for (let at = 0; at < scores.length && scores[at] >= threshold; at++) weight += weights[one[at]] * weights[other[at]];
  return weight;
}

function weightBelow({ scores, one }: Scored, weights: Float64Array, threshold: number): number {
  let weight = 0;
  for (let at = scores.length - 1; at >= 0 && scores[at] < threshold; at--) weight += weights[one[at]];
  return weight;
}

function interval(values: number[]): Interval {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
}

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  change: (value: From) => To,
): Record<Key, To> {
  return Object.fromEntries(Object.entries<From>(record).map(([key, value]) => [key, change(value)])) as Record<
    Key,
    To
  >;
}

function dot(one: Float64Array, other: Float64Array): number {
  return one.reduce((sum, value, index) => sum + value * other[index], 0);
}

/** Seeded numbers from 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
