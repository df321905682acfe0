import type { ColourImage } from '@smile/camera';
import type { Alignment } from './align.ts';
import { loadPackagedModel } from './model-files.ts';
import { Network } from './session.ts';
import { type PixelFormat, warpToPlanes } from './warp.ts';

/** What a network needs to turn an aligned crop into numbers. Another embedder is another such record. */
export type EmbedderSpec = {
  readonly modelName: string;
  readonly sidePx: number;
  readonly dimension: number;
  /** Of the alignment template about the crop's centre. */
  readonly zoom: number;
  readonly pixels: PixelFormat;
  readonly output: string;
};

/**
 * The packaged default. It was trained on BGR pixels minus the mean face colour, undivided. The zoom is a broad optimum
 * of the development portraits and actors (0.7 to 1 tried): the network wants some hair and chin in view.
 */
export const FACERES: EmbedderSpec = {
  modelName: 'faceres',
  sidePx: 224,
  dimension: 1024,
  zoom: 0.85,
  pixels: { channelOrder: 'bgr', meanRgb: [131.0912, 103.8827, 91.4953], scale: 1 },
  output: 'global_pooling/Mean',
};

export class FaceEmbedder {
  readonly spec: EmbedderSpec;
  readonly sourceSha256: string;
  readonly #network: Network;
  readonly #planes: Float32Array;
  readonly #upright: Float32Array;
  readonly #mirrored: Float32Array;

  private constructor(spec: EmbedderSpec, network: Network, sourceSha256: string) {
    this.spec = spec;
    this.sourceSha256 = sourceSha256;
    this.#network = network;
    const values = 3 * spec.sidePx * spec.sidePx;
    this.#planes = new Float32Array(2 * values);
    this.#upright = this.#planes.subarray(0, values);
    this.#mirrored = this.#planes.subarray(values);
  }

  static async load(spec: EmbedderSpec, cacheDir?: string): Promise<FaceEmbedder> {
    const { bytes, sourceSha256 } = await loadPackagedModel({ name: spec.modelName, outputs: [spec.output] }, cacheDir);
    return new FaceEmbedder(spec, await Network.load(bytes), sourceSha256);
  }

  /**
   * The sum of the network's answers to the crop and to its mirror image, run as one batch: `dimension` values, neither
   * normalised nor centred. The mirror evens out the side the light comes from.
   */
  async embedRaw(image: ColourImage, alignment: Alignment): Promise<Float32Array> {
    const { sidePx, dimension, pixels, output } = this.spec;
    warpToPlanes(image, alignment.toImage, sidePx, pixels, this.#upright, this.#mirrored);
    const answers = (await this.#network.run(this.#planes, [2, 3, sidePx, sidePx]))[output];
    const sum = new Float32Array(dimension);
    for (let index = 0; index < dimension; index++) sum[index] = answers[index] + answers[dimension + index];
    return sum;
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}
