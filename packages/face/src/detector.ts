import type { ColourImage } from '@smile/camera';
import { type Box, boxOverlap, type Point } from './geometry.ts';
import { loadPackagedModel } from './model-files.ts';
import { Network } from './session.ts';
import { type Letterbox, LetterboxResizer, type PixelFormat } from './warp.ts';

/** Six points of a face, in image pixels. Left and right are those of the image, as the viewer sees them. */
export type FaceKeypoints = {
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly noseTip: Point;
  readonly mouthCentre: Point;
  readonly leftEar: Point;
  readonly rightEar: Point;
};

/** A face found in an image. The box reaches from the brows to the chin and may leave the image at its edges. */
export type FaceDetection = {
  readonly box: Box;
  /** 0..1, the network's own confidence. */
  readonly score: number;
  readonly keypoints: FaceKeypoints;
};

export type DetectOptions = {
  /** Faces below this score are not reported (default 0.5). */
  readonly minScore?: number;
  /** At most this many faces, best first (default 8). */
  readonly maxFaces?: number;
  /** Look only at the image as it is, without the second look that finds faces filling the picture (default false). */
  readonly quick?: boolean;
};

export const DEFAULT_MIN_SCORE = 0.5;
const DEFAULT_MAX_FACES = 8;
const SIDE_PX = 256;
const VALUES_PER_ANCHOR = 16;
/** Boxes that share more than this are the same face. */
const SAME_FACE_OVERLAP = 0.3;
/** The network learnt faces with room around them: a face that fills its square is found once it is shown smaller. */
const FILLS = [1, 0.6, 0.35];

const PIXELS: PixelFormat = { channelOrder: 'rgb', meanRgb: [127.5, 127.5, 127.5], scale: 1 / 127.5 };

/** The outputs of the packaged graph, in the order of ANCHORS: 512 anchors, then 384; a logit and 16 values each. */
const OUTPUTS = {
  scores: ['Identity', 'Identity_1'],
  boxes: ['Identity_2', 'Identity_3'],
} as const;

/** Finds faces with BlazeFace (256 x 256, 896 anchors). */
export class FaceDetector {
  readonly #network: Network;
  readonly #resizer = new LetterboxResizer(SIDE_PX);
  readonly #planes = new Float32Array(3 * SIDE_PX * SIDE_PX);

  private constructor(network: Network) {
    this.#network = network;
  }

  static async load(cacheDir?: string): Promise<FaceDetector> {
    const outputs = [...OUTPUTS.scores, ...OUTPUTS.boxes];
    const { bytes } = await loadPackagedModel({ name: 'blazeface', outputs }, cacheDir);
    return new FaceDetector(await Network.load(bytes));
  }

  /** Faces by falling score. The image must have been checked. */
  async detect(image: ColourImage, options: DetectOptions = {}): Promise<FaceDetection[]> {
    const minScore = options.minScore ?? DEFAULT_MIN_SCORE;
    for (const fill of options.quick ? FILLS.slice(0, 1) : FILLS) {
      const letterbox = this.#resizer.resize(image, fill, PIXELS, this.#planes);
      const outputs = await this.#network.run(this.#planes, [1, 3, SIDE_PX, SIDE_PX]);
      const candidates = OUTPUTS.scores.flatMap((scores, level) =>
        decodeAnchors(outputs[scores], outputs[OUTPUTS.boxes[level]], ANCHORS[level], minScore, letterbox),
      );
      const faces = mergeOverlapping(candidates).slice(0, options.maxFaces ?? DEFAULT_MAX_FACES);
      if (faces.length > 0) return faces;
    }
    return [];
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}

/** Centres of the anchors in the network's pixels: two on each cell of a 16 px grid, then six on a 32 px grid. */
const ANCHORS: readonly Float32Array[] = [anchorCentres(16, 2), anchorCentres(32, 6)];

export function anchorCentres(stridePx: number, perCell: number): Float32Array {
  const cells = SIDE_PX / stridePx;
  const centres = new Float32Array(cells * cells * perCell * 2);
  let at = 0;
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      for (let copy = 0; copy < perCell; copy++) {
        centres[at++] = (column + 0.5) * stridePx;
        centres[at++] = (row + 0.5) * stridePx;
      }
    }
  }
  return centres;
}

function decodeAnchors(
  logits: Float32Array,
  values: Float32Array,
  centres: Float32Array,
  minScore: number,
  letterbox: Letterbox,
): FaceDetection[] {
  const minLogit = Math.log(minScore / (1 - minScore));
  const found: FaceDetection[] = [];
  for (let anchor = 0; anchor < logits.length; anchor++) {
    if (!(logits[anchor] >= minLogit)) continue;
    const from = anchor * VALUES_PER_ANCHOR;
    const pointAt = (offset: number): Point => ({
      xPx: (values[from + offset] + centres[anchor * 2] - letterbox.offsetXPx) / letterbox.scale,
      yPx: (values[from + offset + 1] + centres[anchor * 2 + 1] - letterbox.offsetYPx) / letterbox.scale,
    });
    const centre = pointAt(0);
    const widthPx = values[from + 2] / letterbox.scale;
    const heightPx = values[from + 3] / letterbox.scale;
    found.push({
      box: { xPx: centre.xPx - widthPx / 2, yPx: centre.yPx - heightPx / 2, widthPx, heightPx },
      score: 1 / (1 + Math.exp(-logits[anchor])),
      keypoints: {
        leftEye: pointAt(4),
        rightEye: pointAt(6),
        noseTip: pointAt(8),
        mouthCentre: pointAt(10),
        leftEar: pointAt(12),
        rightEar: pointAt(14),
      },
    });
  }
  return found;
}

/**
 * Non-maximum suppression in BlazeFace's own manner (Bazarevsky et al. 2019): instead of dropping the overlapping
 * candidates their boxes and points are averaged by score, which steadies them from frame to frame.
 */
export function mergeOverlapping(candidates: readonly FaceDetection[]): FaceDetection[] {
  let rest = [...candidates].sort((one, other) => other.score - one.score);
  const faces: FaceDetection[] = [];
  while (rest.length > 0) {
    const best = rest[0];
    const same = rest.filter((other) => other === best || boxOverlap(best.box, other.box) > SAME_FACE_OVERLAP);
    rest = rest.filter((other) => !same.includes(other));
    faces.push(average(same, best.score));
  }
  return faces;
}

function average(detections: readonly FaceDetection[], score: number): FaceDetection {
  const total = detections.reduce((sum, detection) => sum + detection.score, 0);
  const mean = (value: (detection: FaceDetection) => number) =>
    detections.reduce((sum, detection) => sum + value(detection) * detection.score, 0) / total;
  const point = (name: keyof FaceKeypoints): Point => ({
    xPx: mean((detection) => detection.keypoints[name].xPx),
    yPx: mean((detection) => detection.keypoints[name].yPx),
  });
  return {
    box: {
      xPx: mean(({ box }) => box.xPx),
      yPx: mean(({ box }) => box.yPx),
      widthPx: mean(({ box }) => box.widthPx),
      heightPx: mean(({ box }) => box.heightPx),
    },
    score,
    keypoints: {
      leftEye: point('leftEye'),
      rightEye: point('rightEye'),
      noseTip: point('noseTip'),
      mouthCentre: point('mouthCentre'),
      leftEar: point('leftEar'),
      rightEar: point('rightEar'),
    },
  };
}
