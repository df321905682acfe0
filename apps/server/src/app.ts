import type { Pool } from '@smile/postgres';
import type { FastifyInstance } from 'fastify';
import { electronicFormatIBAN } from 'ibantools';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createAudit } from './audit/service.ts';
import { type Books, createBooks } from './books/service.ts';
import { claimRoutes } from './claims/routes.ts';
import { type Claims, createClaims } from './claims/service.ts';
import type { ServerConfig } from './config.ts';
import type { BuildScanRooms, FacesPort, RoomTools, ScanRooms, ScansPort } from './context.ts';
import { eventRoutes } from './events/routes.ts';
import { createEvents } from './events/service.ts';
import type { FundingProvider } from './funding/provider.ts';
import { fundingRoutes } from './funding/routes.ts';
import { createFunding, type Funding } from './funding/service.ts';
import { createStripeProvider } from './funding/stripe.ts';
import { buildHttpApp } from './http/app.ts';
import { createAuthenticator } from './http/authenticate.ts';
import { healthRoutes } from './http/health.ts';
import { forgetOldKeys } from './http/idempotency.ts';
import { kitchenRoutes } from './orders/kitchen-page.ts';
import { orderRoutes } from './orders/routes.ts';
import { createOrders, type Orders } from './orders/service.ts';
import { createRefunds } from './payments/refunds.ts';
import { paymentRoutes } from './payments/routes.ts';
import { createPayments, type Payments } from './payments/service.ts';
import { createIntentView } from './payments/view.ts';
import type { PayoutSource } from './payouts/pain001.ts';
import { payoutRoutes } from './payouts/routes.ts';
import { createPayouts, type Payouts } from './payouts/service.ts';
import { createOutbox } from './people/messages.ts';
import { outboxRoutes } from './people/outbox-page.ts';
import { peopleRoutes } from './people/routes.ts';
import { createPeople, type People } from './people/service.ts';
import { receiptRoutes } from './receipts/routes.ts';
import { createReceipts } from './receipts/service.ts';
import { createReceiptReader } from './receipts/view.ts';
import { createAttempts } from './risk/attempts.ts';
import { riskRoutes } from './risk/routes.ts';
import { defaultRules } from './risk/rules.ts';
import { createRisk } from './risk/service.ts';
import { DEMO, seedDemo } from './shops/demo.ts';
import { shopRoutes } from './shops/routes.ts';
import { createShops, type Shops } from './shops/service.ts';
import { type ApiKeys, createApiKeys } from './staff/api-keys.ts';
import { apiKeyRoutes } from './staff/routes.ts';
import { createStaff, type Staff } from './staff/service.ts';
import { systemResolve } from './webhooks/addresses.ts';
import { webhookRoutes } from './webhooks/routes.ts';
import { createSender } from './webhooks/sender.ts';
import { createWebhooks, type Webhooks } from './webhooks/service.ts';

export type ServerApp = {
  readonly http: FastifyInstance;
  readonly rooms: {
    readonly people: People;
    readonly shops: Shops;
    readonly staff: Staff;
    readonly apiKeys: ApiKeys;
    readonly orders: Orders;
    readonly payments: Payments;
    readonly claims: Claims;
    readonly payouts: Payouts;
    readonly books: Books;
    readonly webhooks: Webhooks;
    readonly funding: Funding;
  };
  /** Accounts, first operator, demo. Once, after the migrations; again it changes nothing. */
  prepare(): Promise<void>;
  /** One round of what is to be done from time to time. */
  sweep(): Promise<void>;
  /** What goes on all the time beside the requests; the returned function stops it and waits for what is under way. */
  work(): () => Promise<void>;
  close(): Promise<void>;
};

export type AppParts = {
  readonly config: ServerConfig;
  readonly pool: Pool;
  readonly log: Logger;
  readonly deriveKey: (purpose: string) => Buffer;
  readonly buildScanRooms: BuildScanRooms;
  readonly now?: () => Date;
  /** From 0 to 1, for spreading out retries. */
  readonly random?: () => number;
};

