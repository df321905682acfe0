import type { Face } from './face.ts';
import { bell, clamp, lerp, smoothMax, smoothstep } from './math.ts';
import { noseRelief } from './nose.ts';
import type { PersonTraits } from './traits.ts';

export const EYEBALL_RADIUS_MM = 12.2;
/** A lid's thickness over the eyeball. */
export const LID_THICKNESS_MM = 1.5;

export function eyeballZ(traits: PersonTraits): number {
  return 69.6 + traits.eyeDepthMm;
}

/**
 * The face's relief: the z of the skin over (x, y) where the bare skull lies at `bareZ`. The features are sums of
 * bells and fillets placed at the landmarks, in millimetres; each function below is one part of the face.
 */
export function reliefZ(face: Face, x: number, y: number, bareZ: number): number {
  let z = bareZ + cheeksAndBrow(face, x, y) + eyeSocket(face, x, y);
  z = eyeballUnderLids(face, x, y, z);
  z += muzzleAndChin(face, x, y) + smileFold(face, x, y);
  z = noseRelief(face, x, y, z);
  return z + lipRelief(face, x, y);
}

function cheeksAndBrow({ traits, marks }: Face, x: number, y: number): number {
  const a = Math.abs(x);
  const width = traits.faceWidthScale;
  const ridgeY = marks.browY - 2.5 + 2.5 * bell((a - 30) / 14);
  return (
    traits.cheekboneMm * bell((a - 46 * width) / 19) * bell((y + 27 - traits.cheekboneHeightOffsetMm) / 16) -
    traits.templeHollowMm * bell((a - 68 * width) / 13) * bell((y - 34) / 22) -
    traits.cheekHollowMm * bell((a - 46 * width) / 15) * bell((y - marks.mouthY - 6) / 18) +
    traits.cheekFullnessMm * bell((a - 38) / 19) * bell((y - marks.subnasaleY) / 18) +
    traits.browRidgeMm * (1 - smoothstep(30, 56, a)) * bell((y - ridgeY) / 10) * (0.45 + 0.55 * bell((a - 24) / 16)) +
    1.2 * bell((a - 24) / 16) * bell((y - 52) / 14)
  );
}

function eyeSocket({ traits, marks }: Face, x: number, y: number): number {
  const a = Math.abs(x);
  if (a > 66 || y > 34 || y < -34) return 0;
  const side = x < 0 ? -1 : 1;
  const dx = a - marks.eyeX;
  const dy = y - side * traits.asymmetryEyesMm * 0.4;
  const hollow = Math.exp(-(Math.abs(dx / 16.5) ** 2.4) - Math.abs((dy + 0.5) / 12) ** 2.2);
  return (
    -(5.8 - traits.lidHoodMm * 0.3) * hollow -
    2.6 * bell((a - marks.eyeX + 15.6) / 6) * bell((dy - 3) / 9) +
    (1.1 + traits.lidHoodMm * 0.7) * bell((dx - 4) / 14) * bell((dy - 11.5) / 4.5) +
    traits.eyeBags * 0.8 * bell(dx / 11) * bell((dy + 9.5) / 3) -
    traits.eyeBags * 0.45 * bell((dx + 3) / 12) * bell((dy + 14.5) / 3) -
    0.9 * bell((a - 24) / 10) * bell((y + 17 + (a - 24) * 0.25) / 5.5)
  );
}

/** The eyeball's bulge, which the lids wrap; a deep crease keeps the fillet above it narrow. */
function eyeballUnderLids({ traits, marks }: Face, x: number, y: number, z: number): number {
  const dx = Math.abs(x) - marks.eyeX;
  const dy = y - (x < 0 ? -1 : 1) * traits.asymmetryEyesMm * 0.4;
  const squared = dx * dx + dy * dy;
  if (squared >= 300) return z;
  const radius = EYEBALL_RADIUS_MM + LID_THICKNESS_MM;
  const center = eyeballZ(traits);
  const ball =
    squared < radius * radius
      ? center + Math.sqrt(radius * radius - squared)
      : center - (Math.sqrt(squared) - radius) * 2;
  return smoothMax(z, ball, 2.4 - 0.14 * clamp(traits.lidCreaseMm, 0, 7));
}

