import type { FastifyInstance } from 'fastify';
import { registerEndpoint } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import type { Webhooks } from './service.ts';

export function webhookRoutes(app: FastifyInstance, webhooks: Webhooks): void {
  registerEndpoint(app, 'createWebhookEndpoint', ({ caller, body }) => webhooks.create(caller, body));
  registerEndpoint(app, 'listWebhookEndpoints', async ({ caller, query }) => ok(await webhooks.list(caller, query)));
  registerEndpoint(app, 'getWebhookEndpoint', ({ caller, params }) => webhooks.get(caller, params.endpointId));
  registerEndpoint(app, 'changeWebhookEndpoint', ({ caller, params, body }) =>
    webhooks.change(caller, params.endpointId, body),
  );
  registerEndpoint(app, 'deleteWebhookEndpoint', ({ caller, params }) => webhooks.remove(caller, params.endpointId));
  registerEndpoint(app, 'rotateWebhookSecret', ({ caller, params, body }) =>
    webhooks.rotateSecret(caller, params.endpointId, body.overlapSeconds * 1_000),
  );
  registerEndpoint(app, 'pingWebhookEndpoint', ({ caller, params }) => webhooks.ping(caller, params.endpointId));
  registerEndpoint(app, 'listWebhookDeliveries', ({ caller, params, query }) =>
    webhooks.deliveries(caller, params.endpointId, query),
  );
  registerEndpoint(app, 'replayEvent', ({ caller, params, body }) =>
    webhooks.replayEvent(caller, params.endpointId, body.eventId),
  );
  registerEndpoint(app, 'replayEvents', ({ caller, params, body }) =>
    webhooks.replayRange(caller, params.endpointId, body),
  );
}
