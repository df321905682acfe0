import { type Landmarks, type LidCurves, type LipCurves, landmarksOf, lidCurves, lipCurves } from './landmarks.ts';
import type { PersonTraits } from './traits.ts';

/** One person's traits with the curves that follow from them; every sculptor and painter works from this. */
export type Face = {
  readonly traits: PersonTraits;
  readonly marks: Landmarks;
  /** The eye at the image's left and at its right. */
  readonly lids: readonly [LidCurves, LidCurves];
  readonly lips: LipCurves;
};

export function faceOf(traits: PersonTraits): Face {
  const marks = landmarksOf(traits);
  return { traits, marks, lids: [lidCurves(traits, -1), lidCurves(traits, 1)], lips: lipCurves(traits, marks) };
}
