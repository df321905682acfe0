import { type LinearRgb, relativeLuminance } from './palette.ts';

/**
 * The flash limits of WCAG 2.2, success criterion 2.3.1, written out for a screen that shows one colour at a time.
 *
 * - A transition is a change between a peak and a valley next to each other.
 * - A general flash is a pair of opposing transitions of 10 % or more of the maximum relative luminance, where the
 *   darker state is below 0.80.
 * - A red flash is a pair of opposing transitions in which one goes to or from a saturated red,
 *   R / (R + G + B) >= 0.8. (The criterion adds that the chromaticities differ by more than 0.2 in CIE 1976 UCS; it is
 *   left out here, so more counts as a red flash than has to.)
 * - No more than three of either kind within any one second. The criterion lets small areas pass; a screen is not small.
 */
export const GENERAL_FLASH_CHANGE = 0.1;
export const GENERAL_FLASH_DARKER_BELOW = 0.8;
export const SATURATED_RED_SHARE = 0.8;
export const MAX_FLASHES_PER_SECOND = 3;
const WINDOW_MS = 1_000;

export type TimedColour = { readonly atMs: number; readonly colour: LinearRgb };

export type FlashCounts = {
  /** The most within any one second. */
  readonly general: number;
  readonly red: number;
};

/** Counts the flashes of a sequence of colours, each shown from its time on; times ascend. */
export function countFlashes(sequence: readonly TimedColour[]): FlashCounts {
  return {
    general: mostFlashes(transitions(sequence, ({ colour }) => relativeLuminance(colour), isGeneralTransition)),
    red: mostFlashes(transitions(sequence, ({ colour }) => redness(colour), isRedTransition)),
  };
}

export function keepsFlashLimits(sequence: readonly TimedColour[]): boolean {
  const { general, red } = countFlashes(sequence);
  return general <= MAX_FLASHES_PER_SECOND && red <= MAX_FLASHES_PER_SECOND;
}

export function saturationOfRed([red, green, blue]: LinearRgb): number {
  const sum = red + green + blue;
  return sum > 0 ? red / sum : 0;
}

type Transition = { readonly startMs: number; readonly endMs: number; readonly up: boolean };
type State = { readonly atMs: number; readonly colour: LinearRgb };

/** Red flashes are followed in how red the light is, so that going to and from red are opposing. */
function redness(colour: LinearRgb): number {
  return saturationOfRed(colour);
}

function isGeneralTransition(from: State, to: State): boolean {
  const [a, b] = [relativeLuminance(from.colour), relativeLuminance(to.colour)];
  return Math.abs(a - b) >= GENERAL_FLASH_CHANGE && Math.min(a, b) < GENERAL_FLASH_DARKER_BELOW;
}

function isRedTransition(from: State, to: State): boolean {
  const [a, b] = [saturationOfRed(from.colour), saturationOfRed(to.colour)];
  return a !== b && Math.max(a, b) >= SATURATED_RED_SHARE;
}

/** Peaks and valleys of a quantity over time, and those steps between them that count. */
function transitions(
  sequence: readonly TimedColour[],
  quantity: (state: State) => number,
  counts: (from: State, to: State) => boolean,
): Transition[] {
  const turns: State[] = [];
  for (const state of sequence) {
    const last = turns.at(-1);
    const before = turns.at(-2);
    if (last && before) {
      const wasUp = quantity(last) > quantity(before);
      // Still rising or still falling: the extreme moves on.
      if (quantity(state) === quantity(last) || quantity(state) > quantity(last) === wasUp) {
        if (quantity(state) !== quantity(last)) turns[turns.length - 1] = state;
        continue;
      }
    } else if (last && quantity(state) === quantity(last)) continue;
    turns.push(state);
  }
  const found: Transition[] = [];
  for (let i = 1; i < turns.length; i += 1) {
    const [from, to] = [turns[i - 1], turns[i]];
    if (counts(from, to)) found.push({ startMs: from.atMs, endMs: to.atMs, up: quantity(to) > quantity(from) });
  }
  return found;
}

/** The most pairs of opposing transitions whose second steps lie within one second. */
function mostFlashes(found: readonly Transition[]): number {
  let most = 0;
  for (let first = 0; first < found.length; first += 1) {
    let flashes = 0;
    let open: Transition | null = null;
    for (let i = first; i < found.length && found[i].endMs - found[first].endMs <= WINDOW_MS; i += 1) {
      if (open && open.up !== found[i].up) {
        flashes += 1;
        open = null;
      } else open = found[i];
    }
    most = Math.max(most, flashes);
  }
  return most;
}
