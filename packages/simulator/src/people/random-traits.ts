import type { Rgb } from '../scene-types.ts';
import { clamp } from './math.ts';
import { createRandom, type Random } from './noise.ts';
import {
  type BeardStyle,
  DARKEST,
  type GlassesStyle,
  type HairStyle,
  LIGHTEST,
  linearRgb,
  melaninOf,
  type Neckline,
  type PersonTraits,
} from './traits.ts';

/**
 * The traits a seed stands for. `overrides` win; sex, age and skin also steer what goes with them (a dark-skinned person
 * seldom has blond hair), while the other draws stay the same whatever is overridden.
 */
export function randomTraits(seed: number, overrides: Partial<PersonTraits> = {}): PersonTraits {
  const random = createRandom(seed);
  const sexDraw = random.next() < 0.5 ? 'female' : 'male';
  const ageDraw = Math.round(random.range(20, 66));
  const melaninDraw = random.pickWeighted([
    [random.range(0, 0.2), 4],
    [random.range(0.2, 0.45), 3],
    [random.range(0.45, 0.72), 2],
    [random.range(0.72, 1), 2],
  ]);
  const skinReflectance = overrides.skinReflectance ?? LIGHTEST * (DARKEST / LIGHTEST) ** melaninDraw;
  const base: Basis = {
    sex: overrides.sex ?? sexDraw,
    ageYears: overrides.ageYears ?? ageDraw,
    skinReflectance,
    melanin: melaninOf(skinReflectance),
    old: clamp(((overrides.ageYears ?? ageDraw) - 35) / 30, 0, 1),
    masculine: (overrides.sex ?? sexDraw) === 'male' ? 0.5 : -0.5,
  };
  // Each group draws from a stream of its own: a new trait in one does not reshuffle the others.
  return {
    sex: base.sex,
    ageYears: base.ageYears,
    ...skinTraits(base, createRandom(seed * 8 + 1)),
    ...headTraits(base, createRandom(seed * 8 + 2)),
    ...eyeTraits(base, createRandom(seed * 8 + 3)),
    ...noseTraits(base, createRandom(seed * 8 + 4)),
    ...mouthTraits(base, createRandom(seed * 8 + 5)),
    ...hairTraits(base, createRandom(seed * 8 + 6)),
    ...dressTraits(createRandom(seed * 8 + 7)),
    ...overrides,
  };
}

type Basis = {
  sex: 'female' | 'male';
  ageYears: number;
  skinReflectance: number;
  melanin: number;
  /** 0 at 35 years and younger, 1 at 65. */
  old: number;
  /** -0.5 for women, 0.5 for men: the factor of every difference of means between the sexes. */
  masculine: number;
};

function skinTraits(base: Basis, random: Random) {
  const frecklesDraw = random.range(0.3, 1);
  const freckled = random.next() < 0.25 && base.melanin < 0.35;
  return {
    skinReflectance: base.skinReflectance,
    skinRedness: 0.5 * random.normal(),
    skinGold: 0.5 * random.normal(),
    freckles: freckled ? frecklesDraw : 0,
    moleCount: Math.floor(random.next() * random.next() * 5),
    mottling: random.range(0.6, 1.3),
    wrinkles: clamp(base.old * 0.75 + 0.12 * random.normal(), 0, 1.2),
  };
}

