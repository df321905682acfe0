import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeColourJpeg } from '@smile/camera';
import { drawFace } from '@smile/face/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detPoints, errorRates, runFaces, wilson95 } from './faces.ts';

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
    expect(points[0]).toEqual({ threshold: -1, fmr: 1, fnmr: 0 });
    expect(points.at(-1)).toMatchObject({ fmr: 0, fnmr: 1 });
    expect(points).toHaveLength(9);
    for (const [index, point] of points.slice(1).entries()) {
      expect(point.fmr).toBeLessThanOrEqual(points[index].fmr);
      expect(point.fnmr).toBeGreaterThanOrEqual(points[index].fnmr);
    }
    expect(detPoints(new Float64Array(0), Float64Array.of(1))).toEqual([]);
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
    const report = await runFaces({ dir });
    expect(report).toMatchObject({ images: 6, noFace: 2, failureToAcquire: 1 / 3, genuinePairs: 2, impostorPairs: 4 });
    expect(report.fnmrAtFmr!['1e-4'].note).toContain('too few');
  });

  it('says plainly when there is nothing to measure', async () => {
    await expect(runFaces({ dir: join(dir, 'missing') })).rejects.toThrow('is not a folder');
    await expect(runFaces({ dir })).rejects.toThrow('holds no person');
  });
});
