import type { Frame } from '@smile/camera';
import { type ContextCue, contextCue } from './cues/context.ts';
import { type ContourCue, contourCue } from './cues/contour.ts';
import { coverageCue } from './cues/coverage.ts';
import { type CurvatureField, type CurvatureMapCue, curvatureField, curvatureMapCue } from './cues/curvature-map.ts';
import { type ExpressionCue, expressionCue } from './cues/expression.ts';
import { type ExpressionDepthSample, expressionDepthSample } from './cues/expression-depth.ts';
import { type InfraredCue, type InfraredImage, infraredCue } from './cues/infrared.ts';
import { DEFAULT_SCREEN, type ScreenGeometry, screenIrradiance } from './cues/light-shape.ts';
import { type MetricSizeCue, metricSizeCue } from './cues/metric-size.ts';
import { type NoseCue, noseCue } from './cues/nose.ts';
import { smallerCurvature } from './cues/quadric.ts';
import { type ScreenTextureCue, screenTextureCue } from './cues/screen-texture.ts';
import { CELL_NODE_STEP, SKIN_CELL_COLUMNS, SKIN_CELL_ROWS, type SkinLight, skinLight } from './cues/skin-light.ts';
import { DepthView, facePatch, PATCH_COLUMNS } from './depth-view.ts';
import {
  distancePx,
  eyeCentres,
  type FaceObservation,
  type FaceOval,
  faceOval,
  inOval,
  MESH_POINT_COUNT,
} from './landmarks.ts';
import type { Patch } from './patch.ts';
import { type ShapeCues, shapeCues } from './shape.ts';

/** Why a frame says nothing about life. None of these is held against the person; none of them counts for. */
export type FrameProblemCode =
  | 'no_depth'
  | 'empty_depth'
  | 'frame_malformed'
  | 'face_malformed'
  | 'face_outside'
  | 'face_too_small';

export type FrameCues =
  | {
      readonly usable: true;
      readonly sequence: number;
      readonly deviceTimeMs: number;
      readonly distanceMm: number;
      readonly coverageShare: number;
      /** Shape of the 160 x 184 mm round the face. */
      readonly shape: ShapeCues | null;
      /** Smaller principal curvature of the quadric through the face oval alone. */
      readonly faceKminPerM: number | null;
      /** Curvatures within the face oval alone: hair, hats and hoods do not count. */
      readonly faceCurvature: CurvatureMapCue | null;
      readonly nose: NoseCue | null;
      readonly size: MetricSizeCue | null;
      readonly contour: ContourCue | null;
      readonly expression: ExpressionCue | null;
      readonly expressionDepth: ExpressionDepthSample | null;
      /** As observed; null where nobody looked. */
      readonly eyeOpenRatio?: number | null;
      readonly context: ContextCue | null;
      readonly texture: ScreenTextureCue | null;
      readonly infrared: InfraredCue | null;
      /** What the light cues need of this frame; they are taken over a scan (see `light-code.ts`). */
      readonly skin: SkinLight | null;
      /** Irradiance that the screen must give to each skin cell, any unit, NaN where the surface is unknown. */
      readonly irradiance: Float32Array | null;
    }
  | {
      readonly usable: false;
      readonly sequence: number;
      readonly deviceTimeMs: number;
      readonly code: FrameProblemCode;
      readonly message: string;
    };

/** Smaller faces have too few depth pixels for a nose. */
const MIN_FACE_WIDTH_PX = 40;
/** Landmarks may hang out of the picture by this share of the face's width. */
const OUTSIDE_SHARE = 0.1;
const MIN_DEPTH_MM = 100;
const MAX_DEPTH_MM = 5_000;

export type ObserveOptions = {
  /** Where the screen that gives the light is; the light's cues rest on it. */
  readonly screen?: ScreenGeometry;
  /** The camera's infrared picture, registered to the colour picture, where it has one. */
  readonly infrared?: InfraredImage;
};

/**
 * Takes every cue from one frame and the face found in it. Never throws: what cannot be measured is null, and a frame
 * that cannot be used says why.
 */
export function observeFrame(frame: Frame, face: FaceObservation, options: ObserveOptions = {}): FrameCues {
  const { sequence, deviceTimeMs, colour, depth, intrinsics } = frame;
  const problem = (code: FrameProblemCode, message: string): FrameCues => ({
    usable: false,
    sequence,
    deviceTimeMs,
    code,
    message,
  });
  if (!depth) return problem('no_depth', 'the camera gave no depth');
  if (!sizesAgree(frame) || !intrinsicsUsable(frame)) {
    return problem('frame_malformed', 'the frame contradicts itself');
  }
  const faceProblem = faultOfFace(face, depth.widthPx, depth.heightPx);
  if (faceProblem) return problem(faceProblem.code, faceProblem.message);

  const view = new DepthView(depth, intrinsics);
  const oval = faceOval(face);
  const coverage = coverageCue(view, face, oval);
  if (!coverage) return problem('empty_depth', 'there is no depth where the face is');
  const { distanceMm, coverageShare } = coverage;
  if (distanceMm < MIN_DEPTH_MM || distanceMm > MAX_DEPTH_MM) {
    return problem('frame_malformed', `a face at ${Math.round(distanceMm)} mm is not plausible`);
  }
  const mesh = face.meshPoints;
  const patch = facePatch(view, oval.centre, distanceMm);
  const inFace = ovalMask(patch, view, oval);
  const field = curvatureField(patch);
  const eyes = mesh && eyeCentres(mesh);
  const grid = { centre: oval.centre, distanceMm, pinhole: intrinsics, inFace };
  return {
    usable: true,
    sequence,
    deviceTimeMs,
    distanceMm,
    coverageShare,
    shape: shapeCues(patch, field),
    faceKminPerM: smallerCurvature(masked(patch, inFace)),
    faceCurvature: field && curvatureMapCue(field, (node) => inFace[node] === 1),
    nose: mesh && noseCue(view, mesh, distanceMm),
    size: mesh && metricSizeCue(view, mesh, distanceMm, face.irisesPx),
    contour: mesh && contourCue(view, mesh, oval, distanceMm),
    expression: mesh && expressionCue(mesh),
    eyeOpenRatio: face.eyeOpenRatio ?? null,
    expressionDepth: mesh && expressionDepthSample(view, mesh, distanceMm),
    context: contextCue(view, oval, distanceMm),
    texture: sequence % TEXTURE_EVERY === 0 ? screenTextureCue(colour, oval) : null,
    infrared: mesh && options.infrared ? infraredCue(options.infrared, colour, mesh, oval) : null,
    skin: mesh && eyes && skinLight(colour, mesh, distancePx(eyes.left, eyes.right), grid),
    irradiance: field && irradianceOfCells(field, patch, options.screen ?? DEFAULT_SCREEN),
  };
}

