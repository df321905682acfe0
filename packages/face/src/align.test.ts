import { describe, expect, it } from 'vitest';
import { alignPoints, templatePoints } from './align.ts';
import { invertSimilarity, transformPoint } from './geometry.ts';

describe('alignment', () => {
  it('puts the points of a face onto the template', () => {
    const face = templatePoints(112, 1).map((point) => transformPoint({ a: 1.5, b: 0.6, tx: 200, ty: 90 }, point));
    const { toImage, sidePx } = alignPoints(face, 224, 0.85)!;
    expect(sidePx).toBe(224);
    for (const [index, wanted] of templatePoints(224, 0.85).entries()) {
      const placed = transformPoint(invertSimilarity(toImage), face[index]);
      expect(placed.xPx).toBeCloseTo(wanted.xPx, 8);
      expect(placed.yPx).toBeCloseTo(wanted.yPx, 8);
    }
  });

  it('zooms about the centre', () => {
    const [near] = templatePoints(224, 1);
    const [far] = templatePoints(224, 0.5);
    expect(near.xPx).toBeCloseTo(38.29 * 2, 8);
    expect(far.xPx - 112).toBeCloseTo((near.xPx - 112) / 2, 8);
  });

  it('has no answer for points that coincide', () => {
    expect(
      alignPoints(
        Array.from({ length: 4 }, () => ({ xPx: 3, yPx: 4 })),
        224,
        0.85,
      ),
    ).toBeNull();
  });
});
