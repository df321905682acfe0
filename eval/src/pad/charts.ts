/** Charts as SVG text, for reports that need nothing but a browser. */
import type { DetPoint } from './rates.ts';

const INK = '#2b2a33';
const FAINT = '#d9d6cf';
export const LIVE_COLOUR = '#2f7d5b';
export const ATTACK_COLOUR = '#c2452d';

const HISTOGRAM = { width: 360, height: 130, left: 8, right: 8, top: 8, bottom: 24 };
const BINS = 30;

export type HistogramRange = { readonly low: number; readonly high: number };

/** Shares of two sets of scores over one range; values outside it are counted at its ends. */
export function histogramSvg(genuine: readonly number[], attacks: readonly number[], range: HistogramRange): string {
  const { width, height, left, right, top, bottom } = HISTOGRAM;
  const inner = { width: width - left - right, height: height - top - bottom };
  const shares = (values: readonly number[]) => {
    const bins = new Array<number>(BINS).fill(0);
    for (const value of values) {
      const place = Math.floor((BINS * (value - range.low)) / (range.high - range.low));
      bins[Math.min(BINS - 1, Math.max(0, place))] += 1 / values.length;
    }
    return bins;
  };
  const [live, fake] = [shares(genuine), shares(attacks)];
  const highest = Math.max(...live, ...fake, 0.01);
  const bars = (bins: readonly number[], colour: string) =>
    bins
      .map((share, i) => {
        const barHeight = (inner.height * share) / highest;
        const x = left + (inner.width * i) / BINS;
        return `<rect x="${x.toFixed(1)}" y="${(top + inner.height - barHeight).toFixed(1)}" width="${(inner.width / BINS - 1).toFixed(1)}" height="${barHeight.toFixed(1)}" fill="${colour}" fill-opacity="0.6"/>`;
      })
      .join('');
  const ticks = [range.low, (range.low + range.high) / 2, range.high];
  const labels = ticks.map((tick, i) => {
    const anchor = ['start', 'middle', 'end'][i];
    return `<text x="${left + (inner.width * i) / 2}" y="${height - 6}" font-size="11" text-anchor="${anchor}" fill="${INK}">${tick.toFixed(0)}</text>`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="Histogram of scores"><line x1="${left}" x2="${width - right}" y1="${top + inner.height}" y2="${top + inner.height}" stroke="${FAINT}"/>${bars(live, LIVE_COLOUR)}${bars(fake, ATTACK_COLOUR)}${labels.join('')}</svg>`;
}

const DET = { width: 460, height: 420, left: 56, bottom: 46, top: 12, right: 14 };
const DET_TICKS = [0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const DET_LOW = 0.0005;
const DET_HIGH = 0.6;

export type DetLine = { readonly name: string; readonly colour: string; readonly points: readonly DetPoint[] };

/** Detection error trade-off: both rates on axes of normal deviates, as ISO/IEC 19795-1 draws them. */
export function detSvg(lines: readonly DetLine[]): string {
  const { width, height, left, bottom, top, right } = DET;
  const [low, high] = [normalDeviate(DET_LOW), normalDeviate(DET_HIGH)];
  const share = (rate: number) => (normalDeviate(Math.min(DET_HIGH, Math.max(DET_LOW, rate))) - low) / (high - low);
  const x = (rate: number) => left + share(rate) * (width - left - right);
  const y = (rate: number) => height - bottom - share(rate) * (height - top - bottom);
  const grid = DET_TICKS.map((tick) => {
    const label = `${Number((tick * 100).toPrecision(2))} %`;
    return `<line x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${height - bottom}" stroke="${FAINT}"/><line x1="${left}" x2="${width - right}" y1="${y(tick)}" y2="${y(tick)}" stroke="${FAINT}"/><text x="${x(tick)}" y="${height - bottom + 15}" font-size="10" text-anchor="middle" fill="${INK}">${label}</text><text x="${left - 6}" y="${y(tick) + 3}" font-size="10" text-anchor="end" fill="${INK}">${label}</text>`;
  });
  const curves = lines.map(({ colour, points }) => {
    const path = points.map(({ apcer, bpcer }, i) => `${i ? 'L' : 'M'}${x(apcer).toFixed(1)} ${y(bpcer).toFixed(1)}`);
    return `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  });
  const legend = lines.map(
    ({ name, colour }, i) =>
      `<rect x="${left + 10}" y="${height - bottom - 58 + i * 18}" width="12" height="4" fill="${colour}"/><text x="${left + 28}" y="${height - bottom - 52 + i * 18}" font-size="11" fill="${INK}">${escapeHtml(name)}</text>`,
  );
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="DET curve">${grid.join('')}${curves.join('')}${legend.join('')}<text x="${(left + width - right) / 2}" y="${height - 8}" font-size="12" text-anchor="middle" fill="${INK}">attacks accepted (APCER)</text><text transform="translate(14 ${(top + height - bottom) / 2}) rotate(-90)" font-size="12" text-anchor="middle" fill="${INK}">genuine people below the threshold</text></svg>`;
}

/** Inverse of the normal distribution: Acklam's rational approximation, good to 1e-9 relative. */
export function normalDeviate(share: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const horner = (terms: readonly number[], at: number) => terms.reduce((sum, term) => sum * at + term, 0);
  if (share < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(share));
    return horner(c, q) / horner(d, q);
  }
  if (share > 1 - 0.02425) return -normalDeviate(1 - share);
  const q = share - 0.5;
  return (horner(a, q * q) * q) / horner(b, q * q);
}

export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character]);
}
