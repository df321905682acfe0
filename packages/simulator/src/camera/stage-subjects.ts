import { createHash } from 'node:crypto';
import type { ColourImage } from '@smile/camera';
import { attackWith } from '../attacks/attacks.ts';
import { portraitOfPhoto } from '../attacks/portrait.ts';
import type { AttackKind } from '../attacks/species.ts';
import type { AttackTarget } from '../attacks/target.ts';
import { type PersonTraits, proceduralPerson } from '../people/index.ts';
import { photoPerson } from '../photo/photo-person.ts';
import type { Subject } from '../scene-types.ts';

/** Who or what stands on the stage, described so that it can cross to the thread that renders it. */
export type StageSubject =
  | { readonly kind: 'empty' }
  | { readonly kind: 'procedural'; readonly seed: number; readonly traits?: Partial<PersonTraits> }
  | { readonly kind: 'photo'; readonly image: ColourImage; readonly meshPoints: Float32Array }
  /** The seed gives the instrument its own tilt, bend and hands. */
  | { readonly kind: AttackKind; readonly of: StageSubject; readonly seed?: number };

const MAX_SUBJECTS = 12;

/** Makes subjects of descriptions and keeps the latest dozen: building a person takes half a second. */
export class SubjectCache {
  readonly #subjects = new Map<string, Subject>();

  /** Null for nobody. Throws a RangeError for a description without sense. */
  get(description: StageSubject): Subject | null {
    const key = subjectKey(description);
    const made = this.#subjects.get(key) ?? this.#make(description);
    if (!made) return null;
    // The one used last is the last to go.
    this.#subjects.delete(key);
    this.#subjects.set(key, made);
    if (this.#subjects.size > MAX_SUBJECTS) this.#subjects.delete(this.#subjects.keys().next().value as string);
    return made;
  }

  #make(description: StageSubject): Subject | null {
    switch (description.kind) {
      case 'empty':
        return null;
      case 'procedural':
        if (!Number.isInteger(description.seed)) throw new RangeError(`${description.seed} is no seed`);
        return proceduralPerson(description.seed, description.traits);
      case 'photo':
        return photoPerson(description);
      default: {
        const target = this.#targetOf(description.of);
        return target && attackWith(description.kind, target, { seed: description.seed ?? 1 });
      }
    }
  }

  /** A photo is printed as it is, and moulded as its person; of anybody else a photo is taken first. */
  #targetOf(description: StageSubject): AttackTarget | null {
    if (description.kind !== 'photo') return this.get(description);
    const portrait = portraitOfPhoto(description.image, description.meshPoints);
    const subject = this.get(description) ?? undefined;
    return { portrait, id: subjectKey(description), label: 'a photo', subject };
  }
}

/** The same for the same description; photos are told apart by what is in them. */
export function subjectKey(description: StageSubject): string {
  return JSON.stringify(description, (_, value: unknown) => (ArrayBuffer.isView(value) ? digest(value) : value));
}

function digest({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}
