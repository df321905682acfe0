import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PadReport, SpeciesRates } from '../pad.ts';
import { ATTACK_COLOUR, detSvg, escapeHtml, histogramSvg, LIVE_COLOUR } from './charts.ts';
import { detCurve } from './rates.ts';
import { BONA_FIDE, type TrialResult } from './trial.ts';

/** Writes `index.html` (self-contained, with pictures) and `report.json` to a folder; answers the page's path. */
export async function writePadReport(dir: string, report: PadReport, results: readonly TrialResult[]): Promise<string> {
  await mkdir(dir, { recursive: true });
  const page = join(dir, 'index.html');
  await writeFile(page, padReportHtml(report, results));
  await writeFile(join(dir, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  return page;
}

/**
 * The score of a trial for curves. What was vetoed, could not be measured or was not signed has none: it is refused at
 * any threshold.
 */
function scoreOf({ outcome, nats }: TrialResult): number {
  return nats === null || outcome === 'no_face' || outcome === 'unsigned' ? Number.NEGATIVE_INFINITY : nats;
}

export function padReportHtml(report: PadReport, results: readonly TrialResult[]): string {
  const genuine = results.filter(({ species }) => species === BONA_FIDE).map(scoreOf);
  const scoresOf = (wanted: (species: SpeciesRates) => boolean) => {
    const ids = new Set(report.species.filter(wanted).map(({ id }) => id));
    return results.filter(({ species }) => ids.has(species)).map(scoreOf);
  };
  const finite = results.map(scoreOf).filter(Number.isFinite);
  const range = { low: Math.floor(Math.min(-1, ...finite)), high: Math.ceil(Math.max(1, ...finite)) };
  const worst = report.species.find(({ inScope }) => inScope);
  const curves = [
    {
      name: 'all species in scope',
      colour: ATTACK_COLOUR,
      points: detCurve(
        genuine,
        scoresOf((s) => s.inScope),
      ),
    },
    {
      name: worst ? `worst: ${worst.id}` : 'worst',
      colour: '#d99a2b',
      points: detCurve(
        genuine,
        scoresOf((s) => s === worst),
      ),
    },
    {
      name: 'out of scope',
      colour: '#6b6f8e',
      points: detCurve(
        genuine,
        scoresOf((s) => !s.inScope),
      ),
    },
  ];
  const picture = (id: number) => {
    const jpeg = results.find((result) => result.species === id && result.picture)?.picture;
    const name = id === BONA_FIDE ? 'a genuine person' : `species ${id}`;
    return jpeg
      ? `<img alt="${name}: picture and depth" src="data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}">`
      : '';
  };
  const { decisionMs, cpuMsPerScan, bonaFide } = report;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Attack detection: simulated evaluation</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;color:#2b2a33;background:#faf8f4;max-width:1120px;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #e4e0d8;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}.bad{color:${ATTACK_COLOUR};font-weight:600}.good{color:${LIVE_COLOUR}}
.notice{background:#fff3d6;padding:.7rem 1rem;border-radius:8px}.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:1.2rem}
.card{overflow:hidden;background:#fff;border:1px solid #e4e0d8;border-radius:10px;padding:.8rem}svg{max-width:100%;height:auto}.card img{width:100%;border-radius:6px}.card h3{margin:.2rem 0;font-size:1rem}
small{color:#6d6a75}
</style></head><body>
<h1>Attack detection: simulated evaluation</h1>
<p class="notice"><b>Simulated.</b> People, instruments, light and camera are rendered. These figures find mistakes and
show changes; they are no evidence about real people or real attacks.</p>
<p>Seed ${report.seed}; people ${report.people.from} to ${report.people.to} of the range kept for reporting, none of them
used to calibrate. Every trial is signed, verified, decoded and judged as in a shop. Bounds are one-sided, 95 %,
Clopper-Pearson. Rates as in ISO/IEC 30107-3; undecided means asked to try again.</p>
<h2>Genuine people</h2>
<table><tbody>
${row('trials', String(bonaFide.trials))}
${row('called an attack (BPCER)', `${percent(report.bpcer)} (at most ${percent(report.bpcerHigh95)})`)}
${row('undecided', percent(report.undecidedRate))}
${row('decision, median and 95th percentile', `${decisionMs.median ?? '-'} and ${decisionMs.p95 ?? '-'} ms after the first frame`)}
${row('processor time a scan, median and 95th percentile', `${cpuMsPerScan.median?.toFixed(0) ?? '-'} and ${cpuMsPerScan.p95?.toFixed(0) ?? '-'} ms of one core`)}
</tbody></table>
<table><thead><tr><th>subgroup</th><th>trials</th><th>BPCER</th><th>at most</th><th>undecided</th></tr></thead><tbody>
${report.subgroups.map((group) => `<tr><td>${escapeHtml(group.name)}</td>${cells(group.trials, percent(group.bpcer), percent(group.high95), percent(group.undecidedRate))}</tr>`).join('\n')}
</tbody></table>
<h2>Attacks, worst first</h2>
<table><thead><tr><th>species</th><th></th><th>trials</th><th>accepted (APCER)</th><th>at most</th><th>undecided</th><th>reasons</th></tr></thead><tbody>
${report.species.map(speciesRow).join('\n')}
</tbody></table>
<p><small>Species in italics are beyond structured light and screen light; limits, PIN and the loss cover answer for them.</small></p>
<h2>Scores</h2>
<p>Evidence in natural logarithms at the decision. A trial that was vetoed or could not be measured has no score and lies
at the left end.</p>
<div class="cards"><div class="card"><h3>All species in scope</h3>${histogramSvg(
    genuine,
    scoresOf((s) => s.inScope),
    range,
  )}
<p><small><span class="good">green</span> genuine people, <span class="bad">red</span> attacks</small></p></div>
<div class="card">${detSvg(curves)}</div></div>
<h2>Each species</h2>
<div class="cards"><div class="card"><h3>A genuine person</h3>${picture(BONA_FIDE)}</div>
${report.species
  .toSorted((a, b) => a.id - b.id)
  .map(
    (species) =>
      `<div class="card"><h3>${species.id} ${escapeHtml(species.name)}</h3>${picture(species.id)}${histogramSvg(
        genuine,
        scoresOf((s) => s === species),
        range,
      )}<small>accepted ${percent(species.apcer)}, at most ${percent(species.high95)}; undecided ${percent(species.undecidedRate)}</small></div>`,
  )
  .join('\n')}
</div></body></html>
`;
}

function speciesRow(species: SpeciesRates): string {
  const name = `${species.id} ${escapeHtml(species.name)}`;
  const reasons = Object.entries(species.reasons).map(([code, count]) => `${escapeHtml(code)} ${count}`);
  const mark = species.apcer > 0 ? 'bad' : 'good';
  return `<tr><td>${species.inScope ? name : `<i>${name}</i>`}</td><td>${species.inScope ? '' : 'out of scope'}</td>${cells(species.trials)}<td class="n ${mark}">${percent(species.apcer)}</td>${cells(percent(species.high95), percent(species.undecidedRate))}<td><small>${reasons.join(', ')}</small></td></tr>`;
}

function row(name: string, value: string): string {
  return `<tr><th>${name}</th><td>${value}</td></tr>`;
}

function cells(...values: readonly (string | number)[]): string {
  return values.map((value) => `<td class="n">${value}</td>`).join('');
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(rate > 0 && rate < 0.1 ? 2 : 1)} %`;
}
