import { hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { similarity } from '@smile/face';
import { madeUpEmbedding, randomNumbers, sameFaceAgain } from '@smile/face/testing';
import { inTransaction } from '@smile/postgres';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWith } from '../../sealing.ts';
import { unpackTemplate } from '../model.ts';
import { createMemoryKeys } from './key-service.ts';
import { KeyedTransform } from './keyed-transform.ts';
import { TemplateVault } from './template-vault.ts';

/**
 * The drill: the database has leaked. What can whoever has it do, alone and with one person's data key? Made-up
 * embeddings of the real size; two enrolments of one person have a cosine of 0.9, more than real ones reach.
 */
const DIMENSION = 1_024;
const PEOPLE = 150;
const LIKENESS = 0.9;
const MODEL = 'drill-1';
const next = randomNumbers(20261123);
const first: Float32Array[] = [];
const second: Float32Array[] = [];
let database: TestDatabase;
/** What the thief has: every row. */
let loot: { personId: string; sealed: Buffer; wrapped: Buffer; templateVersion: number }[];
/** Data keys as they passed through the key service, by person. Only for handing one to the thief. */
const dataKeys = new Map<string, Buffer>();

beforeAll(async () => {
  database = await createTestDatabase([{ domain: 'faces', dir: join(import.meta.dirname, '../migrations') }]);
  const kek = createMemoryKeys(randomBytes(32));
  const keys: typeof kek = {
    ...kek,
    async wrap(key, context) {
      dataKeys.set(context.split('\n')[1], Buffer.from(key));
      return kek.wrap(key, context);
    },
  };
  const vault = new TemplateVault({ pool: database.pool, keys, now: () => new Date() });
  // Everybody is there twice, under two numbers: the strongest case for linking.
  for (let i = 0; i < PEOPLE; i += 1) {
    first.push(madeUpEmbedding(next, DIMENSION));
    second.push(sameFaceAgain(first[i], LIKENESS, next));
    for (const [personId, mean] of [
      [`a${i}`, first[i]],
      [`b${i}`, second[i]],
    ] as const) {
      const template = { mean, subTemplates: [], facts: { ipdMm: 63, faceWidthMm: 140 } };
      const meta = { scanId: 's', poseCount: 1, frameCount: 1, simulated: true, modelVersion: MODEL };
      await inTransaction(database.pool, (client) => vault.put(client, { ...meta, personId, template }));
    }
  }
  const found = await database.pool.query(
    `SELECT f.person_id AS "personId", f.sealed_template AS sealed, k.wrapped_key AS wrapped,
            f.template_version AS "templateVersion"
     FROM faces f JOIN face_keys k USING (person_id, model_version)`,
  );
  loot = found.rows;
});
afterAll(() => database?.drop());

const rowOf = (personId: string) => {
  const row = loot.find((candidate) => candidate.personId === personId);
  if (!row) throw new Error('not in the loot');
  return row;
};

describe('the database alone', () => {
  it('is noise: its bytes are spread as random ones are', () => {
    const counts = new Float64Array(256);
    let bytes = 0;
    for (const { sealed } of loot) {
      for (const byte of sealed) counts[byte] += 1;
      bytes += sealed.length;
    }
    let chiSquare = 0;
    for (const count of counts) chiSquare += (count - bytes / 256) ** 2 / (bytes / 256);
    // 255 degrees of freedom: mean 255, standard deviation 22.6. Plain float32 embeddings come to millions.
    expect(chiSquare).toBeLessThan(255 + 6 * 22.6);
  });

  it('shows no two rows that share even a piece of eight bytes', () => {
    const pieces = new Set<string>();
    let count = 0;
    for (const { sealed, wrapped } of loot) {
      for (const bytes of [sealed, wrapped.subarray(9)]) {
        for (let at = 0; at + 8 <= bytes.length; at += 8) {
          pieces.add(bytes.toString('latin1', at, at + 8));
          count += 1;
        }
      }
    }
    expect(pieces.size).toBe(count);
  });

  it('holds no length that tells one face from another', () => {
    expect(new Set(loot.map(({ sealed }) => sealed.length)).size).toBe(1);
  });
});

/** What a thief does with one person's data key: opens that person's row. */
function openRow(personId: string, dataKey: Buffer): Float32Array | null {
  const row = rowOf(personId);
  const sealKey = Buffer.from(hkdfSync('sha256', dataKey, 'smile-vault', 'template-seal', 32));
  const packed = openWith(sealKey, row.sealed, `face-template\n${personId}\n${MODEL}\n${row.templateVersion}`);
  return packed && unpackTemplate(packed).mean;
}

const transformOf = (dataKey: Buffer) =>
  new KeyedTransform(Buffer.from(hkdfSync('sha256', dataKey, 'smile-vault', 'template-transform', 32)), DIMENSION);
