import type { FastifyInstance } from 'fastify';
import { registerEndpoint } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import type { Claims } from './service.ts';

export function claimRoutes(app: FastifyInstance, claims: Claims): void {
  registerEndpoint(app, 'openClaim', ({ params }) => claims.open(params.token));
  registerEndpoint(app, 'listClaims', async ({ query }) => ok(await claims.list(query)));
  registerEndpoint(app, 'decideClaim', ({ caller, params, body }) =>
    claims.decide(params.claimId, body.decision, body.reason, caller.operatorId),
  );
}
