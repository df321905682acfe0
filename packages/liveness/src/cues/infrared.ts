import { eyeCentres, type FaceOval, inOval, meshPoint, middleOf } from '../landmarks.ts';
import { LINEAR_OF_SRGB8 } from '../light/linear.ts';

/**
 * Does the face look in infrared as skin does?
 *
 * Measures: how bright the cheeks and the forehead are in the infrared picture against the surroundings of the face,
 * and how much contrast between skin and brows, lips and eyes is left there against the colour picture.
 * Source: panels give off no infrared and look dark; most inks are transparent to it, so a print loses its features;
 * skin of every tone reflects 850 nm alike (Jacquez and others 1955).
 * Fooled by: prints with carbon ink, masks of silicone.
 * For cameras that deliver their infrared picture registered to the colour picture. No calibration exists for it, as
 * neither the simulator nor our recordings have infrared: reported, not weighed.
 */
export type InfraredImage = {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Linear, any scale; `values.length === widthPx * heightPx`. */
  readonly values: Uint16Array;
};

export type InfraredCue = {
  /** Mean infrared of the skin over the mean of the whole picture. */
  readonly skinOverScene: number;
  /** Contrast of the face's features in infrared over that in the colour picture's red; about 0 for prints. */
  readonly contrastKept: number;
};

const SKIN_POINTS = [151, 50, 280, 205, 425] as const;

export function infraredCue(
  infrared: InfraredImage,
  colour: { readonly widthPx: number; readonly heightPx: number; readonly rgb: Uint8Array },
  mesh: Float32Array,
  oval: FaceOval,
): InfraredCue | null {
  const { widthPx, heightPx, values } = infrared;
  if (widthPx !== colour.widthPx || heightPx !== colour.heightPx || values.length !== widthPx * heightPx) return null;
  const reach = Math.max(2, Math.round(oval.halfWidthPx * 0.08));
  const at = (read: (pixel: number) => number, x: number, y: number) => {
    let sum = 0;
    let count = 0;
    for (let dy = -reach; dy <= reach; dy += 1) {
      for (let dx = -reach; dx <= reach; dx += 1) {
        const [px, py] = [Math.round(x) + dx, Math.round(y) + dy];
        if (px < 0 || py < 0 || px >= widthPx || py >= heightPx) continue;
        sum += read(py * widthPx + px);
        count += 1;
      }
    }
    return count > 0 ? sum / count : Number.NaN;
  };
  const eyes = eyeCentres(mesh);
  const mouth = middleOf(meshPoint(mesh, 13), meshPoint(mesh, 14));
  const contrast = (read: (pixel: number) => number) => {
    const skin = mean(SKIN_POINTS.map((index) => at(read, meshPoint(mesh, index).x, meshPoint(mesh, index).y)));
    const dark = mean([eyes.left, eyes.right, mouth].map(({ x, y }) => at(read, x, y)));
    return { skin, contrast: (skin - dark) / (skin + dark) };
  };
  const inInfrared = contrast((pixel) => values[pixel]);
  const inColour = contrast((pixel) => LINEAR_OF_SRGB8[colour.rgb[pixel * 3]]);
  let scene = 0;
  let sceneCount = 0;
  for (let y = 0; y < heightPx; y += 8) {
    for (let x = 0; x < widthPx; x += 8) {
      const { u, v } = inOval(oval, { x, y });
      if (u * u + v * v < 1) continue;
      scene += values[y * widthPx + x];
      sceneCount += 1;
    }
  }
  if (sceneCount === 0 || scene === 0 || !(inColour.contrast > 0.02)) return null;
  const cue = {
    skinOverScene: inInfrared.skin / (scene / sceneCount),
    contrastKept: inInfrared.contrast / inColour.contrast,
  };
  return Object.values(cue).every(Number.isFinite) ? cue : null;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
