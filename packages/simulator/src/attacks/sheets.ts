import type { Vec3 } from '../people/math.ts';
import { createRandom, type Random, valueNoise } from '../people/noise.ts';
import { sample } from '../photo/photo-texture.ts';
import type { RoomLight } from '../render/lights.ts';
import type { Material, Pose, SceneMesh } from '../scene-types.ts';
import { NOTHING_MM } from './face-heights.ts';
import { holderOf } from './holder.ts';
import { layOut, type PrintQuality, placement, printed, type SheetSize, sheetMesh } from './sheet.ts';
import { type AttackKind, type AttackSubject, speciesOf } from './species.ts';
import { both, cone, crumpled, ellipsoid, FLAT, logRange, moulded, rolled, type Surface, wave } from './surfaces.ts';
import { type AttackTarget, heightsOf, portraitOf } from './target.ts';

export type AttackOptions = {
  /** Decides who holds it, how it is tilted, bent, printed and lit. */
  readonly seed: number;
  /** False leaves the instrument in the air. */
  readonly held?: boolean;
};

export const A4: SheetSize = { widthMm: 210, heightMm: 297, eyesAboveMiddleMm: 28 };
const PAPER = [0.97, 0.97, 0.95] as const;
export const MIN_BEND_RADIUS_MM = 60;
export const MAX_BEND_RADIUS_MM = 350;

/** The seed's own paper, ink and printer. */
export function printQuality(random: Random): PrintQuality {
  return {
    black: random.range(0.02, 0.06),
    white: random.range(0.72, 0.88),
    saturation: random.range(0.75, 1.05),
    tinge: [random.range(0.95, 1.04), 1, random.range(0.9, 1.04)],
  };
}

/** Nobody holds a sheet quite upright: the seed's own tilt on top of the pose. */
export function leaning(seed: number): (pose: Pose) => Pose {
  const random = createRandom(seed * 11 + 3);
  const [yaw, pitch, roll] = [6 * random.normal(), 5 * random.normal(), 2.5 * random.normal()];
  return (pose) => ({
    ...pose,
    yawDeg: pose.yawDeg + yaw,
    pitchDeg: pose.pitchDeg + pitch,
    rollDeg: pose.rollDeg + roll,
  });
}

type SheetPlan = {
  readonly surface: Surface;
  readonly size?: SheetSize;
  readonly stepMm?: number;
  readonly keeps?: (x: number, y: number) => boolean;
  readonly material?: Partial<Material>;
  /** Life size is 1. */
  readonly scale?: number;
  readonly light?: RoomLight;
  /** Facets instead of a smooth surface. */
  readonly faceted?: boolean;
};

/** A picture of the target on a sheet that is bent, cut or moulded in some way. */
export function sheetAttack(
  kind: AttackKind,
  words: string,
  target: AttackTarget,
  options: AttackOptions,
  plan: SheetPlan,
): AttackSubject {
  const { seed } = options;
  const { surface, size = A4, keeps, stepMm = surface === FLAT ? 9 : 4 } = plan;
  const lean = leaning(seed);
  const random = createRandom(seed * 23 + 6);
  const quality = printQuality(random);
  const scale = plan.scale ?? random.range(0.96, 1.05);
  let texture: ReturnType<typeof printed> | undefined;
  let hold: ReturnType<typeof holderOf> | undefined;
  return {
    id: `${kind}-of-${target.id}-${seed}`,
    label: `${words} of ${target.label}`,
    species: speciesOf(kind),
    arrangement: plan.light && { light: plan.light },
    meshes(pose) {
      texture ??= printed(layOut(portraitOf(target), size, scale, PAPER), quality);
      const held = lean(pose);
      const place = placement(held);
      const sheet = sheetMesh({
        name: 'print',
        size,
        place,
        surface,
        stepMm,
        keeps,
        material: {
          kind: 'paper',
          albedo: [1, 1, 1],
          texture,
          specular: 0.03,
          shininess: 8,
          twoSided: true,
          ...plan.material,
        },
      });
      if (options.held !== false) hold ??= holderOf(seed, size, surface);
      return [plan.faceted ? faceted(sheet) : sheet, ...(hold?.(held, place) ?? [])];
    },
  };
}

const GLOSS: Partial<Material> = { kind: 'gloss', specular: 0.45, shininess: 90 };

export function flatPrint(target: AttackTarget, options: AttackOptions): AttackSubject {
  return sheetAttack('print', 'Print', target, options, { surface: FLAT });
}

export function glossyPrint(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 41 + 9);
  const surface = random.next() < 0.4 ? rolled(logRange(random, 150, 900), random.range(-20, 20)) : FLAT;
  const material = { ...GLOSS, specular: random.range(0.25, 0.6), shininess: random.range(50, 160) };
  return sheetAttack('glossy-print', 'Glossy print', target, options, { surface, material, stepMm: 4 });
}

