import type { MaterialKind, SceneMesh } from '../scene-types.ts';
import type { Backdrop } from './backdrop.ts';
import { PANEL_WHITE_CD_PER_M2, type RoomLight, type ScreenLight } from './lights.ts';
import { createVisibilityBuffer, drawTriangles, type VisibilityBuffer } from './rasteriser.ts';
import { castShadows } from './shadow-map.ts';
import { LIGHT_STRIDE, lightVertices } from './vertex-light.ts';
import { NEAR_MM, type Region, regionSize, type View } from './view.ts';

export type Scene = {
  readonly meshes: readonly SceneMesh[];
  readonly view: View;
  readonly room: RoomLight;
  readonly screen: ScreenLight;
  readonly backdrop: Backdrop;
};

/** What a pixel of `Layers.material` means; 0 is the backdrop. */
export const MATERIAL_CODES: Readonly<Record<MaterialKind, number>> = {
  skin: 1,
  hair: 2,
  eye: 3,
  teeth: 4,
  glass: 5,
  solid: 6,
  cloth: 7,
  paper: 8,
  screen: 9,
  gloss: 10,
};

/**
 * A part of the picture, with its lights kept apart: light adds up, so any colour of the screen is `ambient` plus
 * `screen` times that colour, channel by channel. Luminances are in cd/m2 of linear red, green and blue.
 */
export type Layers = Region & {
  /** Under the room's light, panels included. */
  readonly ambient: Float32Array;
  /** What a fully white kiosk screen adds. */
  readonly screen: Float32Array;
  /** Along the optical axis, of the nearest surface in the pixel. */
  readonly depthMm: Float32Array;
  /** Behind the nearest surface where a pixel shows two; equal to `depthMm` elsewhere. */
  readonly farDepthMm: Float32Array;
  readonly material: Uint8Array;
};

export type RenderOptions = {
  /** Samples along each side of a pixel; more give smoother edges. */
  readonly samples?: 1 | 2 | 3;
  readonly shadows?: boolean;
};

/** Surfaces in one pixel that lie further apart than this are two surfaces. */
const SPLIT_MM = 10;
/** The blur of the lens, as the weight of each neighbour. */
const BLUR = 0.1;
const MARGIN_PX = 3;

