import type { LabAttempt, LabRate, LabReport, LabSession, Language } from '@smile/contract';
import { LAB_SPECIES } from './species.ts';
import { REASON_WORDS, WARNING_WORDS } from './words.ts';

/** What the report says, in both languages. */
const TEXT = {
  en: {
    title: 'Attack lab: what got through',
    subtitle: 'Presentation attack detection, reported as in ISO/IEC 30107-3',
    session: 'Session',
    begun: 'Begun',
    place: 'Place',
    terminal: 'Terminal',
    operator: 'Operator',
    camera: 'Camera',
    judge: 'Judge',
    light: (on: boolean) => (on ? 'light challenge on' : 'light challenge off'),
    worst: 'Worst species',
    worstNone: 'no attack was tried',
    ofAttacks: 'of its attempts passed for living (APCER)',
    genuine: 'Genuine people',
    ofGenuine: 'were called an attack (BPCER)',
    noGenuine: 'nobody was tried',
    tried: 'Attempts that count',
    left: (aborted: number, voided: number) => `${aborted} broken off, ${voided} taken out of the count`,
    atMost: 'at most',
    species: 'Attacks, worst first',
    columns: {
      what: 'species',
      pieces: 'instruments',
      attempts: 'attempts',
      accepted: 'accepted',
      rate: 'APCER, 95 % bounds',
      noDecision: 'no decision (APNRR)',
      time: 'decision, median · p95',
      needed: 'to say “below 1 %”',
      reasons: 'why',
      subjects: 'people',
      refused: 'refused',
      bpcer: 'BPCER, 95 % bounds',
      bpnrr: 'no decision (BPNRR)',
    },
    outOfScope: 'beyond this sensor',
    more: (count: number) => (count > 0 ? `${count} more` : 'reached'),
    piecesAccepted: (accepted: number, all: number) => `${accepted} of ${all} ever accepted`,
    people: 'Genuine people',
    attempts: 'Every attempt',
    number: 'no.',
    outcome: 'answer',
    outcomes: {
      live: 'accepted',
      attack: 'refused',
      undecided: 'no decision',
      no_face: 'no face',
      aborted: 'broken off',
    },
    notCounted: 'not counted',
    genuinePerson: (subject: string) => `genuine, person ${subject}`,
    how: 'How to read this',
    reading: [
      'An attempt is one scan as a payment makes it: the same camera, frame chain and judge. “Accepted” means taken for a living person; nobody is identified and nothing is paid.',
      'APCER is the share of the attempts with one species that was accepted. BPCER is the share of the attempts of genuine people that was called an attack. Attempts without a decision (“try again”, or no face found) are attempts and no errors; they are shown as non-response, APNRR and BPNRR.',
      'Bounds are one-sided, 95 %, exact (Clopper and Pearson): where nothing was accepted in n attempts, the rate may still be 3/n (rule of three); 299 attempts without an acceptance are needed to say “below 1 %”. They hold for attempts that do not depend on each other. A hundred attempts with one print are one print.',
      'The worst species decides what a terminal is worth, not the mean over species.',
    ],
    nothing: 'Nothing has been tried yet.',
  },
  zh: {
    title: '攻击实验室：哪些通过了',
    subtitle: '呈现攻击检测，按 ISO/IEC 30107-3 报告',
    session: '测试',
    begun: '开始',
    place: '地点',
    terminal: '终端',
    operator: '操作员',
    camera: '摄像头',
    judge: '判断器',
    light: (on: boolean) => (on ? '光照挑战开启' : '光照挑战关闭'),
    worst: '最差的种类',
    worstNone: '未尝试任何攻击',
    ofAttacks: '的尝试被当作真人（APCER）',
    genuine: '真人',
    ofGenuine: '被当作攻击（BPCER）',
    noGenuine: '未测试真人',
    tried: '计入的尝试',
    left: (aborted: number, voided: number) => `中断 ${aborted} 次，不计入 ${voided} 次`,
    atMost: '至多',
    species: '攻击（最差的在前）',
    columns: {
      what: '种类',
      pieces: '道具',
      attempts: '尝试',
      accepted: '通过',
      rate: 'APCER，95 % 上下限',
      noDecision: '无结论（APNRR）',
      time: '判断用时 中位 · p95',
      needed: '要说“低于 1 %”',
      reasons: '原因',
      subjects: '人数',
      refused: '被拒',
      bpcer: 'BPCER，95 % 上下限',
      bpnrr: '无结论（BPNRR）',
    },
    outOfScope: '超出此传感器能力',
    more: (count: number) => (count > 0 ? `还需 ${count} 次` : '已达到'),
    piecesAccepted: (accepted: number, all: number) => `${all} 件中有 ${accepted} 件通过过`,
    people: '真人',
    attempts: '每次尝试',
    number: '序号',
    outcome: '回答',
    outcomes: { live: '通过', attack: '拒绝', undecided: '无结论', no_face: '无人脸', aborted: '中断' },
    notCounted: '不计入',
    genuinePerson: (subject: string) => `真人 ${subject}`,
    how: '如何理解',
    reading: [
      '每次尝试都是一次与付款相同的扫描：同样的摄像头、帧链和判断器。“通过”表示被当作活人；不识别任何人，也不付款。',
      'APCER 是某一种类的尝试中被接受的比例。BPCER 是真人的尝试中被当作攻击的比例。没有结论的（“请再试”或找不到脸）计为尝试但不算错误，单独列为无响应率 APNRR 和 BPNRR。',
      '上下限为单侧 95 % 精确值（Clopper-Pearson）：n 次都未通过时，真实比例仍可能达到 3/n（三法则）；要说“低于 1 %”，需要 299 次无一通过。前提是各次尝试互相独立：用同一张打印照试一百次，仍只是一张照片。',
      '终端的价值取决于最差的种类，而不是各种类的平均值。',
    ],
    nothing: '还没有尝试。',
  },
} as const;
type Text = (typeof TEXT)[Language];

