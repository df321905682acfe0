import type { Material, Rgb } from '../scene-types.ts';
import type { Face } from './face.ts';
import type { HeadMesh } from './head-mesh.ts';
import { bell, clamp, lerp, normalize, smoothstep } from './math.ts';
import { computeNormals, gridSurface, type Part } from './mesh-tools.ts';
import { createRandom, valueNoise } from './noise.ts';
import { EYEBALL_RADIUS_MM, eyeballZ } from './relief.ts';

const EYE_MATERIAL: Material = { kind: 'eye', albedo: [1, 1, 1], specular: 0.9, shininess: 160, twoSided: true };
/** Half the iris as an angle at the eyeball's centre: 11.8 mm across. */
const IRIS_ANGLE = 0.505;
const PUPIL_SHARE = 0.33;
const SCLERA: Rgb = [0.62, 0.575, 0.545];
const LASHES = 44;

/** One eye at rest; `iris` is about the ball's centre looking along +z, everything else in head space. */
export type Eye = {
  readonly index: 0 | 1;
  readonly sign: -1 | 1;
  readonly center: readonly [number, number, number];
  readonly sclera: Part;
  readonly iris: Part;
};

export function buildEye(face: Face, head: HeadMesh, index: 0 | 1, tone: Rgb, seed: number): Eye {
  const sign = index === 0 ? -1 : 1;
  const lids = face.lids[index];
  const center = [sign * face.marks.eyeX, lids.centerY, eyeballZ(face.traits)] as const;
  return {
    index,
    sign,
    center,
    sclera: buildSclera(face, head, index, center, tone),
    iris: buildIris(face, index, seed),
  };
}

/** The white: the front of the ball, with the flesh of both corners brought up to the lids. */
function buildSclera(face: Face, head: HeadMesh, index: 0 | 1, center: Eye['center'], tone: Rgb): Part {
  const sign = index === 0 ? -1 : 1;
  const lids = face.lids[index];
  const edge = head.lidEdges[index];
  const outerAt = edge.reduce((best, v) =>
    sign * head.positionsMm[v * 3] > sign * head.positionsMm[best * 3] ? v : best,
  );
  const innerZ = head.positionsMm[edge[0] * 3 + 2];
  const outerZ = head.positionsMm[outerAt * 3 + 2];
  const grid = { rows: 11, columns: 23 };
  const surface = gridSurface(
    grid,
    (down, along) => {
      const out = lerp(lids.innerDx - 0.9, lids.outerDx + 0.9, along);
      const dx = out * sign;
      const dy = lerp(9.5, -9.5, down);
      const beyond = EYEBALL_RADIUS_MM ** 2 - dx * dx - dy * dy;
      const ball = beyond > 0 ? center[2] + Math.sqrt(beyond) : center[2] - 8;
      // The flesh of a corner slopes off to every side, so that it never stands out of the lids around it.
      const inCorner = innerZ - 1.6 - 0.9 * Math.hypot(out - lids.innerDx, 1.2 * (dy - lids.innerY));
      const outCorner = outerZ - 1.8 - 0.9 * Math.hypot(1.8 * (out - lids.outerDx), 1.2 * (dy - lids.outerY));
      return [center[0] + dx, center[1] + dy, Math.max(ball, inCorner, outCorner)];
    },
    { flip: sign < 0 },
  );
  const count = grid.rows * grid.columns;
  const albedo = new Float32Array(count * 3);
  const flesh: Rgb = [tone[0] * 0.75 + 0.08, tone[1] * 0.55 + 0.02, tone[2] * 0.55 + 0.02];
  for (let i = 0; i < count; i++) {
    const dx = Math.abs(surface.positionsMm[i * 3]) - face.marks.eyeX;
    const corner = Math.max(
      smoothstep(lids.innerDx + 6, lids.innerDx + 1, dx),
      0.5 * smoothstep(lids.outerDx - 4, lids.outerDx, dx),
    );
    for (let c = 0; c < 3; c++) albedo[i * 3 + c] = lerp(SCLERA[c], flesh[c], corner);
  }
  return { name: `sclera-${index}`, ...surface, vertexAlbedo: albedo, material: EYE_MATERIAL };
}

