/** Charts as SVG text, for a report that needs nothing but a browser. */
import { escapeHtml } from '../pad/charts.ts';
import type { ScoreHistogram } from './histogram.ts';
import type { DetPoint } from './rates.ts';

const INK = '#2b2a33';
const FAINT = '#d9d6cf';
export const GENUINE_COLOUR = '#2f7d5b';
export const IMPOSTOR_COLOUR = '#c2452d';
export const HUMAN_COLOUR = '#6b6f8e';

const FRAME = { width: 520, height: 400, left: 62, right: 14, top: 12, bottom: 46 };
const INNER = { width: FRAME.width - FRAME.left - FRAME.right, height: FRAME.height - FRAME.top - FRAME.bottom };

export type DetLine = { readonly name: string; readonly colour: string; readonly points: readonly DetPoint[] };

/**
 * Detection error trade-off on logarithmic axes. A rate below what one pair makes cannot be drawn: a curve ends where it
 * reaches no error, which is not the same as a rate of zero.
 */
export function logDetSvg(lines: readonly DetLine[], low = 1e-5): string {
  const decades = Math.log10(1 / low);
  const x = (rate: number) => FRAME.left + (INNER.width * Math.log10(Math.max(low, rate) / low)) / decades;
  const y = (rate: number) =>
    FRAME.top + INNER.height - (INNER.height * Math.log10(Math.max(low, rate) / low)) / decades;
  const ticks = Array.from({ length: Math.round(decades) + 1 }, (_, step) => low * 10 ** step);
  const grid = ticks.map((tick) => {
    const label = tick >= 1 ? '1' : `1e${Math.round(Math.log10(tick))}`;
    return `${line(x(tick), FRAME.top, x(tick), FRAME.top + INNER.height)}${line(FRAME.left, y(tick), FRAME.left + INNER.width, y(tick))}${text(x(tick), FRAME.top + INNER.height + 16, label)}${text(FRAME.left - 6, y(tick) + 4, label, 'end')}`;
  });
  const curves = lines.map(({ points, colour }) => {
    const drawn = points.filter(({ fmr, fnmr }) => fmr >= low && fnmr >= low);
    const path = drawn.map(({ fmr, fnmr }, at) => `${at ? 'L' : 'M'}${x(fmr).toFixed(1)} ${y(fnmr).toFixed(1)}`);
    return `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  });
  return svg(
    'DET curve: false matches against false non-matches',
    `${grid.join('')}${curves.join('')}${legend(lines)}${axes('impostor pairs accepted (FMR)', 'genuine pairs refused (FNMR)')}`,
  );
}

/** Shares of the genuine and of the impostor pairs by score, each to its own highest bin. */
export function scoresSvg({ edges, genuine, impostor }: ScoreHistogram, thresholds: readonly number[]): string {
  const [low, high] = [edges[0], edges[edges.length - 1]];
  const x = (score: number) => FRAME.left + (INNER.width * (score - low)) / (high - low || 1);
  const bars = (counts: readonly number[], colour: string) => {
    const most = Math.max(1, ...counts);
    return counts
      .map((count, bin) => {
        const height = (INNER.height * count) / most;
        return `<rect x="${x(edges[bin]).toFixed(1)}" y="${(FRAME.top + INNER.height - height).toFixed(1)}" width="${(INNER.width / counts.length - 0.5).toFixed(1)}" height="${height.toFixed(1)}" fill="${colour}" fill-opacity="0.55"/>`;
      })
      .join('');
  };
  const ticks = [0, 1, 2, 3, 4].map((step) => low + ((high - low) * step) / 4);
  const marks = thresholds.map((threshold) =>
    line(x(threshold), FRAME.top, x(threshold), FRAME.top + INNER.height, INK, '3 3'),
  );
  const names = [
    { name: 'genuine pairs', colour: GENUINE_COLOUR },
    { name: 'impostor pairs', colour: IMPOSTOR_COLOUR },
  ];
  return svg(
    'Histogram of scores',
    `${line(FRAME.left, FRAME.top + INNER.height, FRAME.left + INNER.width, FRAME.top + INNER.height)}${bars(impostor, IMPOSTOR_COLOUR)}${bars(genuine, GENUINE_COLOUR)}${marks.join('')}${ticks.map((tick) => text(x(tick), FRAME.top + INNER.height + 16, tick.toFixed(2))).join('')}${legend(names)}${axes('similarity (cosine)', 'pairs, to the highest bin')}`,
  );
}

export type Curve = {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
};

/** Straight axes from 0. */
export function curvesSvg(curves: readonly Curve[], xName: string, yName: string): string {
  const all = curves.flatMap(({ points }) => points);
  const [right, top] = [Math.max(1e-9, ...all.map((p) => p.x)), Math.max(1e-9, ...all.map((p) => p.y)) * 1.1];
  const x = (value: number) => FRAME.left + (INNER.width * value) / right;
  const y = (value: number) => FRAME.top + INNER.height * (1 - value / top);
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `${line(FRAME.left, y(share * top), FRAME.left + INNER.width, y(share * top))}${text(FRAME.left - 6, y(share * top) + 4, percent(share * top), 'end')}${text(x(share * right), FRAME.top + INNER.height + 16, percent(share * right))}`,
  );
  const paths = curves.map(
    ({ points, colour }) =>
      `<path d="${points.map((p, at) => `${at ? 'L' : 'M'}${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)}`).join('')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
  );
  return svg(yName, `${grid.join('')}${paths.join('')}${legend(curves)}${axes(xName, yName)}`);
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

function svg(label: string, content: string): string {
  return `<svg viewBox="0 0 ${FRAME.width} ${FRAME.height}" width="${FRAME.width}" role="img" aria-label="${escapeHtml(label)}">${content}</svg>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour = FAINT, dashes = ''): string {
  const dash = dashes && ` stroke-dasharray="${dashes}"`;
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}"${dash}/>`;
}

function text(x: number, y: number, content: string, anchor = 'middle', size = 11): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" text-anchor="${anchor}" fill="${INK}">${escapeHtml(content)}</text>`;
}

function legend(lines: readonly { readonly name: string; readonly colour: string }[]): string {
  return lines
    .map(
      ({ name, colour }, row) =>
        `<rect x="${FRAME.left + INNER.width - 150}" y="${FRAME.top + 8 + row * 17}" width="12" height="4" fill="${colour}"/>${text(FRAME.left + INNER.width - 132, FRAME.top + 14 + row * 17, name, 'start')}`,
    )
    .join('');
}

function axes(xName: string, yName: string): string {
  const middle = FRAME.top + INNER.height / 2;
  return `${text(FRAME.left + INNER.width / 2, FRAME.height - 8, xName, 'middle', 12)}<text transform="translate(14 ${middle}) rotate(-90)" font-size="12" text-anchor="middle" fill="${INK}">${escapeHtml(yName)}</text>`;
}
