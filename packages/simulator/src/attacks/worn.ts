import { headTransform } from '../people/head-pose.ts';
import type { Vec3 } from '../people/math.ts';
import { createRandom } from '../people/noise.ts';
import { sample } from '../photo/photo-texture.ts';
import { NEUTRAL_POSE, type Pose, type SceneMesh } from '../scene-types.ts';
import { faceHeights } from './face-heights.ts';
import { layOut, type Placement, printed, type SheetSize, sheetMesh } from './sheet.ts';
import { A4, type AttackOptions, type Holes, holesFor, insidePicture, printQuality } from './sheets.ts';
import { type AttackKind, type AttackSubject, speciesOf } from './species.ts';
import { FLAT, logRange, rolled, type Surface } from './surfaces.ts';
import { type AttackTarget, accomplice, bodyOf, portraitOf } from './target.ts';

/** Things that move with the head of whoever wears them, in the head's own axes. */
function onHead(pose: Pose, aheadMm: number): Placement {
  const { rigid } = headTransform(pose);
  const point = new Float32Array(3);
  const none = new Float32Array(3);
  return ([x, y, z]: Vec3) => {
    point.set([x, y, z + aheadMm]);
    const [px, py, pz] = rigid(point, none).positionsMm;
    return [px, py, pz];
  };
}

type WornPlan = {
  readonly holes: Holes;
  readonly surface: Surface;
  /** Where the paper's eyes lie before the wearer's head. */
  readonly aheadMm: (wearer: ReturnType<typeof accomplice>) => number;
  readonly size?: SheetSize;
};

/** A print with openings, held or strapped before a wearer's own face, which shows through them. */
function wornPrint(
  kind: AttackKind,
  words: string,
  target: AttackTarget,
  { seed }: AttackOptions,
  plan: WornPlan,
): AttackSubject {
  const random = createRandom(seed * 101 + 5);
  const wearer = accomplice(seed);
  const quality = printQuality(random);
  const size = plan.size ?? A4;
  const keeps = holesFor(wearer.traits.ipdMm, plan.holes, random.range(-1, 4));
  const aheadMm = plan.aheadMm(wearer);
  let texture: ReturnType<typeof printed> | undefined;
  return {
    id: `${kind}-of-${target.id}-${seed}`,
    label: `${words} of ${target.label}`,
    species: speciesOf(kind),
    meshes(pose) {
      texture ??= printed(layOut(portraitOf(target), size, 1, [0.97, 0.97, 0.95]), quality);
      // The paper is as far away as a face would be; the wearer stands behind it.
      const back = { ...pose, offsetMm: { ...pose.offsetMm, z: pose.offsetMm.z + 90 - aheadMm } };
      const sheet = sheetMesh({
        name: 'print',
        size,
        place: onHead(back, aheadMm),
        surface: plan.surface,
        stepMm: 2.5,
        keeps,
        material: { kind: 'paper', albedo: [1, 1, 1], texture, specular: 0.03, shininess: 8, twoSided: true },
      });
      return [sheet, ...wearer.meshes(back)];
    },
  };
}

/** A flat sheet rests on the tip of the nose. */
export function eyeHoles(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 103 + 5);
  return wornPrint('eye-holes', 'Print with eye holes', target, options, {
    holes: { eyes: true },
    surface: random.next() < 0.5 ? FLAT : rolled(logRange(random, 120, 400)),
    aheadMm: (wearer) => highest(wearer) + 2,
  });
}

/** The nose comes through, so that the sheet can lie on the cheeks. */
export function noseHole(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 107 + 5);
  return wornPrint('nose-hole', 'Print with eye and nose holes', target, options, {
    holes: { eyes: true, nose: true },
    surface: random.next() < 0.5 ? FLAT : rolled(logRange(random, 110, 400)),
    aheadMm: (wearer) => highest(wearer) - random.range(11, 18),
  });
}

/** Bent about the face and strapped on, with the openings a face needs. */
export function strappedPrint(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 109 + 5);
  return wornPrint('strapped-print', 'Strapped-on print', target, options, {
    holes: { eyes: true, nose: true, mouth: true },
    surface: rolled(logRange(random, 68, 130), random.range(-4, 4)),
    aheadMm: (wearer) => highest(wearer) - random.range(10, 18),
    size: { widthMm: 190, heightMm: 250, eyesAboveMiddleMm: 12 },
  });
}

