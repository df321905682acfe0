/**
 * Makes calibration/fusion.json: what each cue of a scan says for life, at each checkpoint, with its provenance.
 *
 *     npm run -s calibrate -w @smile/liveness -- [--people 60] [--attacks 8] [--injected 24] [--recorded DIR] [--cache DIR] [--out FILE]
 *
 * Captures are simulated from seeds that no evaluation uses (PERSON_SEEDS of the simulator), and read from DIR/live/*.s2pcap and
 * DIR/attack/*.s2pcap where a folder of recordings is given. --cache names a folder that keeps the
 * cues of every frame between runs, so that an interrupted run goes on and a new fit takes seconds; it is only valid
 * for one state of the frame cues and the simulator.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { CaptureReader, decodeFrame, encodeFrame, type Frame } from '@smile/camera';
import { FaceEngine } from '@smile/face';
import {
  ATTACK_SPECIES,
  type AttackKind,
  attackWith,
  bonaFide,
  type CaptureOptions,
  captureFrames,
  DEFAULT_SHUTTER,
  type InjectionKind,
  injectedFrames,
  isPresented,
  isReportingSeed,
  paintToStampMs,
  proceduralPerson,
  ROOM_LIGHTS,
} from '@smile/simulator';
import {
  FUSED_CUE_NAMES,
  FUSED_CUES,
  type FusedCueName,
  type FusionCalibration,
  thresholdNats,
} from '../src/evidence.ts';
import type { FaceObservation } from '../src/landmarks.ts';
import { LIGHT_CODES, lightChallenge } from '../src/light/challenge.ts';
import { LIGHT_PALETTE, type LinearRgb, REST_COLOUR } from '../src/light/palette.ts';
import { frameLight, idealSchedule, type LightSchedule, lightColour } from '../src/light/schedule.ts';
import { type Example, fitLogistic, type LogisticModel } from '../src/logistic.ts';
import { observeFrame } from '../src/observe.ts';
import { type ScanCues, scanCues, type UsableFrameCues } from '../src/scan-cues.ts';

/** People that no report is made on (those have seeds from `PERSON_SEEDS.reporting`); targets of attacks are others of them. */
const PEOPLE_FROM = 0;
const TARGETS_FROM = PEOPLE_FROM + 400;
const DONORS_FROM = PEOPLE_FROM + 800;
const MAX_PEOPLE = 400;
const CHECKPOINTS_MS = [350, 600, 900, 1_200];
/**
 * Shared by the checkpoints: instruments accepted; pictures in the wrong light accepted (whoever makes them has already
 * got past the frame chain, so more is left to it); and living people refused.
 */
const ERROR_BUDGET = { acceptInstrument: 0.01, acceptWrongLight: 0.05, refuseLive: 0.01 };
const FRAMES = 20;
const FRAMES_PER_SECOND = 15;
const RIDGE = 1;
const ROOT = new URL('../../..', import.meta.url).pathname;
/** Of a recording, the time of one scan. */
const MAX_RECORDING_MS = 1_400;
/** Fewer examples than this of either kind calibrate nothing. */
const MIN_EXAMPLES = 15;

/**
 * What each cue is calibrated against: the attacks that it can see. That a print answers the light as skin does is no
 * fault of the light code; shape and nose refuse it, and none of the cues is outvoted by another (see `decide`).
 */
const BLIND_TO: Readonly<Record<FusedCueName, (kind: string) => boolean>> = {
  // Shapes of real faces: what projects on them, or is put in before them, is for the light to find.
  nose: (kind) => !isPresented(kind) || kind === 'projected-face',
  context: (kind) => !isPresented(kind) || kind === 'projected-face',
  texture: (kind) => !isPresented(kind),
  expressionDepth: (kind) => !isPresented(kind) || kind === 'projected-face',
  lightCode: (kind) => kind !== 'old-challenge' && kind !== 'live-relay',
  lightShape: (kind) => kind !== 'tinted-session' && kind !== 'foreign-depth',
};

/** One trial as it stands in the cache. */
type Trial = {
  readonly id: string;
  readonly kind: string;
  readonly live: boolean;
  readonly cues: readonly UsableFrameCues[];
  readonly light: LightSchedule;
};
type MeasuredTrial = Pick<Trial, 'id' | 'kind' | 'live'> & {
  /** Null where the scan could not be measured by the checkpoint. */
  readonly checkpoints: readonly (ScanCues | null)[];
};

const { values: options } = parseArgs({
  options: {
    people: { type: 'string', default: '60' },
    attacks: { type: 'string', default: '8' },
    injected: { type: 'string', default: '24' },
    recorded: { type: 'string' },
    cache: { type: 'string' },
    out: { type: 'string', default: new URL('../calibration/fusion.json', import.meta.url).pathname },
  },
});
const people = wholeNumber(options.people, 'people', MAX_PEOPLE);
if (isReportingSeed(PEOPLE_FROM) || isReportingSeed(DONORS_FROM + MAX_PEOPLE))
  throw new Error('these people are for reports');
