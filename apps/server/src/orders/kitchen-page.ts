import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ORDER_STATES, type Order, type OrderState } from '@smile/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { html, page, type SafeHtml } from '../http/html.ts';
import type { Staff, StaffRef } from '../staff/service.ts';
import type { Orders } from './service.ts';

const COOKIE = 'smile_kitchen';
const COOKIE_LIFE_S = 12 * 3_600;
const SHOWN_STATES = 'paid,preparing,ready';
const FORM_LIMIT_BYTES = 4_096;

/** What the kitchen can do next with an order, and the word on its button. */
const NEXT: Partial<Record<OrderState, { readonly to: OrderState; readonly label: string }>> = {
  paid: { to: 'preparing', label: 'Preparing' },
  preparing: { to: 'ready', label: 'Ready' },
  ready: { to: 'handed_over', label: 'Handed over' },
};
const BACK: Partial<Record<OrderState, OrderState>> = { preparing: 'paid', ready: 'preparing' };
const STATE_WORDS: Partial<Record<OrderState, string>> = { paid: 'New', preparing: 'Preparing', ready: 'Ready' };

const signInSchema = z.object({ token: z.string().min(1).max(200) });
const moveSchema = z.object({ to: z.enum(ORDER_STATES) });

/** A plain board for the kitchen: paid orders with their changes in big type. Works without script, renews with it. */
export function kitchenRoutes(
  app: FastifyInstance,
  deps: { readonly orders: Orders; readonly staff: Staff; readonly secureCookie: boolean; readonly now: () => Date },
): void {
  const script = readFileSync(join(import.meta.dirname, 'kitchen-page.client.js'), 'utf8');

  async function whoIs(request: FastifyRequest): Promise<StaffRef | null> {
    const token = request.cookies[COOKIE];
    return token && token.length <= 200 ? deps.staff.byStaffToken(token) : null;
  }

  async function board(who: StaffRef): Promise<SafeHtml> {
    const found = await deps.orders.listForKitchen(who.shopId, SHOWN_STATES);
    if (!found.ok) throw new Error(`the board could not be listed: ${found.code}`);
    if (found.value.length === 0) return html`<div class="card"><p>No orders at the moment.</p></div>`;
    return html`<div class="board">${found.value.map((order) => ticket(order, deps.now()))}</div>`;
  }

  app.get('/kitchen.js', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(script),
  );
  app.get('/kitchen', { schema: { hide: true } }, async (request, reply) => {
    const who = await whoIs(request);
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8');
    if (!who) return reply.send(signInPage(null));
    return reply.send(
      page({
        title: 'Kitchen',
        language: 'en',
        wide: true,
        script: '/kitchen.js',
        body: html`<div class="row"><h1>Kitchen</h1>
            <form method="post" action="/kitchen/sign-out"><button class="plain">Sign out</button></form></div>
          <div id="board" aria-live="polite">${await board(who)}</div>`,
      }),
    );
  });
  app.get('/kitchen/board', { schema: { hide: true } }, async (request, reply) => {
    const who = await whoIs(request);
    if (!who) return reply.status(401).send('');
    return reply
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send((await board(who)).safeHtml);
  });

  app.register(async (forms) => {
    forms.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_LIMIT_BYTES },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
    );
    forms.post('/kitchen/sign-in', { schema: { hide: true, body: signInSchema } }, async (request, reply) => {
      const { token } = request.body as z.output<typeof signInSchema>;
      if (!(await deps.staff.byStaffToken(token))) {
        return reply.status(401).type('text/html; charset=utf-8').send(signInPage('This token is not known.'));
      }
      // Strict: a page of somebody else's cannot press our buttons.
      reply.setCookie(COOKIE, token, {
        path: '/kitchen',
        httpOnly: true,
        sameSite: 'strict',
        secure: deps.secureCookie,
        maxAge: COOKIE_LIFE_S,
      });
      return reply.redirect('/kitchen', 303);
    });
    forms.post('/kitchen/sign-out', { schema: { hide: true } }, async (_request, reply) => {
      reply.clearCookie(COOKIE, { path: '/kitchen' });
      return reply.redirect('/kitchen', 303);
    });
    forms.post('/kitchen/orders/:orderId', { schema: { hide: true, body: moveSchema } }, async (request, reply) => {
      const who = await whoIs(request);
      if (!who) return reply.redirect('/kitchen', 303);
      const { orderId } = request.params as { orderId: string };
      const { to } = request.body as z.output<typeof moveSchema>;
      // Refused when somebody else moved it meanwhile: the board then shows where it is.
      await deps.orders.move(who.shopId, orderId, to, who.staffId);
      return reply.redirect('/kitchen', 303);
    });
  });
}

function ticket(order: Order, now: Date): SafeHtml {
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(order.createdAt)) / 60_000));
  const next = NEXT[order.state];
  const back = BACK[order.state];
  return html`<article class="card ticket" data-order="${order.id}">
    <div class="row"><span class="name">${order.number}</span>
      <span class="badge ${order.state === 'ready' ? 'good' : ''}">${STATE_WORDS[order.state] ?? order.state}</span></div>
    <p class="quiet">${order.serving === 'here' ? 'Eat here' : 'To go'}, ${minutes} min ago</p>
    <ul>${order.lines.map(
      (line) => html`<li>${line.quantity} × ${line.name.en} <span class="quiet">${line.name.zh}</span>
        ${line.changes.map(({ text }) => html`<span class="change">${text.en} · ${text.zh}</span>`)}</li>`,
    )}</ul>
    <div class="actions">
      ${next ? moveButton(order.id, next.to, next.label, '') : null}
      ${back ? moveButton(order.id, back, 'Back', 'plain') : null}
    </div>
  </article>`;
}

function moveButton(orderId: string, to: OrderState, label: string, look: string): SafeHtml {
  return html`<form method="post" action="/kitchen/orders/${orderId}"><input type="hidden" name="to" value="${to}"><button class="${look}">${label}</button></form>`;
}

function signInPage(problem: string | null): string {
  return page({
    title: 'Kitchen',
    language: 'en',
    body: html`<h1>Kitchen</h1>
      <form class="card" method="post" action="/kitchen/sign-in">
        <p><label for="token">Staff token</label></p>
        <p><input id="token" name="token" type="password" autocomplete="current-password" required></p>
        ${problem && html`<p role="alert">${problem}</p>`}
        <button>Open the board</button>
      </form>`,
  });
}
