import type { Vec3 } from '../people/math.ts';
import { gridSurface } from '../people/mesh-tools.ts';
import { sample } from '../photo/photo-texture.ts';
import type { LinearTexture, Material, Pose, Rgb, SceneMesh } from '../scene-types.ts';
import type { Portrait } from './portrait.ts';

/** A flat thing with a picture on it; its own axes have their origin where the picture's eyes are. */
export type SheetSize = {
  readonly widthMm: number;
  readonly heightMm: number;
  /** From the sheet's middle up to the eyes. */
  readonly eyesAboveMiddleMm: number;
};

const TEXTURE_PX_PER_MM = 2.2;

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

/** What ink and paper make of a picture: no black is black, no white is white, and colours are weaker. */
export function printed(picture: LinearTexture): LinearTexture {
  const rgb = new Float32Array(picture.rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const [red, green, blue] = picture.rgb.subarray(i, i + 3);
    const grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    for (let c = 0; c < 3; c += 1) rgb[i + c] = 0.03 + 0.79 * (grey + 0.88 * (picture.rgb[i + c] - grey));
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
  /** Rolls the sheet about the vertical; infinite is flat. */
  readonly radiusMm?: number;
  /** Lifts the sheet towards the camera. */
  readonly raisedMm?: number;
};

export function sheetMesh({ name, size, material, place, radiusMm = Infinity, raisedMm = 0 }: SheetOptions): SceneMesh {
  const columns = Number.isFinite(radiusMm) ? 61 : 25;
  const rows = 31;
  const surface = gridSurface({ rows, columns }, (down, along) => {
    const x = (along - 0.5) * size.widthMm;
    const y = (0.5 - down) * size.heightMm - size.eyesAboveMiddleMm;
    if (!Number.isFinite(radiusMm)) return place([x, y, raisedMm]);
    return place([radiusMm * Math.sin(x / radiusMm), y, radiusMm * (Math.cos(x / radiusMm) - 1) + raisedMm]);
  });
  const uv = new Float32Array(rows * columns * 2);
  for (let i = 0; i < rows * columns; i += 1) {
    uv[i * 2] = (i % columns) / (columns - 1);
    uv[i * 2 + 1] = Math.floor(i / columns) / (rows - 1);
  }
  return { name, ...surface, uv, material };
}
