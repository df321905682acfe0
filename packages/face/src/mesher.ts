import type { ColourImage } from '@smile/camera';
import { type FaceDetection, rollOf } from './detector.ts';
import { type Similarity, similarityScale, squareAbout } from './geometry.ts';
import { loadPackagedModel, type PackagedModel } from './model-files.ts';
import { Network } from './session.ts';
import { type PixelFormat, warpToPlanes } from './warp.ts';

export const MESH_POINTS = 468;

/** The surface of a face: 468 points in the order of MediaPipe's face mesh. */
export type FaceMesh = {
  /**
   * x, y, z of each point. x and y are pixels of the image; z is relative depth in the same unit, growing away from the
   * camera, with no meaning of its own for the head as a whole.
   */
  readonly points: Float32Array;
  /** 0..1: how sure the network is that the crop shows a face. */
  readonly score: number;
};

const SIDE_PX = 192;
/** The box's longer side takes two thirds of the crop, as the network was trained. */
const FACE_SHARE = 1 / 1.5;
const OUTPUT_POINTS = 'Identity_2';
const OUTPUT_SCORE = 'Identity_1';
/** The contours it also has are left out, with the layers only they need. */
export const FACEMESH: PackagedModel = { name: 'facemesh', outputs: [OUTPUT_POINTS, OUTPUT_SCORE] };
const PIXELS: PixelFormat = { channelOrder: 'rgb', meanRgb: [0, 0, 0], scale: 1 / 255 };

/** Lays the 468-point mesh over a detected face. */
export class FaceMesher {
  readonly #network: Network;
  readonly #planes = new Float32Array(3 * SIDE_PX * SIDE_PX);

  private constructor(network: Network) {
    this.#network = network;
  }

  static async load(cacheDir?: string): Promise<FaceMesher> {
    const { bytes } = await loadPackagedModel(FACEMESH, cacheDir);
    return new FaceMesher(await Network.load(bytes));
  }

  /** The image and the detection must have been checked. */
  async mesh(image: ColourImage, detection: FaceDetection): Promise<FaceMesh> {
    const toImage = squareAbout(detection.box, rollOf(detection), SIDE_PX, FACE_SHARE);
    warpToPlanes(image, toImage, SIDE_PX, PIXELS, this.#planes);
    const outputs = await this.#network.run(this.#planes, [1, 3, SIDE_PX, SIDE_PX]);
    return { points: pointsInImage(outputs[OUTPUT_POINTS], toImage), score: outputs[OUTPUT_SCORE][0] };
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}

function pointsInImage(cropPoints: Float32Array, toImage: Similarity): Float32Array {
  const { a, b, tx, ty } = toImage;
  const scale = similarityScale(toImage);
  const points = new Float32Array(MESH_POINTS * 3);
  for (let index = 0; index < points.length; index += 3) {
    const x = cropPoints[index];
    const y = cropPoints[index + 1];
    points[index] = a * x - b * y + tx;
    points[index + 1] = b * x + a * y + ty;
    points[index + 2] = cropPoints[index + 2] * scale;
  }
  return points;
}
