import type { ColourImage } from '@smile/camera';
import { type Alignment, type AlignmentTemplate, ARCFACE_TEMPLATE, alignFace } from './align.ts';
import type { FaceKeypoints } from './detector.ts';
import { Network } from './session.ts';
import { mirrorPlanes, type PixelFormat, warpToPlanes } from './warp.ts';

/** One crop of the face. Several are embedded and summed, so that none decides alone. */
export type CropLook = {
  /** Of the alignment template about the crop's centre: below 1 shows more around the face. */
  readonly zoom: number;
  readonly mirrored: boolean;
};

/** What a network needs to turn a face into numbers. Another embedder is another such record (see ModelManifest). */
export type EmbedderSpec = {
  readonly modelName: string;
  readonly sidePx: number;
  readonly dimension: number;
  readonly template: AlignmentTemplate;
  readonly looks: readonly CropLook[];
  readonly pixels: PixelFormat;
  /** For networks whose channels are scaled differently: times `pixels.scale`, red, green, blue. Null is 1 for all. */
  readonly gainRgb: readonly [number, number, number] | null;
  /** The mean luma to which the face is brought before it is embedded, 0..255; null leaves the light as it is. */
  readonly evenLuma: number | null;
  readonly output: string;
};

/**
 * The packaged default. It was trained on BGR pixels minus the mean face colour, undivided; `evenLuma` is the luma of that
 * colour. One crop shows hair and chin and the other, mirrored, the face closer up: two views at the price of one with its
 * mirror image. Both were chosen among the usual means (docs/faces.md has the figures), not fitted.
 */
export const FACERES: EmbedderSpec = {
  modelName: 'faceres',
  sidePx: 224,
  dimension: 1024,
  template: ARCFACE_TEMPLATE,
  looks: [
    { zoom: 0.75, mirrored: false },
    { zoom: 0.95, mirrored: true },
  ],
  pixels: { channelOrder: 'bgr', meanRgb: [131.0912, 103.8827, 91.4953], scale: 1 },
  gainRgb: null,
  evenLuma: 110,
  output: 'global_pooling/Mean',
};

export class FaceEmbedder {
  readonly spec: EmbedderSpec;
  readonly #network: Network;
  readonly #takesBatch: boolean;
  /** Of all looks, one after the other. */
  readonly #planes: Float32Array;
  readonly #views: readonly Float32Array[];

  private constructor(spec: EmbedderSpec, network: Network, takesBatch: boolean) {
    this.spec = spec;
    this.#network = network;
    this.#takesBatch = takesBatch;
    const values = 3 * spec.sidePx * spec.sidePx;
    this.#planes = new Float32Array(spec.looks.length * values);
    this.#views = spec.looks.map((_, index) => this.#planes.subarray(index * values, (index + 1) * values));
  }

  /** Throws, with a plain message, for a network that does not do what the record says. */
  static async load(spec: EmbedderSpec, onnx: Uint8Array): Promise<FaceEmbedder> {
    const network = await Network.load(onnx);
    const { modelName, sidePx, dimension, looks, output } = spec;
    // Some networks are made for one picture at a time. What they answer is tried once, with nothing in the picture.
    for (const batch of looks.length > 1 ? [looks.length, 1] : [1]) {
      const blank = new Float32Array(batch * 3 * sidePx * sidePx);
      const answers = await network.run(blank, [batch, 3, sidePx, sidePx]).catch(() => null);
      if (!answers) continue;
      const length = answers[output]?.length;
      if (length !== batch * dimension) {
        const outputs = Object.entries(answers).map(([name, values]) => `${name} of ${values.length / batch}`);
        throw new Error(`${modelName} was to answer ${output} of ${dimension} numbers, but has ${outputs.join(', ')}`);
      }
      return new FaceEmbedder(spec, network, batch === looks.length);
    }
    throw new Error(`${modelName} does not take a picture of 3 x ${sidePx} x ${sidePx} (float32, NCHW)`);
  }

  /** Where the crops of a face lie in the image; null when the keypoints coincide. */
  align(keypoints: FaceKeypoints): Alignment[] | null {
    const { sidePx, template, looks } = this.spec;
    const alignments = looks.map(({ zoom }) => alignFace(keypoints, sidePx, zoom, template));
    return alignments.every((alignment) => alignment !== null) ? alignments : null;
  }

