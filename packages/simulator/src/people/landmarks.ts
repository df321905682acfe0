import { bell, clamp, lerp } from './math.ts';
import type { PersonTraits } from './traits.ts';

/** Heights (y, mm, eyes at 0) and half distances at which the features of one face lie. */
export type Landmarks = {
  readonly eyeX: number;
  readonly browY: number;
  readonly hairlineY: number;
  /** Root of the nose. */
  readonly sellionY: number;
  readonly noseTipY: number;
  readonly subnasaleY: number;
  readonly mouthY: number;
  /** The fold between lower lip and chin. */
  readonly chinFoldY: number;
  readonly chinY: number;
  readonly mentonY: number;
};

/** Average adult proportions (eyes half way between crown and chin) with the person's own offsets. */
export function landmarksOf(traits: PersonTraits): Landmarks {
  const subnasaleY = -46 - traits.noseLengthOffsetMm - traits.faceLengthOffsetMm * 0.2;
  const mouthY = subnasaleY - 21 - traits.philtrumOffsetMm;
  const mentonY = mouthY - 43 - traits.chinHeightOffsetMm - traits.faceLengthOffsetMm * 0.4;
  return {
    eyeX: traits.ipdMm / 2,
    browY: 20.5 + traits.browHeightOffsetMm,
    hairlineY: 67 + traits.foreheadHeightOffsetMm,
    sellionY: 5 + 0.4 * traits.browHeightOffsetMm,
    noseTipY: subnasaleY + 9.5 + traits.noseTipUpMm * 0.6,
    subnasaleY,
    mouthY,
    chinFoldY: lerp(mouthY, mentonY, 0.4),
    chinY: mentonY + 13,
    mentonY,
  };
}

/**
 * The margins of one eye's lids. `dx` runs from the pupil outwards to the ear, heights are over the eye's own centre;
 * `openness` is 1 for an eye at rest and 0 for a shut one (the upper margin then lies on the lower).
 */
export type LidCurves = {
  readonly innerDx: number;
  readonly outerDx: number;
  readonly innerY: number;
  readonly outerY: number;
  /** The eye's centre over y = 0 (nobody's eyes are level). */
  readonly centerY: number;
  upper(dx: number, openness: number): number;
  lower(dx: number, openness: number): number;
};

export function lidCurves(traits: PersonTraits, side: -1 | 1): LidCurves {
  const innerDx = -traits.eyeWidthMm * 0.505;
  const outerDx = traits.eyeWidthMm * 0.495;
  const innerY = -traits.eyeTiltMm * 0.5 - 0.6;
  const outerY = traits.eyeTiltMm * 0.5 + 0.1;
  const upperHeight = traits.upperLidMm + side * traits.asymmetryEyesMm * 0.3;
  // The exponents that bring the top of a half sine wave to the wished place along the lid.
  const upperSkew = Math.log(0.5) / Math.log(traits.lidPeak);
  const lowerSkew = Math.log(0.5) / Math.log(0.6);
  const along = (dx: number) => clamp((dx - innerDx) / (outerDx - innerDx), 0, 1);
  const arch = (t: number, skew: number, roundness: number) => Math.max(0, Math.sin(Math.PI * t ** skew)) ** roundness;
  const lower = (dx: number, openness: number) => {
    const t = along(dx);
    return lerp(innerY, outerY, t) - traits.lowerLidMm * arch(t, lowerSkew, 0.8) * (0.72 + 0.28 * openness);
  };
  const upper = (dx: number, openness: number) => {
    const t = along(dx);
    const open = lerp(innerY, outerY, t) + upperHeight * arch(t, upperSkew, 0.72);
    return lerp(lower(dx, openness), open, openness);
  };
  return { innerDx, outerDx, innerY, outerY, centerY: side * traits.asymmetryEyesMm * 0.4, upper, lower };
}

/** The three lines of a closed mouth as heights over x: where the lips meet, and the red's upper and lower borders. */
export type LipCurves = {
  readonly halfWidth: number;
  seam(x: number): number;
  upper(x: number): number;
  lower(x: number): number;
};

export function lipCurves(traits: PersonTraits, marks: Landmarks): LipCurves {
  const halfWidth = traits.mouthHalfWidthMm;
  const rise = traits.mouthCornerMm;
  const seam = (x: number) => {
    const a = Math.abs(x);
    const reach = Math.min(1.3, a / halfWidth);
    return (
      marks.mouthY -
      0.9 * bell(x / 5) +
      0.7 * bell((a - 11) / 6) +
      rise * (reach ** 2.4 - 0.3) +
      traits.asymmetryMouthMm * 0.5 * (x / halfWidth)
    );
  };
  const taper = (x: number, reach: number, power: number, end: number) =>
    Math.max(0, 1 - (Math.abs(x) / (halfWidth * reach)) ** power) ** end;
  const upper = (x: number) => {
    const bow = taper(x, 1, 2.1, 0.75) * (1 - traits.cupidBow * bell(x / 4.2));
    return seam(x) + traits.upperLipMm * (bow + 0.1 * bell((Math.abs(x) - 6.5) / 4));
  };
  const lower = (x: number) => seam(x) - traits.lowerLipMm * taper(x, 0.97, 2.2, 0.7);
  return { halfWidth, seam, upper, lower };
}
