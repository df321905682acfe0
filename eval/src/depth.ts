import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeDepthPng } from '@smile/camera';
import {
  type CropErrorRates,
  crossValidateCrops,
  decideDepthCrop,
  forwardRates,
  type LabelledCrop,
  shapeExamples,
} from '@smile/liveness';
import { DISTURBANCES, disturbed } from './depth-disturbances.ts';

export type DepthReport = {
  readonly live: number;
  readonly attacks: number;
  /** By the calibration that is shipped. Share of attacks taken for live. */
  readonly apcer: number;
  /** Share of live crops refused, undecided ones included. */
  readonly bpcer: number;
  readonly acer: number;
  readonly undecidedLive: number;
  readonly undecidedAttacks: number;
  /**
   * What the same model does when it is fitted on some of these crops and judged on others that are not its
   * neighbours in time; null when there are too few. The shipped calibration may have been fitted on this very folder,
   * these rates are not.
   */
  readonly crossValidated: {
    readonly byBlocks: readonly (CropErrorRates & { readonly blocks: number })[];
    /** Fitted on the first third, judged on the last. */
    readonly forward: CropErrorRates;
    /** Fitted on real crops, judged on their disturbed versions (half simulated), in ten blocks. */
    readonly disturbed: readonly (CropErrorRates & { readonly disturbance: string })[];
  } | null;
};

type CropCamera = { depthUnitMm: number; fx: number; fy: number; cx: number; cy: number };

/** A folder of more crops than this is a mistake. */
const MAX_CROPS = 100_000;
const BLOCK_COUNTS = [2, 3, 5, 10, 20];
const DISTURBED_BLOCKS = 10;
/** Of more crops than this only every second, third... is disturbed: it takes most of the time. */
const MAX_DISTURBED = 700;
/** Of either kind: below, most blocks would be single crops. */
const MIN_CROPS_TO_VALIDATE = 40;

/**
 * Judges every crop of DIR/live and DIR/attack (16-bit PNG) by its shape alone. Throws an Error in plain words when
 * the folder or a file is not what it should be; a crop with too little surface counts as undecided, so as refused.
 */
export async function runDepth(options: { dir: string }): Promise<DepthReport> {
  const camera = await readCamera(join(options.dir, 'camera.json'));
  const { crops: liveCrops, outcomes: live } = await judge(join(options.dir, 'live'), true, camera);
  const { crops: attackCrops, outcomes: attack } = await judge(join(options.dir, 'attack'), false, camera);
  const apcer = attackCrops.length === 0 ? 0 : attack.live / attackCrops.length;
  const bpcer = liveCrops.length === 0 ? 0 : (live.attack + live.undecided) / liveCrops.length;
  return {
    live: liveCrops.length,
    attacks: attackCrops.length,
    apcer,
    bpcer,
    acer: (apcer + bpcer) / 2,
    undecidedLive: live.undecided,
    undecidedAttacks: attack.undecided,
    crossValidated:
      Math.min(liveCrops.length, attackCrops.length) < MIN_CROPS_TO_VALIDATE
        ? null
        : crossValidated([...liveCrops, ...attackCrops], camera),
  };
}

function crossValidated(crops: readonly LabelledCrop[], camera: CropCamera): DepthReport['crossValidated'] {
  const pinhole = pinholeOf(camera);
  const { examples, unmeasured } = shapeExamples(crops, pinhole);
  return {
    byBlocks: BLOCK_COUNTS.map((blocks) => ({
      blocks,
      ...crossValidateCrops(examples, blocks, examples, unmeasured),
    })),
    forward: forwardRates(examples),
    disturbed: Object.keys(DISTURBANCES).map((disturbance) => {
      const changed = crops
        .filter((_, i) => i % Math.ceil(crops.length / MAX_DISTURBED) === 0)
        .map((crop, i) => disturbed(crop, pinhole, disturbance, i));
      const judged = shapeExamples(changed, pinhole);
      return {
        disturbance,
        ...crossValidateCrops(examples, DISTURBED_BLOCKS, judged.examples, judged.unmeasured),
      };
    }),
  };
}

type Judged = {
  readonly crops: readonly LabelledCrop[];
  readonly outcomes: Readonly<Record<'live' | 'attack' | 'undecided', number>>;
};

async function judge(folder: string, live: boolean, camera: CropCamera): Promise<Judged> {
  const names = await readdir(folder).catch(() => {
    throw new Error(`${folder}: no such folder`);
  });
  const pngs = names.filter((name) => name.toLowerCase().endsWith('.png')).sort();
  if (pngs.length > MAX_CROPS) throw new Error(`${folder}: more than ${MAX_CROPS} crops`);
  const crops: LabelledCrop[] = [];
  const outcomes = { live: 0, attack: 0, undecided: 0 };
  for (const [position, name] of pngs.entries()) {
    const png = await decodeDepthPng(await readFile(join(folder, name)));
    if (!png.ok) throw new Error(`${join(folder, name)}: ${png.message}`);
    const crop = { ...png.value, unitMm: camera.depthUnitMm, live, position, classSize: pngs.length };
    const decision = decideDepthCrop(crop, pinholeOf(camera));
    if (!decision.ok) throw new Error(`${join(folder, name)}: ${decision.message} (${decision.code})`);
    outcomes[decision.outcome] += 1;
    crops.push(crop);
  }
  return { crops, outcomes };
}

function pinholeOf({ fx, fy, cx, cy }: CropCamera) {
  return { fxPx: fx, fyPx: fy, cxPx: cx, cyPx: cy };
}

async function readCamera(path: string): Promise<CropCamera> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    throw new Error(`${path}: missing or not JSON`);
  }
  const camera = value as CropCamera;
  const numbers = [camera?.depthUnitMm, camera?.fx, camera?.fy, camera?.cx, camera?.cy];
  if (!numbers.every((number) => typeof number === 'number' && Number.isFinite(number)) || camera.depthUnitMm <= 0) {
    throw new Error(`${path}: needs depthUnitMm, fx, fy, cx and cy`);
  }
  return camera;
}