const attacks = wholeNumber(options.attacks, 'attacks', MAX_PEOPLE);
const injected = wholeNumber(options.injected, 'injected', MAX_PEOPLE);
const inScope = ATTACK_SPECIES.filter((species) => species.inScope).map(({ kind }) => kind as string);
/** Closed eyes are a living face's: a rule of their own, nothing to calibrate. */
const presented = inScope.filter((kind): kind is AttackKind => isPresented(kind) && kind !== 'eyes-closed');
/** The others need no capture of their own, or are for the frame chain to find. */
const INJECTED = ['tinted-session', 'foreign-depth'] as const satisfies readonly InjectionKind[];

type Seen = { readonly frame: Frame; readonly face: FaceObservation };
type Scan = {
  readonly seen: readonly Seen[];
  readonly cues: readonly UsableFrameCues[];
  readonly light: LightSchedule;
};

const startedAt = new Date();
if (options.cache) await mkdir(options.cache, { recursive: true });
const trials: MeasuredTrial[] = [];
const engine = await FaceEngine.create();
try {
  // In turn, so that a cache of an interrupted run is balanced.
  for (let i = 0; i < Math.max(people, attacks, injected); i += 1) {
    if (i < people) await livePerson(i);
    if (i < attacks) for (const kind of presented) await attack(kind, i);
    if (i < injected) for (const kind of INJECTED) await attack(kind, i);
  }
  if (options.recorded) await recordings(options.recorded);
} finally {
  await engine.close();
}

const calibration: FusionCalibration = {
  errorBudget: ERROR_BUDGET,
  checkpoints: CHECKPOINTS_MS.map((atMs, at) => ({
    atMs,
    acceptFromNats: round(thresholdNats(CHECKPOINTS_MS.length, ERROR_BUDGET.acceptInstrument)),
    lightFromNats: round(thresholdNats(CHECKPOINTS_MS.length, ERROR_BUDGET.acceptWrongLight)),
    refuseBelowNats: round(-thresholdNats(CHECKPOINTS_MS.length, ERROR_BUDGET.refuseLive)),
    cues: Object.fromEntries(FUSED_CUE_NAMES.map((name) => [name, modelOf(name, at)])) as Record<
      FusedCueName,
      LogisticModel | null
    >,
  })),
};
const counts: Record<string, number> = {};
for (const { kind } of trials) counts[kind] = (counts[kind] ?? 0) + 1;
await writeFile(
  options.out,
  `${JSON.stringify(
    {
      about:
        'What each cue of a scan says for life: log-likelihood ratios, natural logarithm, per checkpoint. SIMULATED captures unless provenance names recordings.',
      provenance: {
        command: `node packages/liveness/tools/calibrate.ts --people ${people} --attacks ${attacks} --injected ${injected}${options.recorded ? ' --recorded DIR' : ''}`,
        madeAt: startedAt.toISOString().slice(0, 10),
        seeds: {
          people: [PEOPLE_FROM, PEOPLE_FROM + people],
          targets: [TARGETS_FROM, TARGETS_FROM + Math.max(attacks, injected)],
        },
        simulator: simulatorVersion(),
        recordings: trials.some(({ id }) => id.startsWith('recorded')) ? 'a folder of recordings' : null,
        checkpointsMs: CHECKPOINTS_MS,
        ridge: RIDGE,
        trials: counts,
      },
      ...calibration,
    },
    null,
    2,
  )}\n`,
);
console.error(JSON.stringify(counts));

/** A person before the camera, and what an attacker does with such a capture in the wrong light. */
async function livePerson(number: number): Promise<void> {
  const ids = ['live', 'old-challenge', 'live-relay'].map((kind) => `${kind}/${number}`);
  if (await takeCached(ids)) return;
  const seed = PEOPLE_FROM + number;
  const draw = generator(seed);
  const { subject, capture } = bonaFide(seed);
  // Every person also in another room now and then.
  const scan = await perform(
    (options) => captureFrames({ ...options, subject }),
    seed,
    { ...situationOf(draw), ...capture },
    draw,
  );
  await keep(`live/${number}`, 'live', true, scan);
  const other = { ...scan.light, challenge: lightChallenge(otherCode(scan.light, draw)) };
  await keep(`old-challenge/${number}`, 'old-challenge', false, { ...scan, light: other });
  const early = { ...scan.light, latencyMs: scan.light.latencyMs - (80 + 70 * draw()) };
  await keep(`live-relay/${number}`, 'live-relay', false, { ...scan, light: early });
  console.error(`person ${number + 1} of ${people}`);
}

