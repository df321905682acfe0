import { median } from '../least-squares.ts';
import { detrendColumns, detrender, type LightCodeFit, logChroma, type TimedSkin } from './light-code.ts';
import { SKIN_CELL_COLUMNS, SKIN_CELL_ROWS } from './skin-light.ts';

/**
 * Does the light fall on the face as its shape demands?
 *
 * Measures: for a few dozen places of the face, by how much the screen's code brightens them relative to the room's
 * light there (the skin's own colour cancels), against the irradiance that a screen of known size and place must give
 * to a surface that lies and faces as the depth says. The slope of the one on the other, both relative to their
 * means: 1 where light and shape are of one thing. Slope, not correlation: a flat print before foreign depth
 * correlates too, but with a tenth of the slope.
 * Source: Lambert's cosine law and the inverse square law; see liveness.md.
 * Fooled by: anything solid of the right shape (masks); a renderer that relights depth in real time.
 * Null without a code that can be read, without enough places, or where the shape itself would give too little
 * difference between places (a flat sheet).
 */
export type LightShapeCue = {
  readonly slope: number;
  /** Standard error of the slope. */
  readonly slopeError: number;
  /** Relative standard deviation of the predicted irradiance over the places. */
  readonly spread: number;
  readonly cells: number;
};

/** The screen in the camera's coordinates: its middle, mm to the right of and below the camera, facing as the camera does. */
export type ScreenGeometry = {
  readonly widthMm: number;
  readonly heightMm: number;
  readonly centreXMm: number;
  readonly centreYMm: number;
};

/** A 15.6 inch portrait screen with the camera on its upper edge. */
export const DEFAULT_SCREEN: ScreenGeometry = { widthMm: 194, heightMm: 345, centreXMm: 0, centreYMm: 195 };

const SCREEN_COLUMNS = 2;
const SCREEN_ROWS = 4;

/**
 * Irradiance that a white screen gives to a piece of surface, up to a constant: the sum over its points of both
 * cosines over the square of the distance. The surface faces (slopeX, slopeY, -1).
 */
export function screenIrradiance(
  screen: ScreenGeometry,
  xMm: number,
  yMm: number,
  zMm: number,
  slopeX: number,
  slopeY: number,
): number {
  const length = Math.sqrt(slopeX * slopeX + slopeY * slopeY + 1);
  let sum = 0;
  for (let row = 0; row < SCREEN_ROWS; row += 1) {
    for (let column = 0; column < SCREEN_COLUMNS; column += 1) {
      const dx = screen.centreXMm + screen.widthMm * ((column + 0.5) / SCREEN_COLUMNS - 0.5) - xMm;
      const dy = screen.centreYMm + screen.heightMm * ((row + 0.5) / SCREEN_ROWS - 0.5) - yMm;
      const squared = dx * dx + dy * dy + zMm * zMm;
      // Towards the light, (dx, dy, -z), along the normal; the screen's own cosine is z over the distance.
      const facing = (dx * slopeX + dy * slopeY + zMm) / length;
      if (facing > 0) sum += (facing * zMm) / (squared * squared);
    }
  }
  return sum;
}

const MIN_CELL_FRAMES_SHARE = 0.7;
const MIN_CELLS = 24;
/** How far places differ for other reasons than the noise in each: shadows, and the room's light from one side. */
const PLACE_SCATTER = 0.15;
const HUBER_ROUNDS = 4;
/** Huber's constant: 95 % efficiency for normal errors. */
const HUBER_K = 1.345;
/**
 * Relative standard deviation of the predicted irradiance below which places can not be told apart: what a flat or bent
 * sheet at arm's length has by itself (0.088), which must say nothing. Faces have 0.10 to 0.16.
 */
const MIN_SPREAD = 0.092;
const MAX_SLOPE_ERROR = 0.4;
/** Below this the room's own light decides, not the screen's: 8-bit values cannot tell its share in a place. */
const MIN_GAIN = 0.01;

export type TimedIrradiance = TimedSkin & {
  /** Predicted irradiance per skin cell, any unit, NaN where the surface is unknown. */
  readonly irradiance: Float32Array;
};

