/** Writes the pages of docs/ that come from tables in the code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scansPage } from '../scans/page.ts';
import { errorsPage, statesPage } from './pages.ts';

const folder = join(import.meta.dirname, '../../../../docs');
writeFileSync(join(folder, 'errors.md'), errorsPage());
writeFileSync(join(folder, 'states.md'), statesPage());
writeFileSync(join(folder, 'scans.md'), scansPage());