function headTraits({ masculine: m }: Basis, random: Random) {
  const n = (deviation: number) => deviation * random.normal();
  return {
    headWidthScale: 1 + 0.03 * m + n(0.035),
    headLengthScale: 1 + n(0.03),
    headHeightScale: 1 + n(0.025),
    faceWidthScale: 1 + n(0.03),
    fullnessMm: 0.6 + n(1.2),
    foreheadHeightOffsetMm: n(4),
    foreheadSlopeMm: -5 * m + n(3),
    browRidgeMm: clamp(1.8 + 2.8 * m + n(1), 0, 6),
    templeHollowMm: 1.6 + n(0.9),
    faceLengthOffsetMm: 3 * m + n(3),
    jawWidthScale: 1 + 0.09 * m + n(0.065),
    jawHeightOffsetMm: n(5),
    jawSquareness: 0.25 * m + n(0.16),
    chinHeightOffsetMm: 4 * m - 1.5 + n(2.8),
    chinWidthMm: 15 + 6 * m + n(3),
    chinProjectionMm: 2.5 * m + n(2.6),
    chinCleft: m > 0 ? clamp(n(1) - 0.7, 0, 1.5) : 0,
    chinSquareness: 0.4 * m + n(0.3),
    cheekboneMm: 4.6 - 0.6 * m + n(1.8),
    cheekboneHeightOffsetMm: n(3),
    cheekHollowMm: 0.7 + 0.8 * m + n(1.1),
    cheekFullnessMm: 1 - m + n(1.8),
    earScale: 0.95 + 0.07 * m + n(0.06),
    earProtrusion: clamp(0.36 + n(0.14), 0.15, 1),
    earHeightOffsetMm: n(3),
    neckWidthScale: 0.97 + 0.19 * m + n(0.05),
    shoulderWidthScale: 1 + 0.14 * m + n(0.05),
    asymmetryNoseMm: n(0.6),
    asymmetryEyesMm: n(0.6),
    asymmetryBrowsMm: n(0.7),
    asymmetryMouthMm: n(0.7),
    asymmetryJawMm: n(1.4),
  };
}

function eyeTraits({ masculine: m, old, melanin }: Basis, random: Random) {
  const n = (deviation: number) => deviation * random.normal();
  const darkIris = random.pick(['#2b170c', '#3d2412', '#311b0e']);
  const anyIris = random.pickWeighted([
    ['#3c2414', 4],
    ['#5d4220', 3],
    ['#6b6a3a', 2],
    ['#4f6f86', 3],
    ['#6f8794', 2],
  ] as const);
  return {
    ipdMm: clamp(63 + 2.4 * m + n(3), 54, 74),
    eyeWidthMm: 30.8 + n(1.5),
    upperLidMm: 6.3 - 0.7 * m + n(0.6),
    lowerLidMm: 4.9 + n(0.45),
    eyeTiltMm: 1.9 - 0.9 * m + n(1.2),
    eyeDepthMm: -1.1 * m + n(1.4),
    lidPeak: clamp(0.46 + n(0.045), 0.36, 0.58),
    lidCreaseMm: clamp(4.6 - m + n(1.7), 0.8, 9),
    lidHoodMm: clamp(0.7 * m - 0.4 + old * 1.1 + n(1.2), -2, 3),
    eyeBags: clamp(0.35 + old * 0.9 + n(0.4), 0, 2),
    irisColor: linearRgb(melanin > 0.4 ? darkIris : anyIris),
    browHeightOffsetMm: -2.6 * m + 0.5 + n(1.8),
    browThicknessMm: clamp(3.1 + 1.4 * m + n(0.8), 1.4, 6),
    browArchMm: 2.5 - 1.6 * m + n(1.1),
    browTiltMm: -0.6 + n(1.3),
    browLengthMm: 36 + 2 * m + n(2),
    browDensity: clamp(0.72 + 0.2 * m + n(0.17), 0.35, 1.1),
    browInsetMm: clamp(10.8 - m + n(1.5), 7, 15),
  };
}

function noseTraits({ masculine: m, melanin }: Basis, random: Random) {
  const n = (deviation: number) => deviation * random.normal();
  return {
    noseLengthOffsetMm: 2 * m - 0.5 + n(2.8),
    noseHalfWidthMm: 16.9 + 2 * m + 1.8 * melanin + n(1.7),
    noseProjectionMm: 19 + 2 * m - 1.8 * melanin + n(1.9),
    noseBridgeHeightMm: 7 + 2 * m - 1.5 * melanin + n(1.9),
    noseBridgeWidthMm: 7 + 0.8 * m + 0.6 * melanin + n(1),
    noseHumpMm: 0.8 * m - 0.2 + n(1.2),
    noseTipRadiusMm: clamp(8.3 + 0.8 * m + n(0.9), 6, 11),
    noseTipUpMm: 0.6 - 1.5 * m + n(1.8),
    noseBendMm: n(0.8),
    nostrilHeightOffsetMm: n(1),
    nostrilDepth: clamp(1 + n(0.18), 0.5, 1.5),
  };
}

