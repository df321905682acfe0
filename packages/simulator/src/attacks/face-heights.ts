import { createVisibilityBuffer, drawTriangles } from '../render/rasteriser.ts';
import { NEUTRAL_POSE, type Subject } from '../scene-types.ts';

/** Height of a bare face towards the camera in mm, at (x, y) in its own axes; `NOTHING_MM` beside it. */
export type FaceHeights = (x: number, y: number) => number;

export const NOTHING_MM = -100;
const LEFT_MM = -110;
const TOP_MM = 125;
const STEP_MM = 2;
const COLUMNS = 111;
const ROWS = 141;
/** Heights are kept in the rasteriser's 1/z, which only has to be positive and grow towards the camera. */
const FLOOR_MM = -200;

const known = new WeakMap<Subject, FaceHeights>();

/** Seen straight from the front, without hair and clothes. Kept for as long as the subject is. */
export function faceHeights(subject: Subject): FaceHeights {
  const made = known.get(subject) ?? measure(subject);
  known.set(subject, made);
  return made;
}

function measure(subject: Subject): FaceHeights {
  const buffer = createVisibilityBuffer(COLUMNS, ROWS);
  for (const { positionsMm, indices, material } of subject.meshes(NEUTRAL_POSE)) {
    if (material.kind !== 'skin' && material.kind !== 'eye') continue;
    const screen = new Float32Array(positionsMm.length);
    for (let i = 0; i < screen.length; i += 3) {
      screen[i] = (positionsMm[i] - LEFT_MM) / STEP_MM + 0.5;
      screen[i + 1] = (TOP_MM - positionsMm[i + 1]) / STEP_MM + 0.5;
      screen[i + 2] = positionsMm[i + 2] - FLOOR_MM;
    }
    drawTriangles(buffer, { screen, indices, twoSided: true }, 0);
  }
  const heights = buffer.inverseDepth.map((value) => (value > 0 ? value + FLOOR_MM : NOTHING_MM));
  return (x, y) => {
    const u = (x - LEFT_MM) / STEP_MM;
    const v = (TOP_MM - y) / STEP_MM;
    const column = Math.floor(u);
    const row = Math.floor(v);
    if (!(column >= 0 && row >= 0 && column < COLUMNS - 1 && row < ROWS - 1)) return NOTHING_MM;
    const at = row * COLUMNS + column;
    const [fu, fv] = [u - column, v - row];
    return (
      (heights[at] * (1 - fu) + heights[at + 1] * fu) * (1 - fv) +
      (heights[at + COLUMNS] * (1 - fu) + heights[at + COLUMNS + 1] * fu) * fv
    );
  };
}
