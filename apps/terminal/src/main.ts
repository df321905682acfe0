import { join } from 'node:path';
import { configFromEnvironment } from './config.ts';
import { startTerminal } from './terminal.ts';

/** Whatever still hangs then is not worth a screen that does not go dark. */
const CLOSE_TIMEOUT_MS = 10_000;

try {
  const kioskDir = join(import.meta.dirname, '../../kiosk/dist');
  const terminal = await startTerminal(configFromEnvironment(process.env, { kioskDir }));
  const end = () => {
    setTimeout(() => process.exit(1), CLOSE_TIMEOUT_MS).unref();
    terminal.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
