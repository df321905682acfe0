import { describe, expect, it } from 'vitest';
import {
  boxOverlap,
  fitSimilarity,
  invertSimilarity,
  similarityScale,
  squareAbout,
  transformPoint,
} from './geometry.ts';

const points = [
  { xPx: 10, yPx: 20 },
  { xPx: 50, yPx: 24 },
  { xPx: 33, yPx: 60 },
];

describe('similarity transforms', () => {
  it('finds the turn, scale and shift that made the points', () => {
    const made = { a: 1.2 * Math.cos(0.4), b: 1.2 * Math.sin(0.4), tx: -7, ty: 12 };
    const fitted = fitSimilarity(
      points,
      points.map((point) => transformPoint(made, point)),
    )!;
    for (const key of ['a', 'b', 'tx', 'ty'] as const) expect(fitted[key]).toBeCloseTo(made[key], 10);
    expect(similarityScale(fitted)).toBeCloseTo(1.2, 10);
  });

  it('undoes itself', () => {
    const transform = { a: 0.8, b: -0.3, tx: 5, ty: -9 };
    const back = transformPoint(invertSimilarity(transform), transformPoint(transform, points[2]));
    expect(back.xPx).toBeCloseTo(points[2].xPx, 10);
    expect(back.yPx).toBeCloseTo(points[2].yPx, 10);
  });

  it('spreads the error over points that do not fit exactly', () => {
    const shifted = points.map(({ xPx, yPx }, index) => ({ xPx: xPx + (index === 0 ? 3 : 0), yPx }));
    const fitted = fitSimilarity(points, shifted)!;
    const squares = (transform: typeof fitted) =>
      points.reduce((sum, point, index) => {
        const moved = transformPoint(transform, point);
        return sum + (moved.xPx - shifted[index].xPx) ** 2 + (moved.yPx - shifted[index].yPx) ** 2;
      }, 0);
    for (const key of ['a', 'b', 'tx', 'ty'] as const) {
      for (const step of [-1e-3, 1e-3])
        expect(squares({ ...fitted, [key]: fitted[key] + step })).toBeGreaterThan(squares(fitted));
    }
  });

  it('has no answer for points that coincide or are not numbers', () => {
    const same = { xPx: 4, yPx: 4 };
    expect(fitSimilarity([same, same], [points[0], points[1]])).toBeNull();
    expect(fitSimilarity([same, { xPx: Number.NaN, yPx: 1 }], [points[0], points[1]])).toBeNull();
  });

  it('cuts a turned square about a box', () => {
    const toImage = squareAbout({ xPx: 100, yPx: 50, widthPx: 40, heightPx: 60 }, 0.3, 120, 0.5);
    const centre = transformPoint(toImage, { xPx: 60, yPx: 60 });
    expect(centre.xPx).toBeCloseTo(120, 10);
    expect(centre.yPx).toBeCloseTo(80, 10);
    expect(similarityScale(toImage)).toBeCloseTo(1, 10);
  });
});

describe('box overlap', () => {
  const box = { xPx: 0, yPx: 0, widthPx: 10, heightPx: 10 };
  it.each([
    [box, 1],
    [{ ...box, xPx: 5 }, 1 / 3],
    [{ ...box, xPx: 10 }, 0],
    [{ xPx: 2, yPx: 2, widthPx: 5, heightPx: 5 }, 0.25],
  ])('of %o is %d', (other, overlap) => {
    expect(boxOverlap(box, other)).toBeCloseTo(overlap, 10);
    expect(boxOverlap(other, box)).toBeCloseTo(overlap, 10);
  });
});
