import { ApiError, endpoints, KIOSK_FORWARDED } from '@smile/contract';
import { describe, expect, test } from 'vitest';
import { createForwardFilter, pairFailureOf } from './platform.ts';

describe('the forward filter', () => {
  const mayForward = createForwardFilter(KIOSK_FORWARDED);
  const sample = (path: string) => path.replace(/:[a-zA-Z]+/g, 'pay_0193aa');

  test('passes every call the contract names for a kiosk', () => {
    for (const name of KIOSK_FORWARDED)
      expect(mayForward(endpoints[name].method, sample(endpoints[name].path)), name).toBe(true);
  });

  test('denies every other call of the contract', () => {
    const allowed = new Set(KIOSK_FORWARDED.map((name) => `${endpoints[name].method} ${endpoints[name].path}`));
    const others = Object.values(endpoints).filter(({ method, path }) => !allowed.has(`${method} ${path}`));
    expect(others.length).toBeGreaterThan(5);
    for (const { method, path } of others) expect(mayForward(method, sample(path)), `${method} ${path}`).toBe(false);
  });

  test.each([
    ['GET', '/v1/terminal/'],
    ['get', '/v1/terminal'],
    ['DELETE', '/v1/terminal'],
    ['GET', '/v1/orders/ord_1/../../staff'],
    ['GET', '/v1/orders/ord_1%2f..%2fstaff'],
    ['GET', `/v1/orders/${'a'.repeat(61)}`],
    ['GET', '/v1/orders/'],
    ['GET', '/healthz'],
  ])('denies %s %s', (method, path) => expect(mayForward(method, path)).toBe(false));
});

test.each([
  [0, true],
  [503, true],
  [429, true],
  [401, false],
  [404, false],
])('pairing that failed with status %i is tried again: %s', (status, isTemporary) => {
  const error = new ApiError(status, { type: 'api_error', code: 'some_code', message: 'words' });
  expect(pairFailureOf(error)).toEqual({ code: 'some_code', message: 'words', isTemporary });
});
