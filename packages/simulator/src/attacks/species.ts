import type { Subject } from '../scene-types.ts';

/** Kinds of presentation attack, numbered as in the list of species that all reports use. */
export type AttackSpecies = {
  readonly id: number;
  readonly name: string;
  /** False for what this kind of camera is not expected to tell from a face. */
  readonly inScope: boolean;
};

/** The instruments there are so far. */
export const ATTACK_SPECIES = {
  print: { id: 1, name: 'matte A4 print, held and tilted', inScope: true },
  'bent-print': { id: 4, name: 'print bent about the vertical', inScope: true },
  tablet: { id: 12, name: 'tablet replay, life size', inScope: true },
} as const satisfies Record<string, AttackSpecies>;
export type AttackKind = keyof typeof ATTACK_SPECIES;

/** Somebody who presents an instrument instead of their own face. */
export type AttackSubject = Subject & { readonly species: AttackSpecies };
