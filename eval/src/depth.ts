import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeDepthPng } from '@smile/camera';
import { decideDepthCrop } from '@smile/liveness';

export type DepthReport = {
  readonly live: number;
  readonly attacks: number;
  /** Share of attacks taken for live. */
  readonly apcer: number;
  /** Share of live crops refused, undecided ones included. */
  readonly bpcer: number;
  readonly undecidedLive: number;
  readonly undecidedAttacks: number;
};

type CropCamera = { depthUnitMm: number; fx: number; fy: number; cx: number; cy: number };

/** A folder of more crops than this is a mistake. */
const MAX_CROPS = 100_000;

/**
 * Judges every crop of DIR/live and DIR/attack (16-bit PNG) by its shape alone. Throws an Error in plain words when
 * the folder or a file is not what it should be; a crop with too little surface counts as undecided, so as refused.
 */
export async function runDepth(options: { dir: string }): Promise<DepthReport> {
  const camera = await readCamera(join(options.dir, 'camera.json'));
  const live = await judge(join(options.dir, 'live'), camera);
  const attack = await judge(join(options.dir, 'attack'), camera);
  const liveTotal = live.live + live.attack + live.undecided;
  const attackTotal = attack.live + attack.attack + attack.undecided;
  return {
    live: liveTotal,
    attacks: attackTotal,
    apcer: attackTotal === 0 ? 0 : attack.live / attackTotal,
    bpcer: liveTotal === 0 ? 0 : (live.attack + live.undecided) / liveTotal,
    undecidedLive: live.undecided,
    undecidedAttacks: attack.undecided,
  };
}

async function judge(folder: string, camera: CropCamera): Promise<Record<'live' | 'attack' | 'undecided', number>> {
  const names = await readdir(folder).catch(() => {
    throw new Error(`${folder}: no such folder`);
  });
  const pngs = names.filter((name) => name.toLowerCase().endsWith('.png')).sort();
  if (pngs.length > MAX_CROPS) throw new Error(`${folder}: more than ${MAX_CROPS} crops`);
  const counts = { live: 0, attack: 0, undecided: 0 };
  for (const name of pngs) {
    const png = await decodeDepthPng(await readFile(join(folder, name)));
    if (!png.ok) throw new Error(`${join(folder, name)}: ${png.message}`);
    const decision = decideDepthCrop(
      { ...png.value, unitMm: camera.depthUnitMm },
      { fxPx: camera.fx, fyPx: camera.fy, cxPx: camera.cx, cyPx: camera.cy },
    );
    if (!decision.ok) throw new Error(`${join(folder, name)}: ${decision.message} (${decision.code})`);
    counts[decision.outcome] += 1;
  }
  return counts;
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
