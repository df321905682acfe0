import type { DepthView } from '../depth-view.ts';
import { type FaceOval, inOval } from '../landmarks.ts';
import { median } from '../least-squares.ts';

/**
 * What surrounds the face: a body, or the edge of something held up?
 *
 * Measures: (1) body: the share of places below the chin, where neck and shoulders must be, that have depth near the
 * face's; (2) straight edges: on either side of the face, where the surface ends, how far those ends lie from one
 * straight line, mm RMS; a held sheet ends along a ruler, hair and cheeks and neck do not; (3) holes: the share of
 * places within the face, off the rim, that return no depth, and of those that return it far behind the face, as
 * mirroring panels do.
 * Source: what is printed or shown has edges; a head has a neck. See liveness.md.
 * Fooled by: cut-outs (no straight edge), sheets larger than the picture, prints held before the attacker's own neck;
 * black scarves and beards make holes in the living. Weak evidence.
 */
export type ContextCue = {
  /** Null when the picture ends below the chin. */
  readonly bodyShare: number | null;
  /** The straighter of the two sides; null when neither side shows an end at enough heights. */
  readonly edgeRmsMm: number | null;
  readonly holeShare: number;
  readonly behindShare: number;
};

/** Where neck and shoulders are looked for: mm to the side and below the chin. */
const BODY_PLACES: readonly (readonly [sideMm: number, belowMm: number])[] = [
  [0, 35],
  [-25, 40],
  [25, 40],
  [0, 70],
  [-60, 100],
  [60, 100],
  [0, 110],
  [-110, 130],
  [110, 130],
];
const BODY_NEARER_MM = 80;
const BODY_FURTHER_MM = 220;
const MIN_BODY_PLACES = 5;
const SAMPLE_MM = 4;

/** Rays to the side start on the face and end this far from its middle line, mm. */
const RAY_TO_MM = 220;
const RAY_STEP_MM = 3;
const RAY_EVERY_MM = 9;
const EDGE_STEP_MM = 30;
/** So many steps without depth count as an end, too. */
const EDGE_HOLES = 4;
const MIN_RAYS = 12;

const INNER = 0.75;
const GRID = 30;
const BEHIND_MM = 80;

export function contextCue(view: DepthView, oval: FaceOval, distanceMm: number): ContextCue | null {
  const { holeShare, behindShare } = holesWithin(view, oval, distanceMm);
  const sides = ([-1, 1] as const).flatMap((side) => {
    const rms = edgeRms(view, oval, distanceMm, side);
    return rms === null ? [] : [rms];
  });
  return {
    bodyShare: bodyShare(view, oval, distanceMm),
    edgeRmsMm: sides.length === 0 ? null : Math.min(...sides),
    holeShare,
    behindShare,
  };
}

function bodyShare(view: DepthView, oval: FaceOval, distanceMm: number): number | null {
  const perMm = view.pixelsOf(1, distanceMm);
  const reachPx = Math.max(1, SAMPLE_MM * perMm);
  let looked = 0;
  let found = 0;
  for (const [sideMm, belowMm] of BODY_PLACES) {
    const across = sideMm * perMm;
    const down = oval.halfHeightPx + belowMm * perMm;
    // Bodies hang straight down however the head is tilted: only the chin's place follows the oval.
    const x = oval.centre.x - oval.across.y * oval.halfHeightPx + across;
    const y = oval.centre.y + oval.across.x * oval.halfHeightPx + (down - oval.halfHeightPx);
    if (x < 0 || y < 0 || x >= view.widthPx || y >= view.heightPx) continue;
    looked += 1;
    const zMm = view.around({ x, y }, reachPx);
    if (zMm > distanceMm - BODY_NEARER_MM && zMm < distanceMm + BODY_FURTHER_MM) found += 1;
  }
  return looked >= MIN_BODY_PLACES ? found / looked : null;
}

