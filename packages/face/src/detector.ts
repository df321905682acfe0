import type { ColourImage } from '@smile/camera';
import {
  type Box,
  boxOverlap,
  type Point,
  type Similarity,
  similarityScale,
  squareAbout,
  transformPoint,
} from './geometry.ts';
import { loadPackagedModel, type PackagedModel } from './model-files.ts';
import type { InputSize } from './onnx/import-graph.ts';
import { Network } from './session.ts';
import { LetterboxResizer, type PixelFormat, warpToPlanes } from './warp.ts';

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
const FINE_CELL_PX = 16;
const COARSE_CELL_PX = 32;
const VALUES_PER_ANCHOR = 16;
/** Boxes that share more than this are the same face. */
const SAME_FACE_OVERLAP = 0.3;
/**
 * The network learnt faces with room around them. One that fills its square is missed, or found with its points pulled
 * inwards; on portraits the eyes were 10 % of their distance off at full size, 3.5 % at half.
 */
const FILLS = [1, 0.5, 0.3];
/** Faces larger than this share of the square, or less sure than this, are looked at again in a smaller fill. */
const LARGE_FACE_SHARE = 0.45;
const UNSURE_SCORE = 0.65;
/** Faces of the first look this much smaller than a large one are beyond doubt and too small for the later looks. */
const SMALL_TO_LARGE = 0.5;
/**
 * The second look: a smaller square in which the face's box measures 77 px, the size at which points are placed best. On
 * the development portraits and actors 64 to 100 px are alike and more is worse; the empty rest of the square can go.
 */
const REFINED_SIDE_PX = 160;
const REFINED_SHARE = 77 / REFINED_SIDE_PX;
const REFINED_MIN_SCORE = 0.3;

const PIXELS: PixelFormat = { channelOrder: 'rgb', meanRgb: [127.5, 127.5, 127.5], scale: 1 / 127.5 };

/** The outputs of the packaged graph, in the order of ANCHORS: 512 anchors, then 384; a logit and 16 values each. */
const OUTPUTS = {
  scores: ['Identity', 'Identity_1'],
  boxes: ['Identity_2', 'Identity_3'],
} as const;

export const BLAZEFACE: PackagedModel = { name: 'blazeface', outputs: [...OUTPUTS.scores, ...OUTPUTS.boxes] };

/** Finds faces with BlazeFace, which was trained on 256 x 256 pixels with 896 anchors. */
export class FaceDetector {
  readonly #cacheDir: string | undefined;
  /** For the second look. */
  readonly #close: AnchorNetwork;
  /** By size: there are 15 shapes of pictures at most, and a camera has one. */
  readonly #wide = new Map<string, AnchorNetwork>();
  readonly #resizer = new LetterboxResizer();

  private constructor(close: AnchorNetwork, cacheDir: string | undefined) {
    this.#close = close;
    this.#cacheDir = cacheDir;
  }

  static async load(cacheDir?: string): Promise<FaceDetector> {
    const square = { widthPx: REFINED_SIDE_PX, heightPx: REFINED_SIDE_PX };
    const detector = new FaceDetector(await AnchorNetwork.load(square, cacheDir), cacheDir);
    await detector.#networkFor({ widthPx: 640, heightPx: 480 });
    return detector;
  }

  /** Faces by falling score. The image must have been checked. */
  async detect(image: ColourImage, options: DetectOptions = {}): Promise<FaceDetection[]> {
    const minScore = options.minScore ?? DEFAULT_MIN_SCORE;
    const network = await this.#networkFor(image);
    let faces: FaceDetection[] = [];
    for (const fill of options.quick ? FILLS.slice(0, 1) : FILLS) {
      const { scale, offsetXPx, offsetYPx } = this.#resizer.resize(image, network.size, fill, PIXELS, network.planes);
      const toImage = { a: 1 / scale, b: 0, tx: -offsetXPx / scale, ty: -offsetYPx / scale };
      const found = mergeOverlapping(await network.candidates(minScore, toImage));
      const largePx = (LARGE_FACE_SHARE * SIDE_PX) / scale;
      if (found.length > 0) {
        // Small faces of an earlier, larger look stay unless this look has the same place covered.
        const kept = faces.filter((face) => !found.some((other) => overlaps(face.box, other.box)));
        faces = [...found, ...kept.filter(({ box }) => longerSide(box) < largePx * fill * SMALL_TO_LARGE)];
      }
      if (faces.length > 0 && faces.every(({ box, score }) => longerSide(box) < largePx && score >= UNSURE_SCORE))
        break;
    }
    faces.sort((one, other) => other.score - one.score);
    return faces.slice(0, options.maxFaces ?? DEFAULT_MAX_FACES);
  }

