import { endpoints } from '@smile/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

type Operation = { operationId: string; parameters?: { name: string; in: string }[]; responses: object };
const document = async () =>
  (await world.app.http.inject({ url: '/openapi.json' })).json() as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };

/** The test's scans are made up. */
const SCAN_ROUTES = ['createScan', 'getLabSetup', 'createLabScan'];
/** Not JSON, so not in the contract. */
const BANK_FILES = ['getPain001', 'getPayoutsCsv', 'readBankFile'];

describe('the OpenAPI document', () => {
  it('has every endpoint of the contract but those of scans, which bring their own routes, and nothing else', async () => {
    const { openapi, paths } = await document();
    expect(openapi).toBe('3.1.0');
    const described = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    expect(described.sort()).toEqual(
      [...Object.keys(endpoints).filter((name) => !SCAN_ROUTES.includes(name)), ...BANK_FILES].sort(),
    );
  });

  it('names the Idempotency-Key where one is needed', async () => {
    const { paths } = await document();
    const headersOf = (path: string) => paths[path].post.parameters?.filter((parameter) => parameter.in === 'header');
    expect(headersOf('/v1/terminal/payments/{paymentId}/confirm')).toMatchObject([
      { name: 'Idempotency-Key', required: true },
    ]);
    expect(headersOf('/v1/auth/codes') ?? []).toEqual([]);
  });
});

it('the reference page loads its script from here', async () => {
  const pageAnswer = await world.app.http.inject({ url: '/reference/' });
  expect(pageAnswer.statusCode).toBe(200);
  expect(pageAnswer.headers['content-security-policy']).toContain("script-src 'self' 'unsafe-inline'");
  expect(pageAnswer.body).not.toMatch(/https?:\/\/(?!server)/);
  expect((await world.app.http.inject({ url: '/reference/js/scalar.js' })).statusCode).toBe(200);
});

it('health, readiness and metrics answer', async () => {
  expect((await world.app.http.inject({ url: '/healthz' })).json()).toEqual({ ok: true });
  const ready = await world.app.http.inject({ url: '/readyz' });
  expect(ready.json()).toEqual({ ready: true, checks: { database: true, migrations: true, scanWorkers: true } });
  await world.app.http.inject({ url: '/v1/me' });
  const { body } = await world.app.http.inject({ url: '/metrics' });
  expect(body).toContain('smile_http_request_seconds_count{method="GET",route="/v1/me",status="401"} 1');
  expect(body).toContain('smile_http_failures_total{route="/v1/me",code="session_invalid"} 1');
});
