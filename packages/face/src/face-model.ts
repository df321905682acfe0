import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type AlignmentTemplate, ARCFACE_TEMPLATE } from './align.ts';
import { loadPackagedMean, MODEL_VERSION } from './cohort.ts';
import { type EmbedderSpec, FACERES } from './embedder.ts';
import { loadPackagedModel } from './model-files.ts';
import { centre } from './similarity.ts';
import { OPERATING_POINTS, type OperatingPoint, pointFor } from './thresholds.ts';

/** An embedder with all that makes its numbers mean something. */
export type FaceModel = {
  /** Names network, feed and cohort mean: embeddings of two versions never compare. */
  readonly modelVersion: string;
  readonly dimension: number;
  readonly spec: EmbedderSpec;
  readonly licence: string;
  /** Null where embeddings are only normalised. */
  readonly cohortMean: Float32Array | null;
  /** Rising thresholds; empty while nobody has measured this model. */
  readonly operatingPoints: readonly OperatingPoint[];
  /** ONNX. */
  loadNetwork(cacheDir?: string): Promise<Uint8Array>;
};

/** The operating point of this model for a false match rate; throws RangeError as `operatingPoint` does. */
export function operatingPointOf(model: FaceModel, fmr: number): OperatingPoint {
  return pointFor(model.operatingPoints, fmr);
}

/** Normalises and centres a raw embedding (or a sum) as this model wants it. */
export function finishWith(model: FaceModel, raw: Float32Array): Float32Array {
  return centre(raw, model.cohortMean);
}

/** The packaged model, or an operator's own by its manifest (docs/faces.md). Throws with a plain message when that cannot be used. */
export async function loadFaceModel(manifestPath?: string): Promise<FaceModel> {
  return manifestPath === undefined ? packagedModel() : modelOfManifest(manifestPath);
}

async function packagedModel(): Promise<FaceModel> {
  const { cohortMean, modelSha256 } = await loadPackagedMean();
  return {
    modelVersion: MODEL_VERSION,
    dimension: FACERES.dimension,
    spec: FACERES,
    licence: 'MIT',
    cohortMean,
    operatingPoints: OPERATING_POINTS,
    async loadNetwork(cacheDir) {
      const wanted = { name: FACERES.modelName, outputs: [FACERES.output] };
      const { bytes, sourceSha256 } = await loadPackagedModel(wanted, cacheDir);
      if (sourceSha256 !== modelSha256) {
        throw new Error(
          'the cohort mean belongs to other weights than those installed: run fit-cohort (packages/face/tools)',
        );
      }
      return bytes;
    },
  };
}

const FileName = z.string().regex(/^[\w][\w.-]*$/, 'a file beside the manifest, without a path');
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Triple = z.tuple([z.number(), z.number(), z.number()]);
const Place = z.tuple([z.number(), z.number()]);

/** Files lie beside the manifest. Pixels become (byte - mean) / std, in planes of `channelOrder`; means and stds are red, green, blue. */
export const ModelManifestSchema = z.strictObject({
  format: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,39}$/),
  file: FileName,
  sha256: Sha256,
  licence: z.string().min(1),
  source: z.string().min(1),
  input: z.strictObject({
    sidePx: z.int().min(32).max(512),
    channelOrder: z.enum(['rgb', 'bgr']),
    mean: Triple,
    std: Triple.refine((std) => std.every((value) => value > 0), 'standard deviations are above 0'),
  }),
  alignment: z
    .strictObject({
      template: z
        .union([
          z.literal('arcface-112'),
          z.strictObject({
            sidePx: z.number().positive(),
            leftEye: Place,
            rightEye: Place,
            noseTip: Place,
            mouthCentre: Place,
          }),
        ])
        .default('arcface-112'),
      zoom: z.number().min(0.3).max(2).default(1),
    })
    .prefault({}),
  /** The mean luma a face is brought to first; null leaves the light as it is. */
  evenLuma: z.number().min(30).max(220).nullable().default(null),
  /** Whether the mirrored crop is embedded too and summed. */
  flip: z.boolean(),
  output: z.strictObject({ name: z.string().min(1), dimension: z.int().min(16).max(4096) }),
  cohortMean: z.strictObject({ file: FileName, sha256: Sha256 }).nullable().default(null),
  /** As record-thresholds writes it, for exactly this model; without it the model can be measured, but not pay. */
  thresholds: FileName.optional(),
});
export type ModelManifest = z.infer<typeof ModelManifestSchema>;

