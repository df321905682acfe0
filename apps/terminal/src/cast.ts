export type CastMember = { readonly seed: number; readonly name: string };

/**
 * Procedural people who are always on call, by seed. Made-up people resemble each other to the face model far more than
 * real ones (of 800 seeds only every seventh pair is below the threshold for one false match in 10,000), so these were
 * searched for: friendly faces that the model tells apart. cast.test.ts proves it on other pictures of them.
 */
export const CAST: readonly [CastMember, ...CastMember[]] = [
  { seed: 463, name: 'Amara' },
  { seed: 396, name: 'Jonas' },
  { seed: 706, name: 'Ravi' },
  { seed: 730, name: 'Ruth' },
  { seed: 372, name: 'Eliot' },
  { seed: 300, name: 'Omar' },
];
