import type { Face } from './face.ts';
import { BUN_CENTER, BUN_RADIUS_MM, type Growth, type Root, STYLE_RULES } from './hair-styles.ts';
import type { ScalpMask } from './hairlines.ts';
import type { HeadMesh } from './head-mesh.ts';
import { clamp, lerp, normalize, smoothstep, type Vec3 } from './math.ts';
import { createRandom, type Random, valueNoise } from './noise.ts';
import type { ScalpShell } from './scalp-shell.ts';
import { finishStrands, type Strands } from './strands.ts';
import type { PersonTraits } from './traits.ts';

/** Where hair grows, and the surface it lies on. */
export type HairGround = { readonly scalp: ScalpMask; readonly shell: ScalpShell };

/** Grows the hair of the head, or nothing on a bald one. `hatLineY` hides what a hat covers. */
export function growHair(face: Face, head: HeadMesh, ground: HairGround, seed: number, hatLineY: number): Strands[] {
  const { traits } = face;
  if (traits.hairStyle === 'bald') return [];
  const rule = STYLE_RULES[traits.hairStyle];
  const random = createRandom(seed + 555);
  const roots = sampleRoots(head, (v) => scalpWeight(head, ground.scalp, v), rule.count, random);
  const points = new Float32Array(rule.count * (rule.segments + 1) * 3);
  const normals = new Float32Array(points.length);
  const colors = new Float32Array(rule.count * 3);
  let count = 0;
  for (let lock = 0; lock < rule.count; lock++) {
    const root = describeRoot(traits, rootPoint(head, roots, lock), seed);
    if (root.at[1] > hatLineY) continue;
    const growth = rule.grow(traits, root);
    const first = count * (rule.segments + 1) * 3;
    growLock(
      traits,
      ground.shell,
      root,
      growth,
      rule.segments,
      random,
      points.subarray(first),
      normals.subarray(first),
    );
    lockColor(traits, random, root, colors.subarray(count * 3));
    count++;
  }
  const segments = rule.segments;
  const strands = [
    finishStrands({
      name: 'hair',
      count,
      segments,
      widthMm: rule.widthMm,
      points: points.subarray(0, count * (segments + 1) * 3),
      normals: normals.subarray(0, count * (segments + 1) * 3),
      colors,
      ambientRootTip: [0.42, 0.95],
      seed,
    }),
  ];
  if (traits.hairStyle === 'bun' && hatLineY > 200) strands.push(growBun(traits, seed));
  return strands;
}

function scalpWeight(head: HeadMesh, scalp: ScalpMask, v: number): number {
  const y = head.positionsMm[v * 3 + 1];
  return y > -90 ? scalp(head.surface[v * 2 + 1], head.positionsMm[v * 3], y) : 0;
}

type SampledRoots = { triangle: Uint32Array; b1: Float32Array; b2: Float32Array };

/** Draws places on the skin in proportion to area times weight. */
export function sampleRoots(
  head: HeadMesh,
  weight: (v: number) => number,
  count: number,
  random: Random,
): SampledRoots {
  const { indices, positionsMm } = head;
  const weights = Float32Array.from({ length: positionsMm.length / 3 }, (_, v) => weight(v));
  const triangles: number[] = [];
  const sums: number[] = [];
  let total = 0;
  for (let t = 0; t < indices.length; t += 3) {
    const mean = (weights[indices[t]] + weights[indices[t + 1]] + weights[indices[t + 2]]) / 3;
    if (mean < 0.04) continue;
    total += mean * triangleArea(positionsMm, indices[t], indices[t + 1], indices[t + 2]);
    triangles.push(t);
    sums.push(total);
  }
  const out = { triangle: new Uint32Array(count), b1: new Float32Array(count), b2: new Float32Array(count) };
  for (let k = 0; k < count; k++) {
    out.triangle[k] = triangles[lowerBound(sums, random.next() * total)];
    const u = random.next();
    const v = random.next();
    out.b1[k] = u + v > 1 ? 1 - u : u;
    out.b2[k] = u + v > 1 ? 1 - v : v;
  }
  return out;
}

