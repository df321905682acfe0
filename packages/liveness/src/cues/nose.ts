import { type DepthView, type Plane, planeAt, planeThrough } from '../depth-view.ts';
import { CHEEK_POINTS, FACE_PLANE_POINTS, meshPoint, NOSE_TIP } from '../landmarks.ts';
import { median } from '../least-squares.ts';

/**
 * The nose where the picture shows it.
 *
 * Measures: (1) relief: how far the nose tip stands out over the cheeks once the face's plane is taken off, mm;
 * (2) agreement: how far the nose tip of the picture lies from the place that stands out most in the depth, mm.
 * Source: on a face the two are one place; a photo has no relief, and canned or foreign depth has it elsewhere.
 * Fooled by: relief prints, masks, a real nose through a hole in the paper (relief 11-18 mm).
 */
export type NoseCue = {
  readonly reliefMm: number;
  readonly offsetMm: number;
};

/** Landmarks are good to a few millimetres; depth is taken as the median of this radius. */
const SAMPLE_RADIUS_MM = 5;
/** The depth's own nose is looked for this far around the picture's. */
const SEARCH_RADIUS_MM = 28;
const SEARCH_STEP_MM = 3.5;
/** No part of a face's front lies further than this before or behind its middle. */
const FACE_DEPTH_MM = 70;

/** Null when too few of the needed places have depth. */
export function noseCue(view: DepthView, mesh: Float32Array, typicalMm: number): NoseCue | null {
  const reachPx = Math.max(1, view.pixelsOf(SAMPLE_RADIUS_MM, typicalMm));
  const plane = facePlane(view, mesh, reachPx, typicalMm);
  if (!plane) return null;
  const tip = meshPoint(mesh, NOSE_TIP);
  const cheekMm = median(
    CHEEK_POINTS.map((index) => heightOver(view, plane, meshPoint(mesh, index), reachPx)).filter(isOfFace),
  );
  if (!Number.isFinite(cheekMm)) return null;

  const stepPx = Math.max(1, view.pixelsOf(SEARCH_STEP_MM, typicalMm));
  const searchPx = view.pixelsOf(SEARCH_RADIUS_MM, typicalMm);
  const smoothPx = Math.max(1, view.pixelsOf(4, typicalMm));
  let highestMm = Number.NEGATIVE_INFINITY;
  const places: { heightMm: number; x: number; y: number }[] = [];
  for (let dy = -searchPx; dy <= searchPx; dy += stepPx) {
    for (let dx = -searchPx; dx <= searchPx; dx += stepPx) {
      if (dx * dx + dy * dy > searchPx * searchPx) continue;
      const place = { x: tip.x + dx, y: tip.y + dy };
      const heightMm = heightOver(view, plane, place, smoothPx);
      if (!isOfFace(heightMm)) continue;
      places.push({ heightMm, ...place });
      highestMm = Math.max(highestMm, heightMm);
    }
  }
  if (places.length < 20) return null;
  // The centre of the top: noise moves a single highest place about on a round tip.
  const top = places.filter((place) => place.heightMm > highestMm - TOP_BAND_MM);
  const topX = top.reduce((sum, place) => sum + place.x, 0) / top.length;
  const topY = top.reduce((sum, place) => sum + place.y, 0) / top.length;
  const offsetMm = (Math.hypot(topX - tip.x, topY - tip.y) * typicalMm) / view.intrinsics.fxPx;
  const nearTip = places.filter((place) => Math.hypot(place.x - tip.x, place.y - tip.y) <= 2.5 * stepPx);
  if (nearTip.length === 0) return null;
  const tipMm = Math.max(...nearTip.map((place) => place.heightMm));
  return { reliefMm: tipMm - cheekMm, offsetMm };
}

const TOP_BAND_MM = 2.5;

/** Plane through forehead, cheeks and chin. */
function facePlane(view: DepthView, mesh: Float32Array, reachPx: number, typicalMm: number): Plane | null {
  const points = FACE_PLANE_POINTS.flatMap((index) => {
    const point = meshPoint(mesh, index);
    const zMm = view.around(point, reachPx);
    // On a turned head a landmark of the far cheek may look past the face.
    return Math.abs(zMm - typicalMm) <= FACE_DEPTH_MM ? [view.lift(point, zMm)] : [];
  });
  return points.length >= 8 ? planeThrough(points) : null;
}

function isOfFace(heightMm: number): boolean {
  return Math.abs(heightMm) <= FACE_DEPTH_MM;
}

/** How far the surface stands before the plane at a pixel, mm; NaN without depth. */
function heightOver(view: DepthView, plane: Plane, point: { x: number; y: number }, reachPx: number): number {
  const zMm = view.around(point, reachPx);
  return planeAt(plane, view.lift(point, zMm)) - zMm;
}
