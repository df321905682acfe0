import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeColourJpeg } from '@smile/camera';
import { similarity } from '@smile/face';
import { drawFace, randomNumbers } from '@smile/face/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spearman } from './faces/discard.ts';
import { compareLeavingOut } from './faces/leave-out.ts';
import { writeModelCard } from './faces/model-card.ts';
import { compareAll } from './faces/pairs.ts';
import { bootstrapPeople } from './faces/people-bootstrap.ts';
import { detPoints, errorRates, wilson95 } from './faces/rates.ts';
import { writeFacesReport } from './faces/report.ts';
import { runFaces } from './faces.ts';

describe('error rates', () => {
  it('finds the threshold that lets the stated share of impostors through', () => {
    const impostor = Float64Array.from({ length: 1000 }, (_, index) => index / 1000);
    const genuine = Float64Array.of(0.5, 0.9895, 0.9905, 0.9985, 2);
    const { fnmrAtFmr, eer } = errorRates(genuine, impostor);
    // Ten of a thousand may pass: 0.990 to 0.999. Two genuine scores are below.
    expect(fnmrAtFmr!['1e-2'].threshold).toBeCloseTo(0.989, 5);
    expect(fnmrAtFmr!['1e-2'].fnmr).toBe(0.2);
    expect(fnmrAtFmr!['1e-2'].note).toBeUndefined();
    expect(fnmrAtFmr!['1e-3'].threshold).toBeCloseTo(0.998, 5);
    expect(fnmrAtFmr!['1e-3'].fnmr).toBeCloseTo(0.6, 10);
    expect(eer).toBeGreaterThan(0.005);
    expect(eer).toBeLessThan(0.2);
  });

  it('says when there are too few impostors for a rate, and then lets none through', () => {
    const { fnmrAtFmr } = errorRates(
      Float64Array.of(0.7, 0.9),
      Float64Array.from({ length: 500 }, (_, i) => i / 1000),
    );
    expect(fnmrAtFmr!['1e-3'].threshold).toBeGreaterThan(0.499);
    expect(fnmrAtFmr!['1e-3'].note).toContain('500 impostor pairs');
    expect(fnmrAtFmr!['1e-3'].fnmr).toBe(0);
  });

  it('is nothing without pairs', () => {
    expect(errorRates(new Float64Array(0), Float64Array.of(1))).toEqual({ eer: null, fnmrAtFmr: null });
  });

  it('is equal where the scores overlap evenly', () => {
    const genuine = Float64Array.from({ length: 100 }, (_, i) => 0.4 + i / 100);
    const impostor = Float64Array.from({ length: 100 }, (_, i) => -0.4 + i / 100 + 0.005);
    expect(errorRates(genuine, impostor).eer).toBeCloseTo(0.1, 1);
  });
});

describe('the DET curve', () => {
  it('trades one error for the other, from accepting everybody to refusing everybody', () => {
    const points = detPoints(Float64Array.of(0.3, 0.5, 0.7, 0.9), Float64Array.of(-0.5, -0.1, 0.1, 0.4));
    expect(points[0]).toEqual({ threshold: -0.5, fmr: 1, fnmr: 0 });
    expect(points.at(-1)).toMatchObject({ fmr: 0, fnmr: 1 });
    expect(points.map(({ fmr }) => fmr)).toContain(0.25);
    expect(points).toHaveLength(9);
    for (const [index, point] of points.slice(1).entries()) {
      expect(point.fmr).toBeLessThanOrEqual(points[index].fmr);
      expect(point.fnmr).toBeGreaterThanOrEqual(points[index].fnmr);
    }
    expect(detPoints(new Float64Array(0), Float64Array.of(1))).toEqual([]);
  });
});

/** Made-up scores: each person has a likeness to everybody of their own. */
function madeUpPairs(people: number, pictures: number, seed: number) {
  const next = randomNumbers(seed);
  const likeness = Array.from({ length: people }, () => 0.15 * next());
  const samples = Array.from({ length: people * pictures }, (_, i) => ({ folder: 0, person: i % people }));
  const compared = compareAll(samples, (one, other) =>
    one.person === other.person
      ? 0.6 + likeness[one.person] + 0.1 * next()
      : likeness[one.person] + likeness[other.person] + 0.1 * next(),
  );
  return { samples, ...compared, rates: errorRates(compared.genuine.scores, compared.impostor.scores) };
}

