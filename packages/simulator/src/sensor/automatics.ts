import type { Layers } from '../render/layers.ts';
import { MATERIAL_CODES } from '../render/layers.ts';
import type { Rgb } from '../scene-types.ts';
import type { Exposure } from './colour-camera.ts';

/** The luminance an automatic exposure aims at, as a share of white: skin then comes out at about 130 of 255. */
const TARGET_SHARE = 0.23;
const MIN_EXPOSURE = 1 / 4_000;
const MAX_EXPOSURE = 1 / 18;
/** Time constants, as webcams have them: exposure follows within a few pictures, white balance takes its time. */
const EXPOSURE_SETTLES_MS = 200;
const BALANCE_SETTLES_MS = 500;
const MAX_BALANCE = 2;

/** Faces, and what shows them. */
const METERED: ReadonlySet<number> = new Set([
  MATERIAL_CODES.skin,
  MATERIAL_CODES.paper,
  MATERIAL_CODES.screen,
  MATERIAL_CODES.gloss,
]);

/** Mean light of what a camera meters, channel by channel: that of the room, and that of a white screen, cd/m2. */
export type Meter = { readonly ambient: Rgb; readonly screen: Rgb };

/** Over the middle of what stands in the scene, as a camera's face priority does; over everything where that is little. */
export function meterOf({ ambient, screen, material }: Layers): Meter {
  const sums = [0, 0, 0, 0, 0, 0];
  let count = 0;
  for (let i = 0; i < material.length; i += 1) {
    if (!METERED.has(material[i])) continue;
    for (let c = 0; c < 3; c += 1) {
      sums[c] += ambient[i * 3 + c];
      sums[c + 3] += screen[i * 3 + c];
    }
    count += 1;
  }
  if (count < 100) {
    sums.fill(0);
    count = material.length;
    for (let i = 0; i < ambient.length; i += 1) sums[i % 3] += ambient[i];
  }
  const [ar, ag, ab, sr, sg, sb] = sums.map((sum) => sum / count);
  return { ambient: [ar, ag, ab], screen: [sr, sg, sb] };
}

/** What an automatic exposure settles at under this colour of the screen. */
export function exposureFor(meter: Meter, screenColour: Rgb): Exposure {
  const mean = meanOf(lightOf(meter, screenColour));
  return Math.min(MAX_EXPOSURE, Math.max(MIN_EXPOSURE, TARGET_SHARE / Math.max(mean, 1e-9)));
}

/**
 * A camera's automatics: exposure and white balance follow the scene unless they are held. The balance takes the mean of what
 * it sees for what it saw under the resting screen, as grey-world automatics do, and so removes the colour of a light.
 */
export class Automatics {
  readonly #meter: Meter;
  readonly #resting: Rgb;
  #logExposure: number;
  #logBalance: readonly number[] = [0, 0, 0];
  #held: boolean;

  /** Begins settled under the resting screen. */
  constructor(meter: Meter, restingScreen: Rgb, held = false) {
    this.#meter = meter;
    this.#resting = shareOf(lightOf(meter, restingScreen));
    this.#logExposure = Math.log(exposureFor(meter, restingScreen));
    this.#held = held;
  }

  hold(held: boolean): void {
    this.#held = held;
  }

  get exposure(): Exposure {
    return Math.exp(this.#logExposure);
  }

  /** Gains of the channels, 1 under the resting screen. */
  get balance(): Rgb {
    const [r, g, b] = this.#logBalance.map(Math.exp);
    return [r, g, b];
  }

  /** Lets so much time pass under this colour of the screen. */
  follow(elapsedMs: number, screenColour: Rgb): void {
    if (this.#held || !(elapsedMs > 0)) return;
    const near = (from: number, to: number, settlesMs: number) => to + (from - to) * Math.exp(-elapsedMs / settlesMs);
    const wanted = Math.log(exposureFor(this.#meter, screenColour));
    this.#logExposure = near(this.#logExposure, wanted, EXPOSURE_SETTLES_MS);
    const seen = shareOf(lightOf(this.#meter, screenColour));
    this.#logBalance = this.#logBalance.map((gain, c) => {
      const limit = Math.log(MAX_BALANCE);
      const removing = Math.log(this.#resting[c] / seen[c]);
      return near(gain, Math.min(limit, Math.max(-limit, removing)), BALANCE_SETTLES_MS);
    });
  }
}

function lightOf({ ambient, screen }: Meter, colour: Rgb): Rgb {
  return [0, 1, 2].map((c) => ambient[c] + screen[c] * colour[c]) as unknown as Rgb;
}

function shareOf(light: Rgb): Rgb {
  const mean = Math.max(meanOf(light), 1e-9);
  return light.map((value) => Math.max(value, 1e-9) / mean) as unknown as Rgb;
}

function meanOf([r, g, b]: Rgb): number {
  return (r + g + b) / 3;
}
