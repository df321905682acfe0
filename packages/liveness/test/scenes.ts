import type { Frame, Intrinsics } from '@smile/camera';
import { type FaceObservation, MESH_POINT_COUNT } from '../src/landmarks.ts';
import { type LinearRgb, toSrgb8 } from '../src/light/palette.ts';

/**
 * Tiny made-up scenes for tests: a surface over the face's own plane (x right, y down, origin between mouth and
 * eyes, millimetres) seen by a pinhole camera with noise and holes. A head is an ellipsoid with a nose, brows, eye
 * hollows, lips and a chin; far from real, but analytic.
 */
export type Surface = (xMm: number, yMm: number) => number;

export const INTRINSICS: Intrinsics = {
  widthPx: 640,
  heightPx: 480,
  fxPx: 570,
  fyPx: 570,
  cxPx: 319.5,
  cyPx: 239.5,
};

/** Distance behind the foremost plane; infinite beside the head. */
export const head: Surface = (x, y) => {
  const q = (x / 78) ** 2 + (y / 112) ** 2;
  if (q >= 0.98) return Number.POSITIVE_INFINITY;
  let z = 90 * (1 - Math.sqrt(1 - q));
  z -= 15 * bell(x, y - 12, 11, 13) + 9 * bell(x, y + 8, 8, 20);
  z += 7 * bell(Math.abs(x) - 31.5, y + 30, 13, 9);
  z -= 3 * bell(Math.abs(x) - 30, y + 46, 22, 7);
  z -= 4 * bell(x, y - 42, 20, 7) + 5 * bell(x, y - 76, 16, 12);
  return z;
};

/** The head on a neck and shoulders. */
export const person: Surface = (x, y) => {
  const neck = Math.abs(x) < 55 && y > 60 ? 60 + (x * x) / 60 : Number.POSITIVE_INFINITY;
  const shoulders = y > 130 + 0.15 * Math.abs(x) && Math.abs(x) < 220 ? 70 + Math.abs(x) / 6 : Number.POSITIVE_INFINITY;
  return Math.min(head(x, y), neck, shoulders);
};

export const flat: Surface = (x, y) => (Math.abs(x) < 105 && Math.abs(y) < 148 ? 0 : Number.POSITIVE_INFINITY);

export function tilted(surface: Surface, slopeX: number, slopeY: number): Surface {
  return (x, y) => surface(x, y) + slopeX * x + slopeY * y;
}

/** A sheet bent about an axis at `axisDeg` from the vertical, bulging to the camera. */
export function bent(radiusMm: number, axisDeg = 0): Surface {
  const angle = (axisDeg * Math.PI) / 180;
  return (x, y) => {
    if (Math.abs(y) > 148) return Number.POSITIVE_INFINITY;
    const across = x * Math.cos(angle) + y * Math.sin(angle);
    if (Math.abs(across) >= 0.95 * Math.min(radiusMm, 105)) return Number.POSITIVE_INFINITY;
    return radiusMm - Math.sqrt(radiusMm * radiusMm - across * across);
  };
}

/** Only within an A4 sheet. */
export function sheet(surface: Surface): Surface {
  return (x, y) => (Math.abs(x) < 105 && Math.abs(y) < 148 ? surface(x, y) : Number.POSITIVE_INFINITY);
}

/** A sheet rolled to a cone, narrower at the chin. */
export const cone: Surface = sheet((x, y) => {
  const radiusMm = 100 * (1 + y / 250);
  const across = Math.min(Math.abs(x), 0.95 * radiusMm);
  return radiusMm - Math.sqrt(radiusMm * radiusMm - across * across);
});

export const sCurve: Surface = sheet((x) => 20 * Math.sin(x / 35));

/** Folded down the middle of the nose. */
export const folded: Surface = sheet((x) => 0.7 * Math.abs(x));

