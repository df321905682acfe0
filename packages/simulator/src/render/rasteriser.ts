/**
 * A visibility buffer: for every sample which triangle is nearest, and how near. Depth is kept as 1/z, which is linear
 * over the screen, so that it is exact on planes seen in perspective.
 */
export type VisibilityBuffer = {
  readonly width: number;
  readonly height: number;
  /** 1/z in 1/mm, 0 where nothing is. */
  readonly inverseDepth: Float32Array;
  /** Number of the triangle over all meshes, -1 where nothing is. */
  readonly triangle: Int32Array;
};

/** Vertices on the screen: x and y in samples (centres at .5), 1/z; 1/z is 0 for what must not be drawn. */
export type ProjectedMesh = {
  readonly screen: Float32Array;
  readonly indices: Uint32Array;
  readonly twoSided: boolean;
  /** Chance 0..1 per vertex that a sample is covered; for edges that fade. */
  readonly coverage?: Float32Array;
};

export function createVisibilityBuffer(width: number, height: number): VisibilityBuffer {
  return {
    width,
    height,
    inverseDepth: new Float32Array(width * height),
    triangle: new Int32Array(width * height).fill(-1),
  };
}

/** Slack in barycentric units, so that neighbouring triangles leave no gap between them. */
const EDGE_SLACK = 1e-5;

/** Draws all triangles of a mesh; the first has number `firstTriangle`. Triangles seen from behind are left out. */
export function drawTriangles(buffer: VisibilityBuffer, mesh: ProjectedMesh, firstTriangle: number): void {
  const { width, height, inverseDepth, triangle } = buffer;
  const { screen, indices, twoSided, coverage } = mesh;
  for (let t = 0; t < indices.length; t += 3) {
    const a = indices[t] * 3;
    const b = indices[t + 1] * 3;
    const c = indices[t + 2] * 3;
    const ax = screen[a];
    const ay = screen[a + 1];
    const bx = screen[b];
    const by = screen[b + 1];
    const cx = screen[c];
    const cy = screen[c + 1];
    // The screen's y runs downwards, so what winds counter-clockwise in the scene has a negative area.
    const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (!(twoSided ? area !== 0 : area < 0)) continue;
    const az = screen[a + 2];
    const bz = screen[b + 2];
    const cz = screen[c + 2];
    if (az === 0 || bz === 0 || cz === 0) continue;
    const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx) - 0.5));
    const right = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx) - 0.5));
    const top = Math.max(0, Math.ceil(Math.min(ay, by, cy) - 0.5));
    const bottom = Math.min(height - 1, Math.floor(Math.max(ay, by, cy) - 0.5));
    if (left > right || top > bottom) continue;
    const inverseArea = 1 / area;
    const aStepX = (by - cy) * inverseArea;
    const aStepY = (cx - bx) * inverseArea;
    const bStepX = (cy - ay) * inverseArea;
    const bStepY = (ax - cx) * inverseArea;
    let rowA = ((bx - left - 0.5) * (cy - top - 0.5) - (by - top - 0.5) * (cx - left - 0.5)) * inverseArea;
    let rowB = ((cx - left - 0.5) * (ay - top - 0.5) - (cy - top - 0.5) * (ax - left - 0.5)) * inverseArea;
    const fades = coverage && (coverage[a / 3] < 1 || coverage[b / 3] < 1 || coverage[c / 3] < 1);
    const number = firstTriangle + t / 3;
    for (let y = top; y <= bottom; y += 1, rowA += aStepY, rowB += bStepY) {
      let wa = rowA;
      let wb = rowB;
      let at = y * width + left;
      for (let x = left; x <= right; x += 1, at += 1, wa += aStepX, wb += bStepX) {
        const wc = 1 - wa - wb;
        if (wa < -EDGE_SLACK || wb < -EDGE_SLACK || wc < -EDGE_SLACK) continue;
        const iz = wa * az + wb * bz + wc * cz;
        if (iz <= inverseDepth[at]) continue;
        if (fades && wa * coverage[a / 3] + wb * coverage[b / 3] + wc * coverage[c / 3] < dither(x, y)) continue;
        inverseDepth[at] = iz;
        triangle[at] = number;
      }
    }
  }
}

/** A fixed threshold in (0, 1) for each sample, different from its neighbours'. */
function dither(x: number, y: number): number {
  let h = Math.imul(x, 0x1f123bb5) ^ Math.imul(y, 0x5f356495);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h ^= h >>> 13;
  return ((h >>> 8) + 0.5) / 2 ** 24;
}
