import { configFromEnvironment, startServer } from './index.ts';

const STOP_TIMEOUT_MS = 12_000;

try {
  const server = await startServer(configFromEnvironment(process.env));
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // A request that never ends must not keep the process for ever.
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    void server.close().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
} catch (error) {
  // Before the server stands there is a person who started it: words, not a stack.
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
