/**
 * Our work on a face beside the same work in the Human library, in one run on the same pictures, taking turns.
 *
 * Human runs the same networks in TensorFlow.js on WebAssembly (SIMD, one thread), which is what it has to offer on a
 * server without native TensorFlow. Ours run in ONNX Runtime on one thread. Human's stages are differences of its own
 * `detect` with one stage more switched on; ours include what Human does not do: a second look at the face for the
 * alignment, and the mirrored crop beside the upright one.
 */
import { availableParallelism, cpus } from 'node:os';
import { type ColourImage, decodeFrame, encodeFrame, type Frame } from '@smile/camera';
import { type RunningHuman, startHuman } from '@smile/eval/human';
import { carryDetection, type FaceDetection, FaceEngine, type FaceMesh } from '@smile/face';
import { loadNetwork } from '@smile/face/testing';
import { LivenessSession } from '@smile/liveness';
import { captureFrames, proceduralPerson } from '@smile/simulator';
import type { Tensor } from '@vladmandic/human';

export type Timing = { readonly median: number; readonly p95: number };

export type FaceBenchReport = {
  /**
   * `frame` is decode, detect, mesh, eyes and liveness of a camera frame together: all that one frame may cost.
   * `carriedFrame` is one of those between (two of three in a scan at 15 frames/s), in which the face is carried along by its
   * mesh: without detect and eyes. Embedding happens on chosen frames only.
   */
  readonly stagesMs: Readonly<Record<(typeof STAGES)[number], Timing>>;
  /** CPU of the whole process for the same work: what a frame takes of a core, and less shaken by what else runs. */
  readonly cpuMs: Readonly<Record<'frame' | 'carriedFrame' | 'embed', Timing>>;
  readonly human: Readonly<Record<'detect' | 'mesh' | 'embed', Timing>>;
  /** Human's detect + mesh + embed to ours, by medians. */
  readonly speedup: number;
  /** The networks alone, on the same values. */
  readonly models: Readonly<Record<ModelName, { oursMs: Timing; humanMs: Timing; speedup: number }>>;
  readonly conditions: {
    readonly cpu: string;
    readonly cpus: number;
    readonly node: string;
    readonly pictures: number;
    readonly rounds: number;
    readonly pictureSize: string;
  };
};

const STAGES = ['decode', 'detect', 'mesh', 'eyes', 'liveness', 'embed', 'frame', 'carriedFrame'] as const;
const MODELS = ['blazeface', 'facemesh', 'faceres'] as const;
type ModelName = (typeof MODELS)[number];
type Networks = Readonly<Record<ModelName, Awaited<ReturnType<typeof loadNetwork>>>>;

const WIDTH_PX = 640;
const HEIGHT_PX = 480;
const PICTURES = 6;
const FIRST_PERSON = 60;
const DEFAULT_ROUNDS = 6;
const WARM_UP_ROUNDS = 2;

/** Needs no files: the people are made up, since who a picture shows does not change how long networks take. */
export async function runFaceBench(options: { rounds?: number } = {}): Promise<FaceBenchReport> {
  const rounds = options.rounds ?? DEFAULT_ROUNDS;
  const pictures = await takePictures();
  const engine = await FaceEngine.create();
  const networks = await loadNetworks();
  const human = await startHuman();
  try {
    const times = new Stopwatch();
    for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
      times.isRecording = round >= 0;
      console.error(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
      for (const picture of pictures) {
        await measureOurs(engine, picture, times);
        await measureHuman(human, picture.image, times);
      }
      await measureModels(networks, human, times);
    }
    return report(times, rounds);
  } finally {
    await engine.close();
    for (const network of Object.values(networks)) await network.close();
    human.close();
  }
}

type Picture = { readonly bytes: Uint8Array; readonly nextBytes: Uint8Array; readonly image: ColourImage };

/** Frames of different people at different distances, as they come over the wire, each with the one after it. */
async function takePictures(): Promise<Picture[]> {
  return Promise.all(
    Array.from({ length: PICTURES }, async (_, index) => {
      const subject = proceduralPerson(FIRST_PERSON + index);
      const capture = { frames: 2, framesPerSecond: 15, posesPerSecond: 15 };
      const [frame, next] = captureFrames({ subject, seed: index, distanceMm: 420 + 60 * index, ...capture });
      return { bytes: await encodeFrame(frame), nextBytes: await encodeFrame(next), image: frame.colour };
    }),
  );
}

async function measureOurs(engine: FaceEngine, { bytes, nextBytes }: Picture, times: Stopwatch): Promise<void> {
  const stopFrame = times.start('frame');
  const frame = await times.time('decode', () => decoded(bytes));
  const [face] = await times.time<FaceDetection[]>('detect', () => engine.detect(frame.colour));
  if (!face) throw new Error('our detector found no face in a simulated picture');
  const mesh = await times.time('mesh', () => engine.mesh(frame.colour, face));
  if (!(mesh.score > 0.5)) throw new Error('our mesh does not accept a simulated picture');
  await times.time('eyes', () => engine.eyes(frame.colour, mesh));
  await times.time('liveness', async () => takeCues(frame, face, mesh));
  stopFrame();
  const stopEmbed = times.start('embed');
  await engine.embed(frame.colour, face);
  stopEmbed();

  const stopNext = times.start('carriedFrame');
  const next = await decoded(nextBytes);
  const nextMesh = await engine.mesh(next.colour, face);
  const carried = carryDetection(face, mesh, nextMesh);
  if (!carried) throw new Error('the face cannot be carried along');
  takeCues(next, carried.detection, nextMesh);
  stopNext();
}

