import { describe, expect, it } from 'vitest';
import {
  depthScene,
  faceOn,
  flat,
  generator,
  head,
  INTRINSICS,
  person,
  relief,
  type SceneOptions,
  type Surface,
} from '../../test/scenes.ts';
import { DepthView } from '../depth-view.ts';
import { faceOval } from '../landmarks.ts';
import { contextCue } from './context.ts';
import { type ExpressionDepthSample, expressionDepthCue, expressionDepthSample } from './expression-depth.ts';
import { infraredCue } from './infrared.ts';
import { screenTextureCue } from './screen-texture.ts';

function context(surface: Surface, options: SceneOptions = {}) {
  const frame = depthScene(surface, options);
  const view = new DepthView(frame.depth!, frame.intrinsics);
  return contextCue(view, faceOval(faceOn(head, options)), options.distanceMm ?? 500)!;
}

describe('the surroundings', () => {
  it('are a neck and shoulders, and no straight edges, for a person', () => {
    const { bodyShare, edgeRmsMm, holeShare, behindShare } = context(person);
    expect(bodyShare).toBeGreaterThan(0.8);
    expect(edgeRmsMm ?? 99).toBeGreaterThan(3);
    expect(holeShare).toBeLessThan(0.1);
    expect(behindShare).toBe(0);
  });

  it('are straight edges for a held sheet, even tilted, and no body under it', () => {
    const { edgeRmsMm } = context(flat);
    expect(edgeRmsMm).toBeLessThan(1.5);
    const slanted: Surface = (x, y) =>
      flat(x * Math.cos(0.1) + y * Math.sin(0.1), y * Math.cos(0.1) - x * Math.sin(0.1));
    expect(context(slanted).edgeRmsMm).toBeLessThan(1.5);
    expect(context(head).bodyShare).toBeLessThan(0.3);
  });

  it('are not judged where the picture ends', () => {
    // So near that everything below the chin is out of the picture.
    expect(context(head, { distanceMm: 260 }).bodyShare).toBeNull();
  });

  it('tell a panel by holes and mirrored depth within the face', () => {
    const frame = depthScene(flat);
    const random = generator(5);
    const values = frame.depth!.values.map((value) => {
      const dice = random();
      return dice < 0.3 ? 0 : dice < 0.45 ? value + 4_200 : value;
    });
    const view = new DepthView({ ...frame.depth!, values }, frame.intrinsics);
    const cue = contextCue(view, faceOval(faceOn(flat)), 500)!;
    expect(cue.holeShare).toBeGreaterThan(0.25);
    expect(cue.behindShare).toBeGreaterThan(0.06);
  });
});

describe('the depth of a smile', () => {
  /** Cheeks rise by 3 mm and corners draw back by 3 mm at a full smile; the mouth widens by 10 %. */
  function smiling(smile: number, deep: boolean, sequence: number): ExpressionDepthSample {
    const shape = deep ? smile : 0;
    const still = deep ? head : flat;
    const surface: Surface = (x, y) =>
      still(x, y) -
      3 * shape * Math.exp(-(((Math.abs(x) - 42) / 14) ** 2) - ((y - 8) / 16) ** 2) +
      3 * shape * Math.exp(-(((Math.abs(x) - 25) / 9) ** 2) - ((y - 44) / 9) ** 2);
    const options = { sequence };
    const frame = depthScene(surface, options);
    const mesh = faceOn(surface, options).meshPoints!.slice();
    const centre = INTRINSICS.cxPx;
    for (const index of [61, 291]) mesh[index * 3] = centre + (mesh[index * 3] - centre) * (1 + 0.1 * smile);
    // The scenes place few landmarks; those that the plane needs lie on the forehead and at the temples.
    for (const [index, like] of [
      [69, 108],
      [299, 337],
      [127, 234],
      [356, 454],
    ]) {
      mesh[index * 3] = mesh[like * 3];
      mesh[index * 3 + 1] = mesh[like * 3 + 1] - 8;
    }
    return expressionDepthSample(new DepthView(frame.depth!, frame.intrinsics), mesh, 500)!;
  }
  const course = [0, 0.2, 0.5, 0.8, 1, 1, 0.9, 0.6];

  it('follows the mouth on a living face', () => {
    const cue = expressionDepthCue(course.map((smile, i) => smiling(smile, true, i)))!;
    expect(cue.mouthSpan).toBeGreaterThan(0.08);
    expect(cue.reliefPerTenthMm).toBeGreaterThan(1.5);
  });

  it('stands still where a picture smiles on a flat panel', () => {
    const cue = expressionDepthCue(course.map((smile, i) => smiling(smile, false, i)))!;
    expect(Math.abs(cue.reliefPerTenthMm)).toBeLessThan(1);
  });

  it('is not demanded: no smile is no evidence', () => {
    expect(expressionDepthCue([0, 0.1, 0, 0.1, 0, 0.1].map((smile, i) => smiling(smile, true, i)))).toBeNull();
  });
});