/** Bent about the head and strapped on, with the wearer's nose through a hole and eyes behind holes. */
export function worn(radiusMm: number): Surface {
  const paper = bent(radiusMm);
  return sheet((x, y) => {
    const eyeHole = Math.hypot(Math.abs(x) - 31.5, y + 30) < 12 ? 15 : 0;
    return paper(x, y) - 16 * bell(x, y - 12, 9, 12) + eyeHole;
  });
}

/** Crushed and smoothed out again: random dents of about `cellMm`. */
export function crumpled(depthMm: number, cellMm: number): Surface {
  const dents = generator(11);
  const side = 40;
  const lattice = Float64Array.from({ length: side * side }, () => depthMm * (dents() - 0.5));
  return sheet((x, y) => {
    const column = (x + 148) / cellMm;
    const row = (y + 148) / cellMm;
    const at = Math.floor(row) * side + Math.floor(column);
    const right = column % 1;
    const down = row % 1;
    const above = lattice[at] * (1 - right) + lattice[at + 1] * right;
    const below = lattice[at + side] * (1 - right) + lattice[at + side + 1] * right;
    return above * (1 - down) + below * down;
  });
}

/** A head-sized egg. */
export const egg: Surface = (x, y) => {
  const q = (x / 78) ** 2 + (y / 112) ** 2;
  return q < 0.95 ? 90 * (1 - Math.sqrt(1 - q)) : Number.POSITIVE_INFINITY;
};

export function sphere(radiusMm: number): Surface {
  return (x, y) => {
    const q = x * x + y * y;
    return q < 0.9 * radiusMm * radiusMm ? radiusMm - Math.sqrt(radiusMm * radiusMm - q) : Number.POSITIVE_INFINITY;
  };
}

/** The same surface with its depth scaled, as a shallow relief has it, or the whole thing as a doll has it. */
export function relief(surface: Surface, share: number): Surface {
  return (x, y) => surface(x, y) * share;
}
export function scaled(surface: Surface, share: number): Surface {
  return (x, y) => surface(x / share, y / share) * share;
}

export type SceneOptions = {
  readonly distanceMm?: number;
  readonly sequence?: number;
  readonly noiseMm?: number;
  readonly holeShare?: number;
  readonly backgroundMm?: number;
  /** Landmarks grow and shrink with this (a doll's face). */
  readonly landmarkScale?: number;
  readonly centreXMm?: number;
};

const DEPTH_UNIT_MM = 0.1;
/** Four frames reach the first checkpoint. */
export const FRAME_INTERVAL_MS = 120;

/** About normal, of unit deviation; drawn once, as pictures need 300,000 of them. */
const NOISE: Float32Array = (() => {
  const random = generator(99);
  return Float32Array.from({ length: 8192 }, () => (random() + random() + random() + random() - 2) * 1.73);
})();

export function depthScene(surface: Surface, options: SceneOptions = {}): Frame {
  const { distanceMm = 500, sequence = 0, noiseMm = 1.2, holeShare = 0.03, backgroundMm = 1500 } = options;
  const { widthPx, heightPx, fxPx, fyPx, cxPx, cyPx } = INTRINSICS;
  const random = generator(sequence + 1);
  const values = new Uint16Array(widthPx * heightPx);
  for (let v = 0; v < heightPx; v += 1) {
    for (let u = 0; u < widthPx; u += 1) {
      let z = distanceMm;
      // The ray meets the surface after a few rounds: slopes are gentle.
      for (let round = 0; round < 5 && Number.isFinite(z); round += 1) {
        const x = ((u - cxPx) * z) / fxPx - (options.centreXMm ?? 0);
        z = distanceMm + surface(x, ((v - cyPx) * z) / fyPx);
      }
      if (!Number.isFinite(z)) z = backgroundMm;
      const dice = random() * NOISE.length;
      const noise = noiseMm * NOISE[dice | 0];
      values[v * widthPx + u] = dice % 1 < holeShare ? 0 : Math.round((z + noise) / DEPTH_UNIT_MM);
    }
  }
  return {
    sequence,
    deviceTimeMs: 1000 + sequence * FRAME_INTERVAL_MS,
    colour: { widthPx, heightPx, rgb: new Uint8Array(widthPx * heightPx * 3) },
    depth: { widthPx, heightPx, unitMm: DEPTH_UNIT_MM, values },
    intrinsics: INTRINSICS,
  };
}