/** A panel's texture stays: a third of the frames show it as well as all. */
const TEXTURE_EVERY = 3;

/** What is said of the face itself is taken inside its rim, where depth is steady. */
const INNER_OVAL = 0.85;

/** 1 for every node of the patch that is seen within the face's oval. */
function ovalMask(patch: Patch, view: DepthView, oval: FaceOval): Uint8Array {
  const { fxPx, fyPx, cxPx, cyPx } = view.intrinsics;
  const mask = new Uint8Array(patch.zMm.length);
  for (let i = 0; i < mask.length; i += 1) {
    const z = patch.zMm[i];
    if (!(z > 0)) continue;
    const { u, v } = inOval(oval, { x: cxPx + (patch.xMm[i] * fxPx) / z, y: cyPx + (patch.yMm[i] * fyPx) / z });
    if (u * u + v * v <= INNER_OVAL * INNER_OVAL) mask[i] = 1;
  }
  return mask;
}

/** What the screen's light does to each cell of the skin, from the place and slope of the surface there. */
function irradianceOfCells(field: CurvatureField, patch: Patch, screen: ScreenGeometry): Float32Array {
  const irradiance = new Float32Array(SKIN_CELL_COLUMNS * SKIN_CELL_ROWS).fill(Number.NaN);
  for (const [i, node] of field.nodes.entries()) {
    const row = Math.floor(node / PATCH_COLUMNS);
    const column = node % PATCH_COLUMNS;
    if (row % CELL_NODE_STEP !== 0 || column % CELL_NODE_STEP !== 0) continue;
    const cell = (row / CELL_NODE_STEP) * SKIN_CELL_COLUMNS + column / CELL_NODE_STEP;
    irradiance[cell] = screenIrradiance(
      screen,
      patch.xMm[node],
      patch.yMm[node],
      patch.zMm[node],
      field.slopeX[i],
      field.slopeY[i],
    );
  }
  return irradiance;
}

function masked(patch: Patch, mask: Uint8Array): Patch {
  let pointCount = 0;
  for (const bit of mask) pointCount += bit;
  return { ...patch, zMm: patch.zMm.map((z, i) => (mask[i] ? z : Number.NaN)), pointCount };
}

/** Depth is registered to colour: one grid. */
function sizesAgree({ colour, depth }: Frame): boolean {
  if (!depth || depth.values.length !== depth.widthPx * depth.heightPx) return false;
  const { widthPx, heightPx, rgb } = colour;
  return widthPx === depth.widthPx && heightPx === depth.heightPx && rgb.length === 3 * widthPx * heightPx;
}

function intrinsicsUsable({ intrinsics, depth }: Frame): boolean {
  const { widthPx, heightPx, fxPx, fyPx, cxPx, cyPx } = intrinsics;
  const finite = [fxPx, fyPx, cxPx, cyPx].every(Number.isFinite);
  return finite && fxPx > 0 && fyPx > 0 && widthPx === depth?.widthPx && heightPx === depth.heightPx;
}

function faultOfFace(
  face: FaceObservation,
  widthPx: number,
  heightPx: number,
): { code: FrameProblemCode; message: string } | null {
  const { boxPx, meshPoints } = face;
  if (![boxPx.x, boxPx.y, boxPx.width, boxPx.height].every(Number.isFinite)) {
    return { code: 'face_malformed', message: 'the face box is not made of numbers' };
  }
  if (meshPoints && (meshPoints.length < MESH_POINT_COUNT * 3 || !meshPoints.every(Number.isFinite))) {
    return { code: 'face_malformed', message: 'the face mesh is not made of 468 points' };
  }
  const oval = faceOval(face);
  if (!(2 * oval.halfWidthPx >= MIN_FACE_WIDTH_PX) || !(2 * oval.halfHeightPx >= MIN_FACE_WIDTH_PX)) {
    return { code: 'face_too_small', message: 'the face is too small in the picture' };
  }
  const slackPx = OUTSIDE_SHARE * 2 * oval.halfWidthPx;
  const { x, y } = oval.centre;
  if (
    x - oval.halfWidthPx < -slackPx ||
    y - oval.halfHeightPx < -slackPx ||
    x + oval.halfWidthPx > widthPx + slackPx ||
    y + oval.halfHeightPx > heightPx + slackPx
  ) {
    return { code: 'face_outside', message: 'the face is not wholly in the picture' };
  }
  return null;
}
