import type { ColourImage, DepthImage, Frame } from '@smile/camera';
import { type CaptureOptions, captureInTurn } from '../camera/capture-frames.ts';
import { RESTING_SCREEN } from '../camera/shot.ts';
import { DEFAULT_SHUTTER, rowColours } from '../camera/shutter.ts';
import { createRandom } from '../people/noise.ts';
import { KIOSK_SCREEN } from '../render/lights.ts';
import type { Rgb, Subject } from '../scene-types.ts';
import { encodeSrgb, linearOf } from '../sensor/colour-camera.ts';
import type { InjectionKind } from './species.ts';

export type InjectionOptions = Omit<CaptureOptions, 'subject' | 'screenColour'> & {
  /** Whose genuine session was recorded. */
  readonly subject: Subject;
  /** Colours of the challenge that the injected frames must answer. */
  readonly screenColour: (elapsedMs: number) => Rgb;
  /** Colours of the challenge that was running when the session was recorded. */
  readonly oldScreenColour: (elapsedMs: number) => Rgb;
  /** Whose depth is put under the picture, for foreign depth. */
  readonly donor: Subject;
};

/**
 * Frames that an attacker puts in instead of the camera's, made of genuine captures. Each is given the attacker's best
 * case: a good recording of the real person, with the depth of a real face.
 *
 * - old-challenge: recorded under another challenge.
 * - live-relay: the person is elsewhere and sees our colours 80 to 150 ms later.
 * - exact-replay: the recording bit by bit. Its frames are those of `old-challenge`; that they cannot be signed again
 *   for another nonce is for the frame chain to find.
 * - tinted-session: recorded under a resting screen, then tinted to the new colours, all over or on the face only.
 * - relit-deepfake: recorded under a resting screen, then lit anew by the normals of its own depth.
 * - foreign-depth: a still photo, tinted or not, over the moving depth of somebody else.
 */
export function* injectedFrames(kind: InjectionKind, options: InjectionOptions): Generator<Frame, void, void> {
  const { screenColour, oldScreenColour, donor, ...capture } = options;
  const random = createRandom(options.seed * 149 + 8);
  const colourAt = frameColour(options);
  switch (kind) {
    case 'old-challenge':
    case 'exact-replay':
      yield* captureInTurn({ ...capture, screenColour: oldScreenColour });
      return;
    case 'live-relay': {
      const latencyMs = (capture.shutter?.screenLatencyMs ?? DEFAULT_SHUTTER.screenLatencyMs) + random.range(80, 150);
      yield* captureInTurn({ ...capture, screenColour, shutter: { ...capture.shutter, screenLatencyMs: latencyMs } });
      return;
    }
    case 'tinted-session': {
      const strength = random.range(0.04, 0.16);
      const faceOnly = random.next() < 0.5;
      for (const frame of captureInTurn(capture)) {
        const change = changeOf(colourAt(frame), strength);
        yield { ...frame, colour: tinted(frame.colour, change, faceOnly ? nearMask(frame.depth) : null) };
      }
      return;
    }
    case 'relit-deepfake': {
      const strength = random.range(0.06, 0.16);
      for (const frame of captureInTurn(capture)) {
        const change = changeOf(colourAt(frame), strength);
        yield { ...frame, colour: tinted(frame.colour, change, predictedLight(frame)) };
      }
      return;
    }
    case 'foreign-depth': {
      const strength = random.next() < 0.5 ? 0 : random.range(0.04, 0.16);
      const depths = captureInTurn({ ...capture, subject: donor, seed: options.seed + 500_000 });
      let still: ColourImage | null = null;
      for (const { depth, ...frame } of depths) {
        still ??= [...captureInTurn({ ...capture, frames: 1 })][0].colour;
        const full = { ...frame, depth };
        const colour = strength > 0 ? tinted(still, changeOf(colourAt(full), strength), nearMask(depth)) : still;
        yield { ...full, colour };
      }
    }
  }
}

/** The mean colour commanded while the middle row of a frame gathers light. */
function frameColour(options: InjectionOptions): (frame: Frame) => Rgb {
  const shutter = { ...DEFAULT_SHUTTER, ...options.shutter };
  const startMs = options.startMs ?? 1_000;
  return (frame) => {
    const { heightPx } = frame.colour;
    const rows = rowColours(options.screenColour, frame.deviceTimeMs - startMs, heightPx, shutter);
    return rows(heightPx >> 1);
  };
}

