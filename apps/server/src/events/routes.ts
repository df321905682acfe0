import type { FastifyInstance } from 'fastify';
import { registerEndpoint } from '../http/endpoint.ts';
import { ok } from '../result.ts';
import type { Events } from './service.ts';

export function eventRoutes(app: FastifyInstance, events: Events): void {
  registerEndpoint(app, 'listEvents', async ({ caller, query }) => ok(await events.list(caller, query)));
  registerEndpoint(app, 'getEvent', ({ caller, params }) => events.get(caller, params.eventId));
}
