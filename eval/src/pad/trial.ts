import { generateKeyPairSync } from 'node:crypto';
import {
  type ColourImage,
  decodeFrame,
  encodeColourJpeg,
  encodeFrame,
  type Frame,
  FrameSigner,
  FrameVerifier,
} from '@smile/camera';
import { type FaceEngine, operatingPoint } from '@smile/face';
import { type FaceFacts, NO_FACTS, ScanJudge, type ScanVerdict, sizeFits } from '@smile/server/scan-judge';
import {
  ATTACK_SPECIES,
  type AttackTarget,
  attackWith,
  bonaFide,
  type CaptureOptions,
  captureInTurn,
  injectedFrames,
  isPresented,
  photoPerson,
  portraitOfPhoto,
  proceduralPerson,
  type Subject,
} from '@smile/simulator';
import { challengeOf, coloursOf, knownBy, reportedSchedule } from './challenge.ts';

/** Species 0 is a genuine person. */
export const BONA_FIDE = 0;

export type TrialResult = {
  readonly species: number;
  /** Seed of the person shown. */
  readonly person: number;
  /**
   * `unsigned`: the frame chain refused it before anything was judged. A living face of another size than the one enrolled
   * is an `attack` for the reason `size_not_as_enrolled`: so it is when the payer is looked for.
   */
  readonly outcome: ScanVerdict['outcome'] | 'unsigned';
  readonly reason: string;
  readonly nats: number | null;
  readonly frames: number;
  /** Device time from the first frame to the one that decided. */
  readonly decisionMs: number;
  /** Of one core, for verifying, decoding and judging. */
  readonly cpuMs: number;
  readonly subgroups: readonly string[];
  /** A small JPEG of the picture and of its depth, where one was asked for. */
  readonly picture?: Uint8Array;
};

/** From an identity to whoever lends a head for foreign depth; both are the reporting side's own. */
export const DONOR_STRIDE = 10_000;

const FRAMES_PER_SECOND = 15;
/** The challenge is over after 1.4 s; no scan waits longer for a simulated guest. */
const FRAMES = 24;
const POSES_PER_SECOND = 4;
/** A tremor would be lost between poses that are rendered less often. */
const TREMOR_POSES_PER_SECOND = 15;
/**
 * The kiosk paints the rest colour when the guest taps, while the scan is asked for and the camera starts: so long before the
 * first frame. `bench -- light` measures it.
 */
const LEAD_BEFORE_MS = 120;
const START_MS = 1_000;
/** From the seed of a scan to that of the enrolment before it. */
const ENROLMENT_SEED = 500_000_000;
/** A terminal knows its latency this well. */
const CALIBRATION_ERROR_MS = 10;

type Identity = {
  readonly person: number;
  /** What instruments are made of. */
  readonly target: AttackTarget;
  readonly subject: Subject;
  readonly photo: Subject | null;
  readonly donor: Subject;
};

type Plan = {
  readonly frames: Iterable<Frame>;
  /** Whose account is to pay. */
  readonly payer: Subject;
  readonly subgroups?: readonly string[];
  /** Sent as recorded, with the links and signatures of the old scan. */
  readonly oldSignatures?: boolean;
};

/** Whom trials are about instead of made-up people: photos, by the number of the identity. */
export type PhotoSource = (
  person: number,
) => Promise<{ readonly image: ColourImage; readonly meshPoints: Float32Array }>;

/** Whether the camera holds exposure and white balance under the light challenge, or they follow it. */
export type CameraAutomatics = NonNullable<CaptureOptions['automatics']>;

/** Runs trials of one identity after another: genuine, and as the target of every species. */
export class TrialRunner {
  readonly #engine: FaceEngine;
  readonly #photos: PhotoSource | null;
  readonly #automatics: CameraAutomatics;
  readonly #device = generateKeyPairSync('ed25519');
  #identity: Identity | null = null;

  constructor(engine: FaceEngine, photos: PhotoSource | null = null, automatics: CameraAutomatics = 'held') {
    this.#engine = engine;
    this.#photos = photos;
    this.#automatics = automatics;
  }

  async run(species: number, person: number, withPicture: boolean): Promise<TrialResult> {
    const identity = await this.#identityOf(person);
    const plan = species === BONA_FIDE ? this.#genuine(identity) : this.#attack(species, identity);
    return this.#judge(species, person, plan, withPicture);
  }

