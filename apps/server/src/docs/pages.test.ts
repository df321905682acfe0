import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scansPage } from '../scans/page.ts';
import { errorsPage, statesPage } from './pages.ts';

const folder = join(import.meta.dirname, '../../../../docs');

it.each([
  ['errors.md', errorsPage],
  ['states.md', statesPage],
  ['scans.md', scansPage],
])('%s is what the tables say (else run: node apps/server/src/docs/write.ts)', (file, page) => {
  expect(readFileSync(join(folder, file), 'utf8')).toBe(page());
});