/** Renders what stands in the scene, over as much of the picture as it covers; elsewhere the backdrop is seen. */
export function renderLayers(scene: Scene, options: RenderOptions = {}): Layers {
  const steps = renderInSteps(scene, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Rows of samples that are shaded in one step. */
const SHADE_ROWS = 96;

/** The same with pauses every few to some twenty milliseconds, for a thread that has frames to send meanwhile. */
export function* renderInSteps(scene: Scene, options: RenderOptions = {}): Generator<void, Layers, void> {
  const samples = options.samples ?? 2;
  const { meshes, view } = scene;
  const region = regionOf(meshes, view);
  const { widthPx, heightPx } = regionSize(region);
  const light = yield* lightMeshes(scene, options.shadows ?? true);
  // Several renderings may be under way in turns, so the large buffers are taken and given back.
  const scratch = takeScratch(widthPx * samples, heightPx * samples);
  try {
    const starts: number[] = [];
    const projected: Float32Array[] = [];
    let next = 0;
    for (const mesh of meshes) {
      const screen = project(mesh.positionsMm, view, region, samples);
      const twoSided = mesh.material.twoSided ?? false;
      drawTriangles(scratch.buffer, { screen, indices: mesh.indices, twoSided, coverage: mesh.coverage }, next);
      projected.push(screen);
      starts.push(next);
      next += mesh.indices.length / 3;
    }
    yield;
    const prepared = { starts, projected, lights: light };
    for (let row = 0; row < scratch.buffer.height; row += SHADE_ROWS) {
      shade(scene, scratch, prepared, row, Math.min(scratch.buffer.height, row + SHADE_ROWS));
      yield;
    }
    const layers = emptyLayers(region);
    resolve(layers, scratch, scene, samples);
    yield;
    blur(layers.ambient, widthPx, heightPx);
    blur(layers.screen, widthPx, heightPx);
    return layers;
  } finally {
    spare = scratch;
  }
}

/** Towards the head of whoever stands at the origin. */
const LIGHT_TARGET = [0, -40, 0] as const;
/** A lamp in the room counts as being this far away, and sunlight too. */
const LAMP_DISTANCE_MM = 2_500;

function* lightMeshes({ meshes, room, screen, view }: Scene, shadows: boolean): Generator<void, Float32Array[], void> {
  const { cameraZMm } = view;
  const [x, y, z] = room.keyDirection;
  const scale = LAMP_DISTANCE_MM / Math.hypot(x, y, z);
  const open = () => 1;
  const lamp = [x * scale, y * scale, z * scale] as const;
  const keyShadow = shadows ? castShadows(meshes, lamp, LIGHT_TARGET, 5) : open;
  yield;
  const panel = [screen.centreMm.x, screen.centreMm.y, cameraZMm] as const;
  const screenShadow = shadows ? castShadows(meshes, panel, LIGHT_TARGET, 9) : open;
  yield;
  const lights = meshes.map((mesh) => lightVertices(mesh, { room, screen, cameraZMm, keyShadow, screenShadow }));
  yield;
  return lights;
}

/** Samples under way: what is seen, and its light. */
type Scratch = {
  readonly buffer: VisibilityBuffer;
  readonly ambient: Float32Array;
  readonly screen: Float32Array;
};

let spare: Scratch | null = null;

/** Tens of megabytes a rendering: made once and used again, or collecting them would take as long as rendering. */
function takeScratch(width: number, height: number): Scratch {
  const count = width * height;
  const had = spare;
  spare = null;
  if (!had || had.ambient.length < count * 3) {
    return {
      buffer: createVisibilityBuffer(width, height),
      ambient: new Float32Array(count * 3),
      screen: new Float32Array(count * 3),
    };
  }
  const inverseDepth = new Float32Array(had.buffer.inverseDepth.buffer, 0, count).fill(0);
  const triangle = new Int32Array(had.buffer.triangle.buffer, 0, count).fill(-1);
  return { buffer: { width, height, inverseDepth, triangle }, ambient: had.ambient, screen: had.screen };
}

function emptyLayers(region: Region): Layers {
  const { widthPx, heightPx } = regionSize(region);
  const count = widthPx * heightPx;
  return {
    ...region,
    ambient: new Float32Array(count * 3),
    screen: new Float32Array(count * 3),
    depthMm: new Float32Array(count),
    farDepthMm: new Float32Array(count),
    material: new Uint8Array(count),
  };
}

/** The smallest rectangle around everything that is drawn, within the picture; at least one pixel. */
function regionOf(meshes: readonly SceneMesh[], view: View): Region {
  const { widthPx, heightPx, fxPx, fyPx, cxPx, cyPx } = view.intrinsics;
  let left = Infinity;
  let right = -Infinity;
  let top = Infinity;
  let bottom = -Infinity;
  for (const { positionsMm } of meshes) {
    for (let i = 0; i < positionsMm.length; i += 3) {
      const z = view.cameraZMm - positionsMm[i + 2];
      if (z < NEAR_MM) continue;
      const u = cxPx + (fxPx * positionsMm[i]) / z;
      const v = cyPx - (fyPx * positionsMm[i + 1]) / z;
      if (u < left) left = u;
      if (u > right) right = u;
      if (v < top) top = v;
      if (v > bottom) bottom = v;
    }
  }
  if (!(left <= right)) return { leftPx: 0, topPx: 0, rightPx: 1, bottomPx: 1 };
  const clampTo = (value: number, high: number) => Math.min(high, Math.max(0, value));
  const leftPx = clampTo(Math.floor(left) - MARGIN_PX, widthPx - 1);
  const topPx = clampTo(Math.floor(top) - MARGIN_PX, heightPx - 1);
  return {
    leftPx,
    topPx,
    rightPx: Math.max(leftPx + 1, clampTo(Math.ceil(right) + MARGIN_PX, widthPx)),
    bottomPx: Math.max(topPx + 1, clampTo(Math.ceil(bottom) + MARGIN_PX, heightPx)),
  };
}

function project(positionsMm: Float32Array, view: View, region: Region, samples: number): Float32Array {
  const { fxPx, fyPx, cxPx, cyPx } = view.intrinsics;
  const screen = new Float32Array(positionsMm.length);
  for (let i = 0; i < positionsMm.length; i += 3) {
    const z = view.cameraZMm - positionsMm[i + 2];
    if (z < NEAR_MM) continue;
    const iz = 1 / z;
    screen[i] = (cxPx + fxPx * positionsMm[i] * iz + 0.5 - region.leftPx) * samples;
    screen[i + 1] = (cyPx - fyPx * positionsMm[i + 1] * iz + 0.5 - region.topPx) * samples;
    screen[i + 2] = iz;
  }
  return screen;
}

type Prepared = {
  readonly starts: readonly number[];
  readonly projected: readonly Float32Array[];
  readonly lights: readonly Float32Array[];
};

/** Lights every sample of some rows that shows a mesh: light at the triangle's corners, interpolated, times albedo. */
function shade(
  scene: Scene,
  scratch: Scratch,
  { starts, projected, lights }: Prepared,
  firstRow: number,
  endRow: number,
): void {
  const { width, triangle } = scratch.buffer;
  const { meshes, room } = scene;
  const ends = starts.map((start, i) => start + meshes[i].indices.length / 3);
  let current = -1;
  let low = 0;
  let high = 0;
  let mesh = meshes[0];
  let screen = projected[0];
  let light = lights[0];
  for (let y = firstRow, at = firstRow * width; y < endRow; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      const number = triangle[at];
      if (number < 0) continue;
      if (number < low || number >= high || current < 0) {
        current = starts.findIndex((start, i) => number >= start && number < ends[i]);
        low = starts[current];
        high = ends[current];
        mesh = meshes[current];
        screen = projected[current];
        light = lights[current];
      }
      const t = (number - low) * 3;
      const ia = mesh.indices[t];
      const ib = mesh.indices[t + 1];
      const ic = mesh.indices[t + 2];
      const ax = screen[ia * 3];
      const ay = screen[ia * 3 + 1];
      const bx = screen[ib * 3];
      const by = screen[ib * 3 + 1];
      const cx = screen[ic * 3];
      const cy = screen[ic * 3 + 1];
      const px = x + 0.5;
      const py = y + 0.5;
      const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
      let wa = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area;
      let wb = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area;
      let wc = 1 - wa - wb;
      // Perspective: shares on the screen become shares on the surface.
      wa *= screen[ia * 3 + 2];
      wb *= screen[ib * 3 + 2];
      wc *= screen[ic * 3 + 2];
      const sum = 1 / (wa + wb + wc);
      wa *= sum;
      wb *= sum;
      wc *= sum;
      const { material, uv, vertexAlbedo } = mesh;
      let red = material.albedo[0];
      let green = material.albedo[1];
      let blue = material.albedo[2];
      if (vertexAlbedo) {
        red *= wa * vertexAlbedo[ia * 3] + wb * vertexAlbedo[ib * 3] + wc * vertexAlbedo[ic * 3];
        green *= wa * vertexAlbedo[ia * 3 + 1] + wb * vertexAlbedo[ib * 3 + 1] + wc * vertexAlbedo[ic * 3 + 1];
        blue *= wa * vertexAlbedo[ia * 3 + 2] + wb * vertexAlbedo[ib * 3 + 2] + wc * vertexAlbedo[ic * 3 + 2];
      }
      let textureRed = 1;
      let textureGreen = 1;
      let textureBlue = 1;
      const { texture } = material;
      if (texture && uv) {
        const { widthPx, heightPx, rgb } = texture;
        let u = (wa * uv[ia * 2] + wb * uv[ib * 2] + wc * uv[ic * 2]) * widthPx - 0.5;
        let v = (wa * uv[ia * 2 + 1] + wb * uv[ib * 2 + 1] + wc * uv[ic * 2 + 1]) * heightPx - 0.5;
        u = u < 0 ? 0 : u > widthPx - 1.001 ? widthPx - 1.001 : u;
        v = v < 0 ? 0 : v > heightPx - 1.001 ? heightPx - 1.001 : v;
        const column = u | 0;
        const row = v | 0;
        const fu = u - column;
        const fv = v - row;
        const upper = (row * widthPx + column) * 3;
        const lower = upper + widthPx * 3;
        const w00 = (1 - fu) * (1 - fv);
        const w10 = fu * (1 - fv);
        const w01 = (1 - fu) * fv;
        const w11 = fu * fv;
        textureRed = rgb[upper] * w00 + rgb[upper + 3] * w10 + rgb[lower] * w01 + rgb[lower + 3] * w11;
        textureGreen = rgb[upper + 1] * w00 + rgb[upper + 4] * w10 + rgb[lower + 1] * w01 + rgb[lower + 4] * w11;
        textureBlue = rgb[upper + 2] * w00 + rgb[upper + 5] * w10 + rgb[lower + 2] * w01 + rgb[lower + 5] * w11;
        red *= textureRed;
        green *= textureGreen;
        blue *= textureBlue;
      }
      const la = ia * LIGHT_STRIDE;
      const lb = ib * LIGHT_STRIDE;
      const lc = ic * LIGHT_STRIDE;
      const shine = wa * light[la + 3] + wb * light[lb + 3] + wc * light[lc + 3];
      const fromScreen = wa * light[la + 4] + wb * light[lb + 4] + wc * light[lc + 4];
      const screenShine = wa * light[la + 5] + wb * light[lb + 5] + wc * light[lc + 5];
      const own = (material.emission ?? 0) * PANEL_WHITE_CD_PER_M2;
      const { ambient, screen: response } = scratch;
      const o = at * 3;
      ambient[o] =
        red * (wa * light[la] + wb * light[lb] + wc * light[lc]) + shine * room.keyColour[0] + own * textureRed;
      ambient[o + 1] =
        green * (wa * light[la + 1] + wb * light[lb + 1] + wc * light[lc + 1]) +
        shine * room.keyColour[1] +
        own * textureGreen;
      ambient[o + 2] =
        blue * (wa * light[la + 2] + wb * light[lb + 2] + wc * light[lc + 2]) +
        shine * room.keyColour[2] +
        own * textureBlue;
      response[o] = red * fromScreen + screenShine;
      response[o + 1] = green * fromScreen + screenShine;
      response[o + 2] = blue * fromScreen + screenShine;
    }
  }
}

/** Averages the samples of each pixel; where they show the backdrop, the backdrop's pixel counts. */
function resolve(
  layers: Layers,
  { buffer, ...shaded }: Scratch,
  { meshes, backdrop, view }: Scene,
  samples: number,
): void {
  const { leftPx, topPx, ambient, screen, depthMm, farDepthMm, material } = layers;
  const { widthPx, heightPx } = regionSize(layers);
  const codes: number[] = [];
  for (const mesh of meshes)
    for (let t = mesh.indices.length / 3; t > 0; t -= 1) codes.push(MATERIAL_CODES[mesh.material.kind]);
  const weight = 1 / (samples * samples);
  const pictureWidth = view.intrinsics.widthPx;
  for (let y = 0, pixel = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1, pixel += 1) {
      const behind = (topPx + y) * pictureWidth + leftPx + x;
      const o = pixel * 3;
      let nearest = 0;
      let furthest = Infinity;
      let nearestTriangle = -1;
      let bare = 0;
      for (let j = 0; j < samples; j += 1) {
        for (let i = 0; i < samples; i += 1) {
          const at = (y * samples + j) * buffer.width + x * samples + i;
          if (buffer.triangle[at] < 0) {
            bare += 1;
            continue;
          }
          const iz = buffer.inverseDepth[at];
          if (iz > nearest) {
            nearest = iz;
            nearestTriangle = buffer.triangle[at];
          }
          if (iz < furthest) furthest = iz;
          for (let c = 0; c < 3; c += 1) {
            ambient[o + c] += shaded.ambient[at * 3 + c] * weight;
            screen[o + c] += shaded.screen[at * 3 + c] * weight;
          }
        }
      }
      if (bare > 0) {
        for (let c = 0; c < 3; c += 1) {
          ambient[o + c] += backdrop.ambient[behind * 3 + c] * weight * bare;
          screen[o + c] += backdrop.screen[behind * 3 + c] * weight * bare;
        }
      }
      const wallMm = backdrop.depthMm[behind];
      if (nearestTriangle < 0) {
        depthMm[pixel] = wallMm;
        farDepthMm[pixel] = wallMm;
        continue;
      }
      material[pixel] = codes[nearestTriangle];
      const nearMm = 1 / nearest;
      const farMm = bare > 0 ? wallMm : 1 / furthest;
      if (farMm - nearMm <= SPLIT_MM) {
        depthMm[pixel] = 1 / meanInverseDepth(buffer, x * samples, y * samples, samples, 0);
        farDepthMm[pixel] = depthMm[pixel];
      } else {
        depthMm[pixel] = 1 / meanInverseDepth(buffer, x * samples, y * samples, samples, 1 / (nearMm + SPLIT_MM));
        farDepthMm[pixel] = farMm;
      }
    }
  }
}