  #genuine({ person, photo }: Identity): Plan {
    const varied = bonaFide(person);
    // A photo wears what it wears.
    if (photo) {
      const { tremor: _, ...capture } = varied.capture;
      const frames = captureInTurn({ ...this.#capture(person), ...capture, subject: photo });
      return { frames, payer: photo, subgroups: ['plain'] };
    }
    const { subject, subgroups, capture } = varied;
    const posesPerSecond = capture.tremor ? TREMOR_POSES_PER_SECOND : POSES_PER_SECOND;
    const frames = captureInTurn({ ...this.#capture(person), ...capture, posesPerSecond, subject });
    return { frames, payer: subject, subgroups };
  }

  #attack(id: number, { person, target, subject, donor }: Identity): Plan {
    const species = ATTACK_SPECIES.find((one) => one.id === id);
    if (!species) throw new RangeError(`there is no species ${id}`);
    const capture = this.#capture(person);
    const conditions = conditionsOf(person);
    if (isPresented(species.kind)) {
      const attack = attackWith(species.kind, target, { seed: person });
      const { distanceMm, light, motion } = attack.arrangement ?? {};
      return {
        payer: subject,
        frames: captureInTurn({
          ...capture,
          ...conditions,
          ...(distanceMm && { distanceMm }),
          ...(light && { light }),
          motion,
          subject: attack,
        }),
      };
    }
    return {
      payer: subject,
      frames: injectedFrames(species.kind, {
        ...capture,
        ...conditions,
        subject,
        donor,
        oldScreenColour: this.#shown(person, 'another scan'),
      }),
      oldSignatures: species.kind === 'exact-replay',
    };
  }

  async #identityOf(person: number): Promise<Identity> {
    if (this.#identity?.person === person) return this.#identity;
    this.#identity = await this.#newIdentity(person);
    return this.#identity;
  }

  async #newIdentity(person: number): Promise<Identity> {
    const donor = proceduralPerson(person + DONOR_STRIDE);
    const source = await this.#photos?.(person);
    if (source) {
      const photo = photoPerson(source);
      const portrait = portraitOfPhoto(source.image, source.meshPoints);
      const target = { portrait, id: photo.id, label: photo.label, subject: photo };
      return { person, target, subject: photo, photo, donor };
    }
    const subject = proceduralPerson(person);
    return { person, target: subject, subject, photo: null, donor };
  }

  /**
   * The size of the enrolled, measured on another day, at another distance and without light; nothing is known where that
   * gave no verdict.
   */
  async #enrol(subject: Subject, person: number): Promise<FaceFacts> {
    const scan = this.#newJudge();
    let verdict: ScanVerdict | null = null;
    const capture = {
      seed: person + ENROLMENT_SEED,
      frames: FRAMES,
      framesPerSecond: FRAMES_PER_SECOND,
      posesPerSecond: POSES_PER_SECOND,
    };
    for (const taken of captureInTurn({ ...capture, subject })) {
      const decoded = await decodeFrame(await encodeFrame(taken));
      if (!decoded.ok) throw new Error(decoded.message);
      verdict = (await scan.judge(decoded.value)).verdict;
      if (verdict) break;
    }
    scan.dispose();
    return verdict?.template?.facts ?? NO_FACTS;
  }

  #newJudge(): ScanJudge {
    return new ScanJudge(this.#engine, { purpose: 'payment', samePersonFrom: operatingPoint(1e-4).threshold });
  }

