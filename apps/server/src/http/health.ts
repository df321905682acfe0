import type { Pool } from '@smile/postgres';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

export type Readiness = {
  readonly pool: Pool;
  readonly metrics: Registry;
  /** False until migrations and seed are through, and again while the server closes. */
  readonly started: () => boolean;
  readonly scanWorkersReady: () => boolean;
};

const DATABASE_TIMEOUT_MS = 2_000;

/** /healthz: the process lives. /readyz: it can serve. /metrics: Prometheus text. */
export function healthRoutes(app: FastifyInstance, deps: Readiness): void {
  const options = { schema: { hide: true }, logLevel: 'warn' as const, config: { rateLimit: false } };
  app.get('/healthz', options, async () => ({ ok: true }));
  app.get('/readyz', options, async (_request, reply) => {
    const checks = {
      database: await databaseAnswers(deps.pool),
      migrations: deps.started(),
      scanWorkers: deps.scanWorkersReady(),
    };
    const ready = Object.values(checks).every((check) => check);
    return reply.status(ready ? 200 : 503).send({ ready, checks });
  });
  app.get('/metrics', options, async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.metrics()),
  );
}

async function databaseAnswers(pool: Pool): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), DATABASE_TIMEOUT_MS);
  });
  const asked = pool.query('SELECT 1').then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
