import { startTestServer, TEST_DATABASE_VARIABLE } from '../packages/postgres/src/testing.ts';

/** One real PostgreSQL for the whole test run; each test file clones a database of its own from a template. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer();
  process.env[TEST_DATABASE_VARIABLE] = server.url;
  return () => server.stop();
}
