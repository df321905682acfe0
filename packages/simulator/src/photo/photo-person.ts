import type { ColourImage } from '@smile/camera';
import { headTransform } from '../people/head-pose.ts';
import { clamp, smoothstep } from '../people/math.ts';
import { computeNormals, gridIndices, type Part } from '../people/mesh-tools.ts';
import type { Pose, Rgb, SceneMesh, Subject } from '../scene-types.ts';
import { buildBust } from './bust.ts';
import { faceMotion } from './face-motion.ts';
import { CHEEKS, EYE_CORNER_Z_MM, type FacePoints, facePoints } from './face-points.ts';
import { type HeightField, headHeightField, ovalRadius } from './height-field.ts';
import { type PhotoTexture, photoTexture } from './photo-texture.ts';

export type PhotoPersonOptions = {
  readonly image: ColourImage;
  /** 468 x, y (pixels of the image) and relative z (pixels, away from the camera), as a face mesh network gives them. */
  readonly meshPoints: Float32Array;
  /** Default: made from the mesh's numbers, so that the same photo is the same person. */
  readonly id?: string;
  readonly label?: string;
};

const MAX_PHOTO_PX = 4_096 * 4_096;
/** The photo is taken to show skin of about this luminance; very light or dark photos keep a part of their own. */
const TYPICAL_SKIN = 0.34;
const GARMENTS: readonly Rgb[] = [
  [0.04, 0.09, 0.15],
  [0.19, 0.03, 0.035],
  [0.05, 0.14, 0.09],
  [0.55, 0.47, 0.34],
  [0.03, 0.035, 0.04],
];
/** Of the photographed turn this much may stay; the rest is turned back towards the camera. */
const KEPT_YAW_DEG = 13;
const KEPT_PITCH_DEG = 12;
const DEGREE = Math.PI / 180;
/** Where the photo is taken to have been made from, measured from the middle of the head. */
const PHOTO_DISTANCE_MM = 720;
/** The head's texture ends here, fading over the band between. */
const FADE_FROM = 1.0;
const FADE_TO = 1.13;

/**
 * The person of a portrait photo, as a relief with the photo on it: 63 mm between the eyes, the face's depth from the
 * mesh, a plausible head, neck and shoulders around it. Takes poses like anybody; beyond about 20 degrees the photo is
 * seen to be a relief. Throws a RangeError for an image or mesh that is none.
 */
export function photoPerson(options: PhotoPersonOptions): Subject {
  const { image, meshPoints } = options;
  const { widthPx, heightPx, rgb } = image;
  if (!(widthPx >= 16 && heightPx >= 16) || widthPx * heightPx > MAX_PHOTO_PX) {
    throw new RangeError(`a photo of ${widthPx}x${heightPx} cannot be used`);
  }
  if (rgb.length !== widthPx * heightPx * 3) throw new RangeError('the photo has the wrong length');
  const points = facePoints(meshPoints);
  const mark = markOf(meshPoints);
  let built: Built | undefined;
  return {
    id: options.id ?? `photo-${mark.toString(36)}`,
    label: options.label ?? 'Photo',
    meshes(pose) {
      built ??= build(points, photoTexture(image, 0.35), mark);
      return posed(built, pose);
    },
  };
}

type Built = {
  readonly head: Part;
  readonly neck: Part;
  readonly garment: Part;
  readonly move: (xyz: Float32Array, pose: Pose) => void;
  /** Turns the photographed head towards the camera. */
  readonly straighten: (xyz: Float32Array) => void;
  /** The head as photographed: what `move` starts from. */
  readonly rest: Float32Array;
};

function build(points: FacePoints, photo: PhotoTexture, mark: number): Built {
  const field = headHeightField(points);
  const { rgb: skin, gain } = skinOf(points, photo);
  const { columns, rows } = field;
  const rest = new Float32Array(columns * rows * 3);
  const uv = new Float32Array(columns * rows * 2);
  const coverage = new Float32Array(columns * rows);
  const ambient = new Float32Array(columns * rows);
  for (let row = 0, i = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1, i += 1) {
      const x = field.leftMm + column * field.stepMm;
      const y = field.topMm - row * field.stepMm;
      rest.set([x, y, field.heightMm[i]], i * 3);
      uv.set(photo.toUv(...points.toPhoto(x, y)), i * 2);
      coverage[i] = coverageAt(field, x, y);
      ambient[i] = shadeAt(field, x, y);
    }
  }
  const indices = gridIndices({ rows, columns }).filter((_, k, all) => {
    const t = k - (k % 3);
    return coverage[all[t]] > 0 || coverage[all[t + 1]] > 0 || coverage[all[t + 2]] > 0;
  });
  const normals = new Float32Array(rest.length);
  computeNormals(rest, indices, normals);
  const bust = buildBust(skin, GARMENTS[mark % GARMENTS.length]);
  return {
    head: {
      name: 'photo-head',
      positionsMm: rest,
      normals,
      indices,
      uv,
      ambient,
      coverage,
      material: {
        kind: 'skin',
        albedo: [gain, gain, gain],
        texture: photo.texture,
        specular: 0.05,
        shininess: 14,
      },
    },
    ...bust,
    rest,
    move: faceMotion(points),
    straighten: straightener(points),
  };
}