  /**
   * The sum of the network's answers to the crops, run as one batch: `dimension` values, neither normalised nor centred.
   * The mirrored ones even out the side the light comes from.
   */
  async embedRaw(image: ColourImage, alignments: readonly Alignment[]): Promise<Float32Array> {
    const { sidePx, dimension, pixels, gainRgb, output, looks, evenLuma } = this.spec;
    for (const [index, { mirrored }] of looks.entries()) {
      const { toImage } = alignments[index];
      warpToPlanes(image, toImage, sidePx, pixels, this.#views[index]);
      if (evenLuma !== null) evenOutLuma(this.#views[index], sidePx, pixels, evenLuma);
      if (gainRgb) scaleChannels(this.#views[index], pixels.channelOrder, gainRgb);
      if (mirrored) mirrorPlanes(this.#views[index], sidePx);
    }
    const sum = new Float32Array(dimension);
    for (const planes of this.#takesBatch ? [this.#planes] : this.#views) {
      const count = planes.length / (3 * sidePx * sidePx);
      const answers = (await this.#network.run(planes, [count, 3, sidePx, sidePx]))[output];
      for (let at = 0; at < answers.length; at++) sum[at % dimension] += answers[at];
    }
    return sum;
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}

/** Of the crop: where eyes, nose and mouth are, without hair and background. */
const FACE_PART = { left: 0.22, right: 0.78, top: 0.18, bottom: 0.85 };
/** Outside of this the luma says that there is hardly a picture: what is brought up would be noise. */
const DARKEST_LUMA = 12;
const BRIGHTEST_LUMA = 243;
/** Steps of the table: finer than what a byte holds. */
const STEPS_PER_LEVEL = 4;

/**
 * Brings the mean luma of the face to `wanted` by a power of all values (gamma), which keeps black black and white white.
 * The values are bytes in `format`.
 */
function evenOutLuma(planes: Float32Array, sidePx: number, format: PixelFormat, wanted: number): void {
  const area = sidePx * sidePx;
  const present = Math.min(BRIGHTEST_LUMA, Math.max(DARKEST_LUMA, meanLuma(planes, sidePx, format)));
  const power = Math.log(wanted / 255) / Math.log(present / 255);
  const means = meansInOrder(format);
  const steps = 255 * STEPS_PER_LEVEL;
  const levels = Float32Array.from({ length: steps + 1 }, (_, step) => 255 * (step / steps) ** power);
  const toStep = STEPS_PER_LEVEL / format.scale;
  for (let channel = 0; channel < 3; channel++) {
    const mean = means[channel];
    const table = levels.map((level) => (level - mean) * format.scale);
    const half = mean * STEPS_PER_LEVEL + 0.5;
    const end = (channel + 1) * area;
    // A blend of bytes lies between 0 and 255, so the table has a place for each.
    for (let at = channel * area; at < end; at++) planes[at] = table[(planes[at] * toStep + half) | 0];
  }
}

/** ITU-R BT.601 luma of the middle of the crop. */
function meanLuma(planes: Float32Array, sidePx: number, format: PixelFormat): number {
  const area = sidePx * sidePx;
  const [red, blue] = format.channelOrder === 'rgb' ? [0, 2 * area] : [2 * area, 0];
  const [first, last] = [Math.round(FACE_PART.left * sidePx), Math.round(FACE_PART.right * sidePx)];
  const [top, bottom] = [Math.round(FACE_PART.top * sidePx), Math.round(FACE_PART.bottom * sidePx)];
  let sum = 0;
  for (let row = top; row < bottom; row++) {
    for (let at = row * sidePx + first; at < row * sidePx + last; at++) {
      sum += 0.299 * planes[red + at] + 0.587 * planes[area + at] + 0.114 * planes[blue + at];
    }
  }
  const [meanRed, meanGreen, meanBlue] = format.meanRgb;
  const count = (bottom - top) * (last - first);
  return sum / count / format.scale + 0.299 * meanRed + 0.587 * meanGreen + 0.114 * meanBlue;
}

function scaleChannels(planes: Float32Array, order: PixelFormat['channelOrder'], gainRgb: readonly number[]): void {
  const area = planes.length / 3;
  const gains = order === 'rgb' ? gainRgb : gainRgb.toReversed();
  for (let at = 0; at < planes.length; at++) planes[at] *= gains[Math.floor(at / area)];
}

function meansInOrder({ channelOrder, meanRgb }: PixelFormat): readonly number[] {
  return channelOrder === 'rgb' ? meanRgb : meanRgb.toReversed();
}
