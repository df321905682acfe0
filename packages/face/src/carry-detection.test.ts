import { describe, expect, it } from 'vitest';
import { carryDetection } from './carry-detection.ts';
import type { FaceDetection } from './detector.ts';
import { type FaceMesh, MESH_POINTS } from './mesher.ts';

const at = (xPx: number, yPx: number) => ({ xPx, yPx });
const detection: FaceDetection = {
  box: { xPx: 200, yPx: 100, widthPx: 100, heightPx: 100 },
  score: 0.8,
  keypoints: {
    leftEye: at(230, 130),
    rightEye: at(270, 130),
    noseTip: at(250, 150),
    mouthCentre: at(250, 175),
    leftEar: at(205, 140),
    rightEar: at(295, 140),
  },
};

/** Points here and there over the face, moved by `move`. */
function meshMoved(move: (x: number, y: number) => readonly [number, number] = (x, y) => [x, y]): FaceMesh {
  const points = new Float32Array(MESH_POINTS * 3);
  for (let index = 0; index < MESH_POINTS; index += 1) {
    points.set([...move(205 + ((index * 37) % 90), 105 + ((index * 53) % 90)), 0], index * 3);
  }
  return { points, score: 1 };
}

describe('carrying a detection along with the mesh', () => {
  it('leaves it where it is while nothing moves', () => {
    const carried = carryDetection(detection, meshMoved(), meshMoved());
    expect(carried?.shiftWidths).toBeCloseTo(0, 5);
    expect(carried?.scale).toBeCloseTo(1, 5);
    expect(carried?.detection.box.xPx).toBeCloseTo(200, 3);
  });

  it('moves, grows and turns it as the mesh does', () => {
    const quarter = meshMoved((x, y) => [1.1 * (250 - (y - 150)) + 7, 1.1 * (150 + (x - 250))]);
    const carried = carryDetection(detection, meshMoved(), quarter);
    expect(carried?.scale).toBeCloseTo(1.1, 4);
    expect(carried?.turnRad).toBeCloseTo(Math.PI / 2, 4);
    const { box, keypoints, score } = carried?.detection ?? detection;
    expect([box.xPx + box.widthPx / 2, box.yPx + box.heightPx / 2, box.widthPx].map(Math.round)).toEqual([
      282, 165, 110,
    ]);
    expect([keypoints.noseTip.xPx, keypoints.noseTip.yPx].map(Math.round)).toEqual([282, 165]);
    expect(score).toBe(0.8);
  });

  it('tells how far the face went, in its own widths', () => {
    const carried = carryDetection(
      detection,
      meshMoved(),
      meshMoved((x, y) => [x + 30, y - 40]),
    );
    expect(carried?.shiftWidths).toBeCloseTo(0.5, 4);
  });

  it('answers nothing when the mesh is no mesh', () => {
    const collapsed = meshMoved(() => [250, 150]);
    const broken = meshMoved(() => [Number.NaN, 0]);
    expect(carryDetection(detection, collapsed, meshMoved())).toBeNull();
    expect(carryDetection(detection, meshMoved(), broken)).toBeNull();
  });
});
