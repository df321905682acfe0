/**
 * The search for look-alikes over many people, on one thread, beside an exhaustive one on the same people. The people
 * are made up: unit vectors with a shared part, which makes strangers resemble each other more than chance would.
 */
import { cpus } from 'node:os';
import { createFaceIndex, similarity } from '@smile/face';
import { madeUpEmbedding, randomNumbers, sameFaceAgain } from '@smile/face/testing';

export type LookalikeBenchReport = {
  readonly people: number;
  readonly searchMs: { readonly median: number; readonly p95: number };
  /** The same search without the signatures, comparing with every vector in float32. */
  readonly exhaustiveMs: { readonly median: number };
  /** Share of those the exhaustive search finds at `from` that the index finds. */
  readonly recall: number;
  readonly found: number;
  readonly from: number;
  readonly memoryMb: number;
  readonly bytesPerPerson: number;
  readonly conditions: {
    readonly cpu: string;
    readonly node: string;
    readonly dimension: number;
    readonly seed: number;
  };
};

const DIMENSION = 1024;
const SEED = 7;
const FROM = 0.45;
/** People are drawn around this many directions: strangers of one direction have a cosine of about 0.3. */
const DIRECTIONS = 50;
const SHARED = 0.55;
const PROBES = 40;
/** Twins of each probe, at likenesses about the threshold. */
const TWINS = 8;

export function runLookalikeBench(options: { people?: number } = {}): LookalikeBenchReport {
  const people = options.people ?? 100_000;
  const next = randomNumbers(SEED);
  const directions = Array.from({ length: DIRECTIONS }, () => madeUpEmbedding(next, DIMENSION));
  const all = new Float32Array(people * DIMENSION);
  const index = createFaceIndex(DIMENSION);
  const probes: Float32Array[] = [];
  for (let i = 0; i < people; i++) {
    const probe = probes[Math.floor(i / TWINS) - 1];
    const isTwin = i >= TWINS && i < TWINS * (PROBES + 1) && probe;
    const person = isTwin
      ? sameFaceAgain(probe, 0.4 + (0.5 * (i % TWINS)) / TWINS, next)
      : sameFaceAgain(directions[i % DIRECTIONS], SHARED, next);
    if (probes.length < PROBES) probes.push(sameFaceAgain(directions[i % DIRECTIONS], SHARED, next));
    all.set(person, i * DIMENSION);
    index.put(String(i), person);
    if ((i + 1) % 20_000 === 0) console.error(`${i + 1} of ${people} people`);
  }
  const searchMs: number[] = [];
  const exhaustiveMs: number[] = [];
  let expected = 0;
  let found = 0;
  for (const probe of probes) {
    const start = performance.now();
    const hits = new Set(index.search(probe, FROM, people).map(({ personId }) => personId));
    searchMs.push(performance.now() - start);
    const exhaustiveStart = performance.now();
    const exact: number[] = [];
    for (let i = 0; i < people; i++) {
      const person = all.subarray(i * DIMENSION, (i + 1) * DIMENSION);
      let product = 0;
      for (let d = 0; d < DIMENSION; d++) product += probe[d] * person[d];
      if (product >= FROM && similarity(probe, person) >= FROM) exact.push(i);
    }
    exhaustiveMs.push(performance.now() - exhaustiveStart);
    expected += exact.length;
    found += exact.filter((i) => hits.has(String(i))).length;
  }
  if (expected === 0) throw new Error('nobody resembles a probe: nothing was measured');
  const at = (times: number[], share: number) =>
    Math.round(100 * times.toSorted((a, b) => a - b)[Math.floor(share * (times.length - 1))]) / 100;
  return {
    people,
    searchMs: { median: at(searchMs, 0.5), p95: at(searchMs, 0.95) },
    exhaustiveMs: { median: at(exhaustiveMs, 0.5) },
    recall: found / expected,
    found: expected,
    from: FROM,
    memoryMb: Math.round(index.bytes / 1e5) / 10,
    bytesPerPerson: Math.round(index.bytes / people),
    conditions: { cpu: cpus()[0]?.model ?? 'unknown', node: process.version, dimension: DIMENSION, seed: SEED },
  };
}
