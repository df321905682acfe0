/** Seeded numbers of the standard normal distribution (mulberry32, Box-Muller), for made-up embeddings in tests. */
export function gaussians(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A made-up face: a direction of its own. */
export function madeUpFace(next: () => number, dimension: number): Float32Array {
  return unit(Float32Array.from({ length: dimension }, next));
}

/** The same face at another time: `likeness` is the cosine between the two, up to chance. */
export function sameFaceAgain(face: Float32Array, likeness: number, next: () => number): Float32Array {
  const other = madeUpFace(next, face.length);
  const aside = Math.sqrt(1 - likeness ** 2);
  return unit(face.map((value, i) => likeness * value + aside * other[i]));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
