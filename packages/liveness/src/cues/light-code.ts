import { median } from '../least-squares.ts';
import { LIGHT_CODES } from '../light/challenge.ts';
import { LIGHT_PALETTE, type LightColour, REST_COLOUR } from '../light/palette.ts';
import { frameLight, type LightSchedule } from '../light/schedule.ts';
import { SKIN_REGIONS, type SkinLight } from './skin-light.ts';

/**
 * Does the skin answer in the colours that the screen shows?
 *
 * Measures: the colour (not the brightness) of forehead, cheeks, nose and chin over the frames, regressed on the
 * colours that the screen gave at the calibrated latency; the same for every other code that might have been drawn,
 * for the same code late, and for no answer at all. `nats` is the logarithm of how much better the shown code explains
 * the colours than those do.
 * Source: light adds up, and skin returns each channel in proportion; see liveness.md. Brightness is left out because
 * a head that moves changes it.
 * Fooled by: whatever is lit by the screen itself (a paper print: shape tells it), a picture tinted to the code
 * (`light-shape.ts` tells it), a relay faster than the clocks can tell.
 * Null ("no evidence", never evidence for life) when no code at all can be read: too much other light, too few slots.
 */
export type LightCodeCue = {
  /** Log-likelihood ratio of the shown code against its rivals, before calibration. */
  readonly nats: number;
  /** Share of the variance of the colours that the shown code explains, 0..1, and the most any other code explains. */
  readonly explainedShare: number;
  readonly bestOtherShare: number;
  /** Relative brightening of the skin by a full white screen: how strong the screen is against the room. */
  readonly gain: number;
  /** How much later than calibrated the answer fits best, ms. */
  readonly latenessMs: number;
  /** Regions whose own colours rise with the code, of those that could be read. */
  readonly regionsAnswering: number;
  readonly regionsRead: number;
  readonly slotsSeen: number;
};

export type LightCodeFit = {
  readonly cue: LightCodeCue;
  /** Per used frame: its index among those given, and the colour that skin is expected to take, common part removed. */
  readonly frames: readonly number[];
  readonly expected: Float64Array;
  /** Frames beyond this many also have a linear drift taken off. */
  readonly hasDrift: boolean;
};

export type TimedSkin = { readonly deviceTimeMs: number; readonly skin: SkinLight };

const MIN_FRAMES = 5;
const DRIFT_FROM_FRAMES = 10;
/** Different lights that must have been seen, the rest colour included. */
const MIN_LIGHTS = 2;
const MIN_LIGHT_SHARE = 0.5;
/** The shown code is read when it explains this share of the variance at least. */
const READ_FROM_SHARE = 0.35;
/** Another one must explain more: there are thousands, and the best of them fits mere noise quite well. */
const OTHER_READ_FROM_SHARE = 0.85;
/** So must the shown code at another time: what answers late answers to somebody else. */
const LATE_READ_FROM_SHARE = 0.6;
/** The channels' gains differ as far as the room's light is coloured; a pull towards each other keeps noise from using them. */
const COMMON_GAIN_PULL = 0.3;
/** Residuals of neighbouring frames are alike: a frame counts as this much of an independent one. */
const INDEPENDENCE = 0.5;
/** A share of what is unexplained that no camera falls below; else perfect data would prove without bound. */
const NOISE_FLOOR_SHARE = 0.02;
const LATE_MS: readonly number[] = [-200, -150, -100, 80, 110, 140, 170, 200];
const LATENESS_SEARCH_MS = { from: -120, to: 200, step: 10 } as const;
/** The latency is somewhere within the search; two thirds of the time within half of it. */
const SEARCH_SIGMAS = 2;

/** Null when nothing can be read. */
export function lightCodeFit(all: readonly TimedSkin[], schedule: LightSchedule): LightCodeFit | null {
  const offsetMs = likeliestOffsetMs(all, schedule);
  const fit = fitAt(all, { ...schedule, latencyMs: schedule.latencyMs + offsetMs });
  return fit && { ...fit, cue: { ...fit.cue, latenessMs: fit.cue.latenessMs + offsetMs } };
}

/**
 * Where within the search the shown code fits best, by likelihood and by how likely that latency was. Every rival is
 * then compared at this very latency.
 */