/** Ends of the surface along rays to one side, at many heights of the face, about their best straight line. */
function edgeRms(view: DepthView, oval: FaceOval, distanceMm: number, side: -1 | 1): number | null {
  const perMm = view.pixelsOf(1, distanceMm);
  const heightMm = oval.halfHeightPx / perMm;
  const ends: { along: number; out: number }[] = [];
  for (let along = -heightMm; along <= 1.25 * heightMm; along += RAY_EVERY_MM) {
    const out = endOfRay(view, oval, distanceMm, side, along, perMm);
    if (out !== null) ends.push({ along, out });
  }
  if (ends.length < MIN_RAYS) return null;
  // Theil and Sen's line: a hand at the edge or a stray reading does not bend it.
  const slopes: number[] = [];
  for (let i = 0; i < ends.length; i += 1) {
    for (let j = i + 3; j < ends.length; j += 2) {
      slopes.push((ends[j].out - ends[i].out) / (ends[j].along - ends[i].along));
    }
  }
  const slope = median(slopes);
  const offset = median(ends.map(({ along, out }) => out - slope * along));
  const off = ends.map(({ along, out }) => Math.abs(out - offset - slope * along));
  // A quarter of the rays may meet a hand, a shoulder or a flap of hair.
  const within = off.toSorted((a, b) => a - b).slice(0, Math.ceil(0.75 * off.length));
  return Math.sqrt(within.reduce((sum, value) => sum + value * value, 0) / within.length);
}

/** How far out the surface ends, mm; null when it does not within reach, or there is none to begin with. */
function endOfRay(
  view: DepthView,
  oval: FaceOval,
  distanceMm: number,
  side: -1 | 1,
  alongMm: number,
  perMm: number,
): number | null {
  let last = Number.NaN;
  let lastOut = 0;
  let holes = 0;
  for (let outMm = 15; outMm <= RAY_TO_MM; outMm += RAY_STEP_MM) {
    const u = side * outMm * perMm;
    const v = alongMm * perMm;
    const x = Math.round(oval.centre.x + u * oval.across.x - v * oval.across.y);
    const y = Math.round(oval.centre.y + u * oval.across.y + v * oval.across.x);
    if (x < 0 || y < 0 || x >= view.widthPx || y >= view.heightPx) return null;
    const z = view.at(x, y);
    if (z === 0) {
      holes += 1;
      if (holes >= EDGE_HOLES && Number.isFinite(last)) return lastOut;
      continue;
    }
    if (!Number.isFinite(last)) {
      if (Math.abs(z - distanceMm) > 90) continue;
    } else if (z - last > EDGE_STEP_MM) return lastOut;
    holes = 0;
    last = z;
    lastOut = outMm;
  }
  return null;
}

function holesWithin(
  view: DepthView,
  oval: FaceOval,
  distanceMm: number,
): { readonly holeShare: number; readonly behindShare: number } {
  const stepPx = Math.max(1, (2 * oval.halfHeightPx) / GRID);
  const reach = Math.max(oval.halfWidthPx, oval.halfHeightPx);
  let looked = 0;
  let holes = 0;
  let behind = 0;
  for (let dy = -reach; dy <= reach; dy += stepPx) {
    for (let dx = -reach; dx <= reach; dx += stepPx) {
      const point = { x: oval.centre.x + dx, y: oval.centre.y + dy };
      const { u, v } = inOval(oval, point);
      // Without the hair above and the eyes' band, which have holes in the living.
      if (u * u + v * v > INNER * INNER || v < -0.1) continue;
      looked += 1;
      const z = view.at(Math.round(point.x), Math.round(point.y));
      if (z === 0) holes += 1;
      else if (z - distanceMm > BEHIND_MM) behind += 1;
    }
  }
  return looked === 0 ? { holeShare: 1, behindShare: 0 } : { holeShare: holes / looked, behindShare: behind / looked };
}
