import { expect, it } from 'vitest';
import { html, pickLanguage } from './html.ts';

it('escapes everything that is put in', () => {
  const name = `<script>alert("x")</script> & 'co'`;
  expect(html`<p title="${name}">${[name, 1]}${null}${html`<b>${2}</b>`}</p>`.safeHtml).toBe(
    `<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;co&#39;">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;co&#39;1<b>2</b></p>`,
  );
});

it.each([
  [undefined, undefined, 'en'],
  ['zh', 'en', 'zh'],
  ['fr', 'zh-TW', 'zh'],
  [undefined, 'de, zh;q=0.8, en;q=0.4', 'zh'],
  [undefined, 'en;q=0.4, zh;q=0.8', 'zh'],
  [undefined, ';;;,,q=', 'en'],
])('asked for %s, accepting %s: %s', (asked, accepted, language) => {
  expect(pickLanguage(asked, accepted)).toBe(language);
});
