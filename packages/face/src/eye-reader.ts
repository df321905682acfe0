import type { ColourImage } from '@smile/camera';
import { type Point, type Similarity, similarityScale, squareAbout, transformPoint } from './geometry.ts';
import type { FaceMesh } from './mesher.ts';
import { loadPackagedModel, type PackagedModel } from './model-files.ts';
import { Network } from './session.ts';
import { type PixelFormat, warpToPlanes } from './warp.ts';

/**
 * What a closer look at the eyes shows. The ratios, how open each is: the distance between the lids over the width of the
 * eye, without a unit: 0.35 to 0.55 of open eyes, 0.25 to 0.31 of shut ones (a shut lid still has a line of lashes).
 * "Left" is the image's.
 */
export type EyeReading = {
  readonly leftRatio: number;
  readonly rightRatio: number;
  readonly leftIris: Iris | null;
  readonly rightIris: Iris | null;
};
/** The coloured ring about the pupil: its middle, and its diameter along the eye, which lids do not cover; pixels. */
export type Iris = { readonly centre: Point; readonly diameterPx: number };

const SIDE_PX = 64;
const EYE_VALUES = 3 * SIDE_PX * SIDE_PX;
/** The crop's side over the width of the eye, as the network was trained. */
const CROP_PER_EYE = 2.3;
const OUTPUT = 'Identity';
/** MediaPipe's iris model: 71 points about an eye, then 5 of the iris. It was trained on the eye at the image's right. */
export const IRIS: PackagedModel = { name: 'iris', outputs: [OUTPUT] };
const PIXELS: PixelFormat = { channelOrder: 'rgb', meanRgb: [0, 0, 0], scale: 1 / 255 };

/** Corners in the face mesh, outer and inner, inner and outer. */
const LEFT_CORNERS = [33, 133] as const;
const RIGHT_CORNERS = [362, 263] as const;
/** Of the eye's points: its corners, and pairs of upper and lower lid across its middle. */
const CORNERS = [0, 8] as const;
const LIDS = [
  [11, 5],
  [12, 4],
  [13, 3],
] as const;

/** The iris's points: its middle, and its ends along the eye. */
const IRIS_MIDDLE = 71;
const IRIS_ENDS = [72, 74] as const;

/** Looks at the eyes more closely than the face mesh does, whose lids hardly follow. */
export class EyeReader {
  readonly #network: Network;
  readonly #planes = new Float32Array(2 * EYE_VALUES);
  readonly #left = this.#planes.subarray(0, EYE_VALUES);
  readonly #right = this.#planes.subarray(EYE_VALUES);
  /** The left eye before it is mirrored into its place. */
  readonly #unmirrored = new Float32Array(EYE_VALUES);

  private constructor(network: Network) {
    this.#network = network;
  }

  static async load(cacheDir?: string): Promise<EyeReader> {
    const { bytes } = await loadPackagedModel(IRIS, cacheDir);
    return new EyeReader(await Network.load(bytes));
  }

  /** The image and the mesh must have been checked. NaN and null for an eye that the mesh has as a point. */
  async read(image: ColourImage, mesh: FaceMesh): Promise<EyeReading> {
    const left = cropAbout(mesh.points, LEFT_CORNERS);
    const right = cropAbout(mesh.points, RIGHT_CORNERS);
    if (left) warpToPlanes(image, left, SIDE_PX, PIXELS, this.#unmirrored, this.#left);
    if (right) warpToPlanes(image, right, SIDE_PX, PIXELS, this.#right);
    // Both at once: a fifth less time than one after the other.
    const points = (await this.#network.run(this.#planes, [2, 3, SIDE_PX, SIDE_PX]))[OUTPUT];
    const half = points.length / 2;
    const [leftEye, rightEye] = [points.subarray(0, half), points.subarray(half)];
    return {
      leftRatio: left ? lidsOverWidth(leftEye) : Number.NaN,
      rightRatio: right ? lidsOverWidth(rightEye) : Number.NaN,
      leftIris: left && irisOf(leftEye, left, true),
      rightIris: right && irisOf(rightEye, right, false),
    };
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}

/** From the crop's pixels to the image's; null when the corners coincide. */
function cropAbout(points: Float32Array, [one, other]: readonly [number, number]): Similarity | null {
  const dx = points[other * 3] - points[one * 3];
  const dy = points[other * 3 + 1] - points[one * 3 + 1];
  const widthPx = Math.hypot(dx, dy);
  if (!(widthPx > 0)) return null;
  const xPx = (points[one * 3] + points[other * 3] - widthPx) / 2;
  const yPx = (points[one * 3 + 1] + points[other * 3 + 1] - widthPx) / 2;
  const box = { xPx, yPx, widthPx, heightPx: widthPx };
  return squareAbout(box, Math.atan2(dy, dx), SIDE_PX, 1 / CROP_PER_EYE);
}

function lidsOverWidth(eye: Float32Array): number {
  return LIDS.reduce((sum, pair) => sum + apart(eye, pair), 0) / LIDS.length / apart(eye, CORNERS);
}

function apart(eye: Float32Array, [a, b]: readonly [number, number]): number {
  return Math.hypot(eye[a * 3] - eye[b * 3], eye[a * 3 + 1] - eye[b * 3 + 1]);
}

function irisOf(eye: Float32Array, crop: Similarity, mirrored: boolean): Iris {
  const x = eye[IRIS_MIDDLE * 3];
  const inCrop = { xPx: mirrored ? SIDE_PX - x : x, yPx: eye[IRIS_MIDDLE * 3 + 1] };
  return {
    centre: transformPoint(crop, inCrop),
    diameterPx: apart(eye, IRIS_ENDS) * similarityScale(crop),
  };
}
