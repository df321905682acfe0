import { describe, expect, it } from 'vitest';
import { bent, flat, generator, head, relief, type Surface, sphere, tilted } from '../../test/scenes.ts';
import { type Patch, surfacePatch } from '../patch.ts';
import { curvatureField, curvatureMapCue } from './curvature-map.ts';
import { noseBumpCue } from './nose-bump.ts';
import { outlineCue } from './outline.ts';
import { quadricCue } from './quadric.ts';

const COLUMNS = 40;
const ROWS = 40;
const DISTANCE_MM = 500;
const PINHOLE = { fxPx: 125, fyPx: 108.7, cxPx: 19.5, cyPx: 19.5 };

/** An analytic surface straight on the grid, with noise. */
function patchOf(surface: Surface, noiseMm = 0, holeShare = 0): Patch {
  const random = generator(7);
  const zMm = new Float32Array(COLUMNS * ROWS);
  for (let i = 0; i < zMm.length; i += 1) {
    let z = DISTANCE_MM;
    for (let round = 0; round < 8 && Number.isFinite(z); round += 1) {
      const x = (((i % COLUMNS) - PINHOLE.cxPx) * z) / PINHOLE.fxPx;
      const y = ((Math.floor(i / COLUMNS) - PINHOLE.cyPx) * z) / PINHOLE.fyPx;
      z = DISTANCE_MM + surface(x, y);
    }
    const noise = noiseMm * (random() + random() + random() + random() - 2) * 1.73;
    zMm[i] = Number.isFinite(z) && random() >= holeShare ? z + noise : 0;
  }
  return surfacePatch(COLUMNS, ROWS, zMm, PINHOLE);
}

const mapOf = (patch: Patch) => curvatureMapCue(curvatureField(patch)!)!;

/** A cap small enough that a quadric is a good approximation of it. */
const within = (surface: Surface, radiusMm: number): Surface => {
  return (x, y) => (Math.hypot(x, y) < radiusMm ? surface(x, y) : Number.POSITIVE_INFINITY);
};

describe('the quadric', () => {
  it.each([60, 90, 150])('finds 1/R twice on a sphere of radius %d mm', (radiusMm) => {
    const cue = quadricCue(patchOf(within(sphere(radiusMm), radiusMm / 2.5)));
    expect(cue!.kminPerM / (1000 / radiusMm)).toBeCloseTo(1, 1);
    expect(cue!.kmaxPerM / (1000 / radiusMm)).toBeCloseTo(1, 1);
  });

  it.each([
    [60, 0],
    [100, 0],
    [100, 45],
    [350, 90],
  ])('finds one curvature and a zero on a sheet bent to R %d mm about an axis at %d degrees', (radiusMm, axisDeg) => {
    const cue = quadricCue(patchOf(within(bent(radiusMm, axisDeg), radiusMm / 2.5)));
    expect(Math.abs(cue!.kminPerM)).toBeLessThan(0.6);
    expect(cue!.kmaxPerM / (1000 / radiusMm)).toBeCloseTo(1, 1);
  });

  it('finds nothing on a flat sheet, tilted or not, through noise and holes', () => {
    for (const surface of [flat, tilted(flat, 0.4, -0.3)]) {
      const cue = quadricCue(patchOf(surface, 1.5, 0.2));
      expect(Math.abs(cue!.kminPerM)).toBeLessThan(0.5);
      expect(Math.abs(cue!.kmaxPerM)).toBeLessThan(0.5);
      expect(cue!.planeRmsMm).toBeGreaterThan(1);
      expect(cue!.planeRmsMm).toBeLessThan(2);
    }
  });

  it('is not carried away by one far patch of points', () => {
    const dented: Surface = (x, y) => (Math.hypot(x - 40, y) < 12 ? 30 : 0);
    expect(Math.abs(quadricCue(patchOf(dented, 1))!.kminPerM)).toBeLessThan(1);
  });

  it('says nothing of too few points', () => {
    expect(quadricCue(patchOf(() => Number.POSITIVE_INFINITY))).toBeNull();
    expect(quadricCue(patchOf(within(flat, 7)))).toBeNull();
  });
});

describe('the curvature map', () => {
  it('has no lesser curvature on paper and much on a head', () => {
    const paper = [flat, bent(60), bent(120, 30), tilted(bent(200, 90), 0.3, 0)];
    for (const surface of paper) expect(mapOf(patchOf(surface, 0.8)).lesserMedianPerM).toBeLessThan(2.5);
    const cue = mapOf(patchOf(head, 0.8));
    expect(cue.lesserMedianPerM).toBeGreaterThan(5);
    expect(cue.domeShare).toBeGreaterThan(0.2);
    expect(cue.saddleShare).toBeGreaterThan(0.1);
  });

  it('knows a sphere by its single curvature', () => {
    const cue = mapOf(patchOf(within(sphere(100), 60)));
    expect(cue.lesserMedianPerM).toBeCloseTo(10, 0);
    expect(cue.gaussRootPerM).toBeCloseTo(10, 0);
    expect(cue.saddleShare).toBe(0);
  });
});

describe('the nose bump', () => {
  it('finds a nose, and none on bent paper whatever the axis', () => {
    const nose = noseBumpCue(patchOf(head, 1))!;
    expect(nose.smallestMm).toBeGreaterThan(9);
    expect(nose.offCentre).toBeLessThan(0.4);
    for (const axisDeg of [0, 45, 90]) {
      expect(noseBumpCue(patchOf(bent(70, axisDeg), 0.5))!.smallestMm).toBeLessThan(2.5);
    }
  });

  it('shrinks with the relief', () => {
    const full = noseBumpCue(patchOf(head))!.smallestMm;
    expect(noseBumpCue(patchOf(relief(head, 0.4)))!.smallestMm / full).toBeLessThan(0.5);
  });
});

describe('the outline', () => {
  it('sees a head leave the corners that a sheet fills', () => {
    expect(outlineCue(patchOf(head)).cornerShare).toBeLessThan(0.3);
    expect(outlineCue(patchOf(flat)).cornerShare).toBeGreaterThan(0.9);
  });
});

describe('the surface', () => {
  it('drops speckle and everything behind a step', () => {
    const random = generator(3);
    const speckled: Surface = (x, y) => {
      const surface = within(flat, 50)(x, y);
      if (Number.isFinite(surface)) return surface;
      return random() < 0.5 ? Number.POSITIVE_INFINITY : 60 * random();
    };
    const kept = patchOf(speckled).pointCount;
    const clean = patchOf(within(flat, 50)).pointCount;
    expect(Math.abs(kept - clean) / clean).toBeLessThan(0.15);
  });
});
