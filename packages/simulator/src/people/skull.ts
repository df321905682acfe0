import type { Landmarks } from './landmarks.ts';
import { type KeyCurve, keyCurve, lerp, smoothstep } from './math.ts';
import type { PersonTraits } from './traits.ts';

/**
 * The head and neck without features: closed rings stacked from the crown (`level` 0) to the shoulders (18). Each ring
 * passes through a front, a side and a back point; `angle` runs from the face (0) round to the back (+-pi), positive
 * towards the image's right.
 */
export type Skull = {
  readonly lastLevel: number;
  ring(level: number): Ring;
};

export type Ring = {
  readonly frontY: number;
  readonly frontZ: number;
  readonly sideX: number;
  readonly sideY: number;
  readonly sideZ: number;
  readonly backY: number;
  readonly backZ: number;
  /** Squareness of the front: 2 is an ellipse. */
  readonly exponent: number;
};

export function createSkull(traits: PersonTraits, marks: Landmarks): Skull {
  const curve: KeyCurve = keyCurve(keyRings(traits, marks));
  const buffer = new Float64Array(8);
  return {
    lastLevel: curve.lastKey,
    ring(level) {
      curve.at(level, buffer);
      const [frontY, frontZ, sideX, sideY, sideZ, backY, backZ, exponent] = buffer;
      return { frontY, frontZ, sideX, sideY, sideZ, backY, backZ, exponent };
    },
  };
}

/** The bare surface at one angle of a ring, written to `out` as x, y, z. */
export function skullPoint(ring: Ring, angle: number, out: Float64Array): void {
  const across = Math.abs(Math.sin(angle));
  const ahead = Math.cos(angle);
  out[0] = (angle < 0 ? -1 : 1) * ring.sideX * across;
  const share = ahead * ahead;
  if (ahead >= 0) {
    const rounding = 1 / lerp(1.9, 2.05, smoothstep(1.85, 2.15, ring.exponent));
    out[1] = ring.sideY + (ring.frontY - ring.sideY) * share;
    out[2] = ring.sideZ + (ring.frontZ - ring.sideZ) * Math.max(0, 1 - across ** ring.exponent) ** rounding;
  } else {
    out[1] = ring.sideY + (ring.backY - ring.sideY) * share;
    out[2] = ring.sideZ + (ring.backZ - ring.sideZ) * (-ahead) ** 0.95;
  }
}

/** Rows of [level, frontY, frontZ, sideX, sideY, sideZ, backY, backZ, exponent]. */
function keyRings(traits: PersonTraits, marks: Landmarks): number[][] {
  return [...craniumRings(traits, marks), ...jawRings(traits, marks), ...neckRings(traits, marks)];
}

function craniumRings(traits: PersonTraits, marks: Landmarks): number[][] {
  const width = traits.headWidthScale * traits.faceWidthScale;
  const length = traits.headLengthScale;
  const slope = traits.foreheadSlopeMm;
  const top = 111 * traits.headHeightScale + traits.foreheadHeightOffsetMm * 0.6;
  const trichion = marks.hairlineY;
  return [
    [0, top, -6, 0.5, top, -6, top, -6, 2],
    [0.35, top - 1.5, 24, 30 * width, top - 3, -8, top - 2, -38 * length, 2],
    [1, top - 8, 52, 50 * width, top - 11, -9, top - 10, -66 * length, 2.05],
    [2, top - 24, 77 + slope * 0.6, 67 * width, top - 32, -9, top - 34, -88 * length, 2.15],
    [3, trichion - 3, 89 + slope * 0.5, 74.5 * width, 58, -8, 52, -98 * length, 2.3],
    [4, 50, 96.5 + slope * 0.25, 77 * width, 38, -7, 22, -101 * length, 2.4],
    [5, marks.browY + 3, 98.5, 76.5 * width, 20, -6, -2, -98 * length, 2.35],
    [6, 3, 95, 74.5 * width, 2, -4, -22, -92 * length, 2.2],
  ];
}

function jawRings(traits: PersonTraits, marks: Landmarks): number[][] {
  const width = traits.headWidthScale * traits.faceWidthScale;
  const jaw = traits.jawWidthScale * traits.faceWidthScale;
  const low = traits.jawHeightOffsetMm;
  const full = traits.fullnessMm;
  const square = traits.jawSquareness;
  const chin = traits.chinProjectionMm;
  const menton = marks.mentonY;
  return [
    [7, -20, 95, 71.5 * width + full, -15, -1, -38, -85 * traits.headLengthScale, 2.12],
    [8, marks.subnasaleY, 96, 67.5 * lerp(width, jaw, 0.5) + full * 1.6, -34 + low * 0.3, 2, -52, -77, 2.05],
    [9, marks.mouthY, 94.5, 64.5 * jaw + full * 2.2, -51 + low * 0.6, 3, -63, -71, 2 + square * 0.3],
    [10, marks.chinFoldY, 92.5 + chin * 0.5, 61.5 * jaw + full * 2.4, -64 + low, 2, -74, -67, 1.95 + square * 0.5],
    [11, marks.chinY, 91 + chin, 58 * jaw + full * 2.5, -73 + low, 0, -82, -66, 1.9 + square * 0.6],
    [11.8, menton + 2.5, 84.5 + chin, 54.5 * jaw + full * 2.5, -80 + low, -6, -89, -64, 1.86 + square * 0.6],
  ];
}

function neckRings(traits: PersonTraits, marks: Landmarks): number[][] {
  const neck = traits.neckWidthScale;
  const jaw = traits.jawWidthScale * traits.faceWidthScale;
  const full = traits.fullnessMm;
  const doubleChin = Math.max(0, full);
  const low = traits.jawHeightOffsetMm * 0.7;
  const chin = traits.chinProjectionMm;
  const menton = marks.mentonY;
  return [
    [12.4, menton - 1.5, 70 + chin * 0.8, 50.5 * lerp(jaw, neck, 0.4) + full * 2.5, -88 + low, -13, -96, -66, 1.9],
    [13, menton - 4 - doubleChin * 1.5, 50 + chin * 0.3, 47 * neck + full * 2, -97, -17, -103, -67, 1.95],
    [14, menton - 12 - doubleChin * 2, 32, 47 * neck + full * 1.5, -112, -20, -116, -69, 2],
    [15, -150, 27, 49.5 * neck + full, -142, -22, -142, -74, 2],
    [16, -174, 33, 60 * neck + full, -166, -25, -165, -82, 2],
    [17, -206, 57, 106 * neck, -182, -27, -190, -92, 2],
    [18, -250, 77, 172 * traits.shoulderWidthScale, -206, -28, -230, -100, 2],
  ];
}
