/**
 * `npm run build -w @smile/sdk`: the SDK as a package that works outside of this repository, in `dist` (or the folder named): JavaScript
 * and declarations of itself and of the contract, which is not published on its own. `npm pack` there makes the tarball.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

const sdk = join(import.meta.dirname, '..');
const target = resolve(process.argv[2] ?? join(sdk, 'dist'));

type Manifest = { readonly version: string; readonly license: string; readonly dependencies: Record<string, string> };
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

rmSync(target, { recursive: true, force: true });
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', join(sdk, 'tsconfig.build.json'), '--outDir', target], {
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const file of globSync('{sdk,contract}/src/*.{js,d.ts}', { cwd: target })) {
  const path = join(target, file);
  const text = readFileSync(path, 'utf8')
    .replaceAll("'@smile/contract'", "'../../contract/src/index.js'")
    // The compiler does this in the JavaScript, and leaves declarations as they were.
    .replace(/(from '\.[^']*)\.ts'/g, "$1.js'");
  writeFileSync(path, text);
}

const { version, license, dependencies } = manifestOf(sdk);
const { '@smile/contract': _inside, ...outside } = dependencies;
const manifest = {
  name: '@smile/sdk',
  version,
  description: 'Client of Smile to Pay for a merchant’s own software',
  license,
  type: 'module',
  engines: { node: '>=20' },
  exports: { '.': { types: './sdk/src/index.d.ts', default: './sdk/src/index.js' } },
  dependencies: { ...manifestOf(join(sdk, '../contract')).dependencies, ...outside },
};
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(join(sdk, '../../LICENSE'), join(target, 'LICENSE'));
console.log(`@smile/sdk ${version} is in ${target}`);
