import type { Rgb } from '../scene-types.ts';
import { clamp } from './math.ts';

export type HairStyle =
  | 'bald'
  | 'buzz'
  | 'short'
  | 'swept'
  | 'receding'
  | 'curly'
  | 'pixie'
  | 'bob'
  | 'long'
  | 'wavy'
  | 'bun';
export type BeardStyle = 'none' | 'stubble' | 'moustache' | 'goatee' | 'full';
export type GlassesStyle = 'none' | 'round' | 'square';
export type Neckline = 'crew' | 'v' | 'collar';
export type HatStyle = 'none' | 'beanie' | 'cap';

/**
 * Everything that tells one person from another. Lengths are millimetres; those called `...Offset` are added to an
 * average adult, the plain ones are the size itself. Scales are 1 for the average adult.
 */
export type PersonTraits = {
  sex: 'female' | 'male';
  ageYears: number;

  /** Luminance reflectance of the cheek, 0.08 (very dark) to 0.5 (very light). */
  skinReflectance: number;
  /** Standard scores: how rosy and how golden the skin is. */
  skinRedness: number;
  skinGold: number;
  /** 0..1. */
  freckles: number;
  moleCount: number;
  /** Unevenness of the skin colour, about 1. */
  mottling: number;
  /** 0..1.2, forehead lines and crow's feet. */
  wrinkles: number;

  headWidthScale: number;
  headLengthScale: number;
  headHeightScale: number;
  faceWidthScale: number;
  /** Soft tissue over jaw and cheeks. */
  fullnessMm: number;
  foreheadHeightOffsetMm: number;
  foreheadSlopeMm: number;
  browRidgeMm: number;
  templeHollowMm: number;
  faceLengthOffsetMm: number;

  jawWidthScale: number;
  jawHeightOffsetMm: number;
  /** -0.5 (tapered) to 0.6 (square). */
  jawSquareness: number;
  chinHeightOffsetMm: number;
  chinWidthMm: number;
  chinProjectionMm: number;
  /** 0..1.5 dimple in the chin. */
  chinCleft: number;
  chinSquareness: number;
  cheekboneMm: number;
  cheekboneHeightOffsetMm: number;
  cheekHollowMm: number;
  cheekFullnessMm: number;

  /** Between the pupils, looking far. */
  ipdMm: number;
  eyeWidthMm: number;
  /** Height of the lids' margins over and under the line between the eye's corners. */
  upperLidMm: number;
  lowerLidMm: number;
  /** How much higher the outer corner lies than the inner one. */
  eyeTiltMm: number;
  eyeDepthMm: number;
  /** Where along the lid its highest point lies, 0 (inner) to 1. */
  lidPeak: number;
  lidCreaseMm: number;
  lidHoodMm: number;
  /** 0..2.5, bags under the eyes. */
  eyeBags: number;
  irisColor: Rgb;

  browHeightOffsetMm: number;
  browThicknessMm: number;
  browArchMm: number;
  browTiltMm: number;
  browLengthMm: number;
  /** 0.3..1.1. */
  browDensity: number;
  /** From the middle of the face to the inner end of a brow. */
  browInsetMm: number;

  noseLengthOffsetMm: number;
  noseHalfWidthMm: number;
  noseProjectionMm: number;
  noseBridgeHeightMm: number;
  noseBridgeWidthMm: number;
  noseHumpMm: number;
  noseTipRadiusMm: number;
  noseTipUpMm: number;
  noseBendMm: number;
  nostrilHeightOffsetMm: number;
  /** About 1. */
  nostrilDepth: number;

  philtrumOffsetMm: number;
  mouthHalfWidthMm: number;
  upperLipMm: number;
  lowerLipMm: number;
  lipProjectionMm: number;
  /** 0..0.6, depth of the notch in the upper lip. */
  cupidBow: number;
  /** Height of the mouth's corners at rest; a friendly face has them raised. */
  mouthCornerMm: number;
  /** 0 (skin) to 1.4 (painted). */
  lipTint: number;
  /** 0.05..0.3, the share of a full smile this face wears when it does nothing. */
  restingSmile: number;
  /** 0..1.6, the fold from nose to mouth. */
  smileFold: number;

  earScale: number;
  /** 0.2 (flat to the head) to 1. */
  earProtrusion: number;
  earHeightOffsetMm: number;
  neckWidthScale: number;
  shoulderWidthScale: number;

  asymmetryNoseMm: number;
  asymmetryEyesMm: number;
  asymmetryBrowsMm: number;
  asymmetryMouthMm: number;
  asymmetryJawMm: number;

  hairStyle: HairStyle;
  /** Linear reflectance before greying. */
  hairColor: Rgb;
  /** 0..1, share of grey hairs. */
  hairGrey: number;
  /** Side of the parting: -1 image left, 0 middle, 1 image right. */
  hairParting: -1 | 0 | 1;
  /** 0.6..1.5. */
  hairVolume: number;
  hairlineOffsetMm: number;
  widowsPeakMm: number;
  fringe: boolean;
  beard: BeardStyle;

  glasses: GlassesStyle;
  glassesColor: Rgb;
  neckline: Neckline;
  clothColor: Rgb;
  hat: HatStyle;
  scarf: boolean;
  accessoryColor: Rgb;
};

/** Linear reflectance of an sRGB colour written as `#rrggbb`. */
export function linearRgb(hex: string): Rgb {
  const channel = (start: number) => {
    const value = Number.parseInt(hex.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** Ends of the range of `skinReflectance`. */
export const LIGHTEST = 0.5;
export const DARKEST = 0.08;

/** 0 for the lightest skin we make, 1 for the darkest, even in log reflectance (as melanin is). */
export function melaninOf(skinReflectance: number): number {
  return clamp(Math.log(LIGHTEST / skinReflectance) / Math.log(LIGHTEST / DARKEST), 0, 1);
}
