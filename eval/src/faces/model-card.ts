import { writeFile } from 'node:fs/promises';
import { OPERATING_POINTS, type WeightFile, weightFiles } from '@smile/face';
import type { FacesReport, PartReport } from '../faces.ts';
import { FALSE_MATCH_RATES } from './rates.ts';

const MADE = '<!-- Made by `npm run -s eval -- faces DIR.. --human --model-card docs/model-card.md`; do not edit. -->';

/** Writes what the face model is, where it comes from and what was measured of it. */
export async function writeModelCard(path: string, report: FacesReport, command: string): Promise<void> {
  await writeFile(path, modelCard(report, await weightFiles(), command));
}

export function modelCard(report: FacesReport, files: readonly WeightFile[], command: string): string {
  return `# Model card: face matching

${MADE}

**Model version** \`${report.modelVersion}\`: embeddings of another version are never compared with it. **Measured** ${report.date} by
\`${command}\`.

## What it is for

Comparing the face of a guest who takes part, before a shop's camera, with the template of the person whose number was typed: one to one, or
with a short list. It proposes; a payment needs the guest's tap, and more where policy says so. It is not for finding people in
crowds, not for deciding who somebody is without their phone number, and it says nothing about age, gender, origin or mood.

## Weight files

Embeddings are made by \`faceres\` from two crops of the aligned face, the second mirrored and closer up, brought to one brightness; the
answers are summed, normalised, centred by the cohort mean and normalised again.

| file | used for | bytes | licence | comes from | SHA-256 |
|---|---|---|---|---|---|
${files.map((file) => `| ${file.name} | ${file.usedFor} | ${file.bytes} | ${file.licence} | ${file.source} | \`${file.sha256}\` |`).join('\n')}

The package of the networks does not say which pictures they were trained on, so neither can this card: people may be
treated unequally in ways that only measuring on labelled pictures can show.

## Operating points

From \`packages/face/data/thresholds.json\`, made by \`packages/face/tools/record-thresholds.ts\`; the server names a false match
rate and takes the threshold from there.

| FMR | threshold | FMR on other people, 95 % | FNMR | Wilson, 95 % | measured on |
|---|---|---|---|---|---|
${OPERATING_POINTS.map((point) => `| ${point.fmr} | ${point.threshold.toFixed(4)} | ${percent(point.fmrLow95)} to ${percent(point.fmrHigh95)} | ${percent(point.fnmr)} | ${percent(point.low95)} to ${percent(point.high95)} | ${point.data}, ${point.impostorPairs} impostor pairs, ${point.measuredOn} |`).join('\n')}

The upper bounds lie well above the rates: with some twenty people, that is what can be said.

## Measured

${report.images} pictures of ${report.people} people, ${report.noFace} of them without a face (${percent(report.failureToAcquire)}). Pairs within a folder only. The pictures are no part of this repository. Those of
the cohort mean are among them, which flatters; *cohort left out* centres by the mean of everybody but the two people compared.

| | pictures | no face | pairs (genuine, impostor) | EER | ${FALSE_MATCH_RATES.map((rate) => `FNMR at ${rate}`).join(' | ')} |
|---|---|---|---|---|${FALSE_MATCH_RATES.map(() => '---|').join('')}
${[...report.folders, { ...report, name: 'all' }, ...(report.human ? [{ ...report.human, name: 'Human library, all' }] : [])].map(partRow).join('\n')}
${report.leavingOut ? `| all, cohort left out | | | | ${percent(report.leavingOut.eer)} | ${ratesOf(report.leavingOut)} |` : ''}

In brackets Wilson's 95 % interval; * too few impostor pairs for the rate, the threshold lies just above all of them.
${peopleText(report)}
${humanText(report)}
### Quality and errors

${discardText(report)}

### Templates of several pictures

${templatesText(report)}

### Groups

${groupsText(report)}

## Not known

- How it does on people in groups that nobody has labelled here; on children; on twins (they are why look-alikes are put on PIN).
- How it does with years between the pictures, or in the light and with the cameras of real shops.
- Masks, make-up and morphing meant to deceive are a matter of liveness and limits, not of this model.
`;
}

