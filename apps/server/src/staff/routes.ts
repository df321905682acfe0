import type { FastifyInstance } from 'fastify';
import { registerEndpoint } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import type { ApiKeys } from './api-keys.ts';

export function apiKeyRoutes(app: FastifyInstance, keys: ApiKeys): void {
  registerEndpoint(app, 'createApiKey', ({ caller, body }) => keys.create(caller, body));
  registerEndpoint(app, 'listApiKeys', async ({ caller, query }) => ok(await keys.list(caller, query)));
  registerEndpoint(app, 'rollApiKey', ({ caller, params, body }) =>
    keys.roll(caller, params.apiKeyId, body.overlapSeconds * 1_000),
  );
  registerEndpoint(app, 'revokeApiKey', ({ caller, params }) => keys.revoke(caller, params.apiKeyId));
  registerEndpoint(app, 'createMerchantApiKey', async ({ caller, params, body }) =>
    ok(await keys.issue({ merchantId: params.merchantId, livemode: body.livemode }, body, caller.operatorId)),
  );
}