/** Iris and pupil as a cap on the ball under a low cornea, with the window's glint every living eye carries. */
function buildIris(face: Face, index: 0 | 1, seed: number): Part {
  const grid = { rows: 10, columns: 33 };
  const cap = gridSurface(grid, (out, around) => {
    const angle = out * IRIS_ANGLE;
    const turn = around * 2 * Math.PI;
    const radius = EYEBALL_RADIUS_MM + 0.14 + 0.7 * (1 - out * out);
    return [
      radius * Math.sin(angle) * Math.cos(turn),
      radius * Math.sin(angle) * Math.sin(turn),
      radius * Math.cos(angle),
    ];
  });
  const albedo = new Float32Array(cap.positionsMm.length);
  for (let i = 0; i < grid.rows; i++) {
    for (let j = 0; j < grid.columns; j++) {
      albedo.set(
        irisColorAt(face, i / (grid.rows - 1), (j / (grid.columns - 1)) * 2 * Math.PI, seed),
        (i * grid.columns + j) * 3,
      );
    }
  }
  return withGlint({ name: `iris-${index}`, ...cap, vertexAlbedo: albedo, material: EYE_MATERIAL });
}

function irisColorAt(face: Face, out: number, turn: number, seed: number): Rgb {
  if (out < PUPIL_SHARE) return [0.006, 0.006, 0.007];
  const fibres =
    0.8 +
    0.35 * valueNoise(Math.cos(turn) * 5 + 20, Math.sin(turn) * 5 + out * 3, seed + 7) +
    0.2 * valueNoise(turn * 7, out * 2, seed + 8);
  const limb = 1 - 0.8 * smoothstep(0.78, 1, out);
  const ring = 1 + 0.35 * bell((out - 0.5) / 0.18);
  const light = fibres * limb * ring * 1.3;
  return face.traits.irisColor.map((c) => clamp(c * light, 0.004, 0.9)) as unknown as Rgb;
}

function withGlint(iris: Part): Part {
  const sides = 9;
  const first = iris.positionsMm.length / 3;
  const positions: number[] = [];
  const indices: number[] = [];
  for (let k = 0; k <= sides; k++) {
    const turn = (k / sides) * 2 * Math.PI;
    const radius = k === sides ? 0 : 0.85;
    const x = -1.7 + radius * Math.cos(turn);
    const y = 2 + radius * 1.15 * Math.sin(turn);
    positions.push(x, y, Math.sqrt(Math.max(0, (EYEBALL_RADIUS_MM + 0.95) ** 2 - x * x - y * y)));
    if (k < sides) indices.push(first + sides, first + k, first + ((k + 1) % sides));
  }
  const glintNormal = Array.from({ length: sides + 1 }, () => normalize([-0.1, 0.3, 0.95])).flat();
  return {
    ...iris,
    positionsMm: Float32Array.from([...iris.positionsMm, ...positions]),
    normals: Float32Array.from([...iris.normals, ...glintNormal]),
    indices: Uint32Array.from([...iris.indices, ...indices]),
    vertexAlbedo: Float32Array.from([...(iris.vertexAlbedo ?? []), ...positions.map(() => 0.92)]),
  };
}

/** The white of an eye under its lids, which shade it from above and below, the more the further they are shut. */
export function shadedSclera(face: Face, eye: Eye, openness: number): Part {
  const lids = face.lids[eye.index];
  const p = eye.sclera.positionsMm;
  const ambient = new Float32Array(p.length / 3);
  const vertexAlbedo = (eye.sclera.vertexAlbedo ?? new Float32Array(p.length).fill(1)).slice();
  for (let i = 0; i < ambient.length; i++) {
    const dx = Math.abs(p[i * 3]) - face.marks.eyeX;
    const dy = p[i * 3 + 1] - lids.centerY;
    const underLid = smoothstep(-0.3, 4, lids.upper(dx, openness) - dy);
    const overLid = smoothstep(-0.2, 2, dy - lids.lower(dx, openness));
    ambient[i] = 0.95 * (0.42 + 0.58 * underLid) * (0.7 + 0.3 * overLid);
    // The lid's cast shadow is finer than a shadow map; it is laid on the surface itself.
    for (let c = 0; c < 3; c++) vertexAlbedo[i * 3 + c] *= 0.62 + 0.38 * underLid;
  }
  return { ...eye.sclera, ambient, vertexAlbedo };
}

