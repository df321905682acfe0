/**
 * The colours of the light challenge. Linear light, share of the screen's white in each channel, sRGB primaries
 * (IEC 61966-2-1). They have nearly the same relative luminance, so that a change of colour is no flash of light, and
 * none of them is a saturated red; `flash-safety.ts` has the rules and the test proves them for every sequence.
 */
export type LinearRgb = readonly [red: number, green: number, blue: number];

export const LIGHT_PALETTE = {
  amber: [0.62, 0.28, 0],
  teal: [0, 0.37, 0.83],
  rose: [0.75, 0.17, 0.6],
  lime: [0.25, 0.38, 0.05],
  violet: [0.5, 0.19, 1],
  grey: [0.33, 0.33, 0.33],
} as const satisfies Record<string, LinearRgb>;

export type LightColour = keyof typeof LIGHT_PALETTE;

export const LIGHT_COLOURS = Object.keys(LIGHT_PALETTE) as readonly LightColour[];

/** What the screen shows around the code: the exposure settles in it, and it is the palette's own brightness. */
export const REST_COLOUR = 'grey' satisfies LightColour;

/** Relative luminance, 0..1 of white, as WCAG 2 defines it: Y of sRGB's primaries. */
export function relativeLuminance([red, green, blue]: LinearRgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** sRGB 0..255 of a linear colour (IEC 61966-2-1). Throws a RangeError outside 0..1. */
export function toSrgb8(colour: LinearRgb): [red: number, green: number, blue: number] {
  const [red, green, blue] = colour.map((linear) => {
    if (!(linear >= 0 && linear <= 1)) throw new RangeError(`${linear} is no share of white`);
    return Math.round(255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055));
  });
  return [red, green, blue];
}

/** `#rrggbb` for a page's style. */
export function toCssColour(colour: LinearRgb): string {
  return `#${toSrgb8(colour)
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')}`;
}