/** A glossy print with a lamp in the mirror direction: the picture drowns where the lamp is reflected. */
export function glarePrint(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 43 + 9);
  const keyLux = random.range(2_500, 8_000);
  const light: RoomLight = {
    skyLux: random.range(60, 400),
    skyColour: [1, 1, 1],
    groundLux: random.range(30, 200),
    groundColour: [1, 1, 1],
    keyLux,
    keyColour: [1.02, 1, 0.96],
    keyDirection: [random.range(-0.3, 0.3), random.range(-0.1, 0.4), 1],
  };
  return sheetAttack('glare', 'Print in glare', target, options, {
    surface: FLAT,
    material: { ...GLOSS, specular: random.range(0.4, 0.8), shininess: random.range(30, 120) },
    stepMm: 4,
    light,
  });
}

/** The head cut out along its outline, sometimes bent a little. */
export function cutOut(target: AttackTarget, options: AttackOptions): AttackSubject {
  const { seed } = options;
  const random = createRandom(seed * 47 + 9);
  const surface = random.next() < 0.5 ? FLAT : rolled(logRange(random, 80, 400), random.range(-15, 15));
  const [width, height] = [random.range(78, 96), random.range(122, 140)];
  const neck = random.range(38, 60);
  const keeps = (x: number, y: number) => {
    const wobble = 1 + 0.04 * valueNoise(x / 30, y / 30, seed);
    const inHead = (x / width) ** 2 + ((y + 12) / height) ** 2 < wobble;
    return inHead || (Math.abs(x) < neck && y < -90);
  };
  return sheetAttack('cut-out', 'Cut-out', target, options, { surface, keeps, stepMm: 3 });
}

/** Bent about the vertical; the radius (60 to 350 mm) comes from the seed unless given. */
export function bentPrint(
  target: AttackTarget,
  options: AttackOptions & { readonly radiusMm?: number },
): AttackSubject {
  const drawn = logRange(createRandom(options.seed * 5 + 2), MIN_BEND_RADIUS_MM, MAX_BEND_RADIUS_MM);
  const radiusMm = options.radiusMm ?? drawn;
  if (!(radiusMm >= 40 && radiusMm <= 2_000)) throw new RangeError(`paper is not bent to a radius of ${radiusMm} mm`);
  return sheetAttack('bent-print', 'Bent print', target, options, { surface: rolled(radiusMm) });
}

export function rolledPrint(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 53 + 2);
  const axisDeg = random.pick([90, 90, random.range(20, 70), random.range(-70, -20)]);
  const radiusMm = logRange(random, 70, MAX_BEND_RADIUS_MM);
  return sheetAttack('rolled-print', 'Rolled print', target, options, { surface: rolled(radiusMm, axisDeg) });
}

export function curledPrint(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 59 + 2);
  const asCone = random.next() < 0.5;
  const surface = asCone
    ? cone(random.pick([-1, 1]) * random.range(260, 600), random.range(0.2, 0.5))
    : wave(random.range(8, 22), random.range(180, 320), random.range(0, 2 * Math.PI), random.pick([0, 0, 90, 45]));
  return sheetAttack('curled-print', asCone ? 'Cone' : 'S-curve', target, options, { surface });
}

/** Crumpled, or wetted and pressed over a face, which leaves it a shallow relief. */
export function crumpledPrint(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 61 + 2);
  const creases = crumpled(options.seed);
  if (random.next() < 0.6) {
    return sheetAttack('crumpled-print', 'Crumpled print', target, options, { surface: creases });
  }
  const wet = moulded(heightsOf(target, options.seed), random.range(0.2, 0.4), 25);
  return sheetAttack('crumpled-print', 'Wet-moulded print', target, options, { surface: both(wet, creases) });
}

/** The target's own relief at 0.4 to 0.6 of its depth with the picture on it, as a plaque or cut out. */
export function shallowRelief(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 67 + 2);
  const heights = heightsOf(target, options.seed);
  const fromMm = 20;
  return sheetAttack('shallow-relief', 'Shallow relief', target, options, {
    surface: moulded(heights, random.range(0.4, 0.6), fromMm),
    scale: 1,
    stepMm: 2.5,
    keeps: random.next() < 0.5 ? (x, y) => heights(x, y) > fromMm : undefined,
    material: { specular: random.range(0.02, 0.12), shininess: 16 },
  });
}

/** A balloon, a ball, a cushion: the picture on a part of an ellipsoid. */
export function ellipsoidAttack(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 71 + 2);
  const [width, height, depth] = [random.range(80, 100), random.range(108, 130), random.range(50, 100)];
  const centreY = -15;
  const keeps = (x: number, y: number) => (x / width) ** 2 + ((y - centreY) / height) ** 2 < 0.97;
  return sheetAttack('ellipsoid', 'Ellipsoid', target, options, {
    surface: ellipsoid(width, height, depth, centreY),
    scale: 1,
    stepMm: 3,
    keeps,
    material: { specular: random.range(0.03, 0.3), shininess: random.range(10, 60) },
  });
}

