import type { FastifyInstance } from 'fastify';
import { registerEndpoint, registerIdempotentEndpoint } from '../http/endpoint.ts';
import { fail, ok } from '../result.ts';
import type { Orders } from './service.ts';

export function orderRoutes(app: FastifyInstance, orders: Orders): void {
  registerIdempotentEndpoint(app, 'createOrder', {
    effect: (client, { caller, body }) =>
      orders.create(client, { terminalId: caller.terminal.id, shopId: caller.terminal.shopId, ...body }),
  });
  registerEndpoint(app, 'getOrder', ({ caller, params }) => orders.get(caller.terminal.shopId, params.orderId));
  registerEndpoint(app, 'cancelOrder', ({ caller, params }) =>
    orders.cancel(caller.terminal.shopId, params.orderId, caller.terminal.id),
  );
  registerEndpoint(app, 'listShopOrders', async ({ caller, params, query }) => {
    if (params.shopId !== caller.shopId) return fail('shop_not_found');
    const found = await orders.listForKitchen(params.shopId, query.states);
    return found.ok ? ok({ data: found.value }) : found;
  });
  registerEndpoint(app, 'moveOrder', async ({ caller, params, body }) => {
    if (params.shopId !== caller.shopId) return fail('shop_not_found');
    return orders.move(params.shopId, params.orderId, body.state, caller.staffId);
  });
}