function partRow(part: PartReport): string {
  const { name, images, failureToAcquire, genuinePairs, impostorPairs, eer } = part;
  return `| ${name} | ${images} | ${percent(failureToAcquire)} | ${genuinePairs}, ${impostorPairs} | ${percent(eer)} | ${ratesOf(part)} |`;
}

function ratesOf({ fnmrAtFmr }: Pick<PartReport, 'fnmrAtFmr'>): string {
  if (!fnmrAtFmr) return FALSE_MATCH_RATES.map(() => '-').join(' | ');
  return FALSE_MATCH_RATES.map((rate) => {
    const { fnmr, low95, high95, note } = fnmrAtFmr[rate];
    return `${percent(fnmr)}${note ? ' *' : ''} [${percent(low95)}, ${percent(high95)}]`;
  }).join(' | ');
}

function peopleText({ bounds }: FacesReport): string {
  if (!bounds) return '';
  const rates = FALSE_MATCH_RATES.map((rate) => {
    const { low, high } = bounds.atFmr[rate].fnmr;
    return `${percent(low)} to ${percent(high)} at ${rate}`;
  });
  return `\nBounds of the FNMR by people, all folders: ${rates.join(', ')} (${bounds.method}; ${bounds.rounds} rounds; ${bounds.note}).\n`;
}

function humanText({ human }: FacesReport): string {
  if (!human?.errorsBeside) return '';
  const { errorsBeside } = human;
  const rates = FALSE_MATCH_RATES.map((rate) => {
    const { ours, human: theirs, ratio } = errorsBeside[rate];
    return `${ours} against ${theirs} at ${rate}${ratio === null ? '' : ` (${ratio.toFixed(3)} of its rate)`}`;
  });
  return `\nGenuine pairs refused, ours against the Human library's with its own feed, settings and distance: ${rates.join(', ')}.\n`;
}

function discardText({ discard }: FacesReport): string {
  if (!discard) return 'Not measured: no genuine pair was refused.';
  const measures = discard.curves.map(
    ({ measure, relativeArea, rankCorrelation }) =>
      `| ${measure} | ${relativeArea.toFixed(2)} | ${rankCorrelation.toFixed(2)} |`,
  );
  return `Error versus discard ${discard.note}. Area below 1: leaving out pictures of low quality leaves out errors.

| measure | area to a blind measure's | rank correlation with the genuine score |
|---|---|---|
${measures.join('\n')}

All of these pictures were taken to be looked at: there is hardly a bad one among them for the measures to find.`;
}

function templatesText({ templates }: FacesReport): string {
  if (!templates) return 'Not measured: nobody has enough pictures.';
  const rows = templates.ways.map(({ way, separation, atFmr }) => {
    const rates = FALSE_MATCH_RATES.map((rate) =>
      atFmr ? `${percent(atFmr[rate].fnmr)} (${atFmr[rate].threshold.toFixed(3)})` : '-',
    );
    return `| ${way.replaceAll('_', ' ')} | ${separation.toFixed(2)} | ${rates.join(' | ')} |`;
  });
  return `Templates of ${templates.enrolledWith} pictures, the other pictures as probes: ${templates.genuineComparisons} genuine and ${templates.impostorComparisons} impostor comparisons. FNMR with the threshold of
each way in brackets; separation is d prime.

| score | separation | ${FALSE_MATCH_RATES.map((rate) => `at ${rate}`).join(' | ')} |
|---|---|${FALSE_MATCH_RATES.map(() => '---|').join('')}
${rows.join('\n')}`;
}

function groupsText({ groups }: FacesReport): string {
  if (groups.length === 0) return 'No group was labelled in these pictures, so no gap between groups is known.';
  const rows = groups.map(({ attribute, value, people, atFmr }) => {
    const rates = FALSE_MATCH_RATES.map((rate) => `${percent(atFmr[rate].fnmr)} / ${percent(atFmr[rate].fmr)}`);
    return `| ${attribute}: ${value} | ${people} | ${rates.join(' | ')} |`;
  });
  return `FNMR / FMR within the group at the thresholds of all people.

| group | people | ${FALSE_MATCH_RATES.join(' | ')} |
|---|---|${FALSE_MATCH_RATES.map(() => '---|').join('')}
${rows.join('\n')}`;
}

function percent(rate: number | null): string {
  return rate === null ? '-' : `${Number((100 * rate).toPrecision(3))} %`;
}
