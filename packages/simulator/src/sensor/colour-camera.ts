import type { ColourImage } from '@smile/camera';
import type { Backdrop } from '../render/backdrop.ts';
import type { Layers } from '../render/layers.ts';
import type { Region } from '../render/view.ts';
import type { Rgb } from '../scene-types.ts';
import { noiseTiles, placeStream, TILE_MASK } from './noise-tiles.ts';

/** How the camera turns light into numbers: 1/exposure is the luminance in cd/m2 that just reaches full white. */
export type Exposure = number;

/** At this exposure the sensor's noise is what the constants below say; longer exposures are gain. */
const BASE_EXPOSURE = 1 / 240;
/** Share of white: photon noise variance per signal, and the noise of reading. */
const SHOT_VARIANCE = 0.00016;
const READ_SIGMA = 0.0016;

const CURVE_STEPS = 4096;
/** Highlights bend from here on instead of clipping. */
const KNEE = 0.75;
const MAX_LIGHT = 3.2;
const ROOT_MAX = Math.sqrt(MAX_LIGHT);
const CURVE = toneCurve();

export type ColourOptions = {
  /** Linear colour the kiosk screen shows, 0..1 of white; by row where it changed while the picture was read. */
  readonly screenColour: Rgb | ((row: number) => Rgb);
  readonly exposure: Exposure;
  /** Gains of the channels by a white balance; 1 each without it. */
  readonly balance?: Rgb;
  readonly noiseSeed: number;
  /** 1 is the sensor's own noise, 0 none. */
  readonly noise?: number;
};

/** Light in 16 bits a channel: half the memory of what is rendered, for loops of many poses. */
export type PackedLight = Region & {
  readonly ambient: Uint16Array;
  readonly screen: Uint16Array;
  /** cd/m2 of one step. */
  readonly ambientStep: number;
  readonly screenStep: number;
};

export function packLight(
  light: Region & { readonly ambient: Float32Array; readonly screen: Float32Array },
): PackedLight {
  const { leftPx, topPx, rightPx, bottomPx } = light;
  const ambient = packed(light.ambient);
  const screen = packed(light.screen);
  return {
    leftPx,
    topPx,
    rightPx,
    bottomPx,
    ambient: ambient.values,
    screen: screen.values,
    ambientStep: ambient.step,
    screenStep: screen.step,
  };
}

/** The shop behind as light like any other. */
export function packBackdrop({ widthPx, heightPx, ambient, screen }: Backdrop): PackedLight {
  return packLight({ leftPx: 0, topPx: 0, rightPx: widthPx, bottomPx: heightPx, ambient, screen });
}

function packed(values: Float32Array): { values: Uint16Array; step: number } {
  let highest = 1e-6;
  for (let i = 0; i < values.length; i += 1) if (values[i] > highest) highest = values[i];
  const step = highest / 65_535;
  const steps = 1 / step;
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i += 1) out[i] = values[i] * steps + 0.5;
  return { values: out, step };
}

/** Adds the lights up, exposes, adds noise and encodes as sRGB. A few milliseconds. */
export function takeColour(backdrop: PackedLight, subject: PackedLight, options: ColourOptions): ColourImage {
  const { rightPx: widthPx, bottomPx: heightPx } = backdrop;
  const { leftPx, topPx, rightPx, bottomPx } = subject;
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  const place = placeStream(options.noiseSeed);
  const { screenColour } = options;
  const colourOf = typeof screenColour === 'function' ? screenColour : () => screenColour;
  const develop = developer(options);
  for (let y = 0; y < heightPx; y += 1) {
    const row = y * widthPx;
    const noiseAt = place();
    const colour = colourOf(y);
    if (y < topPx || y >= bottomPx) {
      develop(backdrop, colour, row * 3, rgb, row * 3, widthPx * 3, noiseAt);
      continue;
    }
    const own = (y - topPx) * (rightPx - leftPx);
    const beyond = (row + rightPx) * 3;
    develop(backdrop, colour, row * 3, rgb, row * 3, leftPx * 3, noiseAt);
    develop(subject, colour, own * 3, rgb, (row + leftPx) * 3, (rightPx - leftPx) * 3, noiseAt + leftPx * 3);
    develop(backdrop, colour, beyond, rgb, beyond, (widthPx - rightPx) * 3, noiseAt + rightPx * 3);
  }
  return { widthPx, heightPx, rgb };
}

const NEUTRAL_BALANCE: Rgb = [1, 1, 1];

function developer({ exposure, balance = NEUTRAL_BALANCE, noise = 1 }: ColourOptions) {
  const { white } = noiseTiles();
  const gain = Math.max(0.5, exposure / BASE_EXPOSURE);
  // Noise is added to the root of the signal, where photon noise is the same at all levels.
  const shot = 0.25 * SHOT_VARIANCE * gain * noise * noise;
  const read = 0.25 * (READ_SIGMA * gain * noise) ** 2;
  const step = CURVE_STEPS / ROOT_MAX;
  const sigmas = Float32Array.from({ length: CURVE_STEPS + 1 }, (_, i) => {
    const root = Math.max(0.02, i / step);
    return step * Math.sqrt(shot + read / (root * root));
  });
  return (
    from: PackedLight,
    screenColour: Rgb,
    start: number,
    to: Uint8Array,
    at: number,
    count: number,
    noiseAt: number,
  ): void => {
    const { ambient, screen } = from;
    const gainAmbient = exposure * from.ambientStep;
    const gainScreen = exposure * from.screenStep;
    const [ambientRed, ambientGreen, ambientBlue] = balance.map((gain) => gain * gainAmbient);
    const [red, green, blue] = balance.map((gain, c) => gain * screenColour[c] * gainScreen);
    for (let i = 0; i < count; i += 3) {
      for (let c = 0; c < 3; c += 1) {
        const tint = c === 0 ? red : c === 1 ? green : blue;
        const room = c === 0 ? ambientRed : c === 1 ? ambientGreen : ambientBlue;
        const light = ambient[start + i + c] * room + screen[start + i + c] * tint;
        const clean = Math.min(Math.sqrt(light) * step, CURVE_STEPS);
        const noisy = clean + sigmas[clean | 0] * white[(noiseAt + i + c) & TILE_MASK];
        to[at + i + c] = CURVE[noisy <= 0 ? 0 : noisy >= CURVE_STEPS ? CURVE_STEPS : noisy | 0];
      }
    }
  };
}

/** From the root of linear light to sRGB (IEC 61966-2-1) with a soft shoulder. */
function toneCurve(): Uint8Array {
  const shoulder = (v: number) => (v < KNEE ? v : KNEE + (1 - KNEE) * (1 - Math.exp(-(v - KNEE) / (1 - KNEE))));
  return Uint8Array.from({ length: CURVE_STEPS + 1 }, (_, i) => {
    const root = ((i + 0.5) / CURVE_STEPS) * ROOT_MAX;
    return Math.round(255 * encodeSrgb(shoulder(root * root)));
  });
}

export function encodeSrgb(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

export function decodeSrgb(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

const DECODED = Float32Array.from({ length: 256 }, (_, i) => decodeSrgb(i / 255));

/** Linear light of an 8-bit sRGB value. */
export function linearOf(value: number): number {
  return DECODED[value];
}

/** The linear picture without noise: for tests, and for making photos of people. */
export function compose(layers: Layers, screenColour: Rgb, exposure: Exposure): Float32Array {
  return layers.ambient.map((light, i) => (light + layers.screen[i] * screenColour[i % 3]) * exposure);
}