/** One self-contained page: no script, no picture, nothing from elsewhere. */
export function labReportHtml(sessions: readonly LabSession[], report: LabReport, language: Language): string {
  const t = TEXT[language];
  const nameOf = (kind: string) => LAB_SPECIES.find((one) => one.kind === kind)?.words[language].name ?? kind;
  const reason = (code: string) => REASON_WORDS[code]?.[language] ?? code;
  const [worst] = report.species;
  const { bonaFide } = report;
  const counted = bonaFide.attempts + report.species.reduce((sum, { attempts }) => sum + attempts, 0);
  const warnings = report.warnings.map(
    (code) =>
      `<p class="warning${code === 'simulated' ? ' loud' : ''}">${escapeHtml(WARNING_WORDS[code][language])}</p>`,
  );
  const species = report.species.map(
    (
      one,
    ) => `<tr data-kind="${one.kind}"><th scope="row">${escapeHtml(nameOf(one.kind))}<small>${one.id}${one.inScope ? '' : ` · ${t.outOfScope}`}</small></th>
<td class="n">${one.instruments}<small>${t.piecesAccepted(one.instrumentsAccepted, one.instruments)}</small></td><td class="n">${one.attempts}</td><td class="n">${one.accepted}</td>
<td class="rate">${rateCell(one.apcer, t)}</td><td class="n">${percent(one.nonResponse.rate)}</td><td class="n">${times(one.decisionMs)}</td>
<td class="n">${t.more(one.neededForOnePercent - one.attempts)}</td><td><small>${one.reasons.map(({ code, count }) => `${escapeHtml(reason(code))} ${count}`).join('; ')}</small></td></tr>`,
  );
  const people = `<tr><th scope="row">${t.genuine}</th><td class="n">${bonaFide.subjects}</td><td class="n">${bonaFide.attempts}</td><td class="n">${bonaFide.accepted}</td><td class="n">${bonaFide.refused}</td>
<td class="rate">${rateCell(bonaFide.bpcer, t)}</td><td class="n">${percent(bonaFide.nonResponse.rate)}</td><td class="n">${times(bonaFide.decisionMs)}</td><td class="n">${t.more(bonaFide.neededForOnePercent - bonaFide.attempts)}</td></tr>`;
  const { columns: c } = t;
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${t.title}</title><style>${STYLE}</style></head><body>
<header><p class="eyebrow">${t.subtitle}</p><h1>${t.title}</h1></header>
${sessions.map((session) => facts(session, t)).join('\n')}
${warnings.join('\n')}
<section class="tiles">
<div class="tile"><h2>${t.worst}</h2>${worst ? `<p class="big">${percent(worst.apcer.rate)}</p><p><b>${escapeHtml(nameOf(worst.kind))}</b>: ${worst.apcer.count}/${worst.attempts} ${t.ofAttacks}, ${t.atMost} ${percent(worst.apcer.high95)}</p>` : `<p class="big">–</p><p>${t.worstNone}</p>`}</div>
<div class="tile"><h2>${t.genuine}</h2>${bonaFide.attempts > 0 ? `<p class="big">${percent(bonaFide.bpcer.rate)}</p><p>${bonaFide.refused}/${bonaFide.attempts} ${t.ofGenuine}, ${t.atMost} ${percent(bonaFide.bpcer.high95)}</p>` : `<p class="big">–</p><p>${t.noGenuine}</p>`}</div>
<div class="tile"><h2>${t.tried}</h2><p class="big">${counted}</p><p>${t.left(report.aborted, report.voided)}</p></div>
</section>
<h2>${t.species}</h2>
${
  species.length === 0
    ? `<p>${t.nothing}</p>`
    : `<div class="wide"><table id="species"><thead><tr><th>${c.what}</th><th class="n">${c.pieces}</th><th class="n">${c.attempts}</th><th class="n">${c.accepted}</th><th>${c.rate}</th><th class="n">${c.noDecision}</th><th class="n">${c.time}</th><th class="n">${c.needed}</th><th>${c.reasons}</th></tr></thead><tbody>
${species.join('\n')}
</tbody></table></div>`
}
<h2>${t.people}</h2>
<div class="wide"><table id="people"><thead><tr><th></th><th class="n">${c.subjects}</th><th class="n">${c.attempts}</th><th class="n">${c.accepted}</th><th class="n">${c.refused}</th><th>${c.bpcer}</th><th class="n">${c.bpnrr}</th><th class="n">${c.time}</th><th class="n">${c.needed}</th></tr></thead><tbody>${people}</tbody></table></div>
<h2>${t.how}</h2>
${t.reading.map((paragraph) => `<p class="reading">${paragraph}</p>`).join('\n')}
<h2>${t.attempts}</h2>
<div class="wide"><table id="attempts"><thead><tr><th class="n">${t.number}</th><th>${c.what}</th><th>${t.outcome}</th><th class="n">ms</th><th>${c.reasons}</th></tr></thead><tbody>
${sessions
  .flatMap((session) => session.attempts)
  .map((attempt) => attemptRow(attempt, t, nameOf, reason))
  .join('\n')}
</tbody></table></div>
</body></html>
`;
}

function facts(
  { title, createdAt, place, terminalId, operatorId, camera, judge, simulated }: LabSession,
  t: Text,
): string {
  const rows: [string, string][] = [
    [t.session, title],
    [t.begun, createdAt.replace('T', ' ').slice(0, 16)],
    [t.place, place],
    [t.terminal, terminalId],
    [t.operator, operatorId],
    [t.camera, `${camera.model} (${camera.driver}${simulated ? ', simulated' : ''})`],
    [t.judge, `${judge.modelVersion}, ${t.light(judge.lightChallenge)}`],
  ];
  const shown = rows.filter(([, value]) => value !== '');
  return `<dl>${shown.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>`;
}

/** The rate, and where it may lie. */
function rateCell({ rate, low95, high95 }: LabRate, t: Text): string {
  const left = (100 * low95).toFixed(2);
  const width = (100 * (high95 - low95)).toFixed(2);
  const dot = rate === null ? '' : `<i style="left:${(100 * rate).toFixed(2)}%"></i>`;
  return `<span class="value">${percent(rate)}</span> <small>${percent(low95)} – ${percent(high95)}</small><span class="track" role="img" aria-label="${percent(rate)}, ${t.atMost} ${percent(high95)}"><b style="left:${left}%;width:${width}%"></b>${dot}</span>`;
}

function attemptRow(
  { number, presentation, outcome, errorCode, decisionMs, reasons, voided }: LabAttempt,
  t: Text,
  nameOf: (kind: string) => string,
  reason: (code: string) => string,
): string {
  const genuine = presentation.what === 'bona_fide';
  const what = genuine
    ? t.genuinePerson(presentation.subject)
    : `${nameOf(presentation.kind)} · ${presentation.series}/${presentation.instrument}${presentation.material ? ` · ${presentation.material}` : ''}`;
  const isError = genuine ? outcome === 'attack' : outcome === 'live';
  const why = voided
    ? `${t.notCounted}: ${voided.reason}`
    : (errorCode ?? reasons.map(({ code }) => reason(code)).join('; '));
  const notes = presentation.notes ? `<small>${escapeHtml(presentation.notes)}</small>` : '';
  return `<tr${voided ? ' class="voided"' : ''}><td class="n">${number}</td><td>${escapeHtml(what)}${notes}</td><td class="${isError ? 'bad' : outcome === 'live' || outcome === 'attack' ? 'good' : ''}">${t.outcomes[outcome]}</td><td class="n">${decisionMs === null ? '' : Math.round(decisionMs)}</td><td><small>${escapeHtml(why)}</small></td></tr>`;
}

function times({ median, p95 }: { readonly median: number | null; readonly p95: number | null }): string {
  return median === null || p95 === null ? '–' : `${Math.round(median)} · ${Math.round(p95)} ms`;
}

function percent(rate: number | null): string {
  if (rate === null) return '–';
  const share = 100 * rate;
  return `${share === 0 || share === 100 ? share : share.toFixed(share < 10 ? 1 : 0)} %`;
}

function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character]);
}

const STYLE = `
:root{--paper:#fbf6ec;--ink:#21362f;--soft:#5d6f67;--line:#e2d9c6;--card:#fffdf8;--bad:#c2452d;--good:#2f7d5b;--sun:#f5b83d}
*{box-sizing:border-box}body{font:15px/1.5 "Figtree Variable",system-ui,"Noto Sans CJK SC",sans-serif;color:var(--ink);background:var(--paper);max-width:1240px;margin:0 auto;padding:2rem 1.5rem 4rem}
h1{font-size:2.1rem;line-height:1.15;margin:.1rem 0 1.2rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}.eyebrow{margin:0;color:var(--soft)}
dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:0 0 1rem}dt{color:var(--soft);font-size:.8rem}dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.warning{background:#fff3d6;border-left:4px solid var(--sun);border-radius:.4rem;padding:.55rem .9rem;margin:.4rem 0}.loud{font-weight:650;background:#ffe9bd}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:1rem;margin:1.4rem 0}.tile{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1rem 1.2rem}
.tile h2{margin:0;font-size:.95rem;color:var(--soft);font-weight:600}.tile p{margin:.2rem 0 0}.big{font-size:2.4rem;font-weight:700;line-height:1.15;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;background:var(--card);border-radius:.8rem;overflow:hidden}
th,td{text-align:left;padding:.5rem .7rem;border-bottom:1px solid var(--line);vertical-align:top}thead th{font-size:.8rem;color:var(--soft);font-weight:600;vertical-align:bottom;line-height:1.25}thead th.n{white-space:normal;min-width:3.8rem}
tbody th{font-weight:650}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}small{color:var(--soft);font-size:.8rem}th small,td.n small{display:block;font-weight:400}td.n small{white-space:normal;min-width:6rem}#species th[scope]{min-width:9rem}#species td:last-child{min-width:11rem}
.rate{min-width:180px}.value{font-weight:650;font-variant-numeric:tabular-nums}.track{display:block;position:relative;height:8px;border-radius:4px;background:#efe7d6;margin-top:.35rem}
.track b{position:absolute;top:0;bottom:0;border-radius:4px;background:#e9a893}.track i{position:absolute;top:-2px;width:12px;height:12px;margin-left:-6px;border-radius:50%;background:var(--bad);border:2px solid var(--card)}
#people .track b{background:#b9cfc3}#people .track i{background:var(--good)}.bad{color:var(--bad);font-weight:650}.good{color:var(--good)}.voided td{color:var(--soft);text-decoration:line-through}.voided td:last-child{text-decoration:none}
.reading{max-width:72ch;margin:.5rem 0}@media print{body{background:#fff}}
`;
