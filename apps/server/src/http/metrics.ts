import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';

/** Request counts and times by route; a route is its pattern, so that ids do not multiply the series. */
export function createRequestMetrics(app: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'smile_http_request_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'smile_http_failures_total',
    help: 'Answers with an error, by their code',
    labelNames: ['route', 'code'],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(none)';
    const { method } = request;
    seconds.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    if (request.failureCode) failures.inc({ route, code: request.failureCode });
  });
}
