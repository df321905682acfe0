import { describe, expect, it } from 'vitest';
import { detectionAt, frameWith } from '../testing/scripted-faces.ts';
import { chooseFace } from './face-choice.ts';

/** A 640 x 480 frame with faces of the given places (0..1), widths in pixels and distances. */
function choose(...faces: { x: number; y?: number; widthPx: number; depthMm?: number }[]) {
  const frame = frameWith({ faces: faces.map((face) => ({ y: 0.5, depthMm: 550, ...face })) });
  return chooseFace(
    frame,
    faces.map((face) => detectionAt(frame, { y: 0.5, ...face })),
  );
}

describe('choosing the guest', () => {
  it('finds nobody in an empty picture', () => {
    expect(choose()).toEqual({ kind: 'none' });
  });

  it('measures the distance of the one face', () => {
    const choice = choose({ x: 0.5, widthPx: 150, depthMm: 480 });
    expect(choice).toMatchObject({ kind: 'one', face: { distanceMm: 480 } });
  });

  it('does not mind somebody in the background', () => {
    const choice = choose({ x: 0.8, widthPx: 70, depthMm: 1_600 }, { x: 0.45, widthPx: 150 });
    expect(choice).toMatchObject({ kind: 'one', face: { detection: { box: { widthPx: 150 } } } });
  });

  it('does not mind a friend at the edge of the picture', () => {
    const choice = choose({ x: 0.48, widthPx: 140 }, { x: 0.9, widthPx: 145 });
    expect(choice).toMatchObject({ kind: 'one', face: { detection: { box: { widthPx: 140 } } } });
  });

  it('tells a large face far behind from a second guest by its depth', () => {
    const choice = choose({ x: 0.4, widthPx: 150, depthMm: 500 }, { x: 0.7, widthPx: 120, depthMm: 1_000 });
    expect(choice.kind).toBe('one');
  });

  it('does not choose between two guests', () => {
    expect(choose({ x: 0.35, widthPx: 140 }, { x: 0.68, widthPx: 130 }).kind).toBe('ambiguous');
  });
});