/** Where the mesh's points lie on the made-up face; mirrored pairs share y. Everything else sits at the oval's centre. */
const LANDMARKS: Readonly<Record<number, readonly [x: number, y: number]>> = {
  4: [0, 12],
  10: [0, -92],
  151: [0, -66],
  152: [0, 88],
  199: [0, 74],
  175: [0, 80],
  33: [-45, -30],
  133: [-18, -30],
  159: [-31, -35],
  145: [-31, -25],
  362: [18, -30],
  263: [45, -30],
  386: [31, -35],
  374: [31, -25],
  61: [-25, 44],
  291: [25, 44],
  234: [-68, -10],
  454: [68, -10],
  93: [-67, 8],
  323: [67, 8],
  132: [-65, 24],
  361: [65, 24],
  58: [-61, 42],
  288: [61, 42],
  172: [-53, 58],
  397: [53, 58],
  136: [-42, 72],
  365: [42, 72],
  108: [-14, -62],
  337: [14, -62],
  50: [-42, 6],
  280: [42, 6],
  117: [-40, -10],
  346: [40, -10],
  205: [-38, 22],
  425: [38, 22],
  187: [-44, 32],
  411: [44, 32],
  101: [-32, 0],
  330: [32, 0],
  36: [-27, 12],
  266: [27, 12],
};

/** The landmarks as a face finder would give them for this scene: on a photo just as on a head. */
export function faceOn(surface: Surface, options: SceneOptions = {}): FaceObservation {
  const { distanceMm = 500, landmarkScale = 1, centreXMm = 0 } = options;
  const { fxPx, fyPx, cxPx, cyPx } = INTRINSICS;
  const mesh = new Float32Array(MESH_POINT_COUNT * 3);
  const put = (index: number, x: number, y: number) => {
    const depth = surface(x, y);
    const z = distanceMm + (Number.isFinite(depth) ? depth : 60);
    mesh[index * 3] = cxPx + ((x + centreXMm) * fxPx) / z;
    mesh[index * 3 + 1] = cyPx + (y * fyPx) / z;
  };
  for (let index = 0; index < MESH_POINT_COUNT; index += 1) {
    const [x, y] = LANDMARKS[index] ?? [0, 0];
    put(index, x * landmarkScale, y * landmarkScale);
  }
  const xs = mesh.filter((_, i) => i % 3 === 0);
  const ys = mesh.filter((_, i) => i % 3 === 1);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  return { boxPx: { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y }, meshPoints: mesh };
}

/** What lights the scene: linear light that a white wall facing the camera at 1 m would return, by where it comes from. */
export type SceneLight = {
  /** From everywhere alike. */
  readonly room: LinearRgb;
  /** From the screen below the camera, when it is white, at the face's distance. */
  readonly screenGain: number;
  /** What the screen shows. */
  readonly screen: LinearRgb;
  /** False: the screen tints all places alike, as a filter over the picture would. */
  readonly shaped?: boolean;
};

const SKIN: LinearRgb = [0.42, 0.27, 0.2];
/** The 15.6 inch portrait screen under the camera, as 5 x 9 lamps. */
const LAMPS = Array.from({ length: 45 }, (_, i) => [((i % 5) - 2) * 38.8, 195 + (Math.floor(i / 5) - 4) * 38.3]);

/** A pixel of the face: where it is in the picture, its own colour's strength, and its share of the screen's light. */
type SkinPixel = { readonly at: number; readonly own: number; readonly share: number };
const SKIN_PIXELS = new WeakMap<Surface, Map<string, SkinPixel[]>>();