function posed({ head, neck, garment, rest, move, straighten }: Built, pose: Pose): SceneMesh[] {
  const positions = rest.slice();
  move(positions, pose);
  straighten(positions);
  const normals = new Float32Array(positions.length);
  computeNormals(positions, head.indices, normals);
  const transform = headTransform(pose);
  widenForPerspective(positions);
  return [
    { ...head, ...transform.follow(positions, normals) },
    { ...neck, ...transform.follow(neck.positionsMm, neck.normals) },
    { ...garment, positionsMm: transform.body(garment.positionsMm) },
  ];
}

/** The colour of the cheeks, and the factor that brings the photo's light to reflectance. */
function skinOf(points: FacePoints, photo: PhotoTexture): { rgb: Rgb; gain: number } {
  const colours = CHEEKS.map((index) => photo.at(...points.toPhoto(points.mm[index * 3], points.mm[index * 3 + 1])));
  const median = (c: number) => colours.map((colour) => colour[c]).sort((a, b) => a - b)[colours.length >> 1];
  const [red, green, blue] = [median(0), median(1), median(2)];
  const luminance = Math.max(0.01, 0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const gain = clamp(Math.sqrt(TYPICAL_SKIN / luminance), 0.6, 2.2);
  const part = 0.85 * gain;
  return { rgb: [red * part, green * part, blue * part], gain };
}

function coverageAt({ outline }: HeightField, x: number, y: number): number {
  const head = smoothstep(FADE_TO, FADE_FROM, ovalRadius(outline, x, y));
  return y < outline.chinYMm ? head * smoothstep(outline.chinYMm - 9, outline.chinYMm - 3, y) : head;
}

/** The jaw keeps light from the neck. */
function shadeAt({ outline }: HeightField, x: number, y: number): number {
  if (ovalRadius(outline, x, y) < 1) return 1;
  return 1 - 0.45 * smoothstep(outline.chinYMm + 12, outline.chinYMm - 8, y);
}

/** Turns about the neck's joint by what is too much of the photographed yaw and pitch. */
function straightener({ yawDeg, pitchDeg }: FacePoints): (xyz: Float32Array) => void {
  const yaw = -(yawDeg - clamp(yawDeg, -KEPT_YAW_DEG, KEPT_YAW_DEG)) * DEGREE;
  const pitch = (pitchDeg - clamp(pitchDeg, -KEPT_PITCH_DEG, KEPT_PITCH_DEG)) * DEGREE;
  if (yaw === 0 && pitch === 0) return () => undefined;
  const [cosYaw, sinYaw] = [Math.cos(yaw), Math.sin(yaw)];
  const [cosPitch, sinPitch] = [Math.cos(pitch), Math.sin(pitch)];
  return (xyz) => {
    for (let i = 0; i < xyz.length; i += 3) {
      const [x, y, z] = [xyz[i], xyz[i + 1], xyz[i + 2]];
      const turnedX = cosYaw * x + sinYaw * z;
      const turnedZ = -sinYaw * x + cosYaw * z;
      xyz[i] = turnedX;
      xyz[i + 1] = cosPitch * y - sinPitch * turnedZ;
      xyz[i + 2] = sinPitch * y + cosPitch * turnedZ;
    }
  };
}

/**
 * The mesh knows a face as the photo shows it, from where everything has nearly one scale. Seen from arm's length noses
 * grow and ears shrink, which the photo has in it already: places further back are made wider by as much.
 */
function widenForPerspective(xyz: Float32Array): void {
  for (let i = 0; i < xyz.length; i += 3) {
    const scale = (PHOTO_DISTANCE_MM - xyz[i + 2]) / (PHOTO_DISTANCE_MM - EYE_CORNER_Z_MM);
    xyz[i] *= scale;
    xyz[i + 1] *= scale;
  }
}

/** A number made of a mesh: the same photo has the same. */
function markOf(meshPoints: Float32Array): number {
  let hash = 0x811c9dc5;
  for (const value of meshPoints) hash = Math.imul(hash ^ Math.round(value * 16), 0x01000193) >>> 0;
  return hash;
}
