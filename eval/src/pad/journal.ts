import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrialResult } from './trial.ts';

/** What a run is: trials of another seed, camera or state of the code must not be mixed with its own. */
export type RunFacts = { readonly seed: number; readonly automatics: string; readonly photos: boolean };

export type Journal = {
  /** Trials of an earlier run that was cut short. */
  readonly earlier: readonly TrialResult[];
  add(trial: TrialResult): void;
};

/** Where what decides a trial is written. */
const SOURCES = [
  'packages/camera/src',
  'packages/face/src',
  'packages/liveness/src',
  'packages/simulator/src',
  'apps/server/src/scans',
  'eval/src/pad',
];

/**
 * The trials of a long run, a line of JSON for each, so that a run that was cut short goes on where it was. A last line
 * that was cut in the middle is left out.
 */
export function openJournal(path: string, facts: RunFacts, sources = hashOfSources()): Journal {
  const header = JSON.stringify({ ...facts, sources });
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  if (lines.length > 0 && lines[0] !== header)
    throw new Error(`${path} holds trials of another run or of other code: ${lines[0].slice(0, 200)}`);
  const whole = lines.slice(1, -1);
  writeFileSync(path, `${[header, ...whole].join('\n')}\n`);
  return {
    earlier: whole.map(read),
    add: (trial) => appendFileSync(path, `${write(trial)}\n`),
  };
}

function write({ picture, ...rest }: TrialResult): string {
  return JSON.stringify({ ...rest, ...(picture && { picture: Buffer.from(picture).toString('base64') }) });
}

function read(line: string): TrialResult {
  const { picture, ...rest } = JSON.parse(line) as TrialResult & { readonly picture?: string };
  return { ...rest, ...(picture && { picture: Buffer.from(picture, 'base64') }) };
}

function hashOfSources(): string {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((one) => /\.(ts|json)$/.test(one) && !one.includes('.test.')).sort())
      hash.update(name).update(readFileSync(join(root, folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