const ThresholdsSchema = z.object({
  modelVersion: z.string(),
  points: z.array(
    z.object({
      fmr: z.number().gt(0).lt(1),
      threshold: z.number().gt(-1).lt(1),
      fnmr: z.number(),
      low95: z.number(),
      high95: z.number(),
      fmrLow95: z.number(),
      fmrHigh95: z.number(),
      data: z.string(),
      people: z.number(),
      genuinePairs: z.number(),
      impostorPairs: z.number(),
      measuredOn: z.string(),
    }),
  ),
});

async function modelOfManifest(path: string): Promise<FaceModel> {
  const manifest = parse(ModelManifestSchema, await readText(path), path);
  const folder = dirname(path);
  const spec = specOf(manifest);
  // Whatever changes the numbers changes the version: a manifest that was edited does not compare with its own past.
  const { modelName: _, ...feed } = spec;
  const feedHash = createHash('sha256').update(JSON.stringify(feed)).digest('hex').slice(0, 8);
  const cohort = manifest.cohortMean ? `-cohort${manifest.cohortMean.sha256.slice(0, 8)}` : '';
  const modelVersion = `${manifest.name}-${manifest.sha256.slice(0, 8)}-feed${feedHash}${cohort}`;
  return {
    modelVersion,
    dimension: spec.dimension,
    spec,
    licence: manifest.licence,
    cohortMean: manifest.cohortMean && (await readMean(folder, manifest.cohortMean, spec.dimension)),
    operatingPoints: manifest.thresholds ? await readPoints(join(folder, manifest.thresholds), modelVersion) : [],
    loadNetwork: () => readChecked(join(folder, manifest.file), manifest.sha256),
  };
}

function specOf({ name, input, alignment, evenLuma, flip, output }: ModelManifest): EmbedderSpec {
  const { zoom, template } = alignment;
  const [first] = input.std;
  return {
    modelName: name,
    sidePx: input.sidePx,
    dimension: output.dimension,
    template: template === 'arcface-112' ? ARCFACE_TEMPLATE : templateOf(template),
    looks: flip
      ? [
          { zoom, mirrored: false },
          { zoom, mirrored: true },
        ]
      : [{ zoom, mirrored: false }],
    pixels: { channelOrder: input.channelOrder, meanRgb: input.mean, scale: 1 / first },
    gainRgb: input.std.every((value) => value === first) ? null : [1, first / input.std[1], first / input.std[2]],
    evenLuma,
    output: output.name,
  };
}

function templateOf(given: Exclude<ModelManifest['alignment']['template'], string>): AlignmentTemplate {
  const point = ([xPx, yPx]: readonly [number, number]) => ({ xPx, yPx });
  return {
    sidePx: given.sidePx,
    leftEye: point(given.leftEye),
    rightEye: point(given.rightEye),
    noseTip: point(given.noseTip),
    mouthCentre: point(given.mouthCentre),
  };
}

async function readPoints(path: string, modelVersion: string): Promise<OperatingPoint[]> {
  const record = parse(ThresholdsSchema, await readText(path), path);
  if (record.modelVersion !== modelVersion) {
    throw new Error(`${path}: the thresholds were measured with ${record.modelVersion}, this model is ${modelVersion}`);
  }
  return record.points.toSorted((one, other) => other.fmr - one.fmr);
}

async function readMean(
  folder: string,
  { file, sha256 }: { readonly file: string; readonly sha256: string },
  dimension: number,
): Promise<Float32Array> {
  const bytes = await readChecked(join(folder, file), sha256);
  if (bytes.byteLength !== dimension * 4) throw new Error(`${file}: a mean of ${dimension} float32 was expected`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: dimension }, (_, index) => view.getFloat32(index * 4, true));
}

async function readChecked(path: string, sha256: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch(() => {
    throw new Error(`${path} cannot be read`);
  });
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw new Error(`${path} does not have the SHA-256 that its manifest names`);
  }
  return bytes;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => {
    throw new Error(`${path} cannot be read`);
  });
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string, path: string): z.infer<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
