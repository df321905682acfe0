import type { FastifyInstance } from 'fastify';
import { registerEndpoint, registerIdempotentEndpoint, sendFailure } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import type { Funding } from './service.ts';

/** Events of providers carry whole objects of theirs. */
const EVENT_LIMIT_BYTES = 256 * 1024;

export function fundingRoutes(app: FastifyInstance, funding: Funding): void {
  registerEndpoint(app, 'listFundingSources', async ({ caller }) => ok(await funding.sources(caller.personId)));
  registerEndpoint(app, 'addFundingSource', ({ caller }) => funding.addSource(caller.personId));
  registerEndpoint(app, 'setDefaultFundingSource', ({ caller, params }) =>
    funding.setDefault(caller.personId, params.sourceId),
  );
  registerEndpoint(app, 'removeFundingSource', ({ caller, params }) =>
    funding.removeSource(caller.personId, params.sourceId),
  );
  registerIdempotentEndpoint(app, 'topUp', {
    prepare: ({ caller, body, request }) =>
      // The same key that keeps the answer: a retry that comes before there was one finds what it began.
      funding.begin(caller.personId, `asked:${String(request.headers['idempotency-key'])}`, body),
    effect: (client, { caller, body }, begun) => funding.finish(client, caller.personId, body, begun),
  });
  registerEndpoint(app, 'getTopUp', ({ caller, params }) => funding.topUp(caller.personId, params.topUpId));
  registerEndpoint(app, 'getAutoTopUp', async ({ caller }) => ok(await funding.autoTopUp(caller.personId)));
  registerEndpoint(app, 'setAutoTopUp', ({ caller, body }) => funding.setAutoTopUp(caller.personId, body));

  // In the provider's shape, signed by it: no part of the contract.
  app.post<{ Params: { provider: string } }>(
    '/v1/funding/events/:provider',
    { bodyLimit: EVENT_LIMIT_BYTES, schema: { hide: true } },
    async (request, reply) => {
      const { rawBody, headers } = request;
      const result = await funding.readEvent(request.params.provider, rawBody ?? Buffer.alloc(0), headers);
      return result.ok ? reply.send(result.value) : sendFailure(reply, result);
    },
  );
}
