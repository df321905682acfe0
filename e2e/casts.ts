import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StageSetting } from '@smile/contract';
import { realPortraitsDir } from './shop.ts';

type OnStage = StageSetting['subject'];

/** Who plays in a test: somebody who joins and comes back looking a bit different, and somebody else. */
export type Cast = {
  readonly title: string;
  /** Portraits that the stage turns into people; none for made-up people. */
  readonly photosDir?: string;
  readonly enrolled: OnStage;
  /** The same person on other days: other photos of them, where there are photos. */
  readonly laterLooks: readonly OnStage[];
  readonly stranger: OnStage;
};

/** Made-up people resemble each other to the model; these two differ enough for the threshold of real faces. */
export const MADE_UP: Cast = {
  title: 'made-up people',
  enrolled: { kind: 'procedural', seed: 5 },
  laterLooks: [{ kind: 'procedural', seed: 5 }],
  stranger: { kind: 'procedural', seed: 40 },
};

/** The first two people of the development portraits; null where this machine does not have them. */
export function realPortraits(): Cast | null {
  const photosDir = realPortraitsDir();
  if (!photosDir) return null;
  const [person, other] = readdirSync(photosDir).sort();
  const photos = readdirSync(join(photosDir, person)).sort();
  const photo = (name: string, of = person): OnStage => ({ kind: 'photo', photoId: `${of}/${name.split('.')[0]}` });
  return {
    title: 'real portraits',
    photosDir,
    enrolled: photo(photos[0]),
    laterLooks: photos.slice(1, 4).map((name) => photo(name)),
    stranger: photo(photos[0], other),
  };
}
