import { describe, expect, it } from 'vitest';
import { anchorCentres, canvasFor, type FaceDetection, mergeOverlapping } from './detector.ts';

function detection(xPx: number, score: number, sizePx = 100): FaceDetection {
  const point = { xPx: xPx + 30, yPx: 40 };
  return {
    box: { xPx, yPx: 0, widthPx: sizePx, heightPx: sizePx },
    score,
    keypoints: { leftEye: point, rightEye: point, noseTip: point, mouthCentre: point, leftEar: point, rightEar: point },
  };
}

describe('merging candidates', () => {
  it('averages those of one face by score and keeps the best score', () => {
    const [face, ...others] = mergeOverlapping([detection(0, 0.6), detection(10, 0.9)]);
    expect(others).toEqual([]);
    expect(face.score).toBe(0.9);
    expect(face.box.xPx).toBeCloseTo((10 * 0.9) / 1.5, 10);
    expect(face.keypoints.noseTip.xPx).toBeCloseTo(30 + 6, 10);
  });

  it('keeps faces apart that overlap little, best first', () => {
    const faces = mergeOverlapping([detection(0, 0.7), detection(80, 0.8), detection(300, 0.5)]);
    expect(faces.map(({ score }) => score)).toEqual([0.8, 0.7, 0.5]);
  });

  it('has no faces without candidates', () => {
    expect(mergeOverlapping([])).toEqual([]);
  });
});

describe('the canvas', () => {
  it.each([
    [640, 480, 256, 192],
    [480, 640, 192, 256],
    [1280, 720, 256, 160],
    [92, 112, 224, 256],
    [5000, 20, 256, 32],
  ])('of %ix%i is %ix%i', (widthPx, heightPx, canvasWidthPx, canvasHeightPx) => {
    expect(canvasFor({ widthPx, heightPx })).toEqual({ widthPx: canvasWidthPx, heightPx: canvasHeightPx });
  });
});

describe('anchors', () => {
  it('are 512 and 384, each cell several times, row by row', () => {
    const fine = anchorCentres({ widthPx: 256, heightPx: 256 }, 16, 2);
    expect(fine.length / 2).toBe(512);
    expect([...fine.slice(0, 6)]).toEqual([8, 8, 8, 8, 24, 8]);
    expect([...fine.slice(-2)]).toEqual([248, 248]);
    expect(anchorCentres({ widthPx: 256, heightPx: 256 }, 32, 6).length / 2).toBe(384);
    const wide = anchorCentres({ widthPx: 256, heightPx: 64 }, 32, 1);
    expect([...wide.slice(0, 4), ...wide.slice(-2)]).toEqual([16, 16, 48, 16, 240, 48]);
  });
});
