/** Plane geometry in pixel coordinates: x to the right, y down, the centre of the first pixel at (0.5, 0.5). */

export type Point = { readonly xPx: number; readonly yPx: number };

export type Box = { readonly xPx: number; readonly yPx: number; readonly widthPx: number; readonly heightPx: number };

/** A similarity transform: (x, y) goes to (a x - b y + tx, b x + a y + ty). Its scale is hypot(a, b). */
export type Similarity = { readonly a: number; readonly b: number; readonly tx: number; readonly ty: number };

export function transformPoint(transform: Similarity, point: Point): Point {
  const { a, b, tx, ty } = transform;
  return { xPx: a * point.xPx - b * point.yPx + tx, yPx: b * point.xPx + a * point.yPx + ty };
}

export function similarityScale(transform: Similarity): number {
  return Math.hypot(transform.a, transform.b);
}

export function invertSimilarity({ a, b, tx, ty }: Similarity): Similarity {
  const squared = a * a + b * b;
  const inverseA = a / squared;
  const inverseB = -b / squared;
  return { a: inverseA, b: inverseB, tx: -(inverseA * tx - inverseB * ty), ty: -(inverseB * tx + inverseA * ty) };
}

/**
 * The similarity that takes `from` to `to` with the least sum of squared distances (Umeyama 1991, in the plane and
 * without reflection). Null when the points of `from` coincide or a coordinate is not finite.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity | null {
  if (from.length !== to.length || from.length < 2)
    throw new Error('a similarity is fitted to two or more point pairs');
  const fromMean = centroid(from);
  const toMean = centroid(to);
  let along = 0;
  let across = 0;
  let spread = 0;
  for (let index = 0; index < from.length; index++) {
    const x = from[index].xPx - fromMean.xPx;
    const y = from[index].yPx - fromMean.yPx;
    const u = to[index].xPx - toMean.xPx;
    const v = to[index].yPx - toMean.yPx;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  const a = along / spread;
  const b = across / spread;
  if (!Number.isFinite(a) || !Number.isFinite(b) || (a === 0 && b === 0)) return null;
  return {
    a,
    b,
    tx: toMean.xPx - (a * fromMean.xPx - b * fromMean.yPx),
    ty: toMean.yPx - (b * fromMean.xPx + a * fromMean.yPx),
  };
}

/**
 * From the pixels of a square crop of `sidePx` to those of the image: centred on the box, turned by `rollRad`, and so
 * large that the box's longer side takes `share` of the crop's side.
 */
export function squareAbout(box: Box, rollRad: number, sidePx: number, share: number): Similarity {
  const scale = Math.max(box.widthPx, box.heightPx) / (share * sidePx);
  const a = scale * Math.cos(rollRad);
  const b = scale * Math.sin(rollRad);
  const half = sidePx / 2;
  return {
    a,
    b,
    tx: box.xPx + box.widthPx / 2 - (a - b) * half,
    ty: box.yPx + box.heightPx / 2 - (b + a) * half,
  };
}

/** Intersection over union, 0..1. */
export function boxOverlap(one: Box, other: Box): number {
  const width = Math.min(one.xPx + one.widthPx, other.xPx + other.widthPx) - Math.max(one.xPx, other.xPx);
  const height = Math.min(one.yPx + one.heightPx, other.yPx + other.heightPx) - Math.max(one.yPx, other.yPx);
  if (!(width > 0 && height > 0)) return 0;
  const shared = width * height;
  return shared / (one.widthPx * one.heightPx + other.widthPx * other.heightPx - shared);
}

function centroid(points: readonly Point[]): Point {
  let xPx = 0;
  let yPx = 0;
  for (const point of points) {
    xPx += point.xPx;
    yPx += point.yPx;
  }
  return { xPx: xPx / points.length, yPx: yPx / points.length };
}
