import { describe, expect, it } from 'vitest';
import type { Material, SceneMesh } from '../scene-types.ts';
import { ball, square } from '../testing/scenes.ts';
import { paintBackdrop } from './backdrop.ts';
import { type Layers, renderLayers } from './layers.ts';
import { PANEL_WHITE_CD_PER_M2, type RoomLight, type ScreenLight } from './lights.ts';
import { DEFAULT_INTRINSICS, viewOfFace } from './view.ts';

const DARK: RoomLight = {
  skyLux: 0,
  skyColour: [1, 1, 1],
  groundLux: 0,
  groundColour: [1, 1, 1],
  keyLux: 0,
  keyColour: [1, 1, 1],
  keyDirection: [0, 0, 1],
};
/** Small enough to be a point to what stands half a metre away. */
const POINT: ScreenLight = { widthMm: 20, heightMm: 20, centreMm: { x: 0, y: 0 }, whiteCdPerM2: 50_000 };
/** A view whose camera stands at z = 640. */
const VIEW = viewOfFace(550);

function render(meshes: SceneMesh[], room: Partial<RoomLight> = {}, screen: Partial<ScreenLight> = {}): Layers {
  const lights = { room: { ...DARK, ...room }, screen: { ...POINT, ...screen } };
  const backdrop = paintBackdrop(DEFAULT_INTRINSICS, lights.room, lights.screen, 1);
  return renderLayers({ meshes, view: VIEW, backdrop, ...lights });
}

/** The number of the pixel that sees a point of the scene. */
function pixelAt(layers: Layers, x: number, y: number, z = 0): number {
  const { fxPx, fyPx, cxPx, cyPx } = DEFAULT_INTRINSICS;
  const column = Math.round(cxPx + (fxPx * x) / (VIEW.cameraZMm - z)) - layers.leftPx;
  const row = Math.round(cyPx - (fyPx * y) / (VIEW.cameraZMm - z)) - layers.topPx;
  return row * (layers.rightPx - layers.leftPx) + column;
}

