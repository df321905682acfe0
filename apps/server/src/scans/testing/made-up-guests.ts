import type { Frame, Intrinsics } from '@smile/camera';
import { NEUTRAL_POSE, type Pose, proceduralPerson, type SceneMesh } from '@smile/simulator';

/**
 * The plainest camera that sees made-up people: one light, no shadows, white noise. It exists so that tests and the
 * bench of scans run on a few seconds of work; what its pictures measure says nothing about people or attacks.
 */
const INTRINSICS: Intrinsics = { widthPx: 640, heightPx: 480, fxPx: 570, fyPx: 570, cxPx: 319.5, cyPx: 239.5 };
const BACKGROUND_MM = 1_600;
const NEAREST_MM = 50;
const DEPTH_UNIT_MM = 0.1;
const DEPTH_NOISE_MM = 1.3;
const HOLE_SHARE = 0.03;
/** From the head's middle to the face. */
const FACE_AHEAD_MM = 90;

export type GuestOptions = {
  /** Of the face from the camera. */
  readonly distanceMm?: number;
  readonly framesPerSecond?: number;
  /** Shifts the small movements, so that two captures of one person differ. */
  readonly startFrame?: number;
};

/** Somebody before the camera; each call gives the next frame. */
export function madeUpGuest(seed: number, options: GuestOptions = {}): (pose?: Partial<Pose>) => Frame {
  const { distanceMm = 550, framesPerSecond = 15, startFrame = 0 } = options;
  const person = proceduralPerson(seed);
  let sequence = 0;
  return (pose = {}) => {
    const at = sequence + startFrame;
    const meshes = person.meshes({
      ...NEUTRAL_POSE,
      smile: 0.4,
      ...pose,
      yawDeg: (pose.yawDeg ?? 0) + 1.5 * Math.sin(at / 3),
      pitchDeg: Math.cos(at / 4),
      offsetMm: { x: 3 * Math.sin(at / 5), y: 0, z: 0 },
    });
    const picture = new Picture();
    for (const mesh of meshes) picture.draw(mesh, distanceMm + FACE_AHEAD_MM);
    const frame = picture.develop(sequence, 1_000 + (sequence * 1_000) / framesPerSecond, startFrame + 1);
    sequence += 1;
    return frame;
  };
}

/** The same picture on a sheet: everything that is not the background lies in one plane. */
export function printOf(frame: Frame, planeMm = 500): Frame {
  if (!frame.depth) throw new Error('a print is made of a frame with depth');
  const random = generator(frame.sequence + 77);
  const behind = (BACKGROUND_MM - 100) / DEPTH_UNIT_MM;
  const values = frame.depth.values.map((value) =>
    value === 0 || value > behind ? value : Math.round((planeMm + noiseMm(random)) / DEPTH_UNIT_MM),
  );
  return { ...frame, depth: { ...frame.depth, values } };
}

class Picture {
  readonly #depthMm = new Float32Array(INTRINSICS.widthPx * INTRINSICS.heightPx).fill(BACKGROUND_MM);
  /** Linear light. */
  readonly #light = new Float32Array(INTRINSICS.widthPx * INTRINSICS.heightPx * 3).fill(0.3);

  draw(mesh: SceneMesh, cameraMm: number): void {
    const { positionsMm, indices, material } = mesh;
    const { fxPx, fyPx, cxPx, cyPx } = INTRINSICS;
    const count = positionsMm.length / 3;
    const us = new Float32Array(count);
    const vs = new Float32Array(count);
    const depths = new Float32Array(count);
    for (let i = 0; i < count; i += 1) {
      depths[i] = cameraMm - positionsMm[i * 3 + 2];
      us[i] = cxPx + (fxPx * positionsMm[i * 3]) / depths[i];
      vs[i] = cyPx - (fyPx * positionsMm[i * 3 + 1]) / depths[i];
    }
    const lit = litVertices(mesh);
    for (let at = 0; at < indices.length; at += 3) {
      const [a, b, c] = [indices[at], indices[at + 1], indices[at + 2]];
      const area = (us[b] - us[a]) * (vs[c] - vs[a]) - (us[c] - us[a]) * (vs[b] - vs[a]);
      // Counter-clockwise seen from outside, with v downwards: what faces the camera has a negative area.
      if (area === 0 || (area > 0 && !material.twoSided)) continue;
      if (depths[a] < NEAREST_MM || depths[b] < NEAREST_MM || depths[c] < NEAREST_MM) continue;
      this.#fill({ a, b, c, area, us, vs, depths, lit, mesh });
    }
  }