function skinPixels(surface: Surface, { distanceMm = 500, centreXMm = 0 }: SceneOptions): SkinPixel[] {
  const known = SKIN_PIXELS.get(surface) ?? new Map<string, SkinPixel[]>();
  SKIN_PIXELS.set(surface, known);
  const key = `${distanceMm} ${centreXMm}`;
  const found = known.get(key);
  if (found) return found;
  const { widthPx, heightPx, fxPx, fyPx, cxPx, cyPx } = INTRINSICS;
  const reachX = (85 * fxPx) / distanceMm;
  const reachY = (110 * fyPx) / distanceMm;
  const reference = screenLight(0, 0, distanceMm, 0, 0);
  const pixels: SkinPixel[] = [];
  for (let v = Math.max(0, Math.round(cyPx - reachY)); v < Math.min(heightPx, cyPx + reachY); v += 1) {
    for (let u = Math.max(0, Math.round(cxPx - reachX)); u < Math.min(widthPx, cxPx + reachX); u += 1) {
      const x = ((u - cxPx) * distanceMm) / fxPx - centreXMm;
      const y = ((v - cyPx) * distanceMm) / fyPx;
      const z = surface(x, y);
      const slopeX = (surface(x + 1, y) - surface(x - 1, y)) / 2;
      const slopeY = (surface(x, y + 1) - surface(x, y - 1)) / 2;
      const share = screenLight(x + centreXMm, y, distanceMm + z, slopeX, slopeY) / reference;
      // Freckles and brows: the skin's own colour must cancel.
      const own = 0.8 + 0.2 * Math.sin(x / 9) * Math.cos(y / 7);
      if (Number.isFinite(share)) pixels.push({ at: (v * widthPx + u) * 3, own, share });
    }
  }
  known.set(key, pixels);
  return pixels;
}

/**
 * Colours a scene as a camera sees matt skin: Lambert's cosine and the inverse square law for the screen's light,
 * computed lamp by lamp. Only the middle of the picture, where the face is.
 */
export function lit(frame: Frame, surface: Surface, light: SceneLight, options: SceneOptions = {}): Frame {
  const { widthPx, heightPx } = INTRINSICS;
  const rgb = new Uint8Array(widthPx * heightPx * 3).fill(40);
  const random = generator((options.sequence ?? 0) + 77);
  for (const { at, own, share } of skinPixels(surface, options)) {
    const fromScreen = light.screenGain * (light.shaped === false ? 1 : share);
    for (let c = 0; c < 3; c += 1) {
      const linear = own * SKIN[c] * (light.room[c] + fromScreen * light.screen[c]) * (0.98 + 0.04 * random());
      rgb[at + c] = SRGB8_OF_LINEAR[Math.min(SRGB_STEPS, Math.round(linear * SRGB_STEPS))];
    }
  }
  return { ...frame, colour: { widthPx, heightPx, rgb } };
}

const SRGB_STEPS = 8192;
const SRGB8_OF_LINEAR = Uint8Array.from({ length: SRGB_STEPS + 1 }, (_, i) => toSrgb8([i / SRGB_STEPS, 0, 0])[0]);

function screenLight(x: number, y: number, z: number, slopeX: number, slopeY: number): number {
  const length = Math.hypot(slopeX, slopeY, 1);
  return LAMPS.reduce((sum, [lampX, lampY]) => {
    const [dx, dy] = [lampX - x, lampY - y];
    const squared = dx * dx + dy * dy + z * z;
    const cosine = (dx * slopeX + dy * slopeY + z) / length / Math.sqrt(squared);
    return sum + (Math.max(0, cosine) * z) / Math.sqrt(squared) / squared;
  }, 0);
}

export function generator(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function bell(x: number, y: number, widthMm: number, heightMm: number): number {
  return Math.exp(-((x / widthMm) ** 2) / 2 - (y / heightMm) ** 2 / 2);
}
