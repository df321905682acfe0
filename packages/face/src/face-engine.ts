import type { ColourImage } from '@smile/camera';
import type { Alignment } from './align.ts';
import { type DetectOptions, type FaceDetection, FaceDetector } from './detector.ts';
import { FaceEmbedder } from './embedder.ts';
import { EyeReader, type EyeReading } from './eye-reader.ts';
import { FaceError, imageFault } from './face-error.ts';
import { type FaceModel, finishWith, loadFaceModel } from './face-model.ts';
import { type FaceMesh, FaceMesher, MESH_POINTS } from './mesher.ts';
import { type FaceQuality, faceQuality, type QualityContext } from './quality.ts';

export type FaceEngineOptions = {
  /** Where imported models are kept; default `node_modules/.cache/smile-face`. */
  readonly cacheDir?: string;
  /** Of an embedder of one's own (ModelManifest); default the packaged one. */
  readonly manifestPath?: string;
};

/**
 * Finds faces, lays a mesh over them and embeds them. Inference blocks the thread it runs on, so an engine belongs in a
 * worker thread (or use FacePool). One engine serves one call at a time; further calls wait their turn, because the
 * buffers are reused. All results are fresh objects that belong to the caller, and the same picture gives the same
 * numbers every time.
 */
export class FaceEngine {
  readonly #detector: FaceDetector;
  readonly #mesher: FaceMesher;
  readonly #eyes: EyeReader;
  readonly #embedder: FaceEmbedder;
  readonly #model: FaceModel;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(
    detector: FaceDetector,
    mesher: FaceMesher,
    eyes: EyeReader,
    embedder: FaceEmbedder,
    model: FaceModel,
  ) {
    this.#detector = detector;
    this.#mesher = mesher;
    this.#eyes = eyes;
    this.#embedder = embedder;
    this.#model = model;
  }

  /** Loads the models: a few hundred milliseconds once they are cached. Throws when a file is missing or damaged. */
  static async create(options: FaceEngineOptions = {}): Promise<FaceEngine> {
    const detector = await FaceDetector.load(options.cacheDir);
    const mesher = await FaceMesher.load(options.cacheDir);
    const eyes = await EyeReader.load(options.cacheDir);
    const model = await loadFaceModel(options.manifestPath);
    const embedder = await FaceEmbedder.load(model.spec, await model.loadNetwork(options.cacheDir));
    return new FaceEngine(detector, mesher, eyes, embedder, model);
  }

  /** What its embeddings are to be stored under and compared by. */
  get modelVersion(): string {
    return this.#model.modelVersion;
  }

  /** Faces by falling score; none is an empty list. Throws FaceError `image_*` for an image that cannot be used. */
  detect(image: ColourImage, options?: DetectOptions): Promise<FaceDetection[]> {
    return this.#exclusive(() => {
      requireImage(image);
      return this.#detector.detect(image, options);
    });
  }

  /** Throws FaceError `image_*` or `detection_invalid`. */
  mesh(image: ColourImage, detection: FaceDetection): Promise<FaceMesh> {
    return this.#exclusive(() => {
      requireImage(image);
      requireDetection(image, detection);
      return this.#mesher.mesh(image, detection);
    });
  }

  /** How open the eyes of a face are and where their irises, by its mesh. Throws FaceError `image_*` or `detection_invalid`. */
  eyes(image: ColourImage, mesh: FaceMesh): Promise<EyeReading> {
    return this.#exclusive(() => {
      requireImage(image);
      if (mesh.points.length < 3 * MESH_POINTS || !mesh.points.every(Number.isFinite)) {
        throw new FaceError('detection_invalid', 'the mesh is not made of 468 points');
      }
      return this.#eyes.read(image, mesh);
    });
  }

  /** How fit the picture of this face is for comparing; see faceQuality. Costs no network. */
  quality(image: ColourImage, detection: FaceDetection, mesh: FaceMesh, context?: QualityContext): FaceQuality {
    requireImage(image);
    return faceQuality(image, detection, mesh, context);
  }

  /**
   * The face as numbers of length 1 (1,024 with the packaged model), to be compared by `similarity`. Throws FaceError `image_*` or
   * `detection_invalid`.
   */
  async embed(image: ColourImage, detection: FaceDetection): Promise<Float32Array> {
    return this.finishEmbedding(await this.embedRaw(image, detection));
  }

  /** As `embed`, before normalising and centring: for averaging several frames and for fitting a cohort mean. */
  embedRaw(image: ColourImage, detection: FaceDetection): Promise<Float32Array> {
    return this.#exclusive(async () => this.#embedder.embedRaw(image, await this.#align(image, detection)));
  }

  /** Centres a raw embedding (or a sum of them) into one that `similarity` compares. */
  finishEmbedding(raw: Float32Array): Float32Array {
    return finishWith(this.#model, raw);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last;
    await Promise.all([this.#detector.close(), this.#mesher.close(), this.#eyes.close(), this.#embedder.close()]);
  }

  async #align(image: ColourImage, detection: FaceDetection): Promise<Alignment[]> {
    requireImage(image);
    requireDetection(image, detection);
    const refined = await this.#detector.refine(image, detection);
    const alignments = this.#embedder.align(refined.keypoints);
    if (!alignments) throw new FaceError('detection_invalid', 'the keypoints of the detection coincide');
    return alignments;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new FaceError('engine_closed', 'the face engine is closed'));
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function requireImage(image: ColourImage): void {
  const fault = imageFault(image);
  if (fault) throw fault;
}

/** A face must have a size and lie at least partly in the image; anything else came from elsewhere. */
function requireDetection(image: ColourImage, { box, keypoints }: FaceDetection): void {
  const numbers = [
    box.xPx,
    box.yPx,
    box.widthPx,
    box.heightPx,
    ...Object.values(keypoints).flatMap(({ xPx, yPx }) => [xPx, yPx]),
  ];
  if (!numbers.every(Number.isFinite)) {
    throw new FaceError('detection_invalid', 'the detection holds values that are not numbers');
  }
  const inside =
    box.widthPx > 0 &&
    box.heightPx > 0 &&
    box.xPx < image.widthPx &&
    box.yPx < image.heightPx &&
    box.xPx + box.widthPx > 0 &&
    box.yPx + box.heightPx > 0;
  if (!inside) throw new FaceError('detection_invalid', 'the detection lies outside the image');
  if (Math.max(box.widthPx, box.heightPx) > 4 * Math.max(image.widthPx, image.heightPx)) {
    throw new FaceError('detection_invalid', 'the detection is larger than the image can hold');
  }
}
