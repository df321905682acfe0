import type { Logger } from 'pino';
import Stripe from 'stripe';
import type { Answer, Card, Charge, FundingProvider, ProviderEvent, Setup } from './provider.ts';

export type StripeOptions = {
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly publishableKey: string | null;
  /** Where Stripe is; other than in tests, unset. */
  readonly apiUrl?: string;
  readonly now: () => Date;
  readonly log: Logger;
};

/** Of one try; with the second one it fits into the 15 seconds that callers of ours wait. */
const TIMEOUT_MS = 6_000;
const RETRIES = 1;
/** Older deliveries are not believed; Stripe signs each one anew. */
const TOLERANCE_S = 300;

/**
 * Stripe behind the funding interface: SetupIntents keep cards, PaymentIntents charge them, with the official library. Our ids
 * are the idempotency keys and stand in the metadata, so that events find their top-up even when our note of Stripe's id was lost.
 */
export function createStripeProvider(options: StripeOptions): FundingProvider {
  const { log, now } = options;
  const livemode = /^(sk|rk)_live_/.test(options.secretKey);
  const api = options.apiUrl ? new URL(options.apiUrl) : null;
  const stripe = new Stripe(options.secretKey, {
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
    ...(api
      ? { host: api.hostname, port: api.port, protocol: api.protocol === 'http:' ? 'http' : ('https' as const) }
      : {}),
  });

  /** Stripe's failures in our words. One that is our own mistake is thrown, so that somebody sees it. */
  async function ask<T>(
    what: string,
    work: () => Promise<T>,
    refused?: (error: Stripe.errors.StripeError) => T | null,
  ) {
    try {
      return { ok: true, value: await work() } as const;
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError)) throw error;
      const value = refused?.(error) ?? null;
      if (value !== null) return { ok: true, value } as const;
      if (error instanceof Stripe.errors.StripeIdempotencyError) throw error;
      // Neither message nor body: they may name the person's card.
      log.warn({ what, type: error.type, code: error.code, status: error.statusCode }, 'stripe did not do it');
      return { ok: false, code: 'unavailable' } as const;
    }
  }

  const wishOf = (wanted: { topUpId: string; customer: string; amountMinor: bigint; currency: string }) => ({
    amount: Number(wanted.amountMinor),
    currency: wanted.currency.toLowerCase(),
    customer: wanted.customer,
    metadata: { top_up_id: wanted.topUpId },
  });

  return {
    name: 'stripe',
    publicKey: options.publishableKey,

    createCustomer: (personId) =>
      ask('customer', async () => {
        const customer = await stripe.customers.create(
          { metadata: { person_id: personId } },
          { idempotencyKey: `customer-${personId}` },
        );
        return customer.id;
      }),

    beginSetup: ({ sourceId, customer }) =>
      ask('setup', async () => {
        const setup = await stripe.setupIntents.create(
          { customer, usage: 'off_session', allowed_payment_method_types: ['card'], metadata: { source_id: sourceId } },
          { idempotencyKey: `setup-${sourceId}` },
        );
        if (!setup.client_secret) throw new Error('stripe gave a setup without its client secret');
        return { setupReference: setup.id, clientSecret: setup.client_secret };
      }),

    findSetup: (setupReference) =>
      ask('setup', async () => {
        return setupOf(await stripe.setupIntents.retrieve(setupReference, { expand: ['payment_method'] }));
      }),

    chargeKept: (wanted) =>
      ask(
        'charge',
        async () => {
          const intent = await stripe.paymentIntents.create(
            {
              ...wishOf(wanted),
              payment_method: wanted.methodReference,
              allowed_payment_method_types: ['card'],
              off_session: true,
              confirm: true,
            },
            { idempotencyKey: `charge-${wanted.topUpId}` },
          );
          return chargeOf(intent);
        },
        (error) => refusalOf(error, wanted.currency),
      ),

    beginCharge: (wanted) =>
      ask(
        'charge',
        async () => {
          const intent = await stripe.paymentIntents.create(
            { ...wishOf(wanted), allowed_payment_method_types: ['card'] },
            { idempotencyKey: `charge-${wanted.topUpId}` },
          );
          return chargeOf(intent);
        },
        (error) => refusalOf(error, wanted.currency),
      ),

    findCharge: (reference) =>
      ask('charge', async () => {
        const intent = await stripe.paymentIntents.retrieve(reference);
        return { charge: chargeOf(intent), clientSecret: intent.client_secret };
      }),

    async cancelCharge(reference): Promise<Answer<Charge>> {
      const canceled = await ask('cancel', async () => chargeOf(await stripe.paymentIntents.cancel(reference)));
      if (canceled.ok) return canceled;
      // It may have gone through at that very moment: then it cannot be canceled, and that is what is to be known.
      return ask('charge', async () => chargeOf(await stripe.paymentIntents.retrieve(reference)));
    },

    forgetMethod: (methodReference) =>
      ask(
        'detach',
        async (): Promise<null | true> => {
          await stripe.paymentMethods.detach(methodReference);
          return true;
        },
        // Gone already is as good.
        (error) => (error.code === 'resource_missing' ? true : null),
      ).then((answer) => (answer.ok ? { ok: true, value: null } : answer)),

    readEvent(body, headers) {
      const header = headers['stripe-signature'];
      if (typeof header !== 'string') return null;
      let event: Stripe.Event;
      try {
        event = stripe.webhooks.constructEvent(
          body,
          header,
          options.webhookSecret,
          TOLERANCE_S,
          undefined,
          now().getTime(),
        );
      } catch (error) {
        if (error instanceof Stripe.errors.StripeSignatureVerificationError || error instanceof SyntaxError)
          return null;
        throw error;
      }
      const known = { eventId: event.id, type: event.type };
      // Play money must never become real, whatever address it was sent to.
      return event.livemode === livemode ? { ...known, ...subjectOf(event) } : { ...known, about: 'nothing' };
    },
  };
}