describe('bounds from which people were there', () => {
  it('enclose the measured rates and are wider than those that take pairs for independent', () => {
    const { samples, genuine, impostor, rates } = madeUpPairs(20, 6, 3);
    const bounds = bootstrapPeople(genuine, impostor, (place) => samples[place].person, rates.fnmrAtFmr!);
    const { fnmr, fmr, threshold } = bounds!.atFmr['1e-2'];
    const measured = rates.fnmrAtFmr!['1e-2'];
    expect(fnmr.low).toBeLessThanOrEqual(measured.fnmr);
    expect(fnmr.high).toBeGreaterThanOrEqual(measured.fnmr);
    expect(fmr.low).toBeLessThan(1e-2);
    expect(fmr.high).toBeGreaterThan(1e-2);
    expect(threshold.low).toBeLessThan(measured.threshold);
    expect(fnmr.high - fnmr.low).toBeGreaterThan(measured.high95 - measured.low95);
  });

  it('are the same every time', () => {
    const bounds = Array.from({ length: 2 }, () => {
      const { samples, genuine, impostor, rates } = madeUpPairs(5, 3, 8);
      return bootstrapPeople(genuine, impostor, (place) => samples[place].person, rates.fnmrAtFmr!);
    });
    expect(bounds[0]).toEqual(bounds[1]);
  });
});

describe('the cohort without the two people compared', () => {
  it('gives what centring pair by pair gives', () => {
    const next = randomNumbers(5);
    const samples = Array.from({ length: 24 }, (_, i) => ({
      folder: i % 2,
      person: i % 12,
      raw: Float32Array.from({ length: 16 }, () => 1 + next()),
    }));
    const { genuine, impostor } = compareLeavingOut(samples)!;
    for (const pairs of [genuine, impostor]) {
      const [one, other] = [samples[pairs.one[0]], samples[pairs.other[0]]];
      const score = similarity(...centredWithout(samples, one, other));
      expect(pairs.scores[0]).toBeCloseTo(score, 5);
    }
    expect(compareLeavingOut(samples.slice(0, 6))).toBeNull();
  });
});

type Raw = { readonly folder: number; readonly person: number; readonly raw: Float32Array };

function centredWithout(samples: readonly Raw[], one: Raw, other: Raw): [Float32Array, Float32Array] {
  const unit = ({ raw }: Raw) => raw.map((value) => value / Math.hypot(...raw));
  const mean = (vectors: readonly Float32Array[]) =>
    Float32Array.from(vectors[0], (_, at) => vectors.reduce((sum, vector) => sum + vector[at], 0) / vectors.length);
  const rest = samples.filter(({ person }) => person !== one.person && person !== other.person);
  const folders = [...Map.groupBy(rest, ({ folder }) => folder).values()].map((own) =>
    mean([...Map.groupBy(own, ({ person }) => person).values()].map((pictures) => mean(pictures.map(unit)))),
  );
  const cohort = mean(folders);
  const centred = (sample: Raw) => unit(sample).map((value, at) => value - cohort[at]);
  return [centred(one), centred(other)];
}

describe("Spearman's rank correlation", () => {
  it('knows order only, shares ranks and leaves out what is not a number', () => {
    expect(spearman([1, 2, 3], [10, 100, 1000])).toBeCloseTo(1, 9);
    expect(spearman([1, 2, 3, 9], [3, 2, 1, Number.NaN])).toBeCloseTo(-1, 9);
    expect(spearman([1, 1, 1], [1, 2, 3])).toBe(0);
    // Ranks 1.5 1.5 3 against 1 2 3.
    expect(spearman([4, 4, 5], [1, 2, 3])).toBeCloseTo(0.866, 3);
  });
});

describe("Wilson's interval", () => {
  it.each([
    [0, 100, 0, 0.037],
    [5, 100, 0.0215, 0.1118],
    [100, 100, 0.963, 1],
  ])('of %i in %i is %d to %d', (errors, trials, low, high) => {
    const interval = wilson95(errors, trials);
    expect(interval.low).toBeCloseTo(low, 3);
    expect(interval.high).toBeCloseTo(high, 3);
  });
});

