import type { FastifyInstance } from 'fastify';
import { type Call, registerBatchedEndpoint, registerEndpoint, registerIdempotentEndpoint } from '../http/endpoint.ts';
import { fail, ok } from '../result.ts';
import type { Confirmation } from './confirming.ts';
import type { Refunds } from './refunds.ts';
import type { Payments } from './service.ts';

export function paymentRoutes(app: FastifyInstance, payments: Payments, refunds: Refunds): void {
  registerIdempotentEndpoint(app, 'createPayment', {
    effect: (client, { caller, body }) => payments.create(client, { terminal: caller.terminal, ...body }),
  });
  registerEndpoint(app, 'getPayment', ({ caller, params }) => payments.get(caller.terminal, params.paymentId));
  registerEndpoint(app, 'askPhoneStep', ({ caller, params, body }) =>
    payments.phoneStep(caller.terminal, params.paymentId, body.scanId),
  );
  registerEndpoint(app, 'identifyPayer', ({ caller, params, body }) =>
    payments.identify(caller.terminal, params.paymentId, body),
  );
  registerBatchedEndpoint(app, 'confirmPayment', {
    wantsPreparing: ({ body }) => body.pin !== undefined,
    prepare: ({ caller, params, body }) => payments.checkPin(caller.terminal, params.paymentId, body.pin ?? ''),
    effect: {
      look: (client, calls) => payments.confirming.look(client, calls.map(toConfirmation)),
      plan: (client, calls, seen) => payments.confirming.plan(client, calls.map(toConfirmation), seen),
    },
    remedy: async ({ caller, params }, code) =>
      code === 'insufficient_funds' && (await payments.coverShortfall(caller.terminal, params.paymentId)),
    refused: ({ caller, params }, code) => payments.noteRefusedConfirm(caller.terminal, params.paymentId, code),
  });
  registerIdempotentEndpoint(app, 'capturePayment', {
    effect: (client, { caller, params }) => payments.capture(client, caller.terminal, params.paymentId),
  });
  registerEndpoint(app, 'cancelPayment', ({ caller, params }) => payments.cancel(caller.terminal, params.paymentId));
  registerEndpoint(app, 'listMyPayments', async ({ caller, query }) =>
    ok(await payments.listMine(caller.personId, query)),
  );
  registerEndpoint(app, 'setTip', ({ caller, params, body }) =>
    payments.setTip(caller.terminal, params.paymentId, body.tip),
  );
  intentRoutes(app, payments.intents);
  refundRoutes(app, refunds);
}

const toConfirmation = ({
  call,
  prepared,
}: {
  call: Call<'confirmPayment'>;
  prepared: { pinVerified: boolean } | null;
}): Confirmation => ({
  terminal: call.caller.terminal,
  paymentId: call.params.paymentId,
  pinVerified: prepared?.pinVerified ?? false,
});

function intentRoutes(app: FastifyInstance, intents: Payments['intents']): void {
  registerIdempotentEndpoint(app, 'createPaymentIntent', {
    effect: (client, { caller, body }) => intents.create(client, caller, body),
  });
  registerEndpoint(app, 'listPaymentIntents', async ({ caller, query }) => ok(await intents.list(caller, query)));
  registerEndpoint(app, 'getPaymentIntent', ({ caller, params }) => intents.get(caller, params.paymentIntentId));
  registerEndpoint(app, 'listPaymentAttempts', ({ caller, params, query }) =>
    intents.attempts(caller, params.paymentIntentId, query),
  );
  registerEndpoint(app, 'setPaymentMetadata', ({ caller, params, body }) =>
    intents.setMetadata(caller, params.paymentIntentId, body.metadata),
  );
  registerIdempotentEndpoint(app, 'capturePaymentIntent', {
    effect: (client, { caller, params, body }) => {
      const amountMinor = body.amountMinor === undefined ? undefined : BigInt(body.amountMinor);
      return intents.capture(client, caller, params.paymentIntentId, amountMinor);
    },
  });
  registerIdempotentEndpoint(app, 'cancelPaymentIntent', {
    effect: (client, { caller, params }) => intents.cancel(client, caller, params.paymentIntentId),
  });
}

function refundRoutes(app: FastifyInstance, refunds: Refunds): void {
  registerIdempotentEndpoint(app, 'createRefund', {
    effect: (client, { caller, body }) => refunds.create(client, caller, body),
  });
  registerEndpoint(app, 'listRefunds', async ({ caller, query }) => ok(await refunds.list(caller, query)));
  registerEndpoint(app, 'getRefund', ({ caller, params }) => refunds.get(caller, params.refundId));
  registerIdempotentEndpoint(app, 'refundAtCounter', {
    effect: async (client, { caller, params, body }) =>
      params.shopId === caller.shopId ? refunds.createAtCounter(client, caller, body) : fail('shop_not_found'),
  });
  registerIdempotentEndpoint(app, 'decideRefund', {
    effect: async (client, { caller, params, body }) =>
      params.shopId === caller.shopId
        ? refunds.decide(client, caller, params.refundId, body.decision)
        : fail('shop_not_found'),
  });
}