/** How far the tip of a nose stands before the middle of the head. */
function highest(wearer: ReturnType<typeof accomplice>): number {
  const heights = faceHeights(wearer);
  let most = 0;
  for (let y = -60; y <= -20; y += 4) for (let x = -12; x <= 12; x += 4) most = Math.max(most, heights(x, y));
  return most;
}

/** Another person's eyes or cheek on paper, stuck to a live face or hung in a frame of glasses. */
export function patch(target: AttackTarget, { seed }: AttackOptions): AttackSubject {
  const random = createRandom(seed * 113 + 5);
  const wearer = accomplice(seed + 1);
  const overEyes = random.next() < 0.6;
  const size: SheetSize = overEyes
    ? { widthMm: 128, heightMm: 46, eyesAboveMiddleMm: 0 }
    : { widthMm: 60, heightMm: 50, eyesAboveMiddleMm: -52 };
  const ahead = highest(wearer) - (overEyes ? 8 : 32);
  const quality = printQuality(random);
  let texture: ReturnType<typeof printed> | undefined;
  return {
    id: `patch-of-${target.id}-${seed}`,
    label: `Patch of ${target.label}`,
    species: speciesOf('patch'),
    meshes(pose) {
      texture ??= printed(layOut(portraitOf(target), size, 1, [0.97, 0.97, 0.95]), quality);
      const piece = sheetMesh({
        name: 'patch',
        size,
        place: onHead(pose, ahead),
        surface: rolled(95),
        stepMm: 3,
        material: { kind: 'paper', albedo: [1, 1, 1], texture, specular: 0.05, shininess: 8, twoSided: true },
      });
      return [piece, ...wearer.meshes(pose)];
    },
  };
}

/** A projector beside the camera throws the target's picture on a live face. */
export function projectedFace(target: AttackTarget, { seed }: AttackOptions): AttackSubject {
  const random = createRandom(seed * 127 + 5);
  const wearer = accomplice(seed + 2);
  const whiteCdPerM2 = random.range(120, 320);
  return {
    id: `projected-face-of-${target.id}-${seed}`,
    label: `Projection of ${target.label}`,
    species: speciesOf('projected-face'),
    meshes(pose) {
      const { picture, eyesPx, mmPerPx } = portraitOf(target);
      // The wearer holds still, so that the picture stays where it belongs.
      const calm = { ...pose, yawDeg: pose.yawDeg * 0.4, pitchDeg: pose.pitchDeg * 0.4, rollDeg: 0 };
      const { x: dx, y: dy } = calm.offsetMm;
      return wearer.meshes(calm).map((mesh): SceneMesh => {
        if (mesh.material.kind === 'cloth') return mesh;
        const projected = new Float32Array(mesh.positionsMm.length);
        for (let i = 0; i < projected.length; i += 3) {
          const x = mesh.positionsMm[i] - dx;
          const y = mesh.positionsMm[i + 1] - dy;
          const at = [eyesPx.x + x / mmPerPx, eyesPx.y - y / mmPerPx] as const;
          if (!insidePicture(picture, at)) continue;
          const light = whiteCdPerM2 * Math.max(0, mesh.normals[i + 2]);
          const rgb = sample(picture, ...at);
          for (let c = 0; c < 3; c += 1) projected[i + c] = light * rgb[c];
        }
        return { ...mesh, projected };
      });
    },
  };
}

/** The target in the round, stiff: what a good mask looks like. With `liveEyes` the wearer's own move in it. */
export function rigidMask(target: AttackTarget, { seed }: AttackOptions, liveEyes: boolean): AttackSubject {
  const body = bodyOf(target);
  const kind = liveEyes ? 'rigid-mask-eyes' : 'rigid-mask';
  const shine = createRandom(seed * 131 + 5).range(0.05, 0.3);
  return {
    id: `${kind}-of-${target.id}-${seed}`,
    label: `Mask of ${target.label}`,
    species: speciesOf(kind),
    meshes(pose) {
      const eyes = liveEyes ? { blink: pose.blink, gazeXDeg: pose.gazeXDeg, gazeYDeg: pose.gazeYDeg } : {};
      const stiff = { ...pose, ...STIFF, ...eyes };
      return body.meshes(stiff).map((mesh) => (liveEyes && isEye(mesh) ? mesh : cast(mesh, shine)));
    },
  };
}