/** The thickness of the lids: a narrow band from the cut edge back to the ball. `skin` is the head as deformed. */
export function lidMargins(face: Face, head: HeadMesh, skin: Float32Array, eye: Eye, tone: Rgb): Part {
  const loop = head.lidEdges[eye.index];
  const count = loop.length;
  const positionsMm = new Float32Array(count * 6);
  const vertexAlbedo = new Float32Array(count * 6);
  const indices = new Uint32Array(count * 6);
  const cornerZ = skin[loop[0] * 3 + 2];
  for (let k = 0; k < count; k++) {
    const [x, y, z] = skin.subarray(loop[k] * 3, loop[k] * 3 + 3);
    const inwards = 0.06;
    positionsMm.set([x, y, z], k * 6);
    positionsMm.set(
      [lerp(x, eye.center[0], inwards), lerp(y, eye.center[1], inwards), Math.min(z - 2, cornerZ + 4)],
      k * 6 + 3,
    );
    const rest = head.positionsMm[loop[k] * 3 + 1] - face.lids[eye.index].centerY;
    const color: Rgb = rest > 1 ? [0.05, 0.036, 0.032] : [tone[0] * 0.9, tone[1] * 0.62, tone[2] * 0.6];
    vertexAlbedo.set(color, k * 6);
    vertexAlbedo.set(color, k * 6 + 3);
    const a = k * 2;
    const b = ((k + 1) % count) * 2;
    indices.set([a, a + 1, b, b, a + 1, b + 1], k * 6);
  }
  const normals = new Float32Array(positionsMm.length);
  computeNormals(positionsMm, indices, normals);
  const ambient = new Float32Array(count * 2).fill(0.6);
  const material: Material = { kind: 'skin', albedo: [1, 1, 1], specular: 0.2, shininess: 30, twoSided: true };
  return { name: `lid-margin-${eye.index}`, positionsMm, normals, indices, vertexAlbedo, ambient, material };
}

/** The upper lashes: one thin triangle each, rooted on the lid's margin wherever it is. */
export function lashes(face: Face, head: HeadMesh, skin: Float32Array, eye: Eye, openness: number, seed: number): Part {
  const random = createRandom(seed + 4242 + eye.index);
  const lids = face.lids[eye.index];
  const edge = upperEdge(face, head, eye);
  const length = face.traits.sex === 'female' ? 5.6 : 3.6;
  // On a shut lid the lashes lie side by side and are seen along their whole length.
  const shut = clamp(1 - openness, 0, 1);
  const half = lerp(0.24, 0.5, shut);
  const positionsMm = new Float32Array(LASHES * 9);
  for (let k = 0; k < LASHES; k++) {
    const t = ((k + random.next()) / LASHES) * 0.9 + 0.08;
    const dx = lerp(lids.innerDx, lids.outerDx, t);
    const root = alongEdge(face, skin, edge, dx);
    const reach = length * (0.65 + 0.45 * random.next()) * (0.6 + 0.5 * t);
    const fan = (t - 0.45) * 1.1;
    const tip = [eye.sign * fan, lerp(-0.6, 0.5, openness), 0.75];
    const scale = reach / Math.hypot(...tip);
    positionsMm.set([root[0] - half, root[1] + 0.5 * shut, root[2] + 0.25], k * 9);
    positionsMm.set([root[0] + half, root[1] + 0.5 * shut, root[2] + 0.25], k * 9 + 3);
    positionsMm.set([root[0] + tip[0] * scale, root[1] + tip[1] * scale, root[2] + tip[2] * scale], k * 9 + 6);
  }
  const indices = Uint32Array.from({ length: LASHES * 3 }, (_, i) => i);
  const normals = new Float32Array(positionsMm.length);
  for (let i = 0; i < normals.length; i += 3) normals.set([0, 0.3, 0.954], i);
  const material: Material = { kind: 'hair', albedo: [0.016, 0.012, 0.011], twoSided: true };
  return { name: `lashes-${eye.index}`, positionsMm, normals, indices, material };
}

function upperEdge(face: Face, head: HeadMesh, eye: Eye): number[] {
  const loop = Array.from(head.lidEdges[eye.index]);
  const out = (v: number) => eye.sign * head.positionsMm[v * 3] - face.marks.eyeX;
  const last = loop.findIndex((v, k) => k > 0 && out(v) >= face.lids[eye.index].outerDx - 1e-3);
  return loop.slice(0, last + 1);
}

function alongEdge(face: Face, skin: Float32Array, edge: readonly number[], dx: number): [number, number, number] {
  const out = (v: number) => Math.abs(skin[v * 3]) - face.marks.eyeX;
  let k = 0;
  while (k < edge.length - 2 && out(edge[k + 1]) < dx) k++;
  const from = edge[k];
  const to = edge[k + 1];
  const t = clamp((dx - out(from)) / Math.max(1e-6, out(to) - out(from)), 0, 1);
  return [0, 1, 2].map((c) => lerp(skin[from * 3 + c], skin[to * 3 + c], t)) as [number, number, number];
}
