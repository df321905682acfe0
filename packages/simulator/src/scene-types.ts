/**
 * What can stand before the simulated camera. Scene space is right-handed, in millimetres: x to the right of the
 * image, y up, z towards the camera. A head's origin lies between the eyes' centres projected to mid-head depth; the
 * camera stands on the z axis and looks towards -z. Triangles wind counter-clockwise seen from outside.
 */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Linear-light reflectance (or emission) map; `rgb.length === widthPx * heightPx * 3`, values 0..1. */
export type LinearTexture = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Float32Array;
};

export type MaterialKind =
  | 'skin'
  | 'hair'
  | 'eye'
  | 'teeth'
  | 'glass'
  | 'solid'
  | 'cloth'
  | 'paper'
  | 'screen'
  | 'gloss';

export type Material = {
  readonly kind: MaterialKind;
  /** Linear reflectance; multiplied with the texture where there is one. */
  readonly albedo: Rgb;
  readonly texture?: LinearTexture;
  /** Light given off by the surface itself (a screen) times the texture; 1 is a panel at 250 cd/m2. */
  readonly emission?: number;
  /** Blinn-Phong highlight: strength 0..1 and exponent. */
  readonly specular?: number;
  readonly shininess?: number;
  /** Ribbons and cards are seen from both sides. */
  readonly twoSided?: boolean;
};

export type SceneMesh = {
  readonly name: string;
  readonly positionsMm: Float32Array;
  readonly normals: Float32Array;
  readonly indices: Uint32Array;
  /** Texture coordinates 0..1, v from the top; needed where the material has a texture. */
  readonly uv?: Float32Array;
  /** Baked ambient visibility 0..1 per vertex (darker in folds and under hair). */
  readonly ambient?: Float32Array;
  /** Linear reflectance per vertex, multiplied with the material's. */
  readonly vertexAlbedo?: Float32Array;
  /** Share 0..1 of the place that the surface covers, per vertex: fringes of hair, edges that fade. */
  readonly coverage?: Float32Array;
  /** A projector's light that falls on each vertex, red, green and blue, in cd/m2 of a white matt surface there. */
  readonly projected?: Float32Array;
  readonly material: Material;
};

/** Angles in degrees, expressions 0..1. Yaw turns the face to the image's right, pitch up, roll clockwise. */
export type Pose = {
  readonly yawDeg: number;
  readonly pitchDeg: number;
  readonly rollDeg: number;
  readonly smile: number;
  readonly blink: number;
  readonly mouthOpen: number;
  readonly browRaise: number;
  readonly gazeXDeg: number;
  readonly gazeYDeg: number;
  /** Where the head is, relative to the scene's origin. */
  readonly offsetMm: { readonly x: number; readonly y: number; readonly z: number };
};

export const NEUTRAL_POSE: Pose = {
  yawDeg: 0,
  pitchDeg: 0,
  rollDeg: 0,
  smile: 0,
  blink: 0,
  mouthOpen: 0,
  browRaise: 0,
  gazeXDeg: 0,
  gazeYDeg: 0,
  offsetMm: { x: 0, y: 0, z: 0 },
};

/** Something (a person, a person holding a print) that can take a pose and be rendered. */
export interface Subject {
  readonly id: string;
  /** What a stage shows to choose it by, in English. */
  readonly label: string;
  meshes(pose: Pose): SceneMesh[];
}
