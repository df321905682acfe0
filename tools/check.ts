/**
 * `npm test`: every check, one after the other, each with its time; stops at nothing, so that one run tells all.
 * Named checks run alone: `npm test -- types lint`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findOrInstallChromium } from './chromium.ts';
import { buildKioskIfChanged } from './kiosk-build.ts';

const root = join(import.meta.dirname, '..');
const node = process.execPath;
const bin = (path: string) => join(root, 'node_modules', path);
const artifacts = join(root, 'artifacts');
const CHECK_TIMEOUT_MS = 20 * 60_000;

type Counts = { passed: number; failed: number; skipped: number };
type Check = { readonly name: string; readonly title: string; run(): Promise<Counts> };

const checks: Check[] = [
  tool('types', 'types (tsc)', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']),
  tool('lint', 'lint and format (biome)', [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']),
  tool('structure', 'structure rules (dependency-cruiser)', [
    bin('dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    'packages',
    'apps',
    'bench',
    'eval',
    'e2e',
    'tools',
  ]),
  tool('unused', 'unused files and dependencies (knip)', [bin('knip/bin/knip.js'), '--no-progress']),
  { name: 'unit', title: 'unit and database tests (vitest)', run: () => vitest('unit', []) },
  {
    name: 'browser',
    title: 'the shop in a real browser (playwright, chromium)',
    async run() {
      const chromium = findOrInstallChromium((line) => console.log(`  ${line}`));
      if (!chromium.ok) {
        console.error(`  ${chromium.message}`);
        return { passed: 0, failed: 1, skipped: 0 };
      }
      buildKioskIfChanged(root, (line) => console.log(`  ${line}`));
      return vitest('browser', ['--config', 'e2e/vitest.config.ts'], { CHROMIUM_PATH: chromium.path });
    },
  },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`unknown check ${unknown.join(', ')}; there are: ${checks.map((check) => check.name).join(', ')}`);
  process.exit(2);
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];
const started = performance.now();
mkdirSync(artifacts, { recursive: true });
for (const check of checks) {
  if (wanted.length > 0 && !wanted.includes(check.name)) continue;
  console.log(`\n— ${check.title}`);
  const from = performance.now();
  let counts: Counts;
  try {
    counts = await check.run();
  } catch (error) {
    console.error(error);
    counts = { passed: 0, failed: 1, skipped: 0 };
  }
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const mark = counts.failed > 0 ? 'FAILED' : 'ok';
  lines.push(
    `  ${mark.padEnd(7)} ${check.title}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${seconds} s`,
  );
}
console.log(`\nAll checks, ${((performance.now() - started) / 1000).toFixed(0)} s`);
for (const line of lines) console.log(line);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);

function tool(name: string, title: string, args: string[]): Check {
  return {
    name,
    title,
    async run() {
      const code = await runNode(args, {});
      return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
    },
  };
}

async function vitest(name: string, args: string[], environment: Record<string, string> = {}): Promise<Counts> {
  const report = join(artifacts, `tests-${name}.json`);
  rmSync(report, { force: true });
  const code = await runNode(
    [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    environment,
  );
  const result = JSON.parse(readFileSync(report, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numFailedTestSuites: number;
  };
  // A file that cannot even load has no failed test, and a run can fail outside any test: both must count.
  const failed = Math.max(result.numFailedTests, result.numFailedTestSuites > 0 || code !== 0 ? 1 : 0);
  return { passed: result.numPassedTests, failed, skipped: result.numPendingTests };
}

function runNode(args: string[], environment: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(node, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), CHECK_TIMEOUT_MS);
    child.on('error', (error) => {
      console.error(error);
      resolve(1);
    });
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}
