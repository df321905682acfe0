import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NonceCache } from './nonce-cache.ts';

it('knows a nonce again for as long as it must', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 40 })), { maxLength: 80 }),
      (steps) => {
        const ttlMs = 60;
        const cache = new NonceCache(ttlMs, 1_000);
        const takenAtMs = new Map<string, number>();
        let nowMs = 1_000;
        for (const [nonce, pauseMs] of steps) {
          nowMs += pauseMs;
          const before = takenAtMs.get(nonce);
          const answer = cache.take(nonce, nowMs);
          if (before !== undefined && nowMs - before <= ttlMs) expect(answer).toBe('used');
          if (before === undefined || nowMs - before > 3 * ttlMs) expect(answer).toBe('fresh');
          if (answer === 'fresh') takenAtMs.set(nonce, nowMs);
        }
      },
    ),
  );
});

it('refuses rather than forgets when it is full', () => {
  const cache = new NonceCache(1_000, 2);
  expect(['a', 'b', 'c', 'a'].map((nonce) => cache.take(nonce, 0))).toEqual(['fresh', 'fresh', 'full', 'used']);
  expect(cache.take('c', 5_000)).toBe('fresh');
});