function lowerBound(sums: readonly number[], value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function triangleArea(p: Float32Array, ia: number, ib: number, ic: number): number {
  const [a, b, c] = [ia * 3, ib * 3, ic * 3];
  const u: Vec3 = [p[b] - p[a], p[b + 1] - p[a + 1], p[b + 2] - p[a + 2]];
  const v: Vec3 = [p[c] - p[a], p[c + 1] - p[a + 1], p[c + 2] - p[a + 2]];
  return Math.hypot(u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]) / 2;
}

export function rootPoint(head: HeadMesh, roots: SampledRoots, k: number): Vec3 {
  const t = roots.triangle[k];
  const b1 = roots.b1[k];
  const b2 = roots.b2[k];
  const at = (c: number) =>
    head.positionsMm[head.indices[t] * 3 + c] * (1 - b1 - b2) +
    head.positionsMm[head.indices[t + 1] * 3 + c] * b1 +
    head.positionsMm[head.indices[t + 2] * 3 + c] * b2;
  return [at(0), at(1), at(2)];
}

function describeRoot(traits: PersonTraits, at: Vec3, seed: number): Root {
  const tuft = (k: number) => valueNoise(at[0] / 9 + 40 * k, (at[1] + at[2]) / 9, seed + 71 + k);
  const partX = traits.hairParting * 26 + 3 * valueNoise(at[1] / 12, at[2] / 12, seed + 70);
  return {
    at,
    top: smoothstep(15, 75, at[1]),
    front: smoothstep(0, 72, at[2]),
    tuft: [tuft(0), tuft(1), tuft(2)],
    partSide: at[0] > partX ? 1 : -1,
  };
}

function growLock(
  traits: PersonTraits,
  shell: ScalpShell,
  root: Root,
  growth: Growth,
  segments: number,
  random: Random,
  points: Float32Array,
  normals: Float32Array,
): void {
  const at: Vec3 = [...root.at];
  let normal = shell.normal(at);
  let direction = tangent(jittered(normalize(growth.direction), root, random), normal, 0.25);
  const height = growth.heightMm * random.range(0.25, 1);
  const step = (growth.lengthMm * random.range(0.85, 1.1)) / segments;
  // Waves run side by side over a whole head of falling hair; curls go each their own way.
  const phase = growth.falls ? 1.4 * root.tuft[0] + 0.25 * random.normal() : random.range(0, 2 * Math.PI);
  for (let g = 0; g <= segments; g++) {
    const t = g / segments;
    const curl = curlOffset(growth, t, phase);
    points.set([at[0] + curl[0], at[1] + curl[1], at[2] + curl[2]], g * 3);
    normals.set(litNormal(normal, direction, random), g * 3);
    for (let c = 0; c < 3; c++) at[c] += direction[c] * step;
    const risen = Math.min(1, (g + 1) * 0.45 * (4 / Math.min(4, segments)));
    if (growth.falls && at[1] < 22) hang(traits, root, height * 0.9, at, direction);
    else shell.rest(at, height * risen);
    normal = at[1] > -10 ? shell.normal(at) : fallNormal(at);
    direction = normalize([direction[0], direction[1] - growth.gravity, direction[2]]);
    if (at[1] > 15) direction = tangent(direction, normal, 0.04);
  }
}

function jittered(direction: Vec3, root: Root, random: Random): Vec3 {
  return direction.map((d, c) => d + 0.09 * random.normal() + 0.12 * root.tuft[c]) as Vec3;
}

/** The direction along the surface, lifted off it by a share. */
function tangent(direction: Vec3, normal: Vec3, lift: number): Vec3 {
  const along = direction[0] * normal[0] + direction[1] * normal[1] + direction[2] * normal[2];
  const flat = normalize([
    direction[0] - along * normal[0],
    direction[1] - along * normal[1],
    direction[2] - along * normal[2],
  ]);
  return normalize(flat.map((d, c) => d + lift * normal[c]) as Vec3);
}