async function decoded(bytes: Uint8Array): Promise<Frame> {
  const result = await decodeFrame(bytes);
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

function takeCues(frame: Frame, { box }: FaceDetection, mesh: FaceMesh): void {
  const boxPx = { x: box.xPx, y: box.yPx, width: box.widthPx, height: box.heightPx };
  const cues = new LivenessSession().add(frame, { boxPx, meshPoints: mesh.points });
  if (!cues.usable) throw new Error(`liveness cannot use a simulated picture: ${cues.code}`);
}

/** Human's stages only show in its `detect`, so each is the time it adds to the stages before. */
async function measureHuman({ human }: RunningHuman, image: ColourImage, times: Stopwatch): Promise<void> {
  const { tf } = human;
  const input: Tensor = tf.tensor3d(image.rgb, [image.heightPx, image.widthPx, 3], 'int32');
  let before = 0;
  for (const stage of ['detect', 'mesh', 'embed'] as const) {
    const face = { mesh: { enabled: stage !== 'detect' }, description: { enabled: stage === 'embed' } };
    const start = performance.now();
    const result = await human.detect(input, { face });
    const tookMs = performance.now() - start;
    if (result.face.length === 0) throw new Error('Human found no face in a simulated picture');
    if (stage === 'mesh' && result.face[0].mesh.length < 468) throw new Error('Human laid no mesh');
    if (stage === 'embed' && result.face[0].embedding?.length !== 1024) throw new Error('Human made no embedding');
    times.add(`human.${stage}`, tookMs - before);
    before = tookMs;
  }
  tf.dispose(input);
}

async function measureModels(networks: Networks, { human }: RunningHuman, times: Stopwatch): Promise<void> {
  const { tf } = human;
  const graphs = human.models.models as unknown as Record<ModelName, { execute(input: Tensor): Tensor | Tensor[] }>;
  for (const name of MODELS) {
    const { sidePx, run } = networks[name];
    const values = Float32Array.from({ length: sidePx * sidePx * 3 }, (_, index) => Math.sin(index * 0.37));
    const input: Tensor = tf.tensor4d(values, [1, sidePx, sidePx, 3]);
    for (let repeat = 0; repeat < PICTURES; repeat++) {
      await times.time(`ours.${name}`, () => run(values));
      await times.time(`theirs.${name}`, async () => {
        const outputs = [graphs[name].execute(input)].flat();
        for (const output of outputs) await output.data();
        tf.dispose(outputs);
      });
    }
    tf.dispose(input);
  }
}

async function loadNetworks(): Promise<Networks> {
  return {
    blazeface: await loadNetwork('blazeface'),
    facemesh: await loadNetwork('facemesh'),
    faceres: await loadNetwork('faceres'),
  };
}

class Stopwatch {
  isRecording = true;
  readonly #times = new Map<string, number[]>();

  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.add(name, performance.now() - start);
    return result;
  }

  /** The clock and the CPU of the process, until the function that comes back is called. */
  start(name: string): () => void {
    const startMs = performance.now();
    const before = process.cpuUsage();
    return () => {
      const { user, system } = process.cpuUsage(before);
      this.add(name, performance.now() - startMs);
      this.add(`cpu.${name}`, (user + system) / 1_000);
    };
  }

  add(name: string, tookMs: number): void {
    if (!this.isRecording) return;
    const times = this.#times.get(name);
    if (times) times.push(tookMs);
    else this.#times.set(name, [tookMs]);
  }

  timing(name: string): Timing {
    const sorted = [...(this.#times.get(name) ?? [])].sort((one, other) => one - other);
    if (sorted.length === 0) throw new Error(`${name} was never measured`);
    const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
    return { median: at(0.5), p95: at(0.95) };
  }
}

function report(times: Stopwatch, rounds: number): FaceBenchReport {
  const stagesMs = Object.fromEntries(STAGES.map((name) => [name, times.timing(name)])) as FaceBenchReport['stagesMs'];
  const cpuMs = {
    frame: times.timing('cpu.frame'),
    carriedFrame: times.timing('cpu.carriedFrame'),
    embed: times.timing('cpu.embed'),
  };
  const human = {
    detect: times.timing('human.detect'),
    mesh: times.timing('human.mesh'),
    embed: times.timing('human.embed'),
  };
  const sum = (stages: { detect: Timing; mesh: Timing; embed: Timing }) =>
    stages.detect.median + stages.mesh.median + stages.embed.median;
  const model = (name: ModelName) => {
    const oursMs = times.timing(`ours.${name}`);
    const humanMs = times.timing(`theirs.${name}`);
    return { oursMs, humanMs, speedup: round(humanMs.median / oursMs.median) };
  };
  return {
    stagesMs,
    cpuMs,
    human,
    speedup: round(sum(human) / sum(stagesMs)),
    models: { blazeface: model('blazeface'), facemesh: model('facemesh'), faceres: model('faceres') },
    conditions: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cpus: availableParallelism(),
      node: process.version,
      pictures: PICTURES,
      rounds,
      pictureSize: `${WIDTH_PX}x${HEIGHT_PX}`,
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
