import type { FastifyInstance } from 'fastify';
import { registerEndpoint } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import type { Risk } from './service.ts';

export function riskRoutes(app: FastifyInstance, risk: Risk): void {
  registerEndpoint(app, 'getRiskRules', async () => ok(await risk.currentRules()));
  registerEndpoint(app, 'setRiskRules', async ({ caller, body }) =>
    ok(await risk.setRules(body.rules, caller.operatorId)),
  );
  registerEndpoint(app, 'setShopPlace', async ({ caller, params, body }) => {
    await risk.setPlace(params.shopId, body, caller.operatorId);
    return ok(body);
  });
}
