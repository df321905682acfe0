/**
 * A scan host as a process of its own, so that a bench measures the server and not the client beside it. Speaks over
 * the IPC channel of `child_process.fork`.
 */
import { createPool, migrate } from '@smile/postgres';
import { SCAN_MIGRATIONS } from '../index.ts';
import { type HostTerminal, type ScanHost, startScanHost } from './scan-host.ts';

export type HostCall =
  | {
      readonly kind: 'start';
      readonly databaseUrl: string;
      readonly dataDir: string;
      readonly terminals: readonly HostTerminal[];
      readonly scanWorkers: number;
    }
  | { readonly kind: 'usage' }
  | { readonly kind: 'stop' };

export type HostReply =
  | { readonly kind: 'started'; readonly url: string }
  /** CPU of all threads since the process began, and the most memory it has held. */
  | { readonly kind: 'usage'; readonly cpuMs: number; readonly peakRssMb: number }
  | { readonly kind: 'failed'; readonly message: string };

let host: ScanHost | null = null;
let endPool: () => Promise<void> = async () => undefined;

async function answer(call: HostCall): Promise<HostReply | null> {
  switch (call.kind) {
    case 'start': {
      const pool = createPool(call.databaseUrl);
      endPool = () => pool.end();
      await migrate(pool, SCAN_MIGRATIONS);
      host = await startScanHost({ ...call, pool });
      return { kind: 'started', url: host.url };
    }
    case 'usage': {
      const { user, system } = process.cpuUsage();
      return { kind: 'usage', cpuMs: (user + system) / 1_000, peakRssMb: process.resourceUsage().maxRSS / 1_024 };
    }
    case 'stop':
      await host?.close();
      await endPool();
      process.disconnect();
      return null;
  }
}

process.on('message', (call: HostCall) => {
  answer(call).then(
    (reply) => reply && process.send?.(reply),
    (error: unknown) => process.send?.({ kind: 'failed', message: String(error) } satisfies HostReply),
  );
});