/** Builds the rooms and puts them together: the only place that sees them all. */
export async function buildApp(parts: AppParts): Promise<ServerApp> {
  const { config, pool, log, deriveKey } = parts;
  const now = parts.now ?? (() => new Date());
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  const tools: RoomTools = { config, pool, log, metrics, now, deriveKey };
  const development = config.mode === 'development';
  const demo = config.demo ?? development;
  if (demo && !development) throw new Error('configuration: DEMO: its known tokens must not exist in production mode');
  const allowLoopback = config.webhookLoopback ?? development;
  if (allowLoopback && !development) {
    throw new Error('configuration: WEBHOOK_LOOPBACK: in production no webhook may reach the machines of the platform');
  }

  // People and payments need scans and faces, which need people and payments: these two stand in until they are built.
  let scanRooms: ScanRooms | null = null;
  const built = (): ScanRooms => {
    if (!scanRooms) throw new Error('scans and faces were asked before they were built');
    return scanRooms;
  };
  const scans: ScansPort = {
    peekForPayment: (wanted) => built().scans.peekForPayment(wanted),
    consumeForPayment: (client, wanted) => built().scans.consumeForPayment(client, wanted),
  };
  const faces: FacesPort = {
    compare: (wanted) => built().faces.compare(wanted),
    compareAmong: (wanted) => built().faces.compareAmong(wanted),
    learn: (wanted) => built().faces.learn(wanted),
    canSearch: (listLength) => built().faces.canSearch(listLength),
    guess: (probe, limit) => built().faces.guess(probe, limit),
    enrolment: (personId) => built().faces.enrolment(personId),
    hasLookAlike: (db, personId) => built().faces.hasLookAlike(db, personId),
    lookAlikesAmong: (db, personIds) => built().faces.lookAlikesAmong(db, personIds),
    isEnrolled: (personId) => built().faces.isEnrolled(personId),
    deleteFace: (personId) => built().faces.deleteFace(personId),
  };

  const audit = createAudit();
  const attempts = createAttempts({ pool, now, deriveKey });
  const books = createBooks(pool);
  const staff = createStaff(pool);
  const apiKeys = createApiKeys({ pool, now, audit });
  const events = createEvents(pool, now);
  const toIntent = createIntentView(deriveKey('payer-pseudonyms'));
  const receipts = createReceipts(deriveKey);
  const risk = createRisk({
    pool,
    now,
    audit,
    defaults: defaultRules({
      paymentMinor: config.noPinPaymentMinor,
      rowMinor: config.noPinRowMinor,
      rowPayments: config.noPinRowPayments,
    }),
  });
  const outbox = createOutbox(pool, now);
  const people = createPeople({
    pool,
    now,
    deriveKey,
    attempts,
    audit,
    books,
    faces,
    messages: development ? outbox : null,
    codesPerHourPerAddress: config.codesPerHourPerAddress,
  });
  const providers = fundingProviders(config, now, log);
  const funding = createFunding({
    pool,
    now,
    log,
    people,
    books,
    audit,
    attempts,
    providers,
    sandboxBank: config.sandboxBank ?? (development || providers.length === 0),
  });
  const shops = createShops({ pool, now, deriveKey, attempts, audit });
  const orders = createOrders({ pool, now, shops, audit });
  const payments = createPayments({
    pool,
    now,
    orders,
    shops,
    people,
    scans,
    faces,
    attempts,
    risk,
    books,
    receipts,
    audit,
    events,
    funding,
    toIntent,
    feeBasisPoints: config.feeBasisPoints,
    coverPremiumBasisPoints: config.coverPremiumBasisPoints,
    paymentExpiryMs: config.paymentExpiryMs,
    shortestPhoneStep: config.shortestPhoneStep,
  });
  const refunds = createRefunds({
    pool,
    now,
    books,
    events,
    audit,
    toIntent,
    cashierLimitMinor: config.cashierRefundLimitMinor,
  });
  const claims = createClaims({
    pool,
    now,
    receipts,
    payments,
    people,
    books,
    audit,
    coverCapMinor: config.coverCapMinor,
  });
  const payouts = createPayouts({ pool, now, books, shops, audit, source: payoutSource(config, demo) });
  const webhooks = createWebhooks({
    pool,
    now,
    random: parts.random ?? Math.random,
    log,
    deriveKey,
    events,
    audit,
    shops,
    metrics,
    allowLoopback,
    send: createSender({ resolve: systemResolve, timeoutMs: config.webhookTimeoutMs, allowLoopback }),
  });
  const rooms: ScanRooms = await parts.buildScanRooms({ ...tools, people, payments, shops, audit });
  scanRooms = rooms;

  let started = false;
  const authenticate = createAuthenticator({
    people,
    shops,
    staff: { ...staff, ...apiKeys },
    now,
    requestsPerMinutePerTerminal: config.requestsPerMinutePerTerminal,
  });
  const http = await buildHttpApp(tools, authenticate);
  healthRoutes(http, { pool, metrics, started: () => started, scanWorkersReady: rooms.ready });
  peopleRoutes(http, people);
  fundingRoutes(http, funding);
  shopRoutes(http, shops);
  orderRoutes(http, orders);
  paymentRoutes(http, payments, refunds);
  eventRoutes(http, events);
  riskRoutes(http, risk);
  apiKeyRoutes(http, apiKeys);
  receiptRoutes(http, createReceiptReader({ pool, receipts, payments, orders, shops, claims }), claims);
  claimRoutes(http, claims);
  payoutRoutes(http, payouts);
  webhookRoutes(http, webhooks);
  kitchenRoutes(http, { orders, staff, secureCookie: !development, now });
  if (development) outboxRoutes(http, outbox);
  await rooms.routes(http);

  const chores: Readonly<Record<string, () => Promise<unknown>>> = {
    payments: () => payments.sweep(),
    orders: () => orders.sweep(),
    payouts: () => payouts.runSchedules(),
    people: () => people.sweep(),
    funding: () => funding.sweep(),
    attempts: () => attempts.sweep(),
    risk: () => risk.sweep(),
    books: () => books.sweep(),
    webhooks: () => webhooks.prune(),
    idempotencyKeys: () => forgetOldKeys(pool),
    scans: () => rooms.sweep(),
  };
  return {
    http,
    rooms: { people, shops, staff, apiKeys, orders, payments, claims, payouts, books, webhooks, funding },
    async prepare() {
      await books.open(providers.map(({ name }) => name));
      if (config.operatorToken) await staff.ensureOperatorToken(config.operatorToken, 'first operator');
      if (demo) await seedDemo({ shops, staff, apiKeys, books, payouts });
      started = true;
    },
    async sweep() {
      for (const [name, chore] of Object.entries(chores)) {
        // One that fails must not keep the others from their work.
        await chore().catch((error: unknown) => log.error({ err: error, chore: name }, 'a chore failed'));
      }
    },
    work: () => webhooks.keepRunning(config.webhookIntervalMs),
    async close() {
      started = false;
      // Open scans first: their terminals are told, instead of just losing the line.
      await rooms.close();
      await http.close();
    },
  };
}