/** By how much each channel brightens against the resting screen, as a share of the picture's light. */
function changeOf(colour: Rgb, strength: number): Rgb {
  return colour.map((c, i) => (strength * (c - RESTING_SCREEN[i])) / RESTING_SCREEN[i]) as unknown as Rgb;
}

/** Multiplies linear light by 1 + change, more or less by pixel where there is a mask. */
function tinted(picture: ColourImage, change: Rgb, mask: Float32Array | null): ColourImage {
  const rgb = new Uint8Array(picture.rgb.length);
  for (let i = 0, pixel = 0; i < rgb.length; i += 3, pixel += 1) {
    const share = mask ? mask[pixel] : 1;
    for (let c = 0; c < 3; c += 1) {
      const value = picture.rgb[i + c];
      rgb[i + c] = share === 0 ? value : encoded(linearOf(value) * (1 + change[c] * share));
    }
  }
  return { ...picture, rgb };
}

const ENCODED = Uint8Array.from({ length: 4_097 }, (_, i) => Math.round(255 * encodeSrgb(i / 4_096)));

function encoded(linear: number): number {
  return ENCODED[linear >= 1 ? 4_096 : linear <= 0 ? 0 : Math.round(linear * 4_096)];
}

const NEAR_MM = 1_000;

/** 1 on what stands before the wall. */
function nearMask(depth: DepthImage | null): Float32Array | null {
  if (!depth) return null;
  return Float32Array.from(depth.values, (value) => (value > 0 && value * depth.unitMm < NEAR_MM ? 1 : 0));
}

const SMOOTH_PX = 3;

/** What the screen would cast on each pixel by the normals of the frame's own smoothed depth; about 1 on a face. */
function predictedLight({ depth, intrinsics }: Frame): Float32Array | null {
  if (!depth) return null;
  const { widthPx, heightPx, values, unitMm } = depth;
  const near = Float32Array.from(values, (v) => (v > 0 && v * unitMm < NEAR_MM ? v * unitMm : 0));
  const smooth = boxMean(near, widthPx, heightPx);
  const light = new Float32Array(values.length);
  const { x: screenX, y: screenY } = KIOSK_SCREEN.centreMm;
  let sum = 0;
  let count = 0;
  for (let y = 2; y < heightPx - 2; y += 1) {
    for (let x = 2; x < widthPx - 2; x += 1) {
      const at = y * widthPx + x;
      const z = smooth[at];
      const [left, right, up, down] = [
        smooth[at - 2],
        smooth[at + 2],
        smooth[at - 2 * widthPx],
        smooth[at + 2 * widthPx],
      ];
      if (!(z && left && right && up && down)) continue;
      const pixelMm = z / intrinsics.fxPx;
      // Of a surface z(x, y) seen along z: the normal points to the camera.
      const nx = (right - left) / (4 * pixelMm);
      const ny = -(down - up) / (4 * pixelMm);
      const lx = screenX - ((x - intrinsics.cxPx) * z) / intrinsics.fxPx;
      const ly = screenY + ((y - intrinsics.cyPx) * z) / intrinsics.fyPx;
      const squared = lx * lx + ly * ly + z * z;
      const cosine = (nx * lx + ny * ly + z) / Math.sqrt(squared * (1 + nx * nx + ny * ny));
      if (cosine <= 0) continue;
      light[at] = (cosine * z) / (squared * Math.sqrt(squared));
      sum += light[at];
      count += 1;
    }
  }
  const scale = count / Math.max(1e-12, sum);
  for (let i = 0; i < light.length; i += 1) light[i] = Math.min(3, light[i] * scale);
  return light;
}

/** Means over a square of what is not 0. */
function boxMean(values: Float32Array, width: number, height: number): Float32Array {
  const pass = (from: Float32Array, stride: number, along: number) => {
    const to = new Float32Array(from.length);
    const lines = from.length / along;
    for (let line = 0; line < lines; line += 1) {
      const start = stride === 1 ? line * along : line;
      let sum = 0;
      let count = 0;
      const add = (i: number, sign: number) => {
        if (i < 0 || i >= along) return;
        const value = from[start + i * stride];
        if (value === 0) return;
        sum += sign * value;
        count += sign;
      };
      for (let i = 0; i < SMOOTH_PX; i += 1) add(i, 1);
      for (let i = 0; i < along; i += 1) {
        add(i + SMOOTH_PX, 1);
        if (count > 0 && from[start + i * stride] !== 0) to[start + i * stride] = sum / count;
        add(i - SMOOTH_PX, -1);
      }
    }
    return to;
  };
  return pass(pass(values, 1, width), width, height);
}
