import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];
const INSTALL_TIMEOUT_MS = 10 * 60_000;

export type Chromium = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly message: string };

/** An installed Chromium; else Debian's package is installed where that is allowed; else says what to install. */
export function findOrInstallChromium(say: (line: string) => void = () => undefined): Chromium {
  const found = findChromium();
  if (found) return { ok: true, path: found };
  const hint = 'The browser tests need Chromium: install the Debian package "chromium", or set CHROMIUM_PATH to one.';
  if (!existsSync('/usr/bin/apt-get')) return { ok: false, message: hint };
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync('sudo', ['-n', 'true']).status !== 0) return { ok: false, message: hint };
  const prefix = isRoot ? [] : ['sudo', '-n'];
  const run = (...args: string[]) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...args];
    execFileSync(command, rest, { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS });
  };
  try {
    say('Installing Debian’s chromium for the browser tests…');
    run('apt-get', 'update', '-qq');
    run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-cjk');
  } catch (error) {
    return { ok: false, message: `${hint} (installing it failed: ${(error as Error).message})` };
  }
  const installed = findChromium();
  return installed ? { ok: true, path: installed } : { ok: false, message: hint };
}

function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  if (named) return existsSync(named) ? named : undefined;
  return CANDIDATES.find((path) => existsSync(path));
}
