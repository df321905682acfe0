/** Indices of a Delaunay triangulation of points `x, y, x, y, ...`, three a triangle, wound counter-clockwise for y up. */
export function triangulate(points: Float32Array): Uint32Array {
  const count = points.length / 2;
  if (count < 3) return new Uint32Array(0);
  const { x, y, span } = withSuperTriangle(points);
  if (!(span > 0) || !Number.isFinite(span)) throw new RangeError('points without extent cannot be triangulated');
  let triangles: Triangle[] = [circled(x, y, count, count + 1, count + 2)];
  // Sweeping from left to right keeps the list of triangles that can still change short.
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => x[a] - x[b]);
  const finished: Triangle[] = [];
  for (const point of order) {
    const edges = new Map<string, readonly [number, number]>();
    const kept: Triangle[] = [];
    for (const triangle of triangles) {
      const dx = x[point] - triangle.centreX;
      const dy = y[point] - triangle.centreY;
      if (dx > 0 && dx * dx > triangle.radiusSquared) finished.push(triangle);
      else if (dx * dx + dy * dy >= triangle.radiusSquared) kept.push(triangle);
      else for (const edge of edgesOf(triangle)) toggle(edges, edge);
    }
    for (const [a, b] of edges.values()) {
      const made = circled(x, y, a, b, point);
      if (Number.isFinite(made.radiusSquared)) kept.push(made);
    }
    triangles = kept;
  }
  const indices: number[] = [];
  for (const { a, b, c } of [...finished, ...triangles]) {
    if (a >= count || b >= count || c >= count) continue;
    const area = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]);
    if (area > 0) indices.push(a, b, c);
    else indices.push(a, c, b);
  }
  return Uint32Array.from(indices);
}

type Triangle = {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly centreX: number;
  readonly centreY: number;
  readonly radiusSquared: number;
};

function edgesOf({ a, b, c }: Triangle): (readonly [number, number])[] {
  return [
    [a, b],
    [b, c],
    [c, a],
  ];
}

/** An edge of two removed triangles lies inside the hole and goes; one of a single triangle is its rim. */
function toggle(edges: Map<string, readonly [number, number]>, edge: readonly [number, number]): void {
  const key = edge[0] < edge[1] ? `${edge[0]}-${edge[1]}` : `${edge[1]}-${edge[0]}`;
  if (!edges.delete(key)) edges.set(key, edge);
}

function withSuperTriangle(points: Float32Array) {
  const count = points.length / 2;
  const x = new Float64Array(count + 3);
  const y = new Float64Array(count + 3);
  let low = [Infinity, Infinity];
  let high = [-Infinity, -Infinity];
  for (let i = 0; i < count; i += 1) {
    x[i] = points[i * 2];
    y[i] = points[i * 2 + 1];
    low = [Math.min(low[0], x[i]), Math.min(low[1], y[i])];
    high = [Math.max(high[0], x[i]), Math.max(high[1], y[i])];
  }
  const span = Math.max(high[0] - low[0], high[1] - low[1]);
  const centreX = (low[0] + high[0]) / 2;
  const centreY = (low[1] + high[1]) / 2;
  [x[count], y[count]] = [centreX - 30 * span, centreY - 20 * span];
  [x[count + 1], y[count + 1]] = [centreX + 30 * span, centreY - 20 * span];
  [x[count + 2], y[count + 2]] = [centreX, centreY + 30 * span];
  return { x, y, span };
}

function circled(x: Float64Array, y: Float64Array, a: number, b: number, c: number): Triangle {
  const bx = x[b] - x[a];
  const by = y[b] - y[a];
  const cx = x[c] - x[a];
  const cy = y[c] - y[a];
  const d = 2 * (bx * cy - by * cx);
  const bSquared = bx * bx + by * by;
  const cSquared = cx * cx + cy * cy;
  const ux = (cy * bSquared - by * cSquared) / d;
  const uy = (bx * cSquared - cx * bSquared) / d;
  return { a, b, c, centreX: x[a] + ux, centreY: y[a] + uy, radiusSquared: ux * ux + uy * uy };
}
