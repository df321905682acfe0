import type { RoomLight } from '../render/lights.ts';
import type { Subject } from '../scene-types.ts';

/**
 * Kinds of presentation attack (ISO/IEC 30107-3 calls them species), numbered as in the list that all reports use.
 * `way` says how the simulator makes them: something held or worn before the camera, or frames of a genuine capture
 * put in instead of the camera's own.
 */
export type AttackSpecies = {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  /** False for what structured light and screen light are not expected to tell from a face. */
  readonly inScope: boolean;
  readonly way: 'presented' | 'injected';
};

export const ATTACK_SPECIES = [
  { id: 1, kind: 'print', name: 'matte A4 print, held and tilted', inScope: true, way: 'presented' },
  { id: 2, kind: 'glossy-print', name: 'glossy print', inScope: true, way: 'presented' },
  { id: 3, kind: 'cut-out', name: 'cut-out silhouette', inScope: true, way: 'presented' },
  { id: 4, kind: 'bent-print', name: 'print bent about the vertical', inScope: true, way: 'presented' },
  { id: 5, kind: 'rolled-print', name: 'print bent about another axis', inScope: true, way: 'presented' },
  { id: 6, kind: 'eye-holes', name: 'print with eye holes, live eyes behind', inScope: true, way: 'presented' },
  { id: 7, kind: 'nose-hole', name: 'print with eye and nose holes, nose through', inScope: true, way: 'presented' },
  { id: 8, kind: 'strapped-print', name: 'bent print with holes, strapped on', inScope: true, way: 'presented' },
  { id: 9, kind: 'curled-print', name: 'print as a cone or an S-curve', inScope: true, way: 'presented' },
  { id: 10, kind: 'crumpled-print', name: 'crumpled or wet-moulded print', inScope: true, way: 'presented' },
  { id: 11, kind: 'phone', name: 'phone replay', inScope: true, way: 'presented' },
  { id: 12, kind: 'tablet', name: 'tablet replay, life size', inScope: true, way: 'presented' },
  { id: 13, kind: 'old-challenge', name: 'replay of an old light challenge', inScope: true, way: 'injected' },
  { id: 14, kind: 'live-relay', name: 'live relay of our colours, 80-150 ms late', inScope: true, way: 'injected' },
  { id: 15, kind: 'curved-screen', name: 'curved OLED', inScope: true, way: 'presented' },
  { id: 16, kind: 'projected-sheet', name: 'projection on a sheet', inScope: true, way: 'presented' },
  { id: 17, kind: 'projected-face', name: 'projection on a real face', inScope: true, way: 'presented' },
  { id: 18, kind: 'shallow-relief', name: 'shallow relief, 0.4 to 0.6 of the depth', inScope: true, way: 'presented' },
  { id: 19, kind: 'ellipsoid', name: 'smooth ellipsoid', inScope: true, way: 'presented' },
  { id: 20, kind: 'doll', name: 'doll, 0.5 to 0.8 of life size', inScope: true, way: 'presented' },
  { id: 21, kind: 'folded-mask', name: 'folded paper mask', inScope: true, way: 'presented' },
  { id: 22, kind: 'rigid-mask', name: 'rigid 3D mask', inScope: false, way: 'presented' },
  { id: 23, kind: 'rigid-mask-eyes', name: 'rigid 3D mask with eye holes', inScope: false, way: 'presented' },
  { id: 24, kind: 'printed-head', name: '3D-printed head', inScope: false, way: 'presented' },
  { id: 25, kind: 'elastic-mask', name: 'elastic mask', inScope: false, way: 'presented' },
  { id: 26, kind: 'patch', name: 'printed patch or glasses on a live face', inScope: false, way: 'presented' },
  { id: 27, kind: 'twin', name: 'twin and make-up', inScope: false, way: 'presented' },
  { id: 28, kind: 'eyes-closed', name: 'eyes closed, no intent', inScope: true, way: 'presented' },
  { id: 29, kind: 'exact-replay', name: 'byte-exact replay of a genuine session', inScope: true, way: 'injected' },
  { id: 30, kind: 'tinted-session', name: 'old session re-signed and tinted', inScope: true, way: 'injected' },
  { id: 31, kind: 'relit-deepfake', name: 'relit RGB-D deepfake', inScope: false, way: 'injected' },
  { id: 32, kind: 'foreign-depth', name: 'photo RGB with foreign depth', inScope: true, way: 'injected' },
  { id: 33, kind: 'glare', name: 'glossy print in glare', inScope: true, way: 'presented' },
] as const satisfies readonly AttackSpecies[];

type Entry = (typeof ATTACK_SPECIES)[number];
/** What can be put before the camera. */
export type AttackKind = Extract<Entry, { way: 'presented' }>['kind'];
/** What is put in instead of the camera's frames. */
export type InjectionKind = Extract<Entry, { way: 'injected' }>['kind'];

export function speciesOf(kind: AttackKind | InjectionKind): AttackSpecies {
  const found = ATTACK_SPECIES.find((species) => species.kind === kind);
  if (!found) throw new RangeError(`there is no attack called ${kind}`);
  return found;
}

export function isPresented(kind: string): kind is AttackKind {
  return ATTACK_SPECIES.some((species) => species.kind === kind && species.way === 'presented');
}

/** Somebody who presents an instrument instead of their own face. */
export type AttackSubject = Subject & {
  readonly species: AttackSpecies;
  /** What the attacker arranges around it. */
  readonly arrangement?: { readonly distanceMm?: number; readonly light?: RoomLight; readonly motion?: number };
};
