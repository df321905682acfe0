import type { Patch } from '../patch.ts';

/**
 * The outline of the surface within the crop round a face.
 *
 * Measures: the share of the crop the surface covers, the share of its four corners, and whether it leaves the crop on
 * its left, right and upper side. A head fills the middle and leaves the corners; a held sheet runs on.
 * Source: heads are ovals about 150 mm wide, sheets are not.
 * Fooled by: cut-out silhouettes; hair, hats, hoods and a crop that is not centred mislead it. Weak evidence.
 */
export type OutlineCue = {
  readonly coverShare: number;
  readonly cornerShare: number;
};

const CORNER_SHARE = 0.22;

export function outlineCue(patch: Patch): OutlineCue {
  const { columns, rows } = patch;
  const cornerColumns = Math.round(columns * CORNER_SHARE);
  const cornerRows = Math.round(rows * CORNER_SHARE);
  let inCorners = 0;
  for (let r = 0; r < rows; r += 1) {
    if (r >= cornerRows && r < rows - cornerRows) continue;
    for (let c = 0; c < columns; c += 1) {
      if (c >= cornerColumns && c < columns - cornerColumns) continue;
      if (patch.zMm[r * columns + c] > 0) inCorners += 1;
    }
  }
  return {
    coverShare: patch.pointCount / (columns * rows),
    cornerShare: inCorners / (4 * cornerColumns * cornerRows),
  };
}
