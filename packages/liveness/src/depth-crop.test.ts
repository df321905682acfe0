import { describe, expect, it } from 'vitest';
import { bent, depthScene, flat, head, INTRINSICS, type Surface } from '../test/scenes.ts';
import { decideDepthCrop } from './index.ts';

const PINHOLE = { fxPx: 142.5, fyPx: 142.5, cxPx: 19.5, cyPx: 19.5 };

/** A 40x40 crop at every fourth pixel of a scene, range cut as a sensor may have it. */
function cropOf(surface: Surface) {
  const { values } = depthScene(surface, { distanceMm: 560, holeShare: 0.05 }).depth!;
  const crop = new Uint16Array(1600);
  for (let row = 0; row < 40; row += 1) {
    for (let column = 0; column < 40; column += 1) {
      const value = values[(160 + row * 4 + 2) * INTRINSICS.widthPx + 240 + column * 4 + 2];
      crop[row * 40 + column] = value > 7000 ? 0 : value;
    }
  }
  return { widthPx: 40, heightPx: 40, unitMm: 0.1, values: crop };
}

describe('a depth crop', () => {
  it('tells a head from flat and bent paper without colour or landmarks', () => {
    expect(decideDepthCrop(cropOf(head), PINHOLE)).toMatchObject({ ok: true, outcome: 'live' });
    for (const paper of [flat, bent(70), bent(150, 90)]) {
      expect(decideDepthCrop(cropOf(paper), PINHOLE)).toMatchObject({ ok: true, outcome: 'attack' });
    }
  });

  it('is undecided with nothing or next to nothing on it', () => {
    const crop = cropOf(head);
    const empty = { ...crop, values: new Uint16Array(1600) };
    const half = { ...crop, values: crop.values.map((value, i) => (i < 1300 ? 0 : value)) };
    expect(decideDepthCrop(empty, PINHOLE)).toMatchObject({ ok: true, outcome: 'undecided', evidenceNats: null });
    expect(decideDepthCrop(half, PINHOLE)).toMatchObject({ ok: true, outcome: 'undecided' });
  });

  it('refuses impossible sizes and cameras with a code', () => {
    const crop = cropOf(head);
    expect(decideDepthCrop({ ...crop, widthPx: 41 }, PINHOLE)).toMatchObject({ ok: false, code: 'depth_wrong_size' });
    expect(decideDepthCrop({ ...crop, widthPx: 4, heightPx: 400 }, PINHOLE)).toMatchObject({ ok: false });
    for (const fxPx of [Number.NaN, 0, -5, 3, 1e7]) {
      expect(decideDepthCrop(crop, { ...PINHOLE, fxPx })).toMatchObject({ ok: false, code: 'intrinsics_absurd' });
    }
  });
});