async function attack(kind: AttackKind | (typeof INJECTED)[number], number: number): Promise<void> {
  const id = `${kind}/${number}`;
  if (await takeCached([id])) return;
  const seed = TARGETS_FROM + number;
  const draw = generator(seed * 100 + inScope.indexOf(kind));
  const target = proceduralPerson(seed);
  const situation = situationOf(draw);
  const film = (options: FilmOptions): Iterable<Frame> => {
    if (isPresented(kind)) {
      const subject = attackWith(kind, target, { seed });
      return captureFrames({ ...options, ...subject.arrangement, subject });
    }
    const oldScreenColour = () => LIGHT_PALETTE[REST_COLOUR];
    return injectedFrames(kind, {
      ...options,
      subject: target,
      oldScreenColour,
      donor: proceduralPerson(DONORS_FROM + number),
    });
  };
  await keep(id, kind, false, await perform(film, seed, situation, draw));
  console.error(`${kind} ${number + 1}`);
}

type FilmOptions = Omit<CaptureOptions, 'subject' | 'screenColour'> & Required<Pick<CaptureOptions, 'screenColour'>>;

/** Recorded captures have no light code: they calibrate the other cues. */
async function recordings(dir: string): Promise<void> {
  for (const kind of ['live', 'attack'] as const) {
    const names = (await readdir(join(dir, kind)).catch(() => [])).filter((name) => name.endsWith('.s2pcap')).sort();
    for (const name of names) {
      const opened = await CaptureReader.open(join(dir, kind, name));
      if (!opened.ok) throw new Error(`${kind}/${name}: ${opened.message}`);
      const frames: Frame[] = [];
      try {
        for (let i = 0; i < opened.value.frameCount; i += 1) {
          const frame = await opened.value.frame(i);
          if (!frame.ok) throw new Error(`${kind}/${name}: ${frame.message}`);
          if (frames.length > 0 && frame.value.deviceTimeMs - frames[0].deviceTimeMs > MAX_RECORDING_MS) break;
          frames.push(frame.value);
        }
      } finally {
        await opened.value.close();
      }
      const seen = await faces(frames);
      const far = idealSchedule(lightChallenge(LIGHT_CODES[0]), 1e12);
      const id = `recorded/${kind}/${name}`;
      await keep(id, kind === 'live' ? 'live' : 'recorded-attack', kind === 'live', { ...observed(seen), light: far });
    }
  }
}

type Situation = Pick<
  CaptureOptions,
  'distanceMm' | 'light' | 'yawDeg' | 'pitchDeg' | 'rollDeg' | 'smiling' | 'offCentreMm'
>;

function situationOf(draw: () => number): Situation {
  const rooms = Object.keys(ROOM_LIGHTS) as (keyof typeof ROOM_LIGHTS)[];
  return {
    distanceMm: 420 + 330 * draw(),
    light: rooms[Math.floor(rooms.length * draw())],
    yawDeg: 16 * (draw() - 0.5),
    pitchDeg: 14 * (draw() - 0.5),
    rollDeg: 10 * (draw() - 0.5),
    smiling: draw() < 0.6,
    offCentreMm: 60 * (draw() - 0.5),
  };
}

async function perform(
  film: (options: FilmOptions) => Iterable<Frame>,
  seed: number,
  situation: Situation,
  draw: () => number,
): Promise<Scan> {
  const challenge = lightChallenge(LIGHT_CODES[Math.floor(LIGHT_CODES.length * draw())]);
  const startMs = 1_000;
  // The screen begins a little before or after the first frame.
  const told = idealSchedule(challenge, startMs - 150 + 200 * draw());
  const frames = film({
    seed,
    frames: FRAMES,
    framesPerSecond: FRAMES_PER_SECOND,
    posesPerSecond: FRAMES_PER_SECOND / 2,
    startMs,
    ...situation,
    screenColour: (elapsedMs) => shownAt(told, startMs + elapsedMs),
  });
  // The calibrated latency is good to a few milliseconds, and so are paints.
  const latencyMs = paintToStampMs(DEFAULT_SHUTTER) + 20 * (draw() - 0.5);
  const painted = (timeMs: number) => timeMs + 8 * (draw() - 0.5);
  const light = {
    ...told,
    slotStartsMs: told.slotStartsMs.map(painted),
    latencyMs,
    exposureMs: DEFAULT_SHUTTER.exposureMs,
  };
  return { ...observed(await faces(frames)), light };
}

function shownAt(schedule: LightSchedule, timeMs: number): LinearRgb {
  const light = frameLight(schedule, timeMs, 0);
  return light ? lightColour(light, schedule.challenge.slots) : LIGHT_PALETTE[REST_COLOUR];
}