/** A whole head from a printer, on a stand: nothing of it moves by itself, and there are no shoulders. */
export function printedHead(target: AttackTarget, { seed }: AttackOptions): AttackSubject {
  const body = bodyOf(target);
  const shine = createRandom(seed * 137 + 5).range(0.02, 0.2);
  return {
    id: `printed-head-of-${target.id}-${seed}`,
    label: `Printed head of ${target.label}`,
    species: speciesOf('printed-head'),
    arrangement: { motion: 0.25 },
    meshes(pose) {
      const meshes = body.meshes({ ...pose, ...STIFF }).filter((mesh) => mesh.material.kind !== 'cloth');
      return meshes.map((mesh) => cast(aboveNeck(mesh, pose.offsetMm.y - 165), shine));
    },
  };
}

/** Silicone that follows the wearer's face by half. */
export function elasticMask(target: AttackTarget, { seed }: AttackOptions): AttackSubject {
  const body = bodyOf(target);
  return {
    id: `elastic-mask-of-${target.id}-${seed}`,
    label: `Elastic mask of ${target.label}`,
    species: speciesOf('elastic-mask'),
    meshes(pose) {
      return body.meshes({ ...pose, smile: 0.5 * pose.smile, browRaise: 0.4 * pose.browRaise });
    },
  };
}

/** A doll or bust of the target at 0.5 to 0.8 of its size, nearer if it is small. */
export function doll(target: AttackTarget, { seed }: AttackOptions): AttackSubject {
  const body = bodyOf(target);
  const random = createRandom(seed * 139 + 5);
  const scale = random.range(0.5, 0.8);
  const shine = random.range(0.1, 0.4);
  return {
    id: `doll-of-${target.id}-${seed}`,
    label: `Doll of ${target.label}`,
    species: speciesOf('doll'),
    arrangement: { motion: 0.3, distanceMm: random.range(370, 560) },
    meshes(pose) {
      const { x, y, z } = pose.offsetMm;
      return body.meshes({ ...pose, ...STIFF }).map((mesh) => {
        const positionsMm = mesh.positionsMm.map((value, i) => {
          const centre = i % 3 === 0 ? x : i % 3 === 1 ? y : z + 90;
          return centre + scale * (value - centre);
        });
        return cast({ ...mesh, positionsMm }, shine);
      });
    },
  };
}

/** Somebody with the same face. Here it is the very same: what is measured is that liveness has nothing to say. */
export function twin(target: AttackTarget, { seed }: AttackOptions): AttackSubject {
  const body = bodyOf(target);
  return {
    id: `twin-of-${target.id}-${seed}`,
    label: `Twin of ${target.label}`,
    species: speciesOf('twin'),
    meshes: (pose) => body.meshes(pose),
  };
}

/** Asleep, or held before the camera against their will. */
export function eyesClosed(target: AttackTarget, { seed }: AttackOptions): AttackSubject {
  const body = bodyOf(target);
  return {
    id: `eyes-closed-${target.id}-${seed}`,
    label: `${target.label}, eyes closed`,
    species: speciesOf('eyes-closed'),
    meshes: (pose) => body.meshes({ ...pose, blink: 1, smile: 0.05 }),
  };
}

const STIFF: Pick<Pose, 'smile' | 'blink' | 'mouthOpen' | 'browRaise' | 'gazeXDeg' | 'gazeYDeg'> = {
  ...NEUTRAL_POSE,
  smile: 0.15,
};

function isEye(mesh: SceneMesh): boolean {
  return mesh.material.kind === 'eye' || mesh.name.startsWith('lid') || mesh.name.startsWith('lash');
}

/** Skin and eyes become painted plastic; hair and clothes stay. */
function cast(mesh: SceneMesh, specular: number): SceneMesh {
  const { kind } = mesh.material;
  if (kind !== 'skin' && kind !== 'eye' && kind !== 'teeth') return mesh;
  return { ...mesh, material: { ...mesh.material, kind: 'gloss', specular, shininess: 30 } };
}

function aboveNeck(mesh: SceneMesh, lowestMm: number): SceneMesh {
  const { positionsMm, indices } = mesh;
  const stays = (i: number) => positionsMm[indices[i] * 3 + 1] > lowestMm;
  return {
    ...mesh,
    indices: indices.filter((_, k) => {
      const t = k - (k % 3);
      return stays(t) && stays(t + 1) && stays(t + 2);
    }),
  };
}
