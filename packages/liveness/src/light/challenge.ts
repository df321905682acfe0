import { LIGHT_COLOURS, LIGHT_PALETTE, type LightColour, type LinearRgb, REST_COLOUR } from './palette.ts';

/**
 * A light challenge: the colours that the screen is to show during a scan, drawn by the server for this scan alone.
 * A recording made before it cannot answer in them. Every sequence is safe by construction (see `flash-safety.ts`):
 * colours of nearly one brightness, none of a saturated red, each held so long that not even a screen that distorts
 * them grossly could flash more than three times a second. It is shown once and never repeated by itself.
 */
export type LightChallenge = {
  /** Colour names of the palette, in the order they are shown. */
  readonly slots: readonly LightColour[];
  readonly slotMs: number;
  /** The rest colour is shown this long before the first slot and at least this long after the last. */
  readonly leadMs: number;
  readonly tailMs: number;
};

export const LIGHT_SLOT_COUNT = 5;
export const LIGHT_SLOT_MS = 200;
/** As long as a slot, so that the step from the page to the rest colour keeps the same distance as the steps between slots. */
export const LIGHT_REST_MS = 200;
/** From the end of one challenge to the start of another before the same eyes: a limit for whoever starts scans. */
export const MIN_PAUSE_BETWEEN_CHALLENGES_MS = 1_000;

/**
 * Which colour may follow which: any but itself. The rest colour is not shown first or last, where the rest before and
 * after would swallow it.
 */
function mayFollow(before: LightColour, slot: number): readonly LightColour[] {
  const atEdge = slot === 0 || slot === LIGHT_SLOT_COUNT - 1;
  return LIGHT_COLOURS.filter((colour) => colour !== before && !(atEdge && colour === REST_COLOUR));
}

/** Every code there is, in a fixed order. A few thousand: they are also what a scan's answer is compared with. */
export const LIGHT_CODES: readonly (readonly LightColour[])[] = (() => {
  let codes: LightColour[][] = [[]];
  for (let slot = 0; slot < LIGHT_SLOT_COUNT; slot += 1) {
    codes = codes.flatMap((code) => mayFollow(code.at(-1) ?? REST_COLOUR, slot).map((next) => [...code, next]));
  }
  return codes;
})();

/** How many bits a code carries: every one is equally likely. */
export const LIGHT_CODE_BITS = Math.log2(LIGHT_CODES.length);

const MIN_RANDOM_BYTES = 8;

/**
 * Draws a challenge from random bytes (the scan's nonce, or a hash of it); the same bytes give the same challenge. The
 * first 8 bytes are used: as 2^64 is no multiple of the number of codes, some codes are likelier than others by 2^-52.
 * Throws a RangeError for fewer than 8 bytes.
 */
export function drawLightChallenge(randomBytes: Uint8Array): LightChallenge {
  if (randomBytes.length < MIN_RANDOM_BYTES) throw new RangeError('a light challenge needs 8 random bytes');
  let number = 0n;
  for (const byte of randomBytes.subarray(0, MIN_RANDOM_BYTES)) number = number * 256n + BigInt(byte);
  return lightChallenge(LIGHT_CODES[Number(number % BigInt(LIGHT_CODES.length))]);
}

/** The challenge of a code. Throws a RangeError when it is none of `LIGHT_CODES`. */
export function lightChallenge(slots: readonly LightColour[]): LightChallenge {
  if (!isLightCode(slots)) throw new RangeError('these colours are no light code');
  return { slots: [...slots], slotMs: LIGHT_SLOT_MS, leadMs: LIGHT_REST_MS, tailMs: LIGHT_REST_MS };
}

export function isLightCode(slots: readonly string[]): slots is readonly LightColour[] {
  return (
    slots.length === LIGHT_SLOT_COUNT &&
    slots.every((colour, slot) =>
      (mayFollow((slots[slot - 1] as LightColour | undefined) ?? REST_COLOUR, slot) as readonly string[]).includes(
        colour,
      ),
    )
  );
}

/** What the page is to show and when, from the start of the lead; the last step goes back to the page. */
export type LightStep = { readonly atMs: number; readonly colour: LinearRgb; readonly slot: number | null };

export function lightSteps(challenge: LightChallenge): {
  readonly steps: readonly LightStep[];
  readonly endMs: number;
} {
  const { slots, slotMs, leadMs, tailMs } = challenge;
  const rest = LIGHT_PALETTE[REST_COLOUR];
  const codeEndMs = leadMs + slots.length * slotMs;
  return {
    steps: [
      { atMs: 0, colour: rest, slot: null },
      ...slots.map((name, slot) => ({ atMs: leadMs + slot * slotMs, colour: LIGHT_PALETTE[name], slot })),
      { atMs: codeEndMs, colour: rest, slot: null },
    ],
    endMs: codeEndMs + tailMs,
  };
}
