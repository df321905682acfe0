import { join } from 'node:path';
import { configFromEnvironment } from './config.ts';
import { startTerminal } from './terminal.ts';

try {
  const kioskDir = join(import.meta.dirname, '../../kiosk/dist');
  const terminal = await startTerminal(configFromEnvironment(process.env, { kioskDir }));
  const end = () => {
    void terminal.close().then(() => process.exit(0));
    setTimeout(() => process.exit(1), 10_000).unref();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
