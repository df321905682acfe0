import { type Claim, CURRENCY_EXPONENTS, type Language, type Money } from '@smile/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Claims } from '../claims/service.ts';
import { registerEndpoint } from '../http/endpoint.ts';
import { ERRORS } from '../http/errors.ts';
import { html, page, pickLanguage, type SafeHtml } from '../http/html.ts';
import { ok } from '../result.ts';
import type { ReadReceipt, ReceiptView } from './view.ts';
import { RECEIPT_WORDS } from './words.ts';

const paramsSchema = z.object({ token: z.string().min(16).max(80) });
const querySchema = z.object({ lang: z.string().max(10).optional() });

/** The receipt as JSON and as the page behind its secret link, with “This wasn’t me”. */
export function receiptRoutes(app: FastifyInstance, read: ReadReceipt, claims: Pick<Claims, 'open'>): void {
  registerEndpoint(app, 'getReceipt', async ({ params, request }) => {
    const found = await read(params.token, languageOf(request));
    return found.ok ? ok(found.value.receipt) : found;
  });

  const schema = { hide: true, params: paramsSchema, querystring: querySchema };
  app.get('/r/:token', { schema }, async (request, reply) => {
    const { token } = request.params as { token: string };
    const language = languageOf(request);
    const found = await read(token, language);
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8');
    if (!found.ok)
      return reply.status(ERRORS[found.code].status).send(message(language, RECEIPT_WORDS[language].unknown));
    return reply.send(receiptPage(found.value, token, language));
  });
  app.get('/r/:token/not-me', { schema }, async (request, reply) => {
    const { token } = request.params as { token: string };
    const language = languageOf(request);
    const found = await read(token, language);
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8');
    if (!found.ok)
      return reply.status(ERRORS[found.code].status).send(message(language, RECEIPT_WORDS[language].unknown));
    return reply.send(notMePage(found.value, token, language));
  });

  // The button posts an empty form. The secret link is what proves that the sender may.
  app.register(async (forms) => {
    forms.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, _body, done) =>
      done(null, undefined),
    );
    forms.post('/r/:token/not-me', { schema }, async (request, reply) => {
      const { token } = request.params as { token: string };
      const language = languageOf(request);
      const opened = await claims.open(token);
      if (opened.ok) return reply.redirect(`/r/${token}?lang=${language}`, 303);
      const words = RECEIPT_WORDS[language];
      const text = opened.code === 'claim_too_late' ? words.tooLate : words.unknown;
      reply.header('cache-control', 'no-store').type('text/html; charset=utf-8');
      return reply.status(ERRORS[opened.code].status).send(message(language, text));
    });
  });
}

function languageOf(request: FastifyRequest): Language {
  return pickLanguage((request.query as { lang?: string }).lang, request.headers['accept-language']);
}

function formatMoney({ amountMinor, currency }: Money, language: Language): string {
  const exponent = CURRENCY_EXPONENTS[currency];
  const digits = amountMinor.padStart(exponent + 1, '0');
  const decimal = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  const locale = language === 'zh' ? 'zh-CN' : 'en-IE';
  // As text, so that no digit of a large amount is lost on the way through a number.
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(decimal as unknown as number);
}

function receiptPage({ receipt, claim, timeZone }: ReceiptView, token: string, language: Language): string {
  const words = RECEIPT_WORDS[language];
  const other = language === 'zh' ? 'en' : 'zh';
  const time = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone,
  }).format(new Date(receipt.paidAt));
  return page({
    title: `${words.receipt} ${receipt.orderNumber}`,
    language,
    body: html`
      <p class="quiet row"><span>${words.receipt}</span><a href="/r/${token}?lang=${other}" lang="${other}">${words.otherLanguage}</a></p>
      <h1>${receipt.shopName}</h1>
      <p class="quiet">${receipt.merchantName}</p>
      <section class="card">
        <p><span class="badge">${words.order} ${receipt.orderNumber}</span></p>
        ${receipt.lines.map(
          (line) =>
            html`<div class="row"><span>${line.quantity} × ${line.text}</span><span class="number">${formatMoney(line.total, language)}</span></div>`,
        )}
        <div class="row total"><span>${words.total}</span><span class="number">${formatMoney(receipt.total, language)}</span></div>
        <p class="quiet">${words.paidAt} ${time}, ${words.methods[receipt.method]}</p>
      </section>
      ${claim ? claimCard(claim, language) : html`<p><a class="button plain" href="/r/${token}/not-me?lang=${language}">${words.notMe}</a></p>`}`,
  });
}

function claimCard(claim: Claim, language: Language): SafeHtml {
  const words = RECEIPT_WORDS[language];
  const good = claim.state === 'credited' || claim.state === 'accepted';
  return html`<section class="card" id="claim">
    <h2>${words.claimTitle}</h2>
    <p><span class="badge ${good ? 'good' : ''}">${formatMoney(claim.amount, language)}</span></p>
    <p>${words.claimStates[claim.state]}</p>
    ${claim.facePay === 'frozen' && html`<p>${words.frozen}</p>`}
    ${claim.decisionReason !== null && html`<p class="quiet">${words.reason}: ${claim.decisionReason}</p>`}
  </section>`;
}

function notMePage({ receipt, claim }: ReceiptView, token: string, language: Language): string {
  const words = RECEIPT_WORDS[language];
  const back = html`<p><a href="/r/${token}?lang=${language}">${words.back}</a></p>`;
  return page({
    title: words.notMe,
    language,
    body: html`
      <h1>${words.notMe}</h1>
      <p class="quiet">${receipt.shopName}, ${words.order} ${receipt.orderNumber}, ${formatMoney(receipt.total, language)}</p>
      ${
        claim
          ? claimCard(claim, language)
          : html`<section class="card">
              <p>${words.notMeIntro}</p>
              <ul>${words.notMeSteps.map((step) => html`<li>${step}</li>`)}</ul>
              <form method="post" action="/r/${token}/not-me?lang=${language}"><button>${words.confirm}</button></form>
            </section>`
      }
      ${back}`,
  });
}

function message(language: Language, text: string): string {
  return page({ title: 'Smile to Pay', language, body: html`<section class="card"><p>${text}</p></section>` });
}