  #fill({ a, b, c, area, us, vs, depths, lit, mesh }: Triangle): void {
    const { widthPx, heightPx } = INTRINSICS;
    const { uv } = mesh;
    const { texture } = mesh.material;
    const left = Math.max(0, Math.ceil(Math.min(us[a], us[b], us[c])));
    const right = Math.min(widthPx - 1, Math.floor(Math.max(us[a], us[b], us[c])));
    const top = Math.max(0, Math.ceil(Math.min(vs[a], vs[b], vs[c])));
    const bottom = Math.min(heightPx - 1, Math.floor(Math.max(vs[a], vs[b], vs[c])));
    for (let v = top; v <= bottom; v += 1) {
      for (let u = left; u <= right; u += 1) {
        const wb = ((u - us[a]) * (vs[c] - vs[a]) - (us[c] - us[a]) * (v - vs[a])) / area;
        const wc = ((us[b] - us[a]) * (v - vs[a]) - (u - us[a]) * (vs[b] - vs[a])) / area;
        const wa = 1 - wb - wc;
        if (wa < 0 || wb < 0 || wc < 0) continue;
        const depthMm = wa * depths[a] + wb * depths[b] + wc * depths[c];
        const pixel = v * widthPx + u;
        if (depthMm >= this.#depthMm[pixel]) continue;
        this.#depthMm[pixel] = depthMm;
        let texel = -1;
        if (texture && uv) {
          const column = Math.floor((wa * uv[a * 2] + wb * uv[b * 2] + wc * uv[c * 2]) * texture.widthPx);
          const row = Math.floor((wa * uv[a * 2 + 1] + wb * uv[b * 2 + 1] + wc * uv[c * 2 + 1]) * texture.heightPx);
          texel = 3 * (clamp(row, texture.heightPx - 1) * texture.widthPx + clamp(column, texture.widthPx - 1));
        }
        for (let channel = 0; channel < 3; channel += 1) {
          const light = wa * lit[a * 3 + channel] + wb * lit[b * 3 + channel] + wc * lit[c * 3 + channel];
          this.#light[pixel * 3 + channel] = texture && texel >= 0 ? light * texture.rgb[texel + channel] : light;
        }
      }
    }
  }

  develop(sequence: number, deviceTimeMs: number, noiseSeed: number): Frame {
    const { widthPx, heightPx } = INTRINSICS;
    const random = generator(noiseSeed * 1_000 + sequence);
    const rgb = new Uint8Array(this.#light.length);
    for (let i = 0; i < rgb.length; i += 1) rgb[i] = clamp(encoded(this.#light[i]) + 4 * (random() - 0.5), 255);
    const values = new Uint16Array(this.#depthMm.length);
    for (let i = 0; i < values.length; i += 1) {
      if (random() >= HOLE_SHARE) values[i] = Math.round((this.#depthMm[i] + noiseMm(random)) / DEPTH_UNIT_MM);
    }
    return {
      sequence,
      deviceTimeMs,
      colour: { widthPx, heightPx, rgb },
      depth: { widthPx, heightPx, unitMm: DEPTH_UNIT_MM, values },
      intrinsics: INTRINSICS,
    };
  }
}

/** Corners `a`, `b`, `c` of a mesh whose vertices have been projected and lit. */
type Triangle = {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly area: number;
  readonly us: Float32Array;
  readonly vs: Float32Array;
  readonly depths: Float32Array;
  readonly lit: Float32Array;
  readonly mesh: SceneMesh;
};

/** Lambert under one light from above beside the camera and an even one from everywhere, times the vertex's albedo. */
function litVertices({ normals, ambient, vertexAlbedo, material }: SceneMesh): Float32Array {
  const lit = new Float32Array(normals.length);
  for (let i = 0; i < normals.length; i += 3) {
    const towardsLight = 0.25 * normals[i] + 0.45 * normals[i + 1] + 0.85 * Math.abs(normals[i + 2]);
    const light = 0.55 * (ambient ? ambient[i / 3] : 1) + 0.75 * Math.max(0, towardsLight);
    for (let channel = 0; channel < 3; channel += 1) {
      lit[i + channel] = light * material.albedo[channel] * (vertexAlbedo ? vertexAlbedo[i + channel] : 1);
    }
  }
  return lit;
}

/** The sum of four uniform numbers is near enough to a normal one. */
function noiseMm(random: () => number): number {
  return DEPTH_NOISE_MM * 1.73 * (random() + random() + random() + random() - 2);
}

/** sRGB, IEC 61966-2-1, 0..255. */
function encoded(linear: number): number {
  return 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
}

function clamp(value: number, high: number): number {
  return Math.max(0, Math.min(high, value));
}

function generator(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
