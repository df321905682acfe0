import type { CaptureOptions } from '../camera/capture-frames.ts';
import { headTransform } from '../people/head-pose.ts';
import type { Vec3 } from '../people/math.ts';
import { gridSurface } from '../people/mesh-tools.ts';
import { createRandom } from '../people/noise.ts';
import { proceduralPerson } from '../people/person.ts';
import { linearRgb, type PersonTraits } from '../people/traits.ts';
import type { Pose, SceneMesh, Subject } from '../scene-types.ts';

/** What bona fide people are varied by, and reported by. A person may belong to several. */
export const BONA_FIDE_SUBGROUPS = [
  'plain',
  'glasses',
  'beard',
  'scarf',
  'hat',
  'child',
  'dark skin',
  'light skin',
  'smiling',
  'not smiling',
  'tremor',
  'mask under the chin',
  'bright light',
  'dim light',
  'woman',
  'man',
  'over 50',
] as const;
export type BonaFideSubgroup = (typeof BONA_FIDE_SUBGROUPS)[number];

export type BonaFide = {
  readonly subject: Subject;
  /** Everything the person is counted under. */
  readonly subgroups: readonly BonaFideSubgroup[];
  /** How they stand before the camera. */
  readonly capture: Pick<
    CaptureOptions,
    'smiling' | 'light' | 'tremor' | 'motion' | 'distanceMm' | 'yawDeg' | 'pitchDeg' | 'offCentreMm'
  >;
};

type Variant = { readonly name: BonaFideSubgroup; readonly traits?: Partial<PersonTraits> };

/** Taken in turn by the seed, so that any run of a dozen people has each. */
const VARIANTS: readonly Variant[] = [
  { name: 'plain', traits: { glasses: 'none', hat: 'none', scarf: false } },
  { name: 'glasses', traits: { glasses: 'square' } },
  { name: 'beard', traits: { sex: 'male', beard: 'full' } },
  { name: 'scarf', traits: { scarf: true } },
  { name: 'hat', traits: { hat: 'beanie' } },
  { name: 'child', traits: {} },
  { name: 'dark skin', traits: { skinReflectance: 0.09 } },
  { name: 'light skin', traits: { skinReflectance: 0.48 } },
  { name: 'tremor' },
  { name: 'mask under the chin', traits: { beard: 'none' } },
  { name: 'bright light' },
  { name: 'dim light' },
  { name: 'glasses', traits: { glasses: 'round' } },
  { name: 'hat', traits: { hat: 'cap' } },
];

/** A genuine person by seed, with what makes them harder to tell and how they stand. */
export function bonaFide(seed: number): BonaFide {
  const variant = VARIANTS[seed % VARIANTS.length];
  const random = createRandom(seed * 151 + 9);
  const smiling = random.next() < 0.5;
  const traits = { ...variant.traits };
  if (variant.name === 'child') Object.assign(traits, CHILD);
  const person = proceduralPerson(seed, traits);
  const subject =
    variant.name === 'child'
      ? smaller(person, random.range(0.82, 0.92))
      : variant.name === 'mask under the chin'
        ? withMaskUnderChin(person, seed)
        : person;
  const { traits: made } = person;
  const groups = new Set<BonaFideSubgroup>([variant.name, smiling ? 'smiling' : 'not smiling']);
  if (made.glasses !== 'none') groups.add('glasses');
  if (made.beard === 'full') groups.add('beard');
  if (made.skinReflectance < 0.14) groups.add('dark skin');
  if (made.skinReflectance > 0.4) groups.add('light skin');
  if (made.ageYears > 50) groups.add('over 50');
  if (variant.name !== 'child') groups.add(made.sex === 'female' ? 'woman' : 'man');
  const light = variant.name === 'bright light' ? 'bright' : variant.name === 'dim light' ? 'dim' : 'normal';
  return {
    subject,
    subgroups: BONA_FIDE_SUBGROUPS.filter((name) => groups.has(name)),
    capture: {
      smiling,
      light,
      tremor: variant.name === 'tremor' ? random.range(0.5, 1) : 0,
      motion: random.range(0.6, 1.4),
      distanceMm: random.range(450, 680),
      yawDeg: 5 * random.normal(1.6),
      pitchDeg: 4 * random.normal(1.6),
      offCentreMm: 18 * random.normal(1.6),
    },
  };
}

/** Softer and rounder than grown-ups; the size comes by scaling. */
const CHILD: Partial<PersonTraits> = {
  ageYears: 20,
  ipdMm: 60,
  browRidgeMm: 0,
  wrinkles: 0,
  beard: 'none',
  hairGrey: 0,
  noseProjectionMm: 16,
  noseBridgeHeightMm: 5,
  jawWidthScale: 0.93,
  chinHeightOffsetMm: -5,
  faceLengthOffsetMm: -5,
  cheekFullnessMm: 3,
  cheekHollowMm: 0,
  smileFold: 0.05,
  eyeBags: 0,
};

/** Scaled about the place where the head is. */
function smaller(subject: Subject, scale: number): Subject {
  return {
    id: `${subject.id}-small`,
    label: subject.label,
    meshes(pose) {
      const { x, y, z } = pose.offsetMm;
      // The face stays as far before the scene's origin as a grown-up's.
      const origin = [x, y, z + 90];
      return subject.meshes(pose).map((mesh) => ({
        ...mesh,
        positionsMm: mesh.positionsMm.map((value, i) => origin[i % 3] + scale * (value - origin[i % 3])),
      }));
    },
  };
}

const MASK_COLOURS = ['#8fb6cf', '#e8e8e4', '#23262b'];

/** A surgical mask pulled down: pleated cloth around the chin that leaves mouth and nose free. */
function withMaskUnderChin(subject: Subject, seed: number): Subject {
  const random = createRandom(seed * 157 + 9);
  const albedo = linearRgb(random.pick(MASK_COLOURS));
  const surface = gridSurface({ rows: 13, columns: 41 }, (down, along): Vec3 => {
    const angle = (along - 0.5) * 2.2;
    const pleat = 1.5 * Math.sin(down * 6 * Math.PI);
    const reach = 66 + pleat - 14 * down;
    return [
      1.05 * reach * Math.sin(angle),
      -96 - 34 * down - 10 * Math.cos(angle),
      34 + reach * Math.cos(angle) - 8 * down,
    ];
  });
  return {
    id: `${subject.id}-mask-down`,
    label: subject.label,
    meshes(pose: Pose): SceneMesh[] {
      const { rigid } = headTransform(pose);
      const mask: SceneMesh = {
        name: 'mask',
        ...surface,
        ...rigid(surface.positionsMm, surface.normals),
        material: { kind: 'cloth', albedo, twoSided: true },
      };
      return [...subject.meshes(pose), mask];
    },
  };
}