/** A mask folded of paper: flat facets between points of the target's relief. */
export function foldedMask(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 73 + 2);
  const heights = heightsOf(target, options.seed);
  const stepMm = random.range(19, 32);
  const share = random.range(0.75, 1.05);
  return sheetAttack('folded-mask', 'Folded mask', target, options, {
    surface: (x, y) => [x, y, share * (Math.max(0, heights(x, y)) - 80)],
    scale: 1,
    stepMm,
    keeps: (x, y) => heights(x, y) > NOTHING_MM && Math.abs(x) < 92 && y > -135 && y < 100,
    faceted: true,
  });
}

/** Every triangle gets corners of its own with its own normal. */
function faceted(mesh: SceneMesh): SceneMesh {
  const count = mesh.indices.length;
  const positionsMm = new Float32Array(count * 3);
  const normals = new Float32Array(count * 3);
  const uv = new Float32Array(count * 2);
  for (let i = 0; i < count; i += 1) {
    const from = mesh.indices[i];
    positionsMm.set(mesh.positionsMm.subarray(from * 3, from * 3 + 3), i * 3);
    if (mesh.uv) uv.set(mesh.uv.subarray(from * 2, from * 2 + 2), i * 2);
  }
  for (let i = 0; i < count * 3; i += 9) {
    const [a, b, c] = [0, 3, 6].map((k) => positionsMm.subarray(i + k, i + k + 3));
    const u = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
    const v = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
    const normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    const length = Math.hypot(...normal) || 1;
    for (const k of [0, 3, 6])
      normals.set(
        normal.map((value) => value / length),
        i + k,
      );
  }
  return { ...mesh, positionsMm, normals, uv, indices: Uint32Array.from({ length: count }, (_, i) => i) };
}

/** A projector throws the picture on white paper: it answers the screen's light as bare paper does. */
export function projectedSheet(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 79 + 2);
  const surface = random.next() < 0.5 ? FLAT : rolled(logRange(random, 120, 600), random.range(-90, 90));
  const whiteCdPerM2 = random.range(120, 320);
  const bare = sheetAttack('projected-sheet', 'Projection', target, options, {
    surface,
    stepMm: 2.5,
    material: { texture: undefined, albedo: [0.86, 0.86, 0.85] },
  });
  return {
    ...bare,
    meshes(pose) {
      const { picture, eyesPx, mmPerPx } = portraitOf(target);
      return bare.meshes(pose).map((mesh) => {
        if (mesh.name !== 'print' || !mesh.uv) return mesh;
        const projected = new Float32Array(mesh.positionsMm.length);
        for (let i = 0; i < mesh.uv.length / 2; i += 1) {
          const x = (mesh.uv[i * 2] - 0.5) * A4.widthMm;
          const y = (0.5 - mesh.uv[i * 2 + 1]) * A4.heightMm - A4.eyesAboveMiddleMm;
          const at = [eyesPx.x + x / mmPerPx, eyesPx.y - y / mmPerPx] as const;
          const rgb = insidePicture(picture, at) ? sample(picture, ...at) : [0.02, 0.02, 0.02];
          for (let c = 0; c < 3; c += 1) projected[i * 3 + c] = rgb[c] * whiteCdPerM2;
        }
        return { ...mesh, projected };
      });
    },
  };
}

export function insidePicture(
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
  [x, y]: readonly [number, number],
): boolean {
  return x >= -0.5 && y >= -0.5 && x <= widthPx - 0.5 && y <= heightPx - 0.5;
}

/** Openings in a print, from a wearer's features: eyes, nose and mouth as wanted. */
export type Holes = { readonly eyes?: boolean; readonly nose?: boolean; readonly mouth?: boolean };

export function holesFor(ipdMm: number, holes: Holes, slackMm: number): (x: number, y: number) => boolean {
  return (x, y) => {
    const a = Math.abs(x);
    if (holes.eyes && ((a - ipdMm / 2) / (17 + slackMm)) ** 2 + (y / (9 + slackMm)) ** 2 < 1) return false;
    // The bridge is free and the opening widens towards the nostrils.
    if (holes.nose && y < 6 && y > -54 - slackMm && a < 8 + slackMm + (14 * (6 - y)) / 60) return false;
    if (holes.mouth && (x / (28 + slackMm)) ** 2 + ((y + 70) / (11 + slackMm)) ** 2 < 1) return false;
    return true;
  };
}

/** Where paper in the wearer's own axes goes when the head moves. */
export type Worn = (point: Vec3) => Vec3;
