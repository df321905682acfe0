import { curvedScreen, phoneReplay, tabletReplay } from './panels.ts';
import {
  type AttackOptions,
  bentPrint,
  crumpledPrint,
  curledPrint,
  cutOut,
  ellipsoidAttack,
  flatPrint,
  foldedMask,
  glarePrint,
  glossyPrint,
  projectedSheet,
  rolledPrint,
  shallowRelief,
} from './sheets.ts';
import type { AttackKind, AttackSubject } from './species.ts';
import type { AttackTarget } from './target.ts';
import {
  doll,
  elasticMask,
  eyeHoles,
  eyesClosed,
  noseHole,
  patch,
  printedHead,
  projectedFace,
  rigidMask,
  strappedPrint,
  twin,
} from './worn.ts';

const MAKERS: Readonly<Record<AttackKind, (target: AttackTarget, options: AttackOptions) => AttackSubject>> = {
  print: flatPrint,
  'glossy-print': glossyPrint,
  'cut-out': cutOut,
  'bent-print': bentPrint,
  'rolled-print': rolledPrint,
  'eye-holes': eyeHoles,
  'nose-hole': noseHole,
  'strapped-print': strappedPrint,
  'curled-print': curledPrint,
  'crumpled-print': crumpledPrint,
  phone: phoneReplay,
  tablet: tabletReplay,
  'curved-screen': curvedScreen,
  'projected-sheet': projectedSheet,
  'projected-face': projectedFace,
  'shallow-relief': shallowRelief,
  ellipsoid: ellipsoidAttack,
  doll,
  'folded-mask': foldedMask,
  'rigid-mask': (target, options) => rigidMask(target, options, false),
  'rigid-mask-eyes': (target, options) => rigidMask(target, options, true),
  'printed-head': printedHead,
  'elastic-mask': elasticMask,
  patch,
  twin,
  'eyes-closed': eyesClosed,
  glare: glarePrint,
};

/**
 * One of the instruments by its kind; the seed gives it its own tilt, bend, print, gloss and hands. Throws a RangeError
 * when a copy in the round is asked of somebody who is only a picture.
 */
export function attackWith(kind: AttackKind, target: AttackTarget, options: AttackOptions): AttackSubject {
  return MAKERS[kind](target, options);
}