/** Free hair hangs beside the face, never over it, and comes to lie on the shoulders. */
function hang(traits: PersonTraits, root: Root, layer: number, at: Vec3, direction: Vec3): void {
  const width = traits.headWidthScale * traits.faceWidthScale;
  const side = at[0] === 0 ? root.partSide : Math.sign(at[0]);
  const clear =
    (70 + 3 * root.tuft[0] + 5 * smoothstep(25, -20, at[1]) - 7 * smoothstep(-80, -140, at[1])) * width + layer;
  const out = Math.abs(at[0]);
  if (at[2] > -25 && out < clear) at[0] = side * lerp(out, clear, 0.8);
  if (out > 102) at[0] = side * lerp(out, 102, 0.4);
  if (at[2] > 40) at[2] = lerp(at[2], 40, 0.5);
  // Behind, it hangs on the nape rather than through the neck.
  if (at[2] <= -25) at[2] = lerp(at[2], -92 + 10 * smoothstep(-20, -120, at[1]) - layer, 0.35);
  direction[0] *= 0.5;
  direction[2] *= 0.6;
  if (at[1] < -150 && at[2] > -30) at[2] = Math.max(at[2], 48 + 0.12 * (-150 - at[1]) + 5 * root.tuft[1]);
}

function fallNormal(at: Vec3): Vec3 {
  return normalize([at[0] * 0.9, 12, at[2] + 42]);
}

function curlOffset(growth: Growth, t: number, phase: number): Vec3 {
  if (growth.curlMm === 0) return [0, 0, 0];
  const turn = phase + t * growth.turns * 2 * Math.PI;
  const radius = growth.curlMm * Math.min(1, t * 2);
  return [radius * Math.cos(turn), 0.4 * radius * Math.sin(turn * 0.7), 0.8 * radius * Math.sin(turn)];
}

/** A lock is lit mostly like the head under it, a little like the round strand it is. */
function litNormal(normal: Vec3, direction: Vec3, random: Random): Vec3 {
  const along = normal[0] * direction[0] + normal[1] * direction[1] + normal[2] * direction[2];
  return normalize(normal.map((n, c) => n - 0.6 * along * direction[c] + 0.16 * random.normal()) as Vec3);
}

function lockColor(traits: PersonTraits, random: Random, root: Root, out: Float32Array): void {
  const grey = clamp(traits.hairGrey * 0.9 + 0.12 * random.normal(), 0, 1) * Math.min(1, traits.hairGrey * 4);
  const light = 1.25 * (1 + 0.16 * random.normal() + 0.1 * root.tuft[2]);
  for (let c = 0; c < 3; c++) out[c] = Math.max(0.006, lerp(traits.hairColor[c], [0.36, 0.355, 0.35][c], grey) * light);
}

/** Hair wound round a ball. */
function growBun(traits: PersonTraits, seed: number): Strands {
  const random = createRandom(seed + 666);
  const count = 420;
  const segments = 5;
  const points = new Float32Array(count * (segments + 1) * 3);
  const normals = new Float32Array(points.length);
  const colors = new Float32Array(count * 3);
  for (let lock = 0; lock < count; lock++) {
    const axis = normalize([0.5 * random.normal(), 1, 0.5 * random.normal()]);
    const start = normalize([random.normal(), random.normal(), random.normal()]);
    let at = start;
    const radius = BUN_RADIUS_MM * random.range(0.86, 1.04);
    for (let g = 0; g <= segments; g++) {
      const o = (lock * (segments + 1) + g) * 3;
      points.set(
        BUN_CENTER.map((c, k) => c + radius * at[k]),
        o,
      );
      normals.set(at, o);
      const along: Vec3 = [
        axis[1] * at[2] - axis[2] * at[1],
        axis[2] * at[0] - axis[0] * at[2],
        axis[0] * at[1] - axis[1] * at[0],
      ];
      at = normalize([at[0] + 0.3 * along[0], at[1] + 0.3 * along[1], at[2] + 0.3 * along[2]]);
    }
    const root: Root = { at: start, top: 1, front: 0, tuft: [0, 0, random.normal() * 0.5], partSide: 1 };
    lockColor(traits, random, root, colors.subarray(lock * 3));
  }
  const ambientRootTip = [0.75, 0.9] as const;
  return finishStrands({
    name: 'hair-bun',
    count,
    segments,
    widthMm: 3.4,
    points,
    normals,
    colors,
    ambientRootTip,
    seed,
  });
}