describe('the renderer', () => {
  it('knows how far a plane and a ball are', () => {
    const plane = render([square(160)]);
    for (const [x, y] of [
      [0, 0],
      [60, 60],
      [-70, 20],
    ]) {
      expect(plane.depthMm[pixelAt(plane, x, y)]).toBeCloseTo(640, 2);
    }
    const round = render([ball(80)]);
    expect(round.depthMm[pixelAt(round, 0, 0)]).toBeCloseTo(640 - 80, 0);
    // Where the ray through a pixel meets the ball, by the quadratic formula.
    const [u, v] = [50, 30];
    const ray = [u / DEFAULT_INTRINSICS.fxPx, v / DEFAULT_INTRINSICS.fyPx];
    const a = ray[0] ** 2 + ray[1] ** 2 + 1;
    const z = (640 - Math.sqrt(640 ** 2 - a * (640 ** 2 - 80 ** 2))) / a;
    const column = Math.round(DEFAULT_INTRINSICS.cxPx + u) - round.leftPx;
    const row = Math.round(DEFAULT_INTRINSICS.cyPx - v) - round.topPx;
    const seen = round.depthMm[row * (round.rightPx - round.leftPx) + column];
    expect(Math.abs(seen - z)).toBeLessThan(0.6);
  });

  it('draws what is nearer over what is further, and keeps both depths where a pixel shows two', () => {
    const layers = render([square(200, { z: -100 }), square(61)]);
    expect(layers.depthMm[pixelAt(layers, 0, 0)]).toBeCloseTo(640, 1);
    expect(layers.depthMm[pixelAt(layers, 60, 0, -100)]).toBeCloseTo(740, 1);
    let edges = 0;
    for (let i = 0; i < layers.depthMm.length; i += 1) {
      if (layers.depthMm[i] < 650 && layers.farDepthMm[i] > 700 && layers.farDepthMm[i] < 800) edges += 1;
    }
    expect(edges).toBeGreaterThan(10);
  });

  it('makes of an even room light the luminance that Lambert says', () => {
    const grey: Material = { kind: 'paper', albedo: [0.5, 0.25, 0.1] };
    const layers = render([square(160, {}, grey)], { skyLux: 400, groundLux: 400 });
    const at = pixelAt(layers, 0, 0) * 3;
    expect(layers.ambient[at]).toBeCloseTo((0.5 * 400) / Math.PI, 1);
    expect(layers.ambient[at + 1]).toBeCloseTo((0.25 * 400) / Math.PI, 1);
    expect(layers.ambient[at + 2]).toBeCloseTo((0.1 * 400) / Math.PI, 1);
  });

  it('lights by the screen with the inverse square of the distance and the cosine of both ends', () => {
    const near = render([square(100)]);
    const far = render([square(100, { z: -640 })]);
    const middle = (layers: Layers, z: number) => layers.screen[pixelAt(layers, 0, 0, z) * 3];
    // E = L A / r^2 at right angles, and L' = E / pi.
    expect(middle(near, 0)).toBeCloseTo((50_000 * 20 * 20) / 640 ** 2 / Math.PI, 1);
    expect(middle(near, 0) / middle(far, -640)).toBeCloseTo(4, 1);
    const beside = render([square(100, { x: 200 })]);
    // Both cosines are 640/r: E falls with the fourth power of the cosine.
    const cosine = 640 / Math.hypot(640, 200);
    expect(beside.screen[pixelAt(beside, 200, 0) * 3] / middle(near, 0)).toBeCloseTo(cosine ** 4, 2);
  });

  it('lights a ball by its normals: bright towards the screen, dark at the rim', () => {
    const layers = render([ball(80)]);
    const centre = layers.screen[pixelAt(layers, 0, 0, 80) * 3];
    for (const angle of [20, 45, 60]) {
      const [x, z] = [80 * Math.sin((angle * Math.PI) / 180), 80 * Math.cos((angle * Math.PI) / 180)];
      const distance = Math.hypot(x, 640 - z);
      const atSurface = (x * -x + z * (640 - z)) / (80 * distance);
      const atScreen = (640 - z) / distance;
      const expected = atSurface * atScreen * (560 / distance) ** 2;
      const seen = layers.screen[pixelAt(layers, x, 0, z) * 3] / centre;
      expect(Math.abs(seen - expected)).toBeLessThan(0.04);
    }
  });

  it('throws shadows from the screen and from the lamp', () => {
    const wall = square(300, { z: -60 });
    const screen = { centreMm: { x: 200, y: 0 } };
    const open = render([wall], {}, screen);
    const shaded = render([wall, square(60, { z: 40 })], {}, screen);
    // From the screen at x = 200 the square's middle hides what lies at x = -26 on the wall.
    const inShadow = pixelAt(open, -40, 0, -60);
    const beyond = pixelAt(open, -110, 0, -60);
    expect(shaded.screen[inShadow * 3]).toBeLessThan(0.1 * open.screen[inShadow * 3]);
    expect(shaded.screen[beyond * 3]).toBeCloseTo(open.screen[beyond * 3], 1);
    const lamp = { keyLux: 500, keyDirection: [0.5, 0, 1] as const };
    const lit = render([wall], lamp);
    const dark = render([wall, square(60, { z: 40 })], lamp);
    const inLampShadow = pixelAt(lit, -50, 0, -60);
    expect(dark.ambient[inLampShadow * 3]).toBeLessThan(0.1 * lit.ambient[inLampShadow * 3]);
  });

  it('lets panels give light and answer hardly any', () => {
    const panel: Material = { kind: 'screen', albedo: [0.025, 0.025, 0.025], emission: 1 };
    const layers = render([square(100, {}, panel)]);
    const paper = render([square(100)]);
    const at = pixelAt(layers, 0, 0) * 3;
    expect(layers.ambient[at]).toBeCloseTo(PANEL_WHITE_CD_PER_M2, 0);
    expect(layers.screen[at] / paper.screen[at]).toBeCloseTo(0.025, 3);
  });

  it('shows the shop behind where nobody stands', () => {
    const layers = render([square(40)], { skyLux: 300, groundLux: 100 });
    expect(layers.material[0]).toBe(0);
    expect(layers.depthMm[0]).toBeGreaterThan(1_100);
    expect(layers.ambient[0]).toBeGreaterThan(0);
  });

  it('leaves out what is behind the camera', () => {
    const layers = render([square(100, { z: 700 })]);
    expect(layers.material.every((code) => code === 0)).toBe(true);
  });
});
