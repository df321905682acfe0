import type { FastifyInstance } from 'fastify';
import { registerEndpoint } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import type { Shops } from './service.ts';

export function shopRoutes(app: FastifyInstance, shops: Shops): void {
  registerEndpoint(app, 'pairTerminal', ({ body, request }) => shops.pairTerminal({ ...body, address: request.ip }));
  registerEndpoint(app, 'getTerminalProfile', async ({ caller }) => ok(await shops.profile(caller.terminal.id)));
}