function mouthTraits({ masculine: m, melanin, old }: Basis, random: Random) {
  const n = (deviation: number) => deviation * random.normal();
  return {
    philtrumOffsetMm: 2 * m - 1 + n(1.9),
    mouthHalfWidthMm: 25 + 1.8 * m + n(2.1),
    upperLipMm: clamp(6.1 - m + 2 * melanin + n(1.2), 3.4, 11),
    lowerLipMm: clamp(8 - 0.9 * m + 2 * melanin + n(1.4), 4.5, 13),
    lipProjectionMm: 2.4 * melanin + 0.4 + n(1.2),
    cupidBow: clamp(0.25 + n(0.12), 0.03, 0.55),
    mouthCornerMm: clamp(1.9 + n(0.8), 0.3, 3.8),
    restingSmile: random.range(0.1, 0.28),
    lipTint: clamp(0.5 - 0.5 * m + n(0.35), 0, 1.3),
    smileFold: clamp(0.25 + old * 0.7 + n(0.2), 0.03, 1.3),
  };
}

function hairTraits({ sex, melanin, old }: Basis, random: Random) {
  const dark = random.pick(['#15100e', '#1f1612', '#1a1310']);
  const brown = random.pickWeighted([
    ['#17110e', 5],
    ['#2a1c14', 4],
    ['#3b2517', 2],
  ] as const);
  const light = random.pickWeighted([
    ['#1b1410', 2],
    ['#33221a', 4],
    ['#55391f', 4],
    ['#8a6437', 3],
    ['#b08a50', 2],
    ['#7a3516', 1.4],
  ] as const);
  const greyDraw = random.range(0.2, 0.95);
  const greys = random.next() < 0.7 && old > 0.5;
  const his = random.pickWeighted<HairStyle>([
    ['buzz', 2],
    ['short', 4],
    ['swept', 4],
    ['bald', 1.1],
    ['curly', 1.8],
    ['receding', 1.6],
  ]);
  const hers = random.pickWeighted<HairStyle>([
    ['long', 3.5],
    ['wavy', 3],
    ['bun', 3],
    ['bob', 3],
    ['curly', 2],
    ['pixie', 1.3],
  ]);
  const beardDraw = random.pickWeighted<BeardStyle>([
    ['none', 4],
    ['stubble', 3],
    ['full', 2],
    ['goatee', 1.2],
    ['moustache', 1],
  ]);
  const fringeDraw = random.next() < 0.3;
  return {
    hairStyle: sex === 'male' ? his : hers,
    hairColor: linearRgb(melanin > 0.55 ? dark : melanin > 0.25 ? brown : light),
    hairGrey: greys ? greyDraw : 0,
    hairParting: random.pick([-1, 0, 1] as const),
    hairVolume: random.range(0.7, 1.4),
    hairlineOffsetMm: (sex === 'male' ? -2 : -6) + 3.5 * random.normal(),
    widowsPeakMm: 2.5 * random.normal(),
    fringe: sex === 'female' && fringeDraw,
    beard: sex === 'male' ? beardDraw : ('none' as const),
  };
}

const CLOTH_COLORS = [
  '#38536b',
  '#7a2f33',
  '#3f6b54',
  '#c9b79a',
  '#2e3238',
  '#d8d4cc',
  '#8a6f9b',
  '#c98a4a',
  '#5d7f9e',
];
const FRAME_COLORS = ['#1b1917', '#4a2a17', '#7d7873', '#20293d', '#6b2630'];

function dressTraits(random: Random) {
  const glasses = random.pick<GlassesStyle>(['round', 'square']);
  const clothIndex = Math.floor(random.next() * CLOTH_COLORS.length);
  const cloth = linearRgb(CLOTH_COLORS[clothIndex]);
  const shade = random.range(0.75, 1.2);
  const otherIndex = clothIndex + 1 + Math.floor(random.next() * (CLOTH_COLORS.length - 1));
  return {
    glasses: random.next() < 0.22 ? glasses : ('none' as const),
    glassesColor: linearRgb(random.pick(FRAME_COLORS)),
    neckline: random.pick<Neckline>(['crew', 'v', 'collar']),
    clothColor: cloth.map((c) => clamp(c * shade, 0.015, 0.75)) as unknown as Rgb,
    hat: 'none' as const,
    scarf: false,
    accessoryColor: linearRgb(CLOTH_COLORS[otherIndex % CLOTH_COLORS.length]),
  };
}
