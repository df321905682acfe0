import { defineConfig } from 'vitest/config';

// Unit and database tests. The browser tests have a configuration of their own (e2e/vitest.config.ts): they need
// the whole shop running and two cores for themselves.
export default defineConfig({
  test: {
    globalSetup: ['tools/vitest-postgres.ts'],
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'apps/*/{src,test}/**/*.test.{ts,tsx}',
      'eval/src/**/*.test.ts',
      'bench/src/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
