import { proceduralPerson } from '../people/person.ts';
import { isReportingSeed, PERSON_SEEDS } from '../people/person-seeds.ts';
import type { Pose, Subject } from '../scene-types.ts';
import { type FaceHeights, faceHeights } from './face-heights.ts';
import { type Portrait, takePortrait } from './portrait.ts';

/** Whom the instrument shows: a subject (a photo of it is taken), or a portrait there is, with the person if known. */
export type AttackTarget =
  | Subject
  | { readonly portrait: Portrait; readonly id: string; readonly label: string; readonly subject?: Subject };

export function portraitOf(target: AttackTarget, pose: Partial<Pose> = {}): Portrait {
  return 'portrait' in target ? target.portrait : takePortrait(target, { smile: 0.2, ...pose });
}

/** The target in the round. Throws a RangeError where there is but a picture. */
export function bodyOf(target: AttackTarget): Subject {
  if (!('portrait' in target)) return target;
  if (!target.subject) throw new RangeError('this attack copies a person in the round, and there is only a picture');
  return target.subject;
}

/** The relief an attacker works with: the target's own, or anybody's under the picture. */
export function heightsOf(target: AttackTarget, seed: number): FaceHeights {
  if (!('portrait' in target)) return faceHeights(target);
  return faceHeights(target.subject ?? accomplice(seed));
}

/** There are few of them, as building a person takes half a second. */
const ACCOMPLICES = 6;
const accomplices = new Map<number, ReturnType<typeof proceduralPerson>>();

/** Whoever holds or wears the instrument of an attack with this seed. */
export function accomplice(seed: number): ReturnType<typeof proceduralPerson> {
  const { ofCalibration, ofReporting } = PERSON_SEEDS.accomplices;
  const number = (isReportingSeed(seed) ? ofReporting : ofCalibration) + (Math.abs(seed) % ACCOMPLICES);
  const known = accomplices.get(number);
  if (known) return known;
  const made = proceduralPerson(number, { glasses: 'none', hat: 'none', hairStyle: 'buzz' });
  accomplices.set(number, made);
  return made;
}
