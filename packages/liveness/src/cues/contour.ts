import type { DepthView } from '../depth-view.ts';
import { type FaceOval, JAW_OUTLINE, meshPoint } from '../landmarks.ts';

/**
 * Does the depth end where the picture's face ends?
 *
 * Measures: the share of places along the jaw and cheek outline where the surface just outside the picture's outline
 * lies more than 20 mm behind the surface just inside it (or has no reading while the inside has).
 * Source: outside a jaw are neck, ears and background, all further back; outside a printed face the sheet goes on.
 * Fooled by: cut-out silhouettes (they end there too); long hair, scarves and collars hide the step of the living.
 * Weak evidence.
 */
export type ContourCue = {
  readonly stepShare: number;
};

const INSIDE = 0.88;
const OUTSIDE = [1.12, 1.22] as const;
const STEP_MM = 20;
const SAMPLE_MM = 3;

export function contourCue(view: DepthView, mesh: Float32Array, oval: FaceOval, typicalMm: number): ContourCue | null {
  const reachPx = Math.max(1, view.pixelsOf(SAMPLE_MM, typicalMm));
  let looked = 0;
  let steps = 0;
  for (const index of JAW_OUTLINE) {
    const rim = meshPoint(mesh, index);
    const along = (share: number) => ({
      x: oval.centre.x + (rim.x - oval.centre.x) * share,
      y: oval.centre.y + (rim.y - oval.centre.y) * share,
    });
    const inside = view.around(along(INSIDE), reachPx);
    if (!Number.isFinite(inside)) continue;
    looked += 1;
    const outside = OUTSIDE.map((share) => view.around(along(share), reachPx));
    // Holes count as a step: the projector's shadow lies along real edges.
    if (outside.some((zMm) => !Number.isFinite(zMm) || zMm - inside > STEP_MM)) steps += 1;
  }
  return looked >= JAW_OUTLINE.length / 2 ? { stepShare: steps / looked } : null;
}
