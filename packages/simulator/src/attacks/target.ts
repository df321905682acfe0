import { proceduralPerson } from '../people/person.ts';
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

/** Those who hold and wear the instruments. There are few of them, as building a person takes half a second. */
const ACCOMPLICES = 6;
const ACCOMPLICES_FROM = 7_000;
const accomplices = new Map<number, ReturnType<typeof proceduralPerson>>();

export function accomplice(seed: number): ReturnType<typeof proceduralPerson> {
  const number = ((seed % ACCOMPLICES) + ACCOMPLICES) % ACCOMPLICES;
  const known = accomplices.get(number);
  if (known) return known;
  const made = proceduralPerson(ACCOMPLICES_FROM + number, { glasses: 'none', hat: 'none', hairStyle: 'buzz' });
  accomplices.set(number, made);
  return made;
}
