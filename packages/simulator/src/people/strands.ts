import type { LinearTexture, Material } from '../scene-types.ts';
import { clamp } from './math.ts';
import type { Part } from './mesh-tools.ts';
import { createRandom, valueNoise } from './noise.ts';

/** Locks of hair as polylines; `expandStrands` makes ribbons of them that face the camera. */
export type Strands = {
  readonly name: string;
  readonly count: number;
  /** Pieces a lock is made of; it has one point more. */
  readonly segments: number;
  readonly points: Float32Array;
  /** The surface the lock lies on, per point: hair is lit like the head it covers. */
  readonly normals: Float32Array;
  readonly widthMm: number;
  readonly vertexAlbedo: Float32Array;
  readonly ambient: Float32Array;
  readonly uv: Float32Array;
  readonly indices: Uint32Array;
  /** For hair that follows the face: the skin vertex each lock is rooted at. */
  readonly roots?: Uint32Array;
};

const STREAKS = { widthPx: 128, heightPx: 16 };
/** The part of the streak texture one ribbon shows: about a dozen hairs side by side. */
const RIBBON_U = 0.09;

let streaks: LinearTexture | undefined;

/** Brightness of the single hairs within a lock; one texture serves everybody. */
function streakTexture(): LinearTexture {
  if (streaks) return streaks;
  const { widthPx, heightPx } = STREAKS;
  const rgb = new Float32Array(widthPx * heightPx * 3);
  for (let j = 0; j < heightPx; j++) {
    for (let i = 0; i < widthPx; i++) {
      const hair = valueNoise(i * 0.9, j * 0.16, 7) * 0.34 + valueNoise(i * 0.31, j * 0.1, 8) * 0.22;
      rgb.fill(clamp(0.72 + hair, 0.25, 1), (j * widthPx + i) * 3, (j * widthPx + i) * 3 + 3);
    }
  }
  streaks = { widthPx, heightPx, rgb };
  return streaks;
}

/** What a grower fills in; indices, texture places and shading follow from it. */
export type GrownLocks = Pick<Strands, 'name' | 'count' | 'segments' | 'points' | 'normals' | 'widthMm' | 'roots'> & {
  /** Linear colour of each lock. */
  readonly colors: Float32Array;
  /** Ambient visibility at root and tip. */
  readonly ambientRootTip: readonly [number, number];
  readonly seed: number;
};

export function finishStrands(locks: GrownLocks): Strands {
  const { count, segments } = locks;
  const perLock = segments * 2 + 1;
  const vertexAlbedo = new Float32Array(count * perLock * 3);
  const ambient = new Float32Array(count * perLock);
  const uv = new Float32Array(count * perLock * 2);
  const indices = new Uint32Array(count * (segments * 2 - 1) * 3);
  const random = createRandom(locks.seed + 31);
  let k = 0;
  for (let lock = 0; lock < count; lock++) {
    const first = lock * perLock;
    const u = random.next() * (1 - RIBBON_U);
    for (let i = 0; i < perLock; i++) {
      const along = Math.floor(i / 2) / segments;
      const isTip = i === perLock - 1;
      uv[(first + i) * 2] = u + (isTip ? 0.5 : i % 2) * RIBBON_U;
      uv[(first + i) * 2 + 1] = along;
      ambient[first + i] =
        locks.ambientRootTip[0] + (locks.ambientRootTip[1] - locks.ambientRootTip[0]) * Math.sqrt(along);
      vertexAlbedo.set(locks.colors.subarray(lock * 3, lock * 3 + 3), (first + i) * 3);
    }
    for (let g = 0; g < segments - 1; g++) {
      const a = first + g * 2;
      indices.set([a, a + 1, a + 2, a + 1, a + 3, a + 2], k);
      k += 6;
    }
    const last = first + (segments - 1) * 2;
    indices.set([last, last + 1, last + 2], k);
    k += 3;
  }
  const { name, points, normals, widthMm, roots } = locks;
  return { name, count, segments, points, normals, widthMm, roots, vertexAlbedo, ambient, uv, indices };
}

/**
 * Ribbons of the strands, whose points and normals may have been moved by a pose. They are turned to face a camera
 * that looks along -z, and narrow to a point.
 */
export function expandStrands(strands: Strands, points: Float32Array, lit: Float32Array): Part {
  const { count, segments, widthMm } = strands;
  const perLock = segments * 2 + 1;
  const positionsMm = new Float32Array(count * perLock * 3);
  const normals = new Float32Array(count * perLock * 3);
  let out = 0;
  for (let lock = 0; lock < count; lock++) {
    const first = lock * (segments + 1);
    for (let g = 0; g <= segments; g++) {
      const o = (first + g) * 3;
      const before = g > 0 ? o - 3 : o;
      const after = g < segments ? o + 3 : o;
      const tx = points[after] - points[before];
      const ty = points[after + 1] - points[before + 1];
      const length = Math.sqrt(tx * tx + ty * ty) + 1e-6;
      const taper = g / segments;
      const half = g === segments ? 0 : 0.5 * widthMm * (1 - 0.55 * taper * taper);
      // A lock that runs straight towards the camera has no side of its own: it keeps a level one.
      const sx = length < 1e-3 ? half : (-ty / length) * half;
      const sy = length < 1e-3 ? 0 : (tx / length) * half;
      for (let edge = g === segments ? 1 : 0; edge < 2; edge++) {
        const sign = g === segments ? 0 : edge === 0 ? 1 : -1;
        positionsMm[out] = points[o] + sign * sx;
        positionsMm[out + 1] = points[o + 1] + sign * sy;
        positionsMm[out + 2] = points[o + 2];
        normals[out] = lit[o];
        normals[out + 1] = lit[o + 1];
        normals[out + 2] = lit[o + 2];
        out += 3;
      }
    }
  }
  const material: Material = {
    kind: 'hair',
    albedo: [1, 1, 1],
    texture: streakTexture(),
    specular: strands.roots ? 0.02 : 0.09,
    shininess: 24,
    twoSided: true,
  };
  const { name, indices, uv, ambient, vertexAlbedo } = strands;
  return { name, positionsMm, normals, indices, uv, ambient, vertexAlbedo, material };
}
