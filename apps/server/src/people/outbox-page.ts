import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { html, page } from '../http/html.ts';
import type { Outbox } from './messages.ts';
import { normalisePhone } from './phone.ts';

const SHOWN = 30;

/** Development only: the messages that phones would get. The app does not register these routes in production. */
export function outboxRoutes(app: FastifyInstance, outbox: Outbox): void {
  app.get('/dev/outbox', { schema: { hide: true } }, async (_request, reply) => {
    const messages = await outbox.newest(SHOWN, null);
    const list = messages.map(
      (message) => html`<article class="card">
        <div class="row"><strong class="number">${message.phone}</strong><span class="quiet number">${message.createdAt.toISOString().slice(11, 19)} UTC</span></div>
        <p class="code">${/\d{6}/.exec(message.text)?.[0] ?? ''}</p>
        <p class="quiet">${message.text}</p>
      </article>`,
    );
    return reply.type('text/html; charset=utf-8').send(
      page({
        title: 'Messages',
        language: 'en',
        refreshSeconds: 3,
        body: html`<h1>Messages</h1>
          <p class="quiet">What phones would receive. Only a development server has this page; it renews itself.</p>
          ${list.length > 0 ? list : html`<div class="card"><p>Nothing yet. Ask for a code at the kiosk.</p></div>`}`,
      }),
    );
  });

  app.get(
    '/dev/outbox.json',
    { schema: { hide: true, querystring: z.object({ phone: z.string().max(40).optional() }) } },
    async (request) => {
      const asked = (request.query as { phone?: string }).phone;
      // A plus sign that was not percent-encoded arrives as a space.
      const phone = asked === undefined ? null : normalisePhone(asked.replace(/^ /, '+'), 'DE');
      if (phone && !phone.ok) return { data: [] };
      const messages = await outbox.newest(SHOWN, phone?.value ?? null);
      return { data: messages.map(({ phone: to, text, createdAt }) => ({ phone: to, text, createdAt })) };
    },
  );
}
