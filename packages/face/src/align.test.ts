import { describe, expect, it } from 'vitest';
import { ARCFACE_TEMPLATE, alignFace, fourPoints, scaledTemplate } from './align.ts';
import { invertSimilarity, transformPoint } from './geometry.ts';

const ears = { leftEar: { xPx: 0, yPx: 0 }, rightEar: { xPx: 0, yPx: 0 } };

describe('alignment', () => {
  it('puts the points of a face onto the template', () => {
    const move = { a: 1.5, b: 0.6, tx: 200, ty: 90 };
    const [leftEye, rightEye, noseTip, mouthCentre] = fourPoints(ARCFACE_TEMPLATE).map((p) => transformPoint(move, p));
    const { toImage, sidePx } = alignFace({ leftEye, rightEye, noseTip, mouthCentre, ...ears }, 224, 0.85)!;
    expect(sidePx).toBe(224);
    const wanted = fourPoints(scaledTemplate(ARCFACE_TEMPLATE, 224, 0.85));
    for (const [index, point] of [leftEye, rightEye, noseTip, mouthCentre].entries()) {
      const placed = transformPoint(invertSimilarity(toImage), point);
      expect(placed.xPx).toBeCloseTo(wanted[index].xPx, 8);
      expect(placed.yPx).toBeCloseTo(wanted[index].yPx, 8);
    }
  });

  it('zooms about the centre', () => {
    const near = scaledTemplate(ARCFACE_TEMPLATE, 224, 1).leftEye;
    const far = scaledTemplate(ARCFACE_TEMPLATE, 224, 0.5).leftEye;
    expect(near.xPx).toBeCloseTo(38.29 * 2, 8);
    expect(far.xPx - 112).toBeCloseTo((near.xPx - 112) / 2, 8);
  });

  it('has no answer for points that coincide', () => {
    const point = { xPx: 3, yPx: 4 };
    const nowhere = { leftEye: point, rightEye: point, noseTip: point, mouthCentre: point, ...ears };
    expect(alignFace(nowhere, 224, 0.85)).toBeNull();
  });
});
