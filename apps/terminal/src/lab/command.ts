/**
 * `npm run -s lab -- ...`: what can be done with sessions of the attack lab away from the terminal. The lab itself is a page
 * of the terminal (docs/attack-lab.md).
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { LanguageSchema } from '@smile/contract';
import { trialsNeeded } from '@smile/rates';
import { labReport } from './report.ts';
import { labReportHtml } from './report-page.ts';
import { readLabSession } from './store.ts';

const USAGE = `Usage:
  npm run -s lab -- report SESSION... [--out FILE.html] [--language en|zh]   one report over sessions of one kind
  npm run -s lab -- report SESSION... --json                                the same as JSON, on stdout
  npm run -s lab -- plan RATE [--accepted N]                                attempts needed to say "below RATE" (0.01 is 1 %)

A SESSION is the folder of a session, such as .data/lab/lab_202605011200_0a1b2c3d.`;

class UsageError extends Error {}

async function report(folders: readonly string[], options: { out?: string; language: string; json: boolean }) {
  if (folders.length === 0) throw new UsageError('which session?');
  const language = LanguageSchema.safeParse(options.language);
  if (!language.success) throw new UsageError(`${options.language} is no language of the report`);
  const sessions = await Promise.all(folders.map(readLabSession));
  const rates = labReport(sessions);
  if (options.json) return JSON.stringify(rates, null, 2);
  const html = labReportHtml(sessions, rates, language.data);
  const file = options.out ?? 'lab-report.html';
  await writeFile(file, html);
  return `Report: ${file}`;
}

function plan(rates: readonly string[], acceptedText: string): string {
  const [rate, accepted] = [Number(rates[0]), Number(acceptedText)];
  if (rates.length !== 1 || !(rate > 0 && rate < 1)) throw new UsageError('plan takes one rate between 0 and 1');
  if (!Number.isInteger(accepted) || accepted < 0) throw new UsageError('--accepted takes a number of attempts');
  const needed = trialsNeeded(rate, accepted);
  return `${needed} attempts in all, of which ${accepted} accepted, to say with 95 % confidence: below ${100 * rate} %`;
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      language: { type: 'string', default: 'en' },
      json: { type: 'boolean', default: false },
      accepted: { type: 'string', default: '0' },
    },
  });
  const [command, ...rest] = positionals;
  if (command === 'report') console.log(await report(rest, values));
  else if (command === 'plan') console.log(plan(rest, values.accepted));
  else throw new UsageError(command ? `unknown command ${command}` : 'what is to be done?');
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const isUsage = error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? `${message}\n\n${USAGE}` : message);
  process.exit(isUsage ? 2 : 1);
}
