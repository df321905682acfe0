import { type CurvatureField, type CurvatureMapCue, curvatureField, curvatureMapCue } from './cues/curvature-map.ts';
import { type NoseBumpCue, noseBumpCue } from './cues/nose-bump.ts';
import { type OutlineCue, outlineCue } from './cues/outline.ts';
import { type QuadricCue, quadricCue } from './cues/quadric.ts';
import type { Patch } from './patch.ts';

/** All that is said about a patch's shape, from a frame or from a recorded crop. */
export type ShapeCues = QuadricCue &
  CurvatureMapCue &
  OutlineCue & {
    readonly noseBump: NoseBumpCue | null;
  };

/** Surface on less than this share of the crop says nothing about its shape. */
export const MIN_COVER_SHARE = 0.25;

/**
 * Null when there is too little surface to measure.
 *
 * @param field the patch's curvatures, where the caller has them already
 */
export function shapeCues(patch: Patch, field: CurvatureField | null = curvatureField(patch)): ShapeCues | null {
  const outline = outlineCue(patch);
  if (outline.coverShare < MIN_COVER_SHARE) return null;
  const quadric = quadricCue(patch);
  const curvature = field && curvatureMapCue(field);
  if (!quadric || !curvature) return null;
  return { ...quadric, ...curvature, ...outline, noseBump: noseBumpCue(patch) };
}

/** The numbers a calibrated shape model may use, by name. The outline stays out: a cut-out would pass it. */
export const SHAPE_FEATURES = [
  'kminPerM',
  'quadricRmsMm',
  'lesserMedianPerM',
  'lesserHighPerM',
  'peakPerM',
  'domeShare',
  'saddleShare',
  'noseBumpMm',
] as const;
export type ShapeFeature = (typeof SHAPE_FEATURES)[number];

/**
 * Each feature is held within what heads and paper reach, so that one wild value (a fold, a flying surface) cannot
 * carry the sum.
 */
const FEATURE_RANGES: Readonly<Record<ShapeFeature, readonly [low: number, high: number]>> = {
  kminPerM: [-2, 12],
  quadricRmsMm: [0, 7],
  lesserMedianPerM: [0, 10],
  lesserHighPerM: [0, 25],
  peakPerM: [0, 25],
  domeShare: [0, 0.4],
  saddleShare: [0, 0.5],
  noseBumpMm: [0, 16],
};

export function shapeFeatures(cues: ShapeCues): Record<ShapeFeature, number> {
  const raw: Record<ShapeFeature, number> = { ...cues, noseBumpMm: cues.noseBump?.smallestMm ?? 0 };
  const features = {} as Record<ShapeFeature, number>;
  for (const name of SHAPE_FEATURES) {
    const [low, high] = FEATURE_RANGES[name];
    features[name] = Math.min(high, Math.max(low, raw[name]));
  }
  return features;
}