/** Cards by Stripe, where its keys are there. */
function fundingProviders(config: ServerConfig, now: () => Date, log: Logger): FundingProvider[] {
  const { stripeSecretKey: secretKey, stripeWebhookSecret: webhookSecret, stripeApiUrl: apiUrl } = config;
  if (!secretKey && !webhookSecret) return [];
  if (!secretKey) throw new Error('configuration: STRIPE_SECRET_KEY is missing');
  // Without it nobody would tell what became of a card, and money would be taken that never arrives.
  if (!webhookSecret) throw new Error('configuration: STRIPE_WEBHOOK_SECRET is missing');
  if (apiUrl && config.mode !== 'development') throw new Error('configuration: STRIPE_API_URL is for tests only');
  const publishableKey = config.stripePublishableKey ?? null;
  return [createStripeProvider({ secretKey, webhookSecret, publishableKey, now, log, ...(apiUrl ? { apiUrl } : {}) })];
}

/** The demo pays from an account that nobody has, so that its orders to the bank can be looked at. */
function payoutSource(config: ServerConfig, demo: boolean): PayoutSource | null {
  const { payoutSourceName: name, payoutSourceIban, payoutSourceBic: bic } = config;
  const iban = payoutSourceIban && electronicFormatIBAN(payoutSourceIban);
  if (name && iban) return { name, iban, ...(bic ? { bic } : {}) };
  return demo ? { name: 'Smile to Pay Demo', iban: DEMO.payoutSourceIban } : null;
}

export { DEMO };
