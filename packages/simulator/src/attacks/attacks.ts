import { createRandom } from '../people/noise.ts';
import type { Pose, SceneMesh, Subject } from '../scene-types.ts';
import { holder } from './holder.ts';
import { type Portrait, takePortrait } from './portrait.ts';
import { layOut, placement, printed, type SheetSize, sheetMesh } from './sheet.ts';
import { ATTACK_SPECIES, type AttackKind, type AttackSubject } from './species.ts';

/** What the instrument shows: a subject (a photo of it is taken), or a portrait there is. */
export type AttackTarget = Subject | { readonly portrait: Portrait; readonly id: string; readonly label: string };

export type AttackOptions = {
  /** Decides who holds it, how it is tilted and bent. */
  readonly seed: number;
  /** False leaves the instrument in the air. */
  readonly held?: boolean;
};

const A4: SheetSize = { widthMm: 210, heightMm: 297, eyesAboveMiddleMm: 28 };
const TABLET: SheetSize = { widthMm: 164, heightMm: 219, eyesAboveMiddleMm: 18 };
const BEZEL_MM = 9;
const TABLET_SCALE = 0.94;
export const MIN_BEND_RADIUS_MM = 60;
export const MAX_BEND_RADIUS_MM = 350;

/** One of the instruments by its kind. */
export function attackWith(
  kind: AttackKind,
  target: AttackTarget,
  options: AttackOptions & { readonly radiusMm?: number },
): AttackSubject {
  switch (kind) {
    case 'print':
      return flatPrint(target, options);
    case 'bent-print':
      return bentPrint(target, options);
    case 'tablet':
      return tabletReplay(target, options);
  }
}

/** A matte A4 print of the target, life size, held before the face and tilted a little. */
export function flatPrint(target: AttackTarget, options: AttackOptions): AttackSubject {
  return print(target, options, 'print', Infinity);
}

/** The same print bent about the vertical; the radius (60 to 350 mm) comes from the seed unless given. */
export function bentPrint(
  target: AttackTarget,
  options: AttackOptions & { readonly radiusMm?: number },
): AttackSubject {
  // Radii are spread evenly over their logarithms: tight and wide bends alike.
  const share = createRandom(options.seed * 5 + 2).next();
  const drawn = MIN_BEND_RADIUS_MM * (MAX_BEND_RADIUS_MM / MIN_BEND_RADIUS_MM) ** share;
  const radiusMm = options.radiusMm ?? drawn;
  if (!(radiusMm >= 40 && radiusMm <= 2_000)) throw new RangeError(`paper is not bent to a radius of ${radiusMm} mm`);
  return print(target, options, 'bent-print', radiusMm);
}

function print(target: AttackTarget, options: AttackOptions, kind: AttackKind, radiusMm: number): AttackSubject {
  const lean = leaning(options.seed);
  const hands = options.held === false ? null : holder(options.seed + 7_000);
  const halfWidthMm = Number.isFinite(radiusMm)
    ? radiusMm * Math.sin(Math.min(1.5, A4.widthMm / 2 / radiusMm))
    : A4.widthMm / 2;
  const bendMm = Number.isFinite(radiusMm) ? radiusMm * (1 - Math.cos(Math.min(1.5, A4.widthMm / 2 / radiusMm))) : 0;
  let texture: ReturnType<typeof printed> | undefined;
  return {
    id: `${kind}-of-${target.id}-${options.seed}`,
    label: `${kind === 'print' ? 'Print' : 'Bent print'} of ${target.label}`,
    species: ATTACK_SPECIES[kind],
    meshes(pose) {
      texture ??= printed(layOut(portraitOf(target, {}, options.seed), A4, 1, [0.97, 0.97, 0.95]));
      const held = lean(pose);
      const place = placement(held);
      const sheet = sheetMesh({
        name: 'print',
        size: A4,
        place,
        radiusMm,
        material: { kind: 'paper', albedo: [1, 1, 1], texture, specular: 0.03, shininess: 8, twoSided: true },
      });
      const edges = { halfWidthMm, heightMm: -A4.heightMm / 2 - A4.eyesAboveMiddleMm + 40, bendMm };
      return [sheet, ...(hands?.(held, place, edges) ?? [])];
    },
  };
}

/** A tablet that plays the target's face, which smiles and blinks as the pose says. */
export function tabletReplay(target: AttackTarget, options: AttackOptions): AttackSubject {
  const lean = leaning(options.seed);
  const hands = options.held === false ? null : holder(options.seed + 7_000);
  const pictures = new Map<string, ReturnType<typeof layOut>>();
  const pictureFor = (pose: Pose) => {
    // A video has many pictures; what liveness looks at are smiles and blinks.
    const shown = { smile: pose.smile > 0.45 ? 0.8 : 0, blink: pose.blink > 0.5 ? 1 : 0 };
    const key = 'portrait' in target ? 'still' : `${shown.smile}-${shown.blink}`;
    let picture = pictures.get(key);
    if (!picture) {
      picture = layOut(portraitOf(target, shown, options.seed), TABLET, TABLET_SCALE, [0.01, 0.01, 0.012]);
      pictures.set(key, picture);
    }
    return picture;
  };
  return {
    id: `tablet-of-${target.id}-${options.seed}`,
    label: `Tablet showing ${target.label}`,
    species: ATTACK_SPECIES.tablet,
    meshes(pose) {
      const held = lean(pose);
      const place = placement(held);
      const frame = {
        widthMm: TABLET.widthMm + 2 * BEZEL_MM,
        heightMm: TABLET.heightMm + 2 * BEZEL_MM,
        eyesAboveMiddleMm: TABLET.eyesAboveMiddleMm,
      };
      const meshes: SceneMesh[] = [
        sheetMesh({
          name: 'panel',
          size: TABLET,
          place,
          raisedMm: 0.8,
          material: {
            kind: 'screen',
            albedo: [0.025, 0.025, 0.028],
            texture: pictureFor(pose),
            emission: 1,
            specular: 0.25,
            shininess: 120,
          },
        }),
        sheetMesh({
          name: 'bezel',
          size: frame,
          place,
          material: { kind: 'solid', albedo: [0.012, 0.012, 0.013], specular: 0.2, shininess: 60, twoSided: true },
        }),
      ];
      const edges = {
        halfWidthMm: frame.widthMm / 2,
        heightMm: -frame.heightMm / 2 - frame.eyesAboveMiddleMm + 45,
        bendMm: 0,
      };
      return [...meshes, ...(hands?.(held, place, edges) ?? [])];
    },
  };
}

function portraitOf(target: AttackTarget, pose: Partial<Pose>, seed: number): Portrait {
  return 'portrait' in target ? target.portrait : takePortrait(target, { smile: 0.2, ...pose }, seed);
}

/** Nobody holds a sheet quite upright: the seed's own tilt on top of the pose. */
function leaning(seed: number): (pose: Pose) => Pose {
  const random = createRandom(seed * 11 + 3);
  const [yaw, pitch, roll] = [5 * random.normal(), 4 * random.normal(), 2.5 * random.normal()];
  return (pose) => ({
    ...pose,
    yawDeg: pose.yawDeg + yaw,
    pitchDeg: pose.pitchDeg + pitch,
    rollDeg: pose.rollDeg + roll,
  });
}
