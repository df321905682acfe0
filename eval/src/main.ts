/**
 * `npm run -s eval -- faces|depth|pad ...`: measures error rates. With `--json` the report goes to stdout and nothing
 * else does; progress goes to stderr.
 */
import { basename, isAbsolute } from 'node:path';
import { parseArgs } from 'node:util';
import { runDepth } from './depth.ts';
import { writeModelCard } from './faces/model-card.ts';
import { writeFacesReport } from './faces/report.ts';
import { runFaces } from './faces.ts';
import { writePadReport } from './pad/report.ts';
import type { TrialResult } from './pad/trial.ts';
import { runPad } from './pad.ts';

const USAGE = `Usage:
  npm run -s eval -- faces DIR [DIR..] [--human] [--report FILE.html] [--model-card FILE.md] [--manifest FILE] [--json]
                                                     face matching on DIR/person/*.png|jpg; DIR/groups.json may
                                                     label people; --human runs the Human library beside it
  npm run -s eval -- depth DIR [--json]              depth cues on DIR/live, DIR/attack (16-bit PNG) and DIR/camera.json
  npm run -s eval -- pad [--trials N] [--seed S] [--species 1,4,12] [--photos DIR] [--report DIR] [--automatics free] [--resume FILE] [--json]
                                                     simulated people and attacks through the real pipeline; a
                                                     report with pictures and curves is written to DIR; with
                                                     photos (DIR/person/*.png|jpg) people are made of those; with
                                                     FILE.jsonl a run that was cut short goes on where it was`;

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function wholeNumber(text: string, name: string, low: number, high: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < low || value > high)
    fail(`${name} takes a whole number from ${low} to ${high}`);
  return value;
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        trials: { type: 'string', default: '30' },
        seed: { type: 'string', default: '1' },
        species: { type: 'string' },
        report: { type: 'string' },
        manifest: { type: 'string' },
        'model-card': { type: 'string' },
        photos: { type: 'string' },
        automatics: { type: 'string', default: 'held' },
        resume: { type: 'string' },
        human: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

const { values, positionals } = parse();
const [command, ...dirs] = positionals;
const [dir] = dirs;
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
if (command !== 'faces' && dirs.length > 1) fail(`unexpected ${dirs[1]}`);

async function faces(): Promise<unknown> {
  if (dirs.length === 0) fail('faces needs a folder');
  const report = await runFaces({ dirs, human: values.human, manifestPath: values.manifest });
  const card = values['model-card'];
  if (card) {
    // Names of folders, not where they lie on this machine.
    const folders = report.folders.map(({ name }) => name.toUpperCase());
    const command = `npm run -s eval -- faces ${folders.join(' ')}${values.human ? ' --human' : ''} --model-card ${isAbsolute(card) ? basename(card) : card}`;
    await writeModelCard(card, report, command);
    console.error(`Model card: ${card}`);
  }
  if (values.report) {
    await writeFacesReport(values.report, report);
    console.error(`Report: ${values.report}`);
  }
  return report;
}

async function pad(): Promise<unknown> {
  const { automatics } = values;
  if (automatics !== 'held' && automatics !== 'free') fail('--automatics is held or free');
  const trials: TrialResult[] = [];
  const report = await runPad({
    trials: wholeNumber(values.trials, '--trials', 1, 9_999),
    seed: wholeNumber(values.seed, '--seed', 0, 2 ** 31 - 1),
    species: values.species?.split(',').map((id) => wholeNumber(id, '--species', 1, 33)),
    photosDir: values.photos,
    automatics,
    journalPath: values.resume,
    onTrial: (trial) => trials.push(trial),
  });
  if (values.report) console.error(`Report: ${await writePadReport(values.report, report, trials)}`);
  return report;
}

async function run(): Promise<unknown> {
  switch (command) {
    case 'faces':
      return faces();
    case 'depth':
      return runDepth({ dir: dir ?? fail('depth needs a folder') });
    case 'pad':
      return pad();
    default:
      return fail(command ? `unknown measurement ${command}` : 'what is to be measured?');
  }
}

try {
  const report = await run();
  const { printReport } = await import('./print.ts');
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else printReport(report);
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
