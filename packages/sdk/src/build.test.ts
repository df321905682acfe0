import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'smile-sdk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the built package is JavaScript with types, and works where nothing of this repository is', async () => {
  const built = join(folder, 'built');
  await run(process.execPath, [join(import.meta.dirname, '../tools/build.ts'), built]);

  // A merchant's own folder, with the package and what it depends on.
  const shop = join(folder, 'shop');
  const modules = join(shop, 'node_modules');
  mkdirSync(join(modules, '@smile'), { recursive: true });
  cpSync(built, join(modules, '@smile/sdk'), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'));
  expect(Object.keys(dependencies).sort()).toEqual(['standardwebhooks', 'zod']);
  for (const name of Object.keys(dependencies)) {
    symlinkSync(dirname(require.resolve(`${name}/package.json`)), join(modules, name), 'dir');
  }
  writeFileSync(
    join(shop, 'shop.mjs'),
    `import { createSmileToPay, constructEvent, money, ConnectionError } from '@smile/sdk';
     const smile = createSmileToPay({ apiKey: 'sk_test_x', baseUrl: 'http://127.0.0.1:9', maxRetries: 0 });
     const failed = await smile.refunds.get('ref_00000001').catch((error) => error);
     console.log(JSON.stringify([failed instanceof ConnectionError, money(350n, 'EUR'), typeof constructEvent]));`,
  );
  const { stdout } = await run(process.execPath, ['shop.mjs'], { cwd: shop });
  expect(JSON.parse(stdout)).toEqual([true, { amountMinor: '350', currency: 'EUR' }, 'function']);

  const texts = readdirSync(built, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(js|d\.ts)$/.test(name))
    .map((name) => readFileSync(join(built, name), 'utf8'));
  expect(texts.length).toBeGreaterThan(20);
  for (const text of texts) expect(text).not.toMatch(/@smile\/contract|from '\.[^']*\.ts'/);
});