export function lightShapeCue(all: readonly TimedIrradiance[], fit: LightCodeFit): LightShapeCue | null {
  const { frames, expected, hasDrift } = fit;
  if (fit.cue.gain < MIN_GAIN) return null;
  const cellCount = SKIN_CELL_COLUMNS * SKIN_CELL_ROWS;
  const places: Place[] = [];
  const values = new Float64Array(frames.length * 3);
  for (let cell = 0; cell < cellCount; cell += 1) {
    const present: number[] = [];
    let irradiance = 0;
    let light = 0;
    for (let i = 0; i < frames.length; i += 1) {
      const { skin, irradiance: own } = all[frames[i]];
      if (!Number.isFinite(own[cell])) continue;
      if (!logChroma(skin.cells, cell * 3, values, present.length * 3)) continue;
      irradiance += own[cell];
      for (let c = 0; c < 3; c += 1) light += skin.cells[cell * 3 + c];
      present.push(i);
    }
    if (present.length < MIN_CELL_FRAMES_SHARE * frames.length || present.length < 5) continue;
    const detrend = detrender(
      present.map((i) => all[frames[i]].deviceTimeMs),
      hasDrift,
    );
    detrendColumns(values, 3, detrend);
    let product = 0;
    let square = 0;
    for (const [at, i] of present.entries()) {
      for (let c = 0; c < 3; c += 1) {
        product += values[at * 3 + c] * expected[i * 3 + c];
        square += expected[i * 3 + c] * expected[i * 3 + c];
      }
    }
    if (!(square > 0)) continue;
    const brightening = product / square;
    let squares = 0;
    for (const [at, i] of present.entries()) {
      for (let c = 0; c < 3; c += 1) squares += (values[at * 3 + c] - brightening * expected[i * 3 + c]) ** 2;
    }
    places.push({
      brightening,
      // Two independent channels a frame.
      error: Math.sqrt(squares / (2 * present.length - 2) / square),
      irradiance: irradiance / present.length,
      tone: Math.log(light / present.length),
      side: (cell % SKIN_CELL_COLUMNS) / SKIN_CELL_COLUMNS - 0.5,
    });
  }
  return places.length < MIN_CELLS ? null : slopeOf(places);
}

type Place = {
  readonly brightening: number;
  /** Its standard error: large where a brow or a lip moves through the place. */
  readonly error: number;
  readonly irradiance: number;
  /** To the image's left or right: the room's lamps stand to one side more often than above. */
  readonly side: number;
  /** Logarithm of its mean brightness. */
  readonly tone: number;
};

type Point = {
  readonly x: number;
  readonly side: number;
  readonly tone: number;
  readonly y: number;
  readonly precision: number;
};

function slopeOf(places: readonly Place[]): LightShapeCue | null {
  const middle = median(places.map(({ irradiance }) => irradiance));
  const typical = median(places.map(({ brightening }) => brightening));
  if (!(middle > 0) || !(typical > 0)) return null;
  const points = places.map(({ irradiance, brightening, error, side, tone }) => ({
    x: irradiance / middle,
    side,
    tone,
    y: brightening / typical,
    precision: 1 / (1 + (error / typical / PLACE_SCATTER) ** 2),
  }));
  // Huber's weights: what hats shade, eyes and hair do not pull the line.
  let weights = points.map(({ precision }) => precision);
  for (let round = 0; ; round += 1) {
    const line = regress(points, weights);
    if (!line || line.spread < MIN_SPREAD) return null;
    const off = Array.from(line.residuals, Math.abs);
    if (round === HUBER_ROUNDS) {
      const { slope, slopeError, spread } = line;
      return slopeError <= MAX_SLOPE_ERROR ? { slope, slopeError, spread, cells: points.length } : null;
    }
    const limit = Math.max(1e-6, HUBER_K * 1.4826 * median(off));
    weights = points.map(({ precision }, i) => precision * (off[i] > limit ? limit / off[i] : 1));
  }
}

/**
 * Least squares of brightening on irradiance, beside two things that are not the screen's doing: on which side of the
 * face a place lies (a lamp to one side makes the screen's share smaller there), and how bright it is. What is bright is
 * so by the room's light or by its own colour; the first makes the screen's share smaller, the second does not, and
 * how much is which the places tell themselves. Each is taken off in turn (Frisch and Waugh 1933).
 */
function regress(points: readonly Point[], weights: readonly number[]) {
  const count = weights.reduce((sum, weight) => sum + weight, 0);
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + weights[i] * value * b[i], 0);
  const centred = (value: (point: Point) => number) => {
    const mean = points.reduce((sum, point, i) => sum + weights[i] * value(point), 0) / count;
    return { mean, values: Float64Array.from(points, (point) => value(point) - mean) };
  };
  const takeOff = (from: Float64Array, along: Float64Array) => {
    const square = dot(along, along);
    const share = square > 1e-12 * count ? dot(from, along) / square : 0;
    for (let i = 0; i < from.length; i += 1) from[i] -= share * along[i];
  };
  const { mean: meanX, values: x } = centred((point) => point.x);
  const side = centred((point) => point.side).values;
  const tone = centred((point) => point.tone).values;
  const y = centred((point) => point.y).values;
  const spread = Math.sqrt(dot(x, x) / count) / meanX;
  takeOff(tone, side);
  for (const values of [x, y]) {
    takeOff(values, side);
    takeOff(values, tone);
  }
  const own = dot(x, x);
  if (!(own > 1e-9 * count * meanX * meanX)) return null;
  const slope = dot(x, y) / own;
  const residuals = y.map((value, i) => value - slope * x[i]);
  const slopeError = Math.sqrt(dot(residuals, residuals) / Math.max(1, count - 4) / own);
  return { slope, slopeError, spread, residuals };
}
