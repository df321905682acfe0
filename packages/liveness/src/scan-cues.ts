import { type ExpressionDepthCue, expressionDepthCue } from './cues/expression-depth.ts';
import { type LightCodeCue, lightCodeFit } from './cues/light-code.ts';
import { type LightShapeCue, lightShapeCue } from './cues/light-shape.ts';
import type { SkinLight } from './cues/skin-light.ts';
import { median } from './least-squares.ts';
import { faultOfSchedule, type LightSchedule } from './light/schedule.ts';
import type { FrameCues } from './observe.ts';
import type { ShapeCues } from './shape.ts';

/** What a scan measured: medians over its frames, and what only shows over time; null where it could not be measured. */
export type ScanCues = {
  readonly distanceMm: number | null;
  readonly coverageShare: number | null;
  readonly ipdMm: number | null;
  readonly faceWidthMm: number | null;
  readonly faceKminPerM: number | null;
  readonly faceLesserPerM: number | null;
  readonly noseReliefMm: number | null;
  readonly noseOffsetMm: number | null;
  readonly contourStepShare: number | null;
  readonly bodyShare: number | null;
  readonly edgeRmsMm: number | null;
  readonly holeShare: number | null;
  readonly behindShare: number | null;
  readonly texturePeakNepers: number | null;
  readonly infraredSkinOverScene: number | null;
  readonly infraredContrastKept: number | null;
  readonly shape: ShapeCues | null;
  readonly expressionDepth: ExpressionDepthCue | null;
  readonly lightCode: LightCodeCue | null;
  readonly lightShape: LightShapeCue | null;
  readonly eyeOpenRatio: number | null;
  /** Largest minus smallest over the frames: a smile, a blink. Reported, not weighed. */
  readonly mouthWidthChange: number | null;
  readonly eyeOpenChange: number | null;
};

export type UsableFrameCues = Extract<FrameCues, { usable: true }>;

/** @param light what the screen showed meanwhile; null when it showed nothing in particular */
export function scanCues(frames: readonly UsableFrameCues[], light: LightSchedule | null): ScanCues {
  const medianOf = (value: (frame: UsableFrameCues) => number | null | undefined) => medianOrNull(frames.map(value));
  return {
    distanceMm: medianOf((frame) => frame.distanceMm),
    coverageShare: medianOf((frame) => frame.coverageShare),
    ipdMm: ipdMmOf(frames),
    faceWidthMm: medianOf((frame) => frame.size?.faceWidthMm),
    faceKminPerM: medianOf((frame) => frame.faceKminPerM),
    faceLesserPerM: medianOf((frame) => frame.faceCurvature?.lesserMedianPerM),
    noseReliefMm: medianOf((frame) => frame.nose?.reliefMm),
    noseOffsetMm: medianOf((frame) => frame.nose?.offsetMm),
    contourStepShare: medianOf((frame) => frame.contour?.stepShare),
    bodyShare: medianOf((frame) => frame.context?.bodyShare),
    edgeRmsMm: medianOf((frame) => frame.context?.edgeRmsMm),
    holeShare: medianOf((frame) => frame.context?.holeShare),
    behindShare: medianOf((frame) => frame.context?.behindShare),
    // Not every frame is looked at for it.
    texturePeakNepers: medianOrNull(frames.flatMap(({ texture }) => (texture ? [texture.peakNepers] : []))),
    infraredSkinOverScene: medianOf((frame) => frame.infrared?.skinOverScene),
    infraredContrastKept: medianOf((frame) => frame.infrared?.contrastKept),
    shape: medianShape(frames),
    expressionDepth: expressionDepthCue(
      frames.flatMap(({ expressionDepth }) => (expressionDepth ? [expressionDepth] : [])),
    ),
    ...lightCues(frames, light),
    // Not every frame is looked at for it.
    eyeOpenRatio: medianOrNull(frames.flatMap((frame) => frame.eyeOpenRatio ?? [])),
    mouthWidthChange: spanOrNull(frames.map((frame) => frame.expression?.mouthWidthRatio)),
    eyeOpenChange: spanOrNull(frames.map((frame) => frame.expression?.eyeOpenRatio)),
  };
}

function lightCues(
  frames: readonly UsableFrameCues[],
  light: LightSchedule | null,
): Pick<ScanCues, 'lightCode' | 'lightShape'> {
  // A schedule out of bounds is no basis for evidence in either direction.
  if (!light || faultOfSchedule(light)) return { lightCode: null, lightShape: null };
  const timed = frames.flatMap(({ deviceTimeMs, skin, irradiance }) =>
    skin ? [{ deviceTimeMs, skin, irradiance: irradiance ?? NO_IRRADIANCE }] : [],
  ) satisfies { skin: SkinLight }[];
  const fit = lightCodeFit(timed, light);
  return { lightCode: fit?.cue ?? null, lightShape: fit && lightShapeCue(timed, fit) };
}

const NO_IRRADIANCE = new Float32Array(0);

/** Each number's own median: a frame spoiled by motion or a hole moves none of them. */
function medianShape(frames: readonly UsableFrameCues[]): ShapeCues | null {
  const shapes = frames.flatMap((frame) => (frame.shape ? [frame.shape] : []));
  // A shape that most frames did not show is not the scan's.
  if (shapes.length === 0 || shapes.length < frames.length / 2) return null;
  const pick = (value: (shape: ShapeCues) => number) => median(shapes.map(value));
  const bumps = shapes.flatMap((shape) => (shape.noseBump ? [shape.noseBump] : []));
  return {
    kminPerM: pick((s) => s.kminPerM),
    kmaxPerM: pick((s) => s.kmaxPerM),
    planeRmsMm: pick((s) => s.planeRmsMm),
    quadricRmsMm: pick((s) => s.quadricRmsMm),
    lesserMedianPerM: pick((s) => s.lesserMedianPerM),
    lesserHighPerM: pick((s) => s.lesserHighPerM),
    peakPerM: pick((s) => s.peakPerM),
    domeShare: pick((s) => s.domeShare),
    saddleShare: pick((s) => s.saddleShare),
    gaussRootPerM: pick((s) => s.gaussRootPerM),
    coverShare: pick((s) => s.coverShare),
    cornerShare: pick((s) => s.cornerShare),
    noseBump:
      bumps.length < shapes.length / 2
        ? null
        : {
            smallestMm: median(bumps.map((bump) => bump.smallestMm)),
            meanMm: median(bumps.map((bump) => bump.meanMm)),
            offCentre: median(bumps.map((bump) => bump.offCentre)),
          },
  };
}

/** By the irises where they were looked for, as only those are without bias. */
function ipdMmOf(frames: readonly UsableFrameCues[]): number | null {
  const ofIrises = frames.flatMap(({ size }) => (size?.ofIrises && Number.isFinite(size.ipdMm) ? [size.ipdMm] : []));
  return ofIrises.length > 0 ? median(ofIrises) : medianOrNull(frames.map(({ size }) => size?.ipdMm));
}

function medianOrNull(values: readonly (number | null | undefined)[]): number | null {
  const numbers = finite(values);
  return numbers.length > 0 && numbers.length >= values.length / 2 ? median(numbers) : null;
}

function spanOrNull(values: readonly (number | null | undefined)[]): number | null {
  const numbers = finite(values);
  return numbers.length >= 2 ? Math.max(...numbers) - Math.min(...numbers) : null;
}

function finite(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
}
