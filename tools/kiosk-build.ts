import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = ['apps/kiosk', 'packages/ui/src', 'packages/contract/src'];
const BUILD_TIMEOUT_MS = 180_000;

/** Builds the kiosk page unless the one in `dist` was made from exactly these sources. Returns the folder. */
export function buildKioskIfChanged(root: string, say: (line: string) => void = () => undefined): string {
  const dist = join(root, 'apps/kiosk/dist');
  const stamp = join(dist, '.sources');
  const hash = hashSources(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return dist;
  say('Building the kiosk page…');
  const built = spawnSync(
    process.execPath,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    {
      cwd: join(root, 'apps/kiosk'),
      encoding: 'utf8',
      timeout: BUILD_TIMEOUT_MS,
    },
  );
  if (built.status !== 0) throw new Error(`building the kiosk failed:\n${built.stdout}\n${built.stderr}`);
  writeFileSync(stamp, hash);
  return dist;
}

function hashSources(root: string): string {
  const hash = createHash('sha256');
  const visit = (path: string): void => {
    for (const name of readdirSync(path).sort()) {
      if (name === 'dist' || name === 'node_modules') continue;
      const file = join(path, name);
      if (statSync(file).isDirectory()) visit(file);
      else hash.update(file.slice(root.length)).update(readFileSync(file));
    }
  };
  for (const folder of SOURCES) visit(join(root, folder));
  return hash.digest('hex');
}