function likeliestOffsetMs(all: readonly TimedSkin[], schedule: LightSchedule): number {
  const { latencySearchMs = 0, challenge, latencyMs } = schedule;
  if (!(latencySearchMs > 0)) return 0;
  const seen = withLight(all, schedule);
  const pooled = seen && pooledSkin(all, seen.frames);
  if (!seen || !pooled) return 0;
  const { times, detrend, values, total, freedom } = pooled;
  const columns = challenge.slots.length + 1;
  let [best, bestMs] = [Number.NEGATIVE_INFINITY, 0];
  for (let ms = -latencySearchMs; ms <= latencySearchMs; ms += LATENESS_SEARCH_MS.step) {
    const shares = sharesAt(times, schedule, latencyMs + ms);
    const { explained } = explain(project(values, shares, columns, detrend), challenge.slots);
    const score = logLikelihood(explained / total, freedom) - ((SEARCH_SIGMAS * ms) / latencySearchMs) ** 2 / 2;
    if (score > best) [best, bestMs] = [score, ms];
  }
  return bestMs;
}

/** Two independent colour channels a frame, less what was fitted. */
function logLikelihood(share: number, freedom: number): number {
  return -(freedom / 2) * Math.log(1 - share + NOISE_FLOOR_SHARE);
}

/** Colours of the skin over the frames, pooled and without drift; null where too little can be read. */
function pooledSkin(all: readonly TimedSkin[], frames: readonly number[]) {
  const hasDrift = frames.length >= DRIFT_FROM_FRAMES;
  const regions = SKIN_REGIONS.map((_, region) => chroma(frames, region, all)).filter((values) => values !== null);
  if (regions.length === 0) return null;
  const times = frames.map((frame) => all[frame].deviceTimeMs);
  const detrend = detrender(times, hasDrift);
  for (const values of regions) detrendColumns(values, 3, detrend);
  const values = pooledChroma(regions);
  detrendColumns(values, 3, detrend);
  const total = values.reduce((sum, value) => sum + value * value, 0);
  const freedom = Math.max(2, INDEPENDENCE * 2 * (frames.length - (hasDrift ? 2 : 1)) - 3);
  return total > 0 ? { times, detrend, hasDrift, regions, values, total, freedom } : null;
}

function fitAt(all: readonly TimedSkin[], schedule: LightSchedule): LightCodeFit | null {
  const seen = withLight(all, schedule);
  if (!seen) return null;
  const { frames, shares } = seen;
  const skin = pooledSkin(all, frames);
  if (!skin) return null;
  const { hasDrift, regions, times, detrend, values: pooled, total, freedom } = skin;

  const columns = schedule.challenge.slots.length + 1;
  const visible = visibleSlots(shares, columns - 1);
  const problem = project(pooled, shares, columns, detrend);
  const shown = explain(problem, schedule.challenge.slots);
  const rivals = distinctCodes(visible).filter((code) =>
    visible.some((slot) => code[slot] !== schedule.challenge.slots[slot]),
  );
  let bestOther = 0;
  const rivalShares = rivals.map((code) => explain(problem, code).explained / total);
  for (const share of rivalShares) bestOther = Math.max(bestOther, share);
  const explainedShare = shown.explained / total;

  const later = (lateMs: number) => {
    const moved = sharesAt(times, schedule, schedule.latencyMs + lateMs);
    return explain(project(pooled, moved, columns, detrend), schedule.challenge.slots).explained / total;
  };
  const lateShares = LATE_MS.map(later);
  const readable =
    explainedShare >= READ_FROM_SHARE ||
    bestOther >= OTHER_READ_FROM_SHARE ||
    Math.max(...lateShares) >= LATE_READ_FROM_SHARE;
  if (!readable) return null;
  const likelihood = (share: number) => logLikelihood(share, freedom);
  const none = likelihood(0);
  const rivalsMean = logMeanExp(rivalShares.map(likelihood));
  const lateMean = logMeanExp(lateShares.map(likelihood));
  const nats = likelihood(explainedShare) - logMeanExp([none, rivalsMean, lateMean]);

  let latenessMs = 0;
  let bestShare = explainedShare;
  for (let ms = LATENESS_SEARCH_MS.from; ms <= LATENESS_SEARCH_MS.to; ms += LATENESS_SEARCH_MS.step) {
    const share = later(ms);
    if (share > bestShare + 1e-6) {
      bestShare = share;
      latenessMs = ms;
    }
  }
  const gain = (shown.gains[0] + shown.gains[1] + shown.gains[2]) / 3;
  const answering = regions.filter((values) => {
    return alongExpected(values, shown.gains, problem.emitted(schedule.challenge.slots), frames.length) > 0.25;
  }).length;
  return {
    cue: {
      nats,
      explainedShare,
      bestOtherShare: bestOther,
      gain,
      latenessMs,
      regionsAnswering: answering,
      regionsRead: regions.length,
      slotsSeen: visible.length,
    },
    frames,
    expected: expectedChroma(shown.gains, problem.emitted(schedule.challenge.slots), frames.length),
    hasDrift,
  };
}

