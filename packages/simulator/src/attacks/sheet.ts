import type { Vec3 } from '../people/math.ts';
import { gridSurface } from '../people/mesh-tools.ts';
import { sample } from '../photo/photo-texture.ts';
import type { LinearTexture, Material, Pose, Rgb, SceneMesh } from '../scene-types.ts';
import type { Portrait } from './portrait.ts';
import { FLAT, type Surface } from './surfaces.ts';

/** A flat thing with a picture on it; its own axes have their origin where the picture's eyes are. */
export type SheetSize = {
  readonly widthMm: number;
  readonly heightMm: number;
  /** From the sheet's middle up to the eyes. */
  readonly eyesAboveMiddleMm: number;
};

/** As fine as the camera sees at arm's length, and a little finer. */
const TEXTURE_PX_PER_MM = 1.6;

/** Lays a portrait on a sheet so that its eyes come to the origin; `scale` 1 is life size. */
export function layOut(portrait: Portrait, size: SheetSize, scale: number, blank: Rgb): LinearTexture {
  const widthPx = Math.round(size.widthMm * TEXTURE_PX_PER_MM);
  const heightPx = Math.round(size.heightMm * TEXTURE_PX_PER_MM);
  const rgb = new Float32Array(widthPx * heightPx * 3);
  const { picture, eyesPx } = portrait;
  const pxPerTexel = 1 / (TEXTURE_PX_PER_MM * portrait.mmPerPx * scale);
  const eyesY = heightPx / 2 - size.eyesAboveMiddleMm * TEXTURE_PX_PER_MM;
  for (let y = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1) {
      const fromX = eyesPx.x + (x + 0.5 - widthPx / 2) * pxPerTexel;
      const fromY = eyesPx.y + (y + 0.5 - eyesY) * pxPerTexel;
      const inside =
        fromX >= -0.5 && fromY >= -0.5 && fromX <= picture.widthPx - 0.5 && fromY <= picture.heightPx - 0.5;
      rgb.set(inside ? sample(picture, fromX, fromY) : blank, (y * widthPx + x) * 3);
    }
  }
  return { widthPx, heightPx, rgb };
}

export type PrintQuality = {
  /** Reflectance of the darkest ink and of bare paper. */
  readonly black: number;
  readonly white: number;
  readonly saturation: number;
  /** Factor on each channel: papers and inks have a tinge. */
  readonly tinge: Rgb;
};

export const GOOD_PRINT: PrintQuality = { black: 0.03, white: 0.82, saturation: 0.88, tinge: [1, 1, 1] };

/** What ink and paper make of a picture: no black is black, no white is white, and colours are weaker. */
export function printed(picture: LinearTexture, quality: PrintQuality = GOOD_PRINT): LinearTexture {
  const { black, white, saturation, tinge } = quality;
  const rgb = new Float32Array(picture.rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const grey = 0.2126 * picture.rgb[i] + 0.7152 * picture.rgb[i + 1] + 0.0722 * picture.rgb[i + 2];
    for (let c = 0; c < 3; c += 1) {
      const ink = grey + saturation * (picture.rgb[i + c] - grey);
      rgb[i + c] = Math.min(0.95, tinge[c] * (black + (white - black) * ink));
    }
  }
  return { ...picture, rgb };
}

/** Where sheets are held: as far ahead as a face would be. */
const HELD_AT_MM = 90;
const DEGREE = Math.PI / 180;

/** How a sheet lies in the scene: from its own axes (z towards the camera) to the scene's. */
export type Placement = (point: Vec3) => Vec3;

/** Tilts and moves a held thing as the pose says. */
export function placement({ yawDeg, pitchDeg, rollDeg, offsetMm }: Pose): Placement {
  const [cosYaw, sinYaw] = [Math.cos(yawDeg * DEGREE), Math.sin(yawDeg * DEGREE)];
  const [cosPitch, sinPitch] = [Math.cos(pitchDeg * DEGREE), Math.sin(pitchDeg * DEGREE)];
  const [cosRoll, sinRoll] = [Math.cos(-rollDeg * DEGREE), Math.sin(-rollDeg * DEGREE)];
  return ([x, y, z]) => {
    const nodY = cosPitch * y + sinPitch * z;
    const nodZ = -sinPitch * y + cosPitch * z;
    const turnX = cosYaw * x + sinYaw * nodZ;
    const turnZ = -sinYaw * x + cosYaw * nodZ;
    return [
      cosRoll * turnX - sinRoll * nodY + offsetMm.x,
      sinRoll * turnX + cosRoll * nodY + offsetMm.y,
      turnZ + offsetMm.z + HELD_AT_MM,
    ];
  };
}

export type SheetOptions = {
  readonly name: string;
  readonly size: SheetSize;
  readonly material: Material;
  readonly place: Placement;
  /** Flat unless given. */
  readonly surface?: Surface;
  /** Distance of the mesh's points on the paper. */
  readonly stepMm?: number;
  /** What is left of the paper after cutting: all of it unless given. In mm from the picture's eyes. */
  readonly keeps?: (x: number, y: number) => boolean;
  /** Lifts the sheet towards the camera. */
  readonly raisedMm?: number;
};

export function sheetMesh(options: SheetOptions): SceneMesh {
  const { name, size, material, place, surface = FLAT, stepMm = 9, keeps, raisedMm = 0 } = options;
  const grid = {
    columns: Math.max(2, Math.round(size.widthMm / stepMm) + 1),
    rows: Math.max(2, Math.round(size.heightMm / stepMm) + 1),
  };
  const onPaper = (down: number, along: number) =>
    [(along - 0.5) * size.widthMm, (0.5 - down) * size.heightMm - size.eyesAboveMiddleMm] as const;
  const made = gridSurface(grid, (down, along) => {
    const [x, y, z] = surface(...onPaper(down, along));
    return place([x, y, z + raisedMm]);
  });
  const { columns, rows } = grid;
  const uv = new Float32Array(rows * columns * 2);
  const kept = new Uint8Array(rows * columns).fill(1);
  for (let i = 0; i < rows * columns; i += 1) {
    const along = (i % columns) / (columns - 1);
    const down = Math.floor(i / columns) / (rows - 1);
    uv[i * 2] = along;
    uv[i * 2 + 1] = down;
    if (keeps && !keeps(...onPaper(down, along))) kept[i] = 0;
  }
  return { name, ...made, indices: keeps ? keptTriangles(made.indices, kept) : made.indices, uv, material };
}

/** The triangles whose corners are all there. */
export function keptTriangles(indices: Uint32Array, kept: Uint8Array): Uint32Array {
  return indices.filter((_, k) => {
    const t = k - (k % 3);
    return kept[indices[t]] && kept[indices[t + 1]] && kept[indices[t + 2]];
  });
}
