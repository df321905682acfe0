import type { FastifyInstance } from 'fastify';
import { registerEndpoint, registerIdempotentEndpoint } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import type { Payments } from './service.ts';

export function paymentRoutes(app: FastifyInstance, payments: Payments): void {
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
  registerIdempotentEndpoint(app, 'confirmPayment', {
    prepare: ({ caller, params, body }) => payments.checkPin(caller.terminal, params.paymentId, body.pin),
    effect: (client, { caller, params }, { pinVerified }) =>
      payments.confirm(client, caller.terminal, params.paymentId, pinVerified),
  });
  registerIdempotentEndpoint(app, 'capturePayment', {
    effect: (client, { caller, params }) => payments.capture(client, caller.terminal, params.paymentId),
  });
  registerEndpoint(app, 'cancelPayment', ({ caller, params }) => payments.cancel(caller.terminal, params.paymentId));
  registerEndpoint(app, 'listMyPayments', async ({ caller, query }) =>
    ok(await payments.listMine(caller.personId, query)),
  );
}