  /**
   * Looks at one face again, upright and at the size at which the network places points best, so that a face is aligned
   * the same however large it was in the picture. Answers the detection given when the second look finds no face
   * there. The image and the detection must have been checked.
   */
  async refine(image: ColourImage, detection: FaceDetection): Promise<FaceDetection> {
    const toImage = squareAbout(detection.box, rollOf(detection), REFINED_SIDE_PX, REFINED_SHARE);
    warpToPlanes(image, toImage, REFINED_SIDE_PX, PIXELS, this.#close.planes);
    const found = mergeOverlapping(await this.#close.candidates(REFINED_MIN_SCORE, toImage));
    return found.find(({ box }) => boxOverlap(box, detection.box) > SAME_FACE_OVERLAP) ?? detection;
  }

  async close(): Promise<void> {
    await Promise.all([this.#close, ...this.#wide.values()].map((network) => network.close()));
  }

  /** The network whose input has the image's shape, so that no time goes into black bars. */
  async #networkFor(image: InputSize): Promise<AnchorNetwork> {
    const size = canvasFor(image);
    const key = `${size.widthPx}x${size.heightPx}`;
    const known = this.#wide.get(key);
    if (known) return known;
    const network = await AnchorNetwork.load(size, this.#cacheDir);
    this.#wide.set(key, network);
    return network;
  }
}

/** 256 px on the longer side; the shorter one rounded up to whole cells of the coarser grid. */
export function canvasFor({ widthPx, heightPx }: InputSize): InputSize {
  const scale = SIDE_PX / Math.max(widthPx, heightPx);
  const cells = (lengthPx: number) =>
    Math.max(1, Math.ceil((lengthPx * scale) / COARSE_CELL_PX - 1e-6)) * COARSE_CELL_PX;
  return { widthPx: cells(widthPx), heightPx: cells(heightPx) };
}

/** BlazeFace for inputs of one size. */
class AnchorNetwork {
  /** To be filled before `candidates` is called. */
  readonly planes: Float32Array;
  readonly size: InputSize;
  readonly #network: Network;
  /** Two anchors on each cell of a 16 px grid, then six on a 32 px grid. */
  readonly #anchors: readonly Float32Array[];

  private constructor(size: InputSize, network: Network) {
    this.planes = new Float32Array(3 * size.widthPx * size.heightPx);
    this.size = size;
    this.#network = network;
    this.#anchors = [anchorCentres(size, FINE_CELL_PX, 2), anchorCentres(size, COARSE_CELL_PX, 6)];
  }

  static async load(size: InputSize, cacheDir?: string): Promise<AnchorNetwork> {
    const { bytes } = await loadPackagedModel({ ...BLAZEFACE, inputSize: size }, cacheDir);
    return new AnchorNetwork(size, await Network.load(bytes));
  }

  /** What the network sees in the planes; `toImage` takes its pixels to the image's. */
  async candidates(minScore: number, toImage: Similarity): Promise<FaceDetection[]> {
    const outputs = await this.#network.run(this.planes, [1, 3, this.size.heightPx, this.size.widthPx]);
    return OUTPUTS.scores.flatMap((scores, level) =>
      decodeAnchors(outputs[scores], outputs[OUTPUTS.boxes[level]], this.#anchors[level], minScore, toImage),
    );
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}

/** The centres of the anchors in the network's pixels, x and y in turn, row by row. */
export function anchorCentres(size: InputSize, cellPx: number, perCell: number): Float32Array {
  const rows = size.heightPx / cellPx;
  const columns = size.widthPx / cellPx;
  const centres = new Float32Array(rows * columns * perCell * 2);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let copy = 0; copy < perCell; copy++) {
        centres[at++] = (column + 0.5) * cellPx;
        centres[at++] = (row + 0.5) * cellPx;
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
  toImage: Similarity,
): FaceDetection[] {
  const minLogit = Math.log(minScore / (1 - minScore));
  const scale = similarityScale(toImage);
  const found: FaceDetection[] = [];
  for (let anchor = 0; anchor < logits.length; anchor++) {
    if (!(logits[anchor] >= minLogit)) continue;
    const from = anchor * VALUES_PER_ANCHOR;
    const pointAt = (offset: number): Point =>
      transformPoint(toImage, {
        xPx: values[from + offset] + centres[anchor * 2],
        yPx: values[from + offset + 1] + centres[anchor * 2 + 1],
      });
    const centre = pointAt(0);
    const widthPx = values[from + 2] * scale;
    const heightPx = values[from + 3] * scale;
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

/** How far the line of the eyes is turned from the horizontal, in radians, clockwise as seen. */
export function rollOf({ keypoints }: FaceDetection): number {
  const { leftEye, rightEye } = keypoints;
  return Math.atan2(rightEye.yPx - leftEye.yPx, rightEye.xPx - leftEye.xPx);
}

function longerSide(box: Box): number {
  return Math.max(box.widthPx, box.heightPx);
}

/** Whether one box has its centre in the other: also true for a part of a face that was taken for one. */
function overlaps(one: Box, other: Box): boolean {
  return holdsCentre(one, other) || holdsCentre(other, one);
}

function holdsCentre(outer: Box, inner: Box): boolean {
  const x = inner.xPx + inner.widthPx / 2 - outer.xPx;
  const y = inner.yPx + inner.heightPx / 2 - outer.yPx;
  return x > 0 && y > 0 && x < outer.widthPx && y < outer.heightPx;
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
