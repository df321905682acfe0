import type { Face } from './face.ts';
import { bell, clamp, lerp, smoothMax, smoothstep } from './math.ts';

/** The plane of the face from which nose heights are counted. */
const FACE_PLANE_Z = 95.6;

/** Raises the nose out of the face: bridge, ball of the tip, wings, and the hollows of the nostrils. */
export function noseRelief(face: Face, x: number, y: number, z: number): number {
  const { traits, marks } = face;
  const a = Math.abs(x);
  if (a >= 40 || y <= marks.subnasaleY - 10 || y >= marks.sellionY + 34) return z;
  const window =
    smoothstep(40, 22, a) *
    smoothstep(marks.subnasaleY - 10, marks.subnasaleY - 3, y) *
    smoothstep(marks.sellionY + 34, marks.sellionY + 20, y);
  const bend = traits.noseBendMm * smoothstep(marks.sellionY, marks.noseTipY, y) + traits.asymmetryNoseMm * 0.4;
  const across = Math.abs(x - bend);
  const { height, width } = bridgeProfile(face, y);
  let raised = z + Math.max(0, height) / (1 + (across / width) ** 2.3);
  raised = tipBall(face, across, y, raised);
  raised = nostrilWing(face, across, y, raised);
  raised -= 4.6 * traits.nostrilDepth * bell((across - 6.6) / 3.4) * bell((y - marks.subnasaleY - 1.4) / 1.9);
  return z + (raised - z) * window;
}

/** Height over the face plane and half width of the nose's back at height `y`. */
function bridgeProfile({ traits, marks }: Face, y: number): { height: number; width: number } {
  const rootHeight = traits.noseBridgeHeightMm * 0.62;
  const tipHeight = 0.4 + traits.noseProjectionMm;
  const rootWidth = traits.noseBridgeWidthMm + 0.5;
  const tipWidth = traits.noseBridgeWidthMm + 2.2;
  const down = (marks.sellionY - y) / (marks.sellionY - marks.noseTipY);
  if (down < 0) {
    const fade =
      smoothstep(marks.sellionY + 30, marks.sellionY - 6, y) /
      smoothstep(marks.sellionY + 30, marks.sellionY - 6, marks.sellionY);
    return { height: rootHeight * fade, width: lerp(16, rootWidth, fade) };
  }
  if (down <= 1) {
    const hump = traits.noseHumpMm * Math.sin(Math.PI * clamp(down * 1.25, 0, 1)) - 1.1 * Math.sin(Math.PI * down);
    const waist = traits.noseBridgeWidthMm - 0.3;
    return {
      height: lerp(rootHeight, tipHeight, down ** 1.06) + hump,
      width: down < 0.35 ? lerp(rootWidth, waist, down / 0.35) : lerp(waist, tipWidth, (down - 0.35) / 0.65),
    };
  }
  const under = clamp((marks.noseTipY - y) / (marks.noseTipY - marks.subnasaleY + 0.5), 0, 1);
  return { height: tipHeight * Math.sqrt(Math.max(0, 1 - under ** 2.3)), width: tipWidth };
}

function tipBall({ traits, marks }: Face, across: number, y: number, z: number): number {
  const radius = traits.noseTipRadiusMm;
  const squared = across * across + (y - marks.noseTipY - 0.3) ** 2 * 1.05;
  if (squared >= radius * radius * 1.5) return z;
  const center = FACE_PLANE_Z + 0.1 + traits.noseProjectionMm - radius;
  const distance = Math.sqrt(squared);
  const ball = distance < radius ? center + Math.sqrt(radius * radius - squared) : center - (distance - radius) * 2.5;
  return smoothMax(z, ball, 4);
}

/** Centre and distance of the wing's round; the painter shades the crease around it. */
export function wingDistance({ traits, marks }: Face, across: number, y: number): number {
  const dy = y - wingY(traits.nostrilHeightOffsetMm, marks.subnasaleY);
  return Math.hypot((across - (traits.noseHalfWidthMm - 6.3)) / 1.0, dy / (dy > 0 ? 1.12 : 0.95));
}

function wingY(offset: number, subnasaleY: number): number {
  return subnasaleY + 6.8 + offset;
}

function nostrilWing(face: Face, across: number, y: number, z: number): number {
  const radius = 6.9;
  const distance = wingDistance(face, across, y);
  if (distance >= radius * 1.6) return z;
  const center = 94.4 + face.traits.noseProjectionMm * 0.16;
  const wing =
    distance < radius
      ? center + Math.sqrt(radius * radius - distance * distance) * 1.1
      : center - (distance - radius) * 3;
  const creaseX = across - face.traits.noseHalfWidthMm + 5.8;
  const creaseY = y - wingY(face.traits.nostrilHeightOffsetMm, face.marks.subnasaleY) - 8;
  return smoothMax(z, wing, 2.8) - 0.5 * bell(creaseX / 4) * bell(creaseY / 3);
}