const keyOf = (personId: string) => dataKeys.get(personId) ?? Buffer.alloc(32);

describe('the database and one person’s key', () => {
  it('reveals that person: this is what the key protects', () => {
    const stolen = keyOf('a0');
    const turned = openRow('a0', stolen);
    if (!turned) throw new Error('the right key must open the row');
    expect(similarity(transformOf(stolen).invert(turned), first[0])).toBeCloseTo(1, 4);
  });

  it('opens nobody else’s row, not even that of the same person under another number', () => {
    const stolen = keyOf('a0');
    for (const { personId } of loot) if (personId !== 'a0') expect(openRow(personId, stolen)).toBeNull();
  });
});

/**
 * The second wall: suppose the encryption had fallen as well (memory dumped after unsealing, say) and the thief had
 * everybody's *turned* templates. ISO/IEC 24745 asks that two of one person cannot be linked.
 */
describe('the turned templates, were they ever seen', () => {
  let mated: number[];
  let strangers: number[];
  beforeAll(() => {
    const turned = (personId: string) => openRow(personId, keyOf(personId)) ?? new Float32Array(DIMENSION);
    const a = first.map((_, i) => turned(`a${i}`));
    const b = second.map((_, i) => turned(`b${i}`));
    mated = a.map((one, i) => similarity(one, b[i]));
    strangers = a.flatMap((one, i) => b.filter((_, j) => j !== i).map((other) => similarity(one, other)));
  });

  it('are to themselves as to strangers: the same mean, spread and distribution', () => {
    const deviation = 1 / Math.sqrt(DIMENSION);
    // What random directions give; four standard errors.
    expect(Math.abs(meanOf(mated))).toBeLessThan((4 * deviation) / Math.sqrt(mated.length));
    expect(Math.abs(meanOf(strangers))).toBeLessThan((4 * deviation) / Math.sqrt(strangers.length));
    expect(rootMeanSquare(strangers) / deviation).toBeCloseTo(1, 1);
    // Kolmogorov-Smirnov for two samples: refused at a level of 0.001 above this distance.
    const distance = kolmogorovSmirnov(mated, strangers);
    const n = (mated.length * strangers.length) / (mated.length + strangers.length);
    expect(distance).toBeLessThan(1.95 / Math.sqrt(n));
    // The same test sees a link where there is one.
    const untouched = first.map((one, i) => similarity(one, second[i]));
    expect(kolmogorovSmirnov(untouched, strangers)).toBeGreaterThan(0.99);
  });

  it('have a systematic linkability near zero (D<->sys of Gomez-Barrero et al. 2018)', () => {
    const linkable = first.map((one, i) => similarity(one, second[i]));
    // With this few mated scores, chance alone leaves some hundredths (the same measure on two halves of strangers).
    const chance = systematicLinkability(strangers.slice(0, mated.length), strangers.slice(mated.length));
    expect(systematicLinkability(mated, strangers)).toBeLessThan(chance + 0.1);
    expect(systematicLinkability(linkable, strangers)).toBeGreaterThan(0.99);
  });

  it('stay so with one person’s key: it turns nobody else’s back', () => {
    const stolen = transformOf(keyOf('a0'));
    const turnedBack = first.slice(1).map((face, i) => {
      const theirs = openRow(`a${i + 1}`, keyOf(`a${i + 1}`)) ?? new Float32Array(DIMENSION);
      return similarity(stolen.invert(theirs), face);
    });
    expect(Math.max(...turnedBack.map(Math.abs))).toBeLessThan(5 / Math.sqrt(DIMENSION));
  });
});

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(meanOf(values.map((value) => value * value)));
}

/** The largest distance between the two distribution functions. */
function kolmogorovSmirnov(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [one.toSorted((x, y) => x - y), other.toSorted((x, y) => x - y)];
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i], b[j]);
    while (i < a.length && a[i] <= at) i += 1;
    while (j < b.length && b[j] <= at) j += 1;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** Mean over mated scores of max(0, 2 p(mated | score) - 1), with equal priors, from histograms. */
function systematicLinkability(mated: readonly number[], nonMated: readonly number[]): number {
  const [low, high, bins] = [-0.15, 1, 46];
  const histogram = (scores: readonly number[]) => {
    const counts = new Float64Array(bins);
    for (const score of scores) {
      const bin = Math.floor(((score - low) / (high - low)) * bins);
      counts[Math.min(bins - 1, Math.max(0, bin))] += 1 / scores.length;
    }
    return counts;
  };
  const [m, n] = [histogram(mated), histogram(nonMated)];
  let sum = 0;
  for (let bin = 0; bin < bins; bin += 1) {
    if (m[bin] > n[bin]) sum += m[bin] * ((2 * m[bin]) / (m[bin] + n[bin]) - 1);
  }
  return sum;
}