type Subject = ProviderEvent extends infer E ? (E extends ProviderEvent ? Omit<E, 'eventId' | 'type'> : never) : never;

function subjectOf(event: Stripe.Event): Subject {
  switch (event.type) {
    case 'payment_intent.succeeded':
    case 'payment_intent.processing':
    case 'payment_intent.requires_action':
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled': {
      const intent = event.data.object;
      return { about: 'charge', topUpId: intent.metadata.top_up_id ?? null, charge: chargeOf(intent) };
    }
    case 'setup_intent.succeeded':
    case 'setup_intent.setup_failed':
    case 'setup_intent.canceled': {
      const setup = event.data.object;
      return { about: 'setup', sourceId: setup.metadata?.source_id ?? null, setupReference: setup.id };
    }
    case 'charge.refunded': {
      const charge = event.data.object;
      return {
        about: 'reversal',
        topUpId: charge.metadata.top_up_id ?? null,
        chargeReference: idOf(charge.payment_intent),
      };
    }
    case 'charge.dispute.created':
      return { about: 'reversal', topUpId: null, chargeReference: idOf(event.data.object.payment_intent) };
    default:
      return { about: 'nothing' };
  }
}

function chargeOf(intent: Stripe.PaymentIntent): Charge {
  const error = intent.last_payment_error;
  const about = { reference: intent.id, currency: intent.currency.toUpperCase() };
  const open = { ...about, receivedMinor: 0n, failureCode: null };
  switch (intent.status) {
    case 'succeeded':
      return { ...open, news: 'succeeded', receivedMinor: BigInt(intent.amount_received) };
    case 'processing':
      return { ...open, news: 'processing' };
    case 'canceled':
      return { ...open, news: 'failed', failureCode: 'canceled' };
    case 'requires_payment_method':
      // Without an error no card has been tried yet: the person is to enter one.
      return error
        ? { ...open, news: 'failed', failureCode: error.decline_code ?? error.code ?? 'declined' }
        : { ...open, news: 'requires_action' };
    case 'requires_action':
    case 'requires_confirmation':
      return { ...open, news: 'requires_action' };
    default:
      throw new Error(`stripe says ${intent.status} of a charge, which ours never are`);
  }
}

/** A card that was declined is an answer, and so is a request that Stripe does not take (a card that is gone). */
function refusalOf(error: Stripe.errors.StripeError, currency: string): Charge | null {
  const refused = { news: 'failed', receivedMinor: 0n, currency } as const;
  if (error instanceof Stripe.errors.StripeCardError) {
    const reference = error.payment_intent?.id ?? null;
    return { ...refused, reference, failureCode: error.decline_code ?? error.code ?? 'declined' };
  }
  // Another try with the same key is under way (409): how that one ends is not known here.
  if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode !== 409) {
    return { ...refused, reference: null, failureCode: error.code ?? 'refused' };
  }
  return null;
}

function setupOf(setup: Stripe.SetupIntent): Setup {
  if (setup.status === 'canceled') return { state: 'failed' };
  if (setup.status !== 'succeeded') return { state: setup.last_setup_error ? 'failed' : 'pending' };
  const method = setup.payment_method;
  if (!method || typeof method === 'string')
    throw new Error('stripe did not tell the card of a setup that it was asked for');
  return { state: 'ready', methodReference: method.id, card: cardOf(method) };
}

function cardOf(method: Stripe.PaymentMethod): Card {
  const { card } = method;
  if (!card) throw new Error('stripe kept something that is not a card');
  const month = String(card.exp_month).padStart(2, '0');
  return { brand: card.brand, lastFour: card.last4, expiresOn: `${card.exp_year}-${month}` };
}

function idOf(thing: string | { readonly id: string } | null): string | null {
  return typeof thing === 'string' ? thing : (thing?.id ?? null);
}