function muzzleAndChin({ traits, marks, lips }: Face, x: number, y: number): number {
  if (y > marks.subnasaleY + 30) return 0;
  const a = Math.abs(x);
  let z =
    3.6 * bell(x / 27) * bell((y - marks.mouthY - 3) / 19) +
    traits.lipProjectionMm * bell(x / 22) * bell((y - marks.mouthY) / 12) -
    2.1 * bell(x / 21) * bell((y - marks.chinFoldY) / 6.5) * (0.8 + 0.1 * traits.chinProjectionMm) +
    3.4 * bell(a / (traits.chinWidthMm * (1 + 0.3 * traits.chinSquareness))) * bell((y - marks.chinY) / 9.5) +
    1.5 * traits.chinSquareness * bell((a - traits.chinWidthMm * 0.85) / 7) * bell((y - marks.chinY + 4) / 8) -
    traits.chinCleft * 1.8 * bell(x / 2.6) * bell((y - marks.chinY) / 7) +
    traits.asymmetryJawMm * (x / 50) * smoothstep(-40, -95, y);
  if (y < marks.subnasaleY + 4 && a < 12) {
    const redBorder = lips.upper(0);
    const band =
      smoothstep(redBorder - 1, redBorder + 3, y) * smoothstep(marks.subnasaleY + 2, marks.subnasaleY - 3, y);
    z += band * 0.6 * (bell((a - 4.4) / 2) - bell(x / 2.6));
  }
  return z;
}

/** Where the fold runs at this height, from the wing of the nose to beside the mouth, and how strong it is there. */
export function smileFoldAt(face: Face, y: number): { readonly x: number; readonly strength: number } {
  const { traits, marks } = face;
  const t = clamp((marks.subnasaleY + 6 - y) / (marks.subnasaleY + 12 - marks.mouthY), -0.3, 1.25);
  return {
    x: lerp(traits.noseHalfWidthMm + 2.5, traits.mouthHalfWidthMm + 8.5, clamp(t, 0, 1) ** 0.8),
    strength: smoothstep(-0.25, 0.15, t) * (1 - smoothstep(0.85, 1.25, t)),
  };
}

function smileFold(face: Face, x: number, y: number): number {
  const { marks, traits } = face;
  if (y > marks.subnasaleY + 15 || y < marks.mouthY - 12) return 0;
  const fold = smileFoldAt(face, y);
  const beyond = Math.abs(x) - fold.x;
  return fold.strength * traits.smileFold * (1.2 * bell((beyond - 6.5) / 6) - 1.4 * bell(beyond / 3.4));
}

function lipRelief({ traits, lips }: Face, x: number, y: number): number {
  const a = Math.abs(x);
  if (a > lips.halfWidth + 11) return 0;
  const seam = lips.seam(x);
  if (y > seam + traits.upperLipMm + 14 || y < seam - traits.lowerLipMm - 12) return 0;
  const taper = Math.max(0, 1 - (a / lips.halfWidth) ** 2) ** 0.55;
  const dimple = 1.6 * bell((a - lips.halfWidth - 1.5) / 3.4) * bell((y - seam) / 4);
  const groove = (1 + 1.2 * taper) * bell((y - seam) / 1.2) * smoothstep(lips.halfWidth + 2.5, lips.halfWidth - 2, a);
  return taper * lipRoll(y - seam, lips.upper(x) - seam, seam - lips.lower(x)) - groove - dimple;
}

/** The rounded red of the lips in profile, `over` millimetres above where they meet. */
function lipRoll(over: number, upperHeight: number, lowerHeight: number): number {
  const dome = (t: number, steepness: number) => Math.sqrt(Math.max(0, 1 - (1 - Math.min(1, t * steepness)) ** 2));
  if (over >= 0) {
    const t = over / Math.max(0.8, upperHeight);
    return t < 1 ? 2.9 * dome(t, 1.7) * (1 - 0.45 * t) : 1.6 * bell((t - 1) * 2.2);
  }
  const t = -over / Math.max(0.8, lowerHeight);
  return t < 1 ? 3.7 * dome(t, 1.6) * (1 - 0.55 * t * t) : 1.67 * bell((t - 1) * 1.8);
}
