import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Stripe from 'stripe';

/**
 * A stand-in for Stripe on loopback: the calls our adapter makes, with the objects and errors that Stripe's reference documents, as far as
 * the adapter reads them. It wants the secret key and an idempotency key for whatever it makes, gives a repeated key its first answer,
 * and refuses one that comes with another body. What it cannot show is how the real one behaves where its documents are silent.
 */
export type StripeStub = {
  readonly url: string;
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly requests: readonly StubRequest[];
  /** When its events are signed. */
  now: () => Date;
  /** The person enters a card on Stripe's page: one of CARDS. */
  enterCardForSetup(setupId: string, method: CardName): void;
  enterCardForCharge(intentId: string, method: CardName): void;
  /** What is left of a charge that takes its time, as of banks. */
  finishProcessing(intentId: string): void;
  intents(): StubIntent[];
  /** The body of an event about an object as it is now, and its signature; `at` is when it is signed, if not now. */
  event(type: string, object: object, more?: { id?: string; livemode?: boolean; at?: Date }): SignedEvent;
  intentEvent(type: string, intentId: string, more?: { id?: string; at?: Date }): SignedEvent;
  setupEvent(type: string, setupId: string): SignedEvent;
  /** For the next requests, the first of which is the next: a status instead of an answer, or the work done and the line cut. */
  misbehave(...how: (number | 'cut after')[]): void;
  close(): Promise<void>;
};

export type SignedEvent = { readonly body: string; readonly headers: { 'stripe-signature': string } };
export type StubRequest = { readonly method: string; readonly path: string; readonly key: string | undefined };
export const CARDS = ['pm_good', 'pm_declined', 'pm_asks_owner', 'pm_slow'] as const;
export type CardName = (typeof CARDS)[number];

type StubIntent = {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_received: number;
  currency: string;
  customer: string | null;
  client_secret: string;
  status: string;
  payment_method: string | null;
  last_payment_error: { code: string; decline_code?: string; message: string } | null;
  metadata: Record<string, string>;
  livemode: false;
};
type StubSetup = {
  id: string;
  object: 'setup_intent';
  client_secret: string;
  status: string;
  usage: string;
  payment_method: string | null;
  last_setup_error: object | null;
  metadata: Record<string, string>;
};
type Reply = { readonly status: number; readonly body: object };

const SECRET_KEY = 'sk_test_stubstubstub';
const WEBHOOK_SECRET = 'whsec_stubstubstub';