/** Frames whose light is known and whose skin could be read, with the share of each slot (and of rest, last) in each. */
function withLight(
  all: readonly TimedSkin[],
  schedule: LightSchedule,
): { readonly frames: readonly number[]; readonly shares: Float64Array } | null {
  const columns = schedule.challenge.slots.length + 1;
  const frames: number[] = [];
  const rows: number[] = [];
  for (const [i, { deviceTimeMs, skin }] of all.entries()) {
    const light = frameLight(schedule, deviceTimeMs);
    if (!light || !skin.regions.some(Number.isFinite)) continue;
    frames.push(i);
    rows.push(...light.slotShares, light.restShare);
  }
  if (frames.length < MIN_FRAMES) return null;
  let lights = 0;
  for (let column = 0; column < columns; column += 1) {
    let most = 0;
    for (let i = 0; i < frames.length; i += 1) most = Math.max(most, rows[i * columns + column]);
    if (most >= MIN_LIGHT_SHARE) lights += 1;
  }
  return lights >= MIN_LIGHTS ? { frames, shares: Float64Array.from(rows) } : null;
}

/** The same frames' shares at another latency; frames beyond the schedule count as lit by its nearest end. */
function sharesAt(times: readonly number[], schedule: LightSchedule, latencyMs: number): Float64Array {
  const columns = schedule.challenge.slots.length + 1;
  const shares = new Float64Array(times.length * columns);
  for (const [i, time] of times.entries()) {
    const light = frameLight(schedule, time, latencyMs);
    if (light) {
      shares.set(light.slotShares, i * columns);
      shares[i * columns + columns - 1] = light.restShare;
    } else if (schedule.codeEndMs === null && time - latencyMs > schedule.leadStartMs) {
      shares[i * columns + Math.max(0, schedule.slotStartsMs.length - 1)] = 1;
    } else shares[i * columns + columns - 1] = 1;
  }
  return shares;
}

function visibleSlots(shares: Float64Array, slots: number): number[] {
  const columns = slots + 1;
  return Array.from({ length: slots }, (_, slot) => slot).filter((slot) => {
    for (let at = slot; at < shares.length; at += columns) if (shares[at] >= MIN_LIGHT_SHARE) return true;
    return false;
  });
}

const CODES_BY_SLOTS = new Map<string, readonly (readonly LightColour[])[]>();

/** One code for each way the visible slots may look. */
function distinctCodes(visible: readonly number[]): readonly (readonly LightColour[])[] {
  const key = visible.join();
  let codes = CODES_BY_SLOTS.get(key);
  if (!codes) {
    const seen = new Map<string, readonly LightColour[]>();
    for (const code of LIGHT_CODES) seen.set(visible.map((slot) => code[slot]).join(), code);
    codes = [...seen.values()];
    CODES_BY_SLOTS.set(key, codes);
  }
  return codes;
}

/** Logarithms of a region's channels over the frames, without what the channels share; null when it is often unread. */
function chroma(frames: readonly number[], region: number, all: readonly TimedSkin[]): Float64Array | null {
  const values = new Float64Array(frames.length * 3);
  for (const [i, frame] of frames.entries()) {
    const { regions } = all[frame].skin;
    if (!logChroma(regions, region * 3, values, i * 3)) return null;
  }
  return values;
}

/**
 * What the regions have in common: the median of them at each time, each by its own strength, so that neither a brow
 * that moves through the forehead's disc nor a beard speaks for the face.
 */
