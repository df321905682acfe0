import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FacesReport, PartReport } from '../faces.ts';
import { escapeHtml } from '../pad/charts.ts';
import {
  type Curve,
  curvesSvg,
  GENUINE_COLOUR,
  HUMAN_COLOUR,
  IMPOSTOR_COLOUR,
  logDetSvg,
  scoresSvg,
} from './charts.ts';
import { FALSE_MATCH_RATES } from './rates.ts';
import type { TemplatesReport } from './templates.ts';

/** One HTML file that needs nothing else: numbers and curves, and no picture of anybody. */
export async function writeFacesReport(path: string, report: FacesReport): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, facesReportHtml(report));
}

export function facesReportHtml(report: FacesReport): string {
  const { fnmrAtFmr, bounds, human, histogram, discard } = report;
  const lines = [
    { name: 'Smile to Pay', colour: GENUINE_COLOUR, points: report.det },
    ...(human ? [{ name: 'Human library', colour: HUMAN_COLOUR, points: human.det }] : []),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Face matching: measured errors</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;color:#2b2a33;background:#faf8f4;max-width:1120px;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}th,td{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid #e4e0d8;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(460px,1fr));gap:1.2rem}
.card{background:#fff;border:1px solid #e4e0d8;border-radius:10px;padding:.8rem;overflow:hidden}svg{max-width:100%;height:auto}small{color:#6d6a75}
</style></head><body>
<h1>Face matching: measured errors</h1>
<p>Model <code>${escapeHtml(report.modelVersion)}</code>, ${report.date}. ${report.images} pictures of ${report.people} people;
${report.noFace} without a face (${percent(report.failureToAcquire)}), which no rate below includes. ${report.genuinePairs} genuine
and ${report.impostorPairs} impostor pairs, all within their folder. Equal error rate ${percent(report.eer)}.</p>
${fnmrAtFmr ? operatingTable(report) : '<p>There are no pairs to compare.</p>'}
${bounds ? `<p><small>Bounds are 95 %. Wilson takes pairs for independent. People: ${escapeHtml(bounds.method)}; ${bounds.rounds} rounds, seed ${bounds.seed}; ${escapeHtml(bounds.note)}.</small></p>` : ''}
<h2>By folder${human ? ' and library' : ''}</h2>
${partTable([...report.folders, ...(human ? [human] : [])])}
${human ? humanTable(report) : ''}
${report.leavingOut?.fnmrAtFmr ? `<p>Centred by everybody but the two people compared, instead of the stored cohort mean: ${FALSE_MATCH_RATES.map((rate) => `${percent(report.leavingOut?.fnmrAtFmr?.[rate].fnmr ?? null)} at ${rate}`).join(', ')}.</p>` : ''}
${report.templates ? templatesTable(report.templates) : ''}
${report.groups.length > 0 ? groupTable(report) : '<p>No groups are labelled (groups.json), so no gap between groups can be shown.</p>'}
<div class="cards">
<div class="card"><h3>DET, all folders</h3>${logDetSvg(lines)}</div>
${histogram && fnmrAtFmr ? `<div class="card"><h3>Scores; dashed: the thresholds of the three rates</h3>${scoresSvg(histogram, [...new Set(FALSE_MATCH_RATES.map((rate) => fnmrAtFmr[rate].threshold))])}</div>` : ''}
${discard ? discardCard(discard) : ''}
</div></body></html>
`;
}

function operatingTable({ fnmrAtFmr, bounds }: FacesReport): string {
  if (!fnmrAtFmr) return '';
  const rows = FALSE_MATCH_RATES.map((rate) => {
    const point = fnmrAtFmr[rate];
    const people = bounds?.atFmr[rate];
    return `<tr><td>${rate}</td>${cells(
      point.threshold.toFixed(4),
      percent(point.fnmr),
      `${percent(point.low95)} to ${percent(point.high95)}`,
      people ? `${percent(people.fnmr.low)} to ${percent(people.fnmr.high)}` : '-',
      people ? `${percent(people.fmr.low)} to ${percent(people.fmr.high)}` : '-',
    )}<td><small>${escapeHtml(point.note ?? '')}</small></td></tr>`;
  });
  return `<table><thead><tr><th>FMR</th><th>threshold</th><th>FNMR</th><th>Wilson</th><th>FNMR, by people</th><th>FMR of the threshold, by people</th><th></th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

function partTable(parts: readonly PartReport[]): string {
  const rows = parts.map((part) => {
    const rates = FALSE_MATCH_RATES.map((rate) => {
      const point = part.fnmrAtFmr?.[rate];
      return point ? `${percent(point.fnmr)}${point.note ? ' *' : ''}` : '-';
    });
    return `<tr><td>${escapeHtml(part.name)}</td>${cells(part.images, percent(part.failureToAcquire), part.genuinePairs, part.impostorPairs, percent(part.eer), ...rates)}</tr>`;
  });
  return `<table><thead><tr><th></th><th>pictures</th><th>no face</th><th>genuine</th><th>impostor</th><th>EER</th>${FALSE_MATCH_RATES.map((rate) => `<th>FNMR at ${rate}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>
<p><small>* too few impostor pairs for this rate: the threshold lies just above all of them.</small></p>`;
}

function humanTable({ human }: FacesReport): string {
  if (!human?.errorsBeside) return '';
  const { errorsBeside, padded } = human;
  const rows = FALSE_MATCH_RATES.map((rate) => {
    const { ours, human: theirs, ratio } = errorsBeside[rate];
    return `<tr><td>${rate}</td>${cells(ours, theirs, ratio === null ? '-' : ratio.toFixed(3))}</tr>`;
  });
  return `<h2>Errors beside the Human library's</h2>
<table><thead><tr><th>FMR</th><th>genuine pairs we refuse</th><th>Human refuses</th><th>ratio of the rates</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>
<p><small>Human with its own settings and distance, each at its own threshold for the rate; ${padded} pictures had to be laid on a larger
square before it found a face.</small></p>`;
}

function groupTable({ groups }: FacesReport): string {
  const rows = groups.map((group) => {
    const rates = FALSE_MATCH_RATES.map(
      (rate) => `${percent(group.atFmr[rate].fnmr)} / ${percent(group.atFmr[rate].fmr)}`,
    );
    return `<tr><td>${escapeHtml(`${group.attribute}: ${group.value}`)}</td>${cells(group.people, group.images, group.genuinePairs, group.impostorPairs, ...rates)}</tr>`;
  });
  return `<h2>By group</h2><table><thead><tr><th></th><th>people</th><th>pictures</th><th>genuine</th><th>impostor</th>${FALSE_MATCH_RATES.map((rate) => `<th>FNMR / FMR at ${rate}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>
<p><small>Pairs within the group, at the thresholds of all people.</small></p>`;
}

function templatesTable({ enrolledWith, genuineComparisons, impostorComparisons, ways }: TemplatesReport): string {
  const rows = ways.map(({ way, separation, atFmr }) => {
    const rates = FALSE_MATCH_RATES.map((rate) => (atFmr ? percent(atFmr[rate].fnmr) : '-'));
    return `<tr><td>${way.replaceAll('_', ' ')}</td>${cells(separation.toFixed(2), ...rates)}</tr>`;
  });
  return `<h2>Templates of ${enrolledWith} pictures</h2><table><thead><tr><th>score</th><th>separation</th>${FALSE_MATCH_RATES.map((rate) => `<th>FNMR at ${rate}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>
<p><small>${genuineComparisons} genuine and ${impostorComparisons} impostor comparisons; each way has thresholds of its own.</small></p>`;
}

function discardCard(discard: NonNullable<FacesReport['discard']>): string {
  const colours = [GENUINE_COLOUR, '#d99a2b', IMPOSTOR_COLOUR];
  const overall = discard.curves.filter(({ measure }) => measure === 'overall');
  const shown = [...overall, ...discard.curves.filter(({ measure }) => measure !== 'overall').slice(0, 2)];
  const curves = shown.map(
    ({ measure, points }, at): Curve => ({
      name: measure,
      colour: colours[at],
      points: points.map(({ discarded, fnmr }) => ({ x: discarded, y: fnmr })),
    }),
  );
  const rows = discard.curves.map(
    ({ measure, relativeArea, rankCorrelation }) =>
      `<tr><td>${escapeHtml(measure)}</td>${cells(relativeArea.toFixed(2), rankCorrelation.toFixed(2))}</tr>`,
  );
  return `<div class="card"><h3>Does quality predict errors?</h3>${curvesSvg(curves, 'pictures of lowest quality left out', 'genuine pairs refused (FNMR)')}
<p><small>Starting ${escapeHtml(discard.note)}.</small></p>
<table><thead><tr><th>measure</th><th>area to a blind measure's</th><th>rank correlation</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function cells(...values: readonly (string | number)[]): string {
  return values.map((value) => `<td class="n">${value}</td>`).join('');
}

function percent(rate: number | null): string {
  return rate === null ? '-' : `${Number((100 * rate).toPrecision(3))} %`;
}