  /** What the screen casts by time since the first frame. */
  #shown(person: number, purpose: string): ReturnType<typeof coloursOf> {
    const colours = coloursOf(challengeOf(person, purpose));
    return (elapsedMs) => colours(elapsedMs + LEAD_BEFORE_MS);
  }

  #capture(person: number): Omit<CaptureOptions, 'subject'> & { screenColour: ReturnType<typeof coloursOf> } {
    return {
      seed: person,
      frames: FRAMES,
      framesPerSecond: FRAMES_PER_SECOND,
      posesPerSecond: POSES_PER_SECOND,
      startMs: START_MS,
      automatics: this.#automatics,
      screenColour: this.#shown(person, 'this scan'),
    };
  }

  /** Signs the frames as a terminal does, then verifies, decodes and judges them as the server does. */
  async #judge(species: number, person: number, plan: Plan, withPicture: boolean): Promise<TrialResult> {
    const { privateKey, publicKey } = this.#device;
    const scanId = `scan-${species}-${person}`;
    const nonce = `nonce-${person}`;
    const signer = new FrameSigner({ scanId, nonce: plan.oldSignatures ? 'an earlier nonce' : nonce, privateKey });
    const verifier = new FrameVerifier({ scanId, nonce, publicKey });
    const scan = this.#newJudge();
    const calibrationErrorMs = CALIBRATION_ERROR_MS * (((person * 7) % 11) / 5 - 1);
    const schedule = reportedSchedule(challengeOf(person, 'this scan'), START_MS - LEAD_BEFORE_MS, calibrationErrorMs);
    let [cpuMs, sent, lastMs] = [0, 0, START_MS];
    let verdict: ScanVerdict | null = null;
    let refusal: string | null = null;
    let picture: Uint8Array | undefined;
    for (const frame of plan.frames) {
      if (withPicture && !picture) picture = await pictureOf(frame);
      const message = signer.sign(await encodeFrame(frame));
      sent += 1;
      lastMs = frame.deviceTimeMs;
      const before = process.threadCpuUsage();
      const verified = verifier.verify(message);
      if (!verified.ok) {
        refusal = verified.code;
        break;
      }
      const decoded = await decodeFrame(verified.value.frameBytes);
      if (!decoded.ok) throw new Error(decoded.message);
      scan.showLight(knownBy(schedule, frame.deviceTimeMs));
      const judged = await scan.judge(decoded.value);
      verdict = judged.verdict;
      cpuMs += cpuSince(before);
      if (verdict) break;
    }
    if (!verdict && !refusal) verdict = await scan.end();
    scan.dispose();
    const size = verdict?.template?.facts;
    const fits = size ? sizeFits(size, await this.#enrol(plan.payer, person)) : null;
    return {
      species,
      person,
      outcome: fits === false ? 'attack' : (verdict?.outcome ?? 'unsigned'),
      reason: fits === false ? 'size_not_as_enrolled' : (refusal ?? verdict?.reasons[0]?.code ?? 'none'),
      nats: verdict?.livenessNats ?? null,
      frames: sent,
      decisionMs: lastMs - START_MS,
      cpuMs,
      subgroups: plan.subgroups ?? [],
      picture,
    };
  }
}

/** How an attacker stands: as variously as genuine people do. */
function conditionsOf(
  person: number,
): Pick<CaptureOptions, 'distanceMm' | 'light' | 'smiling' | 'yawDeg' | 'offCentreMm'> {
  const { smiling, distanceMm, yawDeg, offCentreMm } = bonaFide(person).capture;
  return {
    smiling,
    distanceMm,
    yawDeg,
    offCentreMm,
    light: (['normal', 'normal', 'dim', 'bright'] as const)[person % 4],
  };
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

const SMALL_PX = 2;
/** From the nearest thing to black: what stands before the wall shows its shape. */
const SHADES_MM = 320;

/** The picture at half its size, with its depth beside it: near is bright, holes are blue. */
async function pictureOf({ colour, depth }: Frame): Promise<Uint8Array> {
  const [widthPx, heightPx] = [colour.widthPx / SMALL_PX, colour.heightPx / SMALL_PX];
  const rgb = new Uint8Array(widthPx * 2 * heightPx * 3);
  const nearMm = nearest(depth);
  for (let y = 0; y < heightPx; y += 1) {
    for (let x = 0; x < widthPx; x += 1) {
      const from = y * SMALL_PX * colour.widthPx + x * SMALL_PX;
      const to = (y * widthPx * 2 + x) * 3;
      for (let c = 0; c < 3; c += 1) rgb[to + c] = colour.rgb[from * 3 + c];
      const mm = depth ? depth.values[from] * depth.unitMm : 0;
      const grey = mm === 0 ? 0 : Math.max(12, 255 * Math.min(1, 1 - (mm - nearMm) / SHADES_MM));
      rgb.set(mm === 0 ? [20, 24, 60] : [grey, grey, grey], to + widthPx * 3);
    }
  }
  return encodeColourJpeg({ widthPx: widthPx * 2, heightPx, rgb }, 72);
}

/** Of what is measured, all but the nearest thousandth, which may be strays. */
function nearest(depth: Frame['depth']): number {
  if (!depth) return 0;
  const seen = depth.values.filter((value) => value > 0).sort();
  return (seen[Math.floor(seen.length / 1_000)] ?? 0) * depth.unitMm;
}