function pooledChroma(regions: readonly Float64Array[]): Float64Array {
  const strengths = regions.map((values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length) || 1);
  const strength = strengths.reduce((sum, value) => sum + value, 0) / strengths.length;
  const pooled = Float64Array.from(
    regions[0],
    (_, i) => strength * median(regions.map((values, region) => values[i] / strengths[region])),
  );
  // Medians of channels need not add up to nothing, as what they stand for does.
  for (let i = 0; i < pooled.length; i += 3) {
    const common = (pooled[i] + pooled[i + 1] + pooled[i + 2]) / 3;
    for (let c = 0; c < 3; c += 1) pooled[i + c] -= common;
  }
  return pooled;
}

export function logChroma(from: ArrayLike<number>, at: number, to: Float64Array, toAt: number): boolean {
  const red = Math.log(from[at]);
  const green = Math.log(from[at + 1]);
  const blue = Math.log(from[at + 2]);
  const common = (red + green + blue) / 3;
  if (!Number.isFinite(common)) return false;
  to[toAt] = red - common;
  to[toAt + 1] = green - common;
  to[toAt + 2] = blue - common;
  return true;
}

/** Takes a constant (and a drift) off a series of values over the frames, in place. */
export type Detrend = (values: Float64Array, stride: number, offset: number) => void;

export function detrender(times: readonly number[], hasDrift: boolean): Detrend {
  const count = times.length;
  const middle = times.reduce((sum, time) => sum + time, 0) / count;
  const along = times.map((time) => time - middle);
  const squares = along.reduce((sum, time) => sum + time * time, 0);
  return (values, stride, offset) => {
    let sum = 0;
    let moment = 0;
    for (let i = 0; i < count; i += 1) {
      sum += values[i * stride + offset];
      moment += values[i * stride + offset] * along[i];
    }
    const slope = hasDrift && squares > 0 ? moment / squares : 0;
    for (let i = 0; i < count; i += 1) values[i * stride + offset] -= sum / count + slope * along[i];
  };
}

export function detrendColumns(values: Float64Array, columns: number, detrend: Detrend): void {
  for (let column = 0; column < columns; column += 1) detrend(values, columns, column);
}

type Problem = {
  readonly columns: number;
  /** Products of the (detrended) shares of light with each other and with each colour channel. */
  readonly gram: Float64Array;
  readonly right: Float64Array;
  /** Detrended emitted colours over the frames, if a code was shown. */
  emitted(slots: readonly LightColour[]): Float64Array;
};

/** Boils the frames down to what every code's fit needs, so that thousands of codes can be tried. */
function project(values: Float64Array, shares: Float64Array, columns: number, detrend: Detrend): Problem {
  const light = shares.slice();
  detrendColumns(light, columns, detrend);
  const count = light.length / columns;
  const gram = new Float64Array(columns * columns);
  const right = new Float64Array(columns * 3);
  for (let i = 0; i < count; i += 1) {
    for (let a = 0; a < columns; a += 1) {
      const share = light[i * columns + a];
      if (share === 0) continue;
      for (let b = 0; b < columns; b += 1) gram[a * columns + b] += share * light[i * columns + b];
      for (let c = 0; c < 3; c += 1) right[a * 3 + c] += share * values[i * 3 + c];
    }
  }
  return {
    columns,
    gram,
    right,
    emitted: (slots) => {
      const colours = new Float64Array(count * 3);
      for (let i = 0; i < count; i += 1) {
        for (let a = 0; a < columns; a += 1) {
          const colour = LIGHT_PALETTE[a < slots.length ? slots[a] : REST_COLOUR];
          for (let c = 0; c < 3; c += 1) colours[i * 3 + c] += light[i * columns + a] * colour[c];
        }
      }
      return colours;
    },
  };
}

type Explained = { readonly explained: number; readonly gains: readonly [number, number, number] };
const NOTHING: Explained = { explained: 0, gains: [0, 0, 0] };

/**
 * Least squares of the colours on a code: the logarithm of channel c moves by gain_c times what the screen emits in
 * c, less the mean of that over the channels. Answers the sum of squares that it explains; nothing for a code that
 * would have to darken the skin.
 */