export async function openStripeStub(): Promise<StripeStub> {
  const intents = new Map<string, StubIntent>();
  const setups = new Map<string, StubSetup>();
  const methods = new Set<string>(CARDS);
  const answered = new Map<string, { body: string; reply: Reply }>();
  const requests: StubRequest[] = [];
  let troubles: (number | 'cut after')[] = [];
  let counter = 0;
  const next = (prefix: string) => `${prefix}_${String(++counter).padStart(6, '0')}`;

  const failure = (status: number, type: string, code: string, more: object = {}): Reply => ({
    status,
    body: { error: { type, code, message: `the stub says ${code}`, ...more } },
  });
  const card = (id: string) => ({
    id,
    object: 'payment_method',
    type: 'card',
    card: { brand: 'visa', last4: '4242', exp_month: 5, exp_year: 2031 },
  });

  /** A card is tried: what comes of it depends on the card alone. */
  function attempt(intent: StubIntent, method: string, offSession: boolean): Reply {
    intent.payment_method = method;
    if (method === 'pm_good') {
      Object.assign(intent, { status: 'succeeded', amount_received: intent.amount, last_payment_error: null });
    } else if (method === 'pm_slow') {
      Object.assign(intent, { status: 'processing', last_payment_error: null });
    } else if (method === 'pm_asks_owner' && !offSession) {
      Object.assign(intent, { status: 'requires_action', last_payment_error: null });
    } else {
      const asks = method === 'pm_asks_owner';
      const error = asks
        ? { code: 'authentication_required', decline_code: 'authentication_required', message: 'its owner is asked' }
        : { code: 'card_declined', decline_code: 'insufficient_funds', message: 'declined' };
      Object.assign(intent, { status: 'requires_payment_method', last_payment_error: error });
      return failure(402, 'card_error', error.code, { decline_code: error.decline_code, payment_intent: intent });
    }
    return { status: 200, body: intent };
  }

  function createIntent(form: URLSearchParams): Reply {
    const method = form.get('payment_method');
    if (method !== null && !methods.has(method)) {
      return failure(400, 'invalid_request_error', 'resource_missing', { param: 'payment_method' });
    }
    const id = next('pi');
    const intent: StubIntent = {
      id,
      object: 'payment_intent',
      amount: Number(form.get('amount')),
      amount_received: 0,
      currency: form.get('currency') ?? '',
      customer: form.get('customer'),
      client_secret: `${id}_secret_x`,
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: null,
      metadata: metadataOf(form),
      livemode: false,
    };
    intents.set(id, intent);
    return method !== null && form.get('confirm') === 'true'
      ? attempt(intent, method, form.get('off_session') === 'true')
      : { status: 200, body: intent };
  }

  function createSetup(form: URLSearchParams): Reply {
    const id = next('seti');
    const setup: StubSetup = {
      id,
      object: 'setup_intent',
      client_secret: `${id}_secret_x`,
      status: 'requires_payment_method',
      usage: form.get('usage') ?? '',
      payment_method: null,
      last_setup_error: null,
      metadata: metadataOf(form),
    };
    setups.set(id, setup);
    return { status: 200, body: setup };
  }

  function answer(method: string, path: string, form: URLSearchParams, query: URLSearchParams): Reply {
    const [, , kind, id, action] = path.split('/');
    const missing = failure(404, 'invalid_request_error', 'resource_missing');
    if (method === 'POST' && kind === 'customers' && !id)
      return { status: 200, body: { id: next('cus'), object: 'customer' } };
    if (method === 'POST' && kind === 'payment_intents' && !id) return createIntent(form);
    if (method === 'POST' && kind === 'setup_intents' && !id) return createSetup(form);
    if (kind === 'setup_intents') {
      const setup = setups.get(id);
      if (!setup) return missing;
      const expand = query.get('expand[0]') === 'payment_method' && setup.payment_method;
      return { status: 200, body: expand ? { ...setup, payment_method: card(setup.payment_method ?? '') } : setup };
    }
    if (kind === 'payment_intents') {
      const intent = intents.get(id);
      if (!intent) return missing;
      if (action !== 'cancel') return { status: 200, body: intent };
      if (intent.status === 'succeeded') {
        return failure(400, 'invalid_request_error', 'payment_intent_unexpected_state', { payment_intent: intent });
      }
      intent.status = 'canceled';
      return { status: 200, body: intent };
    }
    if (kind === 'payment_methods' && action === 'detach') {
      return methods.has(id) ? { status: 200, body: card(id) } : missing;
    }
    return failure(404, 'invalid_request_error', 'unknown_url');
  }

  /** What Stripe's server does before it looks at the request. */
  function receive(request: IncomingMessage, body: string): Reply {
    const { method = '', headers } = request;
    const url = new URL(request.url ?? '', 'http://stub');
    const key = headers['idempotency-key'] as string | undefined;
    requests.push({ method, path: url.pathname, key });
    if (headers.authorization !== `Bearer ${SECRET_KEY}`)
      return failure(401, 'invalid_request_error', 'api_key_invalid');
    if (!headers['stripe-version']) return failure(400, 'invalid_request_error', 'version_missing');
    const makes = method === 'POST' && url.pathname.split('/').length === 3;
    if (!makes) return answer(method, url.pathname, new URLSearchParams(body), url.searchParams);
    if (!key) return failure(400, 'invalid_request_error', 'idempotency_key_missing');
    const known = answered.get(key);
    if (known) return known.body === body ? known.reply : failure(400, 'idempotency_error', 'idempotency_key_reused');
    const reply = answer(method, url.pathname, new URLSearchParams(body), url.searchParams);
    // As it was at that moment: a repeated key gets the same words, whatever has happened since.
    answered.set(key, { body, reply: structuredClone(reply) });
    return reply;
  }

  const server = createServer(async (request, response) => {
    const body = await text(request);
    const trouble = troubles.shift();
    if (typeof trouble === 'number') {
      response.writeHead(trouble, { 'content-type': 'application/json' });
      const error =
        trouble === 409
          ? { type: 'invalid_request_error', code: 'idempotency_key_in_use', message: 'another request is under way' }
          : { type: 'api_error', message: 'the stub is in trouble' };
      response.end(JSON.stringify({ error }));
      return;
    }
    const reply = receive(request, body);
    if (trouble === 'cut after') {
      response.destroy();
      return;
    }
    response.writeHead(reply.status, { 'content-type': 'application/json', 'request-id': next('req') });
    response.end(JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stripe = new Stripe(SECRET_KEY);

  const intentOf = (id: string): StubIntent => {
    const intent = intents.get(id);
    if (!intent) throw new Error(`the stub has no ${id}`);
    return intent;
  };
  const setupOf = (id: string): StubSetup => {
    const setup = setups.get(id);
    if (!setup) throw new Error(`the stub has no ${id}`);
    return setup;
  };
  const event: StripeStub['event'] = (type, object, more = {}) => {
    const at = more.at ?? stub.now();
    const body = JSON.stringify({
      id: more.id ?? next('evt'),
      object: 'event',
      api_version: '2026-10-28.endive',
      created: Math.floor(at.getTime() / 1_000),
      livemode: more.livemode ?? false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
      data: { object },
    });
    const timestamp = Math.floor(at.getTime() / 1_000);
    const signature = stripe.webhooks.generateTestHeaderString({ payload: body, secret: WEBHOOK_SECRET, timestamp });
    return { body, headers: { 'stripe-signature': signature } };
  };

  const stub: StripeStub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secretKey: SECRET_KEY,
    webhookSecret: WEBHOOK_SECRET,
    requests,
    now: () => new Date(),
    enterCardForSetup(setupId, method) {
      const setup = setupOf(setupId);
      if (method === 'pm_declined') setup.last_setup_error = { code: 'card_declined' };
      else Object.assign(setup, { status: 'succeeded', payment_method: method });
    },
    enterCardForCharge: (intentId, method) => void attempt(intentOf(intentId), method, false),
    finishProcessing(intentId) {
      const intent = intentOf(intentId);
      Object.assign(intent, { status: 'succeeded', amount_received: intent.amount });
    },
    intents: () => [...intents.values()],
    event,
    intentEvent: (type, intentId, more) => event(type, structuredClone(intentOf(intentId)), more),
    setupEvent: (type, setupId) => event(type, structuredClone(setupOf(setupId))),
    misbehave(...how) {
      troubles = how;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return stub;
}

function metadataOf(form: URLSearchParams): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of form) {
    const key = /^metadata\[(\w+)\]$/.exec(name)?.[1];
    if (key) metadata[key] = value;
  }
  return metadata;
}
