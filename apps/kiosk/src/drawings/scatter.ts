export type Spot = { readonly x: number; readonly y: number; readonly turnDeg: number };

/** Mulberry32: small, and the same picture every time for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function seedOf(text: string): number {
  let seed = 7;
  for (const letter of text) seed = (Math.imul(seed, 31) + letter.charCodeAt(0)) >>> 0;
  return seed;
}

/** Spots strewn evenly over a disc, the first ones always the same however many are asked for. */
export function strewn(seed: number, count: number, centre: { x: number; y: number }, radius: number): Spot[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, index) => {
    // The golden angle keeps neighbours apart; the jitter keeps it from looking counted out.
    const angle = index * 2.399963 + random() * 0.9 + (seed % 6);
    const distance = radius * Math.sqrt((index + 0.5 + random() * 0.6) / (count + 0.8));
    return {
      x: centre.x + Math.cos(angle) * distance,
      y: centre.y + Math.sin(angle) * distance,
      turnDeg: random() * 360,
    };
  });
}
