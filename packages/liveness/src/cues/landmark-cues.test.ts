import { describe, expect, it } from 'vitest';
import {
  bent,
  depthScene,
  faceOn,
  flat,
  head,
  relief,
  type SceneOptions,
  type Surface,
  tilted,
} from '../../test/scenes.ts';
import { DepthView } from '../depth-view.ts';
import { eyeCentres, type FaceObservation, faceOval, inOval, meshPoint, NOSE_TIP } from '../landmarks.ts';
import { contourCue } from './contour.ts';
import { coverageCue } from './coverage.ts';
import { expressionCue } from './expression.ts';
import { metricSizeCue } from './metric-size.ts';
import { noseCue } from './nose.ts';

function seen(surface: Surface, options: SceneOptions = {}) {
  const frame = depthScene(surface, options);
  const face = faceOn(surface, options);
  return {
    view: new DepthView(frame.depth!, frame.intrinsics),
    face,
    mesh: face.meshPoints!,
    oval: faceOval(face),
    typicalMm: options.distanceMm ?? 500,
  };
}

describe('the metric size', () => {
  it.each([400, 600, 850])('is the same at %d mm, to 2 mm', (distanceMm) => {
    const { view, mesh, typicalMm } = seen(head, { distanceMm });
    const cue = metricSizeCue(view, mesh, typicalMm)!;
    // The made-up face has its eyes 63 mm apart and its sides at 68 mm.
    expect(Math.abs(cue.ipdMm - 63)).toBeLessThan(2);
    expect(Math.abs(cue.faceWidthMm - 136)).toBeLessThan(6);
  });

  it('does not shrink when the face turns', () => {
    const turned = tilted(head, 0.4, 0);
    const { view, mesh, typicalMm } = seen(turned);
    expect(metricSizeCue(view, mesh, typicalMm)!.ipdMm).toBeGreaterThan(62);
  });

  it('goes by the irises where they were looked for, and by the corners of the eyes where not', () => {
    const { view, mesh, typicalMm } = seen(head);
    const { left, right } = eyeCentres(mesh);
    const byCorners = metricSizeCue(view, mesh, typicalMm)!;
    expect(byCorners.ofIrises).toBe(false);
    // A twentieth further apart than the corners have them.
    const outward = (left.x - right.x) / 40;
    const byIrises = metricSizeCue(view, mesh, typicalMm, [
      { x: left.x + outward, y: left.y },
      { x: right.x - outward, y: right.y },
    ])!;
    expect(byIrises.ofIrises).toBe(true);
    expect(byIrises.ipdMm / byCorners.ipdMm).toBeCloseTo(1.05, 2);
  });

  it('is not guessed without depth at the eyes', () => {
    const { view, mesh, typicalMm } = seen(head, { holeShare: 0.95 });
    expect(metricSizeCue(view, mesh, typicalMm)).toBeNull();
  });
});

describe('the nose', () => {
  it('stands out of a head where the picture has it', () => {
    const { view, mesh, typicalMm } = seen(head);
    const cue = noseCue(view, mesh, typicalMm)!;
    expect(cue.reliefMm).toBeGreaterThan(20);
    expect(cue.offsetMm).toBeLessThan(8);
  });

  it('is flat on paper, and half as high on a relief of half depth', () => {
    const reliefMm = (surface: Surface) => {
      const { view, mesh, typicalMm } = seen(surface);
      return noseCue(view, mesh, typicalMm)!.reliefMm;
    };
    expect(reliefMm(flat)).toBeLessThan(3);
    expect(reliefMm(bent(120))).toBeLessThan(9);
    expect(reliefMm(relief(head, 0.5)) / reliefMm(head)).toBeCloseTo(0.5, 1);
  });

  it('is found elsewhere when the depth is another’s', () => {
    const { view } = seen(head);
    const { mesh } = seen(head, { centreXMm: 20 });
    expect(noseCue(view, mesh, 500)!.offsetMm).toBeGreaterThan(12);
  });
});

describe('the contour', () => {
  it('falls away beside a head and goes on beside a printed face', () => {
    const share = (surface: Surface) => {
      const { view, mesh, oval, typicalMm } = seen(surface);
      return contourCue(view, mesh, oval, typicalMm)!.stepShare;
    };
    expect(share(head)).toBeGreaterThan(0.7);
    expect(share(flat)).toBeLessThan(0.1);
  });
});

describe('coverage', () => {
  it.each([0, 0.2, 0.6])('counts holes: %d of the pixels', (holeShare) => {
    const { view, face, oval } = seen(head, { holeShare });
    const cue = coverageCue(view, face, oval)!;
    expect(cue.coverageShare).toBeCloseTo(1 - holeShare, 1);
    expect(Math.abs(cue.distanceMm - 505)).toBeLessThan(15);
  });

  it('has nothing to say without a reading', () => {
    const { view, face, oval } = seen(head, { holeShare: 1.1 });
    expect(coverageCue(view, face, oval)).toBeNull();
  });
});

describe('expression', () => {
  it('sees a wider mouth and shut eyes in the landmarks', () => {
    const { mesh } = seen(head);
    const neutral = expressionCue(mesh)!;
    const smiling = Float32Array.from(mesh);
    smiling[61 * 3] -= 3;
    smiling[291 * 3] += 3;
    expect(expressionCue(smiling)!.mouthWidthRatio / neutral.mouthWidthRatio).toBeCloseTo(1.11, 1);
    const blinking = Float32Array.from(mesh);
    for (const [upper, lower] of [
      [159, 145],
      [386, 374],
    ]) {
      blinking[upper * 3 + 1] = blinking[lower * 3 + 1];
    }
    expect(expressionCue(blinking)!.eyeOpenRatio).toBeLessThan(0.05);
    expect(neutral.eyeOpenRatio).toBeGreaterThan(0.2);
  });
});

describe('the face oval', () => {
  it('follows the mesh, and the box where there is no mesh', () => {
    const { face, mesh } = seen(head);
    const nose = meshPoint(mesh, NOSE_TIP);
    const boxOnly: FaceObservation = { ...face, meshPoints: null };
    for (const oval of [faceOval(face), faceOval(boxOnly)]) {
      expect(Math.abs(inOval(oval, nose).u)).toBeLessThan(0.05);
      expect(Math.abs(inOval(oval, nose).v)).toBeLessThan(0.3);
    }
  });
});