async function faces(frames: Iterable<Frame>): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const taken of frames) {
    // As they arrive: what the wire's compression takes away is missing here too.
    const arrived = await decodeFrame(await encodeFrame(taken));
    if (!arrived.ok) throw new Error(arrived.message);
    const frame = arrived.value;
    const [first] = await engine.detect(frame.colour, { maxFaces: 1 });
    if (!first) continue;
    const mesh = await engine.mesh(frame.colour, first);
    const { xPx, yPx, widthPx, heightPx } = first.box;
    seen.push({
      frame,
      face: { boxPx: { x: xPx, y: yPx, width: widthPx, height: heightPx }, meshPoints: mesh.points },
    });
  }
  return seen;
}

function observed(seen: readonly Seen[]): Pick<Scan, 'seen' | 'cues'> {
  return { seen, cues: seen.map(({ frame, face }) => observeFrame(frame, face)).filter((cues) => cues.usable) };
}

async function keep(id: string, kind: string, live: boolean, { cues, light }: Pick<Scan, 'cues' | 'light'>) {
  const trial = { id, kind, live, cues, light };
  if (options.cache) await writeFile(cacheFile(options.cache, id), serialize(trial));
  take(trial);
}

/** False, and nothing taken, unless all are in the cache. */
async function takeCached(ids: readonly string[]): Promise<boolean> {
  const { cache } = options;
  if (!cache) return false;
  const files = await Promise.all(ids.map((id) => readFile(cacheFile(cache, id)).catch(() => null)));
  if (files.includes(null)) return false;
  for (const file of files) if (file) take(deserialize(file) as Trial);
  return true;
}

function cacheFile(dir: string, id: string): string {
  return join(dir, `${id.replaceAll('/', '-')}.bin`);
}

function take({ id, kind, live, cues, light }: Trial): void {
  const firstMs = cues[0]?.deviceTimeMs ?? 0;
  const checkpoints = CHECKPOINTS_MS.map((atMs) => {
    const untilMs = firstMs + atMs + 1;
    const frames = cues.filter(({ deviceTimeMs }) => deviceTimeMs <= untilMs);
    return frames.length < 3 ? null : scanCues(frames, knownBy(light, untilMs));
  });
  trials.push({ id, kind, live, checkpoints });
}

/** What a terminal would have reported of the screen by then. */
function knownBy(light: LightSchedule, timeMs: number): LightSchedule | null {
  if (light.leadStartMs > timeMs) return null;
  const slotStartsMs = light.slotStartsMs.filter((startMs) => startMs <= timeMs);
  return {
    ...light,
    slotStartsMs,
    codeEndMs: light.codeEndMs !== null && light.codeEndMs <= timeMs ? light.codeEndMs : null,
  };
}

function otherCode({ challenge }: LightSchedule, draw: () => number): (typeof LIGHT_CODES)[number] {
  for (;;) {
    const code = LIGHT_CODES[Math.floor(LIGHT_CODES.length * draw())];
    if (code.join() !== challenge.slots.join()) return code;
  }
}

function modelOf(name: FusedCueName, at: number): LogisticModel | null {
  const examples = trials.flatMap(({ kind, live, checkpoints }): Example[] => {
    const wanted = live || !BLIND_TO[name](kind);
    const scan = checkpoints[at];
    const features = scan && FUSED_CUES[name].features(scan);
    return wanted && features ? [{ features, live }] : [];
  });
  const liveCount = examples.filter(({ live }) => live).length;
  if (liveCount < MIN_EXAMPLES || examples.length - liveCount < MIN_EXAMPLES) return null;
  const model = fitLogistic(examples, Object.keys(examples[0].features), RIDGE);
  return {
    bias: round(model.bias),
    terms: model.terms.map(({ feature, mean, scale, weight }) => ({
      feature,
      mean: round(mean),
      scale: round(scale),
      weight: round(weight),
    })),
  };
}

/** The commit of the repository that the simulator was at. */
function simulatorVersion(): string {
  return execFileSync('git', ['log', '-1', '--format=%h %cs', '--', 'packages/simulator'], {
    encoding: 'utf8',
    cwd: ROOT,
  }).trim();
}

function generator(seed: number): () => number {
  let block = Buffer.alloc(0);
  let counter = 0;
  let at = 0;
  return () => {
    if (at + 4 > block.length) {
      block = createHash('sha256').update(`${seed}/${counter++}`).digest();
      at = 0;
    }
    at += 4;
    return block.readUInt32LE(at - 4) / 2 ** 32;
  };
}

function wholeNumber(text: string, name: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > most) throw new Error(`--${name} takes a whole number`);
  return value;
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
