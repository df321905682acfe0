import { join } from 'node:path';

/** Pictures of the species, made by `npm run lab-pictures`. */
export const picturesDir = join(import.meta.dirname, '../../lab/pictures');