describe('measuring a folder', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'smile-faces-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('counts pictures, pairs and pictures without a face', async () => {
    for (const [person, look] of [
      ['ann', 0],
      ['ben', 1],
    ] as const) {
      mkdirSync(join(dir, person));
      for (const rollDeg of [0, 8]) {
        const jpeg = await encodeColourJpeg(
          drawFace({ widthPx: 240, heightPx: 240, faceHeightPx: 120, look, rollDeg }),
          90,
        );
        writeFileSync(join(dir, person, `${rollDeg}.jpg`), jpeg);
      }
    }
    const grey = { widthPx: 64, heightPx: 64, rgb: new Uint8Array(64 * 64 * 3).fill(100) };
    writeFileSync(join(dir, 'ann', 'wall.jpg'), await encodeColourJpeg(grey, 90));
    writeFileSync(join(dir, 'ben', 'broken.png'), 'not a picture');
    writeFileSync(join(dir, 'ben', 'notes.txt'), 'left out');
    writeFileSync(join(dir, 'groups.json'), JSON.stringify({ ann: { light: 'window' }, ben: { light: 'lamp' } }));
    const report = await runFaces({ dirs: [dir, dir] });
    // Two folders: no pair has a picture of each.
    expect(report).toMatchObject({ images: 12, noFace: 4, failureToAcquire: 1 / 3, genuinePairs: 4, impostorPairs: 8 });
    expect(report.people).toBe(4);
    expect(report.fnmrAtFmr!['1e-4'].note).toContain('too few');
    expect(report.folders).toHaveLength(2);
    expect(report.folders[1]).toMatchObject({ images: 6, noFace: 2, genuinePairs: 2, impostorPairs: 4 });
    expect(report.groups).toMatchObject([
      { attribute: 'light', value: 'lamp', people: 2, images: 4, genuinePairs: 2, impostorPairs: 0 },
      { attribute: 'light', value: 'window', people: 2 },
    ]);
    expect(report.groups[0].atFmr['1e-2'].fmr).toBeNull();
    expect(report.human).toBeNull();
  });

  it('runs the Human library on the same pictures', async () => {
    for (const [person, look] of [
      ['ann', 0],
      ['ben', 1],
    ] as const) {
      mkdirSync(join(dir, person));
      for (const rollDeg of [0, 8]) {
        const drawing = drawFace({ widthPx: 320, heightPx: 320, faceHeightPx: 140, look, rollDeg });
        writeFileSync(join(dir, person, `${rollDeg}.jpg`), await encodeColourJpeg(drawing, 90));
      }
    }
    const report = await runFaces({ dirs: [dir], human: true });
    const { human } = report;
    expect(human).toMatchObject({ name: 'Human', images: 4, noFace: 0, genuinePairs: 2, impostorPairs: 4 });
    expect(human!.errorsBeside!['1e-2']).toMatchObject({ ours: expect.any(Number), human: expect.any(Number) });
  });

  it('writes a page and a model card', async () => {
    mkdirSync(join(dir, 'ann'));
    mkdirSync(join(dir, 'ben'));
    for (const [person, look] of Object.entries({ ann: 0, ben: 1 })) {
      for (const rollDeg of [0, 4, 8, 12]) {
        const drawing = drawFace({ widthPx: 240, heightPx: 240, faceHeightPx: 120, look, rollDeg });
        writeFileSync(join(dir, person, `${rollDeg}.jpg`), await encodeColourJpeg(drawing, 90));
      }
    }
    const report = await runFaces({ dirs: [dir] });
    expect(report.templates).toMatchObject({ enrolledWith: 3, genuineComparisons: 2, impostorComparisons: 2 });
    expect(report.leavingOut).toBeNull();
    await writeFacesReport(join(dir, 'out', 'report.html'), report);
    const page = readFileSync(join(dir, 'out', 'report.html'), 'utf8');
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/<img|NaN|undefined/);
    await writeModelCard(join(dir, 'card.md'), report, 'the command');
    const card = readFileSync(join(dir, 'card.md'), 'utf8');
    for (const file of ['blazeface.bin', 'facemesh.bin', 'faceres.bin', 'cohort-mean.f32']) {
      expect(card).toMatch(new RegExp(`\\| ${file} \\|.*\\| \`[0-9a-f]{64}\` \\|`));
    }
    expect(card).not.toMatch(/NaN|undefined/);
  });

  it('says plainly when there is nothing to measure', async () => {
    await expect(runFaces({ dirs: [join(dir, 'missing')] })).rejects.toThrow('is not a folder');
    await expect(runFaces({ dirs: [dir] })).rejects.toThrow('holds no person');
  });
});