describe('the texture', () => {
  const frame = depthScene(head);
  const oval = faceOval(faceOn(head));
  const picture = (value: (x: number, y: number) => number) => {
    const { widthPx, heightPx } = frame.colour;
    const random = generator(3);
    const rgb = new Uint8Array(widthPx * heightPx * 3);
    for (let i = 0; i < widthPx * heightPx; i += 1) {
      const shade = value(i % widthPx, Math.floor(i / widthPx)) + 6 * (random() + random() - 1);
      rgb.fill(Math.max(0, Math.min(255, shade)), i * 3, i * 3 + 3);
    }
    return screenTextureCue({ widthPx, heightPx, rgb }, oval)!.peakNepers;
  };
  const skin = (x: number, y: number) => 130 + 20 * Math.sin(x / 30) + 15 * Math.cos(y / 25);

  it('of skin has no peak, of a moire has', () => {
    expect(picture(skin)).toBeLessThan(2);
    // Four grey levels in a wave of 5.3 pixels, aslant.
    expect(picture((x, y) => skin(x, y) + 4 * Math.sin(1.1 * x + 0.45 * y))).toBeGreaterThan(2.5);
  });

  it('is not looked for on a small face', () => {
    const far = faceOval(faceOn(head, { distanceMm: 1_400 }));
    expect(screenTextureCue(frame.colour, far)).toBeNull();
  });
});

describe('infrared', () => {
  const frame = depthScene(relief(head, 1));
  const face = faceOn(head);
  const oval = faceOval(face);
  const { widthPx, heightPx } = frame.colour;
  const eyes = [
    [-31.5, -30],
    [31.5, -30],
    [0, 44],
  ].map(([x, y]) => ({
    x: INTRINSICS.cxPx + (x * INTRINSICS.fxPx) / 520,
    y: INTRINSICS.cyPx + (y * INTRINSICS.fyPx) / 520,
  }));
  const dark = (i: number) => eyes.some(({ x, y }) => Math.hypot((i % widthPx) - x, Math.floor(i / widthPx) - y) < 14);
  const inOvalBox = (i: number) =>
    Math.abs((i % widthPx) - oval.centre.x) < oval.halfWidthPx &&
    Math.abs(Math.floor(i / widthPx) - oval.centre.y) < oval.halfHeightPx;
  const rgb = Uint8Array.from({ length: widthPx * heightPx * 3 }, (_, i) => (dark(Math.floor(i / 3)) ? 60 : 150));
  const mesh = face.meshPoints!.slice();
  for (const index of [13, 14]) {
    mesh[index * 3] = eyes[2].x;
    mesh[index * 3 + 1] = eyes[2].y;
  }
  const seen = (value: (i: number) => number) =>
    infraredCue(
      { widthPx, heightPx, values: Uint16Array.from({ length: widthPx * heightPx }, (_, i) => value(i)) },
      { widthPx, heightPx, rgb },
      mesh,
      oval,
    )!;

  it('shows skin bright with its features, a panel dark, a print without them', () => {
    const living = seen((i) => (dark(i) ? 90 : inOvalBox(i) ? 300 : 150));
    expect(living.skinOverScene).toBeGreaterThan(1.5);
    expect(living.contrastKept).toBeGreaterThan(0.5);
    expect(seen((i) => (inOvalBox(i) ? 20 : 150)).skinOverScene).toBeLessThan(0.3);
    expect(Math.abs(seen(() => 250).contrastKept)).toBeLessThan(0.05);
  });

  it('is not compared across pictures of different size', () => {
    const small = { widthPx: 2, heightPx: 2, values: new Uint16Array(4) };
    expect(infraredCue(small, { widthPx, heightPx, rgb }, mesh, oval)).toBeNull();
  });
});
