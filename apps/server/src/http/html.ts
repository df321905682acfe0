import type { Language } from '@smile/contract';

/** HTML that is already safe: made by `html`, where everything put in is escaped. */
export type SafeHtml = { readonly safeHtml: string };
type Value = SafeHtml | string | number | null | false | readonly Value[];

export function html(parts: TemplateStringsArray, ...values: Value[]): SafeHtml {
  return { safeHtml: parts.map((part, index) => part + (index < values.length ? render(values[index]) : '')).join('') };
}

function render(value: Value): string {
  if (value === null || value === false) return '';
  if (Array.isArray(value)) return value.map(render).join('');
  if (typeof value === 'object') return (value as SafeHtml).safeHtml;
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The few pages that the server itself draws share one look; `wide` is for boards. */
export function page(options: {
  readonly title: string;
  readonly language: Language;
  readonly body: SafeHtml;
  readonly wide?: boolean;
  readonly refreshSeconds?: number;
  readonly script?: string;
}): string {
  return html`<!doctype html>
<html lang="${options.language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${options.refreshSeconds ? html`<meta http-equiv="refresh" content="${options.refreshSeconds}">` : null}
<title>${options.title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
${options.script ? html`<script src="${options.script}" defer></script>` : null}
</head>
<body><main class="${options.wide ? 'wide' : 'narrow'}">${options.body}</main></body>
</html>`.safeHtml;
}

const STYLE: SafeHtml = {
  safeHtml: `
:root { color-scheme: light dark; --ground: #faf5ec; --card: #fffdf8; --ink: #2b2118; --quiet: #6f6053; --line: #e6dac8; --accent: #c2501f; --accent-ink: #fff; --good: #2f6b3c; }
@media (prefers-color-scheme: dark) { :root { --ground: #1d1712; --card: #28201a; --ink: #f6ecdf; --quiet: #b8a793; --line: #41352b; --accent: #f08a55; --accent-ink: #22140b; --good: #8fcf9c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 17px/1.5 ui-rounded, "SF Pro Rounded", system-ui, "PingFang SC", "Noto Sans SC", sans-serif; }
main { margin: 0 auto; padding: 32px 20px 64px; }
main.narrow { max-width: 480px; } main.wide { max-width: 1280px; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 4px; } h2 { font-size: 1.15rem; margin: 0 0 8px; }
p { margin: 0 0 12px; } .quiet { color: var(--quiet); font-size: .92rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 20px; padding: 20px; margin: 16px 0; }
.row { display: flex; justify-content: space-between; gap: 16px; align-items: baseline; }
.row + .row { border-top: 1px dashed var(--line); } .row { padding: 10px 0; }
.total { font-size: 1.4rem; font-weight: 700; } .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { display: inline-block; border-radius: 99px; padding: 2px 12px; background: var(--line); font-size: .85rem; }
.badge.good { background: var(--good); color: var(--card); }
button, .button { font: inherit; font-weight: 650; border: 0; border-radius: 14px; padding: 12px 20px; min-height: 48px; background: var(--accent); color: var(--accent-ink); text-decoration: none; cursor: pointer; display: inline-block; }
button.plain, .button.plain { background: transparent; color: var(--ink); border: 1.5px solid var(--line); }
button:focus-visible, a:focus-visible, input:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); } input { font: inherit; padding: 12px 14px; border-radius: 12px; border: 1.5px solid var(--line); background: var(--card); color: var(--ink); width: 100%; }
.code { font-size: 1.5rem; font-weight: 700; letter-spacing: .12em; font-variant-numeric: tabular-nums; }
.board { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 16px; align-items: start; }
.ticket { margin: 0; } .ticket .name { font-size: 2rem; font-weight: 800; } .ticket ul { list-style: none; margin: 8px 0 16px; padding: 0; }
.ticket li { padding: 8px 0; border-top: 1px dashed var(--line); font-size: 1.15rem; font-weight: 650; }
.change { display: block; font-size: 1.3rem; font-weight: 800; color: var(--accent); } .actions { display: flex; gap: 8px; flex-wrap: wrap; }
form { margin: 0; }
`,
};

/** The page's language: what the address asks for, else the first the browser accepts that we have. */
export function pickLanguage(asked: string | undefined, acceptLanguage: string | undefined): Language {
  if (asked === 'en' || asked === 'zh') return asked;
  const wanted = (acceptLanguage ?? '')
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag, quality] = part.trim().split(';q=');
      return { tag: tag.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .sort((a, b) => b.quality - a.quality);
  for (const { tag } of wanted) {
    if (tag === 'zh' || tag.startsWith('zh-')) return 'zh';
    if (tag === 'en' || tag.startsWith('en-')) return 'en';
  }
  return 'en';
}