/** The mean over a pixel's samples is its centre's value on a plane. Samples beyond `least` belong to what is behind. */
function meanInverseDepth(buffer: VisibilityBuffer, left: number, top: number, samples: number, least: number): number {
  let sum = 0;
  let count = 0;
  for (let j = 0; j < samples; j += 1) {
    for (let i = 0; i < samples; i += 1) {
      const iz = buffer.inverseDepth[(top + j) * buffer.width + left + i];
      if (iz <= 0 || iz < least) continue;
      sum += iz;
      count += 1;
    }
  }
  return sum / count;
}

/** Three taps along rows, then columns. */
function blur(values: Float32Array, width: number, height: number): void {
  const keep = 1 - 2 * BLUR;
  const row = new Float32Array(width * 3);
  for (let y = 0; y < height; y += 1) {
    const start = y * width * 3;
    row.set(values.subarray(start, start + width * 3));
    for (let i = 3; i < row.length - 3; i += 1) values[start + i] = keep * row[i] + BLUR * (row[i - 3] + row[i + 3]);
  }
  const stride = width * 3;
  const above = new Float32Array(stride);
  const here = new Float32Array(stride);
  if (height > 1) above.set(values.subarray(0, stride));
  for (let y = 1; y < height - 1; y += 1) {
    const start = y * stride;
    here.set(values.subarray(start, start + stride));
    for (let i = 0; i < stride; i += 1) {
      values[start + i] = keep * here[i] + BLUR * (above[i] + values[start + stride + i]);
    }
    above.set(here);
  }
}
