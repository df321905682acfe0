import { defineConfig } from 'vitest/config';

// The whole shop in a real browser: one file at a time, since each brings up a server, a database and a terminal.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
