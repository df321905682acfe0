/**
 * A patch is what every shape cue works on: a coarse grid (about 4 mm a step) of surface points in camera space, in
 * millimetres, x to the right, y down, z away from the camera. `zMm` is NaN where there is no point. Frames and
 * recorded crops become patches of the same kind, so one set of cues and one calibration serve both.
 */
export type Patch = {
  readonly columns: number;
  readonly rows: number;
  readonly xMm: Float32Array;
  readonly yMm: Float32Array;
  readonly zMm: Float32Array;
  /** Points on the grid. */
  readonly pointCount: number;
};

/** A pinhole camera; the size of its picture does not matter here. */
export type Pinhole = {
  readonly fxPx: number;
  readonly fyPx: number;
  readonly cxPx: number;
  readonly cyPx: number;
};

/** Neighbours on one surface differ by less than this per grid step of ~4 mm: a slope of about 70 degrees. */
const MAX_STEP_MM = 10;
/** A point with fewer agreeing neighbours (of eight) is a flying pixel. */
const MIN_AGREEING = 3;

/**
 * Keeps the largest connected smooth surface of a grid of depths and lifts it to camera space. Speckle, flying pixels
 * and everything behind a step fall away.
 *
 * @param zMm depth per grid node, 0 or NaN for none
 * @param pinhole the camera in units of grid nodes
 */
export function surfacePatch(columns: number, rows: number, zMm: Float32Array, pinhole: Pinhole): Patch {
  const agreeing = agreeingPoints(columns, rows, zMm);
  const keep = largestComponent(columns, rows, zMm, agreeing);
  const patch = {
    columns,
    rows,
    xMm: new Float32Array(columns * rows).fill(Number.NaN),
    yMm: new Float32Array(columns * rows).fill(Number.NaN),
    zMm: new Float32Array(columns * rows).fill(Number.NaN),
    pointCount: 0,
  };
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      if (!keep[at]) continue;
      patch.zMm[at] = zMm[at];
      patch.xMm[at] = ((column - pinhole.cxPx) * zMm[at]) / pinhole.fxPx;
      patch.yMm[at] = ((row - pinhole.cyPx) * zMm[at]) / pinhole.fyPx;
      patch.pointCount += 1;
    }
  }
  return patch;
}

function agreeingPoints(columns: number, rows: number, zMm: Float32Array): Uint8Array {
  const agreeing = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const z = zMm[row * columns + column];
      if (!(z > 0)) continue;
      let count = 0;
      for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r += 1) {
        for (let c = Math.max(0, column - 1); c <= Math.min(columns - 1, column + 1); c += 1) {
          if (Math.abs(zMm[r * columns + c] - z) <= MAX_STEP_MM) count += 1;
        }
      }
      // The point itself was counted too.
      if (count > MIN_AGREEING) agreeing[row * columns + column] = 1;
    }
  }
  return agreeing;
}

function largestComponent(columns: number, rows: number, zMm: Float32Array, allowed: Uint8Array): Uint8Array {
  const component = new Int32Array(columns * rows);
  const stack = new Int32Array(columns * rows);
  let components = 0;
  let largest = 0;
  let largestSize = 0;
  for (let start = 0; start < component.length; start += 1) {
    if (!allowed[start] || component[start] !== 0) continue;
    components += 1;
    let size = 0;
    let top = 0;
    stack[top++] = start;
    component[start] = components;
    while (top > 0) {
      const at = stack[--top];
      size += 1;
      const column = at % columns;
      for (let side = 0; side < 4; side += 1) {
        if ((side === 0 && column === 0) || (side === 1 && column === columns - 1)) continue;
        const next = at + (side === 0 ? -1 : side === 1 ? 1 : side === 2 ? -columns : columns);
        if (next < 0 || next >= component.length || !allowed[next] || component[next] !== 0) continue;
        if (Math.abs(zMm[next] - zMm[at]) > MAX_STEP_MM) continue;
        component[next] = components;
        stack[top++] = next;
      }
    }
    if (size > largestSize) {
      largestSize = size;
      largest = components;
    }
  }
  const keep = new Uint8Array(component.length);
  for (let i = 0; i < keep.length; i += 1) if (largest !== 0 && component[i] === largest) keep[i] = 1;
  return keep;
}