function explain({ columns, gram, right }: Problem, slots: readonly LightColour[]): Explained {
  const colours: (readonly number[])[] = [];
  for (let a = 0; a < columns; a += 1) colours.push(LIGHT_PALETTE[a < columns - 1 ? slots[a] : REST_COLOUR]);
  // Products of emitted channels k and l over time, and of channel k with the colours seen in k.
  const products = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  const seen = [0, 0, 0];
  for (let a = 0; a < columns; a += 1) {
    const own = colours[a];
    for (let k = 0; k < 3; k += 1) seen[k] += own[k] * right[a * 3 + k];
    for (let b = 0; b < columns; b += 1) {
      const g = gram[a * columns + b];
      const other = colours[b];
      for (let k = 0; k < 3; k += 1) for (let l = k; l < 3; l += 1) products[k * 3 + l] += own[k] * g * other[l];
    }
  }
  // Normal equations: taking off the common part leaves 2/3 of a channel in itself and -1/3 in the others.
  const scale = (products[0] + products[4] + products[8]) / 3;
  if (!(scale > 0)) return NOTHING;
  const pull = COMMON_GAIN_PULL * scale;
  const m = (k: number, l: number) => {
    const product = products[Math.min(k, l) * 3 + Math.max(k, l)];
    return k === l ? (2 / 3) * product + (2 / 3) * pull : -product / 3 - pull / 3;
  };
  const gains = solve3(m, seen);
  if (!gains || gains[0] + gains[1] + gains[2] <= 0) return NOTHING;
  for (let k = 0; k < 3; k += 1) if (gains[k] < 0) gains[k] = 0;
  // What these gains explain: 2 g.seen - g' N g, without the pull.
  let explained = 0;
  for (let k = 0; k < 3; k += 1) {
    explained += 2 * gains[k] * seen[k];
    for (let l = 0; l < 3; l += 1) {
      const product = products[Math.min(k, l) * 3 + Math.max(k, l)];
      explained -= gains[k] * gains[l] * product * (k === l ? 2 / 3 : -1 / 3);
    }
  }
  return explained > 0 ? { explained, gains } : NOTHING;
}

/** Solves a symmetric 3 x 3 system by Cramer's rule; null when it is singular. */
function solve3(m: (k: number, l: number) => number, right: readonly number[]): [number, number, number] | null {
  const [a, b, c, d, e, f] = [m(0, 0), m(0, 1), m(0, 2), m(1, 1), m(1, 2), m(2, 2)];
  const determinant = a * (d * f - e * e) - b * (b * f - e * c) + c * (b * e - d * c);
  if (!(Math.abs(determinant) > 1e-18 * Math.max(a, d, f) ** 3)) return null;
  const [x, y, z] = right;
  return [
    (x * (d * f - e * e) - b * (y * f - e * z) + c * (y * e - d * z)) / determinant,
    (a * (y * f - e * z) - x * (b * f - e * c) + c * (b * z - y * c)) / determinant,
    (a * (d * z - y * e) - b * (b * z - y * c) + x * (b * e - d * c)) / determinant,
  ];
}

/** Colour that the skin should take in each frame, common part removed. */
function expectedChroma(gains: readonly number[], emitted: Float64Array, count: number): Float64Array {
  const expected = new Float64Array(count * 3);
  for (let i = 0; i < count; i += 1) {
    let common = 0;
    for (let c = 0; c < 3; c += 1) {
      expected[i * 3 + c] = gains[c] * emitted[i * 3 + c];
      common += expected[i * 3 + c] / 3;
    }
    for (let c = 0; c < 3; c += 1) expected[i * 3 + c] -= common;
  }
  return expected;
}

/** How much of the expected change a region shows: 1 as much as all regions together. */
function alongExpected(values: Float64Array, gains: readonly number[], emitted: Float64Array, count: number): number {
  const expected = expectedChroma(gains, emitted, count);
  let product = 0;
  let square = 0;
  for (let i = 0; i < expected.length; i += 1) {
    product += values[i] * expected[i];
    square += expected[i] * expected[i];
  }
  return square > 0 ? product / square : 0;
}

function logMeanExp(values: readonly number[]): number {
  if (values.length === 0) return Number.NEGATIVE_INFINITY;
  const highest = Math.max(...values);
  return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0) / values.length);
}
